"""What an evaluation found, as plain data: predictions image by image, from which every number is derived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from advgui.attacks import ATTACKS
from advgui.evaluation import intervals
from advgui.evaluation.intervals import Paired, Tally
from advgui.outcomes import Effort
from advgui.scenarios import starts_standardized, threat_model
from advgui.types import ATTACKED, CLEAN, Column, IntArray, NetworkFile, PluginFile, Scenario

SmallIntArray = NDArray[np.int16]
_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class Provenance:
    """What ran, where: together with the scenarios everything that is needed to repeat an evaluation.

    Attributes:
        advgui: Version of this program.
        device: Where it computed, "CPU" or the GPU's name.
        platform: Operating system and processor.
        packages: Versions of Python and of the packages that compute, by name.
        networks: The network files, by what they do.
        plugins: The plug-ins' files, by the names of the attacks and mitigations that are from them.
        machines: Names of the machines of a cluster that took part.
    """

    advgui: str
    device: str
    platform: str
    packages: Mapping[str, str]
    networks: Mapping[str, NetworkFile]
    plugins: Mapping[str, PluginFile] = field(default_factory=dict)
    machines: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """One scenario on a data set.

    Attributes:
        scenario: What was done to every image; a strength of 0 makes it a control: no attack, but the mitigations.
        predictions: For the key of each computed column the predicted classes, int16 (N,).
        linf: Largest change of any value by the attack, in the units of what the attack is given: the pixel range, or
            standard deviations for noise on standardized pixels.
        clipped: Number of values that clipping to the bounds changed.
        values: Number of values in all (pixels times channels).
        l2: Largest Euclidean length of an image's change, in the same units; None in reports of earlier versions.
        effort: What the attack cost for all images; None in reports of earlier versions.
    """

    scenario: Scenario
    predictions: Mapping[str, SmallIntArray]
    linf: float
    clipped: int
    values: int
    l2: float | None = None
    effort: Effort | None = None

    @property
    def is_control(self) -> bool:
        """Whether the attack does nothing, so that the row shows what each mitigation costs."""
        return self.scenario.strength == 0

    @property
    def clipped_share(self) -> float:
        """The share of values that clipping changed, in [0, 1]; 0 where nothing was counted."""
        return self.clipped / self.values if self.values else 0.0

    @property
    def threat_model(self) -> str:
        """Strength and knowledge of the attacker, in one line."""
        return threat_model(self.scenario)


@dataclass(frozen=True, eq=False)
class Report:
    """What an evaluation found.

    Attributes:
        dataset: Name of the data set.
        class_names: One for each class.
        ranges: What was planned: positions in the data set from the first, up to but without the second; in order.
        indices: int64 (N,), the indices of the images that were evaluated, in ascending order.
        labels: int64 (N,), their true classes.
        runs: One for each scenario, in the order of the plan.
        provenance: What ran, where.
    """

    dataset: str
    class_names: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]
    indices: IntArray
    labels: IntArray
    runs: tuple[Run, ...]
    provenance: Provenance

    @property
    def images(self) -> int:
        """Number of images that were evaluated."""
        return len(self.indices)

    @property
    def planned(self) -> int:
        """Number of images that were to be evaluated."""
        return sum(stop - start for start, stop in self.ranges)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the chain, which is the same for all runs; one that is off was not computed."""
        return self.runs[0].scenario.all_columns

    @property
    def complete(self) -> bool:
        """Whether every planned image was evaluated."""
        return self.images == self.planned

    def _correct(self, run: Run, column: str) -> NDArray[np.bool_]:
        return np.equal(run.predictions[column], self.labels)

    def tally(self, run: Run, column: str) -> Tally:
        """Count the correct predictions of a computed column."""
        return intervals.tally(self.labels, run.predictions[column])

    def success(self, run: Run, column: str) -> Tally:
        """Count the images of other classes that are taken for the target of a targeted attack.

        Images whose true class is the target do not count: for them nothing is to be reached.

        Raises:
            ValueError: The attack has no target.
        """
        target = run.scenario.target
        if target is None:
            raise ValueError("This attack has no target: there is no rate of success to count.")
        others = self.labels != target
        reached = others & (run.predictions[column] == target)
        return Tally(int(np.count_nonzero(reached)), int(np.count_nonzero(others)))

    def per_class(self, run: Run, column: str) -> tuple[Tally, ...]:
        """Count the correct predictions of a computed column for each true class."""
        totals = np.bincount(self.labels, minlength=len(self.class_names))
        right = np.bincount(self.labels[self._correct(run, column)], minlength=len(self.class_names))
        return tuple(Tally(int(correct), int(total)) for correct, total in zip(right, totals, strict=True))

    def confusion(self, run: Run, column: str) -> IntArray:
        """Return the confusion matrix of a computed column, int64 (true classes, predicted classes)."""
        return intervals.confusion(self.labels, run.predictions[column], len(self.class_names))

    def paired(self, run: Run, column: str) -> Paired:
        """Return what a mitigation's column fixed and broke in comparison with column (b)."""
        return intervals.paired(self.indices, self._correct(run, ATTACKED), self._correct(run, column))


