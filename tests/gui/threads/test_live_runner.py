from collections.abc import Iterator
from threading import Event, current_thread

import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from advgui.errors import AdvguiError
from advgui.gui.session import DemoState
from advgui.gui.threads import live_worker
from advgui.gui.threads.live_runner import LiveRunner, Result
from advgui.gui.threads.loading import Loaded
from tests.gui.conftest import selection
from tests.gui.gated import PATIENCE, GatedLoad, GatedPipeline


class Recorder(QObject):
    """Lives on the GUI thread, and remembers on which thread it was called."""

    def __init__(self, runner: LiveRunner) -> None:
        super().__init__()
        self.results: list[Result] = []
        self.failures: list[Exception] = []
        self.steps: list[tuple[int, object]] = []
        self.ends: list[tuple[int, object]] = []
        self.threads: set[QThread] = set()
        runner.result.connect(self.on_result)
        runner.failed.connect(self.on_failed)
        runner.job_step.connect(self.on_step)
        runner.job_done.connect(self.on_end)
        runner.job_failed.connect(self.on_end)

    @Slot(object)
    def on_result(self, result: Result) -> None:
        self.results.append(result)
        self.threads.add(QThread.currentThread())

    @Slot(object)
    def on_failed(self, error: Exception) -> None:
        self.failures.append(error)

    @Slot(int, object)
    def on_step(self, number: int, step: object) -> None:
        self.steps.append((number, step))

    @Slot(int, object)
    def on_end(self, number: int, value: object) -> None:
        self.ends.append((number, value))


def at(strength: float) -> tuple:
    return DemoState().with_strength("fgsm", strength).scenarios()


def test_nothing_is_loaded_before_the_start(load: GatedLoad, runner: LiveRunner) -> None:
    runner.submit(selection(), at(0.1))
    assert not load.begun.is_set()
    assert not runner.is_ready


def test_what_was_submitted_before_it_was_ready_is_answered(qtbot: QtBot, runner: LiveRunner) -> None:
    first, last = selection(1), selection(2)
    runner.submit(first, at(0.1))
    runner.submit(last, at(0.2))
    with qtbot.waitSignal(runner.result) as answered:
        runner.start()
    assert answered.args[0].selection is last
    assert answered.args[0].outcomes[0].scenario.strength == 0.2


def test_a_target_that_the_loaded_classifier_lacks_is_no_error(qtbot: QtBot, ready: LiveRunner) -> None:
    """It may have been chosen for another one, while this one was loading."""
    for target, shown in ((10, None), (9, 9)):
        with qtbot.waitSignal(ready.result) as answered:
            ready.submit(selection(1), DemoState(target=target).scenarios())
        assert answered.args[0].outcomes[0].scenario.target == shown


def test_loading_tells_its_progress_and_what_it_found(qtbot: QtBot, runner: LiveRunner) -> None:
    told: list[str] = []
    runner.loading.connect(told.append)
    with qtbot.waitSignal(runner.ready) as ready:
        runner.start()
    assert told[:2] == ["Loading TensorFlow", "Preparing FGSM"]
    assert ready.args[0].device == "CPU"
    assert len(ready.args[0].class_names) == 10


@pytest.mark.usefixtures("patient")
def test_only_the_newest_of_many_requests_is_computed(qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline) -> None:
    recorder = Recorder(ready)
    pipeline.gate.clear()
    ready.submit(selection(), at(0.0))
    assert pipeline.entered.acquire(timeout=PATIENCE)
    for step in range(1, 2001):
        ready.submit(selection(), at(step / 10_000))
    pipeline.gate.set()
    qtbot.waitUntil(lambda: ready.is_idle)
    assert [result.outcomes[0].scenario.strength for result in recorder.results] == [0.0, 0.2]
    assert len(pipeline.asked) == 2
    assert recorder.threads == {QThread.currentThread()}


def test_results_come_in_the_order_of_their_requests(qtbot: QtBot, ready: LiveRunner) -> None:
    recorder = Recorder(ready)
    for step in range(200):
        with qtbot.waitSignal(ready.result):
            last = ready.submit(selection(), at(step / 1000))
    numbers = [result.number for result in recorder.results]
    assert numbers == sorted(numbers)
    assert numbers[-1] == last


def test_the_error_of_the_newest_request_is_told_and_the_next_one_works(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline
) -> None:
    pipeline.errors.append(AdvguiError("no autoencoder"))
    with qtbot.waitSignal(ready.failed) as failed:
        ready.submit(selection(), at(0.1))
    assert str(failed.args[0]) == "no autoencoder"
    with qtbot.waitSignal(ready.result):
        ready.submit(selection(), at(0.1))


