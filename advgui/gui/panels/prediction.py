"""What the classifier says of a picture, and how that compares, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum

import numpy as np

from advgui.gui.widgets import numbers
from advgui.outcomes import Outcome
from advgui.scenarios import starts_standardized
from advgui.types import FloatArray


class Verdict(Enum):
    """What can be said of a prediction: a sign, and words for those who do not see it."""

    RIGHT = "right"
    WRONG = "wrong"
    SAME = "same as for (a)"
    CHANGED = "not the same as for (a)"
    UNKNOWN = "class not known"


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the classifier says of a picture.

    Attributes:
        probabilities: float32 (classes,), sum 1.
        class_names: One for each class.
        label: The class that the prediction is held against.
        verdict: How it compares.
        reached: Whether it is the class that the attacker wants to see; None where there is no such class.
        draws: What it was made of, where several draws of random mitigations are taken together.
        total: How many of them there are to be.
        votes: How many of them are right, in words.
        of_votes: Whether the probabilities are shares of their votes.
    """

    probabilities: FloatArray
    class_names: Sequence[str]
    label: int
    verdict: Verdict
    reached: bool | None = None
    draws: tuple["Prediction", ...] = ()
    total: int = 1
    votes: str = ""
    of_votes: bool = False

    def says_the_same_as(self, other: "Prediction | None") -> bool:
        """Return whether nothing of it looks different."""
        if other is None or len(other.draws) != len(self.draws):
            return False
        if any(getattr(self, name) != getattr(other, name) for name in _COMPARED):
            return False
        return np.array_equal(self.probabilities, other.probabilities) and all(
            mine.says_the_same_as(theirs) for mine, theirs in zip(self.draws, other.draws, strict=True)
        )

    @property
    def predicted(self) -> int:
        """The class of largest probability."""
        return int(self.probabilities.argmax())

    @property
    def text(self) -> str:
        """In words, such as "cat, 98.2 %, right" or "frog, 98.2 %, wrong, right in 3 of 20, target reached"."""
        words = self.class_names[self.predicted], self.share, self.verdict.value, self.votes, self.goal_text
        return ", ".join(filter(None, words))

    @property
    def share(self) -> str:
        """The probability of that class, or its share of the votes, in words."""
        return percent(self.probabilities[self.predicted]) + (" of votes" if self.of_votes else "")

    @property
    def goal_text(self) -> str:
        """Whether the attacker's target is reached, in words; "" without one."""
        return "" if self.reached is None else "target reached" if self.reached else "target not reached"


# Of two predictions, besides arrays and draws.
_COMPARED = [each.name for each in fields(Prediction) if each.name not in ("probabilities", "draws")]


def percent(share: float) -> str:
    """Return a share as per cent with one decimal; "100 %" and "0 %" only where they are exact."""
    value = float(share) * 100
    if 0 < value < 0.1:
        return "<0.1 %"
    if 99.95 <= value < 100:
        return ">99.9 %"
    return f"{value:.1f} %"


def linf_text(outcome: Outcome) -> str:
    """Return the largest change of the first image, such as "8/255 = 0.0314"; in 255ths only where those are meant."""
    linf = float(outcome.linf[0])
    if starts_standardized(outcome.scenario):
        return f"{linf:.4f} (standardized)"
    return f"{numbers.as_255ths(linf)} = {linf:.4f}"
