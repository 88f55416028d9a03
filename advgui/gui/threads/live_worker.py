"""The side of the live runner that lives on the TensorFlow thread, and what is sent between the two."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event

import numpy as np
from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from advgui import paper
from advgui.errors import Cancelled, ModelFileError
from advgui.gui import session
from advgui.gui.session import Selection, aimed_among
from advgui.images import TRAINED_SIDE
from advgui.memory import check_address_space
from advgui.models import cards
from advgui.models.archive import ModelFile
from advgui.pipeline import Batch, Pipeline, warm_up
from advgui.scenarios import attack_label, scenario, without
from advgui.types import PAPER_CHAIN, IntArray, Outcome, ProtocolName, Scenario


@dataclass(frozen=True)
class Loaded:
    """What a load function returns.

    Attributes:
        pipeline: Warmed up.
        device: Where it computes, "CPU" or "GPU: ...".
        classifier: Its name; "" for the bundled one.
        trained_side: Longest side in pixels of the pictures that it learned from.
        problem: Why there is no autoencoder, or None where there is one.
    """

    pipeline: Pipeline
    device: str
    classifier: str = ""
    trained_side: int = TRAINED_SIDE
    problem: Exception | None = None


Tell = Callable[[str], None]
Load = Callable[[Tell], Loaded]


@dataclass(frozen=True)
class Ready:
    """What can be computed, told when loading ends.

    Attributes:
        device: Where, "CPU" or "GPU: ...".
        class_names: Of the classifier.
        protocols: Those whose networks are there.
        classifier: Its name; "" for the bundled one.
        trained_side: Longest side in pixels of the pictures that it learned from.
        problem: Why there is no autoencoder, or None where there is one.
    """

    device: str
    class_names: tuple[str, ...]
    protocols: tuple[ProtocolName, ...]
    classifier: str = ""
    trained_side: int = TRAINED_SIDE
    problem: Exception | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the mitigations whose networks are not there."""
        return () if self.problem is None else ("autoencoder",)

    def possible(self, scenario: Scenario) -> Scenario:
        """Return what of a scenario can be computed with these networks (see `session.possible`)."""
        return session.possible(scenario, self.protocols, self.missing)


@dataclass(frozen=True, eq=False)
class Request:
    """An image and what to do with it; `number` grows with time."""

    number: int
    selection: Selection
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, eq=False)
class Result:
    """The answer to a request.

    Attributes:
        number: The request's.
        selection: The image.
        outcomes: One for each scenario; all arrays are read-only.
        milliseconds: What computing took.
    """

    number: int
    selection: Selection
    outcomes: tuple[Outcome, ...]
    milliseconds: float


@dataclass(frozen=True, eq=False)
class Failure:
    """The error of a request."""

    number: int
    error: Exception


@dataclass(frozen=True, eq=False)
class Job:
    """Long work. The events are set by the GUI thread and read by the worker before each step."""

    number: int
    factory: Callable[[Pipeline], Iterator[object]]
    paused: Event = field(default_factory=Event)
    cancelled: Event = field(default_factory=Event)


