"""A mailbox of one in front of the TensorFlow thread.

Everything of TensorFlow happens on one thread: importing, loading, tracing, running. The window submits what it wants
to see; while the thread is busy, only the newest request waits. No timer: the thread's own speed is the throttle.
An attack in many steps answers once for every step that is shown; after its first answer it makes way for a newer
request between two steps.
"""

import logging
from collections.abc import Callable, Iterator
from itertools import count
from threading import Event

from PySide6.QtCore import QDeadlineTimer, QObject, Signal, Slot

from advgui.certification.smoothing import Smoothing
from advgui.gui.networks import STANDARD
from advgui.gui.session import Selection
from advgui.gui.threads.live_answer import Request, Result
from advgui.gui.threads.live_curve import Curve, CurvesDrawn
from advgui.gui.threads.live_maps import MapRequest, MapsDrawn, MapWorker
from advgui.gui.threads.live_marks import Mark, MarkRequest
from advgui.gui.threads.live_proof import Proof
from advgui.gui.threads.live_worker import Failure, Job, Question, Worker
from advgui.gui.threads.loading import Load, Loaded, Ready
from advgui.gui.threads.worker_thread import WorkerThread
from advgui.pipeline import Pipeline
from advgui.types import FloatArray, Scenario

_log = logging.getLogger(__name__)

__all__ = ["Curve", "CurvesDrawn", "LiveRunner", "Load", "Loaded", "Proof", "Ready", "Result"]


