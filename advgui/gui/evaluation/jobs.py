"""What the evaluation dialog has computed on the TensorFlow thread, a small step at a time."""

from collections.abc import Generator

import numpy as np

from advgui.certification.report import Certification, differences
from advgui.certification.run import Progress as CertificationProgress
from advgui.certification.run import begun, certify
from advgui.certification.smoothing import Smoothing
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


def evaluation(dataset: Dataset, plan: Plan) -> Job[Report]:
    """Return a job that evaluates a plan."""

    def start(pipeline: Pipeline) -> Generator[Progress, None, Report]:
        return evaluate(pipeline, dataset, plan, provenance_of(pipeline, plan.scenarios), batch_size=_BATCH)

    return start


def continuation(dataset: Dataset, plan: Plan, earlier: Report) -> Job[Report]:
    """Return a job that evaluates what of a plan a report lacks; it refuses if the report is of something else."""

    def start(pipeline: Pipeline) -> Generator[Progress, None, Report]:
        return resume(pipeline, dataset, plan, provenance_of(pipeline, plan.scenarios), earlier, batch_size=_BATCH)

    return start


def certification(dataset: Dataset, smoothing: Smoothing, positions: IntArray) -> Job[Certification]:
    """Return a job that certifies images (see `begun`)."""

    def start(pipeline: Pipeline) -> Generator[CertificationProgress, None, Certification]:
        return _certified(pipeline, dataset, begun(pipeline, dataset, smoothing, positions))

    return start


def rest_of_certification(dataset: Dataset, earlier: Certification) -> Job[Certification]:
    """Return a job that certifies what a certification lacks; it refuses if that is of something else."""

    def start(pipeline: Pipeline) -> Generator[CertificationProgress, None, Certification]:
        positions = np.flatnonzero(np.isin(dataset.indices, earlier.planned))
        different = differences(earlier, begun(pipeline, dataset, earlier.smoothing, positions))
        if different:
            raise AdvguiError(
                f"What is to be gone on with is of something else: {'; '.join(different)}. Use the same networks and "
                "images, or start anew."
            )
        return _certified(pipeline, dataset, earlier)

    return start


def _certified(
    pipeline: Pipeline, dataset: Dataset, start: Certification
) -> Generator[CertificationProgress, None, Certification]:
    report = start
    for step in certify(pipeline, dataset, start):
        report = step.report
        report.certified(0.0)  # derives here, once for each report, what the window would have to wait for
        yield step
    return report
