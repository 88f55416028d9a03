"""Training the paper's classifier on the first 45,000 training images, selected on the last 5,000."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from advgui import networks
from advgui.cifar10 import Dataset
from advgui.errors import Cancelled
from advgui.images import to_float
from advgui.training import augmentation
from advgui.training.optimizer import Muon
from advgui.training.precision import float32_copy, mixed_bfloat16
from advgui.training.run import Clock, ProgressCallback, Run, StepProgress


@dataclass(frozen=True)
class Recipe:
    """Everything besides the data that determines a classifier's training.

    Attributes:
        epochs: Passes over the training images.
        coarse_epochs: How many of them, from the first, see images of at most 24 px.
        batch_size: Images a step.
        learning_rate: Peak of the one-cycle schedule: the relative step of a kernel (see `Muon`).
        warmup: Share of the steps in which the rate rises to its peak; then it falls to 0 linearly.
        momentum: Of the kernels.
        dropout_scale: Multiple of the architecture's dropout rates (0.25, 0.5). A short training with strong
            augmentation fits too little rather than too much.
        seed: Of the initial weights, the order of the images and every augmentation.
    """

    epochs: int = 20
    coarse_epochs: int = 7
    batch_size: int = 256
    learning_rate: float = 0.06
    warmup: float = 0.15
    momentum: float = 0.9
    dropout_scale: float = 0.25
    seed: int = 0

    def rate(self, progress: float) -> float:
        """Return the learning rate at `progress` in [0, 1] of all steps."""
        return self.learning_rate * min((progress + 0.001) / self.warmup, (1 - progress) / (1 - self.warmup))


def train(
    recipe: Recipe,
    training: Dataset,
    validation: Dataset,
    folder: Path,
    progress: ProgressCallback = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a classifier, or go on where `folder` stands.

    Args:
        recipe: What to do.
        training: Images to learn from.
        validation: Images to measure each epoch on, never learned from.
        folder: Checkpoint and history go there, a step an epoch.
        progress: Called after every step.
        should_stop: Asked before every step.

    Returns:
        The float32 network with the weights of the last epoch, uncompiled, and the history.

    Raises:
        Cancelled: `should_stop` said so; finished epochs are kept in `folder`.
        AdvguiError: `folder` holds another run.
        OSError: The checkpoint cannot be written.
    """
    run = Run(folder, asdict(recipe))
    images, labels = to_float(training.images), training.labels
    steps = len(images) // recipe.batch_size
    clock = Clock(sum(_work(recipe, epoch) for epoch in range(recipe.epochs)) * steps)
    clock.skip(sum(_work(recipe, epoch) for epoch in range(run.epochs_done)) * steps)

    with mixed_bfloat16():
        keras.utils.set_random_seed(recipe.seed)
        scale = recipe.dropout_scale
        model = networks.classifier(len(training.class_names), 0.25 * scale, 0.5 * scale)
        optimizer = Muon(recipe.learning_rate, recipe.momentum)
        optimizer.build(model.trainable_variables)
    variables = [*model.variables, *optimizer.variables]
    run.restore(variables)
    step = _training_step(model, optimizer)

    for epoch in range(run.epochs_done, recipe.epochs):
        # A generator an epoch makes a resumed run draw what an uninterrupted one would have.
        generator = np.random.Generator(np.random.Philox(key=[recipe.seed, epoch]))
        totals = np.zeros(2)
        for number, (batch, answers) in enumerate(_batches(recipe, epoch, images, labels, generator), start=1):
            if should_stop():
                raise Cancelled(f"Training stopped. {run.epochs_done} finished epochs are kept in '{folder}'.")
            optimizer.learning_rate.assign(recipe.rate((epoch * steps + number) / (recipe.epochs * steps)))
            totals += [float(value) for value in step(batch, answers)]
            loss, accuracy = totals / number
            left = clock.advance(_work(recipe, epoch))
            progress(
                StepProgress(epoch + 1, recipe.epochs, number, steps, left, {"loss": loss, "accuracy": accuracy})
            )
        validation_loss, validation_accuracy = evaluate(model, validation)
        run.save(
            {
                "epoch": epoch + 1,
                "loss": loss,
                "accuracy": accuracy,
                "validation_loss": validation_loss,
                "validation_accuracy": validation_accuracy,
            },
            variables,
        )
    return float32_copy(model, networks.classifier(len(training.class_names))), run.rows


def evaluate(model: keras.Model, dataset: Dataset, batch_size: int = 500) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy of a classifier on a data set, one forward pass an image."""
    forward = tf.function(lambda x: model(x, training=False), autograph=False, reduce_retracing=True)
    loss = correct = 0.0
    for start in range(0, len(dataset), batch_size):
        answers = dataset.labels[start : start + batch_size]
        logits = forward(to_float(dataset.images[start : start + batch_size]))
        loss += float(tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(answers, logits)))
        correct += float(np.sum(logits.numpy().argmax(1) == answers))
    return loss / len(dataset), correct / len(dataset)


def _work(recipe: Recipe, epoch: int) -> float:
    """Return the relative cost of a step, which grows with the pixels of the views."""
    views = _views(recipe, epoch)
    total = sum(view.weight for view in views)
    return sum(view.weight / total * view.canvas**2 for view in views)


def _views(recipe: Recipe, epoch: int) -> tuple[augmentation.View, ...]:
    return augmentation.COARSE if epoch < recipe.coarse_epochs else augmentation.FULL


def _batches(
    recipe: Recipe,
    epoch: int,
    images: NDArray[np.float32],
    labels: NDArray[np.int64],
    generator: np.random.Generator,
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    order = generator.permutation(len(images))
    size = recipe.batch_size
    for start in range(0, len(images) - size + 1, size):
        picked = order[start : start + size]
        view = augmentation.draw_view(_views(recipe, epoch), generator)
        yield augmentation.augment(images[picked], view, generator), labels[picked]


def _training_step(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Callable[..., tuple[Any, Any]]:
    signature = [tf.TensorSpec((None, None, None, 3), tf.float32), tf.TensorSpec((None,), tf.int64)]

    @tf.function(autograph=False, input_signature=signature)  # type: ignore[untyped-decorator]
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))

    return step
