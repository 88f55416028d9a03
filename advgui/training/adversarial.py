"""Adversarial training of the paper's classifier: it learns from images that are attacked while it learns.

The attack of each batch is a step of FGSM from a random start (Wong, Rice and Kolter, *Fast is better than free*, ICLR
2020), or several (Madry et al., ICLR 2018). One step can teach the network to fool that step instead of resisting
(catastrophic overfitting); so a stronger attack on validation images watches over every epoch.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from advgui.data.cifar10 import Dataset
from advgui.images import to_float
from advgui.models import architectures
from advgui.models.classifier import Classifier, Network
from advgui.pipeline import Pipeline
from advgui.protocols import Corrected
from advgui.scenarios import scenario
from advgui.training import augmentation, loop
from advgui.training.classifier import evaluate
from advgui.training.loop import cycles
from advgui.training.optimizer import Muon
from advgui.training.precision import float32_copy, mixed_bfloat16
from advgui.training.run import ProgressCallback
from advgui.types import ATTACKED, ProtocolName

# Validation images that PGD attacks after each epoch, and its steps.
WATCHED = 1_000
WATCH_STEPS = 10
_COARSE = augmentation.View(24, 24, 24)
# The training has collapsed when PGD leaves less than this share of what it once left.
_COLLAPSED = 0.5


@dataclass(frozen=True)
class Recipe:
    """Everything besides the data and the first weights that determines the training.

    Attributes:
        epochs: Passes over the training images.
        coarse_epochs: How many of them, from the first, see images of 24 px, at little more than half the cost.
        epsilon: L∞ radius of the attack, in [0, 1].
        attack_steps: Steps of the attack on each batch, from a uniform random start.
        attack_step: Length of such a step, as a multiple of epsilon.
        batch_size: Images a step.
        learning_rate: Peak of the cycle: the relative step of a kernel (see `Muon`).
        warmup: Share of the steps in which the rate rises to its peak; then it falls to 0 linearly.
        momentum: Of the kernels.
        averaged: Share of the mean weights that a step keeps: what is measured and shipped is a running mean.
        seed: Of the order of the images and every augmentation and random start.
    """

    epochs: int = 16
    coarse_epochs: int = 6
    epsilon: float = 8 / 255
    attack_steps: int = 1
    attack_step: float = 1.25
    batch_size: int = 192
    learning_rate: float = 0.02
    warmup: float = 0.1
    momentum: float = 0.9
    averaged: float = 0.998
    seed: int = 0


def shortened(**choices: Any) -> Recipe:
    """Return the recipe with other values; of fewer or more epochs, as large a share is coarse."""
    whole = Recipe()
    coarse = round(whole.coarse_epochs * choices.get("epochs", whole.epochs) / whole.epochs)
    return Recipe(**({"coarse_epochs": coarse} | choices))


def train(
    recipe: Recipe,
    start: Classifier,
    training: Dataset,
    validation: Dataset,
    folder: Path,
    progress: ProgressCallback = lambda _: None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a classifier of the paper's architecture further, on attacked images (see `loop.train`).

    Args:
        recipe: How.
        start: Gives the first weights; it stays as it is.
        training: What is learned from.
        validation: What the network is measured on after each epoch: as it is, and under PGD.
        folder: For the checkpoint and the history.
        progress: Called after every step.

    Returns:
        The network of the epoch that PGD left the most of, and the history. After a collapse, the epoch in which it
        was noticed is the last.

    Raises:
        AdvguiError: `start` is of another architecture, or as in `loop.train`.
    """
    determining = asdict(recipe) | {"classifier": start.sha256}
    return loop.train(partial(_Trainer, recipe, start, training, validation), determining, folder, progress)


def robust(
    classifier: Classifier, dataset: Dataset, epsilon: float, steps: int, batch_size: int = 250
) -> Iterator[tuple[int, int]]:
    """Attack a data set with PGD, L∞, by somebody who knows the classifier.

    Yields:
        For each batch, how many of its images are still predicted right, and how many there are.
    """
    pipeline = Pipeline({ProtocolName.CORRECTED: Corrected(classifier, None)})
    chosen = scenario("pgd", epsilon, settings={"steps": steps}, chain=())
    for first in range(0, len(dataset), batch_size):
        batch = dataset.select(np.arange(first, min(first + batch_size, len(dataset))))
        prepared = pipeline.prepare(to_float(batch.images), batch.labels, batch.indices)
        yield int(prepared.run(chosen).correct(ATTACKED).sum()), len(batch)


def collapsed(rows: list[dict[str, float]]) -> bool:
    """Return whether a history ends in a collapse: PGD undoes what it did not undo some epochs before."""
    left = [row["validation_pgd"] for row in rows]
    return bool(left) and left[-1] < _COLLAPSED * max(left)


