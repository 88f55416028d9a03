"""The autoencoder as a mitigation: it restores an attacked image before the classifier sees it."""

from dataclasses import dataclass
from typing import Protocol

from advgui.types import FloatArray


class ImageNetwork(Protocol):
    """A network from images to images of the same shape."""

    def __call__(self, images: FloatArray) -> FloatArray:
        """Return the network's output, float32 (N, H, W, 3) in [0, 1]."""
        ...


@dataclass(frozen=True)
class Autoencoder:
    """A denoising autoencoder in front of the classifier (paper, section 4, *Autoencoder*).

    Known break: Athalye, Carlini and Wagner, ICML 2018: an attacker who takes the gradient through the autoencoder, or
    approximates it (BPDA), gets past such a purifying step.

    Attributes:
        network: The trained network.
        name: Of its file, for reports.
        sha256: Of its file, in hexadecimal.
    """

    network: ImageNetwork
    name: str = "autoencoder"
    sha256: str = ""

    def __call__(self, images: FloatArray) -> FloatArray:
        """Restore a batch: float32 (N, H, W, 3) in [0, 1], H and W even, to the same shape and range."""
        if images.shape[1] % 2 or images.shape[2] % 2:
            raise ValueError(f"Images are {images.shape[1]}x{images.shape[2]} px, expected even height and width.")
        return self.network(images)
