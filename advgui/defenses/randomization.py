"""The randomization layer: a random size, then zeros at random places around the image."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from advgui import geometry
from advgui.defenses.base import Defense, Step
from advgui.parameters import Settings
from advgui.randomness import Stream, generator
from advgui.types import FloatArray, IntArray

# The image size that the ranges below are given for; other sizes scale them.
REFERENCE = 32


@dataclass(frozen=True, eq=False)
class Placement:
    """What was drawn for a batch: a matrix for the rows and one for the columns of each image.

    Attributes:
        rows: float32 (N, height of the canvas, H).
        columns: float32 (N, width of the canvas, W).
    """

    rows: FloatArray
    columns: FloatArray


class RandomizationLayer(Defense):
    """Draws a size and a place for each image, then applies them; drawing and applying are separate.

    Xie et al., *Mitigating adversarial effects through randomization*, ICLR 2018.
    """

    name = "randomization"
    label = "Randomization"
    help = "Resizes the image to a random size and pads it with zeros at a random place."
    is_random = True
    known_break = (
        "Athalye, Carlini and Wagner, *Obfuscated gradients give a false sense of security*, ICML 2018, took it to 0 % "
        "by averaging gradients over 30 draws (EOT)."
    )

    @abstractmethod
    def _matrices(
        self, random: np.random.Generator, height: int, width: int
    ) -> tuple[geometry.Matrix, geometry.Matrix]:
        """Draw for one image; return its row matrix and its column matrix."""

    def drawn(
        self, settings: Settings, shape: tuple[int, int], seed: int, stream: Stream, indices: IntArray, draw: int
    ) -> Step:
        """Draw a size and a place for each image (see `Defense.drawn`)."""
        placement = self.draw(*shape, seed, indices, draw, stream)
        rows, columns = (matrices.transpose(0, 2, 1) for matrices in (placement.rows, placement.columns))
        return Step(
            forward=lambda images: self.apply(images, placement),
            # Both matrices act linearly, so the gradient goes back through the transposed ones.
            backward=lambda _images, gradient: geometry.transform(gradient, rows, columns),
        )

    def draw(
        self,
        height: int,
        width: int,
        seed: int,
        indices: Iterable[int] | IntArray,
        draw: int = 0,
        stream: Stream = Stream.DEFENDER,
    ) -> Placement:
        """Draw a size and a place for each image.

        Args:
            height: Of the images, in pixels.
            width: Of the images, in pixels.
            seed: 0 or more.
            indices: The images' indices; what is drawn for an image depends on its index, the seed, the stream and
                `draw` alone.
            draw: Number of the draw, 0 or more.
            stream: Whose random numbers.
        """
        pairs = [self._matrices(generator(seed, stream, int(index), draw), height, width) for index in indices]
        return Placement(np.stack([rows for rows, _ in pairs]), np.stack([columns for _, columns in pairs]))

    @staticmethod
    def apply(images: FloatArray, placement: Placement) -> FloatArray:
        """Resize and place each image; float32 (N, H, W, C) to (N, canvas height, canvas width, C)."""
        return geometry.transform(images, placement.rows, placement.columns)


@dataclass(frozen=True)
class Randomization(RandomizationLayer):
    """As Xie et al. define it, scaled to 32 px: a side for each image, a uniform offset on one fixed canvas of zeros.

    They resize 299 px images to 310..330 px on a canvas of 331 px. The ranges here are in pixels for images of 32 px
    and grow with the image. The defaults were chosen on the 5,000 validation images, among the ranges that
    `tests/benchmarks/randomization_ranges.py` prints: of those that cost at most 1.4 points on clean images (2, less
    two standard errors) they give back most under FGSM 8/255. They shrink where Xie et al. enlarge, which does more
    against the attack; a canvas of the image's own size costs the classifier no extra work, and no draw leaves an image
    as it is.

    Attributes:
        smallest: Smallest side, in pixels.
        largest: Largest side, in pixels.
        canvas: Side of the canvas, at least `largest`.
        method: "nearest" as in their code, or "bilinear".
    """

    smallest: int = 27
    largest: int = 31
    canvas: int = 32
    method: geometry.Method = "bilinear"

    def __post_init__(self) -> None:
        if not 1 <= self.smallest <= self.largest <= self.canvas:
            raise ValueError(
                f"Sides {self.smallest} to {self.largest} px on a canvas of {self.canvas} px, "
                "expected 1 <= smallest <= largest <= canvas."
            )

    def _matrices(
        self, random: np.random.Generator, height: int, width: int
    ) -> tuple[geometry.Matrix, geometry.Matrix]:
        side = int(random.integers(self.smallest, self.largest, endpoint=True))
        places = random.random(2)
        rows, columns = (
            self._line(size, side, float(place)) for size, place in zip((height, width), places, strict=True)
        )
        return rows, columns

    def _line(self, size: int, side: int, place: float) -> geometry.Matrix:
        canvas = round(size * self.canvas / REFERENCE)
        resized = round(size * side / REFERENCE)
        offset = int(place * (canvas - resized + 1))
        return geometry.resized_and_placed(size, resized, offset, canvas, self.method)


@dataclass(frozen=True)
class PublishedRandomization(RandomizationLayer):
    """As in the paper's notebooks.

    Side 32 + {0, 1, 2} px, bilinear; four independent paddings of {0, 1, 2} px of zeros; then everything is resized to
    50 x 50 px, bilinear.

    Attributes:
        growth: Largest growth of the side, in pixels.
        largest_padding: Largest padding on each of the four sides, in pixels.
        canvas: Side of the result for images of 32 px.
    """

    growth: int = 2
    largest_padding: int = 2
    canvas: int = 50

    def _matrices(
        self, random: np.random.Generator, height: int, width: int
    ) -> tuple[geometry.Matrix, geometry.Matrix]:
        growth = int(random.integers(0, self.growth, endpoint=True))
        top, bottom, left, right = (int(p) for p in random.integers(0, self.largest_padding, 4, endpoint=True))
        return self._line(height, growth, top, bottom), self._line(width, growth, left, right)

    def _line(self, size: int, growth: int, before: int, after: int) -> geometry.Matrix:
        grown = size + growth
        padded = geometry.padding(grown, before, after) @ geometry.resizing(size, grown, "bilinear")
        return geometry.resizing(len(padded), round(size * self.canvas / REFERENCE), "bilinear") @ padded
