"""What is done to the training images: flips, shifts, random sizes and zero padding.

Sizes and padding are those that the randomization layer will use, because its authors' condition for it (Xie et al.
2018) is a classifier that is accurate on resized clean images.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advgui import geometry
from advgui.models.architectures import TRAINING_MEAN

Images = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """How a batch is shown to the network: each image at a side drawn for it, at a random place on a canvas.

    Attributes:
        smallest: Smallest side in pixels.
        largest: Largest side in pixels.
        canvas: Side of the canvas in pixels, at least `largest`; what the image does not cover is 0.
        weight: How often the view is drawn, relative to the others.
    """

    smallest: int
    largest: int
    canvas: int
    weight: float = 1.0


NATIVE = View(32, 32, 32)
# The first epochs see small images: the convolutions take any size, and a 24 px image costs little more than half.
COARSE = (View(24, 24, 24, 0.6), View(20, 20, 20, 0.4))
# A quarter up and down, with zero padding.
FULL = (View(32, 32, 32, 0.75), View(24, 32, 32, 0.15), View(32, 40, 40, 0.1))
# Without a larger canvas, for a network that takes 32 px alone.
FIXED = (View(32, 32, 32, 0.8), View(24, 32, 32, 0.2))


def draw_view(views: Sequence[View], generator: np.random.Generator) -> View:
    """Draw one of `views` by weight."""
    weights = np.array([view.weight for view in views])
    return views[generator.choice(len(views), p=weights / weights.sum())]


def augment(images: Images, view: View, generator: np.random.Generator, largest_shift: int = 4) -> Images:
    """Flip half of the images, shift each with reflected borders, resize it and place it on the view's canvas.

    Args:
        images: float32 (N, S, S, 3) in [0, 1].
        view: Sizes to draw from.
        generator: Source of every random choice.
        largest_shift: Largest shift up, down, left and right, in pixels of the original.

    Returns:
        float32 (N, canvas, canvas, 3) in [0, 1].
    """
    count: int = len(images)
    size: int = images.shape[1]
    flips = generator.random(count) < 0.5
    shifts = generator.integers(-largest_shift, largest_shift, (2, count), endpoint=True)
    sides = generator.integers(view.smallest, view.largest, count, endpoint=True)
    offsets = generator.integers(0, view.canvas - sides, (2, count), endpoint=True)

    rows = np.empty((count, view.canvas, size), np.float32)
    columns = np.empty_like(rows)
    for n in range(count):
        side = int(sides[n])
        for matrices, axis, flip in ((rows, 0, False), (columns, 1, bool(flips[n]))):
            shift = geometry.reflected_shift(size, int(shifts[axis, n]), flip)
            place = geometry.resized_and_placed(size, side, int(offsets[axis, n]), view.canvas, "bilinear")
            # Multiplying by the identity is most of the work at the native size.
            matrices[n] = shift if side == size == view.canvas else place @ shift
    return geometry.transform(images, rows, columns)


def cover(images: Images, generator: np.random.Generator, share: float = 0.3) -> Images:
    """Cover a square of each image with the mean colour (DeVries and Taylor, *Cutout*, 2017).

    Args:
        images: float32 (N, S, S, 3) in [0, 1]; not changed.
        generator: Draws the centres, anywhere in the image: near a border, part of the square is outside.
        share: Side of the square, as a share of S.

    Returns:
        float32 (N, S, S, 3) in [0, 1].
    """
    size = images.shape[1]
    half = round(size * share) / 2
    centres = generator.integers(0, size, (2, len(images), 1))
    rows, columns = np.abs(np.arange(size) - centres) < half
    covered = rows[:, :, np.newaxis, np.newaxis] & columns[:, np.newaxis, :, np.newaxis]
    return np.where(covered, np.array(TRAINING_MEAN, np.float32), images)
