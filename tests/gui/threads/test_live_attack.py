"""An attack in many steps before one's eyes: in order, held, step by step, given up for what is newer."""

from collections.abc import Iterator
from threading import Event

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from advgui.errors import AdvguiError
from advgui.gui.session import DemoState
from advgui.gui.threads import live_answer
from advgui.gui.threads.live_answer import Result
from advgui.gui.threads.live_runner import LiveRunner
from advgui.outcomes import Outcome
from advgui.pipeline import Stage
from advgui.types import Scenario
from tests.gui.conftest import selection
from tests.gui.gated import PATIENCE, GatedPipeline
from tests.gui.threads.test_live_runner import Recorder, counting

STEPS = 6


def pgd(strength: float = 8 / 255, attacks: tuple[str, ...] = ("pgd",), **settings: float) -> tuple[Scenario, ...]:
    state = DemoState(attacks=attacks).with_strength("pgd", strength)
    for name, value in {"steps": STEPS, **settings}.items():
        state = state.with_setting("pgd", name, value)
    return state.scenarios()


def directly(pipeline: GatedPipeline, scenario: Scenario, seed: int = 0) -> Outcome:
    chosen = selection(seed)
    batch = pipeline.prepare(chosen.pixels[np.newaxis], np.array([chosen.label]), np.array([chosen.index]))
    return batch.run(scenario)


def assert_same(shown: Outcome, expected: Outcome) -> None:
    assert shown.scenario == expected.scenario
    assert shown.effort == expected.effort
    assert shown.position is None
    for key in expected.images:
        np.testing.assert_array_equal(shown.images[key], expected.images[key])
        np.testing.assert_array_equal(shown.probabilities[key], expected.probabilities[key])


def steps(results: list[Result], row: int = 0) -> list[int | None]:
    return [None if (at := result.outcomes[row].position) is None else at.step for result in results]


@pytest.fixture
def seen(ready: LiveRunner) -> Recorder:
    return Recorder(ready)


def rest(qtbot: QtBot, seen: Recorder, step: int, row: int = 0) -> None:
    """Wait until a step is shown."""
    qtbot.waitUntil(lambda: bool(seen.results) and steps(seen.results, row)[-1] == step)


def test_steps_come_in_order_and_the_last_is_what_the_pipeline_gives(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder
) -> None:
    ready.submit(selection(), pgd(steps=50))
    qtbot.waitUntil(lambda: ready.is_idle)
    *shown, last = steps(seen.results)
    assert shown[0] == 1
    assert shown == sorted(set(shown))
    assert last is None
    assert_same(seen.results[-1].outcomes[0], directly(pipeline, *pgd(steps=50)))
    efforts = [result.outcomes[0].effort.gradients for result in seen.results]
    assert efforts == [*shown, 50]
    times = [result.milliseconds for result in seen.results]
    assert times == sorted(times)


def test_a_step_shows_the_columns_after_it(qtbot: QtBot, ready: LiveRunner, seen: Recorder) -> None:
    ready.set_held(True)
    (asked,) = pgd()
    ready.submit(selection(), (asked,))
    rest(qtbot, seen, 1)
    (shown,) = seen.results[-1].outcomes
    assert set(shown.images) == {column.key for column in asked.columns}
    assert not np.array_equal(shown.images["attacked"], shown.images["clean"])
    assert 0 < shown.linf[0] <= np.float32(8 / 255)
    moved = shown.images["attacked"] != shown.images["clean"]
    assert shown.clipped[0] == np.float32((moved & np.isin(shown.images["attacked"], (0, 1))).mean()) > 0


def test_held_it_takes_single_steps_and_goes_on_when_asked(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder
) -> None:
    ready.set_held(True)
    ready.submit(selection(), pgd())
    for step in range(1, 4):
        rest(qtbot, seen, step)
        with qtbot.waitSignal(ready.job_done):  # the thread has turns, but takes no step in them
            ready.start_job(lambda _: counting(3))
        assert steps(seen.results) == list(range(1, step + 1))
        assert not ready.is_idle
        if step < 3:
            ready.take_step()
    ready.set_held(False)
    qtbot.waitUntil(lambda: ready.is_idle)
    assert_same(seen.results[-1].outcomes[0], directly(pipeline, *pgd()))


def test_single_steps_lead_to_the_end_and_none_is_left_out(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder
) -> None:
    ready.set_held(True)
    ready.submit(selection(), pgd())
    for _ in range(STEPS):
        ready.take_step()  # also those that are asked for while it is still at work
    qtbot.waitUntil(lambda: ready.is_idle)
    assert steps(seen.results) == [*range(1, STEPS + 1), None]
    assert_same(seen.results[-1].outcomes[0], directly(pipeline, *pgd()))


def test_holding_shows_the_step_it_is_at(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder
) -> None:
    inside, go_on = Event(), Event()

    def on_step(stage: Stage) -> None:
        if stage.step == 4:
            inside.set()
            assert go_on.wait(PATIENCE)

    pipeline.on_step = on_step
    ready.submit(selection(), pgd())
    assert inside.wait(PATIENCE)
    ready.set_held(True)
    go_on.set()
    rest(qtbot, seen, 4)


def test_what_is_newer_is_held_too(qtbot: QtBot, ready: LiveRunner, seen: Recorder) -> None:
    ready.set_held(True)
    ready.submit(selection(), pgd())
    rest(qtbot, seen, 1)
    ready.take_step()
    rest(qtbot, seen, 2)
    last = ready.submit(selection(1), pgd())
    rest(qtbot, seen, 1)
    assert seen.results[-1].number == last
    assert ready.is_held


