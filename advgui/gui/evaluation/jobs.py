"""What the evaluation dialog has computed on the TensorFlow thread, a small step at a time, or by workers beside it."""

from collections.abc import Generator, Iterator

import numpy as np

from advgui import plugins
from advgui.certification.report import Certification, differences
from advgui.certification.run import Progress as CertificationProgress
from advgui.certification.run import begun, certify
from advgui.certification.smoothing import Smoothing
from advgui.cluster import certifying, evaluating
from advgui.cluster.local import Workers
from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.evaluation.resuming import resume
from advgui.evaluation.run import Progress, evaluate, provenance_of
from advgui.gui.evaluation.runner import Job
from advgui.pipeline import Pipeline
from advgui.types import IntArray

# Small steps let live requests of the window slip in between; the result does not depend on it.
_BATCH = 8


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
        return _evaluated_by(workers, dataset, plan, steps)

    return start


def _evaluated_by(
    workers: Workers, dataset: Dataset, plan: Plan, steps: Generator[Progress, None, Report]
) -> Generator[Progress | None, None, Report]:
    latest = next(steps)  # nothing is computed yet; complains about a result of something else
    yield latest
    for step in workers.evaluate(dataset, plan, latest.report):
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
    steps: Iterator[CertificationProgress | None] = certify(pipeline, dataset, start)
    if workers is not None and workers.number > 1:
        steps = workers.certify(dataset, start)
    for step in steps:
        if step is not None:
            report = step.report
            report.certified(0.0)  # derives here, once for each report, what the window would have to wait for
        yield step
    return report
