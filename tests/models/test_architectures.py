"""The architectures are the paper's: layers, order, parameters, sizes, and what is saved opens anywhere."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from advgui.data.cifar10 import Dataset
from advgui.models import architectures
from tests import tiny

BLOCK = ["Conv2D 3", "BatchNormalization", "Conv2D 3", "BatchNormalization", "MaxPooling2D", "Dropout 0.25"]
HEAD = ["GlobalMaxPooling2D", "Dense 512", "Dropout 0.5", "Dense 512", "Dropout 0.5", "Dense 10"]


def described(model: keras.Model) -> list[str]:
    """Each layer's class with its one telling number."""
    numbers = {
        layers.Conv2D: lambda layer: layer.kernel_size[0],
        layers.Dense: lambda layer: layer.units,
        layers.Dropout: lambda layer: layer.rate,
    }
    return [
        " ".join(
            [type(layer).__name__, *(str(number(layer)) for kind, number in numbers.items() if type(layer) is kind)]
        )
        for layer in model.layers
    ]


def test_classifier_is_the_papers_layer_for_layer() -> None:
    model = architectures.classifier()
    assert described(model) == ["InputLayer", "Normalization", *BLOCK * 3, *HEAD]
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [64, 64, 128, 128, 256, 256]
    for layer in convolutions:
        assert layer.padding == "same"
        assert layer.strides == (1, 1)
        assert layer.activation is keras.activations.relu  # before the batch normalisation
        assert isinstance(layer.kernel_initializer, keras.initializers.HeUniform)
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    assert [layer.activation.__name__ for layer in dense] == ["relu", "relu", "linear"]


def test_classifier_has_the_papers_number_of_parameters() -> None:
    model = architectures.classifier()
    assert model.count_params() == 1_548_362
    assert model.get_layer("standardize").count_params() == 0  # constants
    assert architectures.classifier(classes=100).count_params() == 1_548_362 + 90 * (512 + 1)


def test_the_initial_design_flattens_and_does_not_normalise() -> None:
    model = architectures.initial_classifier()
    kinds = [type(layer).__name__ for layer in model.layers[2:]]
    block = ["Conv2D", "Conv2D", "MaxPooling2D", "Dropout"]
    assert kinds == [*block * 3, "Flatten", "Dense", "Dropout", "Dense", "Dropout", "Dense"]
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [64, 64, 128, 128, 256, 256]
    assert not any(isinstance(layer.kernel_initializer, keras.initializers.HeUniform) for layer in convolutions)
    assert model.input_shape == (None, 32, 32, 3)
    assert model.output_shape == (None, 10)


def test_dropout_rates_are_arguments() -> None:
    rates = [layer.rate for layer in architectures.classifier(10, 0.1, 0.2).layers if isinstance(layer, layers.Dropout)]
    assert rates == [0.1, 0.1, 0.1, 0.2, 0.2]


def test_autoencoder_is_the_papers_layer_for_layer() -> None:
    model = architectures.autoencoder()
    encoder = ["Conv2D 3", "BatchNormalization", "Conv2D 3", "Conv2D 3", "BatchNormalization"]
    decoder = ["UpSampling2D", "Conv2D 3", "BatchNormalization", "Conv2D 1"]
    assert described(model) == ["InputLayer", *encoder, *decoder]
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [32, 32, 32, 32, 3]
    assert [layer.strides for layer in convolutions] == [(1, 1), (2, 2), (1, 1), (1, 1), (1, 1)]
    assert [layer.activation.__name__ for layer in convolutions] == ["relu"] * 4 + ["sigmoid"]
    latent = keras.Model(model.input, model.get_layer("latent").output)
    assert latent(tiny.images(1)).shape == (1, 16, 16, 32)


def test_autoencoder_takes_other_filter_counts() -> None:
    model = architectures.autoencoder((8, 16, 4, 12))
    assert [layer.filters for layer in model.layers if isinstance(layer, layers.Conv2D)] == [8, 16, 4, 12, 3]


