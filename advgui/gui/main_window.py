"""The window: its parts are put together here, and what one says is passed on to the others."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from advgui.data import cifar10
from advgui.errors import AdvguiError
from advgui.gui import menus, settings
from advgui.gui.about import about_dialog, shortcuts_dialog
from advgui.gui.areas import Areas
from advgui.gui.controls.panel import Controls
from advgui.gui.experiments import Experiments
from advgui.gui.explaining import Explaining
from advgui.gui.file_opening import FileOpening
from advgui.gui.full_data_set import FullDataSet
from advgui.gui.gallery.marking import Marking
from advgui.gui.gallery.opener import PictureOpener
from advgui.gui.gallery.view import Gallery
from advgui.gui.lessons.controller import Lessons
from advgui.gui.lessons.menu import LessonMenu
from advgui.gui.library import Library
from advgui.gui.model_opening import ModelOpener
from advgui.gui.panels.inspecting import WindowBlink
from advgui.gui.panels.lateness import Lateness
from advgui.gui.panels.stage import Stage
from advgui.gui.play import Play
from advgui.gui.playback import Playback
from advgui.gui.plugin_menu import PluginMenu
from advgui.gui.presentation import Presentation
from advgui.gui.presenter import Presenter
from advgui.gui.remembered import Remembered
from advgui.gui.saving import PanelSaver
from advgui.gui.session import Session
from advgui.gui.settings import Settings
from advgui.gui.status import StatusBar
from advgui.gui.steering import Steering
from advgui.gui.threads.background import Background
from advgui.gui.threads.live_runner import LiveRunner, Ready
from advgui.gui.threads.loading import load_pipeline
from advgui.gui.where_it_looks import WhereItLooks
from advgui.gui.widgets import messages
from advgui.gui.widgets.theme import Choice, Theme
from advgui.gui.widgets.windows import bring_up
from advgui.gui.zoom import Zoom
from advgui.models.archive import ModelFile

if TYPE_CHECKING:
    from advgui.gui.evaluation.dialog import EvaluationDialog
    from advgui.gui.training.dialog import TrainingDialog

# Below this width the gallery gives a column of thumbnails to the panels.
_NARROW = 1150
# However the splitter is moved, or was.
_SMALLEST_STAGE = 400
_UNLIMITED = (1 << 24) - 1  # pixels; Qt's own word for it


class MainWindow(QMainWindow):
    """The one window. It starts the runner when it has been painted, and ends it when it is closed.

    Args:
        session: What is shown.
        runner: What computes; not started.
        store: What is remembered.
        colors: Light or dark.
        classifier: Opened at the start, in place of the built-in one.

    Attributes:
        patience: How many milliseconds the threads have to end when the window is closed; for ever if None.
        left_running: Whether one has not ended by then. The process may then only leave at once.
        first_experiment: Opened as soon as there are networks.
    """

    def __init__(
        self, session: Session, runner: LiveRunner, store: Settings, colors: Theme, classifier: Path | None = None
    ) -> None:
        super().__init__()
        self.session, self.runner, self.settings, self.theme = session, runner, store, colors
        self._first_classifier = classifier
        self.files = Background("files", self)
        self.network = Background("network", self)
        self.quarantine = Background("quarantine", self)
        self.plugin_thread = Background("plug-ins", self)
        self.patience: int | None = None
        self.left_running = False
        self.first_experiment: Path | None = None
        self._started = False
        self._evaluation: EvaluationDialog | None = None
        self._training: TrainingDialog | None = None

        self.setWindowTitle("AdvGUI")
        self.setMinimumSize(settings.SMALLEST_SIZE)
        self.setAcceptDrops(True)
        self.library = Library(self)
        self.gallery = Gallery(session, self.library)
        self.controls = Controls(session)
        self.stage = Stage()
        self.stage.setMinimumWidth(_SMALLEST_STAGE)
        self.stage.bottom.set_gain(store.get(settings.GAIN))
        self.full_set = FullDataSet(self.library, self.files, self.network, store, self)
        self.opener = PictureOpener(self.files, self.gallery.longest_side, self)
        self.models = ModelOpener(self.quarantine, self)
        self.plugins = PluginMenu(self.plugin_thread, session, self)
        self.saver = PanelSaver(self.stage, self.files, runner, store, self)
        self.experiments = Experiments(session, self.gallery, self.stage, runner, self.files, store, self)
        self.file_opening = FileOpening(self.opener, self.models, self.plugins, self.experiments, store, self)
        self.marking = Marking(self.gallery, runner, self)
        self.zoom = Zoom(self, colors, store)
        firsts = (
            (self.gallery, lambda: self.gallery.view),
            (self.stage, lambda: self.stage.first_panel),
            (self.controls, lambda: self.controls.attacks.list),
        )
        self.areas = Areas(firsts, self)
        self.banner = messages.Banner()
        self.lateness = Lateness(self)
        self.playback = Playback(runner, self)
        self.steering = Steering(session, self.stage, runner, self)
        self.play = Play(session, self)
        self.stage.bottom.set_play(self.play.action)
        self.presentation = Presentation(session, self.stage, self.gallery, self.play.action, self)
        self.lessons = Lessons(session, self.stage, self.gallery, runner, self.controls, self)
        self.lesson_menu = LessonMenu(self.lessons, session, store, self)
        self.explaining = Explaining(self.stage, self)
        WindowBlink(self.stage, self)
        self.looking = WhereItLooks(self.stage, runner, self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        for number, part in enumerate((self.gallery, self.stage, self.controls)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(number, 1 if part is self.stage else 0)
            self.splitter.setCollapsible(number, part is not self.stage)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.lessons.bar)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.looking.legend)
        column.addWidget(self.presentation.bar)
        self.setCentralWidget(central)
        self.gallery.view.setFocus()  # the arrow keys choose images from the start
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.presenter = Presenter(session, runner, self.stage, self.status, self.playback, self.lateness, self)
        self.actions_by_name = menus.build(self)
        self._connect()
        self.remembered = Remembered(session, self.gallery, store, self)
        self._restore_layout()

    def _connect(self) -> None:
        self.presenter.networks_changed.connect(self._on_networks)
        self.lessons.changed.connect(self._show_sides)
        self.presentation.leave_asked.connect(self.leave)
        self.gallery.index.entered.connect(self._on_entered)
        self.gallery.index.refused.connect(partial(messages.warning, topic="number"))
        self.controls.entered.connect(self._on_entered)
        self.stage.goal_asked.connect(self.controls.attacker.set_goal)
        self.opener.opened.connect(self.library.add_picture)
        self.opener.reopened.connect(self.library.replace_picture)
        self.gallery.side_changed.connect(self.opener.set_side)
        self.gallery.crop_asked.connect(self.file_opening.ask_for_crop)
        self.library.picture_removed.connect(self.opener.forget)
        self.library.picture_restored.connect(self.opener.remember)
        self.models.trying.connect(self.status.show_trial)
        self.models.ended.connect(self.status.hide_trial)
        self.models.admitted.connect(self._on_admitted)
        self.models.refused.connect(messages.error)
        self.status.cancel.clicked.connect(self.models.cancel)
        self.status.evaluation.clicked.connect(self.open_evaluation)

    # Starting and ending

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; after the first time, loading begins."""
        super().paintEvent(event)
        if not self._started:
            self._started = True
            QTimer.singleShot(0, self.start)

    @Slot()
    def start(self) -> None:
        """Show the bundled images, and load everything else in the background."""
        try:
            self.library.set_dataset(cifar10.load_samples())
        except AdvguiError as error:
            messages.error(error)
        self.presenter.show_loading("Starting")
        self.runner.start()
        self.plugins.opener.follow_loaded()
        if self._first_classifier is not None:
            # Behind the built-in one, which stays if this one is refused.
            self.models.open(self._first_classifier)
        self.full_set.load_known()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout and end all threads; what runs is stopped, nothing is waited for on screen."""
        try:
            self._save_layout()
            self.remembered.keep()
            self.hide()
            for dialog in (self._training, self._evaluation):
                if dialog is not None:
                    dialog.close()
            if self._evaluation is not None:  # a dialog that is hidden hears nothing of being closed
                self._evaluation.keep()
            self.saver.forget_dragged()
        finally:  # whatever could not be saved: a thread that still runs would abort the process
            threads = (self.plugin_thread, self.quarantine, self.files, self.network, self.runner)
            for thread in threads:
                thread.stop()
            deadline = None if self.patience is None else QDeadlineTimer(self.patience)
            self.left_running = False in [thread.close(deadline) for thread in threads]
        event.accept()
        QGuiApplication.quit()

    def _restore_layout(self) -> None:
        self.setGeometry(self.settings.geometry())
        sizes = self.settings.get(settings.SPLITTER)
        if sizes and sizes[1] > 0:
            self.splitter.setSizes(list(sizes))
        else:
            self.reset_layout()
        if self.settings.get(settings.MAXIMIZED):
            self.setWindowState(Qt.WindowState.WindowMaximized)

    @Slot(bool)
    def set_presenting(self, on: bool) -> None:
        """Show nothing but the panels and what steers them, on the whole screen; or go back."""
        self.status.setVisible(not on)
        self._show_sides()
        # Not hidden, because the keys of its actions would go with it.
        self.menuBar().setMaximumHeight(0 if on else _UNLIMITED)
        self.set_full_screen(on or self.actions_by_name["full-screen"].isChecked())
        self.presentation.set_on(on, self.height())

    @Slot()
    def _show_sides(self) -> None:
        """Show gallery and controls, where neither a presentation nor a lesson hides them."""
        for part in (self.gallery, self.controls):
            part.setVisible(not self.actions_by_name["presentation"].isChecked() and not self.lessons.hides_controls)

    @Slot()
    def step_back(self) -> None:
        """Leave the innermost of: a zoom, a draw, one large panel, presentation, full screen; the last two together."""
        if not (self.stage.comparison.reset() or self.stage.leave_draws() or self.presentation.show_all()):
            self.leave()

    @Slot()
    def leave(self) -> None:
        """Leave the presentation and full screen."""
        for name in ("full-screen", "presentation"):
            self.actions_by_name[name].setChecked(False)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Letters that are read from far away grow with the window."""
        super().resizeEvent(event)
        self.zoom.follow(self.size())
        self.presentation.set_height(self.height())

    @Slot()
    def reset_layout(self) -> None:
        """Give the three parts their usual widths."""
        narrow = self.width() < _NARROW
        left = (self.gallery.minimumSizeHint() if narrow else self.gallery.sizeHint()).width()
        right = self.controls.sizeHint().width()
        self.splitter.setSizes([left, max(self.width() - left - right, 1), right])

    def _save_layout(self) -> None:
        store = self.settings
        place = self.normalGeometry() if self.isMaximized() or self.isFullScreen() else self.geometry()
        store.set_geometry(place)
        store.set(settings.MAXIMIZED, self.isMaximized())
        if not self.presentation.is_on:  # which has hidden two of the three
            store.set(settings.SPLITTER, tuple(self.splitter.sizes()))
        store.set(settings.GAIN, self.stage.bottom.chosen_gain)

    @Slot()
    def _on_entered(self) -> None:
        # The keys mean the window again: arrows choose images, Ctrl+C copies the panels.
        messages.settle("number")
        self.gallery.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_networks(self, ready: Ready) -> None:
        self.gallery.set_trained_side(ready.trained_side)
        self.controls.set_available(ready.protocols, ready.missing, ready.networks)
        self.setWindowTitle(f"AdvGUI: {ready.classifier}" if ready.classifier else "AdvGUI")
        self.actions_by_name["built-in"].setEnabled(bool(ready.classifier))
        if self.first_experiment is not None:
            first, self.first_experiment = self.first_experiment, None
            self.experiments.open(first)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys that nothing with the focus needs.

        Those of a presentation and of attacks in many steps; Escape goes back from a draw to the vote.
        """
        if event.key() == Qt.Key.Key_Escape and self.stage.leave_draws():
            return
        if not any(part.pressed(event) for part in (self.presentation, self.playback, self.play, self.looking)):
            super().keyPressEvent(event)

    # Another file

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept pictures and model files of other programs, anywhere on the window."""
        if event.source() is None and PictureOpener.accepts(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.file_opening.drop(event.mimeData())

    @Slot(object)
    def _on_admitted(self, file: ModelFile) -> None:
        self.runner.load(partial(load_pipeline, classifier=file))

    @Slot()
    def use_built_in_classifier(self) -> None:
        """Go back to the classifier that came with the program."""
        self.models.cancel()
        self.runner.load(load_pipeline)

    # Other dialogs

    @Slot()
    def open_training(self) -> None:
        """Show the learning curves of the networks."""
        if self._training is None:
            from advgui.gui.training.dialog import TrainingDialog  # the charts are not needed before

            self._training = TrainingDialog(self.settings, parent=self, files=self.files)
        bring_up(self._training)

    @Slot()
    def open_evaluation(self) -> None:
        """Show the dialog for batch evaluation."""
        if self._evaluation is None:
            from advgui.gui.evaluation.dialog import EvaluationDialog  # the charts are not needed before

            self._evaluation = EvaluationDialog(
                self.runner,
                self.gallery,
                self.full_set.open_dialog,
                self.settings,
                parent=self,
                session=self.session,
                library=self.library,
                files=self.files,
            )
            self._evaluation.unseen.connect(self.status.show_evaluation)
            self._evaluation.stand_beside(self, self.stage.panels_on_screen)
        bring_up(self._evaluation)

    @Slot()
    def show_about(self) -> None:
        """Show what the program is."""
        about_dialog(self).show()

    @Slot()
    def show_shortcuts(self) -> None:
        """Show the keyboard shortcuts."""
        shortcuts_dialog(self).show()

    def set_theme(self, choice: Choice) -> None:
        """Choose light, dark or the system's colours, and remember it."""
        self.theme.apply(choice)
        self.settings.set(settings.THEME, choice)

    @Slot(bool)
    def set_full_screen(self, on: bool) -> None:
        """Fill the screen, or go back."""
        if on != self.isFullScreen():
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