class Worker(QObject):
    """Does the work, one event at a time, so that requests slip in between the steps of a job."""

    loading = Signal(str)
    loaded = Signal(object)
    load_failed = Signal(object)
    computed = Signal(object)
    compute_failed = Signal(object)
    job_stepped = Signal(int, object)
    job_ended = Signal(int, object)
    job_failed = Signal(int, object)
    _again = Signal()

    def __init__(self, stop: Event) -> None:
        super().__init__()
        self._stop = stop
        self._pipeline: Pipeline | None = None
        # What was computed for the image at work, and the image.
        self._batch: tuple[Selection, Batch] | None = None
        self._job: tuple[Job, Iterator[object]] | None = None
        self._turn_is_queued = False
        # Queued, though on one thread: a turn is an event like any other, and waits behind those that came before.
        self._again.connect(self.turn, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def load(self, load: Load) -> None:
        """Load networks, in place of those in use if that ends well."""
        try:
            loaded = load(self._tell)
            self._tell("Ready")
            pipeline, self._pipeline, self._batch = loaded.pipeline, loaded.pipeline, None
            names, protocols = pipeline.classifier.class_names, tuple(pipeline.procedures)
            self.loaded.emit(
                Ready(loaded.device, names, protocols, loaded.classifier, loaded.trained_side, loaded.problem)
            )
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
        """Answer a live request."""
        if self._stop.is_set() or self._pipeline is None:
            return
        try:
            started = time.perf_counter()
            batch = self._prepared(self._pipeline, request.selection)
            classes = len(self._pipeline.classifier.class_names)
            outcomes = tuple(batch.run(aimed_among(classes, scenario)) for scenario in request.scenarios)
            elapsed = (time.perf_counter() - started) * 1000
            self.computed.emit(Result(request.number, request.selection, outcomes, elapsed))
        except Exception as error:  # it goes to the user; the next request may well work
            self.compute_failed.emit(Failure(request.number, error))

    def _prepared(self, pipeline: Pipeline, selection: Selection) -> Batch:
        """Return the image as a batch; the same one as long as the image stays, for what it has computed."""
        if self._batch is None or self._batch[0] is not selection:
            label = selection.label_among(pipeline.classifier.class_names)
            labels: IntArray | None = None if label is None else np.array([label], np.int64)
            indices = np.array([selection.index], np.int64)
            self._batch = selection, pipeline.prepare(selection.pixels[np.newaxis], labels, indices)
        return self._batch[1]

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
        try:
            self.job_stepped.emit(job.number, next(steps))
        except StopIteration as end:
            self._job = None
            self.job_ended.emit(job.number, end.value)
        except Exception as error:  # as above
            self._job = None
            self.job_failed.emit(job.number, error)
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
            self._close_job()
            self._pipeline = self._batch = None
        finally:
            QThread.currentThread().quit()


def load_pipeline(tell: Tell, classifier: ModelFile | None = None) -> Loaded:
    """Import TensorFlow, open the networks and warm them up; on the TensorFlow thread alone.

    Args:
        tell: Called with what is being loaded.
        classifier: The user's own classifier in place of the bundled one, admitted by `advgui.models.quarantine`.

    Raises:
        AdvguiError: TensorFlow cannot be loaded.
        ModelFileError: The classifier is missing, damaged or foreign.
        Cancelled: The window was closed; `tell` says so.
    """
    tell("Loading TensorFlow")
    check_address_space()
    without_import_inspection()
    from advgui.models import loading
    from advgui.models.classifier import device_name

    tell("Loading the networks")
    problem: ModelFileError | None = None
    try:
        pipeline = loading.load_pipeline(classifier)
    except ModelFileError as error:
        # Without the classifier there is nothing, and this fails too; without the autoencoder there is much.
        pipeline, problem = loading.load_without_autoencoder(classifier), error
    chain = PAPER_CHAIN if problem is None else without(PAPER_CHAIN, "autoencoder")
    # They need all that is compiled: the classifier, its gradient, and the autoencoder.
    for text in warm_up(
        pipeline, {f"Preparing {attack_label(name)}": scenario(name, chain=chain) for name in paper.FIGURES}
    ):
        tell(text)
    if classifier is None:
        return Loaded(pipeline, device_name(), problem=problem)
    return Loaded(pipeline, device_name(), classifier.path.stem, cards.trained_side(classifier.path), problem)


def without_import_inspection() -> None:
    """Keep PySide6 from reading the source of every module that is imported, which doubles TensorFlow's import time.

    It looks for modules that use its `snake_case` feature; nothing here does.
    """
    with suppress(Exception):  # private to PySide6, so it may change; then the import is slow, no more
        import shibokensupport.feature as feature

        if hasattr(feature, "_mod_uses_pyside"):
            feature._mod_uses_pyside = lambda _module: False
