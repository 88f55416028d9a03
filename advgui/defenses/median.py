"""The median filter: every value becomes the middle one of its neighbourhood."""

import numpy as np

from advgui.defenses.base import Defense
from advgui.parameters import Choice, Settings
from advgui.types import FloatArray


class MedianFilter(Defense):
    """Takes the median of a square around each pixel, channel by channel; at the edges the image is reflected.

    Xu, Evans and Qi, *Feature squeezing: detecting adversarial examples in deep neural networks*, NDSS 2018.
    """

    name = "median"
    label = "Median filter"
    parameters = (
        Choice(
            name="size",
            label="size",
            options=("3", "5", "7"),
            default="3",
            help="Side of the square, in pixels: larger ones smooth more, and take more of the image away.",
        ),
    )
    help = "Smooths the image: every value becomes the middle one of its neighbourhood."
    known_break = (
        "He, Wei, Chen, Carlini and Song, *Adversarial example defenses: ensembles of weak defenses are not strong*, "
        "WOOT 2017: attackers who know of it get past such smoothing."
    )

    def forward(self, images: FloatArray, settings: Settings) -> FloatArray:
        """Return the smoothed images, float32 (N, H, W, 3) in [0, 1]."""
        size = int(settings["size"])
        # Image by image: the neighbourhoods of a batch would take much memory.
        return np.stack([_filtered(image, size) for image in images])


def _filtered(image: FloatArray, size: int) -> FloatArray:
    margin = size // 2
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    neighbourhoods = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))
    middle: FloatArray = np.median(neighbourhoods, axis=(-2, -1))
    return middle
