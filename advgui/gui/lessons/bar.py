"""The bar above the panels that holds a lesson's words, its question, and the way through it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.lessons import Lesson, Question

_MOST_HANDS = 999


class LessonBar(QFrame):
    """Shows a step; what happens next, the controller says.

    Signals:
        step_asked: Place of a step.
        reveal_asked: Everyone has committed.
        leave_asked: The lesson is to end.
    """

    step_asked = Signal(int)
    reveal_asked = Signal()
    leave_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Lesson")
        self._place = self._count = 0
        self.heading, self.text, self.ask, self.result = (QLabel() for _ in range(4))
        for label in (self.text, self.ask, self.result):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        bold = QFont()
        bold.setBold(True)  # and the size of the window, which is another one in a presentation
        for label in (self.heading, self.ask, self.result):
            label.setFont(bold)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setMaximumWidth(120)
        self.progress.setAccessibleName("Progress of the lesson")
        self.jump = ElidedComboBox("Step of the lesson", self)
        self.jump.setToolTip("Goes to a step.")
        self.jump.activated.connect(self.step_asked)
        self.back = self._button("Back", "The step before (Ctrl+Page Up).", "Ctrl+PgUp", partial(self._go, -1))
        self.onward = self._button("Next", "The next step (Ctrl+Page Down).", "Ctrl+PgDown", partial(self._go, 1))
        self.leave = self._button("Leave", "Ends the lesson; everything is as before (Ctrl+Esc).", "Ctrl+Esc", None)
        self.leave.clicked.connect(self.leave_asked)
        self.reveal = self._button("Reveal", "Shows what the network says (Ctrl+Return).", "Ctrl+Return", None)
        self.reveal.clicked.connect(self.reveal_asked)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        for widget in (self.progress, self.jump, self.back, self.onward, self.leave):
            top.addWidget(widget)
        self._answers = QHBoxLayout()
        self._answers.setSpacing(theme.MARGIN)
        self.choices: list[QRadioButton] = []
        self.hands: list[QSpinBox] = []
        self._asking = QWidget()
        asking = QVBoxLayout(self._asking)
        asking.setContentsMargins(0, 0, 0, 0)
        asking.setSpacing(theme.SMALL_GAP)
        asking.addWidget(self.ask)
        line = QHBoxLayout()
        line.setSpacing(2 * theme.MARGIN)
        line.addLayout(self._answers)
        line.addWidget(self.reveal)
        line.addStretch(1)
        asking.addLayout(line)
        asking.addWidget(self.result)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.SMALL_GAP, theme.MARGIN, theme.SMALL_GAP)
        column.setSpacing(theme.SMALL_GAP)
        column.addLayout(top)
        column.addWidget(self.text)
        column.addWidget(self._asking)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.hide()

    def _button(self, text: str, tip: str, keys: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        if slot is not None:
            button.clicked.connect(slot)
        # Not the button's own: that would press it although something else is at work there.
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(button.click)
        return button

    def _go(self, by: int) -> None:
        self.step_asked.emit(self._place + by)

    def show_step(self, lesson: Lesson, place: int) -> None:
        """Show a step of a lesson, its question not yet answered."""
        step, self._place, self._count = lesson.steps[place], place, len(lesson.steps)
        self.heading.setText(f"{lesson.title} · {step.title} ({place + 1} of {self._count})")
        self.text.setText(step.text)
        titles = [f"{number}. {each.title}" for number, each in enumerate(lesson.steps, start=1)]
        if [self.jump.itemText(row) for row in range(self.jump.count())] != titles:
            self.jump.clear()
            self.jump.addItems(titles)
        self.jump.setCurrentIndex(place)
        self.progress.setRange(0, self._count)
        self.progress.setValue(place + 1)
        self.back.setEnabled(place > 0)
        self.onward.setEnabled(place + 1 < self._count)
        self._ask(step.question)
        self.show()
        (self.choices[0] if self.choices else self.onward if self.onward.isEnabled() else self.leave).setFocus()

    def _ask(self, question: Question | None) -> None:
        for widget in (*self.choices, *self.hands):
            self._answers.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.choices, self.hands = [], []
        self.result.clear()
        self._asking.setVisible(question is not None)
        self.result.hide()
        if question is None:
            return
        self.ask.setText(question.ask)
        for answer in question.answers:
            choice, hands = QRadioButton(answer.replace("&", "&&")), QSpinBox()
            choice.toggled.connect(self._on_commit)
            hands.setRange(0, _MOST_HANDS)
            hands.setAccessibleName(f"Raised hands for: {answer}")
            hands.setToolTip("How many hands were raised for this answer.")
            hands.setSuffix(" hands")
            hands.valueChanged.connect(self._on_commit)
            for widget in (choice, hands):
                self._answers.addWidget(widget)
            self.choices.append(choice)
            self.hands.append(hands)
        self._on_commit()

    @property
    def committed(self) -> int | None:
        """The place of the answer that was chosen, None before."""
        return next((place for place, choice in enumerate(self.choices) if choice.isChecked()), None)

    @Slot()
    def _on_commit(self) -> None:
        has_hands = any(hands.value() for hands in self.hands)
        self.reveal.setEnabled(self.committed is not None or has_hands)

    def show_answer(self, question: Question, measured: int, said: Sequence[str]) -> None:
        """Show what was measured, beside what was expected.

        Args:
            question: Of the step.
            measured: Place of the true answer.
            said: What the network says, in sentences.
        """
        counts = [hands.value() for hands in self.hands]
        words = [f"Measured: {question.answers[measured]}.", *said]
        if sum(counts):
            words.append(f"{counts[measured]} of {sum(counts)} hands were right.")
        elif self.committed is not None:
            words.append("That is what you expected." if self.committed == measured else "You expected something else.")
        self.result.setText(" ".join(words))
        self.result.show()
        for widget in (*self.choices, *self.hands, self.reveal):
            widget.setEnabled(False)
        if self.onward.isEnabled():
            self.onward.setFocus()
