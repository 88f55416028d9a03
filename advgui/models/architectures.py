"""The paper's architectures, layer for layer.

Every network takes and gives float32 images in [0, 1], shape (N, H, W, 3), and is built from Keras' own layers
alone, so that a saved file opens anywhere with `keras.models.load_model(path, compile=False)`.
"""

from collections.abc import Sequence

from advgui.errors import AdvguiError
from advgui.models.backend import keras
from advgui.scaling import TRAINING_MEAN, TRAINING_STD

layers = keras.layers

BLOCKS = (64, 128, 256)
DENSE_UNITS = 512


def _image_input() -> keras.KerasTensor:
    return keras.Input((None, None, 3), dtype="float32", name="image")


def standardizing_layer() -> keras.layers.Normalization:
    """Return the first layer of every classifier: (x - mean) / std with the training set's constants."""
    # float32 under mixed precision too: bfloat16 would round the pixels to 8 bits before the first convolution.
    return layers.Normalization(
        mean=TRAINING_MEAN, variance=[std**2 for std in TRAINING_STD], dtype="float32", name="standardize"
    )


def classifier(classes: int = 10, conv_dropout: float = 0.25, dense_dropout: float = 0.5) -> keras.Model:
    """Build the paper's final classifier (section 4): images of any size to logits.

    Three blocks of Conv 3x3, BatchNormalization, Conv 3x3, BatchNormalization, MaxPooling, Dropout with 64, 128 and
    256 filters, then GlobalMaxPooling2D and three dense layers. The ReLU comes before the batch normalisation. Without
    the standardizing layer it has 1,548,362 parameters for ten classes.

    Args:
        classes: Number of classes, at least 2.
        conv_dropout: Rate of the dropout after each block, in [0, 1). It acts in training alone.
        dense_dropout: Rate of the dropout after each hidden dense layer, in [0, 1). It acts in training alone.

    Returns:
        A model from float32 (N, H, W, 3) in [0, 1], H and W at least 8, to float32 logits (N, classes).
    """
    image = _image_input()
    x = standardizing_layer()(image)
    for block, filters in enumerate(BLOCKS, start=1):
        for step in "ab":
            x = layers.Conv2D(
                filters, 3, padding="same", activation="relu", kernel_initializer="he_uniform",
                name=f"block{block}_conv_{step}",
            )(x)  # fmt: skip
            x = layers.BatchNormalization(name=f"block{block}_norm_{step}")(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
        x = layers.Dropout(conv_dropout, name=f"block{block}_dropout")(x)
    x = layers.GlobalMaxPooling2D(name="global_pool")(x)
    return keras.Model(image, head(x, classes, dense_dropout), name="classifier")


def initial_classifier(classes: int = 10, conv_dropout: float = 0.25, dense_dropout: float = 0.5) -> keras.Model:
    """Build the paper's initial design (section 4): the same blocks before anything was done against overfitting.

    No batch normalisation, Keras' default initialiser instead of `he_uniform`, and Flatten in place of the global
    pooling, which fixes the size of the images.

    Args:
        classes: Number of classes, at least 2.
        conv_dropout: Rate of the dropout after each block, in [0, 1).
        dense_dropout: Rate of the dropout after each hidden dense layer, in [0, 1).

    Returns:
        A model from float32 (N, 32, 32, 3) in [0, 1] to float32 logits (N, classes).
    """
    image = keras.Input((32, 32, 3), dtype="float32", name="image")
    x = standardizing_layer()(image)
    for block, filters in enumerate(BLOCKS, start=1):
        for step in "ab":
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"block{block}_conv_{step}")(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
        x = layers.Dropout(conv_dropout, name=f"block{block}_dropout")(x)
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(image, head(x, classes, dense_dropout), name="initial_classifier")


def head(features: keras.KerasTensor, classes: int, dropout: float = 0.5) -> keras.KerasTensor:
    """Append the classifier's three dense layers to `features` (N, C); returns float32 logits (N, classes)."""
    x = features
    for step in (1, 2):
        x = layers.Dense(DENSE_UNITS, activation="relu", name=f"dense{step}")(x)
        x = layers.Dropout(dropout, name=f"dense{step}_dropout")(x)
    # float32 under mixed precision too: a softmax of bfloat16 logits is off in the third digit.
    return layers.Dense(classes, dtype="float32", name="logits")(x)


def autoencoder(filters: Sequence[int] = (32, 32, 32, 32)) -> keras.Model:
    """Build the paper's autoencoder (section 4): a stride of 2 in the second convolution, upsampling, a sigmoid.

    Conv 3x3, BatchNormalization, Conv 3x3 stride 2, Conv 3x3, BatchNormalization (the latent, half the side),
    UpSampling2D, Conv 3x3, BatchNormalization, Conv 1x1 with a sigmoid.

    Args:
        filters: Filters of the four 3x3 convolutions. The paper's notebooks use 32 throughout.

    Returns:
        A model from float32 (N, H, W, 3) in [0, 1], H and W even, to the same shape and range.
    """
    first, second, third, fourth = filters
    image = _image_input()
    x = layers.Conv2D(first, 3, padding="same", activation="relu", name="encode_a")(image)
    x = layers.BatchNormalization(name="encode_a_norm")(x)
    x = layers.Conv2D(second, 3, strides=2, padding="same", activation="relu", name="encode_b")(x)
    x = layers.Conv2D(third, 3, padding="same", activation="relu", name="encode_c")(x)
    x = layers.BatchNormalization(name="latent")(x)
    x = layers.UpSampling2D(name="upsample")(x)
    x = layers.Conv2D(fourth, 3, padding="same", activation="relu", name="decode")(x)
    x = layers.BatchNormalization(name="decode_norm")(x)
    x = layers.Conv2D(3, 1, activation="sigmoid", dtype="float32", name="restored")(x)
    return keras.Model(image, x, name="autoencoder")


def autoencoder_filters(model: keras.Model) -> tuple[int, ...]:
    """Return the filters that an autoencoder was built with.

    Raises:
        AdvguiError: It is not built as the paper's.
    """
    try:
        return tuple(model.get_layer(name).filters for name in ("encode_a", "encode_b", "encode_c", "decode"))
    except (ValueError, AttributeError) as error:
        raise AdvguiError(
            f"'{model.name}' is not built as the paper's autoencoder ({error}). Expected a network that "
            "`advgui train autoencoder` made."
        ) from error


def copy_layers(source: keras.Model, target: keras.Model, last: str = "") -> None:
    """Give the layers of a network the weights of another one's layers of the same names.

    Args:
        source: Stays as it is.
        target: One of the paper's networks, as built here.
        last: The last layer that is copied; all are if it is "".

    Raises:
        AdvguiError: `source` has no such layers.
    """
    try:
        for layer in target.layers:
            layer.set_weights(source.get_layer(layer.name).get_weights())
            if layer.name == last:
                return
    except ValueError as error:
        raise AdvguiError(
            f"'{source.name}' is not built as the paper's classifier ({error}). Expected a network that "
            "`advgui train classifier` or `advgui train transfer` made."
        ) from error


def without_standardizing(model: keras.Model) -> keras.Model:
    """Return the same network entered behind its standardizing layer, sharing the weights.

    Args:
        model: A classifier whose first layer is `standardizing_layer()`.

    Returns:
        A model whose input is taken as already standardized (protocol *as published*).

    Raises:
        ValueError: The first layer is not a standardizing layer.
    """
    first, *rest = [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]
    if not isinstance(first, layers.Normalization):
        raise ValueError(
            f"The first layer of '{model.name}' is {type(first).__name__}, expected Normalization: only a classifier "
            "that standardizes its input can be entered behind that layer."
        )
    image = x = _image_input()
    for layer in rest:
        x = layer(x)
    return keras.Model(image, x, name=f"{model.name}_unstandardized")
