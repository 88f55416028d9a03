"""Transfer learning, the paper's second contribution: a new dense head on the trained convolutions.

The head is trained first, while the convolutions are frozen; then everything is, at a small rate.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
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
from advgui.training import augmentation, loop
from advgui.training.classifier import evaluate
from advgui.training.precision import float32_copy, mixed_bfloat16
from advgui.training.run import ProgressCallback

# The last layer that is kept.
_FEATURES = "global_pool"
# Of a batch: larger images come in smaller batches, or they would take gigabytes of memory.
_MOST_PIXELS = 128 * 64 * 64


@dataclass(frozen=True)
class Recipe:
    """Everything besides the data and the classifier that determines the training.

    Attributes:
        epochs: Passes over the training images, in all (the notebooks: 3 + 5).
        head_epochs: How many of them, from the first, train the head alone.
        batch_size: Images a step, at most; above 64 px there are fewer.
        least_steps: Of an epoch: a small folder of pictures is passed over several times.
        head_learning_rate: Of Adam while the head is trained alone.
        learning_rate: Of Adam while everything is trained.
        dropout_scale: Multiple of the architecture's dropout rates (0.25, 0.5).
        seed: Of the head's initial weights, the order of the images and every augmentation.
    """

    epochs: int = 8
    head_epochs: int = 3
    batch_size: int = 128
    least_steps: int = 50
    head_learning_rate: float = 0.001
    learning_rate: float = 0.0001
    dropout_scale: float = 0.25
    seed: int = 0


def shortened(**choices: Any) -> Recipe:
    """Return the recipe with other values; few epochs are shared between the head and everything."""
    recipe = Recipe(**choices)
    return replace(recipe, head_epochs=min(recipe.head_epochs, max(recipe.epochs // 2, 1)))


def train(
    recipe: Recipe,
    classifier: Classifier,
    training: Dataset,
    validation: Dataset,
    folder: Path,
    progress: ProgressCallback = lambda _: None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train a new head on a classifier's convolutions (see `loop.train`).

    The classifier, which stays as it is, is of the paper's architecture. The images are square, of any size, with the
    classes of the new head.

    Raises:
        AdvguiError: The classifier is of another architecture, or as in `loop.train`.
    """
    determining = asdict(recipe) | {
        "classifier": classifier.sha256,
        "classes": list(training.class_names),
        "training images": _digest(training),
        "validation images": _digest(validation),
    }
    return loop.train(partial(_Trainer, recipe, classifier, training, validation), determining, folder, progress)


def _digest(dataset: Dataset) -> str:
    return sha256(dataset.images.tobytes() + dataset.labels.tobytes()).hexdigest()


class _Trainer(loop.Trainer):
    """Cross-entropy on augmented images, of the head and then of everything."""

    metrics = ("loss", "accuracy")

    def __init__(self, recipe: Recipe, classifier: Classifier, training: Dataset, validation: Dataset) -> None:
        self._recipe = recipe
        self._images = training.images
        self._labels = training.labels
        self._validation = validation
        self._classes = len(training.class_names)
        side = int(training.images.shape[1])
        self._validated_at_once = max(_MOST_PIXELS // side**2, 1)
        self._size = min(recipe.batch_size, len(training), self._validated_at_once)
        # A quarter down, as the classifier was trained, and on one canvas.
        self._views = (augmentation.View(side, side, side, 0.8), augmentation.View(side * 3 // 4, side, side, 0.2))
        with mixed_bfloat16():
            model = architectures.classifier(self._classes, 0.25 * recipe.dropout_scale, 0.5 * recipe.dropout_scale)
        architectures.copy_layers(classifier.model, model, last=_FEATURES)
        optimizer = keras.optimizers.Adam(recipe.learning_rate)
        steps = max(len(training) // self._size, recipe.least_steps)
        super().__init__(model, optimizer, self._rate, recipe.epochs, steps)
        self._step_head, self._step_all = _compiled_steps(model, optimizer)
        self._network = Network(model)

    def _rate(self, progress: float) -> float:
        recipe = self._recipe
        head = progress * self.epochs <= recipe.head_epochs + 1e-9
        return recipe.head_learning_rate if head else recipe.learning_rate

    def work(self, epoch: int) -> float:
        """Return what a step costs: a frozen network is only run forwards."""
        return 1.0 if epoch < self._recipe.head_epochs else 3.0

    def batches(
        self, epoch: int, generator: np.random.Generator
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Yield augmented images and their labels, in random order."""
        self.step = self._step_head if epoch < self._recipe.head_epochs else self._step_all
        if epoch == self._recipe.head_epochs:
            # The notebook compiles anew before it trains everything: Adam begins again.
            for variable in self.optimizer.variables:
                variable.assign(tf.zeros_like(variable))
        count = self.steps * self._size
        passes = -(-count // len(self._images))
        order = np.concatenate([generator.permutation(len(self._images)) for _ in range(passes)])
        shift = max(self._images.shape[1] // 8, 1)
        for start in range(0, count, self._size):
            picked = order[start : start + self._size]
            view = augmentation.draw_view(self._views, generator)
            yield augmentation.augment(to_float(self._images[picked]), view, generator, shift), self._labels[picked]

    def validate(self) -> Mapping[str, float]:
        """Return loss and accuracy on the validation images."""
        loss, correct = evaluate(self._network, self._validation, self._validated_at_once)
        return {"validation_loss": loss, "validation_accuracy": correct / len(self._validation)}

    def result(self) -> keras.Model:
        """Return the float32 network, with the dropout of the architecture."""
        return float32_copy(self.model, architectures.classifier(self._classes))


def _compiled_steps(
    model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> tuple[Callable[..., tuple[Any, Any]], Callable[..., tuple[Any, Any]]]:
    """Return the steps that train the head alone, and everything."""
    pooled = model.get_layer(_FEATURES).output
    features, head = keras.Model(model.input, pooled), keras.Model(pooled, model.output)
    signature = [tf.TensorSpec((None, None, None, 3), tf.float32), tf.TensorSpec((None,), tf.int64)]

    def compiled(logits_of: Callable[[tf.Tensor], tf.Tensor], learned: list[Any]) -> Callable[..., tuple[Any, Any]]:
        @tf.function(autograph=False, input_signature=signature)  # type: ignore[untyped-decorator]
        def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                logits = logits_of(images)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
            gradients = dict(zip([v.path for v in learned], tape.gradient(loss, learned), strict=True))
            # A gradient of 0 leaves Adam's moments at 0, and the variable where it is.
            optimizer.apply([gradients.get(v.path, tf.zeros(v.shape)) for v in model.trainable_variables])
            return loss, tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))

        made: Callable[..., tuple[Any, Any]] = step
        return made

    # Frozen means that the batch normalisation keeps its statistics too.
    frozen = compiled(lambda x: head(features(x, training=False), training=True), head.trainable_variables)
    return frozen, compiled(lambda x: model(x, training=True), model.trainable_variables)
