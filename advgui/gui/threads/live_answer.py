"""A live request at work, a small piece at a time, so that nothing waits long for it."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from threading import Event

from advgui.attacks import ATTACKS, IteratedAttack
from advgui.certification.smoothing import Smoothing
from advgui.errors import Cancelled
from advgui.gui.session import Selection
from advgui.outcomes import Outcome
from advgui.pipeline import Batch, Stage
from advgui.types import Scenario

# How long a first answer may take that is out of date already. While a slider is dragged, one is always out of date,
# and nothing would be seen if none was finished; beyond this, what is asked for now has to be done first.
PATIENCE = 0.15  # seconds


class Dropped(Cancelled):
    """A request was given up for a newer one, or because the window was closed."""


@dataclass(frozen=True, eq=False)
class Request:
    """An image and what to do with it.

    Attributes:
        number: Grows with time.
        selection: The image.
        scenarios: What to do, one for each row of panels.
        afresh: Whether what was computed for this image before is not to be used.
        ends: Where the axes of the scenarios' curves end, one for each; none where no curves are wanted.
        networks: Which classifier each scenario attacks; none where all attack the standard one.
        smoothing: How noisy copies of the image vote afterwards, on the network of the first scenario; None without.
        outdated: Set by the GUI thread when there is a newer request.
        seen: Set by the GUI thread when the result that was sent last has been shown.
    """

    number: int
    selection: Selection
    scenarios: tuple[Scenario, ...]
    afresh: bool = False
    ends: tuple[float, ...] = ()
    networks: tuple[str, ...] = ()
    smoothing: Smoothing | None = None
    outdated: Event = field(default_factory=Event)
    seen: Event = field(default_factory=Event)


@dataclass(frozen=True, eq=False)
class Result:
    """The answer to a request, or how far it has come.

    Attributes:
        number: The request's.
        selection: The image.
        outcomes: One for each scenario; all arrays are read-only.
        milliseconds: What computing took so far, without pauses.
        networks: As in the request.
    """

    number: int
    selection: Selection
    outcomes: tuple[Outcome, ...]
    milliseconds: float
    networks: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether all attacks have finished and all draws are there: no other result of this request follows."""
        return not self.is_attacking and not self.is_voting

    @property
    def is_attacking(self) -> bool:
        """Whether an attack has not finished."""
        return any(outcome.position is not None for outcome in self.outcomes)

    @property
    def is_voting(self) -> bool:
        """Whether draws of random mitigations are still to come, for what the attacks have made so far."""
        return any(outcome.draws_left > 0 for outcome in self.outcomes)

    @property
    def iterated(self) -> tuple[Outcome, ...]:
        """The outcomes of attacks in many steps, finished or not."""
        return tuple(
            outcome
            for outcome in self.outcomes
            if isinstance(ATTACKS.get(outcome.scenario.attack.name), IteratedAttack) and outcome.scenario.strength > 0
        )


class Answer:
    """Computes what was asked for, a turn at a time.

    A turn takes one step of one attack, or computes the columns after one, or one more draw of random mitigations.
    Attacks in many steps go on side by side. Unless they are held, not every step is shown: a result is sent when the
    last one has been seen, and as often as showing takes no more than half of the time. After a step there is one draw;
    where several are wanted, the others follow when the attack has finished, or is held.

    Args:
        request: What was asked for.
        batches: Its image, for each scenario one on its network.
        stop: Set when the window is closed.
        held: Set while every step is to be shown.
    """

    def __init__(self, request: Request, batches: Sequence[Batch], stop: Event, held: Event) -> None:
        self.request = request
        self._stop, self._held = stop, held
        self._rows = [
            _Row(batch.stages(scenario, self.check)) for scenario, batch in zip(request.scenarios, batches, strict=True)
        ]
        self._turns = self._all_turns()
        self._sent = False
        # In seconds of the performance counter.
        self._began = self._spent = 0.0
        self._shown_at = self._showing_took = 0.0

    def advance(self) -> Result | None:
        """Take a turn.

        Returns:
            What is to be shown now, if anything. The final one is the last.

        Raises:
            Dropped: It is given up.
        """
        self._began = time.perf_counter()
        try:
            self.check()
            return next(self._turns)
        finally:
            self._spent = self._so_far
            self._began = 0.0

    def check(self) -> None:
        """Give up if that is due (see `PATIENCE`).

        Raises:
            Dropped: It is.
        """
        if self._stop.is_set():
            raise Dropped("The window was closed.")
        if self.request.outdated.is_set() and (self._sent or self._so_far > PATIENCE):
            raise Dropped("There is a newer request.")

    @property
    def _so_far(self) -> float:
        return self._spent + (time.perf_counter() - self._began if self._began else 0.0)

    def _all_turns(self) -> Generator[Result | None, None, None]:
        while going := [row for row in self._rows if row.outcome is None]:
            if self._held.is_set() and any(row.is_voting for row in going):
                yield from self._one_draw([row for row in going if row.is_voting])
                continue
            for row in going:
                row.advance()
                if any(row.outcome is None for row in self._rows):
                    yield None
            going = [row for row in going if row.outcome is None]
            if going and self._is_due():
                before = self._spent
                for row in going[:-1]:
                    row.look()
                    yield None
                going[-1].look()
                self._shown_at, self._showing_took = self._so_far, self._so_far - before
                yield self._result()
        yield self._result()

    def _one_draw(self, voting: Sequence["_Row"]) -> Generator[Result | None, None, None]:
        """Take one more draw for rows whose attacks are held, or have finished beside one that is."""
        for row in voting[:-1]:
            row.take_draw()
            yield None
        voting[-1].take_draw()
        if all(row.outcome is not None for row in self._rows):
            return
        done = not any(row.is_voting for row in self._rows)
        yield self._result() if done or self._has_been_seen else None

    def _is_due(self) -> bool:
        return self._held.is_set() or not self._sent or self._has_been_seen

    @property
    def _has_been_seen(self) -> bool:
        return self.request.seen.is_set() and self._so_far - self._shown_at >= self._showing_took

    def _result(self) -> Result:
        self._sent = True
        self.request.seen.clear()
        outcomes = tuple(row.shown for row in self._rows)
        asked = self.request
        return Result(asked.number, asked.selection, outcomes, self._so_far * 1000, asked.networks)


class _Row:
    """One attack of several.

    Attributes:
        outcome: What it has come to; None before its end.
    """

    def __init__(self, stages: Generator[Stage, None, Outcome]) -> None:
        self.outcome: Outcome | None = None
        self._stages = stages
        self._stage: Stage | None = None
        self._seen: Outcome | None = None

    def advance(self) -> None:
        """Take a step, or one more draw after the last, or end."""
        try:
            self._stage = next(self._stages)
        except StopIteration as end:
            self.outcome = end.value

    def look(self) -> None:
        """Compute the columns after the step."""
        assert self._stage is not None
        self._seen = self._stage.outcome()

    @property
    def is_voting(self) -> bool:
        """Whether draws are missing for what there is to see."""
        return self.outcome is None and self._seen is not None and self._seen.draws_left > 0

    def take_draw(self) -> None:
        """Take one more draw for what there is to see; its attack goes no further."""
        assert self._stage is not None
        if self._stage.step == 0:
            self.advance()
        if self.outcome is None:
            self.look()

    @property
    def shown(self) -> Outcome:
        """What there is to see."""
        shown = self.outcome or self._seen
        assert shown is not None
        return shown
