"""Curves are drawn when nothing newer is asked for, and kept."""

import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from advgui.gui.session import DemoState, Selection
from advgui.gui.threads.live_answer import Request
from advgui.gui.threads.live_curve import Curves, CurvesDrawn, portions
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.threads.loading import Loaded
from advgui.gui.widgets.messages import Message
from advgui.scenarios import scenario
from advgui.types import FloatArray, Scenario
from tests.gui.checks import settled
from tests.gui.conftest import selection
from tests.gui.gated import GatedPipeline

NEAR = 16 / 255


def asking(chosen: Selection, *scenarios: Scenario, end: float = NEAR, number: int = 1) -> Request:
    return Request(number, chosen, scenarios, ends=(end,) * len(scenarios))


def drawn(curves: Curves, chosen: Selection, *scenarios: Scenario, end: float = NEAR) -> list[CurvesDrawn]:
    """Everything that is shown until all is there."""
    batch = GatedPipeline().prepare(chosen.pixels[np.newaxis], np.array([3]), np.array([chosen.index]))
    shown = [curves.want(asking(chosen, *scenarios, end=end), [batch] * len(scenarios))]
    while curves.is_drawing:
        more = curves.advance()
        shown += [] if more is None else [more]
    return shown


def test_a_curve_of_one_step_has_33_strengths_and_grows_from_its_shape() -> None:
    shown = drawn(Curves(), selection(), scenario())
    counts = [len(each.curves[0].sweep.strengths) for each in shown[1:]]
    assert shown[0].curves == ()
    assert counts == [9, 17, 25, 33]
    last = shown[-1].curves[0]
    assert last.is_complete
    np.testing.assert_allclose(last.sweep.strengths, np.linspace(0, NEAR, 33), rtol=0, atol=1e-12)
    assert [shown[1].curves[0].sweep.strengths[place] for place in (0, -1)] == [0, NEAR]


@pytest.mark.parametrize("asked", [scenario("pgd", settings={"steps": 2}), scenario(draws=5)])
def test_what_costs_more_has_fewer_strengths(asked: Scenario) -> None:
    last = drawn(Curves(), selection(), asked)[-1].curves[0]
    assert last.is_complete
    assert last.points == len(last.sweep.strengths) < 33
    assert {0, 1 / 255, 8 / 255} <= set(last.sweep.strengths)


def test_all_portions_together_have_each_strength_once() -> None:
    for asked in (scenario(), scenario("pgd")):
        strengths = [strength for portion in portions(asked, 0.3) for strength in portion]
        assert len(strengths) == len(set(strengths))
        assert max(strengths) == 0.3


def test_several_curves_grow_side_by_side() -> None:
    shown = drawn(Curves(), selection(), scenario(), scenario("random_signs"))
    assert [len(each.curves) for each in shown[:4]] == [0, 1, 2, 2]
    assert all(curve.is_complete for curve in shown[-1].curves)


def test_a_curve_is_kept_for_its_image_and_settings_whatever_the_strength() -> None:
    curves, chosen = Curves(), selection()
    first = drawn(curves, chosen, scenario())[-1]
    assert drawn(curves, chosen, scenario(strength=0.01))[0].curves == first.curves
    for other in (
        drawn(curves, selection(1), scenario()),
        drawn(curves, chosen, scenario(seed=1)),
        drawn(curves, chosen, scenario(), end=0.3),
    ):
        assert other[0].curves == ()


def test_a_whole_curve_is_kept_without_its_images() -> None:
    chosen, curves = selection(), Curves()
    batch = GatedPipeline().prepare(chosen.pixels[np.newaxis], np.array([3]), np.array([chosen.index]))
    there = weakref.ref(batch)
    curves.want(asking(chosen, scenario()), [batch])
    del batch
    curves.advance()
    assert there() is not None  # it is needed for what is missing
    while curves.is_drawing:
        curves.advance()
    assert there() is None
    (again,) = curves.want(
        asking(chosen, scenario()), [GatedPipeline().prepare(chosen.pixels[np.newaxis], None, np.array([0]))]
    ).curves
    assert again.is_complete


def test_a_curve_that_was_left_goes_on_where_it_was() -> None:
    curves, chosen, batch = (
        Curves(),
        selection(),
        GatedPipeline().prepare(selection().pixels[np.newaxis], np.array([3]), np.array([0])),
    )
    curves.want(asking(chosen, scenario()), [batch])
    while not (known := curves.advance()):
        pass
    curves.rest()
    assert not curves.is_drawing
    assert curves.advance() is None
    again = curves.want(asking(chosen, scenario(strength=0.02), number=2), [batch])
    assert again.curves == known.curves
    assert again.number == 2


def test_the_runner_draws_after_the_panels_and_only_for_the_newest(qtbot: QtBot, ready: LiveRunner) -> None:
    shown: list[object] = []
    ready.result.connect(shown.append)
    ready.drawn.connect(shown.append)
    state = DemoState()
    first, second = selection(1), selection(2)
    ready.submit(first, state.scenarios(), ends=(NEAR,))
    number = ready.submit(second, state.scenarios(), ends=(NEAR,))

    def is_complete() -> bool:
        return isinstance(shown[-1], CurvesDrawn) and shown[-1].curves[0].is_complete if shown else False

    qtbot.waitUntil(is_complete)
    curves = [each for each in shown if isinstance(each, CurvesDrawn)]
    assert {each.number for each in curves} == {number}
    assert {each.selection for each in curves} == {second}
    assert not isinstance(shown[0], CurvesDrawn)


def test_nobody_who_wants_no_curve_waits_for_one(qtbot: QtBot, ready: LiveRunner) -> None:
    shown: list[object] = []
    ready.drawn.connect(shown.append)
    with qtbot.waitSignal(ready.result):
        ready.submit(selection(), DemoState().scenarios())
    with qtbot.waitSignal(ready.result):
        ready.submit(selection(), replace(DemoState(), seed=1).scenarios())
    assert shown == []


class Breaking(GatedPipeline):
    """A network that fails when it is given several images."""

    def __init__(self) -> None:
        super().__init__()
        logits = self.classifier.logits

        def few(images: FloatArray) -> FloatArray:
            if len(images) > 5:
                raise RuntimeError("broken")
            return logits(images)

        self.classifier.logits = few  # type: ignore[method-assign]


def test_a_curve_that_breaks_leaves_the_panels_as_they_are(
    qtbot: QtBot, make_window: Callable[..., MainWindow], posted: list[Message], caplog: pytest.LogCaptureFixture
) -> None:
    window = make_window(lambda tell: Loaded(Breaking(), "CPU"))
    window.show()
    qtbot.waitUntil(lambda: "There is no curve for 'fgsm': broken" in caplog.text)
    qtbot.waitUntil(lambda: settled(window))
    assert posted == []
    assert window.stage.bottom.cells["fgsm"].curve.chart.curve is None
    window.gallery.next()
    qtbot.waitUntil(lambda: settled(window))
