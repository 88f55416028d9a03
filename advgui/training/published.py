"""Training the small autoencoders of the protocol *as published*, as the paper's notebooks do.

One for each attack, at one strength; 32 filters, Adam, mean squared error, batches of 256. The targets are
*standardized* images, which a sigmoid cannot give: the error cannot fall below 0.53. That is the published error, kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

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
from advgui.training import loop
from advgui.training.autoencoder import gradient_signs, in_batches
from advgui.training.run import ProgressCallback
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
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a small autoencoder (see `loop.train`); `protocol` has the classifier that is attacked, and the scales."""
    determined = asdict(recipe) | {"classifier": protocol.classifier.sha256}
    return loop.train(partial(_Trainer, recipe, protocol, training, validation), determined, folder, progress)


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
    moved = start + np.float32(strength) * direction
    return attack.kept_within(protocol.classifier.bounds, start, moved, strength)


class _Trainer(loop.Trainer):
    """Attacked images to standardized clean ones."""

    metrics = ("loss",)

    def __init__(self, recipe: Recipe, protocol: AsPublished, training: Dataset, validation: Dataset) -> None:
        model, optimizer = architectures.autoencoder(), keras.optimizers.Adam(recipe.learning_rate)
        steps = len(training) // recipe.batch_size
        super().__init__(model, optimizer, lambda _: recipe.learning_rate, recipe.epochs, steps)
        self._size = recipe.batch_size
        self._training, self._validation = (
            (attacked_images(recipe, protocol, dataset), protocol.classified(to_float(dataset.images)))
            for dataset in (training, validation)
        )
        signature = [tf.TensorSpec((None, None, None, 3), tf.float32)] * 2

        @tf.function(autograph=False, input_signature=signature)  # type: ignore[untyped-decorator]
        def step(attacked: tf.Tensor, target: tf.Tensor) -> tuple[tf.Tensor]:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(attacked, training=True) - target))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
            return (loss,)

        self.step = step

    def batches(self, epoch: int, generator: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield attacked images and standardized clean ones, in random order."""
        order = generator.permutation(len(self._training[0]))
        for start in range(0, self.steps * self._size, self._size):
            picked = order[start : start + self._size]
            yield self._training[0][picked], self._training[1][picked]

    def validate(self) -> Mapping[str, float]:
        """Return the mean squared error on the validation images."""
        attacked, target = self._validation
        restored = Network(self.model)
        errors = in_batches(lambda batch, wanted: np.square(restored(batch) - wanted), attacked, target)
        return {"validation_loss": float(errors.mean(dtype=np.float64))}
