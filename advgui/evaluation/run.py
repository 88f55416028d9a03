"""Accuracy tables and curves: the window's pipeline on a whole data set, as a generator that can stop at any time."""

import platform
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from advgui import __version__, images
from advgui.attacks import ATTACKS
from advgui.errors import AdvguiError
from advgui.evaluation.report import NetworkFile, Provenance, Report, Run, SmallIntArray, as_measured, readings_differ
from advgui.types import Column, FloatArray, IntArray, Outcome, ProtocolName, Reading, Scenario

if TYPE_CHECKING:  # importing it imports TensorFlow
    from advgui.pipeline import Pipeline

_Number = TypeVar("_Number", bound=np.generic)

BATCH_SIZE = 100

# The strengths of the published tables; the paper does not say its epsilon, the notebook's is 0.05.
PUBLISHED_STRENGTHS: Mapping[str, float] = {"gaussian": 0.1, "fgsm": 0.05}


class Classifying(Protocol):
    """What an evaluation needs of a classifier."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """One for each class."""
        ...


class Evaluated(Protocol):
    """What an evaluation needs of a pipeline."""

    @property
    def classifier(self) -> Classifying:
        """That is evaluated."""
        ...

    def run(self, images: FloatArray, labels: IntArray | None, indices: IntArray, scenario: Scenario) -> Outcome:
        """Run one scenario on a batch; a repeated call on the same batch reuses gradient and noise."""
        ...


class LabelledImages(Protocol):
    """What an evaluation needs of a data set."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def images(self) -> NDArray[np.uint8]:
        """uint8 (N, H, W, 3)."""
        ...

    @property
    def labels(self) -> IntArray:
        """int64 (N,), true classes."""
        ...

    @property
    def indices(self) -> IntArray:
        """int64 (N,), what chooses each image's random numbers."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """One for each class."""
        ...


@dataclass(frozen=True)
class Plan:
    """What is to be evaluated.

    Attributes:
        scenarios: Different from each other, at least one.
        start: Position of the first image in the data set.
        stop: Position behind the last image; None for the whole data set.

    Raises:
        ValueError: No scenario, the same one twice, or an empty range.
    """

    scenarios: tuple[Scenario, ...]
    start: int = 0
    stop: int | None = None

    def __post_init__(self) -> None:
        if not self.scenarios or len(set(self.scenarios)) < len(self.scenarios):
            raise ValueError(f"There are {len(self.scenarios)} scenarios, expected at least one and none twice.")
        if self.start < 0 or (self.stop is not None and self.stop <= self.start):
            raise ValueError(f"Images {self.start} to {self.stop}, expected a start of at least 0 and a later stop.")

    @classmethod
    def of(
        cls,
        protocols: Sequence[ProtocolName] = (ProtocolName.CORRECTED,),
        attacks: Sequence[str] = tuple(ATTACKS),
        strengths: Mapping[str, Sequence[float]] | None = None,
        readings: Sequence[Reading] = tuple(Reading),
        seed: int = 0,
        draws: int = 1,
        start: int = 0,
        stop: int | None = None,
    ) -> "Plan":
        """Return a plan with a control row, at strength 0, before the strengths of each attack.

        Args:
            protocols: Which ones.
            attacks: Names in `advgui.attacks.ATTACKS`.
            strengths: For each attack; None for the usual one under *corrected* (noise_param 0.1, epsilon 8/255) and
                the published one under *as published* (0.1, 0.05).
            readings: Of the Gaussian attack *as published*.
            seed: Of noise and randomization layer, 0 or more.
            draws: Of the randomization layer, averaged, at least 1.
            start: Position of the first image.
            stop: Position behind the last image; None for all.

        Raises:
            ValueError: A value is out of its range.
        """
        return cls(
            tuple(
                Scenario(attack, strength, protocol=protocol, reading=reading, seed=seed, draws=draws)
                for attack in attacks
                for protocol in protocols
                for reading in _told_apart(protocol, attack, readings)
                for strength in sorted({0.0, *_strengths(protocol, attack, strengths)})
            ),
            start,
            stop,
        )

    def without_autoencoder(self) -> "Plan":
        """Return the plan without columns (c) and (e)."""
        return replace(self, scenarios=tuple(replace(scenario, autoencoder=False) for scenario in self.scenarios))

    def positions(self, dataset: LabelledImages) -> tuple[int, int]:
        """Return the positions of the first image in a data set and behind the last.

        Raises:
            AdvguiError: The data set has fewer images.
        """
        size = len(dataset.labels)
        stop = size if self.stop is None else self.stop
        if stop > size or self.start >= stop:
            raise AdvguiError(
                f"Images {self.start} to {stop} were asked for, but '{dataset.name}' has {size} images. "
                "Ask for fewer, or choose a larger data set."
            )
        return self.start, stop


def _told_apart(protocol: ProtocolName, attack: str, readings: Sequence[Reading]) -> Sequence[Reading]:
    # Where the readings do not differ, one row is enough; it carries the default.
    return readings if readings_differ(protocol, attack) else (Scenario().reading,)


def _strengths(protocol: ProtocolName, attack: str, strengths: Mapping[str, Sequence[float]] | None) -> Sequence[float]:
    return (usual_strength(protocol, attack),) if strengths is None else strengths[attack]


def usual_strength(protocol: ProtocolName, attack: str) -> float:
    """Return the strength of the published table under *as published*, and the attack's default under *corrected*."""
    published = protocol is ProtocolName.AS_PUBLISHED
    return PUBLISHED_STRENGTHS[attack] if published else ATTACKS[attack].parameter.default


