"""The menu of the lessons."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from advgui.errors import AdvguiError
from advgui.files import is_there
from advgui.gui import settings
from advgui.gui.lessons.controller import Lessons
from advgui.gui.lessons.new_step import NewStepDialog
from advgui.gui.session import Session
from advgui.gui.settings import Settings
from advgui.gui.widgets import messages
from advgui.lessons import SUFFIX, Lesson, load, save, shipped

_MOST = 100  # of a folder


class LessonMenu(QObject):
    """Offers the lessons that are shipped and those in the teacher's own folder, and makes new steps.

    Args:
        lessons: Shows them.
        session: The single source of truth.
        store: Knows the folder.
        parent: The window.
    """

    def __init__(self, lessons: Lessons, session: Session, store: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._lessons, self._session, self._store, self._window = lessons, session, store, parent
        self.menu = QMenu("Le&ssons", parent)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self.fill)
        self.leave = QAction("&Leave the lesson", self)
        self.leave.triggered.connect(lessons.leave)
        self.folder = QAction("Lessons from a &folder…", self)
        self.folder.triggered.connect(self.choose_folder)
        self.new_step = QAction("&New step from here…", self)
        self.new_step.setToolTip("Saves image and controls as they are as a step of a lesson of your own.")
        self.new_step.triggered.connect(self.ask_for_step)
        self.fill()

    @property
    def own_folder(self) -> Path | None:
        """The teacher's own folder of lessons."""
        chosen = self._store.get(settings.LESSONS_FOLDER)
        return Path(chosen) if chosen and is_there(Path(chosen)) else None

    @Slot()
    def fill(self) -> None:
        """Offer what there is by now."""
        self.menu.clear()
        own = [] if self.own_folder is None else sorted(self.own_folder.glob(f"*{SUFFIX}"))[:_MOST]
        for paths in (shipped(), own):
            for path in paths:
                self._add(path)
            if paths:
                self.menu.addSeparator()
        self.leave.setEnabled(self._lessons.lesson is not None)
        self.menu.addActions([self.leave, self.folder, self.new_step])

    def _add(self, path: Path) -> None:
        try:
            lesson = load(path)
        except AdvguiError as error:
            action = self.menu.addAction(path.stem)
            action.setToolTip(str(error))
            action.setEnabled(False)
            return
        action = self.menu.addAction(lesson.title.replace("&", "&&"))
        action.setToolTip(lesson.summary)
        action.triggered.connect(partial(self._open, path))

    # Connected to widgets of the GUI thread alone, so a partial function of it is as safe as a slot.
    def _open(self, path: Path, _checked: bool = False) -> None:
        self._lessons.open(path)

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder of lessons."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Folder of lessons", str(self.own_folder or Path.home())
        )
        if chosen:
            self._store.set(settings.LESSONS_FOLDER, chosen)
            found = len(list(Path(chosen).glob(f"*{SUFFIX}")))
            messages.info(f"The menu Lessons has {found} file{'' if found == 1 else 's'} of '{Path(chosen).name}' now.")

    @Slot()
    def ask_for_step(self) -> None:
        """Ask for a file and for words, and save the window as it is as a step."""
        selection = self._session.selection
        if selection is None or selection.index < 0:
            messages.warning("A step shows an image of the test set. Choose one, and make the step then.", "lesson")
            return
        start = str((self.own_folder or Path.home()) / "my-lesson.json")
        chosen, _ = QFileDialog.getSaveFileName(
            self._window,
            "Lesson to add the step to",
            start,
            f"Lessons (*{SUFFIX})",
            options=QFileDialog.Option.DontConfirmOverwrite,  # a step is added, nothing is replaced
        )
        if chosen:
            path = Path(chosen).with_suffix(SUFFIX)
            dialog = NewStepDialog(self._session.state, selection, not path.exists(), self._window)
            dialog.accepted.connect(partial(self.add_step, path, dialog))
            dialog.show()

    def add_step(self, path: Path, dialog: NewStepDialog) -> None:
        """Add a step to the lesson in a file, which is made if it is not there."""
        step = dialog.step()
        try:
            if path.exists():
                lesson = load(path)
                lesson = replace(lesson, steps=(*lesson.steps, step))
            else:
                title = dialog.lesson_title.text().strip()
                lesson = Lesson(title, f"{title}.", (step,))
            save(path, lesson)
        except (AdvguiError, OSError) as error:
            messages.error(error, "lesson")
            return
        self._store.set(settings.LESSONS_FOLDER, str(path.parent))
        messages.info(f"Step {len(lesson.steps)} of '{lesson.title}' was saved in '{path.name}'.", "lesson")
