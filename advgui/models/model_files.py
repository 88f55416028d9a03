"""Opening model files that may come from anywhere.

`advgui.models.archive` checks a file before anything in it is interpreted; then Keras opens it in safe mode, and what
comes out is held against what the application needs of a classifier or an autoencoder. A file that is not the program's
own has been through `advgui.models.quarantine` before.
"""

import functools
import hashlib
import math
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from advgui.models.archive import Contents, ModelFile, Refusal, Source, as_read, inspect, telling

if TYPE_CHECKING:
    import keras

# Values that all layers together may produce for one image of 64 px; ResNet-50 makes about a million.
_MOST_ACTIVATIONS = 100_000_000
_PROBE_SIDE = 64
DIVERGED = "Its training has probably diverged: train it again, or choose another file."


def check(source: Source) -> None:
    """Check everything about a model file that can be checked without building the model.

    The file must be a `.keras` zip with exactly the three members that Keras 3 writes, of reasonable sizes; its
    configuration may name only layers, initializers and other parts on a list of harmless ones; its weights must be
    plain arrays that the file itself holds in full.

    Raises:
        ModelFileError: The file is missing, unreadable, damaged, foreign or unsafe.
    """
    inspect(source)


def load(source: Source) -> "keras.Model":
    """Check a model file and open it, uncompiled.

    Imports Keras and TensorFlow; Keras keeps state for each thread, so call this where the model is to be used.

    Raises:
        ModelFileError: As in `check`, or the configuration and the weights do not fit together, or a weight is not
            finite.
    """
    file = as_read(source)
    contents = inspect(file)
    import keras

    with telling(file.path):
        # Keras' state is per thread, so what this leaves behind goes with the thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_weigh, contents).result()
        with private_copy(file) as copy:
            model = keras.models.load_model(copy, compile=False, safe_mode=True)
        if not all(np.isfinite(values).all() for values in model.get_weights()):
            raise Refusal("it has weights that are NaN or infinite", "finite numbers", DIVERGED)
    return model