@dataclass(frozen=True, eq=False)
class Progress:
    """Where an evaluation stands.

    Attributes:
        done: Images that are counted in `report`.
        total: Images to be evaluated.
        fraction: Share of all the work that is done, in [0, 1]; it moves within a batch too.
        images_per_second: Mean so far, over the time spent computing; 0 at the beginning.
        seconds_left: Estimate; infinite at the beginning.
        report: Everything that was found so far, to be shown or saved at any time.
    """

    done: int
    total: int
    fraction: float
    images_per_second: float
    seconds_left: float
    report: Report


@dataclass
class _Counts:
    """What one run gathers; arrays for all images, filled from the front."""

    scenario: Scenario
    predictions: dict[Column, SmallIntArray]
    linf: float = 0.0
    clipped: int = 0
    values: int = 0

    def add(self, outcome: Outcome, start: int) -> None:
        count = len(outcome.labels)
        for column in self.predictions:
            self.predictions[column][start : start + count] = outcome.predictions(column)
        values = int(np.prod(outcome.images[Column.ATTACKED].shape[1:]))
        self.linf = max(self.linf, float(outcome.linf.max()))
        # Whole numbers: a sum of shares would depend on the batch size in its last digit.
        self.clipped += int(np.rint(outcome.clipped.astype(np.float64) * values).sum())
        self.values += count * values

    def run(self, order: IntArray) -> Run:
        return Run(
            scenario=self.scenario,
            predictions={column: _frozen(whole[order]) for column, whole in self.predictions.items()},
            linf=as_measured(self.linf, self.scenario.strength),
            clipped=self.clipped,
            values=self.values,
        )


