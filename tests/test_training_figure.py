"""Figure 1: PNG and SVG show the history's values at their places."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageColor

from advgui import curves
from advgui.histories import History
from advgui.training_figure import TrainingFigure, training_figure

SVG = "{http://www.w3.org/2000/svg}"
LOSSES, ACCURACIES = [2.0, 1.0, 0.75, 0.5], [0.25, 0.5, 0.625, 0.75]


def history(name: str = "net", **columns: list[float]) -> History:
    arrays = {key: np.array(values, np.float64) for key, values in columns.items()}
    return History(name, {"epoch": np.arange(1.0, 1 + len(next(iter(arrays.values()))))} | arrays)


@pytest.fixture
def figure() -> TrainingFigure:
    lower = [value - 0.125 for value in ACCURACIES]
    return training_figure(history(loss=LOSSES, accuracy=ACCURACIES, validation_accuracy=lower))


def svg_of(figure: TrainingFigure) -> ElementTree.Element:
    return ElementTree.fromstring(figure.svg())


def points(element: ElementTree.Element) -> np.ndarray:
    return np.array([[float(number) for number in pair.split(",")] for pair in element.attrib["points"].split()])


def lines_of(figure: TrainingFigure, color: str) -> list[np.ndarray]:
    found = [points(line) for line in svg_of(figure).findall(f"{SVG}polyline") if line.attrib["stroke"] == color]
    return [line for line in found if len(line) == len(LOSSES)]


def test_lines_have_the_shape_of_the_values(figure: TrainingFigure) -> None:
    accuracy, loss = lines_of(figure, curves.COLORS[0])
    for line, values in ((accuracy, ACCURACIES), (loss, LOSSES)):
        assert np.allclose(np.diff(line[:, 0]), np.diff(line[:, 0])[0], atol=0.02)
        slope = (line[-1, 1] - line[0, 1]) / (values[-1] - values[0])
        assert slope < 0  # upwards is up
        assert np.allclose(line[:, 1] - line[0, 1], slope * (np.array(values) - values[0]), atol=0.02)
    (validation,) = lines_of(figure, curves.COLORS[1])
    assert (validation[:, 1] > accuracy[:, 1]).all()


def test_the_picture_has_the_lines_where_the_svg_has_them(figure: TrainingFigure) -> None:
    picture = Image.open(io.BytesIO(figure.png()))
    assert picture.size == (figure.width, figure.height)
    pixels = np.asarray(picture).astype(int)
    for style in (0, 1):
        color = np.array(ImageColor.getrgb(curves.COLORS[style]))
        for line in lines_of(figure, curves.COLORS[style]):
            for x, y in line:
                assert np.abs(pixels[int(y), int(x)] - color).max() < 10


def test_every_epoch_has_a_mark_within_the_figure(figure: TrainingFigure) -> None:
    marks = [points(mark) for mark in svg_of(figure).findall(f"{SVG}polygon")]
    assert len(marks) == 3 * (len(LOSSES) + 1)  # and one beside the name of each curve
    corners = np.concatenate(marks)
    assert corners.min() > 0
    assert (corners < [figure.width, figure.height]).all()


def test_texts_name_network_curves_and_last_values(figure: TrainingFigure) -> None:
    texts = [element.text for element in svg_of(figure).findall(f"{SVG}text")]
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
    assert svg_of(figure).findtext(f"{SVG}title") == texts[0]


def test_a_history_without_accuracies_has_one_chart(figure: TrainingFigure) -> None:
    alone = training_figure(history(loss=LOSSES, validation_loss=LOSSES))
    assert alone.width < 0.6 * figure.width
    assert "accuracy" not in alone.svg()


def test_the_title_has_room() -> None:
    assert training_figure(history("n" * 200, loss=LOSSES)).width > 1200


def test_losses_of_different_size_are_all_seen() -> None:
    assert "loss, logarithmic" in training_figure(history(loss=LOSSES, squared_error=[0.01] * 4)).svg()


def test_one_epoch_is_enough_and_a_thousand_are_not_too_many() -> None:
    one = training_figure(history(loss=[1.0], accuracy=[0.5]))
    assert "1 epoch" in one.title
    assert one.png()
    many = training_figure(history(loss=np.linspace(2, 1, 1000).tolist()))
    assert len(many.marks) < 40
    assert many.png()


def test_special_characters_do_not_break_the_svg() -> None:
    assert '<&"net">' in (svg_of(training_figure(history('<&"net">', loss=LOSSES))).findtext(f"{SVG}title") or "")


def test_drawing_is_reproducible(figure: TrainingFigure) -> None:
    again = training_figure(
        history(loss=LOSSES, accuracy=ACCURACIES, validation_accuracy=[value - 0.125 for value in ACCURACIES])
    )
    assert (figure.png(), figure.svg()) == (again.png(), again.svg())
