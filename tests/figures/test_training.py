"""Figure 1: its lines, held against the ticks, say the history's values."""

import io

import numpy as np
import pytest
from PIL import Image

from advgui.errors import AdvguiError
from advgui.figures.histories import LARGEST_VALUE, History
from advgui.figures.training import training_figure
from tests.figures import svg

LOSSES, ACCURACIES = [2.0, 1.0, 0.75, 0.5], [0.25, 0.5, 0.625, 0.75]


def history(name: str = "net", **columns: list[float]) -> History:
    arrays = {key: np.array(values, np.float64) for key, values in columns.items()}
    return History(name, {"epoch": np.arange(1.0, 1 + len(next(iter(arrays.values()))))} | arrays)


@pytest.fixture
def drawn() -> bytes:
    lower = [value - 0.125 for value in ACCURACIES]
    return training_figure(history(loss=LOSSES, accuracy=ACCURACIES, validation_accuracy=lower)).file("svg")


def test_lines_say_the_values(drawn: bytes) -> None:
    accuracy, loss = svg.charts(drawn)
    for chart, name, values in (
        (accuracy, "accuracy-0", 100 * np.array(ACCURACIES)),
        (accuracy, "accuracy-1", 100 * np.array(ACCURACIES) - 12.5),
        (loss, "loss-0", LOSSES),
    ):
        assert np.allclose(chart.values(name), np.stack([[1, 2, 3, 4], values], axis=1), atol=1e-3)


def test_texts_name_network_curves_and_last_values(drawn: bytes) -> None:
    texts = svg.texts(drawn)
    for text in (
        "Figure 1. Learning curves of net, 4 epochs",
        "accuracy (%)",
        "loss",
        "epoch",
        "training accuracy, last 75.00 %",
        "validation accuracy, last 62.50 %",
        "training loss, last 0.5000",
    ):
        assert text in texts
    assert svg.title(drawn) == "Figure 1. Learning curves of net, 4 epochs"


def test_a_history_without_accuracies_has_one_chart() -> None:
    alone = training_figure(history(loss=LOSSES, validation_loss=LOSSES))
    both = training_figure(history(loss=LOSSES, accuracy=ACCURACIES))
    assert alone.width < 0.6 * both.width
    assert len(svg.charts(alone.file("svg"))) == 1
    with pytest.raises(AdvguiError, match="Expected an accuracy or a loss"):
        training_figure(history(temperature=[20.0]))


@pytest.mark.parametrize("name", ["n" * 200, '<&"net">', "$a_b$ " * 30])
def test_any_name_has_room(name: str) -> None:
    content = training_figure(history(name, loss=LOSSES)).file("svg")
    assert name.rstrip() in svg.title(content)
    assert "".join(svg.texts(content)).replace(" ", "").count(name.replace(" ", "")) == 1


def test_a_long_name_of_a_column_has_room() -> None:
    figure = training_figure(history(**{f"{'w' * 120}_loss": LOSSES}))
    assert figure.width > 1000


@pytest.mark.parametrize(("logarithmic", "wanted"), [(None, True), (False, False), (True, True)])
def test_losses_of_different_size_are_all_seen(logarithmic: bool | None, wanted: bool) -> None:
    content = training_figure(history(loss=LOSSES, squared_error=[0.01] * 4), logarithmic).file("svg")
    assert ("loss, logarithmic" in svg.texts(content)) is wanted
    if wanted:
        (chart,) = svg.charts(content)
        heights = {float(text): place for text, place in chart.y_ticks.items()}
        assert {0.01, 0.1, 1} <= set(heights)
        assert heights[0.01] - heights[0.1] == pytest.approx(heights[0.1] - heights[1], abs=0.01)
        assert chart.lines["loss-1"][0, 1] == pytest.approx(heights[0.01], abs=0.01)


@pytest.mark.parametrize(
    "losses", [[1.0], [1, 1], [LARGEST_VALUE, -LARGEST_VALUE], [1e-12, 1e12], [0.0], np.linspace(2, 1, 1000).tolist()]
)
def test_all_that_a_history_may_hold_is_drawn(losses: list[float]) -> None:
    figure = training_figure(history(loss=losses))
    (chart,) = svg.charts(figure.file("svg"))
    assert len(chart.lines["loss-0"]) == len(losses)
    with Image.open(io.BytesIO(figure.file("png"))) as image:
        image.load()
        assert image.size == (2 * figure.width, 2 * figure.height)
