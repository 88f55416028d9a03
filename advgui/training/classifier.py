"""Training the paper's classifier on the first 45,000 training images, selected on the last 5,000."""

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
from advgui.models.classifier import Network
from advgui.training import augmentation, loop
from advgui.training.loop import cycles
from advgui.training.optimizer import Muon
from advgui.training.precision import float32_copy, mixed_bfloat16
from advgui.training.run import ProgressCallback


@dataclass(frozen=True)
class Recipe:
    """Everything besides the data that determines a classifier's training.

    Attributes:
        epochs: Passes over the training images, in all.
        second_epochs: How many of them, at the end, are a second cycle of the learning rate, in which a square of each
            image is covered: the first cycle ends with a network that fits the training images too well.
        coarse_epochs: How many of them, from the first, see images of at most 24 px.
        batch_size: Images a step.
        learning_rate: Peak of the first cycle: the relative step of a kernel (see `Muon`).
        second_rate: Peak of the second cycle.
        warmup: Share of a cycle's steps in which the rate rises to its peak; then it falls to 0 linearly.
        momentum: Of the kernels.
        dropout_scale: Multiple of the architecture's dropout rates (0.25, 0.5). A short training with strong
            augmentation fits too little rather than too much.
        seed: Of the initial weights, the order of the images and every augmentation.
    """

    epochs: int = 48
    second_epochs: int = 14
    coarse_epochs: int = 16
    batch_size: int = 192
    learning_rate: float = 0.02
    second_rate: float = 0.01
    warmup: float = 0.1
    momentum: float = 0.9
    dropout_scale: float = 0.25
    seed: int = 0


def shortened(epochs: int, **choices: Any) -> Recipe:
    """Return the recipe for another number of epochs, its parts in proportion; `choices` replace other values."""
    whole = Recipe()
    parts = {name: round(getattr(whole, name) * epochs / whole.epochs) for name in ("second_epochs", "coarse_epochs")}
    return Recipe(**({"epochs": epochs} | parts | choices))


@dataclass(frozen=True)
class Design:
    """What is trained: an architecture and the augmentation that it gets.

    Attributes:
        name: Short and unique.
        build: Makes the network from the number of classes and the two dropout rates.
        views: How images are shown after the recipe's coarse epochs; empty shows them as they are.
    """

    name: str
    build: Callable[[int, float, float], keras.Model]
    views: tuple[augmentation.View, ...]


SHIPPED = Design("classifier", architectures.classifier, augmentation.FULL)


def train(
    recipe: Recipe,
    training: Dataset,
    validation: Dataset,
    folder: Path,
    progress: ProgressCallback = lambda _: None,
    design: Design = SHIPPED,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a classifier on training images, measured on validation images after each epoch (see `loop.train`)."""
    determined = asdict(recipe) | ({} if design == SHIPPED else {"design": design.name})
    return loop.train(partial(_Trainer, recipe, design, training, validation), determined, folder, progress)


def evaluate(network: Network, dataset: Dataset, batch_size: int = 500) -> tuple[float, int]:
    """Return mean cross-entropy and number of right predictions on a data set, one forward pass an image.

    The network is compiled already, because who measures after each epoch must not compile it anew each time.
    """
    loss, correct = 0.0, 0
    for start in range(0, len(dataset), batch_size):
        answers = dataset.labels[start : start + batch_size]
        logits = network(to_float(dataset.images[start : start + batch_size]))
        loss += float(tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(answers, logits)))
        correct += int(np.sum(logits.argmax(1) == answers))
    return loss / len(dataset), correct


class _Trainer(loop.Trainer):
    """Cross-entropy on augmented images."""

    metrics = ("loss", "accuracy")

    def __init__(self, recipe: Recipe, design: Design, training: Dataset, validation: Dataset) -> None:
        self._recipe = recipe
        self._design = design
        self._classes = len(training.class_names)
        self._images = to_float(training.images)
        self._labels = training.labels
        self._validation = validation
        with mixed_bfloat16():
            model = design.build(self._classes, 0.25 * recipe.dropout_scale, 0.5 * recipe.dropout_scale)
        first = recipe.epochs - recipe.second_epochs
        parts = (first, recipe.learning_rate), (recipe.second_epochs, recipe.second_rate)
        rate = cycles([part for part in parts if part[0]], recipe.warmup)
        optimizer = Muon(recipe.learning_rate, recipe.momentum)
        super().__init__(model, optimizer, rate, recipe.epochs, len(training) // recipe.batch_size)
        self.step = _compiled_step(model, optimizer)
        self._network = Network(model)

    def _views(self, epoch: int) -> tuple[augmentation.View, ...]:
        return augmentation.COARSE if epoch < self._recipe.coarse_epochs else self._design.views

    def _covered(self, epoch: int) -> bool:
        return epoch >= self._recipe.epochs - self._recipe.second_epochs

    def work(self, epoch: int) -> float:
        """Return the mean number of pixels an image has in this epoch."""
        views = self._views(epoch) or (augmentation.NATIVE,)
        return sum(view.weight * view.canvas**2 for view in views) / sum(view.weight for view in views)

    def batches(
        self, epoch: int, generator: np.random.Generator
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Yield augmented images and their labels in random order."""
        order = generator.permutation(len(self._images))
        size = self._recipe.batch_size
        for start in range(0, self.steps * size, size):
            picked = order[start : start + size]
            images, views = self._images[picked], self._views(epoch)
            if views:
                images = augmentation.augment(images, augmentation.draw_view(views, generator), generator)
            if self._covered(epoch):
                images = augmentation.cover(images, generator)
            yield images, self._labels[picked]

    def validate(self) -> Mapping[str, float]:
        """Return loss and accuracy on the validation images."""
        loss, correct = evaluate(self._network, self._validation)
        return {"validation_loss": loss, "validation_accuracy": correct / len(self._validation)}

    def result(self) -> keras.Model:
        """Return the float32 network, with the dropout of the architecture."""
        return float32_copy(self.model, self._design.build(self._classes, 0.25, 0.5))


def _compiled_step(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Callable[..., tuple[Any, Any]]:
    signature = [tf.TensorSpec((None, None, None, 3), tf.float32), tf.TensorSpec((None,), tf.int64)]

    @tf.function(autograph=False, input_signature=signature)  # type: ignore[untyped-decorator]
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))

    compiled: Callable[..., tuple[Any, Any]] = step
    return compiled
