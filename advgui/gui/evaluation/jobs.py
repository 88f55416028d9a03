"""What the evaluation dialog has computed on the TensorFlow thread, a small step at a time, or by workers beside it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from advgui import plugins
from advgui.certification.report import Certification, differences
from advgui.certification.run import Progress as CertificationProgress
from advgui.certification.run import begun, certify
from advgui.certification.smoothing import Smoothing
from advgui.cluster import certifying, engine, evaluating
from advgui.cluster.sources import Sent, digest, expected
from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Provenance, Report
from advgui.evaluation.resuming import resume
from advgui.evaluation.run import Progress, evaluate, provenance_of
from advgui.gui.evaluation.runner import Job
from advgui.gui.threads.handed_over import handed_over
from advgui.pipeline import Pipeline
from advgui.types import IntArray

# Small steps let live requests of the window slip in between; the result does not depend on it.
_BATCH = 8
# Each worker takes about so many shards: what is left for the last one to finish is short, and the progress moves.
_SHARDS_EACH = 4
_LEAST_SHARD = 4  # images


@dataclass(frozen=True)
class Workers:
    """Processes of one core each, beside that of the window.

    Attributes:
        number: How many; 1 is none beside it.
        classifier: The file of the user's own classifier; None for the bundled one.
    """

    number: int = 1
    classifier: Path | None = None

    def shard(self, images: int, most: int) -> int:
        """Return how many images one takes at a time, at most `most`."""
        return max(min(most, -(-images // (_SHARDS_EACH * self.number))), _LEAST_SHARD)

    def source(self, dataset: Dataset) -> Sent:
        """Return where they get networks and images."""
        return Sent(digest(dataset), dataset, self.classifier)


def of_workers(step: object) -> str:
    """Return how many workers and shards there are, to be put behind where a job stands; "" without workers."""
    if isinstance(step, (evaluating.ClusterProgress, certifying.ClusterProgress)):
        return f"; {step.cluster.text}"
    return ""


def evaluation(
    dataset: Dataset, plan: Plan, earlier: Report | None = None, workers: Workers | None = None
) -> Job[Report]:
    """Return a job that evaluates a plan.

    Args:
        dataset: On which images.
        plan: What is evaluated.
        earlier: What is there already; the job refuses if it is of something else.
        workers: Who computes; the TensorFlow thread itself if None or one.

    Raises:
        AdvguiError: The plan needs a plug-in, and workers have none.
    """
    if workers is not None and workers.number > 1 and plugins.used_by(plan.scenarios):
        raise AdvguiError(
            "Several workers compute with the program's own attacks and mitigations: a plug-in's file runs in this "
            "window alone. Set workers to 1, or leave the plug-in out."
        )

    def start(pipeline: Pipeline) -> Generator[Progress | None, None, Report]:
        provenance = provenance_of(pipeline, plan.scenarios)
        if earlier is None:
            steps = evaluate(pipeline, dataset, plan, provenance, _BATCH)
        else:
            steps = resume(pipeline, dataset, plan, provenance, earlier, _BATCH)
        if workers is None or workers.number == 1:
            return steps
        return _evaluated_by(workers, dataset, plan, provenance, steps)

    return start


def _evaluated_by(
    workers: Workers, dataset: Dataset, plan: Plan, provenance: Provenance, steps: Generator[Progress, None, Report]
) -> Generator[Progress | None, None, Report]:
    latest = next(steps)  # nothing is computed yet; complains about a result of something else
    yield latest
    left = latest.report.planned - latest.report.images

    def elsewhere() -> Generator[Progress, None, None]:
        source = workers.source(dataset)
        order = evaluating.Order(source, expected(provenance, dataset), plan)
        with engine.opened(engine.LOCAL, workers.number) as there:
            size = workers.shard(left, evaluating.SHARD)
            yield from evaluating.evaluate_on(there, order, dataset, latest.report, size)

    for step in handed_over(elsewhere, "workers"):
        latest = step or latest
        yield step
    return latest.report


def certification(
    dataset: Dataset, smoothing: Smoothing, positions: IntArray, workers: Workers | None = None
) -> Job[Certification]:
    """Return a job that certifies images (see `begun`)."""

    def start(pipeline: Pipeline) -> Generator[CertificationProgress | None, None, Certification]:
        return _certified(pipeline, dataset, begun(pipeline, dataset, smoothing, positions), workers)

    return start


def rest_of_certification(
    dataset: Dataset, earlier: Certification, workers: Workers | None = None
) -> Job[Certification]:
    """Return a job that certifies what a certification lacks; it refuses if that is of something else."""

    def start(pipeline: Pipeline) -> Generator[CertificationProgress | None, None, Certification]:
        positions = np.flatnonzero(np.isin(dataset.indices, earlier.planned))
        different = differences(earlier, begun(pipeline, dataset, earlier.smoothing, positions))
        if different:
            raise AdvguiError(
                f"What is to be gone on with is of something else: {'; '.join(different)}. Use the same networks and "
                "images, or start anew."
            )
        return _certified(pipeline, dataset, earlier, workers)

    return start


def _certified(
    pipeline: Pipeline, dataset: Dataset, start: Certification, workers: Workers | None
) -> Generator[CertificationProgress | None, None, Certification]:
    report = start
    for step in _certifying(pipeline, dataset, start, workers):
        if step is not None:
            report = step.report
            report.certified(0.0)  # derives here, once for each report, what the window would have to wait for
        yield step
    return report


def _certifying(
    pipeline: Pipeline, dataset: Dataset, start: Certification, workers: Workers | None
) -> Iterator[CertificationProgress | None]:
    if workers is None or workers.number == 1:
        return certify(pipeline, dataset, start)

    def elsewhere() -> Generator[CertificationProgress, None, None]:
        order = certifying.Order(workers.source(dataset), expected(start.provenance, dataset), start.smoothing)
        with engine.opened(engine.LOCAL, workers.number) as there:
            size = workers.shard(len(start.planned) - start.images, certifying.SHARD)
            yield from certifying.certify_on(there, order, start, size)

    return handed_over(elsewhere, "workers")
