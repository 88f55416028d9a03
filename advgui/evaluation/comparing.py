"""Runs of one report held against each other, image by image: which attack is the stronger one, beyond chance."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advgui.attacks import ATTACKS, Access, Attack, IteratedAttack
from advgui.evaluation.intervals import CONFIDENCE, Tally, sign_test, tally
from advgui.evaluation.report import Run
from advgui.scenarios import attack_text, averaged_draws, defense_label, known_names, protocol_text
from advgui.types import CLEAN, Column, IntArray, ProtocolName, Scenario

# Beyond the 95 % interval on one side.
LEVEL = (1 - CONFIDENCE) / 2
# With fewer images not even all of them together are beyond it: 0.5**6 is the first power below.
FEWEST_IMAGES = 6


class State(StrEnum):
    """What a check says."""

    GREEN = "green"
    # A contradiction with a known reason, or too weak a one for red.
    AMBER = "amber"
    RED = "red"
    # It does not apply, or what it needs is not there.
    GREY = "grey"


class Verdict(NamedTuple):
    """What a check says of one run, or of two.

    Attributes:
        state: The worst that can be said.
        numbers: What it was derived from.
        margin: Of verdicts in the same state, that with the smallest is the worst.
    """

    state: State
    numbers: str
    margin: float = 0.0


@dataclass(frozen=True, eq=False)
class Findings:
    """What is held against itself.

    Attributes:
        runs: All on the same images.
        labels: int64 (N,), the true classes.
        classes: How many there are.
    """

    runs: tuple[Run, ...]
    labels: IntArray
    classes: int

    @property
    def chance(self) -> float:
        """The accuracy of guessing, 1/classes."""
        return 1 / self.classes

    def held(self, run: Run, column: Column, target: int | None) -> NDArray[np.bool_]:
        """Return which images hold out, bool (N,): an attacker with this goal has not reached it there."""
        predicted = run.predictions[column.key]
        return np.equal(predicted, self.labels) if target is None else np.not_equal(predicted, target)

    def contradiction(self, stronger: Run, weaker: Run, aim: Scenario, comparisons: int, excuse: str = "") -> Verdict:
        """Ask whether more images hold out against what should be the stronger attack.

        Amber is beyond the interval of a single comparison; red also where it is considered how many there were
        (Bonferroni), and nothing excuses it.

        Args:
            stronger: Should leave at most as many images as the other.
            weaker: That other.
            aim: Whose goal counts, in the column that it aims at (see `aimed_at`).
            comparisons: How many there are of this kind.
            excuse: A known reason for a contradiction, as a sentence.
        """
        column = aimed_at(aim)
        assert column is not None
        first, second = (self.held(run, column, aim.target) for run in (stronger, weaker))
        more, fewer = int(np.count_nonzero(first & ~second)), int(np.count_nonzero(~first & second))
        probability = sign_test(more, fewer)
        numbers = (
            f"{share(first)} of the images hold out in ({column.letter}) against {described(stronger)}, "
            f"{share(second)} against {described(weaker)}; {more:,} against the former alone, {fewer:,} against the "
            f"latter alone (sign test, p = {probability:.2g})."
        )
        if probability > LEVEL:
            return Verdict(State.GREEN, numbers, probability)
        if excuse:
            return Verdict(State.AMBER, f"{numbers} {excuse}", probability)
        return Verdict(State.AMBER if probability > LEVEL / comparisons else State.RED, numbers, probability)

    def left(self, run: Run, column: Column) -> Tally:
        """Count the correct predictions."""
        return tally(self.labels, run.predictions[column.key])


def attack_of(run: Run) -> Attack | None:
    """Return a run's attack; None where it is not known, such as that of a plug-in that was closed."""
    return ATTACKS.get(run.scenario.attack.name)


def accesses(run: Run) -> Access | None:
    """Return what a run's attack uses of what it attacks; None where it is not known."""
    attack = attack_of(run)
    return None if attack is None else attack.access


def is_iterated(run: Run) -> bool:
    """Return whether a run's attack takes more than one step."""
    return isinstance(attack_of(run), IteratedAttack)


def aimed_at(scenario: Scenario) -> Column | None:
    """Return the column that an attacker aims at: behind exactly the mitigations that it takes into account.

    Random noise aims at nothing; its column is (b). There is none for an attacker who knows some of several mitigations
    that have no column of their own together.
    """
    known = set(known_names(scenario))
    return next((one for one in scenario.columns if one.key != CLEAN and set(one.links) == known), None)


def setting(run: Run) -> Hashable:
    """Return everything that runs have in common whose attacks may be held against each other."""
    scenario = run.scenario
    return (
        scenario.protocol,
        scenario.chain,
        scenario.seed,
        scenario.draws,
        scenario.rule,
        scenario.target,
        known_names(scenario),
        averaged_draws(scenario),
    )


def size(run: Run) -> Hashable:
    """Return norm and strength of a run's attack; None where its strength bounds no norm."""
    attack = attack_of(run)
    return None if attack is None or attack.norm is None else (attack.norm, run.scenario.strength)


def share(held: NDArray[np.bool_]) -> str:
    """Return the share of images that hold out, such as "9.7 %"."""
    return f"{100 * held.mean():.1f} %"


def described(run: Run) -> str:
    """Return an attack in a few words, such as "PGD, ε = 8/255, who knows the autoencoder"."""
    scenario, known = run.scenario, known_names(run.scenario)
    words = "no attack" if run.is_control else attack_text(scenario)
    if known and not run.is_control:
        words += f", who knows the {' and the '.join(defense_label(name).lower() for name in known)}"
    return words if scenario.protocol is ProtocolName.CORRECTED else f"{words} ({protocol_text(scenario)})"


def worst(verdicts: Sequence[Verdict], otherwise: str) -> Verdict:
    """Return the worst of the verdicts, red before amber before green before grey, and of how many it is that.

    Args:
        verdicts: In any order.
        otherwise: The reason for grey where there are none.
    """
    if not verdicts:
        return Verdict(State.GREY, otherwise)
    order = (State.RED, State.AMBER, State.GREEN, State.GREY)
    chosen = min(verdicts, key=lambda one: (order.index(one.state), one.margin))
    if len(verdicts) == 1 or chosen.state is State.GREY:
        return chosen
    alike = sum(verdict.state is chosen.state for verdict in verdicts)
    how_many = f"{alike} of {len(verdicts)} {'is' if alike == 1 else 'are'} {chosen.state}"
    which = "" if alike == 1 else "; the worst of them"
    return chosen._replace(numbers=f"{how_many}{which}: {chosen.numbers}")
