"""A certification on a cluster: some images at a time are its shards."""

import platform
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from advgui.certification.report import Certification, merge
from advgui.certification.run import Progress, begun, certify, scenarios_of
from advgui.certification.smoothing import Smoothing
from advgui.cluster.engine import Engine
from advgui.cluster.gathering import Gathered, gather
from advgui.cluster.sources import Expected, Source, checked
from advgui.types import IntArray

SHARD = 10  # images


@dataclass(frozen=True, eq=False)
class Order:
    """What all shards have in common.

    Attributes:
        source: Where networks and images come from.
        expected: What they must be.
        smoothing: How images are certified.
    """

    source: Source
    expected: Expected
    smoothing: Smoothing


@dataclass(frozen=True, eq=False)
class ClusterProgress(Progress):
    """Where a certification on a cluster stands.

    Attributes:
        cluster: Workers and shards.
    """

    cluster: Gathered[Certification]


def certify_shard(order: Order, shard: IntArray) -> Certification:
    """Certify images, given by their indices in ascending order, in a worker."""
    pipeline, dataset, provenance = checked(order.source, scenarios_of(order.smoothing), order.expected)
    places = np.flatnonzero(np.isin(dataset.indices, shard))
    start = begun(pipeline, dataset, order.smoothing, places[np.argsort(dataset.indices[places])])
    named = replace(start, provenance=replace(provenance, machines=(platform.node(),)))
    return deque(certify(pipeline, dataset, named), maxlen=1)[0].report


def certify_on(
    engine: Engine, order: Order, start: Certification, size: int = SHARD
) -> Generator[ClusterProgress, None, None]:
    """Certify the planned images that are missing, on a cluster.

    Args:
        engine: Runs the shards.
        order: What they have in common.
        start: What is there, from `begun` or from a run that was stopped.
        size: Images a shard, at least 1.

    Yields:
        Where it stands, after each shard, and in between (see `gather`).

    Raises:
        AdvguiError: Shards have failed for good (see `gather`).
    """
    missing = np.setdiff1d(start.planned, start.indices)
    shards = [missing[first : first + size] for first in range(0, len(missing), size)]
    total, before, began = len(start.planned), start.images, time.monotonic()
    none = np.zeros(0, np.int64)

    def merged(whole: Certification, part: Certification) -> Certification:
        return replace(merge([replace(whole, planned=none), part]), planned=start.planned)

    for gathered in gather(engine, certify_shard, order, shards, start, merged):
        report, spent = gathered.result, time.monotonic() - began
        done = report.images - before
        left = spent * (total - report.images) / done if done else inf
        yield ClusterProgress(report.images, total, report.images / total, left, report, gathered)
