"""Batch evaluation in the window: the accuracy tables, reproduced while people watch."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from advgui import resources
from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.evaluation.resuming import plan_of
from advgui.evaluation.run import Progress, is_of, mismatch
from advgui.gui import settings
from advgui.gui.evaluation import jobs, placement
from advgui.gui.evaluation.certification import CertificationPage
from advgui.gui.evaluation.estimate import Estimate
from advgui.gui.evaluation.exports import ExportBar, of_evaluations
from advgui.gui.evaluation.lights import SanityLights
from advgui.gui.evaluation.plan_panel import PlanPanel
from advgui.gui.evaluation.results import Results, listed
from advgui.gui.evaluation.results_bar import ResultsBar
from advgui.gui.evaluation.runner import JobRunner
from advgui.gui.evaluation.views import ResultTabs
from advgui.gui.gallery.view import Gallery
from advgui.gui.library import Library
from advgui.gui.session import Session
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.threads.live_runner import LiveRunner, Ready
from advgui.gui.widgets import messages, theme
from advgui.gui.widgets.elided import ElidedLabel
from advgui.reports import shipped, tables
from advgui.reports.kept import CERTIFICATIONS, EVALUATIONS, KeptResults
from advgui.text import duration
from advgui.types import IntArray

_SIZE, _LEAST = QSize(1240, 800), QSize(1100, 540)
_EVALUATION, _CERTIFICATION = "Evaluation", "Certification"
_PROGRESS = 160  # pixels
# The desktop's frame around a window, about.
_FRAME = QSize(40, 80)


class EvaluationDialog(QDialog):
    """Evaluates a plan on the TensorFlow thread, step by step, or by workers beside it; the live window goes on.

    Closing it does not stop the evaluation. What was counted is kept on the disk when an evaluation ends and when it
    is closed, beside what was kept before.

    Args:
        runner: Of the window.
        gallery: Where images are shown that a number stands for.
        get_data: Opens the window's dialog for the full data set.
        store: Remembers the place and the plan.
        kept: Folder for results; in the user's cache if None.
        parent: The window.
        session: Of the window: mitigations and other settings are as there.
        library: The data sets.
        files: Where files are read and written.

    Signals:
        unseen: How far an evaluation is, or that it has ended, while the dialog is hidden; "" for nothing.
    """

    unseen = Signal(str)

    def __init__(
        self,
        runner: LiveRunner,
        gallery: Gallery,
        get_data: Callable[[], None],
        store: Settings,
        kept: Path | None = None,
        parent: QWidget | None = None,
        *,
        session: Session,
        library: Library,
        files: Background,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._runner, self._gallery, self._library = runner, gallery, library
        self._store, self._files = store, files
        self._messages = messages.Bus(self)
        self.banner = messages.Banner(self._messages)
        self._kept = KeptResults(kept or resources.cache() / "evaluations", EVALUATIONS)
        self._mismatch = ""  # why the chosen images cannot be evaluated
        self.evaluation: JobRunner[Report] = JobRunner(runner, self)
        self.setWindowTitle("Batch evaluation")
        size = _SIZE.boundedTo(self.screen().availableSize() - _FRAME)
        self.setGeometry(store.geometry(settings.EVALUATION_GEOMETRY, size))

        self._speed = Estimate(store)
        self._at_work: Plan | None = None
        self._latest: Progress | None = None
        self.panel = PlanPanel(self._speed)
        self.panel.started.connect(self._on_start)
        self.panel.paused.connect(self.evaluation.pause)
        self.panel.cancelled.connect(self.evaluation.cancel)
        self.panel.go_on_asked.connect(self._on_go_on)
        self.form, self.problem, self.estimate = self.panel.form, self.panel.problem, self.panel.estimate
        self.start, self.pause, self.cancel = self.panel.start, self.panel.pause, self.panel.cancel
        self.form.data_asked.connect(get_data)
        self.form.refused.connect(partial(self._messages.warning, topic="number"))
        self.form.data.currentIndexChanged.connect(self._enable)

        self._was_running = False
        self._news = ""  # for who does not see the dialog
        self.results = Results(self._kept, files, self._messages, listed(shipped.EVALUATIONS), self)
        self.results.opened.connect(self._on_opened)
        self.results.failed.connect(self.panel.say)
        self.results_bar = ResultsBar(self.results)
        self.results_bar.keep_asked.connect(self._on_keep_asked)
        self.tabs = ResultTabs(self.results)
        self.tabs.images_asked.connect(self._on_images)
        self.table, self.chart, self.details = self.tabs.table, self.tabs.chart, self.tabs.details
        self.lights = SanityLights(self.tabs)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setFormat("")
        self.progress.setFixedWidth(_PROGRESS)
        self.progress.setAccessibleName("Progress of the evaluation")
        self.state = ElidedLabel()
        self.state.setText("Nothing evaluated yet.")
        self.state.setFont(theme.tabular(self.font()))
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.exports = ExportBar(of_evaluations(self.tabs.beside), files, self._messages, self.tabs.shown)
        bottom = QHBoxLayout()
        bottom.addWidget(self.progress)
        bottom.addWidget(self.state, 1)
        bottom.addWidget(self.exports)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.results_bar)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.about)
        column.addLayout(bottom)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.panel)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        certifications = KeptResults(self._kept.folder.with_name("certifications"), CERTIFICATIONS)
        self.certification = CertificationPage(runner, library, files, self._messages, certifications)
        self.certification.changed.connect(self._enable)
        self.certification.told.connect(self._tell)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.addTab(splitter, _EVALUATION)
        self.pages.addTab(self.certification, _CERTIFICATION)
        self.pages.currentChanged.connect(self._on_page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.MARGIN, theme.SMALL_GAP, theme.MARGIN, theme.MARGIN)
        whole.addWidget(self.banner)
        whole.addWidget(self.pages, 1)
        QShortcut(QKeySequence.StandardKey.Copy, self.table, self.exports.copy_table)
        # The return key starts, from any field; Qt would have it press the button that comes first.
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        self.start.setDefault(True)

        runner.ready.connect(self._on_ready)
        self.evaluation.progressed.connect(self._on_progress)
        self.evaluation.found.connect(self._show)
        self.evaluation.ended.connect(self._on_end)
        self.evaluation.failed.connect(self._on_failed)
        library.dataset_set.connect(self._on_datasets)
        session.changed.connect(self.form.follow)
        self.form.follow(session.state)
        self._on_datasets()
        self.form.restore(store.get(settings.EVALUATION_FORM))
        if runner.loaded is not None:
            self._on_ready(runner.loaded)
        self._enable()
        self.results.look(self._kept.folder.with_name("last-evaluation.json"))

    @property
    def is_running(self) -> bool:
        """Whether an evaluation is at work or paused."""
        return self.evaluation.is_running

    @property
    def report(self) -> Report | None:
        """What was found so far."""
        return self.evaluation.report

    # Running

    @Slot()
    def _on_start(self) -> None:
        dataset = self.form.dataset
        try:
            plan = self.form.plan()
        except AdvguiError as error:
            # A field that is wrong says so itself.
            self.panel.say("" if self.form.show_wrong_field() else str(error))
            return
        if dataset is None:
            self.panel.say("There are no images to evaluate. Get the test set, or install the program again.")
            return
        self.panel.say("")
        self._messages.settle("number")
        loaded = self._runner.loaded
        if loaded is not None and loaded.problem is not None:
            plan = plan.without_autoencoder()
            left_out = [f"({column.letter})" for column in plan.scenarios[0].all_columns if not column.on]
            columns = " and ".join(filter(None, (", ".join(left_out[:-1]), *left_out[-1:])))
            if columns:
                self.panel.say(f"Columns {columns} are left out: the autoencoder's file is missing or cannot be used.")
        self._begin(dataset, plan)

    @Slot()
    def _on_go_on(self) -> None:
        earlier = self.report
        if earlier is None:
            return
        # Where its images are not there, what differs is named.
        dataset = self._data_of_report() or self.form.dataset
        if dataset is None:
            self.panel.say("There are no images to evaluate. Get the test set, or install the program again.")
            return
        self.panel.say("")
        self._begin(dataset, plan_of(earlier), earlier)

    def _begin(self, dataset: Dataset, plan: Plan, earlier: Report | None = None) -> None:
        try:
            job = jobs.evaluation(dataset, plan, earlier, self.form.workers.workers)
        except AdvguiError as error:
            self.panel.say(str(error))
            return
        begun_at = None if earlier is None else self.results.begun_at
        self.results.stop()
        self.keep()
        self.progress.setValue(0)
        self._at_work, self._latest = plan, None
        if self.evaluation.start(dataset, job, begun_at):
            self.state.setText(self.form.workers.starting or "Starting …")
        else:
            self.panel.say("The networks are not loaded yet. Wait until the panels show predictions.")
        self.pause.setChecked(False)
        self._enable()

    @Slot(object)
    def _on_progress(self, step: Progress) -> None:
        self._latest = step
        self.progress.setValue(round(step.fraction * 1000))
        left = f"{duration(step.seconds_left)} left"
        speed = f"{step.images_per_second:.1f} images/s"
        said = f"{step.done:,} of {step.total:,} images, {speed}, {left}{jobs.of_workers(step)}"
        self.state.setText((not step.done and self.form.workers.starting) or said)
        self._tell(f"Evaluation: {100 * step.fraction:.0f} %, {left}")

    @Slot(str)
    def _on_end(self, how: str) -> None:
        self.pause.setChecked(False)
        if self._at_work is not None and self._latest is not None:
            self._speed.learn(self._at_work, self._latest)
            self.panel.show_estimate()
        if self.report is not None:
            self._show(self.report)
        counted = self.evaluation.own_report
        self.state.setText(f"{how}: {counted.images if counted is not None else 0:,} images.")
        self._tell(f"Evaluation: {how.lower()}")
        self._enable()
        self.keep()
        if counted is not None and not counted.images:
            self.results.show_none()

    @Slot(int)
    def _on_page(self, page: int) -> None:
        (self.certification.start if page else self.start).setDefault(True)

    @Slot(str)
    def _tell(self, news: str) -> None:
        """Tell whoever does not see the dialog."""
        self._news = news
        self.unseen.emit("" if self.isVisible() else news)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.panel.say(messages.explained(error))

    @Slot()
    def _enable(self) -> None:
        loaded, dataset = self._runner.loaded, self.form.dataset
        before = self._mismatch
        self._mismatch = mismatch(loaded.class_names, dataset.class_names) if loaded and dataset else ""
        if self._mismatch != before:
            self.panel.say(self._mismatch)
        # There is one job at a time, on whichever page.
        others = self.certification.is_running
        report, is_free = self.report, self._runner.is_ready and not (self.is_running or others)
        can_go_on = is_free and report is not None and not report.complete
        self.panel.allow(is_free and not self._mismatch, can_go_on, self.is_running)
        if self.is_running != self._was_running:
            self._was_running = self.is_running
            self.certification.set_other_running(self.is_running)
        for place, (name, runs) in enumerate(((_EVALUATION, self.is_running), (_CERTIFICATION, others))):
            self.pages.setTabText(place, f"{name} (running)" if runs else name)
        self.results_bar.show_running(self.is_running)
        self.progress.setVisible(self.is_running)
        self.exports.show_result(
            report if report is not None and report.images else None, bool(report and report.complete)
        )

    # Showing

    @Slot(object)
    def _show(self, report: Report) -> None:
        if self.is_running:
            self.results.keep_now_and_then(report, self.evaluation.begun_at)
        self.tabs.show_report(report)
        # The first line of a partial report says so; while it is growing, the progress does.
        lines = tables.about(report)
        self.about.setText("\n".join(lines[:1] if report.complete else lines[1:2] if self.is_running else lines[:2]))
        self.lights.show_report(report)
        self._enable()

    @Slot(object, str)
    def _on_images(self, indices: IntArray, title: str) -> None:
        dataset = self._data_of_report()
        if dataset is None:
            self._messages.warning(
                "The images of this result are not loaded. Open the data set that it was made on.", "images"
            )
        elif len(indices):
            self._messages.settle("images")
            order = np.argsort(dataset.indices)
            positions = order[np.searchsorted(dataset.indices, indices, sorter=order)]
            self._gallery.show_positions(dataset, positions, title)
            # They are what the user wants to see now, and this dialog may cover them.
            self._gallery.window().raise_()
            self._gallery.window().activateWindow()

    def _data_of_report(self) -> Dataset | None:
        if self.evaluation.dataset is not None:
            return self.evaluation.dataset
        report = self.report
        return next((one for one in self._library.datasets if report is not None and is_of(report, one)), None)

    @Slot()
    def _on_datasets(self) -> None:
        self.form.set_datasets(self._library.datasets)

    @Slot(object)
    def _on_ready(self, ready: Ready) -> None:
        self.form.set_protocols(ready.protocols)
        self.form.workers.show_possible(ready)
        self._enable()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Show as a window that the main one may cover."""
        self.windowHandle().setTransientParent(None)  # type: ignore[arg-type]
        super().showEvent(event)
        self._tell(self._news if self._is_at_work else "")

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        """Say elsewhere how far an evaluation is."""
        super().hideEvent(event)
        self._tell(self._news if self._is_at_work else "")

    @property
    def _is_at_work(self) -> bool:
        return self.is_running or self.certification.is_running

    def stand_beside(self, window: QWidget, panels: QRect) -> None:
        """Go where the main window's panels stay in sight, unless it has had a place before.

        Args:
            window: The main window.
            panels: Where its panels are on the screen.
        """
        if self._store.place(settings.EVALUATION_GEOMETRY) is None:
            screen = window.screen().availableGeometry()
            least = _LEAST.expandedTo(self.minimumSizeHint())
            self.setGeometry(placement.beside(window.frameGeometry(), panels, screen, self.size(), least))

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; an evaluation goes on, and what was counted is kept on the disk."""
        self._store.set_geometry(self.geometry(), settings.EVALUATION_GEOMETRY)
        self._store.set(settings.EVALUATION_FORM, self.form.choices())
        self.keep()
        event.accept()

    def keep(self) -> None:
        """Keep what was counted on the disk, for the next time; a result that was opened is on the disk already."""
        counted = self.evaluation.own_report
        if counted is not None:
            self.results.keep(counted, self.evaluation.begun_at)
        self.certification.keep()

    @override
    def reject(self) -> None:
        """Esc closes the dialog as its button does."""
        self.close()

    @Slot()
    def _on_keep_asked(self) -> None:
        if self.report is not None:
            self.results.keep_shown(self.report)

    @Slot(object, str)
    def _on_opened(self, report: Report, words: str) -> None:
        if self.is_running:
            return
        self.evaluation.open(report)
        self.panel.say(self._mismatch)
        self.progress.setValue(0)
        self.state.setText(f"{words}: {report.images:,} of {report.planned:,} images.")
