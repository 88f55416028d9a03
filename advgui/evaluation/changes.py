"""Two reports held against each other, image by image: what is more accurate in which, beyond chance or not."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from advgui.errors import AdvguiError
from advgui.evaluation.comparing import LEVEL
from advgui.evaluation.intervals import Tally, sign_test, tally
from advgui.evaluation.report import Report, Run
from advgui.scenarios import known_names
from advgui.types import CLEAN, Column


@dataclass(frozen=True, eq=False)
class Change:
    """One accuracy in two reports, on the images that both have.

    Attributes:
        run: Of the first report.
        column: Of the first report.
        before: Correct predictions in the first report.
        after: Those in the second.
        gained: Images that are right in the second alone.
        lost: Images that are right in the first alone.
    """

    run: Run
    column: Column
    before: Tally
    after: Tally
    gained: int
    lost: int

    @property
    def points(self) -> float:
        """Percentage points that the second report is more accurate."""
        return 100 * (self.after.accuracy - self.before.accuracy)

    @property
    def probability(self) -> float:
        """How likely chance alone makes them differ as much: the two-sided sign test, in (0, 1]."""
        return min(1.0, 2 * sign_test(max(self.gained, self.lost), min(self.gained, self.lost)))

    @property
    def is_beyond_chance(self) -> bool:
        """Whether chance alone does so in less than one case of twenty."""
        return self.probability <= 2 * LEVEL


@dataclass(frozen=True, eq=False)
class Changes:
    """What two reports have in common.

    Attributes:
        images: How many both have.
        found: A change for each run and column of the first report that the second has too, in the first one's order.
    """

    images: int
    found: tuple[Change, ...]


def changes(first: Report, second: Report) -> Changes:
    """Hold a report against another one.

    Runs go together whose attack, strength, protocol and goal are the same, and whose attacker knows the same
    mitigations; seeds, networks and draws may be others. Columns go together that show the same mitigations.

    Args:
        first: What is compared with.
        second: What is compared.

    Raises:
        AdvguiError: They have no image or no run in common.
    """
    if (first.dataset, first.class_names) != (second.dataset, second.class_names):
        raise AdvguiError(
            f"One result is on '{first.dataset}', the other on '{second.dataset}'. Expected the same data set: choose "
            "another result."
        )
    indices, here, there = np.intersect1d(first.indices, second.indices, assume_unique=True, return_indices=True)
    if not len(indices) or not np.array_equal(first.labels[here], second.labels[there]):
        raise AdvguiError(
            f"The two results have {len(indices):,} images in common, expected one or more, with equal true classes. "
            "Choose another result."
        )
    labels = first.labels[here]
    others = {_what(run): run for run in second.runs}
    found = []
    for run in first.runs:
        other = others.get(_what(run))
        columns = {} if other is None else {_shows(column): column.key for column in other.scenario.columns}
        for column in run.scenario.columns:
            if other is None or _shows(column) not in columns:
                continue
            before = run.predictions[column.key][here]
            after = other.predictions[columns[_shows(column)]][there]
            was, now = before == labels, after == labels
            found.append(
                Change(
                    run=run,
                    column=column,
                    before=tally(labels, before),
                    after=tally(labels, after),
                    gained=int(np.count_nonzero(now & ~was)),
                    lost=int(np.count_nonzero(was & ~now)),
                )
            )
    if not found:
        raise AdvguiError(
            "The two results have no attack and strength in common, expected at least one. Choose another result."
        )
    return Changes(len(indices), tuple(found))


def _what(run: Run) -> Hashable:
    scenario = run.scenario
    knows = () if run.is_control else known_names(scenario)
    return scenario.attack, scenario.protocol, scenario.target, frozenset(knows)


def _shows(column: Column) -> Hashable:
    return column.key == CLEAN, column.links