@pytest.mark.parametrize("side", [8, 31, 32, 40, 51])
def test_classifier_takes_any_size(side: int) -> None:
    logits = architectures.classifier()(tiny.images(2, size=side))
    assert logits.shape == (2, 10)
    assert logits.dtype == "float32"


@pytest.mark.parametrize("side", [2, 32, 40, 50])
def test_autoencoder_keeps_even_sizes_and_the_range(side: int) -> None:
    restored = np.asarray(architectures.autoencoder()(tiny.images(2, size=side)))
    assert restored.shape == (2, side, side, 3)
    assert restored.dtype == np.float32
    assert restored.min() >= 0
    assert restored.max() <= 1


@pytest.mark.parametrize("build", [architectures.classifier, architectures.autoencoder])
def test_mixed_precision_keeps_float32_at_both_ends(build: Callable[[], keras.Model]) -> None:
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        model = build()
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    assert (model.input.dtype, model.output.dtype) == ("float32", "float32")
    assert all(weight.dtype == "float32" for weight in model.weights)
    assert "bfloat16" in {layer.compute_dtype for layer in model.layers}
    for layer in model.layers:
        if isinstance(layer, layers.Normalization):
            assert layer.compute_dtype == "float32"


def test_the_network_behind_the_standardizing_layer_is_the_same_network() -> None:
    model = architectures.classifier()
    images = tiny.images(3)
    standardized = (images - np.float32(architectures.TRAINING_MEAN)) / np.float32(architectures.TRAINING_STD)
    body = architectures.without_standardizing(model)
    np.testing.assert_allclose(body(standardized), model(images), rtol=1e-4, atol=1e-4)
    assert body.count_params() == model.count_params()
    assert all(mine is theirs for mine, theirs in zip(body.weights, model.weights, strict=True))


def test_only_a_standardizing_network_can_be_entered_behind_that_layer() -> None:
    with pytest.raises(ValueError, match="first layer of 'autoencoder' is Conv2D, expected Normalization"):
        architectures.without_standardizing(architectures.autoencoder())


def test_the_constants_are_those_of_the_training_images(cifar_training_set: Dataset) -> None:
    images = cifar_training_set.images
    assert images.shape == (50_000, 32, 32, 3)
    # Whole numbers, a part at a time: exact, and small in memory.
    total = square = np.zeros(3, np.int64)
    for part in np.array_split(images, 50):
        values = part.reshape(-1, 3).astype(np.int64)
        total, square = total + values.sum(axis=0), square + (values**2).sum(axis=0)
    mean, mean_square = total / (images.size / 3), square / (images.size / 3)
    np.testing.assert_allclose(mean / 255, architectures.TRAINING_MEAN, atol=1e-8)
    np.testing.assert_allclose(np.sqrt(mean_square - mean**2) / 255, architectures.TRAINING_STD, atol=1e-8)


OPEN = """
import sys
import keras, numpy as np
model = keras.models.load_model(sys.argv[1], compile=False)
np.save(sys.argv[2], model(np.load(sys.argv[3]), training=False))
assert not any(name.startswith("advgui") for name in sys.modules)
"""


@pytest.mark.parametrize("build", [architectures.classifier, architectures.autoencoder])
def test_a_saved_network_opens_without_this_program(build: Callable[[], keras.Model], tmp_path: Path) -> None:
    model = build()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # keras and numpy disagree on an argument's name
        model.save(tmp_path / "net.keras")
    images = tiny.images(2)
    np.save(tmp_path / "images.npy", images)
    names = ["net.keras", "output.npy", "images.npy"]
    subprocess.run([sys.executable, "-I", "-c", OPEN, *names], check=True, cwd=tmp_path)
    np.testing.assert_allclose(np.load(tmp_path / "output.npy"), model(images, training=False), rtol=1e-4, atol=1e-5)
