"""Resizing, flipping, shifting and zero padding as pairs of small matrices.

Each of these steps is linear and acts on rows and columns apart, so any chain of them is `R @ image @ C.T` with one
matrix for the rows and one for the columns. Random choices are made when the matrices are, and applying them is one
differentiable product for a whole batch, whatever was drawn for each image.
"""

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Method = Literal["nearest", "bilinear"]


@cache
def resizing(source: int, target: int, method: Method) -> Matrix:
    """Return the matrix that resizes a line of `source` pixels to `target` pixels.

    Pixel centres are aligned at half pixels, as in `tf.image.resize`. Like there, shrinking with "bilinear" does not
    average (no antialiasing).

    Args:
        source: Pixels before, at least 1.
        target: Pixels after, at least 1.
        method: "nearest" repeats or drops pixels, "bilinear" blends the two neighbours.

    Returns:
        float32 (target, source), read-only; every row sums to 1.
    """
    centres = (np.arange(target) + 0.5) * source / target
    matrix = np.zeros((target, source), np.float32)
    rows = np.arange(target)
    if method == "nearest":
        matrix[rows, np.minimum(np.floor(centres).astype(int), source - 1)] = 1
    else:
        left = np.floor(centres - 0.5).astype(int)
        weight = (centres - 0.5 - left).astype(np.float32)
        np.add.at(matrix, (rows, np.clip(left, 0, source - 1)), 1 - weight)
        np.add.at(matrix, (rows, np.clip(left + 1, 0, source - 1)), weight)
    matrix.flags.writeable = False
    return matrix


@cache
def padding(source: int, before: int, after: int) -> Matrix:
    """Return the matrix that puts `before` and `after` zeros around a line of `source` pixels.

    Returns:
        float32 (before + source + after, source), read-only.
    """
    matrix = np.zeros((before + source + after, source), np.float32)
    matrix[before : before + source] = np.eye(source, dtype=np.float32)
    matrix.flags.writeable = False
    return matrix


@cache
def resized_and_placed(source: int, side: int, offset: int, canvas: int, method: Method) -> Matrix:
    """Return the matrix that resizes `source` pixels to `side` and puts them at `offset` on a canvas of zeros.

    Returns:
        float32 (canvas, source), read-only.

    Raises:
        ValueError: `side` at `offset` does not fit on the canvas.
    """
    if offset < 0 or side < 1 or offset + side > canvas:
        raise ValueError(
            f"A side of {side} px at offset {offset} does not fit on a canvas of {canvas} px: "
            f"side must be at least 1, offset at least 0, and side + offset at most {canvas}."
        )
    matrix = padding(side, offset, canvas - offset - side) @ resizing(source, side, method)
    matrix.flags.writeable = False
    return matrix


@cache
def reflected_shift(source: int, shift: int, flip: bool = False) -> Matrix:
    """Return the matrix that shifts a line by `shift` pixels, filling from its mirror image, after an optional flip.

    Returns:
        float32 (source, source), read-only.
    """
    padded = np.pad(np.arange(source), abs(shift), mode="reflect")
    picked = padded[abs(shift) - shift : abs(shift) - shift + source]
    matrix = np.eye(source, dtype=np.float32)[source - 1 - picked if flip else picked]
    matrix.flags.writeable = False
    return matrix


def transform(images: NDArray[np.float32], rows: Matrix, columns: Matrix) -> NDArray[np.float32]:
    """Apply a pair of matrices to each image: `rows[n] @ images[n] @ columns[n].T` for every channel.

    Args:
        images: float32 (N, H, W, C).
        rows: float32 (N, H', H).
        columns: float32 (N, W', W).

    Returns:
        float32 (N, H', W', C).
    """
    count, height, width, channels = images.shape
    down = rows @ images.reshape(count, height, width * channels)
    across = columns[:, None] @ down.reshape(count, rows.shape[1], width, channels)
    return np.ascontiguousarray(across)