def unlike(known: Sequence[str], names: Sequence[str]) -> str:
    """Return why a classifier's answers cannot be held against the labels of some images, "" if they can.

    Args:
        known: The classifier's classes.
        names: The images' classes.
    """
    if tuple(known) == tuple(names):
        return ""
    return (
        f"The classifier tells {_listed(known)} apart, and these images are of {_listed(names)}: right and wrong would "
        "mean nothing. Use a classifier that was trained on these classes and whose card names them."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def is_of(report: Report, dataset: LabelledImages) -> bool:
    """Return whether a report is on images of a data set: by its name, and with the same classes by index."""
    if report.dataset != dataset.name or report.class_names != tuple(dataset.class_names):
        return False
    order = np.argsort(dataset.indices)
    places = np.searchsorted(dataset.indices, report.indices, sorter=order)
    if np.any(places == len(order)):
        return False
    found = order[places]
    return bool(np.all(dataset.indices[found] == report.indices) and np.all(dataset.labels[found] == report.labels))


def evaluate(
    pipeline: Evaluated,
    dataset: LabelledImages,
    plan: Plan,
    provenance: Provenance,
    batch_size: int = BATCH_SIZE,
    should_stop: Callable[[], bool] = lambda: False,
) -> Generator[Progress, None, Report]:
    """Evaluate a plan on a data set, a small step at a time.

    Each step is one scenario on one batch. Predictions depend on the plan and the networks alone: neither on the batch
    size nor on where an evaluation was stopped. Within a batch each gradient and each noise is computed once for all
    strengths, as the pipeline keeps them; if something else, such as a live window, runs in between, give it a
    pipeline of its own.

    Args:
        pipeline: Runs the scenarios.
        dataset: Images with labels.
        plan: What to evaluate.
        provenance: What runs, where, for the report: `provenance_of` finds it out.
        batch_size: Images a batch, at least 1.
        should_stop: Asked before every step; True ends the evaluation. The batch at work is then not counted.

    Yields:
        Where it stands: once at the beginning, then after every step. `progress.report` is complete or a valid partial
        one, so whoever stops listening has lost nothing that was counted.

    Returns:
        The last report.

    Raises:
        AdvguiError: The data set has fewer images than planned or other classes than the classifier, or the networks
            for a protocol are not there.
        ValueError: The batch size is not positive.
    """
    if batch_size < 1:
        raise ValueError(f"The batch size is {batch_size}, expected at least 1.")
    reason = unlike(pipeline.classifier.class_names, dataset.class_names)
    if reason:
        raise AdvguiError(reason)
    start, stop = plan.positions(dataset)
    total = stop - start
    counts = [
        _Counts(scenario, {column: np.empty(total, np.int16) for column in scenario.columns})
        for scenario in plan.scenarios
    ]

    def report(done: int) -> Report:
        counted = slice(start, start + done)
        order = np.argsort(dataset.indices[counted], kind="stable")
        return Report(
            dataset=dataset.name,
            class_names=dataset.class_names,
            ranges=((start, stop),),
            indices=_frozen(dataset.indices[counted][order]),
            labels=_frozen(dataset.labels[counted][order]),
            runs=tuple(count.run(order) for count in counts),
            provenance=provenance,
        )

    so_far = report(0)
    yield Progress(0, total, 0.0, 0.0, float("inf"), so_far)
    # Only time spent computing counts: a consumer that pauses the generator does not make it slower.
    seconds = 0.0
    for done in range(0, total, batch_size):
        positions = slice(start + done, min(start + done + batch_size, stop))
        batch = images.to_float(dataset.images[positions])
        labels, indices = dataset.labels[positions], dataset.indices[positions]
        for step, count in enumerate(counts, start=1):
            if should_stop():
                return so_far
            resumed = time.monotonic()
            count.add(pipeline.run(batch, labels, indices, count.scenario), done)
            if step == len(counts):
                so_far = report(done + len(labels))
            seconds += time.monotonic() - resumed
            fraction = (done + len(labels) * step / len(counts)) / total
            yield Progress(
                done=so_far.images,
                total=total,
                fraction=fraction,
                images_per_second=fraction * total / max(seconds, 1e-9),
                seconds_left=seconds * (1 - fraction) / fraction,
                report=so_far,
            )
    return so_far


def provenance_of(pipeline: "Pipeline", scenarios: Sequence[Scenario]) -> Provenance:
    """Find out what is about to run, where.

    Args:
        pipeline: With loaded networks.
        scenarios: Only the networks they use are named.

    Raises:
        AdvguiError: The networks for a scenario's protocol are not there.
    """
    from advgui.models.classifier import device_name  # imports TensorFlow

    networks: dict[str, NetworkFile] = {}
    for scenario in scenarios:
        protocol = pipeline.protocols.get(scenario.protocol)
        if protocol is None:
            raise _missing(scenario)
        networks["classifier"] = NetworkFile(protocol.classifier.name, protocol.classifier.sha256)
        if not scenario.autoencoder:
            continue
        autoencoder = protocol.autoencoder(scenario.attack, scenario.reading)
        if autoencoder is None:
            raise _missing(scenario)
        role = "autoencoder" if scenario.protocol is ProtocolName.CORRECTED else autoencoder.name
        networks[role] = NetworkFile(autoencoder.name, autoencoder.sha256)
    return Provenance(
        advgui=__version__,
        device=device_name(),
        platform=f"{platform.system()} {platform.machine()}",
        packages={"python": platform.python_version()}
        | {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        networks=networks,
    )


def _missing(scenario: Scenario) -> AdvguiError:
    if scenario.protocol is ProtocolName.CORRECTED:
        return AdvguiError(
            "There is no autoencoder, so that columns (c) and (e) cannot be computed. Install the program again."
        )
    return AdvguiError(
        f"The networks for the protocol '{scenario.protocol}' and {ATTACKS[scenario.attack].label} are not there. Use "
        f"'{ProtocolName.CORRECTED}', or restore the files published-autoencoder-*.keras in the folder 'trained'."
    )


def _frozen(array: NDArray[_Number]) -> NDArray[_Number]:
    """Return a read-only view: reports cross threads by reference."""
    view = array.view()
    view.flags.writeable = False
    return view
