"""What the evaluation dialog has computed on the TensorFlow thread, a small step at a time."""

from collections.abc import Generator

from advgui.data.cifar10 import Dataset
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.evaluation.resuming import resume
from advgui.evaluation.run import Progress, evaluate, provenance_of
from advgui.gui.evaluation.runner import Job
from advgui.pipeline import Pipeline

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
