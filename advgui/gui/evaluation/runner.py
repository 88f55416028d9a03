"""The state of a long job: idle, running or paused, and what it has found. A dialog shows it."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from advgui.data.cifar10 import Dataset
from advgui.gui.threads.live_runner import LiveRunner
from advgui.pipeline import Pipeline

_Report = TypeVar("_Report")
_Report_co = TypeVar("_Report_co", covariant=True)


class Step(Protocol[_Report_co]):
    """How far a job has come: `advgui.evaluation.run.Progress`, or that of a certification."""

    @property
    def done(self) -> int:
        """Images that are finished."""
        ...

    @property
    def total(self) -> int:
        """Images in all."""
        ...

    @property
    def fraction(self) -> float:
        """Share of all the work that is done, in [0, 1]."""
        ...

    @property
    def seconds_left(self) -> float:
        """Estimate; infinite at the beginning."""
        ...

    @property
    def report(self) -> _Report_co:
        """What was found so far."""
        ...


# Called on the TensorFlow thread; what the generator returns is the whole report. A step is None while there is none.
Job = Callable[[Pipeline], Generator[Step[_Report] | None, None, _Report]]


class JobRunner(QObject, Generic[_Report]):
    """Runs one job at a time on the TensorFlow thread; the last result stays until a new one has begun.

    Args:
        runner: Of the window.
        parent: Qt's owner.

    Attributes:
        report: What was found so far, or was opened; None at the beginning.
        dataset: What `report` was made on; None for one that was opened.
        begun_at: When the job began, in UTC.

    Signals:
        progressed: A `Step`.
        found: A new `report`.
        ended: How, in a few words; whatever was counted is in `report`.
        failed: The error that it has ended with.
    """

    progressed = Signal(object)
    found = Signal(object)
    ended = Signal(str)
    failed = Signal(object)

    def __init__(self, runner: LiveRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._job = 0
        self._at_work: Dataset | None = None
        self._has_begun = False
        self.report: _Report | None = None
        self.dataset: Dataset | None = None
        self.begun_at = datetime.now(UTC)
        runner.job_step.connect(self._on_step)
        runner.job_done.connect(self._on_done)
        runner.job_failed.connect(self._on_failed)

    @property
    def is_running(self) -> bool:
        """Whether a job is at work or paused."""
        return self._job != 0

    @property
    def own_report(self) -> _Report | None:
        """What this program has counted since its start; None for a result that was opened."""
        return self.report if self._has_begun else None

    def start(self, dataset: Dataset, job: Job[_Report], begun_at: datetime | None = None) -> bool:
        """Begin a job; return whether it could be begun: the networks may not be there yet.

        Args:
            dataset: What it works on.
            job: It.
            begun_at: When it began, in UTC, where it goes on with what was begun before; now if None.
        """
        self._at_work, self._has_begun, self.begun_at = dataset, False, begun_at or datetime.now(UTC)
        self._job = self._runner.start_job(job)
        return self.is_running

    def pause(self, paused: bool) -> None:
        """Let it rest after the step it is at, or go on."""
        (self._runner.pause_job if paused else self._runner.resume_job)(self._job)

    def cancel(self) -> None:
        """End it; what was counted stays."""
        self._runner.cancel_job(self._job)
        self._end("Cancelled")

    def open(self, report: _Report) -> None:
        """Take an earlier result in the place of the last one; not while a job runs."""
        self.dataset, self._has_begun = None, False
        self._find(report)

    def _find(self, report: _Report) -> None:
        self.report = report
        self.found.emit(report)

    def _end(self, how: str) -> None:
        self._job = 0
        self.ended.emit(how)

    @Slot(int, object)
    def _on_step(self, number: int, step: Step[_Report]) -> None:
        if number == self._job:
            self.dataset, self._has_begun = self._at_work, True
            self.progressed.emit(step)
            if self.report is not step.report:
                self._find(step.report)

    @Slot(int, object)
    def _on_done(self, number: int, report: _Report) -> None:
        if number == self._job:
            self._find(report)
            self._end("Done")

    @Slot(int, object)
    def _on_failed(self, number: int, error: Exception) -> None:
        if number == self._job:
            self._end("Stopped by an error")
            self.failed.emit(error)