@contextmanager
def private_copy(file: ModelFile) -> Iterator[Path]:
    """Give a path with a file's content for the length of a block, where nobody else can exchange it.

    Raises:
        OSError: There is no room for it.
    """
    # Windows deletes no file that a process has open still.
    with tempfile.TemporaryDirectory(prefix="advgui-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(file.content)
        yield path


def load_classifier(source: Source, classes: int | None = None) -> "keras.Model":
    """Open a classifier: float32 images (N, H, W, 3) of any size in [0, 1] to float32 logits (N, classes).

    Args:
        source: The model file.
        classes: How many classes it must have; without it, any number from 2.

    Raises:
        ModelFileError: As in `load`, or another input or output, probabilities in place of logits, or outputs for
            some probe images that are not finite.
    """
    file = as_read(source)
    model = load(file)
    with telling(file.path):
        output = _image_to(model, "logits of shape (images, classes)")
        if len(output) != 2 or output[1] is None or output[1] < 2:
            raise Refusal(
                f"its output has the shape {output}",
                "(None, classes) with at least two classes",
                "Choose a classifier.",
            )
        if classes is not None and output[1] != classes:
            raise Refusal(
                f"it tells {output[1]} classes apart",
                f"{classes}, as many as the data set has",
                "Choose a classifier that was trained on this data set.",
            )
        answers = np.concatenate([_finite(model, images) for images in _probes()])
        if answers.min() >= 0 and np.allclose(answers.sum(axis=1), 1, atol=1e-3):
            raise Refusal(
                "it gives probabilities", "logits", "Remove the softmax from its last layer and save it again."
            )
    return model


def load_autoencoder(source: Source) -> "keras.Model":
    """Open an autoencoder: float32 images (N, H, W, 3) in [0, 1], H and W even, to the same shape and range.

    Raises:
        ModelFileError: As in `load`, or another input or output, or for some probe images an output of another size,
            outside [0, 1] or not finite.
    """
    file = as_read(source)
    model = load(file)
    with telling(file.path):
        output = _image_to(model, "an image of the same size")
        if len(output) != 4 or output[3] != 3:
            raise Refusal(
                f"its output has the shape {output}", "(None, None, None, 3), an image", "Choose an autoencoder."
            )
        for images in _probes():
            restored = _finite(model, images)
            if restored.shape != images.shape:
                raise Refusal(
                    f"it turns images of shape {images.shape[1:]} into {restored.shape[1:]}",
                    "the same shape",
                    "Choose an autoencoder that keeps the size of images with even sides.",
                )
            if restored.min() < 0 or restored.max() > 1:
                raise Refusal(
                    f"it gives pixels from {restored.min():.3g} to {restored.max():.3g}",
                    "[0, 1]",
                    "Give its last layer a sigmoid, train it on images in [0, 1] and save it again.",
                )
    return model


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal.

    Raises:
        ModelFileError: The file is missing or cannot be read.
    """
    with telling(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _weigh(contents: Contents) -> None:
    """Build the model without values, and refuse one that needs more memory than its file justifies."""
    import keras

    made = 0

    def counted(layer: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal made
        output = layer(*args, **kwargs)
        made += sum(math.prod(side or 1 for side in tensor.shape) for tensor in keras.tree.flatten(output))
        return output

    # In this scope a variable has a shape and no memory.
    with keras.StatelessScope(initialize_variables=False):
        model = keras.saving.deserialize_keras_object(contents.config)
        described = sum(math.prod(variable.shape) for variable in model.weights)
        # More is no reason to refuse: the file of a compiled model also has its optimizer's.
        if described > contents.stored:
            raise Refusal(
                f"its layers have {described:,} weights and its file holds {contents.stored:,}", "all of them"
            )
        images = [
            keras.Input(batch_shape=(1, *(n or _PROBE_SIDE for n in given.shape[1:])), dtype=given.dtype)
            for given in model.inputs
        ]
        if isinstance(model, keras.Sequential):
            functools.reduce(lambda image, layer: counted(layer, image), model.layers, images[0])
        else:
            images = keras.tree.pack_sequence_as(model.input, images)
            keras.models.clone_model(model, input_tensors=images, call_function=counted)
    if made > _MOST_ACTIVATIONS:
        raise Refusal(
            f"it computes {made:,} values for an image of {_PROBE_SIDE} px",
            f"at most {_MOST_ACTIVATIONS:,}",
            "Choose a smaller model.",
        )


def _image_to(model: "keras.Model", what: str) -> tuple[int | None, ...]:
    """Check that a model takes images and gives one float32 output; returns the output's shape."""
    inputs, outputs = model.inputs, model.outputs
    if len(inputs) != 1 or tuple(inputs[0].shape) != (None, None, None, 3) or inputs[0].dtype != "float32":
        given = ", ".join(f"{tuple(tensor.shape)} {tensor.dtype}" for tensor in inputs)
        raise Refusal(
            f"it takes {given}",
            "one input (None, None, None, 3) float32: colour images of any size in [0, 1]",
            "Build it with keras.Input((None, None, 3)) and save it again.",
        )
    if len(outputs) != 1 or outputs[0].dtype != "float32":
        given = ", ".join(f"{tuple(tensor.shape)} {tensor.dtype}" for tensor in outputs)
        raise Refusal(f"it gives {given}", f"one float32 output, {what}", "Choose another file.")
    return tuple(outputs[0].shape)


def _probes() -> Iterator[NDArray[np.float32]]:
    """Black, white and random images, square and not, of the sizes that the application works with."""
    generator = np.random.default_rng(0)
    for height, width in ((32, 32), (40, 40), (48, 64)):
        flat = np.broadcast_to(np.arange(2, dtype=np.float32).reshape(2, 1, 1, 1), (2, height, width, 3))
        yield np.concatenate([flat, generator.random((2, height, width, 3), np.float32)])


def _finite(model: "keras.Model", images: NDArray[np.float32]) -> NDArray[np.float32]:
    output = np.asarray(model(images, training=False))
    if not np.isfinite(output).all():
        raise Refusal("it gives outputs that are NaN or infinite", "finite numbers", DIVERGED)
    return output