def test_a_newer_request_drops_the_older_one_between_two_steps(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder
) -> None:
    taken: list[int] = []
    pipeline.on_step = lambda stage: taken.append(stage.step)
    ready.set_held(True)
    ready.submit(selection(), pgd())
    rest(qtbot, seen, 1)
    pipeline.on_step = lambda stage: taken.append(-stage.step)
    newer = ready.submit(selection(), pgd(0.02))
    ready.set_held(False)
    qtbot.waitUntil(lambda: ready.is_idle)
    assert taken == [1, *range(-1, -STEPS - 1, -1)]
    assert {result.number for result in seen.results[1:]} == {newer}


@pytest.mark.parametrize("patience", [0.0, float("inf")])
def test_of_an_outdated_request_there_is_the_first_answer_if_that_takes_not_too_long(
    qtbot: QtBot,
    ready: LiveRunner,
    pipeline: GatedPipeline,
    seen: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
) -> None:
    monkeypatch.setattr(live_answer, "PATIENCE", patience)
    pipeline.gate.clear()
    first = ready.submit(selection(), pgd(0.01))
    assert pipeline.entered.acquire(timeout=PATIENCE)
    newer = ready.submit(selection(), pgd(0.02))
    pipeline.gate.set()
    qtbot.waitUntil(lambda: ready.is_idle)
    of_first = [step for result, step in zip(seen.results, steps(seen.results), strict=True) if result.number == first]
    assert of_first == ([1] if patience else [])
    assert seen.results[-1].number == newer
    assert seen.failures == []


def test_a_finished_attack_is_kept_and_a_dropped_one_is_not(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder
) -> None:
    taken: list[int] = []
    chosen = selection()
    pipeline.on_step = lambda stage: taken.append(stage.step)
    ready.set_held(True)
    ready.submit(chosen, pgd())
    rest(qtbot, seen, 1)
    ready.submit(chosen, pgd(0.0))
    qtbot.waitUntil(lambda: ready.is_idle)
    ready.set_held(False)
    for _ in range(2):
        ready.submit(chosen, pgd())
        qtbot.waitUntil(lambda: ready.is_idle)
    assert taken == [1, *range(1, STEPS + 1)]
    ready.submit(chosen, pgd(), afresh=True)
    qtbot.waitUntil(lambda: ready.is_idle)
    assert taken[STEPS + 1 :] == list(range(1, STEPS + 1))


def test_attacks_go_on_side_by_side(qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder) -> None:
    both = pgd(attacks=("fgsm", "pgd", "mi_fgsm"))
    ready.set_held(True)
    ready.submit(selection(), both)
    for step in range(1, 4):
        rest(qtbot, seen, step, row=1)
        assert [steps(seen.results, row)[-1] for row in range(3)] == [None, step, step]
        ready.take_step()
    ready.set_held(False)
    qtbot.waitUntil(lambda: ready.is_idle)
    for shown, asked in zip(seen.results[-1].outcomes, both, strict=True):
        assert_same(shown, directly(pipeline, asked))


def test_an_evaluation_and_an_attack_both_go_on(qtbot: QtBot, ready: LiveRunner, seen: Recorder) -> None:

    def endless(_: object) -> Iterator[object]:
        while True:
            yield "step"

    with qtbot.waitSignal(ready.job_step):
        job = ready.start_job(endless)
    before = len(seen.steps)
    ready.submit(selection(), pgd(steps=50))
    qtbot.waitUntil(lambda: ready.is_idle)
    assert len(seen.steps) > before
    ready.cancel_job(job)


def test_an_error_within_a_step_is_told_and_the_next_request_works(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder
) -> None:
    def broken(stage: Stage) -> None:
        if stage.step == 3:
            raise AdvguiError("no third step")

    pipeline.on_step = broken
    with qtbot.waitSignal(ready.failed) as failed:
        ready.submit(selection(), pgd())
    assert str(failed.args[0]) == "no third step"
    assert ready.is_idle
    pipeline.on_step = lambda _: None
    ready.submit(selection(), pgd())
    qtbot.waitUntil(lambda: ready.is_idle)
    assert_same(seen.results[-1].outcomes[0], directly(pipeline, *pgd()))


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_closing_within_a_step_ends_the_thread_and_tells_nothing(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, seen: Recorder, step: int
) -> None:
    inside, go_on = Event(), Event()
    taken: list[int] = []

    def on_step(stage: Stage) -> None:
        taken.append(stage.step)
        if stage.step == step:
            inside.set()
            assert go_on.wait(PATIENCE)

    pipeline.on_step = on_step
    ready.submit(selection(), pgd())
    assert inside.wait(PATIENCE)
    before = len(seen.results)
    ready._stop.set()  # what close() does first; then it waits for the thread, which waits for the gate
    go_on.set()
    ready.close()
    assert ready._thread.isFinished()
    assert taken == list(range(1, step + 1))
    assert len(seen.results) == before


def test_closing_while_it_is_held_ends_the_thread(qtbot: QtBot, ready: LiveRunner, seen: Recorder) -> None:
    ready.set_held(True)
    ready.submit(selection(), pgd())
    rest(qtbot, seen, 1)
    ready.close()
    assert ready._thread.isFinished()
