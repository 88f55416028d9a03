"""JPEG compression: what the eye does not see is thrown away, and small changes with it."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from advgui.defenses.base import Defense
from advgui.parameters import Settings, Whole
from advgui.types import FloatArray


class Jpeg(Defense):
    """Writes each image as JPEG and reads it again.

    Dziugaite, Ghahramani and Roy, *A study of the effect of JPG compression on adversarial images*, 2016.
    """

    name = "jpeg"
    label = "JPEG"
    parameters = (
        Whole(
            name="quality",
            label="quality",
            low=1,
            high=100,
            default=75,
            step=5,
            help="From 1, smallest and coarsest, to 100; above 95 little is thrown away.",
        ),
    )
    help = "Compresses the image as JPEG does: small changes are thrown away."
    known_break = (
        "Athalye, Carlini and Wagner, ICML 2018: rounding has no useful gradient, and an attacker who takes the "
        "identity for it on the way back (BPDA) gets past it."
    )

    def forward(self, images: FloatArray, settings: Settings) -> FloatArray:
        """Return the images after JPEG, float32 (N, H, W, 3) in [0, 1]."""
        levels = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
        compressed = np.stack([_compressed(image, settings.whole("quality")) for image in levels])
        return compressed.astype(np.float32) / np.float32(255)


def _compressed(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    with Image.open(file) as read:
        return np.asarray(read)
