"""Accuracy tables and curves: the window's pipeline on a whole data set, as a generator that can stop at any time."""

import platform
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from advgui import __version__, images, plugins
from advgui.errors import AdvguiError
from advgui.evaluation.effort import of_attack, of_columns, passes
from advgui.evaluation.plan import LabelledImages, Plan
from advgui.evaluation.report import Provenance, Report, Run, SmallIntArray, as_measured
from advgui.outcomes import Effort, Outcome
from advgui.pipeline import Batch, Pipeline
from advgui.scenarios import attack_label, averaged_draws
from advgui.types import ATTACKED, IntArray, NetworkFile, ProtocolName, Scenario

_Number = TypeVar("_Number", bound=np.generic)

BATCH_SIZE = 100


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
    predictions: dict[str, SmallIntArray]
    linf: float = 0.0
    l2: float = 0.0
    clipped: int = 0
    values: int = 0
    effort: Effort = field(default_factory=Effort)

    def add(self, outcome: Outcome, start: int) -> None:
        count = len(outcome.labels)
        for column in self.predictions:
            self.predictions[column][start : start + count] = outcome.predictions(column)
        values = int(np.prod(outcome.images[ATTACKED].shape[1:]))
        self.linf = max(self.linf, float(outcome.linf.max()))
        self.l2 = max(self.l2, float(outcome.l2.max()))
        # Whole numbers: a sum of shares would depend on the batch size in its last digit.
        self.clipped += int(np.rint(outcome.clipped.astype(np.float64) * values).sum())
        self.values += count * values
        self.effort += outcome.effort

    def run(self, order: IntArray) -> Run:
        return Run(
            scenario=self.scenario,
            predictions={column: _frozen(whole[order]) for column, whole in self.predictions.items()},
            linf=as_measured(self.linf, self.scenario.strength),
            clipped=self.clipped,
            values=self.values,
            l2=as_measured(self.l2, self.scenario.strength),
            effort=self.effort,
        )


