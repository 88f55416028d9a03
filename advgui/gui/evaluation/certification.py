"""Certification in the window: which predictions no attack within an L2 radius can change."""

import time
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from advgui.certification.bounds import largest_radius
from advgui.certification.report import Certification
from advgui.certification.run import Progress
from advgui.evaluation.run import mismatch
from advgui.figures.certified import certified_figure
from advgui.gui.evaluation import jobs
from advgui.gui.evaluation.certification_form import CertificationForm
from advgui.gui.evaluation.certified_views import CertifiedChart, CertifiedTable
from advgui.gui.evaluation.exports import CHART, ExportBar, Kinds
from advgui.gui.evaluation.job_panel import JobPanel
from advgui.gui.evaluation.results import Results, listed
from advgui.gui.evaluation.results_bar import ResultsBar
from advgui.gui.evaluation.runner import JobRunner
from advgui.gui.library import Library
from advgui.gui.threads.background import Background
from advgui.gui.threads.live_runner import LiveRunner, Ready
from advgui.gui.widgets import messages, theme
from advgui.gui.widgets.elided import ElidedLabel
from advgui.reports import certified, certified_storage, shipped
from advgui.reports.kept import KeptResults
from advgui.text import duration

_INTRODUCTION = (
    "The class of an image is that which most noisy copies of it are given. The vote proves up to which L2 length no "
    "change of the image can alter that class (randomized smoothing; Cohen et al., ICML 2019)."
)
_REDRAWN = 1.0  # seconds between two drawings of a curve that grows
_PROGRESS = 160  # pixels

KINDS: Kinds[Certification] = Kinds(
    name="certification",
    texts={
        "csv": ("CSV", certified.to_csv),
        "json": ("JSON, complete", certified_storage.to_json),
        "md": ("Markdown", certified.to_markdown),
        "tex": ("LaTeX", certified.to_latex),
    },
    figures={CHART: lambda report, _shown: partial(certified_figure, report)},
    table=certified.to_text,
)


