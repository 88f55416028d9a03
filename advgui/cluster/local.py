"""Workers on this machine, for a window: started from a process beside it (see `advgui.cluster.aside`)."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from advgui.certification.report import Certification
from advgui.cluster import certifying, evaluating
from advgui.cluster.aside import aside
from advgui.cluster.engine import LOCAL, opened
from advgui.cluster.sources import Sent, expected
from advgui.evaluation.plan import LabelledImages, Plan
from advgui.evaluation.report import Report

# Each worker takes about so many shards: what is left for the last one to finish is short, and the progress moves.
_SHARDS_EACH = 4
_LEAST_SHARD = 4  # images


@dataclass(frozen=True)
class Workers:
    """Processes of one core each.

    Attributes:
        number: How many, at least 1.
        classifier: The file of the user's own classifier; None for the bundled one.
    """

    number: int
    classifier: Path | None = None

    def shard(self, images: int, most: int) -> int:
        """Return how many images one takes at a time, at most `most`."""
        return max(min(most, -(-images // (_SHARDS_EACH * self.number))), _LEAST_SHARD)

    def evaluate(
        self, dataset: LabelledImages, plan: Plan, start: Report
    ) -> Generator[evaluating.ClusterProgress | None]:
        """Evaluate what of a plan is missing in a report (see `evaluate_on`).

        Args:
            dataset: On which images.
            plan: What is evaluated; without plug-ins, which workers have not.
            start: What is there; of a fresh evaluation, its first report.

        Yields:
            Where it stands; None where there is nothing new.

        Raises:
            AdvguiError: Ray is not installed, the process has died, or shards have failed for good.
        """
        return aside(_evaluate, self, dataset, plan, start)

    def certify(self, dataset: LabelledImages, start: Certification) -> Generator[certifying.ClusterProgress | None]:
        """Certify the planned images that are missing (see `certify_on`).

        Args:
            dataset: On which images.
            start: What is there; of a fresh certification, its first report.

        Yields:
            Where it stands; None where there is nothing new.

        Raises:
            AdvguiError: See `evaluate`.
        """
        return aside(_certify, self, dataset, start)


def _evaluate(
    workers: Workers, dataset: LabelledImages, plan: Plan, start: Report
) -> Generator[evaluating.ClusterProgress]:
    wanted = expected(start.provenance, dataset)
    order = evaluating.Order(Sent(wanted.images, dataset, workers.classifier), wanted, plan)
    size = workers.shard(start.planned - start.images, evaluating.SHARD)
    with opened(LOCAL, workers.number) as engine:
        yield from evaluating.evaluate_on(engine, order, dataset, start, size)


def _certify(workers: Workers, dataset: LabelledImages, start: Certification) -> Generator[certifying.ClusterProgress]:
    wanted = expected(start.provenance, dataset)
    order = certifying.Order(Sent(wanted.images, dataset, workers.classifier), wanted, start.smoothing)
    size = workers.shard(len(start.planned) - start.images, certifying.SHARD)
    with opened(LOCAL, workers.number) as engine:
        yield from certifying.certify_on(engine, order, start, size)