def mismatch(known: Sequence[str], names: Sequence[str]) -> str:
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
    pipeline: Pipeline,
    dataset: LabelledImages,
    plan: Plan,
    provenance: Provenance,
    batch_size: int = BATCH_SIZE,
) -> Generator[Progress, None, Report]:
    """Evaluate a plan on a data set, a small step at a time.

    Each step is one scenario on one batch, or one step of an iterated attack. Predictions depend on the plan and the
    networks alone: neither on the batch size nor on where an evaluation was stopped. Within a batch each gradient and
    each noise is computed once for all strengths.

    Args:
        pipeline: Runs the scenarios.
        dataset: Images with labels.
        plan: What to evaluate.
        provenance: What runs, where, for the report: `provenance_of` finds it out.
        batch_size: Images a batch, at least 1; of an attacker who averages over draws, images times draws, so that a
            step takes no longer.

    Yields:
        Where it stands: once at the beginning, then after every step. `progress.report` is complete or a valid partial
        one, so whoever stops listening has lost nothing that was counted.

    Returns:
        The last report.

    Raises:
        AdvguiError: The data set has fewer images than planned or other classes than the classifier, or the networks
            for a protocol are not there; or a plug-in that it uses was changed or closed meanwhile.
        ValueError: The batch size is not positive.
    """
    if batch_size < 1:
        raise ValueError(f"The batch size is {batch_size}, expected at least 1.")
    reason = mismatch(pipeline.classifier.class_names, dataset.class_names)
    if reason:
        raise AdvguiError(reason)
    start, stop = plan.positions(dataset)
    total = stop - start
    counts = [
        _Counts(scenario, {column.key: np.empty(total, np.int16) for column in scenario.columns})
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

    from_plugins = plugins.used_by(plan.scenarios)

    def check_plugins() -> None:
        if plugins.used_by(plan.scenarios) != from_plugins:
            raise AdvguiError(
                "A plug-in was changed or closed while it was evaluated. Expected the same to the end: the images "
                "counted so far are its former version's. Start the evaluation again."
            )

    size = max(1, batch_size // max(averaged_draws(scenario) for scenario in plan.scenarios))
    so_far = report(0)
    yield Progress(0, total, 0.0, 0.0, float("inf"), so_far)
    # Only time spent computing counts: a consumer that pauses the generator does not make it slower.
    seconds = 0.0
    for done in range(0, total, size):
        positions = slice(start + done, min(start + done + size, stop))
        labels = dataset.labels[positions]
        batch = pipeline.prepare(images.to_float(dataset.images[positions]), labels, dataset.indices[positions])
        resumed = time.monotonic()
        for share in _counting(batch, counts, done, check_plugins):
            if share == 1:
                so_far = report(done + len(labels))
            seconds += time.monotonic() - resumed
            fraction = (done + len(labels) * share) / total
            yield Progress(
                done=so_far.images,
                total=total,
                fraction=fraction,
                images_per_second=fraction * total / max(seconds, 1e-9),
                seconds_left=seconds * (1 - fraction) / fraction,
                report=so_far,
            )
            resumed = time.monotonic()
    return so_far


def _counting(
    batch: Batch, counts: Sequence[_Counts], start: int, check: Callable[[], None]
) -> Generator[float, None, None]:
    """Run every scenario on a batch and count what comes out.

    Args:
        batch: The images.
        counts: What is added to.
        start: Position of the first image among all.
        check: Called before each step; what it raises ends the evaluation.

    Yields:
        The share of the work on this batch that is done, in (0, 1], after each small step; 1 only at the end.
    """
    work = [(passes(of_attack(count.scenario)), passes(of_columns(count.scenario))) for count in counts]
    total, done = sum(attack + rest for attack, rest in work), 0
    for count, (attack, rest) in zip(counts, work, strict=True):
        stages = batch.stages(count.scenario)
        while True:
            check()
            try:
                stage = next(stages)
            except StopIteration as end:
                count.add(end.value, start)
                break
            yield (done + attack * stage.step / stage.steps) / total
        done += attack + rest
        yield done / total


def provenance_of(pipeline: Pipeline, scenarios: Sequence[Scenario]) -> Provenance:
    """Find out what is about to run, where.

    Args:
        pipeline: With loaded networks.
        scenarios: Only the networks they use are named.

    Raises:
        AdvguiError: The networks for a scenario's protocol are not there.
    """
    networks: dict[str, NetworkFile] = {}
    for scenario in scenarios:
        procedure = pipeline.procedures.get(scenario.protocol)
        if procedure is None:
            raise _missing(scenario)
        networks["classifier"] = NetworkFile(procedure.classifier.name, procedure.classifier.sha256)
        for link in scenario.chain:
            defense = procedure.defense(link.name, scenario.attack.name) if link.on else None
            if link.on and defense is None:
                raise _missing(scenario)
            if defense is not None and defense.file is not None:
                role = link.name if scenario.protocol is ProtocolName.CORRECTED else defense.file.name
                networks[role] = defense.file
    return Provenance(
        advgui=__version__,
        device=pipeline.device,
        platform=f"{platform.system()} {platform.machine()}",
        packages={"python": platform.python_version()}
        | {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        networks=networks,
        plugins=plugins.used_by(scenarios),
    )


def _missing(scenario: Scenario) -> AdvguiError:
    if scenario.protocol is ProtocolName.CORRECTED:
        return AdvguiError(
            "There is no autoencoder, so that columns (c) and (e) cannot be computed. Install the program again."
        )
    return AdvguiError(
        f"The networks for the protocol '{scenario.protocol}' and {attack_label(scenario.attack.name)} are not there. "
        f"Use '{ProtocolName.CORRECTED}', or restore the files published-autoencoder-*.keras in the folder 'trained'."
    )


def _frozen(array: NDArray[_Number]) -> NDArray[_Number]:
    """Return a read-only view: reports cross threads by reference."""
    view = array.view()
    view.flags.writeable = False
    return view
