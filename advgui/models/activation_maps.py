"""Where in an image a classifier finds what speaks for a class: class activation maps.

Zhou et al., *Learning deep features for discriminative localization*, CVPR 2016, for classifiers that end with global
pooling and dense layers. Their maps are the feature maps before the pooling, weighted by the dense layer's weights for
the class. Where several dense layers follow, their weights are those of the linear function that they are at this
image: the gradient of the logit with respect to the pooled features. For one dense layer that is its weights.
Either way the map is that of Grad-CAM (Selvaraju et al., ICCV 2017) times the number of its places, before Grad-CAM
cuts off what is negative: the tests hold the two against each other.
"""

from advgui.errors import AdvguiError
from advgui.models.backend import keras, tf
from advgui.models.classifier import in_memory
from advgui.types import FloatArray, IntArray

_IMAGES = tf.TensorSpec((None, None, None, 3), tf.float32)
_CLASSES = tf.TensorSpec((None,), tf.int64)
_POOLINGS = (keras.layers.GlobalMaxPooling2D, keras.layers.GlobalAveragePooling2D)


class ActivationMaps:
    """The class activation maps of a classifier, compiled for images of every size.

    Args:
        model: From float32 (N, H, W, 3) to logits (N, classes).

    Raises:
        AdvguiError: It does not end with global pooling and layers in a line.
    """

    def __init__(self, model: keras.Model) -> None:
        self._features, self._head = _parts(model)
        self._compute = tf.function(self._traced, input_signature=[_IMAGES, _CLASSES], autograph=False)

    def _traced(self, images: tf.Tensor, classes: tf.Tensor) -> tuple[tf.Tensor]:
        features, pooled = self._features(images, training=False)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(pooled)
            logits = self._head(pooled, training=False)
            chosen = tf.reduce_sum(tf.gather(logits, classes, batch_dims=1))
        weights = tape.gradient(chosen, pooled)
        flat = tf.reshape(weights, (tf.shape(weights)[0], tf.shape(features)[-1]))  # pooling may keep two axes of 1
        return (tf.einsum("nhwc,nc->nhw", tf.cast(features, tf.float32), tf.cast(flat, tf.float32)),)

    def __call__(self, images: FloatArray, classes: IntArray) -> FloatArray:
        """Return a map for each image.

        Args:
            images: float32 (N, H, W, 3), as the classifier is fed.
            classes: int64 (N,), the class of each that is asked for.

        Returns:
            float32 (N, h, w), as large as the feature maps, in units of the logits; positive where something speaks
            for the class.
        """
        (maps,) = in_memory(self._compute, images, classes)
        return maps


def _parts(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Return the network up to the pooling, which gives what goes in and what comes out of that, and the rest."""
    behind: list[keras.Operation] = []
    (tensor,) = model.outputs
    while True:
        history = tensor._keras_history  # how the output came about; a layer may have a part in other networks, too
        operation = history.operation
        sources = operation._inbound_nodes[history.node_index].input_tensors
        if isinstance(operation, _POOLINGS):
            break
        if len(sources) != 1:
            raise AdvguiError(
                f"There is no map of where '{model.name}' looks: it does not end with global pooling and dense layers "
                f"in a line, but with '{operation.name}'. Expected GlobalMaxPooling2D or GlobalAveragePooling2D before "
                "the last layers, as the built-in classifier has it."
            )
        behind.append(operation)
        (tensor,) = sources
    x = pooled = keras.Input(tensor.shape[1:], dtype=tensor.dtype)
    for operation in reversed(behind):
        x = operation(x)
    return keras.Model(model.inputs[0], [sources[0], tensor]), keras.Model(pooled, x)
