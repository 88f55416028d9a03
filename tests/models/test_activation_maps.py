import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.images import to_float
from advgui.models import architectures
from advgui.models.activation_maps import ActivationMaps
from advgui.pipeline import Pipeline
from tests import tiny


def grad_cam(model: keras.Model, images: np.ndarray, classes: np.ndarray, pooling: str) -> np.ndarray:
    """Independently: the gradient goes back through all layers to the feature maps; nothing is cut off."""
    place = [layer.name for layer in model.layers].index(pooling)
    features = keras.Model(model.input, model.layers[place - 1].output)(images, training=False)
    with tf.GradientTape() as tape:
        tape.watch(features)
        x = features
        for layer in model.layers[place:]:
            x = layer(x, training=False) if isinstance(layer, layers.Dropout) else layer(x)
        chosen = tf.gather(x, classes, batch_dims=1)
    alpha = tf.reduce_mean(tape.gradient(chosen, features), axis=(1, 2))
    return np.asarray(tf.reduce_sum(features * alpha[:, tf.newaxis, tf.newaxis], axis=-1))


@pytest.mark.parametrize("size", [32, 40])
def test_maps_of_the_bundled_network_are_those_of_grad_cam(bundled: Pipeline, samples: Dataset, size: int) -> None:
    model = bundled.classifier.model
    images = np.pad(to_float(samples.images[:6]), ((0, 0), *[((size - 32) // 2,) * 2] * 2, (0, 0)))
    predicted = bundled.classifier.logits(images).argmax(axis=1)
    for classes in (predicted, (predicted + 3) % 10):
        maps = ActivationMaps(model)(images, classes)
        assert maps.shape == (6, size // 8, size // 8)
        assert maps.dtype == np.float32
        expected = grad_cam(model, images, classes, "global_pool") * maps[0].size
        np.testing.assert_allclose(maps, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    assert np.abs(maps).max() > 1


def test_a_network_entered_behind_its_standardizing_layer_has_maps(bundled: Pipeline, samples: Dataset) -> None:
    model = bundled.classifier.model
    behind, images = architectures.without_standardizing(model), to_float(samples.images[:2])
    classes = np.array([3, 8])
    standardized = np.asarray(model.layers[1](images))
    ours = ActivationMaps(behind)(standardized, classes)
    np.testing.assert_allclose(ours, ActivationMaps(model)(images, classes), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("keepdims", [False, True])
def test_with_averages_and_one_dense_layer_a_map_sums_up_to_the_logit(keepdims: bool) -> None:
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, activation="relu", kernel_initializer=keras.initializers.HeUniform(seed=1))(image)
    x = layers.GlobalAveragePooling2D(keepdims=keepdims)(x)
    x = layers.Flatten()(x) if keepdims else x
    x = layers.Dense(4, bias_initializer="ones", kernel_initializer=keras.initializers.HeUniform(seed=2))(x)
    model, images = keras.Model(image, x), tiny.images(3)
    logits = np.asarray(model(images))
    for wanted in range(4):
        maps = ActivationMaps(model)(images, np.full(3, wanted))
        np.testing.assert_allclose(maps.mean(axis=(1, 2)) + 1, logits[:, wanted], rtol=1e-4, atol=1e-5)


def test_with_one_dense_layer_the_weights_are_its_own() -> None:
    model, images = tiny.classifier_model(), tiny.images(2)
    features = np.asarray(keras.Model(model.input, model.layers[2].output)(images))
    kernel = model.get_layer("logits").get_weights()[0]
    maps = ActivationMaps(model)(images, np.array([7, 2]))
    np.testing.assert_allclose(maps[0], features[0] @ kernel[:, 7], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(maps[1], features[1] @ kernel[:, 2], rtol=1e-4, atol=1e-4)


def test_a_map_is_where_the_thing_is() -> None:
    """A red spot on grey, and a network that looks for red."""
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(1, 1, use_bias=False, name="red")(image)
    x = layers.Dense(2, use_bias=False, name="logits")(layers.GlobalMaxPooling2D()(x))
    model = keras.Model(image, x)
    model.get_layer("red").set_weights([np.array([1, -1, 0], np.float32).reshape(1, 1, 3, 1)])
    model.get_layer("logits").set_weights([np.array([[2, -2]], np.float32)])
    images = np.full((1, 16, 16, 3), 0.5, np.float32)
    images[0, 5, 11] = 1, 0, 0
    (for_red,), (against,) = (ActivationMaps(model)(images, np.array([wanted])) for wanted in (0, 1))
    assert np.unravel_index(for_red.argmax(), for_red.shape) == (5, 11)
    assert for_red[5, 11] == pytest.approx(2)
    np.testing.assert_allclose(against, -for_red)


def _two_ends() -> keras.Model:
    image = keras.Input((32, 32, 3))
    ends = [
        layers.Dense(4, name=name)(layers.GlobalMaxPooling2D(name=f"{name}_pool")(image)) for name in ("one", "two")
    ]
    return keras.Model(image, layers.Add()(ends))


@pytest.mark.parametrize("make", [architectures.initial_classifier, _two_ends], ids=["flattened", "two ends"])
def test_other_networks_have_none_and_that_is_said(make) -> None:
    with pytest.raises(AdvguiError, match=r"no map of where.*Expected GlobalMaxPooling2D"):
        ActivationMaps(make())
