"""Tiny networks and toy images for workers, which import this module; and work that goes wrong."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from advgui.cluster import evaluating
from advgui.cluster.sources import Source
from advgui.errors import DataError
from advgui.evaluation.report import Report
from tests import toy


@dataclass(frozen=True)
class Toy(Source):
    """What `toy` makes."""

    seed: int = 0

    def pipeline(self):
        return toy.pipeline()

    def dataset(self):
        return toy.data(seed=self.seed)


@dataclass(frozen=True)
class Missing(Toy):
    """Whose images are on the driver alone."""

    def dataset(self):
        raise DataError("The full CIFAR-10 was not found on this computer.")


@dataclass(frozen=True)
class KilledOnce(Toy):
    """The first worker that opens it is killed."""

    marker: Path = Path()

    def pipeline(self):
        if not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().pipeline()


def fails_in_the_middle(order: evaluating.Order, shard: tuple[int, int]) -> Report:
    """Never evaluates the shard that begins at 4."""
    if shard[0] == 4:
        raise ValueError("this shard is cursed")
    return evaluating.evaluate_shard(order, shard)


def touch(folder: Path, shard: int) -> int:
    """Leave a file behind."""
    (folder / str(shard)).touch()
    return shard
