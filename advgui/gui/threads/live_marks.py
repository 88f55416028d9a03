"""Which images are fooled at the strength that is shown: found out when there is nothing else to compute."""

import logging
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass

from advgui.gui.session import Selection
from advgui.outcomes import Outcome
from advgui.pipeline import Batch, Stage
from advgui.types import ATTACKED, CLEAN, Scenario

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class MarkRequest:
    """Images whose fate is wanted.

    Attributes:
        scenario: What is done to them.
        network: Which classifier it is done to.
        images: In the order in which they are wanted, each under a key of whoever asks.
    """

    scenario: Scenario
    network: str
    images: tuple[tuple[Hashable, Selection], ...]


@dataclass(frozen=True, eq=False)
class Mark:
    """Whether an image is fooled: right, or anything, without the attack, and something else with it."""

    request: MarkRequest
    key: Hashable
    is_fooled: bool


class Marks:
    """Attacks one image after the other, a step at a time."""

    def __init__(self) -> None:
        self._request: MarkRequest | None = None
        self._left: list[tuple[Hashable, Selection]] = []
        self._prepare: Callable[[Selection], Batch] | None = None
        self._work: tuple[Hashable, Generator[Stage, None, Outcome]] | None = None

    def want(self, request: MarkRequest, prepare: Callable[[Selection], Batch]) -> None:
        """Say what is wanted from now on, in place of what was.

        Args:
            request: With the images.
            prepare: Takes an image as a batch, on the network of the request.
        """
        self._request, self._left, self._prepare, self._work = request, list(request.images), prepare, None

    @property
    def is_marking(self) -> bool:
        """Whether anything that is wanted is missing."""
        return self._work is not None or bool(self._left)

    def rest(self) -> None:
        """Mark nothing until something is wanted again."""
        self._request, self._left, self._work = None, [], None

    def advance(self) -> Mark | None:
        """Take a step; return what has become of an image, if that is known now."""
        if self._request is None or self._prepare is None:
            return None
        try:
            if self._work is None:
                key, selection = self._left.pop(0)
                # Of the columns (a) and (b) are enough.
                self._work = key, self._prepare(selection).stages(self._request.scenario.without_mitigations)
            next(self._work[1])
        except StopIteration as end:
            assert self._work is not None
            (key, _), self._work = self._work, None
            outcome: Outcome = end.value
            clean, attacked = (bool(outcome.correct(column)[0]) for column in (CLEAN, ATTACKED))
            return Mark(self._request, key, clean and not attacked)
        except Exception as error:  # the panels have told it already, or will
            _log.warning("Images cannot be marked: %s", error)
            self.rest()
        return None