def test_the_error_of_an_outdated_request_goes_to_the_log(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(ready)
    pipeline.errors.append(RuntimeError("outdated"))
    pipeline.gate.clear()
    ready.submit(selection(), at(0.1))
    assert pipeline.entered.acquire(timeout=PATIENCE)
    ready.submit(selection(), at(0.2))
    with qtbot.waitSignal(ready.result):
        pipeline.gate.set()
    assert recorder.failures == []
    assert "outdated" in caplog.text


def test_a_failure_to_load_is_told(qtbot: QtBot, pipeline: GatedPipeline) -> None:
    runner = LiveRunner(GatedLoad(pipeline, AdvguiError("damaged")))
    try:
        with qtbot.waitSignal(runner.load_failed) as failed:
            runner.start()
        assert str(failed.args[0]) == "damaged"
        assert not runner.is_ready
        assert runner.start_job(lambda _: iter(())) == 0
    finally:
        runner.close()


# Jobs


def counting(limit: int) -> Iterator[object]:
    yield from range(limit)
    return "done"


def test_a_job_yields_steps_and_returns(qtbot: QtBot, ready: LiveRunner) -> None:
    recorder = Recorder(ready)
    with qtbot.waitSignal(ready.job_done) as done:
        number = ready.start_job(lambda _: counting(5))
    assert done.args == [number, "done"]
    assert recorder.steps == [(number, step) for step in range(5)]


def test_a_job_that_waits_for_others_is_asked_again(qtbot: QtBot, ready: LiveRunner) -> None:
    recorder = Recorder(ready)

    def job(_: object) -> Iterator[object]:
        yield 1
        yield None
        yield None
        yield 2
        return "done"

    with qtbot.waitSignal(ready.job_done):
        number = ready.start_job(job)
    assert recorder.steps == [(number, 1), (number, 2)]


def test_a_job_runs_on_the_tensorflow_thread_with_the_pipeline(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline
) -> None:
    def job(given: object) -> Iterator[object]:
        yield given
        yield QThread.currentThread().objectName()

    recorder = Recorder(ready)
    with qtbot.waitSignal(ready.job_done):
        ready.start_job(job)
    assert [step for _, step in recorder.steps] == [pipeline, "tensorflow"]


def test_live_requests_slip_in_between_the_steps_of_a_job(qtbot: QtBot, ready: LiveRunner) -> None:
    def endless(_: object) -> Iterator[object]:
        while True:
            yield "step"

    recorder = Recorder(ready)
    with qtbot.waitSignal(ready.job_step):
        number = ready.start_job(endless)
    for step in range(20):
        with qtbot.waitSignal(ready.result):
            ready.submit(selection(), at(step / 100))
    assert recorder.ends == []
    ready.cancel_job(number)


def test_a_cancelled_job_is_closed_and_says_nothing_more(qtbot: QtBot, ready: LiveRunner) -> None:
    closed = Event()

    def job(_: object) -> Iterator[object]:
        try:
            while True:
                yield "step"
        finally:
            assert current_thread().name != "MainThread"
            closed.set()

    recorder = Recorder(ready)
    with qtbot.waitSignal(ready.job_step):
        number = ready.start_job(job)
    ready.cancel_job(number)
    before = len(recorder.steps)
    assert closed.wait(PATIENCE)
    with qtbot.waitSignal(ready.result):
        ready.submit(selection(), at(0.1))
    assert len(recorder.steps) == before
    assert recorder.ends == []


def test_a_paused_job_rests_until_it_is_resumed(qtbot: QtBot, ready: LiveRunner) -> None:
    recorder = Recorder(ready)
    inside, go_on = Event(), Event()

    def job(_: object) -> Iterator[object]:
        inside.set()
        assert go_on.wait(PATIENCE)
        yield "first"
        yield "second"

    number = ready.start_job(job)
    assert inside.wait(PATIENCE)
    ready.pause_job(number)
    go_on.set()
    # The answer to a request proves that the thread had turns to take a step in.
    for step in range(3):
        with qtbot.waitSignal(ready.result):
            ready.submit(selection(), at(step / 10))
    assert [step for _, step in recorder.steps] == ["first"]
    with qtbot.waitSignal(ready.job_done):
        ready.resume_job(number)
    assert [step for _, step in recorder.steps] == ["first", "second"]


def test_the_error_of_a_job_is_told(qtbot: QtBot, ready: LiveRunner) -> None:
    def job(_: object) -> Iterator[object]:
        yield 1
        raise AdvguiError("no images")

    with qtbot.waitSignal(ready.job_failed) as failed:
        number = ready.start_job(job)
    assert failed.args[0] == number
    assert str(failed.args[1]) == "no images"


def test_a_job_that_cannot_begin_is_told(qtbot: QtBot, ready: LiveRunner) -> None:
    def broken(_: object) -> Iterator[object]:
        raise AdvguiError("no plan")

    with qtbot.waitSignal(ready.job_failed) as failed:
        ready.start_job(broken)
    assert str(failed.args[1]) == "no plan"


def test_a_new_job_takes_the_place_of_the_one_at_work(qtbot: QtBot, ready: LiveRunner) -> None:
    recorder = Recorder(ready)
    closed: list[str] = []

    def endless(_: object) -> Iterator[object]:
        try:
            while True:
                yield "step"
        finally:
            closed.append(QThread.currentThread().objectName())

    with qtbot.waitSignal(ready.job_step):
        first = ready.start_job(endless)
    before = len(recorder.steps)
    with qtbot.waitSignal(ready.job_done):
        second = ready.start_job(lambda _: counting(3))
    assert closed == ["tensorflow"]
    assert recorder.steps[before:] == [(second, step) for step in range(3)]
    for late in (ready.pause_job, ready.resume_job, ready.cancel_job):
        late(first)  # it is no more
    assert recorder.ends == [(second, "done")]


def test_an_image_is_prepared_once_for_all_its_requests(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline
) -> None:
    for chosen in (selection(0), selection(1)):
        before = pipeline.prepared
        for strength in (0.1, 0.2, 0.3):
            with qtbot.waitSignal(ready.result):
                ready.submit(chosen, at(strength))
        assert pipeline.prepared == before + 1


# Closing


def test_closing_before_the_start_refuses_everything(runner: LiveRunner) -> None:
    runner.close()
    runner.start()
    assert runner.submit(selection(), at(0.1)) == 0
    assert not runner._thread.isRunning()


def test_closing_while_loading_ends_the_thread(qtbot: QtBot, runner: LiveRunner, load: GatedLoad) -> None:
    load.gate.clear()
    runner.start()
    assert load.begun.wait(PATIENCE)
    runner._stop.set()  # what close() does first; then it waits for the thread, which waits for the gate
    load.gate.set()
    runner.close()
    assert runner._thread.isFinished()


def test_closing_while_computing_ends_the_thread_and_tells_nothing(
    qtbot: QtBot, ready: LiveRunner, pipeline: GatedPipeline
) -> None:
    recorder = Recorder(ready)
    pipeline.gate.clear()
    ready.submit(selection(), at(0.1))
    ready.submit(selection(), at(0.2))
    assert pipeline.entered.acquire(timeout=PATIENCE)
    pipeline.gate.set()
    ready.close()
    qtbot.waitUntil(ready._thread.isFinished)
    assert recorder.results == []
    assert len(pipeline.asked) == 1


def test_closing_during_a_job_closes_its_generator_on_its_thread(qtbot: QtBot, ready: LiveRunner) -> None:
    threads: list[str] = []

    def job(_: object) -> Iterator[object]:
        try:
            while True:
                yield "step"
        finally:
            threads.append(QThread.currentThread().objectName())

    with qtbot.waitSignal(ready.job_step):
        ready.start_job(job)
    ready.close()
    assert threads == ["tensorflow"]


def test_closing_twice_is_as_good_as_once(ready: LiveRunner) -> None:
    ready.close()
    ready.close()
    assert ready._thread.isFinished()


@pytest.mark.parametrize("rest", [60_000, 0])
def test_warming_up_waits_until_nothing_was_asked_for_in_a_while(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, rest: int
) -> None:
    """A piece takes a second, and a slider that is dragged asks many times in that."""
    monkeypatch.setattr(live_worker, "_SPARE_AFTER", rest)  # 60 s: longer than between any two requests here
    pieces: list[int] = []

    def later() -> Iterator[int]:
        for number in range(3):
            pieces.append(number)
            yield number

    runner = LiveRunner(lambda tell: Loaded(GatedPipeline(), "CPU", later=later()))
    with qtbot.waitSignal(runner.ready):
        runner.start()
    for seed in range(4):
        with qtbot.waitSignal(runner.result):
            runner.submit(selection(seed), at(0.1))
    if rest:
        assert pieces == []
    else:  # all of them are taken, though nobody asks again
        qtbot.waitUntil(lambda: pieces == [0, 1, 2])
    assert runner.close()
