"""What every training shares: epochs, learning rate, progress, checkpoint."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from advgui.training.run import Clock, ProgressCallback, Run, StepProgress

Batch = tuple[Any, ...]


class Trainer(ABC):
    """A network at work: what differs between one training and another.

    Args:
        model: The network.
        optimizer: Its optimizer, not built yet.
        rate: Learning rate by progress in [0, 1] of all steps.
        epochs: Passes over the training images.
        steps: Batches of an epoch.

    Attributes:
        metrics: Names of what a step returns.
        step: Learns from a batch.
    """

    metrics: ClassVar[tuple[str, ...]]
    step: Callable[..., tuple[Any, ...]]

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        rate: Callable[[float], float],
        epochs: int,
        steps: int,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.rate = rate
        self.epochs = epochs
        self.steps = steps
        optimizer.build(model.trainable_variables)

    @property
    def variables(self) -> list[keras.Variable]:
        """What a checkpoint holds, always in the same order."""
        return [*self.model.variables, *self.optimizer.variables]

    @abstractmethod
    def batches(self, epoch: int, generator: np.random.Generator) -> Iterator[Batch]:
        """Yield the `steps` batches of an epoch, counted from 0, in random order."""

    @abstractmethod
    def validate(self) -> Mapping[str, float]:
        """Measure the network on validation images after an epoch."""

    def is_over(self, rows: list[dict[str, float]]) -> bool:
        """Return whether the training ends before its last epoch, after what the history says."""
        return False

    def work(self, epoch: int) -> float:
        """Return what a step of this epoch costs, relative to others."""
        return 1.0

    def result(self) -> keras.Model:
        """Return the float32 network that was trained, uncompiled."""
        return self.model


@dataclass(frozen=True)
class OneCycle:
    """A learning rate that rises linearly to its peak, then falls linearly to 0.

    Attributes:
        peak: The largest rate.
        warmup: Share of the steps in which it rises, in (0, 1).
    """

    peak: float
    warmup: float = 0.15

    def __call__(self, progress: float) -> float:
        """Return the rate at `progress` in [0, 1] of all steps."""
        return self.peak * min((progress + 0.001) / self.warmup, (1 - progress) / (1 - self.warmup))


def cycles(parts: Sequence[tuple[int, float]], warmup: float) -> Callable[[float], float]:
    """Return the rate by progress in [0, 1] of all steps, one cycle after the other.

    Args:
        parts: Epochs and largest rate of each cycle.
        warmup: Share of a cycle's steps in which the rate rises.
    """
    total = sum(epochs for epochs, _ in parts)

    def rate(done: float) -> float:
        left = done * total
        for epochs, peak in parts[:-1]:
            if left <= epochs:
                return OneCycle(peak, warmup)(left / epochs)
            left -= epochs
        epochs, peak = parts[-1]
        return OneCycle(peak, warmup)(min(left / epochs, 1))

    return rate


def train(
    made: Callable[[], Trainer],
    recipe: Mapping[str, Any],
    folder: Path,
    progress: ProgressCallback,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a network, or go on where `folder` stands; every epoch that is finished is kept there.

    Args:
        made: Makes the trainer, after the seed is set.
        recipe: What determines the training; has a `seed`. Each epoch's random generator is made of the seed and the
            epoch, so that a resumed run draws what an uninterrupted one would have.
        folder: Checkpoint and history go there, a step an epoch.
        progress: Called after every step.

    Returns:
        The float32 network with the weights of the last epoch, uncompiled, and the history, a row an epoch.

    Raises:
        AdvguiError: `folder` holds another run.
        OSError: The checkpoint cannot be written.
    """
    run = Run(folder, recipe)
    keras.utils.set_random_seed(recipe["seed"])
    trainer = made()
    run.restore(trainer.variables)
    epochs, steps = trainer.epochs, trainer.steps
    clock = Clock(sum(trainer.work(epoch) for epoch in range(run.epochs_done, epochs)) * steps)
    for epoch in range(run.epochs_done, epochs):
        if trainer.is_over(run.rows):
            break
        generator = np.random.Generator(np.random.Philox(key=[recipe["seed"], epoch]))
        totals = np.zeros(len(trainer.metrics))
        means: dict[str, float] = {}
        for number, batch in enumerate(trainer.batches(epoch, generator), start=1):
            trainer.optimizer.learning_rate.assign(trainer.rate((epoch * steps + number) / (epochs * steps)))
            totals += [float(value) for value in trainer.step(*batch)]
            means = dict(zip(trainer.metrics, (totals / number).tolist(), strict=True))
            left = clock.advance(trainer.work(epoch))
            progress(StepProgress(epoch + 1, epochs, number, steps, left, means))
        run.save({"epoch": epoch + 1, **means, **trainer.validate()}, trainer.variables)
    return trainer.result(), run.rows
