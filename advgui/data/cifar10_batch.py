"""Reads one batch file of CIFAR-10, which is a pickle.

Its checksum was compared before. Even so, only the three names of NumPy that the official files use are known, and lead
to the small classes here: no function of NumPy, or of anything else, can be called by such a file.
"""

import io
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advgui.errors import DataError

IMAGES = 10_000
CLASSES = 10


def decode(content: bytes, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the images and labels of a batch file.

    Args:
        content: The file's content. Compare its checksum first.
        name: What messages call it.

    Returns:
        Images, uint8 (10000, 32, 32, 3), and labels, int64 (10000,) in [0, 10).

    Raises:
        DataError: It is not a batch file.
    """
    try:
        batch = _Unpickler(io.BytesIO(content), encoding="bytes").load()
        array, labels = batch[b"data"], np.array(batch[b"labels"])
        pixels = array.pixels.reshape(IMAGES, 3, 32, 32)
        if labels.shape != (IMAGES,) or labels.dtype.kind != "i" or labels.min() < 0 or labels.max() >= CLASSES:
            raise ValueError("its labels are not 10,000 numbers from 0 to 9")
    except Exception as error:  # damaged pickles raise whatever they like
        raise DataError(
            f"'{name}' is not a CIFAR-10 file ({str(error) or type(error).__name__}), expected 10,000 labelled images."
        ) from error
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)), labels.astype(np.int64)


class _Type:
    """Stands for `numpy.dtype`."""

    def __init__(self, name: bytes, *_: Any) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        """Ignore the byte order and what else means nothing for bytes."""


class _Array:
    """Stands for `numpy.ndarray`: bytes, and nothing else."""

    pixels: NDArray[np.uint8]

    def __init__(self, *_: Any) -> None: ...

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, content = state
        if not isinstance(kind, _Type) or kind.name != b"u1" or by_columns:
            raise ValueError("its pixels are not bytes in rows")
        self.pixels = np.frombuffer(content, np.uint8).reshape(shape)


# Classes alone: a file could write to the attributes of a function.
_NAMES: dict[tuple[str, str], type] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _NAMES[module, name]
        except KeyError:
            raise ValueError(f"it asks for '{module}.{name}', which no official file does") from None
