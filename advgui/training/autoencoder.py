"""Training the autoencoder of the protocol *corrected*: one network for both attacks and every useful strength.

Squared error alone blurs what the classifier looks at, so the loss also asks what the frozen classifier sees in the
restored image, as in high-level guided denoising (Liao et al., *Defense against adversarial attacks using high-level
representation guided denoiser*, CVPR 2018).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from advgui.attacks import Examples
from advgui.attacks.fgsm import FastGradientSign
from advgui.data.cifar10 import Dataset
from advgui.images import to_float
from advgui.models import architectures
from advgui.models.classifier import Classifier
from advgui.training import loop
from advgui.training.loop import cycles
from advgui.training.optimizer import Muon
from advgui.training.precision import float32_copy, mixed_bfloat16
from advgui.training.run import ProgressCallback
from advgui.types import FloatArray, IntArray
from advgui.victim import Classifying, Victim

# Where validation looks; the training sees every strength.
VALIDATION_NOISE = 0.1
VALIDATION_EPSILON = 8 / 255


@dataclass(frozen=True)
class Cycle:
    """A rise and fall of the learning rate, and what is shown meanwhile.

    Attributes:
        epochs: Passes over the training images.
        learning_rate: Peak: the relative step of a kernel (see `Muon`).
        clean_share: Share of images that come unattacked.
        noise_share: Share of images that come with Gaussian noise; the rest comes with FGSM.
    """

    epochs: int
    learning_rate: float
    clean_share: float
    noise_share: float


@dataclass(frozen=True)
class Recipe:
    """Everything besides the data and the classifier that determines the training.

    Attributes:
        filters: Of the four 3x3 convolutions.
        cycles: One after the other. The first ends with an autoencoder that costs clean images too much, so the later
            ones show more of those.
        batch_size: Images a step.
        warmup: Share of a cycle's steps in which the rate rises to its peak; then it falls to 0 linearly.
        squared_error: Weight of the mean squared error, in units of [0, 1]^2.
        divergence: Weight of the Kullback-Leibler divergence, in nats, between what the classifier says of the clean
            and of the restored image.
        largest_noise: `noise_param` is drawn uniformly from 0 to this.
        largest_epsilon: `epsilon` is drawn uniformly from 0 to this.
        seed: Of the initial weights, the order of the images, the noise and the strengths.
    """

    filters: tuple[int, int, int, int] = (64, 128, 128, 64)
    cycles: tuple[Cycle, ...] = (Cycle(10, 0.02, 0.4, 0.35), Cycle(8, 0.01, 0.5, 0.3), Cycle(5, 0.007, 0.6, 0.27))
    batch_size: int = 128
    warmup: float = 0.1
    squared_error: float = 20.0
    divergence: float = 1.0
    largest_noise: float = 0.25
    largest_epsilon: float = 16 / 255
    seed: int = 0

    def cycle(self, epoch: int) -> Cycle:
        """Return the cycle that an epoch, counted from 0, belongs to."""
        ends = accumulate(cycle.epochs for cycle in self.cycles)
        return next(cycle for cycle, end in zip(self.cycles, ends, strict=True) if epoch < end)


def shortened(epochs: int, **choices: Any) -> Recipe:
    """Return the recipe for another number of epochs, its cycles in proportion; `choices` replace other values."""
    whole = Recipe().cycles
    ends = [0, *accumulate(cycle.epochs for cycle in whole)]
    ends = [round(end * epochs / ends[-1]) for end in ends]
    parts = (replace(cycle, epochs=end - start) for cycle, (start, end) in zip(whole, pairwise(ends), strict=True))
    return Recipe(**({"cycles": tuple(part for part in parts if part.epochs)} | choices))


def train(
    recipe: Recipe,
    classifier: Classifier,
    training: Dataset,
    validation: Dataset,
    folder: Path,
    progress: ProgressCallback = lambda _: None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train an autoencoder (see `loop.train`).

    The classifier is frozen: it is attacked for the training images, and asked what it sees in the restored ones.
    """
    determined = asdict(recipe) | {"classifier": classifier.sha256}
    return loop.train(partial(_Trainer, recipe, classifier, training, validation), determined, folder, progress)


def gradient_signs(classifier: Classifying, images: FloatArray, labels: IntArray) -> NDArray[np.int8]:
    """Return FGSM's directions, int8 (N, H, W, C): they do not depend on epsilon, so once an image is enough."""

    def signs(images: FloatArray, labels: IntArray) -> NDArray[np.int8]:
        examples = Examples(images, labels, np.zeros(len(images), np.int64))
        return FastGradientSign().direction(Victim(classifier), examples).astype(np.int8)

    return in_batches(signs, images, labels)


def in_batches(function: Callable[..., NDArray[Any]], *arrays: NDArray[Any], size: int = 250) -> NDArray[Any]:
    """Call `function` on `size` entries of each array at a time, and concatenate what it returns."""
    starts = range(0, len(arrays[0]), size)
    return np.concatenate([function(*(array[start : start + size] for array in arrays)) for start in starts])


