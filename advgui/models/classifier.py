"""Trained networks as compiled functions on NumPy arrays; the one place where the pipeline meets TensorFlow.

Import this module on the thread that is to do the computing: Keras keeps state for each thread.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from advgui.attacks import Loss
from advgui.errors import AdvguiError
from advgui.models.backend import GPUS, keras, tf
from advgui.types import Bounds, FloatArray, IntArray

_IMAGES = tf.TensorSpec((None, None, None, 3), tf.float32)
_LABELS = tf.TensorSpec((None,), tf.int64)


def device_name() -> str:
    """Return where TensorFlow computes: "CPU", or "GPU: " and the name of the first one."""
    if not GPUS:
        return "CPU"
    return f"GPU: {tf.config.experimental.get_device_details(GPUS[0]).get('device_name', GPUS[0].name)}"


def _margin(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return the largest other logit less that of the label (Carlini and Wagner, IEEE S&P 2017)."""
    chosen = tf.one_hot(labels, tf.shape(logits)[1], on_value=True, off_value=False, dtype=tf.bool)
    others = tf.reduce_max(tf.where(chosen, logits.dtype.min, logits), axis=1)
    return others - tf.gather(logits, labels, batch_dims=1)


_LOSSES: Mapping[Loss, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    Loss.CROSS_ENTROPY: tf.nn.sparse_softmax_cross_entropy_with_logits,
    Loss.MARGIN: _margin,
}


class Network:
    """A network from images to anything, compiled once for batches and images of every size.

    Args:
        model: Takes float32 (N, H, W, 3).
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self._forward = tf.function(
            lambda images: (model(images, training=False),), input_signature=[_IMAGES], autograph=False
        )
        self._backward = tf.function(self._traced_backward, input_signature=[_IMAGES, _IMAGES], autograph=False)

    def _traced_backward(self, images: tf.Tensor, gradient: tf.Tensor) -> tuple[tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            output = self.model(images, training=False)
        return (tape.gradient(output, images, output_gradients=gradient),)

    def vector_jacobian(self, images: FloatArray, gradient: FloatArray) -> FloatArray:
        """Return the gradient with respect to the images, given the one with respect to the output.

        Args:
            images: float32 (N, H, W, 3).
            gradient: float32 of the output's shape, for a network from images to images.

        Returns:
            float32 (N, H, W, 3).
        """
        (result,) = in_memory(self._backward, images, gradient)
        return result

    def __call__(self, images: FloatArray) -> FloatArray:
        """Return the output for a batch as float32, read as NumPy."""
        (output,) = in_memory(self._forward, images)
        return output


class Classifier:
    """A trained classifier: bounds, logits and loss gradient.

    Args:
        model: From float32 (N, H, W, 3) to logits (N, classes).
        class_names: One for each class.
        name: Of its file, for reports.
        sha256: Of its file, in hexadecimal.
        bounds: Of the pixels it takes.
    """

    def __init__(
        self,
        model: keras.Model,
        class_names: Sequence[str],
        name: str = "classifier",
        sha256: str = "",
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    ) -> None:
        self.model = model
        self.class_names = tuple(class_names)
        self.name = name
        self.sha256 = sha256
        self.bounds = bounds
        self._network = Network(model)
        self._gradients = {
            loss: tf.function(
                partial(self._traced_gradient, function), input_signature=[_IMAGES, _LABELS], autograph=False
            )
            for loss, function in _LOSSES.items()
        }

    def _traced_gradient(
        self, loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], images: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            logits = self.model(images, training=False)
            # Summed, not averaged: an image's gradient must not depend on how many neighbours it has.
            total = tf.reduce_sum(loss(labels, logits))
        return tape.gradient(total, images), logits

    def logits(self, images: FloatArray) -> FloatArray:
        """Return logits, float32 (N, classes), for float32 images (N, H, W, 3) within the bounds."""
        return self._network(images)

    def loss_gradient(self, images: FloatArray, labels: IntArray, loss: Loss = Loss.CROSS_ENTROPY) -> FloatArray:
        """Return the gradient of the summed loss with respect to the images, float32 (N, H, W, 3).

        Args:
            images: float32 (N, H, W, 3) within the bounds.
            labels: int64 (N,).
            loss: The cross-entropy, or the margin: the largest other logit less that of the label.
        """
        return self.loss_gradient_and_logits(images, labels, loss)[0]

    def loss_gradient_and_logits(
        self, images: FloatArray, labels: IntArray, loss: Loss = Loss.CROSS_ENTROPY
    ) -> tuple[FloatArray, FloatArray]:
        """Return `loss_gradient` and the `logits` that were computed on the way."""
        gradient, logits = in_memory(self._gradients[loss], images, labels)
        return gradient, logits


def in_memory(function: Callable[..., tuple[tf.Tensor, ...]], *batch: Any) -> tuple[FloatArray, ...]:
    """Call a compiled function on a batch; if the device is out of memory, on its halves, and at last on the CPU.

    Args:
        function: Maps tensors with N entries to others with N entries.
        *batch: Arrays with N entries each.

    Returns:
        The results as NumPy arrays.

    Raises:
        AdvguiError: Not even one image fits, on the device or on the CPU.
    """

    def call() -> tuple[FloatArray, ...]:
        return tuple(np.asarray(result) for result in function(*(tf.convert_to_tensor(array) for array in batch)))

    try:
        return call()
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        size = len(batch[0])
    if size > 1:
        halves = (slice(None, size // 2), slice(size // 2, None))
        parts = [in_memory(function, *(array[half] for array in batch)) for half in halves]
        return tuple(np.concatenate(pair) for pair in zip(*parts, strict=True))
    try:
        with tf.device("/CPU:0"):
            return call()
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        raise AdvguiError(
            f"There is not enough memory for one image of {batch[0].shape[1]}x{batch[0].shape[2]} px. "
            "Close other programs, or open a smaller picture."
        ) from error


def _is_out_of_memory(error: Exception) -> bool:
    # The second is what TensorFlow says when a batch cannot be copied to a full GPU.
    return isinstance(error, (tf.errors.ResourceExhaustedError, MemoryError)) or (
        isinstance(error, tf.errors.InternalError) and "Dst tensor is not initialized" in str(error)
    )
