"""Takes the window through a lesson, and back."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from advgui.errors import AdvguiError
from advgui.gui.gallery.view import Gallery
from advgui.gui.lessons.bar import LessonBar
from advgui.gui.panels.prediction import percent
from advgui.gui.panels.stage import Stage
from advgui.gui.remembered import from_mapping
from advgui.gui.session import DemoState, Session
from advgui.gui.threads.live_answer import Result
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.widgets import messages
from advgui.lessons import Lesson, Step, storage
from advgui.outcomes import Outcome


class Lessons(QObject):
    """One lesson at a time.

    Args:
        session: The single source of truth.
        stage: With the panels.
        gallery: Shows a step's image.
        runner: Says when what is shown is what a step asks for.
        controls: Locked or hidden by some steps.
        parent: Qt's owner.

    Signals:
        changed: Whether a lesson is on.

    Attributes:
        bar: In the window's column above the panels; hidden while there is no lesson.
    """

    changed = Signal(bool)

    def __init__(
        self,
        session: Session,
        stage: Stage,
        gallery: Gallery,
        runner: LiveRunner,
        controls: QWidget,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._stage, self._gallery, self._runner, self._controls = (
            session, stage, gallery, runner, controls,
        )  # fmt: skip
        self.lesson: Lesson | None = None
        self.place = 0
        self._before: tuple[DemoState, tuple[str, int] | None] | None = None
        self._wants_answer = False
        self.bar = LessonBar()
        self.bar.step_asked.connect(self.go_to)
        self.bar.reveal_asked.connect(self.reveal)
        self.bar.leave_asked.connect(self.leave)
        runner.result.connect(self._on_result)

    @property
    def step(self) -> Step | None:
        """The step at work, None without a lesson."""
        return None if self.lesson is None else self.lesson.steps[self.place]

    def open(self, path: Path) -> None:
        """Begin the lesson in a file; what is wrong with it is told."""
        try:
            lesson = storage.load(path)
            for number, step in enumerate(lesson.steps, start=1):
                try:
                    from_mapping(step.controls)
                except ValueError as error:
                    raise AdvguiError(
                        f"'{path.name}': the controls of step {number} cannot be used: {error}. Make the step anew "
                        "with Lessons, New step from here."
                    ) from error
        except AdvguiError as error:
            messages.error(error, "lesson")
            return
        messages.settle("lesson")
        self.begin(lesson)

    def begin(self, lesson: Lesson) -> None:
        """Begin a lesson with its first step; a lesson that is on ends."""
        if self._before is None:
            self._before = self._session.state, self._gallery.place_shown()
        self.lesson = lesson
        self.go_to(0)
        self.changed.emit(True)

    @Slot(int)
    def go_to(self, place: int) -> None:
        """Show a step."""
        if self.lesson is None or not 0 <= place < len(self.lesson.steps):
            return
        self.place, self._wants_answer = place, False
        step = self.lesson.steps[place]
        self._set_access(step.access)
        self._stage.set_covered(step.covers)
        if not self._gallery.show_index(step.image):
            messages.warning(
                f"Test image {step.image} is not among the images that are there; the step is shown with another one. "
                "File, Data set brings all of them.",
                topic="lesson",
            )
        self._session.apply(from_mapping(step.controls), f"lesson, step {place + 1}")
        self.bar.show_step(self.lesson, place)

    def _set_access(self, access: str) -> None:
        for part in (self._controls, self._gallery):
            part.setEnabled(access == "free")
        self.changed.emit(True)

    @property
    def hides_controls(self) -> bool:
        """Whether the step at work hides gallery and controls."""
        return self.step is not None and self.step.access == "hidden"

    @Slot()
    def reveal(self) -> None:
        """Take the covers away and show the measured answer, as soon as what is shown is what the step asks for."""
        self._wants_answer = True
        if self._runner.is_idle:
            self._answer(self._stage.outcomes())

    @Slot(object)
    def _on_result(self, result: Result) -> None:
        # Where something newer is at work already, this is the answer to an earlier step.
        if self._wants_answer and result.is_final and self._runner.is_idle:
            self._answer(result.outcomes)

    def _answer(self, outcomes: Sequence[Outcome]) -> None:
        step = self.step
        if step is None or step.question is None or len(outcomes) < step.question.row:
            return
        question, outcome = step.question, outcomes[step.question.row - 1]
        if question.column not in outcome.probabilities or (question.bounds and question.column not in outcome.draws):
            return
        self._wants_answer = False
        self._stage.set_covered(())
        names = self._session.class_names
        seen = int(outcome.predictions(question.column)[0])
        letter = next(column.letter for column in outcome.scenario.columns if column.key == question.column)
        sure = percent(outcome.probabilities[question.column][0][seen])
        said = [f"({letter}) is taken for {names[seen]}, {sure}."]
        if question.bounds:
            said = [f"({letter}) is right in {question.right_draws(outcome)} of {outcome.scenario.draws} draws."]
        self.bar.show_answer(question, question.measured(outcomes), said)

    @Slot()
    def leave(self) -> None:
        """End the lesson; controls and image are as they were before it."""
        if self.lesson is None:
            return
        self.lesson, self._wants_answer = None, False
        self.bar.hide()
        self._set_access("free")
        self._stage.set_covered(())
        if self._before is not None:
            (state, shown), self._before = self._before, None
            self._session.apply(state, "leave the lesson")
            if shown is not None:
                self._gallery.show_index(shown[1])
        self.changed.emit(False)
