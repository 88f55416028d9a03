"""A step made by doing it: the window as it is, with words."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from advgui.gui.remembered import as_mapping
from advgui.gui.session import DemoState, Selection
from advgui.lessons import Question, Step
from advgui.scenarios import heading

_ANSWERS = ("It stays right", "It becomes wrong")


class NewStepDialog(QDialog):
    """Asks for what a step says; the rest is how the window is.

    Args:
        state: Of the session.
        selection: The image, of the test set.
        is_new: Whether the file is to be made, so that the lesson needs a title.
        parent: Qt's owner.
    """

    def __init__(self, state: DemoState, selection: Selection, is_new: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New step from here")
        self._state, self._selection = state, selection
        self.lesson_title, self.title, self.text, self.ask = QLineEdit(), QLineEdit(), QPlainTextEdit(), QLineEdit()
        self.lesson_title.setPlaceholderText("The error of my ways")
        self.title.setPlaceholderText("A few words")
        self.text.setPlaceholderText("Two or three sentences.")
        self.text.setTabChangesFocus(True)
        self.text.setMaximumHeight(110)
        self.ask.setPlaceholderText("Leave empty for a step without a question")
        self.column = QComboBox()
        (scenario, *_) = state.scenarios()
        for column in scenario.columns[1:]:
            self.column.addItem(f"({column.letter}) {heading(column)}", column.key)
        self.yes, self.no = (QLineEdit(answer) for answer in _ANSWERS)
        self.covers = QCheckBox("Cover this panel until the answer is given")
        self.covers.setChecked(True)
        self.locks = QCheckBox("Lock the controls in this step")
        form = QFormLayout(self)
        if is_new:
            form.addRow("Title of the &lesson", self.lesson_title)
        form.addRow("&Title of the step", self.title)
        form.addRow("&Words", self.text)
        form.addRow("&Question", self.ask)
        form.addRow("&Panel that decides", self.column)
        form.addRow("Answer if it is &right", self.yes)
        form.addRow("Answer if it is wron&g", self.no)
        form.addRow(self.covers)
        form.addRow(self.locks)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        for field in (self.lesson_title, self.title, self.yes, self.no):
            field.textChanged.connect(self._check)
        self.text.textChanged.connect(self._check)
        self.lesson_title.setVisible(is_new)
        self._is_new = is_new
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._check()

    def _check(self) -> None:
        needed = [self.title.text(), self.text.toPlainText(), self.yes.text(), self.no.text()]
        needed += [self.lesson_title.text()] if self._is_new else []
        self._save.setEnabled(all(text.strip() for text in needed))

    def step(self) -> Step:
        """Return the step."""
        question: Question | None = None
        covers: tuple[str, ...] = ()
        if self.ask.text().strip():
            column = self.column.currentData()
            question = Question(self.ask.text().strip(), (self.yes.text(), self.no.text()), 1, column)
            covers = (column,) if self.covers.isChecked() else ()
        return Step(
            title=self.title.text().strip(),
            text=self.text.toPlainText().strip(),
            image=self._selection.index,
            controls=as_mapping(self._state),
            access="locked" if self.locks.isChecked() else "free",
            covers=covers,
            question=question,
        )
