"""What an evaluation found, as plain data: predictions image by image, from which every number is derived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from advgui.attacks import ATTACKS
from advgui.evaluation import intervals as statistics
from advgui.evaluation.intervals import Paired, Tally
from advgui.types import Column, IntArray, ProtocolName, Reading, Scenario

SmallIntArray = NDArray[np.int16]
_Entry = TypeVar("_Entry")

# How parameters are written in formulas, where that is not their name.
_SYMBOLS: Mapping[str, str] = {"epsilon": "ε"}


@dataclass(frozen=True)
class NetworkFile:
    """A network's file.

    Attributes:
        name: Without folder and suffix.
        sha256: In hexadecimal.
    """

    name: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """What ran, where: together with the scenarios everything that is needed to repeat an evaluation.

    Attributes:
        advgui: Version of this program.
        device: Where it computed, "CPU" or the GPU's name.
        platform: Operating system and processor.
        packages: Versions of Python and of the packages that compute, by name.
        networks: The network files, by what they do.
    """

    advgui: str
    device: str
    platform: str
    packages: Mapping[str, str]
    networks: Mapping[str, NetworkFile]


@dataclass(frozen=True, eq=False)
class Run:
    """One scenario on a data set.

    Attributes:
        scenario: What was done to every image; a strength of 0 makes it a control: no attack, but the mitigations.
        predictions: For each computed column the predicted classes, int16 (N,).
        linf: Largest change of any value by the attack, in the units of what the attack is given: the pixel range, or
            standard deviations for noise on standardised pixels.
        clipped: Number of values that clipping to the bounds changed.
        values: Number of values in all (pixels times channels).
    """

    scenario: Scenario
    predictions: Mapping[Column, SmallIntArray]
    linf: float
    clipped: int
    values: int

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
    def complete(self) -> bool:
        """Whether every planned image was evaluated."""
        return self.images == self.planned

    def _correct(self, run: Run, column: Column) -> NDArray[np.bool_]:
        return np.equal(run.predictions[column], self.labels)

    def tally(self, run: Run, column: Column) -> Tally:
        """Count the correct predictions of a computed column."""
        return statistics.tally(self.labels, run.predictions[column])

    def per_class(self, run: Run, column: Column) -> tuple[Tally, ...]:
        """Count the correct predictions of a computed column for each true class."""
        totals = np.bincount(self.labels, minlength=len(self.class_names))
        right = np.bincount(self.labels[self._correct(run, column)], minlength=len(self.class_names))
        return tuple(Tally(int(correct), int(total)) for correct, total in zip(right, totals, strict=True))

    def confusion(self, run: Run, column: Column) -> IntArray:
        """Return the confusion matrix of a computed column, int64 (true classes, predicted classes)."""
        return statistics.confusion(self.labels, run.predictions[column], len(self.class_names))

    def paired(self, run: Run, column: Column) -> Paired:
        """Return what a mitigation's column fixed and broke in comparison with column (b)."""
        return statistics.paired(self.indices, self._correct(run, Column.ATTACKED), self._correct(run, column))


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
    if readings_differ(scenario.protocol, scenario.attack) and scenario.reading is Reading.STANDARDIZED:
        return inf  # clipping to [0, 1] moves standardised pixels however little noise there is
    return scenario.strength if ATTACKS[scenario.attack].in_linf_ball or not scenario.strength else 1.0


def mitigations(run: Run) -> tuple[Column, ...]:
    """Return the computed columns that stand against column (b)."""
    return tuple(column for column in run.predictions if column not in (Column.CLEAN, Column.ATTACKED))


def strength_text(attack: str, strength: float) -> str:
    """Return a strength as people write it, such as "8/255 (0.0314)", "12.75/255 (0.05)" or "0.1"."""
    if strength == 0 or not ATTACKS[attack].parameter.in_255ths:
        return f"{strength:.4g}"
    return f"{strength * 255:.4g}/255 ({strength:.3g})"


def strength_phrase(attack: str, strength: float) -> str:
    """Return a strength with its name, short enough for a caption: "ε = 8/255" or "noise_param = 0.1"."""
    parameter = ATTACKS[attack].parameter
    text = f"{strength * 255:.4g}/255" if parameter.in_255ths and strength else f"{strength:.4g}"
    return f"{_SYMBOLS.get(parameter.name, parameter.name)} = {text}"


def scenario_text(*scenarios: Scenario) -> str:
    """Return attack, strength, seed and protocol in one line, such as "FGSM, ε = 8/255 · seed 0 · corrected".

    Args:
        scenarios: One, or several that differ in their attack; of several only the strengths are named.
    """
    first = scenarios[0]
    strengths = [strength_phrase(each.attack, each.strength) for each in scenarios]
    if len(scenarios) == 1:
        strengths = [f"{ATTACKS[first.attack].label}, {strengths[0]}"]
    draws = [f"{first.draws} draws"] if first.draws > 1 else []
    protocol = max(map(protocol_text, scenarios), key=len)  # that of Gaussian noise may say more
    return " · ".join([*strengths, f"seed {first.seed}", *draws, protocol])


def threat_model(scenario: Scenario) -> str:
    """Return strength and knowledge of a scenario's attacker, in one line."""
    attack = ATTACKS[scenario.attack]
    strength = f"{attack.parameter.name} {strength_text(scenario.attack, scenario.strength)}"
    return f"{attack.label}, {strength}, {attack.threat_model}"


def readings_differ(protocol: ProtocolName, attack: str) -> bool:
    """Return whether the two readings of the published Gaussian attack are different scenarios."""
    return protocol is ProtocolName.AS_PUBLISHED and attack == "gaussian"


def protocol_text(scenario: Scenario) -> str:
    """Return a scenario's protocol, with the reading of the attack where there are two."""
    if scenario.protocol is ProtocolName.CORRECTED:
        return "corrected"
    if not readings_differ(scenario.protocol, scenario.attack):
        return "as published"
    reading = {Reading.STANDARDIZED: "noise on standardised pixels", Reading.SCALED: "noise on x/255"}
    return f"as published, {reading[scenario.reading]}"


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
        if _hashes(other) != _hashes(first):
            raise ValueError("The reports come from different networks, expected the same SHA-256 for each.")
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
        provenance=_merged_provenance([report.provenance for report in reports]),
    )


def _hashes(report: Report) -> dict[str, str]:
    return {role: network.sha256 for role, network in report.provenance.networks.items()}


def _merged_run(runs: Sequence[Run], order: IntArray) -> Run:
    return Run(
        scenario=runs[0].scenario,
        predictions={
            column: np.concatenate([run.predictions[column] for run in runs])[order] for column in runs[0].predictions
        },
        linf=max(run.linf for run in runs),
        clipped=sum(run.clipped for run in runs),
        values=sum(run.values for run in runs),
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


def _merged_provenance(all_of_them: Sequence[Provenance]) -> Provenance:
    first = all_of_them[0]

    def different(texts: Sequence[str]) -> str:
        return " + ".join(dict.fromkeys(texts))

    return replace(
        first,
        advgui=different([one.advgui for one in all_of_them]),
        device=different([one.device for one in all_of_them]),
        platform=different([one.platform for one in all_of_them]),
        packages={
            name: different([one.packages[name] for one in all_of_them if name in one.packages])
            for name in dict.fromkeys(name for one in all_of_them for name in one.packages)
        },
    )
