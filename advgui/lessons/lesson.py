"""What a lesson is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from advgui.outcomes import Outcome

Access = Literal["free", "locked", "hidden"]
ACCESS: tuple[Access, ...] = ("free", "locked", "hidden")


@dataclass(frozen=True)
class Claim:
    """What a step's words rely on; a test holds it against the networks.

    Attributes:
        row: Of the panels, from 1.
        column: Key of a column, such as "attacked".
        right: Whether its prediction is right.
    """

    row: int
    column: str
    right: bool

    def holds(self, outcomes: Sequence[Outcome]) -> bool:
        """Return whether it is true of what the networks give, an outcome for each row."""
        return bool(outcomes[self.row - 1].correct(self.column)[0]) is self.right


@dataclass(frozen=True)
class Question:
    """A question whose answer is measured.

    Attributes:
        ask: The question.
        answers: Two or more.
        row: Of the panels that decide, from 1.
        column: Key of the column that decides.
        bounds: Without any, the first answer is true if the prediction is right, and the second if it is wrong. With
            bounds, the number of draws that are right decides: the first answer is true below the first bound, and so
            on; there is one answer more than bounds.
        expected: Place of the answer that was true when the lesson was made; a test holds it against the networks.
    """

    ask: str
    answers: tuple[str, ...]
    row: int
    column: str
    bounds: tuple[int, ...] = ()
    expected: int = 0

    def measured(self, outcomes: Sequence[Outcome]) -> int:
        """Return the place of the answer that is true of what the networks give, an outcome for each row."""
        outcome = outcomes[self.row - 1]
        if not self.bounds:
            return 0 if bool(outcome.correct(self.column)[0]) else 1
        return sum(self.right_draws(outcome) >= bound for bound in self.bounds)

    def right_draws(self, outcome: Outcome) -> int:
        """Return how many draws of the column are right."""
        kept = outcome.draws[self.column].probabilities
        return sum(int(answer[0].argmax()) == int(outcome.labels[0]) for answer in kept)


@dataclass(frozen=True)
class Step:
    """One step of a lesson.

    Attributes:
        title: A few words.
        text: Two or three sentences.
        image: Index in the test set.
        controls: Of the window, as `advgui.gui.remembered` writes them.
        access: Whether controls can be used, are locked, or are hidden.
        covers: Keys of the columns that are covered until the question is answered.
        question: Asked before the covers are taken away; None without.
        claims: What the words rely on.
    """

    title: str
    text: str
    image: int
    controls: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    access: Access = "free"
    covers: tuple[str, ...] = ()
    question: Question | None = None
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes:
        title: In the menu.
        summary: One sentence.
        steps: At least one.
    """

    title: str
    summary: str
    steps: tuple[Step, ...]