class LiveRunner(QObject):
    """What the window sees of the TensorFlow thread. It lives on the GUI thread, and so do all its signals.

    Args:
        load: Loads at the start: called on the TensorFlow thread with a function that it tells its progress, it
            returns the loaded pipeline.
        parent: Qt's owner.

    Signals:
        loading: What is being loaded, in a few words.
        ready: A `Ready`; requests are answered from now on.
        load_failed: The error that loading ended with; what was loaded before stays in use.
        result: A `Result`: of an attack in many steps there are several, the last is final. Results come in the order
            of their requests, and never after a newer one. Only the first one of a request may be out of date.
        drawn: A `CurvesDrawn` of the newest request, after its final result; several times while curves grow.
        voted: A `Proof` for the newest request, after its curves; many times while a vote grows.
        marked: A `Mark`: what became of an image that `mark` asked for.
        judged: Number of a question that `judge` asked, and float32 (classes,), what the classifier says; or None.
        mapped: A `MapsDrawn`, of the newest request for such.
        maps_failed: The error of the newest request for maps.
        failed: The error of the newest request. Failures of outdated requests only go to the log.
        job_step: A job's number and what its generator yielded.
        job_done: A job's number and what its generator returned.
        job_failed: A job's number and its error.
    """

    loading = Signal(str)
    ready = Signal(object)
    load_failed = Signal(object)
    result = Signal(object)
    drawn = Signal(object)
    voted = Signal(object)
    judged = Signal(int, object)
    marked = Signal(object)
    mapped = Signal(object)
    maps_failed = Signal(object)
    failed = Signal(object)
    job_step = Signal(int, object)
    job_done = Signal(int, object)
    job_failed = Signal(int, object)

    _load_asked = Signal(object)
    _compute_asked = Signal(object)
    _judge_asked = Signal(object)
    _marks_asked = Signal(object)
    _maps_asked = Signal(object)
    _step_asked = Signal()
    _wake_asked = Signal()
    _job_asked = Signal(object)
    _turn_asked = Signal()
    _leave_asked = Signal()

    def __init__(self, load: Load, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._numbers = count(1)
        self._job_numbers = count(1)
        self._questions = count(1)
        self._newest = 0
        self._loaded: Ready | None = None
        # At work; and whether it has not been answered at all, so that it may not be replaced.
        self._running: Request | None = None
        self._computing = False
        self._waiting: Request | None = None
        self._job: Job | None = None
        self._stop, self._held = Event(), Event()
        self._closed = False

        self._thread = WorkerThread(self)
        self._thread.setObjectName("tensorflow")
        worker = self._worker = Worker(self._stop, self._held)
        worker.moveToThread(self._thread)
        self._load_asked.connect(worker.load)
        self._compute_asked.connect(worker.compute)
        self._judge_asked.connect(worker.judge)
        self._mapping: MapRequest | None = None
        maps = self._map_worker = MapWorker(worker.network)
        maps.moveToThread(self._thread)
        self._maps_asked.connect(maps.compute)
        for freeing in (self._load_asked, self._leave_asked):
            freeing.connect(maps.forget)
        maps.drawn.connect(self._on_mapped)
        maps.failed.connect(self._on_maps_failed)
        self._step_asked.connect(worker.take_step)
        self._wake_asked.connect(worker.wake)
        self._job_asked.connect(worker.start_job)
        self._turn_asked.connect(worker.turn)
        self._leave_asked.connect(worker.leave)
        worker.loading.connect(self._on_loading)
        worker.loaded.connect(self._on_loaded)
        worker.load_failed.connect(self._on_load_failed)
        worker.computed.connect(self._on_computed)
        worker.compute_failed.connect(self._on_compute_failed)
        worker.dropped.connect(self._on_dropped)
        worker.drawn.connect(self._on_drawn)
        worker.voted.connect(self._on_voted)
        worker.judged.connect(self._on_judged)
        worker.marked.connect(self._on_marked)
        self._marks_asked.connect(worker.mark)
        worker.job_stepped.connect(self._on_job_step)
        worker.job_ended.connect(self._on_job_end)
        worker.job_failed.connect(self._on_job_failed)

    @property
    def is_ready(self) -> bool:
        """Whether requests are answered."""
        return self._loaded is not None and not self._closed

    @property
    def loaded(self) -> Ready | None:
        """What `ready` said, or None before it."""
        return self._loaded

    @property
    def is_idle(self) -> bool:
        """Whether the newest request has been answered for good."""
        return self._running is None and self._waiting is None

    @property
    def is_held(self) -> bool:
        """Whether attacks in many steps rest after each."""
        return self._held.is_set()

    def start(self) -> None:
        """Start the thread and load; call it once the window is on screen."""
        if not self._closed and not self._thread.isRunning():
            self._thread.start()
            self._load_asked.emit(self._load)

    def load(self, load: Load) -> None:
        """Load other networks; until they are there, and if that fails, those in use go on."""
        if self._thread.isRunning() and not self._closed:
            self._load_asked.emit(load)

    def submit(
        self,
        selection: Selection,
        scenarios: tuple[Scenario, ...],
        afresh: bool = False,
        ends: tuple[float, ...] = (),
        networks: tuple[str, ...] = (),
        smoothing: Smoothing | None = None,
    ) -> int:
        """Ask for the outcomes of one image; a request that still waits is replaced.

        Args:
            selection: The image.
            scenarios: What to do with it.
            afresh: Whether to compute again what is known already, for another look at its steps.
            ends: Where the axes of the scenarios' curves end, one for each; none where no curves are wanted.
            networks: Which classifier each scenario attacks; none where all attack the standard one.
            smoothing: How noisy copies of the image vote afterwards, on the network of the first scenario.

        Returns:
            The request's number, larger than every earlier one; 0 after `close`.
        """
        if self._closed:
            return 0
        self._newest = next(self._numbers)
        self._drop_maps()
        self._waiting = Request(self._newest, selection, scenarios, afresh, ends, networks, smoothing)
        if self._running is not None:
            self._running.outdated.set()
        self._dispatch()
        return self._newest

    def mark(self, request: MarkRequest) -> None:
        """Ask which images are fooled, in place of those that were asked for; dropped when anything newer is."""
        if self.is_ready:
            self._marks_asked.emit(request)

    def judge(self, pixels: FloatArray, network: str = STANDARD) -> int:
        """Ask what a classifier says of an image as it is.

        Args:
            pixels: float32 (H, W, 3) in [0, 1].
            network: As in `advgui.gui.networks`.

        Returns:
            The number of the question, for `judged`; 0 where nothing answers.
        """
        if not self.is_ready:
            return 0
        question = Question(next(self._questions), pixels, network)
        self._judge_asked.emit(question)
        return question.number

    def ask_maps(self, result: Result) -> None:
        """Ask where the classifier looks in what a result shows; dropped when anything newer is asked for."""
        self._drop_maps()
        if self.is_ready:
            self._mapping = MapRequest(result)
            self._maps_asked.emit(self._mapping)

    def _drop_maps(self) -> None:
        if self._mapping is not None:
            self._mapping.outdated.set()
        self._mapping = None

    def set_held(self, held: bool) -> None:
        """Let attacks in many steps rest after the step they are at, this one and those to come; or let them go on."""
        if held:
            self._held.set()
        else:
            self._held.clear()
            self._wake_asked.emit()

    def take_step(self) -> None:
        """Let an attack that is held take one step."""
        self._step_asked.emit()

    def start_job(self, factory: Callable[[Pipeline], Iterator[object]]) -> int:
        """Start long work: a generator that takes one step for each turn of the thread's event loop.

        Live requests slip in between the steps. There is one job at a time: one that is at work is cancelled.

        Args:
            factory: Called on the thread with the pipeline; returns the generator.

        Returns:
            The job's number for the other methods and the signals; 0 after `close` or before `ready`.
        """
        if not self.is_ready:
            return 0
        if self._job is not None:
            self.cancel_job(self._job.number)
        self._job = Job(next(self._job_numbers), factory)
        self._job_asked.emit(self._job)
        return self._job.number

    def cancel_job(self, number: int) -> None:
        """End a job before its next step. Its generator is closed, and nothing more is told of it."""
        job = self._taken(number)
        if job is not None:
            job.cancelled.set()
            self._turn_asked.emit()

    def pause_job(self, number: int) -> None:
        """Let a job rest after the step it is at."""
        if self._job is not None and self._job.number == number:
            self._job.paused.set()

    def resume_job(self, number: int) -> None:
        """Let a job go on."""
        if self._job is not None and self._job.number == number:
            self._job.paused.clear()
            self._turn_asked.emit()

    def _taken(self, number: int) -> Job | None:
        """Return the job at work if it has this number, and forget it."""
        job = self._job
        if job is None or job.number != number:
            return None
        self._job = None
        return job

    def stop(self) -> None:
        """Refuse new work, drop what waits, and ask what runs to stop."""
        if not self._closed:
            self._closed = True
            self._waiting = None
            self._drop_maps()
            self._stop.set()
            if self._job is not None:
                self.cancel_job(self._job.number)
            self._leave_asked.emit()

    def close(self, deadline: QDeadlineTimer | None = None) -> bool:
        """Refuse new work, drop what waits, stop what runs, and wait for the thread's end.

        Args:
            deadline: How long to wait; for ever if None.

        Returns:
            Whether the thread has ended.
        """
        self.stop()
        return self._thread.wait_for_end(deadline)

    def _dispatch(self) -> None:
        if self.is_ready and not self._computing and self._waiting is not None:
            self._running, self._waiting = self._waiting, None
            self._computing = True
            self._compute_asked.emit(self._running)

    @Slot(str)
    def _on_loading(self, text: str) -> None:
        if not self._closed:
            self.loading.emit(text)

    @Slot(object)
    def _on_loaded(self, ready: Ready) -> None:
        if not self._closed:
            self._loaded = ready
            self.ready.emit(ready)
            self._dispatch()

    @Slot(object)
    def _on_load_failed(self, error: Exception) -> None:
        if not self._closed:
            self.load_failed.emit(error)

    @Slot(object)
    def _on_computed(self, result: Result) -> None:
        request = self._running
        # A step of an attack that has made way for a newer request shows nothing that anybody asks for now.
        if self._closed or request is None or result.number != request.number:
            return
        self._ended(request.number, for_good=result.is_final)
        self.result.emit(result)
        request.seen.set()

    @Slot(object)
    def _on_marked(self, mark: Mark) -> None:
        if not self._closed:
            self.marked.emit(mark)

    @Slot(int, object)
    def _on_judged(self, number: int, probabilities: object) -> None:
        if not self._closed:
            self.judged.emit(number, probabilities)

    @Slot(object)
    def _on_drawn(self, drawn: CurvesDrawn) -> None:
        if not self._closed and drawn.number == self._newest:
            self.drawn.emit(drawn)

    @Slot(object)
    def _on_voted(self, proof: Proof) -> None:
        if not self._closed and proof.number == self._newest:
            self.voted.emit(proof)

    @Slot(object)
    def _on_mapped(self, drawn: MapsDrawn) -> None:
        if self._mapping is not None and self._mapping.result is drawn.result:
            self._mapping = None
            self.mapped.emit(drawn)

    @Slot(object)
    def _on_maps_failed(self, error: Exception) -> None:
        if self._mapping is not None:
            self._mapping = None
            self.maps_failed.emit(error)

    @Slot(int)
    def _on_dropped(self, number: int) -> None:
        self._ended(number)

    def _ended(self, number: int, for_good: bool = True) -> None:
        """Ask for the next request, if there is one: the thread computes it while the panels are painted."""
        if self._closed or self._running is None or self._running.number != number:
            return
        self._computing = False
        if for_good:
            self._running = None
        self._dispatch()

    @Slot(object)
    def _on_compute_failed(self, failure: Failure) -> None:
        if self._closed:
            return
        self._ended(failure.number)
        if failure.number == self._newest:
            self.failed.emit(failure.error)
        else:
            _log.warning("Request %d failed, but a newer one was made: %s", failure.number, failure.error)

    @Slot(int, object)
    def _on_job_step(self, number: int, step: object) -> None:
        if self._job is not None and self._job.number == number:
            self.job_step.emit(number, step)

    @Slot(int, object)
    def _on_job_end(self, number: int, value: object) -> None:
        if self._taken(number) is not None:
            self.job_done.emit(number, value)

    @Slot(int, object)
    def _on_job_failed(self, number: int, error: Exception) -> None:
        if self._taken(number) is not None:
            self.job_failed.emit(number, error)
        else:
            _log.warning("Job %d failed after it was cancelled: %s", number, error)
