"""The side of the live runner that lives on the TensorFlow thread, and what is sent between the two."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from advgui.errors import Cancelled, ModelFileError
from advgui.gui.session import Selection
from advgui.images import TRAINED_SIDE
from advgui.memory import check_address_space
from advgui.models import cards
from advgui.models.archive import ModelFile
from advgui.types import Outcome, ProtocolName, Scenario

if TYPE_CHECKING:
    from advgui.pipeline import Pipeline


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

    pipeline: "Pipeline"
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

    def possible(self, scenario: Scenario) -> Scenario:
        """Return a scenario without what there are no networks for: the autoencoder, the protocol *as published*."""
        return replace(
            scenario,
            autoencoder=scenario.autoencoder and self.problem is None,
            protocol=scenario.protocol if scenario.protocol in self.protocols else ProtocolName.CORRECTED,
        )


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
    factory: "Callable[[Pipeline], Iterator[object]]"
    paused: Event = field(default_factory=Event)
    cancelled: Event = field(default_factory=Event)


class Worker(QObject):
    """Does the work, one event at a time, so that requests slip in between the steps of jobs."""

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
        self._steps: dict[int, tuple[Job, Iterator[object]]] = {}
        self._last = 0
        self._turn_is_queued = False
        # Queued, though on one thread: a turn is an event like any other, and waits behind those that came before.
        self._again.connect(self.turn, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def load(self, load: Load) -> None:
        """Load networks, in place of those in use if that ends well."""
        try:
            loaded = load(self._tell)
            self._tell("Ready")
            pipeline = self._pipeline = loaded.pipeline
            names, protocols = pipeline.classifier.class_names, tuple(pipeline.protocols)
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
            selection = request.selection
            label = selection.label_among(self._pipeline.classifier.class_names)
            outcomes = self._pipeline.run_many(
                selection.pixels[np.newaxis],
                None if label is None else np.array([label], np.int64),
                np.array([selection.index], np.int64),
                request.scenarios,
            )
            elapsed = (time.perf_counter() - started) * 1000
            self.computed.emit(Result(request.number, selection, tuple(outcomes), elapsed))
        except Exception as error:  # it goes to the person; the next request may well work
            self.compute_failed.emit(Failure(request.number, error))

    @Slot(object)
    def add_job(self, job: Job) -> None:
        """Begin a job."""
        if self._pipeline is None or job.cancelled.is_set():
            return
        try:
            own = type(self._pipeline)(self._pipeline.protocols)
            self._steps[job.number] = (job, job.factory(own))
        except Exception as error:  # as above
            self.job_failed.emit(job.number, error)
        self._queue_turn()

    @Slot()
    def turn(self) -> None:
        """Close what was cancelled, take one step of one job, and queue the next turn if there is more to do."""
        self._turn_is_queued = False
        for number, (job, steps) in list(self._steps.items()):
            if job.cancelled.is_set() or self._stop.is_set():
                self._close(number, steps)
        runnable = sorted(number for number, (job, _) in self._steps.items() if not job.paused.is_set())
        if not runnable:
            return
        # In turn, so that no job starves.
        number = next((number for number in runnable if number > self._last), runnable[0])
        self._last = number
        _, steps = self._steps[number]
        try:
            self.job_stepped.emit(number, next(steps))
        except StopIteration as end:
            del self._steps[number]
            self.job_ended.emit(number, end.value)
        except Exception as error:  # as above
            del self._steps[number]
            self.job_failed.emit(number, error)
        self._queue_turn()

    def _queue_turn(self) -> None:
        if not self._turn_is_queued:
            self._turn_is_queued = True
            self._again.emit()

    def _close(self, number: int, steps: Iterator[object]) -> None:
        del self._steps[number]
        close = getattr(steps, "close", None)
        if close is not None:
            try:
                close()
            except Exception as error:  # as above
                self.job_failed.emit(number, error)

    @Slot()
    def leave(self) -> None:
        """Close all jobs, let go of the networks on the thread that made them, and end the thread."""
        try:
            for number, (_, steps) in list(self._steps.items()):
                self._close(number, steps)
            self._pipeline = None
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
    from advgui.models.classifier import device_name
    from advgui.pipeline import Pipeline
    from advgui.protocols import without_autoencoder

    tell("Loading the networks")
    problem: ModelFileError | None = None
    try:
        pipeline = Pipeline.load(classifier)
    except ModelFileError as error:
        # Without the classifier there is nothing, and this fails too; without the autoencoder there is much.
        pipeline, problem = Pipeline(without_autoencoder(classifier)), error
    pipeline.warm_up(tell)
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