class CertificationPage(QWidget):
    """Certifies images by randomized smoothing on the TensorFlow thread, or by workers; the live window goes on.

    Args:
        runner: Of the window.
        library: The data sets.
        files: Where files are read and written.
        carrier: Of the dialog's messages.
        kept: The folder of kept results.
        parent: Qt's owner.

    Signals:
        changed: A certification has begun or ended.
        told: How far it is, or how it has ended, in a few words.
    """

    changed = Signal()
    told = Signal(str)

    def __init__(
        self,
        runner: LiveRunner,
        library: Library,
        files: Background,
        carrier: messages.Bus,
        kept: KeptResults[Certification],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner, self._library, self._files = runner, library, files
        self._is_other_running = self._has_looked = False
        self._mismatch = ""
        self._drawn_at = 0.0
        self._asking = 0  # for the largest radius
        self.certification: JobRunner[Certification] = JobRunner(runner, self)
        self.form = CertificationForm()
        self.panel = JobPanel(self.form, "Certifies the images above")
        self.panel.started.connect(self._on_start)
        self.panel.go_on_asked.connect(self._on_go_on)
        self.panel.paused.connect(self.certification.pause)
        self.panel.cancelled.connect(self.certification.cancel)
        self.panel.estimate.setToolTip("Each copy is an image with other noise on it.")
        self.form.changed.connect(self._on_form)
        self.form.refused.connect(partial(carrier.warning, topic="number"))
        self.start = self.panel.start
        self.results = Results(kept, files, carrier, listed(shipped.CERTIFICATIONS), self)
        self.results.opened.connect(self._on_opened)
        self.results.failed.connect(self.panel.say)
        self.results_bar = ResultsBar(self.results)
        self.results_bar.keep_asked.connect(self._on_keep_asked)
        self.chart, self.table = CertifiedChart(), CertifiedTable()
        self.about = QLabel(_INTRODUCTION)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setFormat("")
        self.progress.setFixedWidth(_PROGRESS)
        self.progress.setAccessibleName("Progress of the certification")
        self.state = ElidedLabel()
        self.state.setText("Nothing certified yet.")
        self.state.setFont(theme.tabular(self.font()))
        self.exports = ExportBar(KINDS, files, carrier)
        self._arrange()

        runner.ready.connect(self._on_ready)
        self.certification.progressed.connect(self._on_progress)
        self.certification.found.connect(self._on_found)
        self.certification.ended.connect(self._on_end)
        self.certification.failed.connect(self._on_failed)
        library.dataset_set.connect(self._on_datasets)
        self._on_datasets()
        if runner.loaded is not None:
            self._on_ready(runner.loaded)
        self._enable()

    def _arrange(self) -> None:
        views = QSplitter(Qt.Orientation.Horizontal)
        views.addWidget(self.table)
        views.addWidget(self.chart)
        views.setChildrenCollapsible(False)
        views.setStretchFactor(1, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.progress)
        bottom.addWidget(self.state, 1)
        bottom.addWidget(self.exports)
        column = QVBoxLayout()
        column.addWidget(self.results_bar)
        column.addWidget(views, 1)
        column.addWidget(self.about)
        column.addLayout(bottom)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme.SMALL_GAP, 0, 0)
        row.addWidget(self.panel)
        row.addLayout(column, 1)

    @property
    def is_running(self) -> bool:
        """Whether a certification is at work or paused."""
        return self.certification.is_running

    @property
    def report(self) -> Certification | None:
        """What was found so far."""
        return self.certification.report

    def set_other_running(self, is_running: bool) -> None:
        """There is one job at a time: nothing starts here while another one runs."""
        self._is_other_running = is_running
        self._enable()

    # Running

    @Slot()
    def _on_start(self) -> None:
        dataset = self.form.dataset
        if dataset is None:
            self.panel.say("There are no images to certify. Get the test set, or install the program again.")
        else:
            workers = self.form.workers.workers
            job = jobs.certification(dataset, self.form.smoothing, self.form.positions, workers)
            self.keep()
            self._begun(self.certification.start(dataset, job))

    @Slot()
    def _on_go_on(self) -> None:
        earlier = self.report
        same = (one for one in self._library.datasets if earlier is not None and one.name == earlier.dataset)
        dataset = next(same, self.form.dataset)
        if earlier is not None and dataset is not None:
            job = jobs.rest_of_certification(dataset, earlier, self.form.workers.workers)
            self._begun(self.certification.start(dataset, job, self.results.begun_at))

    def _begun(self, has_begun: bool) -> None:
        self.results.stop()
        self._drawn_at = 0.0
        self.progress.setValue(0)
        self.panel.pause.setChecked(False)
        self.panel.say("" if has_begun else "The networks are not loaded yet. Wait until the panels show predictions.")
        if has_begun:
            self.state.setText(self.form.workers.starting or "Starting …")
        self._enable()
        self.changed.emit()

    @Slot(object)
    def _on_progress(self, step: Progress) -> None:
        self.progress.setValue(round(step.fraction * 1000))
        left = f"{duration(step.seconds_left)} left"
        said = f"{step.done:,} of {step.total:,} images, {left}{jobs.of_workers(step)}"
        self.state.setText((not step.done and self.form.workers.starting) or said)
        self.told.emit(f"Certification: {100 * step.fraction:.0f} %, {left}")

    @Slot(object)
    def _on_found(self, report: Certification) -> None:
        if self.is_running:
            self.results.keep_now_and_then(report, self.certification.begun_at)
        if not self.is_running or time.monotonic() - self._drawn_at >= _REDRAWN:
            self._drawn_at = time.monotonic()
            self._show(report)
        self._enable()

    def _show(self, report: Certification) -> None:
        self.table.show_report(report)
        self.chart.show_report(report)
        self.about.setText("\n".join(certified.about(report)[: 2 if report.complete else 3]))

    @Slot(str)
    def _on_end(self, how: str) -> None:
        self.panel.pause.setChecked(False)
        counted = self.certification.own_report
        if counted is not None:
            self._show(counted)
        self.state.setText(f"{how}: {0 if counted is None else counted.images:,} images.")
        self.told.emit(f"Certification: {how.lower()}")
        self._enable()
        self.changed.emit()
        self.keep()
        if counted is not None and not counted.images:
            self.results.show_none()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.panel.say(messages.explained(error))

    @Slot()
    def _enable(self) -> None:
        loaded, dataset, report = self._runner.loaded, self.form.dataset, self.report
        before = self._mismatch
        self._mismatch = mismatch(loaded.class_names, dataset.class_names) if loaded and dataset else ""
        if self._mismatch != before:
            self.panel.say(self._mismatch)
        is_free = self._runner.is_ready and not (self.is_running or self._is_other_running)
        can_go_on = is_free and report is not None and not report.complete
        self.panel.allow(is_free and not self._mismatch, can_go_on, self.is_running)
        self.progress.setVisible(self.is_running)
        self.results_bar.show_running(self.is_running)
        self.exports.show_result(
            report if report is not None and report.images else None, report is not None and report.complete
        )

    # What is certified

    @Slot()
    def _on_datasets(self) -> None:
        self.form.set_datasets(self._library.datasets)
        self._on_form()

    @Slot(object)
    def _on_ready(self, ready: Ready) -> None:
        self.form.set_denoiser(ready.problem is None)
        self.form.workers.show_possible(ready)
        self._enable()

    @Slot()
    def _on_form(self) -> None:
        images, how = len(self.form.positions), self.form.smoothing
        copies = how.choosing + how.estimating
        amount = f"{images:,} images x {copies:,} copies: {images * copies:,} predictions."
        self.panel.estimate.setText(amount)
        self._enable()
        self._files.cancel(self._asking)
        if not self.isVisible():
            return

        def told(radius: object) -> None:
            self.panel.estimate.setText(f"{amount} So many copies prove at most the radius {radius:.3f}.")

        self._asking = self._files.start(
            lambda _tell, _should_stop: largest_radius(how.sigma, how.estimating, how.alpha), told, self._on_failed
        )

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Find out now, at the first look, what takes a while: the newest kept result, and what can be proven."""
        super().showEvent(event)
        self._on_form()
        if not self._has_looked and not self.is_running:
            self.results.look()
        self._has_looked = True

    # Results

    def keep(self) -> None:
        """Keep what was certified on the disk, for the next time; a result that was opened is on the disk already."""
        counted = self.certification.own_report
        if counted is not None:
            self.results.keep(counted, self.certification.begun_at)

    @Slot()
    def _on_keep_asked(self) -> None:
        if self.report is not None:
            self.results.keep_shown(self.report)

    @Slot(object, str)
    def _on_opened(self, report: Certification, words: str) -> None:
        if not self.is_running:
            self.panel.say(self._mismatch)
            self.certification.open(report)
            self.state.setText(f"{words}: {report.images:,} of {len(report.planned):,} images.")