def as_measured(linf: float, strength: float) -> float:
    """Return a largest change in the precision of the strength.

    Changes are measured in float32, where 8/255 is 0.03137255, which is more than 8/255. A change that is the strength
    in float32 is the strength.

    Args:
        linf: Measured, a float32 number.
        strength: Of the attack.
    """
    return strength if np.float32(linf) == np.float32(strength) else linf


def largest_change(scenario: Scenario) -> float:
    """Return the most by which a scenario's attack may change a value, in the units of what it is given."""
    if starts_standardized(scenario):
        return inf  # clipping to [0, 1] moves standardized pixels however little noise there is
    bounded = ATTACKS[scenario.attack.name].norm is not None
    return scenario.strength if bounded or not scenario.strength else 1.0


def mitigations(run: Run) -> tuple[str, ...]:
    """Return the keys of the computed columns that stand against column (b)."""
    return tuple(key for key in run.predictions if key not in (CLEAN, ATTACKED))


def merge(reports: Sequence[Report]) -> Report:
    """Put reports on different images of one data set together.

    Args:
        reports: At least one, from the same scenarios, networks and data set, without common images. They may come from
            different machines and be partial.

    Returns:
        The report that one evaluation of all the images would have given; its images are in the order of their indices.

    Raises:
        ValueError: The reports do not belong together, or share images.
    """
    if not reports:
        raise ValueError("There is nothing to merge, expected at least one report.")
    first = reports[0]
    scenarios = [run.scenario for run in first.runs]
    for other in reports[1:]:
        if (other.dataset, other.class_names) != (first.dataset, first.class_names):
            raise ValueError(f"Reports on '{first.dataset}' and on '{other.dataset}', expected the same data set.")
        if hashes(other.provenance) != hashes(first.provenance):
            raise ValueError("The reports come from different networks, expected the same SHA-256 for each.")
        if other.provenance.plugins != first.provenance.plugins:
            raise ValueError("The reports come from different plug-ins, expected the same SHA-256 for each.")
        if [run.scenario for run in other.runs] != scenarios:
            raise ValueError("The reports are on different scenarios, expected the same attacks, strengths and seeds.")
    indices = np.concatenate([report.indices for report in reports])
    order = np.argsort(indices, kind="stable")
    planned = sorted(span for report in reports for span in report.ranges)
    if len(np.unique(indices)) < len(indices) or any(a[1] > b[0] for a, b in pairwise(planned)):
        raise ValueError("The reports have images in common, expected each image in one report alone.")
    return Report(
        dataset=first.dataset,
        class_names=first.class_names,
        ranges=_joined(planned),
        indices=indices[order],
        labels=np.concatenate([report.labels for report in reports])[order],
        runs=tuple(_merged_run([report.runs[n] for report in reports], order) for n in range(len(scenarios))),
        provenance=merged_provenance([report.provenance for report in reports]),
    )


def hashes(provenance: Provenance) -> dict[str, str]:
    """Return the SHA-256 of each network, by what it does."""
    return {role: network.sha256 for role, network in provenance.networks.items()}


def _merged_run(runs: Sequence[Run], order: IntArray) -> Run:
    lengths = [run.l2 for run in runs if run.l2 is not None]
    efforts = [run.effort for run in runs if run.effort is not None]
    return Run(
        scenario=runs[0].scenario,
        predictions={
            column: np.concatenate([run.predictions[column] for run in runs])[order] for column in runs[0].predictions
        },
        linf=max(run.linf for run in runs),
        clipped=sum(run.clipped for run in runs),
        values=sum(run.values for run in runs),
        l2=max(lengths) if len(lengths) == len(runs) else None,
        effort=sum(efforts, Effort()) if len(efforts) == len(runs) else None,
    )


def _joined(ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join ranges, given in order, where one ends and the next begins."""
    joined: list[tuple[int, int]] = []
    for start, stop in ranges:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return tuple(joined)


def merged_provenance(all_of_them: Sequence[Provenance]) -> Provenance:
    """Return what ran where, of parts from the same networks: every machine and version is named."""
    first = all_of_them[0]

    def different(texts: Sequence[str]) -> str:
        # What was merged before is merged again.
        return " + ".join(dict.fromkeys(part for text in texts for part in text.split(" + ")))

    return replace(
        first,
        advgui=different([one.advgui for one in all_of_them]),
        device=different([one.device for one in all_of_them]),
        platform=different([one.platform for one in all_of_them]),
        packages={
            name: different([one.packages[name] for one in all_of_them if name in one.packages])
            for name in dict.fromkeys(name for one in all_of_them for name in one.packages)
        },
        machines=tuple(sorted({machine for one in all_of_them for machine in one.machines})),
    )
