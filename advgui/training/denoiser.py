"""Training the autoencoder further as the denoiser of randomized smoothing: on Gaussian noise alone.

The smoothed classifier answers for images with noise of one strength, and clean or attacked images never come without
it (Salman et al., *Denoised smoothing*, NeurIPS 2020; of their losses, what the frozen classifier says of the clean and
of the restored image, *stability*, certifies most).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from advgui.data.cifar10 import Dataset
from advgui.images import to_float
from advgui.models import architectures
from advgui.models.classifier import Classifier
from advgui.training import loop
from advgui.training.autoencoder import compiled_step, in_batches
from advgui.training.loop import cycles
from advgui.training.optimizer import Muon
from advgui.training.precision import float32_copy, mixed_bfloat16
from advgui.training.run import ProgressCallback
from advgui.types import FloatArray

# Standard deviations at which it is measured on validation images.
VALIDATION_NOISE = (0.15, 0.25)


@dataclass(frozen=True)
class Recipe:
    """Everything besides the data, the classifier and the first weights that determines the training.

    Attributes:
        epochs: Passes over the training images.
        learning_rate: Peak: the relative step of a kernel (see `Muon`).
        batch_size: Images a step.
        warmup: Share of the steps in which the rate rises to its peak; then it falls to 0 linearly.
        squared_error: Weight of the mean squared error, in units of [0, 1]^2.
        divergence: Weight of the Kullback-Leibler divergence, in nats, between what the classifier says of the clean
            and of the restored image.
        least_noise: The standard deviation of an image's noise is drawn uniformly from this,
        largest_noise: to this.
        seed: Of the order of the images and the noise.
    """

    epochs: int = 12
    learning_rate: float = 0.012
    batch_size: int = 128
    warmup: float = 0.1
    squared_error: float = 4.0
    divergence: float = 1.0
    least_noise: float = 0.1
    largest_noise: float = 0.25
    seed: int = 0


def train(
    recipe: Recipe,
    classifier: Classifier,
    start: keras.Model,
    start_sha256: str,
    training: Dataset,
    validation: Dataset,
    folder: Path,
    progress: ProgressCallback = lambda _: None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a denoiser (see `loop.train`).

    Args:
        recipe: How.
        classifier: Is to recognise what is restored; it is frozen.
        start: An autoencoder of the paper's topology: its weights are the first; it stays as it is.
        start_sha256: Of its file.
        training: What is learned from.
        validation: What it is measured on after each epoch.
        folder: For the checkpoint and the history.
        progress: Called after every step.

    Raises:
        AdvguiError: `start` is built otherwise, or as in `loop.train`.
    """
    determined = asdict(recipe) | {"classifier": classifier.sha256, "autoencoder": start_sha256}
    return loop.train(partial(_Trainer, recipe, classifier, start, training, validation), determined, folder, progress)


class _Trainer(loop.Trainer):
    """Noisy images to clean ones."""

    metrics = ("loss", "squared_error", "divergence")

    def __init__(
        self, recipe: Recipe, classifier: Classifier, start: keras.Model, training: Dataset, validation: Dataset
    ) -> None:
        self._filters = architectures.autoencoder_filters(start)
        with mixed_bfloat16():
            model = architectures.autoencoder(self._filters)
        architectures.copy_layers(start, model)
        rate = cycles([(recipe.epochs, recipe.learning_rate)], recipe.warmup)
        super().__init__(model, Muon(), rate, recipe.epochs, len(training) // recipe.batch_size)
        self._recipe = recipe
        # Mirrored images too: the classifier was trained on both.
        self._images = to_float(training.images)
        self._wanted = [in_batches(classifier.logits, each) for each in (self._images, self._images[:, :, ::-1])]
        self.step = compiled_step(recipe, classifier.model, model, self.optimizer)
        self._validation = to_float(validation.images[:2000]), validation.labels[:2000]
        self._classified = tf.function(
            lambda x: tf.argmax(classifier.model(tf.cast(model(x, training=False), tf.float32), training=False), 1),
            autograph=False,
            reduce_retracing=True,
        )

    def batches(self, epoch: int, generator: np.random.Generator) -> Iterator[tuple[FloatArray, ...]]:
        """Yield noisy images, the clean ones and the classifier's logits for those, in random order."""
        recipe = self._recipe
        order = generator.permutation(len(self._images))
        for first in range(0, self.steps * recipe.batch_size, recipe.batch_size):
            picked = order[first : first + recipe.batch_size]
            mirrored = generator.random(len(picked)) < 0.5
            clean = np.where(mirrored[:, None, None, None], self._images[picked, :, ::-1], self._images[picked])
            wanted = np.where(mirrored[:, None], self._wanted[1][picked], self._wanted[0][picked])
            sigma = generator.uniform(recipe.least_noise, recipe.largest_noise, (len(picked), 1, 1, 1))
            noise = generator.standard_normal(clean.shape, np.float32) * sigma.astype(np.float32)
            yield np.clip(clean + noise, 0, 1), clean, wanted

    def validate(self) -> Mapping[str, float]:
        """Return the classifier's accuracy on restored noisy validation images."""
        images, labels = self._validation
        found = {}
        for sigma in VALIDATION_NOISE:
            noise = np.random.Generator(np.random.Philox(key=0)).standard_normal(images.shape, np.float32)
            noisy = np.clip(images + np.float32(sigma) * noise, 0, 1)
            classes = in_batches(lambda batch: self._classified(batch).numpy(), noisy)
            found[f"validation_noise_{sigma:g}"] = float(np.mean(classes == labels))
        return found

    def result(self) -> keras.Model:
        """Return the float32 network."""
        return float32_copy(self.model, architectures.autoencoder(self._filters))
