"""The side of the live runner that lives on the TensorFlow thread, and what is sent between the two."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event

import numpy as np
from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from advgui.certification.smoothing import Smoothed, Smoothing
from advgui.defenses import Defense
from advgui.errors import AdvguiError, Cancelled
from advgui.gui.networks import STANDARD
from advgui.gui.session import Selection, aimed_among
from advgui.gui.threads.live_answer import Answer, Dropped, Request
from advgui.gui.threads.live_curve import Curves
from advgui.gui.threads.live_marks import MarkRequest, Marks
from advgui.gui.threads.live_proof import Proofs
from advgui.gui.threads.loading import Load
from advgui.pipeline import Batch, Pipeline
from advgui.types import FloatArray, IntArray
from advgui.victim import softmax

_log = logging.getLogger(__name__)

# Milliseconds of rest after which there is time to warm up: a piece takes a second, and nothing slips in between.
_SPARE_AFTER = 1_500
# Milliseconds after which a job that had nothing to do is asked again.
_ASKED_AGAIN_AFTER = 30


@dataclass(frozen=True, eq=False)
class Failure:
    """The error of a request."""

    number: int
    error: Exception


@dataclass(frozen=True, eq=False)
class Job:
    """Long work. The events are set by the GUI thread and read by the worker before each step.

    A step that is None says that others are at work, and there is nothing to do for a moment.
    """

    number: int
    factory: Callable[[Pipeline], Iterator[object]]
    paused: Event = field(default_factory=Event)
    cancelled: Event = field(default_factory=Event)


@dataclass(frozen=True, eq=False)
class Question:
    """What does a classifier say of an image as it is?"""

    number: int
    pixels: FloatArray
    network: str


class Worker(QObject):
    """Does the work, one event at a time, so that newer requests slip in between the steps of older ones and of a job.

    A live attack in many steps and a job share the thread by halves.

    Args:
        stop: Set when everything is to end.
        held: Set while a live attack is to rest after each step.
    """

    loading = Signal(str)
    loaded = Signal(object)
    load_failed = Signal(object)
    computed = Signal(object)
    compute_failed = Signal(object)
    dropped = Signal(int)
    drawn = Signal(object)
    voted = Signal(object)
    judged = Signal(int, object)
    marked = Signal(object)
    job_stepped = Signal(int, object)
    job_ended = Signal(int, object)
    job_failed = Signal(int, object)
    _again = Signal()
    _onward = Signal()

    def __init__(self, stop: Event, held: Event) -> None:
        super().__init__()
        self._stop, self._held = stop, held
        self._pipeline: Pipeline | None = None
        # Networks besides that of the pipeline: how to load them, and those that were asked for.
        self._others: Mapping[str, Callable[[], Pipeline]] = {}
        self._beside: dict[str, Pipeline] = {}
        # What was computed for the image at work on each network, and the image.
        self._selection: Selection | None = None
        self._batches: dict[str, Batch] = {}
        self._answer: Answer | None = None
        self._curves, self._proofs, self._marks = Curves(), Proofs(), Marks()
        self._denoiser: Callable[[], Defense] | None = None
        self._drawn_for: Request | None = None
        self._advance_is_queued = False
        self._rests = False
        self._steps_asked = 0
        self._later: Iterator[object] = iter(())
        self._job: tuple[Job, Iterator[object]] | None = None
        self._turn_is_queued = False
        # By how many seconds the job has had more than its half.
        self._job_ahead = 0.0
        # Queued, though on one thread: a turn is an event like any other, and waits behind those that came before.
        for signal, slot in ((self._again, self.turn), (self._onward, self.go_on)):
            signal.connect(slot, Qt.ConnectionType.QueuedConnection)
        self._spare = QTimer(self)
        self._spare.setSingleShot(True)
        self._spare.setInterval(_SPARE_AFTER)
        self._spare.timeout.connect(self.prepare)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_ASKED_AGAIN_AFTER)
        self._soon.timeout.connect(self.turn)

    @Slot(object)
    def load(self, load: Load) -> None:
        """Load networks, in place of those in use if that ends well."""
        try:
            loaded = load(self._tell)
            self._tell("Ready")
            self._pipeline = loaded.pipeline
            self._selection, self._batches, self._beside, self._others = None, {}, {}, loaded.others
            self._later, self._curves, self._proofs = loaded.later, Curves(), Proofs()
            self._denoiser = loaded.denoiser
            self._marks.rest()
            self.loaded.emit(loaded.ready)
        except Cancelled:
            return
        except Exception as error:  # the window goes on without networks, whatever it was
            self.load_failed.emit(error)

    def _tell(self, text: str) -> None:
        if self._stop.is_set():
            raise Cancelled("The window was closed while the networks were loading.")
        self.loading.emit(text)

    @Slot(object)
    def compute(self, request: Request) -> None:
        """Begin to answer a live request, in place of one that was at work."""
        self._spare.stop()
        self._answer, self._rests, self._steps_asked = None, False, 0
        self._curves.rest()
        self._proofs.rest()
        self._marks.rest()
        if self._stop.is_set() or self._pipeline is None:
            return
        try:
            classes = len(self._pipeline.classifier.class_names)
            wanted = replace(request, scenarios=tuple(aimed_among(classes, one) for one in request.scenarios))
            self._answer = Answer(wanted, self._prepared(wanted), self._stop, self._held)
        except Exception as error:  # it goes to the user; the next request may well work
            self.compute_failed.emit(Failure(request.number, error))
        self._advance()

    @Slot(object)
    def judge(self, question: Question) -> None:
        """Answer a question; None is the answer where that fails."""
        answer: FloatArray | None = None
        try:
            classifier = self.network(question.network).classifier
            answer = softmax(classifier.logits(question.pixels[np.newaxis]))[0]
        except Exception as error:  # who asked says what it means
            _log.warning("An image could not be judged: %s", error)
        self.judged.emit(question.number, answer)

    @Slot()
    def go_on(self) -> None:
        """Take the next turn of the live request at work, or draw its curves."""
        self._advance_is_queued = False
        if self._answer is None:
            self._draw()
        else:
            self._advance()

    def _advance(self) -> None:
        answer, began = self._answer, time.perf_counter()
        if answer is None or self._rests:
            return
        try:
            result = answer.advance()
        except Dropped:
            self._answer = None
            self.dropped.emit(answer.request.number)
            return
        except Exception as error:  # as above
            self._answer = None
            self.compute_failed.emit(Failure(answer.request.number, error))
            return
        self._job_ahead -= time.perf_counter() - began
        if result is not None:
            self.computed.emit(result)
            if result.is_final:
                self._answer = None
                self._want_curves(answer.request)
                return
            if self._held.is_set() and not result.is_voting:
                self._rests = self._steps_asked == 0
                self._steps_asked = max(self._steps_asked - 1, 0)
        self._queue_advance()

    def _want_curves(self, request: Request) -> None:
        """Draw the curves of a request that is answered, and then let copies vote, until there is a newer one."""
        known = self._curves.want(request, self._prepared(replace(request, afresh=False)))
        if known.curves:
            self.drawn.emit(known)
        if request.smoothing is not None:
            network = request.networks[0] if request.networks else STANDARD
            smoothed = partial(self._smoothed, network)
            self.voted.emit(self._proofs.want(request.number, request.selection, network, request.smoothing, smoothed))
        self._queue_drawing(request)

    def _smoothed(self, network: str, smoothing: Smoothing) -> Smoothed:
        classifier = self.network(network).classifier
        if smoothing.denoised and self._denoiser is None:
            raise AdvguiError("the denoiser is not there. Switch 'denoiser in front' off.")
        return Smoothed(smoothing, classifier, self._denoiser() if smoothing.denoised and self._denoiser else None)

    @property
    def _is_drawing(self) -> bool:
        return self._curves.is_drawing or self._proofs.is_counting or self._marks.is_marking

    @Slot(object)
    def mark(self, request: MarkRequest) -> None:
        """Begin to find out which images are fooled, after all that belongs to the image at work."""
        if self._answer is None and self._drawn_for is not None and not self._stop.is_set():
            self._marks.want(request, partial(self._taken, self.network(request.network)))
            self._queue_drawing(self._drawn_for)

    @staticmethod
    def _taken(pipeline: Pipeline, selection: Selection) -> Batch:
        label = selection.label_among(pipeline.classifier.class_names)
        labels: IntArray | None = None if label is None else np.array([label], np.int64)
        indices = np.array([selection.index], np.int64)
        return pipeline.prepare(selection.pixels[np.newaxis], labels, indices, keeps_draws=True)

    def _queue_drawing(self, request: Request) -> None:
        self._drawn_for = request
        if self._is_drawing:
            self._queue_advance()
        else:
            self._spare.start()

    def _draw(self) -> None:
        if self._drawn_for is None or self._drawn_for.outdated.is_set() or self._stop.is_set():
            return  # nothing that is newer waits for a portion of a curve
        began = time.perf_counter()
        if self._curves.is_drawing:
            drawn = self._curves.advance()
            if drawn is not None:
                self.drawn.emit(drawn)
        elif self._proofs.is_counting:
            proof = self._proofs.advance()
            if proof is not None:
                self.voted.emit(proof)
        elif (mark := self._marks.advance()) is not None:
            self.marked.emit(mark)
        self._job_ahead -= time.perf_counter() - began
        self._queue_drawing(self._drawn_for)

    def _queue_advance(self) -> None:
        if not self._rests and not self._advance_is_queued:
            self._advance_is_queued = True
            self._onward.emit()

    @Slot()
    def take_step(self) -> None:
        """Take one step of a live attack that is held."""
        if self._rests:
            self.wake()
        else:
            self._steps_asked += 1

    @Slot()
    def wake(self) -> None:
        """Go on with a live attack that rests."""
        self._rests, self._steps_asked = False, 0
        self._queue_advance()

    @Slot()
    def prepare(self) -> None:
        """Warm up a little more, if nothing was asked for in a while."""
        if self._answer is not None or self._is_drawing or self._job is not None or self._stop.is_set():
            return
        try:
            next(self._later)
        except StopIteration:
            return
        except Exception as error:  # whoever needs it will be told
            _log.warning("Warming up failed: %s", error)
        self._spare.start()

    def _prepared(self, request: Request) -> list[Batch]:
        """Return the image as a batch for each scenario; the same ones as long as the image stays."""
        if self._selection is not request.selection or request.afresh:
            self._selection, self._batches = request.selection, {}
        return [self._batch(name) for name in request.networks or (STANDARD,) * len(request.scenarios)]

    def _batch(self, network: str) -> Batch:
        if network not in self._batches:
            assert self._selection is not None
            self._batches[network] = self._taken(self.network(network), self._selection)
        return self._batches[network]

    def network(self, name: str) -> Pipeline:
        """Return the pipeline of a network; one beside the standard one is loaded when it is first asked for."""
        if name == STANDARD:
            assert self._pipeline is not None
            return self._pipeline
        if name not in self._beside:
            self._beside[name] = self._others[name]()
        return self._beside[name]

    @Slot(object)
    def start_job(self, job: Job) -> None:
        """Begin a job, in place of one that was at work."""
        self._close_job()
        if self._pipeline is None or job.cancelled.is_set():
            return
        try:
            self._job = job, job.factory(self._pipeline)
        except Exception as error:  # as above
            self.job_failed.emit(job.number, error)
        self._queue_turn()

    @Slot()
    def turn(self) -> None:
        """Close the job if it was cancelled, or take one step of it and queue the next turn."""
        self._turn_is_queued = False
        if self._job is None:
            return
        job, steps = self._job
        if job.cancelled.is_set() or self._stop.is_set():
            self._close_job()
            return
        if job.paused.is_set():
            return
        is_busy = (self._answer is not None and not self._rests) or self._is_drawing
        if self._job_ahead > 0 and is_busy:
            self._queue_turn()
            return
        began = time.perf_counter()
        try:
            step = next(steps)
            if step is None:
                self._soon.start()
                return
            self.job_stepped.emit(job.number, step)
        except StopIteration as end:
            self._job = None
            self.job_ended.emit(job.number, end.value)
        except Exception as error:  # as above
            self._job = None
            self.job_failed.emit(job.number, error)
        self._job_ahead = time.perf_counter() - began
        self._queue_turn()

    def _queue_turn(self) -> None:
        if self._job is not None and not self._turn_is_queued:
            self._turn_is_queued = True
            self._again.emit()

    def _close_job(self) -> None:
        if self._job is None:
            return
        (job, steps), self._job = self._job, None
        close = getattr(steps, "close", None)
        if close is not None:
            try:
                close()
            except Exception as error:  # as above
                self.job_failed.emit(job.number, error)

    @Slot()
    def leave(self) -> None:
        """Close the job, let go of the networks on the thread that made them, and end the thread."""
        try:
            self._spare.stop()
            self._soon.stop()
            self._close_job()
            self._pipeline = self._selection = self._answer = self._drawn_for = None
            self._batches, self._beside, self._others = {}, {}, {}
            self._later, self._curves, self._proofs = iter(()), Curves(), Proofs()
            self._denoiser = None
        finally:
            QThread.currentThread().quit()
