"""What goes into which chart, and the axes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.errors import AdvguiError
from advgui.figures import curves
from advgui.figures.curves import Chart, Curve
from advgui.figures.histories import LARGEST_VALUE, History


def history(**columns: list[float]) -> History:
    arrays = {name: np.array(values, np.float64) for name, values in columns.items()}
    count = len(next(iter(arrays.values())))
    return History("net", {"epoch": np.arange(1.0, count + 1)} | arrays)


def labels(made: History) -> tuple[list[str], list[str]]:
    accuracy, loss = curves.charts(made)
    return [curve.label for curve in accuracy.curves], [curve.label for curve in loss.curves]


def test_a_classifier_has_training_and_validation_in_both_charts() -> None:
    made = history(loss=[2, 1], accuracy=[0.25, 0.5], validation_loss=[2, 1.5], validation_accuracy=[0.3, 0.4])
    assert labels(made) == (["training accuracy", "validation accuracy"], ["training loss", "validation loss"])
    accuracy, loss = curves.charts(made)
    assert [curve.values.tolist() for curve in accuracy.curves] == [[25, 50], [30, 40]]
    assert [curve.values.tolist() for curve in loss.curves] == [[2, 1], [2, 1.5]]
    assert accuracy.text(91.639) == "91.64 %"
    assert [loss.text(value) for value in (1.71505, 0.5, 0.0041190, 1234.0)] == ["1.715", "0.5000", "0.004119", "1234"]


def test_the_autoencoders_show_their_own_columns() -> None:
    names = ("loss", "squared_error", "divergence", "validation_clean", "validation_gaussian", "validation_fgsm")
    assert labels(history(**{name: [0.5] for name in names})) == (
        ["validation accuracy, clean images", "validation accuracy, Gaussian noise", "validation accuracy, FGSM"],
        ["training loss", "training squared error", "training divergence"],
    )
    assert labels(history(loss=[0.6], validation_loss=[0.5])) == ([], ["training loss", "validation loss"])


def test_keras_own_names_are_understood_and_a_learning_rate_is_left_out() -> None:
    made = history(loss=[1], val_loss=[1], val_accuracy=[0.5], learning_rate=[0.001], seconds=[80])
    assert labels(made) == (["validation accuracy"], ["training loss", "validation loss"])


def test_an_accuracy_in_per_cent_is_refused() -> None:
    with pytest.raises(AdvguiError, match=r"'accuracy' goes from 40 to 90.*from 0 to 1"):
        curves.charts(history(accuracy=[40, 90]))


def test_a_history_of_something_else_is_refused() -> None:
    with pytest.raises(AdvguiError, match="columns epoch, temperature"):
        curves.charts(history(temperature=[20]))


def test_curves_of_a_chart_differ_in_color_and_in_mark() -> None:
    assert len(set(curves.COLORS)) == len(set(curves.COLORS_ON_DARK)) == len(set(curves.MARKS)) == len(curves.COLORS)
    names = ("loss", "squared_error", "divergence", "validation_loss")
    styles = [curve.style for curve in curves.charts(history(**{name: [1.0] for name in names}))[1].curves]
    assert len(set(styles)) == len(styles)
    for mark in curves.MARKS:
        assert all(math.hypot(x, y) == pytest.approx(1) for x, y in mark)


@pytest.mark.parametrize("count", [1, 2, 25, 26, 100, 1000])
def test_there_are_marks_but_never_too_many_and_the_last_epoch_has_one(count: int) -> None:
    chart = curves.charts(history(loss=[1.0] * count))[1]
    marked = np.arange(count)[chart.marked]
    assert min(count, 12) <= len(marked) <= 25
    assert marked[-1] == count - 1


values = st.lists(st.floats(-LARGEST_VALUE, LARGEST_VALUE), min_size=1, max_size=20)


@given(values, st.booleans())
def test_every_loss_has_its_place_on_the_axis(numbers: list[float], logarithmic: bool) -> None:
    chart = curves.charts(history(loss=numbers))[1]
    axis = chart.axis(logarithmic)
    assert math.isfinite(axis.low)
    assert math.isfinite(axis.high)
    assert axis.low < axis.high
    places = axis.places(chart.curves[0].values)
    assert ((places >= axis.low) & (places <= axis.high)).all()
    # Rounding may put one next to an end.
    slack = 1e-9 * (axis.high - axis.low)
    assert all(axis.low - slack <= place <= axis.high + slack for place, _ in axis.ticks)
    assert axis.logarithmic <= (logarithmic and min(numbers) > 0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.booleans())
def test_accuracies_stand_between_whole_tens_of_per_cent(numbers: list[float], logarithmic: bool) -> None:
    chart = curves.charts(history(accuracy=numbers))[0]
    axis = chart.axis(logarithmic)
    assert 0 <= axis.low <= 100 * min(numbers)
    assert 100 * max(numbers) <= axis.high <= 100
    assert axis.low % 10 == axis.high % 10 == 0
    assert axis.low < axis.high
    assert not axis.logarithmic


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_round_and_even_and_few(low: float, span: float, most: int) -> None:
    made = curves.ticks(low, low + span, most)
    places = [place for place, _ in made]
    assert len(places) <= most + 1
    assert len(places) * 5 >= most - 5
    assert all(float(text) == pytest.approx(place, rel=1e-6, abs=1e-9) for place, text in made)
    steps = np.diff(places)
    assert np.allclose(steps, steps[:1], rtol=1e-3)


@pytest.mark.parametrize("last", [1.5, 2, 3, 18, 500])
def test_epochs_are_whole(last: float) -> None:
    made = curves.ticks(1, last, 10, whole=True)
    assert made
    assert all(place == int(text) for place, text in made)


def test_losses_of_different_size_are_shown_on_a_logarithmic_axis() -> None:
    loss = curves.charts(history(loss=[2, 1], squared_error=[0.02, 0.004]))[1]
    assert loss.is_wide
    texts = [text for _, text in loss.axis(True).ticks]
    assert texts == ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]
    assert not curves.charts(history(loss=[2, 1]))[1].is_wide


@pytest.mark.parametrize("losses", [[1e-12, 1e12], [3, 0.0005], [0.61, 0.53], [1, 1], [0.7, 0.2]])
def test_a_logarithmic_axis_has_a_few_ticks(losses: list[float]) -> None:
    axis = curves.charts(history(loss=losses))[1].axis(True)
    assert 2 <= len(axis.ticks) <= 13
    for place, text in axis.ticks:
        assert 10**place == pytest.approx(float(text))


def test_what_has_no_logarithm_is_shown_as_it_is() -> None:
    for chart in (
        curves.charts(history(loss=[1, 0]))[1],
        curves.charts(history(accuracy=[0.001, 1]))[0],
        Chart("loss", np.ones(1), ()),
    ):
        assert not chart.can_be_logarithmic
        assert not chart.is_wide
        assert not chart.axis(True).logarithmic


def test_styles_begin_again_when_they_are_used_up() -> None:
    assert Curve("many", np.ones(1), len(curves.MARKS)).mark == curves.MARKS[0]
