"""Training the small autoencoders of the protocol *as published*, as the paper's notebooks do.

One for each attack, at one strength; 32 filters, Adam, mean squared error, batches of 256. The targets are
*standardised* images, which a sigmoid cannot give: the error cannot fall below 0.53. That is the published error, kept.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from advgui import paper
from advgui.attacks import ATTACKS
from advgui.data.cifar10 import Dataset
from advgui.images import to_float
from advgui.models import architectures
from advgui.models.classifier import Network
from advgui.protocols import AsPublished
from advgui.training.autoencoder import gradient_signs, in_batches
from advgui.training.loop import fit
from advgui.training.run import ProgressCallback, Run
from advgui.types import FloatArray, ProtocolName


@dataclass(frozen=True)
class Recipe:
    """Everything besides the data and the classifier that determines the training.

    Attributes:
        attack: "gaussian" or "fgsm".
        protocol: As published: noise on standardized pixels, or on x/255.
        epochs: The notebooks stop after 11 to 16.
        batch_size: Images a step.
        learning_rate: Adam's, constant.
        seed: Of the initial weights, the order of the images and the noise.
    """

    attack: str
    protocol: ProtocolName = ProtocolName.AS_PUBLISHED
    epochs: int = 12
    batch_size: int = 256
    learning_rate: float = 0.001
    seed: int = 0


def train(
    recipe: Recipe,
    protocol: AsPublished,
    training: Dataset,
    validation: Dataset,
    folder: Path,
    progress: ProgressCallback = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a small autoencoder, or go on where `folder` stands.

    Args:
        recipe: What to do.
        protocol: Gives the classifier that is attacked and the scales.
        training: Images to learn from.
        validation: Images to measure the squared error on.
        folder: Checkpoint and history go there, a step an epoch.
        progress: Called after every step.
        should_stop: Asked before every step.

    Returns:
        The network with the weights of the last epoch, uncompiled, and the history.

    Raises:
        Cancelled: `should_stop` said so; finished epochs are kept in `folder`.
        AdvguiError: `folder` holds another run.
        OSError: The checkpoint cannot be written.
    """
    run = Run(folder, asdict(recipe) | {"classifier": protocol.classifier.sha256})
    keras.utils.set_random_seed(recipe.seed)
    model = architectures.autoencoder()
    optimizer = keras.optimizers.Adam(recipe.learning_rate)
    optimizer.build(model.trainable_variables)
    task = _Task(recipe, protocol, model, optimizer, training, validation)
    fit(task, run, model, optimizer, lambda _: recipe.learning_rate, recipe.seed, progress, should_stop)
    return model, run.rows


def strength_of(recipe: Recipe) -> float:
    """Return the notebooks' strength of a recipe's attack.

    Raises:
        ValueError: It was not published under this protocol.
    """
    found = paper.published(recipe.protocol, recipe.attack)
    if found is None:
        raise ValueError(f"'{recipe.attack}' was not published under '{recipe.protocol}'.")
    return found.strength


def attacked_images(recipe: Recipe, protocol: AsPublished, dataset: Dataset) -> FloatArray:
    """Return a data set's attacked images as the notebooks make them, float32 (N, 32, 32, 3) in [0, 1]."""
    attack = ATTACKS[recipe.attack]
    start = protocol.attacked(to_float(dataset.images), recipe.attack)
    if attack.is_random:
        direction = np.random.Generator(np.random.Philox(key=recipe.seed)).standard_normal(start.shape, np.float32)
    else:
        direction = gradient_signs(protocol.classifier, start, dataset.labels).astype(np.float32)
    strength = strength_of(recipe)
    return attack.kept_within(protocol.classifier.bounds, start, start + np.float32(strength) * direction, strength)


class _Task:
    """Attacked images to standardised clean ones (see `loop.Task`)."""

    metrics: tuple[str, ...] = ("loss",)

    def __init__(
        self,
        recipe: Recipe,
        protocol: AsPublished,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        training: Dataset,
        validation: Dataset,
    ) -> None:
        self.epochs = recipe.epochs
        self.steps = len(training) // recipe.batch_size
        self._size = recipe.batch_size
        self._model = model
        self._training, self._validation = (
            (attacked_images(recipe, protocol, dataset), protocol.classified(to_float(dataset.images)))
            for dataset in (training, validation)
        )
        signature = [tf.TensorSpec((None, None, None, 3), tf.float32)] * 2

        @tf.function(autograph=False, input_signature=signature)  # type: ignore[untyped-decorator]
        def compiled(attacked: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(attacked, training=True) - target))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
            return loss

        self._compiled = compiled

    def work(self, epoch: int) -> float:
        """Every epoch costs the same."""
        return 1.0

    def batches(self, epoch: int, generator: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield attacked images and standardised clean ones, in random order."""
        order = generator.permutation(len(self._training[0]))
        for start in range(0, self.steps * self._size, self._size):
            picked = order[start : start + self._size]
            yield self._training[0][picked], self._training[1][picked]

    def step(self, *batch: Any) -> tuple[Any, ...]:
        """Learn from a batch; returns the mean squared error."""
        return (self._compiled(*batch),)

    def validate(self) -> Mapping[str, float]:
        """Return the mean squared error on the validation images."""
        attacked, target = self._validation
        restored = Network(self._model)
        errors = in_batches(lambda batch, wanted: np.square(restored(batch) - wanted), attacked, target)
        return {"validation_loss": float(errors.mean(dtype=np.float64))}
