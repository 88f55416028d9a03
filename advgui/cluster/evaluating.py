"""An evaluation on a cluster: ranges of images are its shards."""

import platform
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from math import inf

from advgui.attacks import finished
from advgui.cluster.engine import Engine
from advgui.cluster.gathering import Gathered, gather
from advgui.cluster.sources import Expected, Source, checked
from advgui.evaluation.plan import LabelledImages, Plan
from advgui.evaluation.report import Report, merge
from advgui.evaluation.resuming import missing
from advgui.evaluation.run import BATCH_SIZE, Progress, evaluate

SHARD = 200  # images


@dataclass(frozen=True, eq=False)
class Order:
    """What all shards have in common.

    Attributes:
        source: Where networks and images come from.
        expected: What they must be.
        plan: What is evaluated.
        batch_size: As in `evaluate`.
    """

    source: Source
    expected: Expected
    plan: Plan
    batch_size: int = BATCH_SIZE


@dataclass(frozen=True, eq=False)
class ClusterProgress(Progress):
    """Where an evaluation on a cluster stands.

    Attributes:
        cluster: Workers and shards.
    """

    cluster: Gathered[Report]


def evaluate_shard(order: Order, shard: tuple[int, int]) -> Report:
    """Evaluate a range of images, in a worker."""
    pipeline, dataset, provenance = checked(order.source, order.plan.scenarios, order.expected)
    plan = replace(order.plan, start=shard[0], stop=shard[1])
    named = replace(provenance, machines=(platform.node(),))
    return finished(evaluate(pipeline, dataset, plan, named, order.batch_size))


def evaluate_on(
    engine: Engine, order: Order, dataset: LabelledImages, start: Report, size: int = SHARD
) -> Generator[ClusterProgress, None, None]:
    """Evaluate what of a plan is missing in a report, on a cluster.

    Args:
        engine: Runs the shards.
        order: What they have in common.
        dataset: The driver's.
        start: What is there; of a fresh evaluation, its first report.
        size: Images a shard, at least 1.

    Yields:
        Where it stands, after each shard, and in between (see `gather`). Its report holds all that is counted, in the
        order of the images, whatever the order of the shards.

    Raises:
        AdvguiError: Shards have failed for good (see `gather`).
    """
    shards = [
        (first, min(first + size, stop))
        for begin, stop in missing(start, order.plan, dataset)
        for first in range(begin, stop, size)
    ]
    began, before, planned = time.monotonic(), start.images, start.ranges

    def merged(whole: Report, part: Report) -> Report:
        return replace(merge([replace(whole, ranges=()), part]), ranges=planned)

    for gathered in gather(engine, evaluate_shard, order, shards, start, merged):
        report, total = gathered.result, start.planned
        speed = (report.images - before) / max(time.monotonic() - began, 1e-9)
        yield ClusterProgress(
            done=report.images,
            total=total,
            fraction=report.images / total,
            images_per_second=speed,
            seconds_left=(total - report.images) / speed if speed else inf,
            report=report,
            cluster=gathered,
        )