class _Trainer(loop.Trainer):
    """Cross-entropy on attacked images; the mean weights are measured, and those of the best epoch kept."""

    metrics = ("loss", "accuracy")

    def __init__(self, recipe: Recipe, start: Classifier, training: Dataset, validation: Dataset) -> None:
        self._recipe = recipe
        self._images = to_float(training.images)
        self._labels = training.labels
        self._validation = validation
        self._watched = validation.select(np.arange(min(WATCHED, len(validation))))
        classes = len(training.class_names)
        # Without dropout: a network of this size fits attacked images too little, not too much.
        with mixed_bfloat16():
            model, averaged = (architectures.classifier(classes, 0.0, 0.0) for _ in range(2))
        for each in (model, averaged):
            architectures.copy_layers(start.model, each)
        rate = cycles([(recipe.epochs, recipe.learning_rate)], recipe.warmup)
        optimizer = Muon(recipe.learning_rate, recipe.momentum)
        super().__init__(model, optimizer, rate, recipe.epochs, len(training) // recipe.batch_size)
        self._averaged = averaged
        self._best = [keras.Variable(each.numpy(), dtype=each.dtype, trainable=False) for each in averaged.variables]
        self._best_left = keras.Variable(-1.0, trainable=False)
        self._network = Network(averaged)
        self._target = Classifier(averaged, training.class_names)
        self.step = _compiled_step(recipe, model, averaged, optimizer)

    @property
    def variables(self) -> list[keras.Variable]:
        """What a checkpoint holds."""
        return [*super().variables, *self._averaged.variables, *self._best, self._best_left]

    def _view(self, epoch: int) -> augmentation.View:
        return _COARSE if epoch < self._recipe.coarse_epochs else augmentation.NATIVE

    def work(self, epoch: int) -> float:
        """Return the number of pixels that an image has in this epoch."""
        return float(self._view(epoch).canvas ** 2)

    def batches(
        self, epoch: int, generator: np.random.Generator
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]]:
        """Yield augmented images, where the attack starts (in units of epsilon) and labels, in random order."""
        order = generator.permutation(len(self._images))
        size = self._recipe.batch_size
        for first in range(0, self.steps * size, size):
            picked = order[first : first + size]
            images = augmentation.augment(self._images[picked], self._view(epoch), generator)
            start = 2 * generator.random(images.shape, np.float32) - 1
            yield images, start, self._labels[picked]

    def validate(self) -> Mapping[str, float]:
        """Return loss and accuracy on the validation images, and the accuracy that PGD leaves on the first of them."""
        loss, correct = evaluate(self._network, self._validation)
        counts = robust(self._target, self._watched, self._recipe.epsilon, WATCH_STEPS)
        left = sum(right for right, _ in counts) / len(self._watched)
        if left > float(self._best_left.numpy()):
            self._best_left.assign(left)
            for kept, variable in zip(self._best, self._averaged.variables, strict=True):
                kept.assign(variable)
        return {
            "validation_loss": loss,
            "validation_accuracy": correct / len(self._validation),
            "validation_pgd": left,
        }

    def is_over(self, rows: list[dict[str, float]]) -> bool:
        """Return whether it makes no sense to go on: the training has collapsed."""
        return collapsed(rows)

    def result(self) -> keras.Model:
        """Return the float32 network of the best epoch, with the dropout of the architecture."""
        for kept, variable in zip(self._best, self._averaged.variables, strict=True):
            variable.assign(kept)
        return float32_copy(self._averaged, architectures.classifier(len(self._target.class_names)))


def _compiled_step(
    recipe: Recipe, model: keras.Model, averaged: keras.Model, optimizer: keras.optimizers.Optimizer
) -> Callable[..., tuple[Any, Any]]:
    pixels = tf.TensorSpec((None, None, None, 3), tf.float32)
    signature = [pixels, pixels, tf.TensorSpec((None,), tf.int64)]
    epsilon, length = recipe.epsilon, recipe.epsilon * recipe.attack_step

    def losses(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        logits = model(images, training=True)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits), logits

    @tf.function(autograph=False, input_signature=signature)  # type: ignore[untyped-decorator]
    def step(images: tf.Tensor, start: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        attacked = tf.clip_by_value(images + epsilon * start, 0, 1)
        for _ in range(recipe.attack_steps):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(attacked)
                loss = tf.reduce_sum(losses(attacked, labels)[0])
            moved = attacked + length * tf.sign(tape.gradient(loss, attacked))
            attacked = tf.clip_by_value(tf.clip_by_value(moved, images - epsilon, images + epsilon), 0, 1)
        with tf.GradientTape() as tape:
            loss, logits = losses(attacked, labels)
            loss = tf.reduce_mean(loss)
        learned = model.trainable_variables
        optimizer.apply(tape.gradient(loss, learned), learned)
        for mean, variable in zip(averaged.variables, model.variables, strict=True):
            if mean.dtype == "float32":
                mean.assign_add((1 - recipe.averaged) * (variable.value - mean.value))
        return loss, tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))

    compiled: Callable[..., tuple[Any, Any]] = step
    return compiled
