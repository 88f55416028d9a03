"""Model files that pass every list and must not be opened: they crash, swell, hang, or answer what is no answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import layers

from tests import tiny
from tests.damaged_weights import damaged, weights
from tests.model_archives import WEIGHTS, Config, layer, packed, save, unpacked, with_config

Output = Any


def classifier(body: Callable[[Output], Output], head: Callable[[Output], Output] = lambda x: x) -> keras.Model:
    """Something on the image, global pooling, three logits, something on the logits."""
    image = keras.Input((None, None, 3))
    initializer = keras.initializers.GlorotUniform(seed=1)
    logits = layers.Dense(3, kernel_initializer=initializer)(layers.GlobalAveragePooling2D()(body(image)))
    return keras.Model(image, head(logits))


def weights_that_damage_memory(path: Path) -> Path:
    """HDF5 1.14 frees memory that is not its own: sometimes it says so, sometimes the process ends."""
    members = unpacked(save(tiny.classifier_model(), path.with_name("good.keras")))
    return packed(members | {WEIGHTS: damaged(weights("creation order"), 76)}, path)


def dilation(path: Path) -> Path:
    good = save(classifier(lambda x: layers.Conv2D(3, 3, padding="same")(x)), path.with_name("good.keras"))
    return with_config(good, path, _set("Conv2D", dilation_rate=[2000, 2000]))


def dilation_past_32_bits(path: Path) -> Path:
    good = save(classifier(lambda x: layers.Conv2D(3, 3, padding="same")(x)), path.with_name("good.keras"))
    return with_config(good, path, _set("Conv2D", dilation_rate=[2**33, 2**33]))


def softmax_over_the_batch(path: Path) -> Path:
    return save(classifier(lambda x: x, lambda x: layers.Softmax(axis=0)(x)), path)


def mean_of_the_batch(path: Path) -> Path:
    return save(classifier(lambda x: x, lambda x: x - keras.ops.mean(x, axis=0, keepdims=True)), path)


def neighbours_joined(path: Path) -> Path:
    return save(classifier(lambda x: x, lambda x: layers.Concatenate(axis=0)([x, x])), path)


def gradient_that_is_no_number(path: Path) -> Path:
    """The square root of a sum of squares that is zero: its value is 0, its slope infinite, and 0 times it NaN."""
    return save(classifier(lambda x: keras.ops.sqrt(keras.ops.relu(x - 2.0))), path)


def type_that_takes_memory(path: Path) -> Path:
    good = save(tiny.classifier_model(), path.with_name("good.keras"))
    return with_config(good, path, _set("Dense", dtype="S3000000000"))


def hang(path: Path) -> Path:
    """One convolution of 129 px, called hundreds of times: minutes for each image."""
    image = x = keras.Input((None, None, 3))
    shared = layers.Conv2D(8, 129, padding="same")
    x = layers.Conv2D(8, 1)(x)
    for _ in range(200):
        x = shared(x)
    return save(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x))), path)


def large_images_alone(path: Path) -> Path:
    """Valid poolings leave nothing of an image of 32 px."""

    def shrink(x: Output) -> Output:
        for _ in range(6):
            x = layers.MaxPooling2D(2)(x)
        return x

    return save(classifier(shrink), path)


def _set(class_name: str, **values: object) -> Callable[[Config], None]:
    def change(config: Config) -> None:
        layer(config, class_name)["config"].update(values)

    return change
