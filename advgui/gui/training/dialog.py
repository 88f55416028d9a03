"""How the networks were trained: accuracy and loss against epochs, also while a training runs."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from advgui.errors import AdvguiError
from advgui.figures import curves, drawing, histories
from advgui.figures.curves import Chart
from advgui.figures.drawing import KINDS
from advgui.figures.histories import History
from advgui.figures.training import training_figure
from advgui.files import absolute
from advgui.gui import follower as following
from advgui.gui import settings
from advgui.gui.follower import FileFollower
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.training.chart import CurveChart
from advgui.gui.widgets import export, messages, theme
from advgui.gui.widgets.elided import ElidedLabel, as_tooltip
from advgui.gui.widgets.messages import Level

_SIZE = QSize(1040, 620)
# The desktop's frame around a window, about.
_FRAME = QSize(40, 80)
_NOTHING = "There are no training histories here yet. Train a network with 'advgui train', or open a history (CSV)."


class TrainingDialog(QDialog):
    """Shows a training history and follows its file. Not modal.

    Args:
        store: Remembers the place.
        trained: Folder of the networks that come with the program; `trained/` if None.
        runs: Folder of the trainings that run, or ran.
        parent: The window.
        files: Writes exports; without it, they are written at once.
    """

    def __init__(
        self,
        store: Settings,
        trained: Path | None = None,
        runs: Path = histories.RUNS,
        parent: QWidget | None = None,
        files: Background | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._store, self._trained, self._runs, self._files = store, trained, absolute(runs), files
        self._opened: list[Path] = []
        self._path: Path | None = None
        self._history: History | None = None
        self._loss: Chart | None = None
        self._followed_is_damaged = False
        self._follower = FileFollower(self)
        self._follower.changed.connect(self._on_changed)
        self._messages = messages.Bus(self)
        self.banner = messages.Banner(self._messages)
        self.setWindowTitle("Training")
        size = _SIZE.boundedTo(self.screen().availableSize() - _FRAME)
        self.setGeometry(store.geometry(settings.TRAINING_GEOMETRY, size))

        self.network = QComboBox()
        self.network.setAccessibleName("Network")
        self.network.setToolTip("Networks that come with the program, then the trainings in the folder 'runs'.")
        self.network.setPlaceholderText("none")
        self.network.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.network.activated.connect(self._on_picked)
        label = QLabel("&Network")
        label.setBuddy(self.network)
        self.open_button = QPushButton("&Open…")
        self.open_button.setToolTip(
            "Shows any history, such as that of a training that runs: history.csv in its folder."
        )
        self.open_button.setAutoDefault(False)
        self.open_button.clicked.connect(self._on_open)
        self.export = QPushButton("E&xport")
        self.export.setToolTip("Writes these charts, the paper's figure 1, into a file.")
        self.export.setAutoDefault(False)
        menu = QMenu(self.export)
        for kind in KINDS:
            menu.addAction(f"Charts as {kind.upper()} …").setData(kind)
        menu.triggered.connect(self._on_export)
        self.export.setMenu(menu)
        self.logarithmic = QCheckBox("&Logarithmic loss")
        self.logarithmic.setToolTip("Gives every factor the same height, so that small losses can be seen too.")
        self.logarithmic.toggled.connect(self._draw)
        self.accuracy = CurveChart("Accuracy against epochs")
        self.loss = CurveChart("Loss against epochs")
        self.accuracy.hovered.connect(self._on_hovered)
        self.loss.hovered.connect(self._on_hovered)
        self.epoch = QSlider(Qt.Orientation.Horizontal)
        self.epoch.setAccessibleName("Epoch")
        self.epoch.setToolTip("The epoch whose values are shown; pointing at a chart chooses it too.")
        self.epoch.valueChanged.connect(self._on_epoch)
        epoch_label = QLabel("&Epoch")
        epoch_label.setBuddy(self.epoch)
        self.epoch_number = QLabel()
        self.epoch_number.setFont(theme.tabular(self.font()))
        self.state = ElidedLabel()

        top = QHBoxLayout()
        for widget in (label, self.network, self.open_button):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.logarithmic)
        top.addWidget(self.export)
        middle = QHBoxLayout()
        middle.setSpacing(2 * theme.MARGIN)
        for chart in (self.accuracy, self.loss):
            middle.addWidget(chart, 1)
            chart.hide()
        bottom = QHBoxLayout()
        bottom.addWidget(epoch_label)
        bottom.addWidget(self.epoch, 1)
        bottom.addWidget(self.epoch_number)
        column = QVBoxLayout(self)
        column.setSpacing(theme.MARGIN)
        column.addWidget(self.banner)
        column.addLayout(top)
        column.addLayout(middle, 1)
        column.addLayout(bottom)
        column.addWidget(self.state)
        self._enable()

    @property
    def history(self) -> History | None:
        """What is shown."""
        return self._history

    def open_history(self, path: Path) -> None:
        """Show a history and follow its file; one that cannot be read is told, and what was shown stays.

        Args:
            path: A CSV file.
        """
        seen = following.stamp(path)
        try:
            history = histories.read(path)
            charts = curves.charts(history)
        except AdvguiError as error:
            self._say(str(error))
        else:
            self._say("")
            if path not in self._listed():
                self._opened.append(path)
            self._path = path
            self._show(history, charts, new=True)
            self._follower.follow(path, seen)
        self._list()

    # Which histories there are

    def _listed(self) -> list[Path]:
        return [self.network.itemData(row) for row in range(self.network.count())]

    def _list(self) -> None:
        """Offer what there is now; what is shown stays chosen."""
        bundled, runs = histories.bundled(self._trained), histories.of_runs(self._runs)
        names = {path: histories.name_of(path) for path in bundled}
        names |= {path: f"{self._runs.name}/{histories.name_of(path)}" for path in runs}
        names |= {path: f"…/{path.absolute().parent.name}/{path.name}" for path in self._opened if path not in names}
        if list(names) != self._listed():
            self.network.clear()
            for path, name in names.items():
                self.network.addItem(name, path)
                self.network.setItemData(self.network.count() - 1, as_tooltip(str(path)), Qt.ItemDataRole.ToolTipRole)
        self.network.setCurrentIndex(list(names).index(self._path) if self._path in names else -1)

    @Slot(int)
    def _on_picked(self, row: int) -> None:
        path = self.network.itemData(row)
        if path != self._path:
            self.open_history(path)

    @Slot()
    def _on_open(self) -> None:
        folder = self._path.parent if self._path is not None else self._runs
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Open a training history", str(absolute(folder)), "Training histories (*.csv);;All files (*)"
        )
        if chosen:
            self.open_history(Path(chosen))

    # Writing

    @Slot(QAction)
    def _on_export(self, action: QAction) -> None:
        if self._history is not None:
            name = Path(f"figure1-{self._history.name}")
            path = export.ask_for_figure(self, "Export the charts", name, action.data())
            if path is not None:
                self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Write the charts that are shown.

        Args:
            path: With one of the suffixes .png, .svg and .pdf.
        """
        history, logarithmic, kind = self._history, self.logarithmic.isChecked(), drawing.kind_of(path)
        if history is not None:
            export.save(
                path,
                lambda: training_figure(history, logarithmic).file(kind),
                self._files,
                lambda written: messages.info(f"Saved as {written}."),
                messages.error,
            )

    # What is shown

    def _show(self, history: History, charts: tuple[Chart, Chart], new: bool) -> None:
        at_end = new or self.epoch.value() == self.epoch.maximum()
        self._history = history
        accuracy, self._loss = charts
        first, last = int(history.epochs[0]), int(history.epochs[-1])
        self.epoch.blockSignals(True)
        self.epoch.setRange(first, last)
        self.epoch.setPageStep(max(1, (last - first) // 10))
        if at_end:
            self.epoch.setValue(last)
        self.epoch.blockSignals(False)
        self.epoch_number.setMinimumWidth(self.epoch_number.fontMetrics().horizontalAdvance(f" {last}"))
        if new:
            self.logarithmic.blockSignals(True)
            self.logarithmic.setChecked(self._loss.is_wide)
            self.logarithmic.blockSignals(False)
        self.accuracy.show_chart(accuracy, False)
        count = len(history.epochs)
        self.state.setText(f"{count} epoch{'s' if count > 1 else ''}, followed as the file grows: {self._path}")
        self._draw()
        self._on_epoch()
        self._enable()

    @Slot()
    def _draw(self) -> None:
        if self._loss is not None:
            self.loss.show_chart(self._loss, self.logarithmic.isChecked())

    @Slot()
    def _on_epoch(self) -> None:
        if self._history is not None:
            index = int(np.abs(self._history.epochs - self.epoch.value()).argmin())
            self.epoch_number.setText(f"{self._history.epochs[index]:.0f}")
            self.accuracy.mark_epoch(index)
            self.loss.mark_epoch(index)

    @Slot(int)
    def _on_hovered(self, index: int) -> None:
        if self._history is not None:
            self.epoch.setValue(int(self._history.epochs[index]))

    def _enable(self) -> None:
        self.epoch.setEnabled(self._history is not None)
        self.export.setEnabled(self._history is not None)
        self.logarithmic.setEnabled(self._loss is not None and self._loss.can_be_logarithmic)

    def _say(self, text: str) -> None:
        self._followed_is_damaged = False
        self._messages.settle("history")
        if text:
            self._messages.post(Level.WARNING if text == _NOTHING else Level.ERROR, text, "history")

    # Following

    @Slot()
    def _on_changed(self) -> None:
        if self._path is None:
            return
        try:
            history = histories.read(self._path)
            charts = curves.charts(history)
        except AdvguiError as error:
            self._say(f"{error} What was read before is still shown.")
            self._followed_is_damaged = True
        else:
            if self._followed_is_damaged:  # what is said of another file stays
                self._say("")
            self._show(history, charts, new=False)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Offer what there is by now, and follow the file again."""
        super().showEvent(event)
        self._list()
        if self._path is not None:
            self._follower.follow(self._path, None)
        elif self.network.count():
            self.open_history(self.network.itemData(0))
        else:
            self._say(_NOTHING)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is followed that nobody sees."""
        super().hideEvent(event)
        self._follower.stop()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Look for new runs when the user comes back to this window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.isVisible():
            self._list()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the place."""
        self._store.set_geometry(self.geometry(), settings.TRAINING_GEOMETRY)
        event.accept()

    @override
    def reject(self) -> None:
        """Esc closes the dialog as its button does."""
        self.close()
