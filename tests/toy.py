"""A small data set and evaluations of it with tiny networks, for tests of evaluation, reports and commands."""

from dataclasses import dataclass

import numpy as np

from advgui import images
from advgui.attacks import finished
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Provenance, Report, Run, as_measured
from advgui.evaluation.run import evaluate
from advgui.outcomes import Effort
from advgui.pipeline import Pipeline
from advgui.types import NetworkFile, ProtocolName, Scenario
from tests import tiny

PROVENANCE = Provenance("0.0", "CPU", "Test", {"numpy": "0"}, {"classifier": NetworkFile("tiny", "0" * 64)})


@dataclass(frozen=True, eq=False)
class ToyData:
    """What `evaluate` needs of a data set."""

    name: str
    images: np.ndarray
    labels: np.ndarray
    indices: np.ndarray
    class_names: tuple[str, ...] = tiny.CLASS_NAMES


def pipeline() -> Pipeline:
    """Both protocols on tiny networks whose biases are set so that every class is predicted now and then."""
    tiny_pipeline = tiny.pipeline()
    for protocol in tiny_pipeline.procedures.values():
        logits = protocol.classifier.logits(images.to_float(data(200, seed=9).images))
        last = protocol.classifier.model.layers[-1]
        kernel, bias = last.get_weights()
        last.set_weights([kernel, bias - logits.mean(axis=0)])
    return tiny_pipeline


def data(count: int = 12, seed: int = 0) -> ToyData:
    """Smooth random images with random labels and indices in no order."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    return ToyData(
        name="toy images",
        images=coarse.repeat(8, axis=1).repeat(8, axis=2),
        labels=random.integers(0, 10, count),
        indices=random.permutation(1000)[:count],
    )


def report(pipeline: Pipeline, dataset: ToyData, plan: Plan, batch_size: int = 5) -> Report:
    """Evaluate a plan to its end."""
    return finished(evaluate(pipeline, dataset, plan, PROVENANCE, batch_size))


SCENARIOS = Plan.of(tuple(ProtocolName)).scenarios


def made_up(images: int, scenarios: tuple[Scenario, ...] = SCENARIOS, planned: int | None = None) -> Report:
    """A report with random predictions, four of five right."""
    random = np.random.default_rng(images)
    labels = random.integers(0, 10, images)

    def predictions() -> np.ndarray:
        return np.where(random.random(images) < 0.8, labels, random.integers(0, 10, images)).astype(np.int16)

    return Report(
        dataset="toy images",
        class_names=ToyData.class_names,
        ranges=((0, planned or images),),
        indices=np.arange(images),
        labels=labels,
        runs=tuple(
            Run(
                scenario,
                {column.key: predictions() for column in scenario.columns},
                linf=linf,
                clipped=3 * images,
                values=3072 * images,
                l2=as_measured((1 if scenario.attack.name.endswith("l2") else 3) * linf, scenario.strength),
                effort=Effort(20 * images, images, 3072 * images, 7 * images),
            )
            for scenario in scenarios
            for linf in [min(0.25, scenario.strength)]
        ),
        provenance=PROVENANCE,
    )
