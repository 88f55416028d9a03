"""The loop that every training shares: epochs, learning rate, progress, cancel, checkpoint."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np

from advgui.errors import Cancelled
from advgui.training.run import Clock, ProgressCallback, Run, StepProgress

Batch = tuple[Any, ...]


class Task(Protocol):
    """What differs between one training and another."""

    epochs: int
    steps: int
    metrics: tuple[str, ...]

    def batches(self, epoch: int, generator: np.random.Generator) -> Iterator[Batch]:
        """Yield the `steps` batches of an epoch."""
        ...

    def step(self, *batch: Any) -> tuple[Any, ...]:
        """Learn from a batch; returns the values of `metrics`."""
        ...

    def validate(self) -> Mapping[str, float]:
        """Measure the network on validation images after an epoch."""
        ...

    def work(self, epoch: int) -> float:
        """Return what a step of this epoch costs, relative to others."""
        ...


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


def fit(
    task: Task,
    run: Run,
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    rate: Callable[[float], float],
    seed: int,
    progress: ProgressCallback,
    should_stop: Callable[[], bool],
) -> None:
    """Train `model` from where `run` stands to the task's last epoch.

    Args:
        task: Batches, step and validation.
        run: Checkpoint and history, a step an epoch.
        model: The network at work.
        optimizer: Built for the model's trainable variables.
        rate: Learning rate by progress in [0, 1].
        seed: Each epoch's random generator is made of it and the epoch, so that a resumed run draws what an
            uninterrupted one would have.
        progress: Called after every step.
        should_stop: Asked before every step.

    Raises:
        Cancelled: `should_stop` said so; finished epochs are kept.
        OSError: The checkpoint cannot be written.
    """
    variables = [*model.variables, *optimizer.variables]
    run.restore(variables)
    clock = Clock(sum(task.work(epoch) for epoch in range(run.epochs_done, task.epochs)) * task.steps)
    for epoch in range(run.epochs_done, task.epochs):
        generator = np.random.Generator(np.random.Philox(key=[seed, epoch]))
        totals = np.zeros(len(task.metrics))
        means: dict[str, float] = {}
        for number, batch in enumerate(task.batches(epoch, generator), start=1):
            if should_stop():
                raise Cancelled(f"Training stopped. {run.epochs_done} finished epochs are kept in '{run.folder}'.")
            optimizer.learning_rate.assign(rate((epoch * task.steps + number) / (task.epochs * task.steps)))
            totals += [float(value) for value in task.step(*batch)]
            means = dict(zip(task.metrics, (totals / number).tolist(), strict=True))
            left = clock.advance(task.work(epoch))
            progress(StepProgress(epoch + 1, task.epochs, number, task.steps, left, means))
        run.save({"epoch": epoch + 1, **means, **task.validate()}, variables)