class _Trainer(loop.Trainer):
    """Attacked images to clean ones."""

    metrics = ("loss", "squared_error", "divergence")

    def __init__(self, recipe: Recipe, classifier: Classifier, training: Dataset, validation: Dataset) -> None:
        with mixed_bfloat16():
            model = architectures.autoencoder(recipe.filters)
        rate = cycles([(cycle.epochs, cycle.learning_rate) for cycle in recipe.cycles], recipe.warmup)
        epochs = sum(cycle.epochs for cycle in recipe.cycles)
        super().__init__(model, Muon(), rate, epochs, len(training) // recipe.batch_size)
        self._recipe = recipe
        self._images = to_float(training.images)
        self._signs = gradient_signs(classifier, self._images, training.labels)
        self._wanted = in_batches(classifier.logits, self._images)
        self.step = compiled_step(recipe, classifier.model, model, self.optimizer)
        self._measure = _Validation(classifier, model, validation)

    def batches(self, epoch: int, generator: np.random.Generator) -> Iterator[tuple[FloatArray, ...]]:
        """Yield attacked images, the clean ones and the classifier's logits for those, in random order."""
        recipe, cycle = self._recipe, self._recipe.cycle(epoch)
        order = generator.permutation(len(self._images))
        for start in range(0, self.steps * recipe.batch_size, recipe.batch_size):
            picked = order[start : start + recipe.batch_size]
            clean = self._images[picked]
            kind = generator.random((len(clean), 1, 1, 1), np.float32)
            strength = generator.random((len(clean), 1, 1, 1), np.float32)
            noise = generator.standard_normal(clean.shape, np.float32) * (strength * np.float32(recipe.largest_noise))
            signed = self._signs[picked] * (strength * np.float32(recipe.largest_epsilon))
            change = np.where(kind < cycle.clean_share + cycle.noise_share, noise, signed)
            change = np.where(kind < cycle.clean_share, np.float32(0), change)
            yield np.clip(clean + change, 0, 1), clean, self._wanted[picked]

    def validate(self) -> Mapping[str, float]:
        """Return the classifier's accuracy on restored validation images."""
        return self._measure()

    def result(self) -> keras.Model:
        """Return the float32 network."""
        return float32_copy(self.model, architectures.autoencoder(self._recipe.filters))


class _Validation:
    """Accuracy behind the autoencoder on clean, noisy and FGSM images; the attacked images are made once."""

    def __init__(self, classifier: Classifier, model: keras.Model, dataset: Dataset, images: int = 2000) -> None:
        clean, self._labels = to_float(dataset.images[:images]), dataset.labels[:images]
        noise = np.random.Generator(np.random.Philox(key=0)).standard_normal(clean.shape, np.float32)
        signs = gradient_signs(classifier, clean, self._labels)
        self._inputs = {
            "clean": clean,
            "gaussian": np.clip(clean + np.float32(VALIDATION_NOISE) * noise, 0, 1),
            "fgsm": np.clip(clean + np.float32(VALIDATION_EPSILON) * signs, 0, 1),
        }
        self._classified = tf.function(
            lambda x: tf.argmax(classifier.model(tf.cast(model(x, training=False), tf.float32), training=False), 1),
            autograph=False,
            reduce_retracing=True,
        )

    def __call__(self) -> dict[str, float]:
        predicted = {
            name: in_batches(lambda batch: self._classified(batch).numpy(), images)
            for name, images in self._inputs.items()
        }
        return {f"validation_{name}": float(np.mean(classes == self._labels)) for name, classes in predicted.items()}


class Weights(Protocol):
    """How much the parts of the loss count (see `Recipe`)."""

    @property
    def squared_error(self) -> float:
        """Of the mean squared error."""
        ...

    @property
    def divergence(self) -> float:
        """Of the divergence of what the classifier says."""
        ...


def compiled_step(
    weights: Weights, frozen: keras.Model, model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> Callable[..., tuple[Any, ...]]:
    """Return a step of training for images to restore, clean ones and the classifier's logits for those.

    Args:
        weights: Of the parts of the loss.
        frozen: The classifier; it is copied.
        model: Learns.
        optimizer: Built for `model`.
    """
    # The classifier's view in bfloat16 halves the cost of a step.
    with mixed_bfloat16():
        view = architectures.classifier(frozen.output_shape[-1])
    view.set_weights(frozen.get_weights())
    view.trainable = False
    image, logits = tf.TensorSpec((None, None, None, 3), tf.float32), tf.TensorSpec((None, None), tf.float32)

    @tf.function(autograph=False, input_signature=[image, image, logits])  # type: ignore[untyped-decorator]
    def step(attacked: tf.Tensor, clean: tf.Tensor, wanted_logits: tf.Tensor) -> tuple[tf.Tensor, ...]:
        wanted = tf.nn.log_softmax(wanted_logits)
        with tf.GradientTape() as tape:
            restored = model(attacked, training=True)
            seen = tf.nn.log_softmax(view(restored, training=False))
            squared_error = tf.reduce_mean(tf.square(restored - clean))
            divergence = tf.reduce_mean(tf.reduce_sum(tf.exp(wanted) * (wanted - seen), axis=1))
            loss = weights.squared_error * squared_error + weights.divergence * divergence
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, squared_error, divergence

    compiled: Callable[..., tuple[Any, ...]] = step
    return compiled
