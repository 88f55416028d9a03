"""What an image is taken for at every strength: drawn when nothing newer is asked for, a portion at a time."""

import logging
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass

from advgui.attacks import ATTACKS, DirectionAttack
from advgui.defenses import DEFENSES
from advgui.gui.networks import STANDARD
from advgui.gui.session import Selection
from advgui.gui.threads.live_answer import Request
from advgui.outcomes import Sweep
from advgui.pipeline import Batch
from advgui.types import Scenario

_log = logging.getLogger(__name__)

# Where an attack is one step along a direction that is known already. The first portion has the shape of the whole.
_FINE = 32
_PORTIONS = (range(0, 33, 4), range(2, 33, 4), range(1, 17, 2), range(17, 33, 2))
# Where every strength costs an attack of its own, or several draws; close together where most happens.
_COARSE = (0, 1, 2, 3, 4, 6, 8, 12, 16)
_KEPT = 200  # curves of images and settings that were looked at before


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve, or as much of it as there is.

    Attributes:
        scenario: At no particular strength.
        network: Which classifier it attacks.
        end: Where its axis ends.
        sweep: What was computed so far.
        points: How many strengths there are to be.
    """

    scenario: Scenario
    network: str
    end: float
    sweep: Sweep
    points: int

    @property
    def is_complete(self) -> bool:
        """Whether no strength is missing."""
        return len(self.sweep.strengths) == self.points


@dataclass(frozen=True, eq=False)
class CurvesDrawn:
    """The curves of a request, as far as they are.

    Attributes:
        number: The request's.
        selection: The image.
        curves: One for each scenario of which something is known.
    """

    number: int
    selection: Selection
    curves: tuple[Curve, ...]


def portions(scenario: Scenario, end: float) -> list[tuple[float, ...]]:
    """Return the strengths of a curve, those that are computed together in a tuple, in the order of computation."""
    if isinstance(ATTACKS[scenario.attack.name], DirectionAttack) and scenario.draws == 1:
        return [tuple(place * end / _FINE for place in portion) for portion in _PORTIONS]
    return [(place * end / _COARSE[-1],) for place in _COARSE]


class Curves:
    """Computes the curves that are wanted, and keeps those of before: a curve that was left goes on where it was."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Work] = {}
        self._wanted: list[_Work] = []
        self._number = 0
        self._selection: Selection | None = None

    def want(self, request: Request, batches: Sequence[Batch]) -> CurvesDrawn:
        """Say what is to be drawn from now on.

        Args:
            request: With an axis for each scenario that is to have a curve.
            batches: Its image, for each scenario one on its network.

        Returns:
            What is known already.
        """
        self._number, self._selection, self._wanted = request.number, request.selection, []
        networks = request.networks or (STANDARD,) * len(request.scenarios)
        for scenario, end, network, batch in zip(request.scenarios, request.ends, networks, batches, strict=False):
            if scenario.attack.name not in ATTACKS:
                continue  # its plug-in has just been closed
            used = [DEFENSES.get(link.name) for link in scenario.chain]
            key: Hashable = (
                request.selection,
                scenario.at(0.0),
                network,
                end,
                ATTACKS[scenario.attack.name],
                tuple(used),
            )
            work = self._kept.pop(key, None) or _Work(batch, scenario.at(0.0), network, end)
            self._kept[key] = work  # last, because it is the newest
            self._wanted.append(work)
        for key in list(self._kept)[:-_KEPT]:
            del self._kept[key]
        return self._drawn(request.selection)

    @property
    def is_drawing(self) -> bool:
        """Whether anything that is wanted is missing."""
        return any(work.is_going for work in self._wanted)

    def rest(self) -> None:
        """Draw nothing until something is wanted again."""
        self._wanted = []

    def advance(self) -> CurvesDrawn | None:
        """Compute a little more; return what there is to show if that is more than before."""
        going = [work for work in self._wanted if work.is_going]
        if self._selection is None or not going:
            return None
        # Side by side: the one that has least comes first.
        return self._drawn(self._selection) if min(going, key=_Work.share).advance() else None

    def _drawn(self, selection: Selection) -> CurvesDrawn:
        return CurvesDrawn(
            self._number, selection, tuple(work.curve for work in self._wanted if work.curve is not None)
        )


class _Work:
    """One curve at work.

    Attributes:
        curve: What is known; None before the first portion.
        is_going: Whether portions are missing.
    """

    def __init__(self, batch: Batch, scenario: Scenario, network: str, end: float) -> None:
        self.curve: Curve | None = None
        self.is_going = True
        # With the images of every column in it: let go of as soon as the curve needs it no more, while that is kept.
        self._batch: Batch | None = batch
        self._scenario, self._network, self._end = scenario, network, end
        self._portions = portions(scenario, end)
        self._points = sum(map(len, self._portions))
        self._steps: Generator[None, None, Sweep] | None = None

    def share(self) -> float:
        """Return how much of it is there, from 0 to 1."""
        return 0.0 if self.curve is None else len(self.curve.sweep.strengths) / self._points

    def advance(self) -> bool:
        """Compute a little more; return whether a portion has become complete."""
        try:
            if self._steps is None:
                assert self._batch is not None
                self._steps = self._batch.sweep(self._scenario, self._portions[0])
            next(self._steps)
        except StopIteration as end:
            self._steps = None
            del self._portions[0]
            sweep: Sweep = end.value if self.curve is None else self.curve.sweep.joined(end.value)
            self.curve = Curve(self._scenario, self._network, self._end, sweep, self._points)
            self._go_on(bool(self._portions))
            return True
        except Exception as error:  # the panels have told it already, or will
            _log.warning("There is no curve for '%s': %s", self._scenario.attack.name, error)
            self._go_on(False)
        return False

    def _go_on(self, is_going: bool) -> None:
        self.is_going = is_going
        if not is_going:
            self._batch = self._steps = None
