"""The autoencoder as a mitigation: it restores an attacked image before the classifier sees it."""

from dataclasses import dataclass
from typing import Protocol

from advgui.defenses.base import Defense
from advgui.errors import AdvguiError
from advgui.parameters import Settings
from advgui.types import FloatArray, NetworkFile


class ImageNetwork(Protocol):
    """A network from images to images of the same shape."""

    def __call__(self, images: FloatArray) -> FloatArray:
        """Return the network's output, float32 (N, H, W, 3) in [0, 1]."""
        ...

    def vector_jacobian(self, images: FloatArray, gradient: FloatArray) -> FloatArray:
        """Return the gradient with respect to the images, given the one with respect to the output."""
        ...


@dataclass(frozen=True)
class Autoencoder(Defense):
    """A denoising autoencoder in front of the classifier (paper, section 4, *Autoencoder*).

    Attributes:
        network: The trained network; None in the registry, where nothing is loaded.
        file_name: Of its file, for reports.
        sha256: Of its file, in hexadecimal.
    """

    network: ImageNetwork | None = None
    file_name: str = "autoencoder"
    sha256: str = ""

    name = "autoencoder"
    label = "Autoencoder"
    help = "A small network that was trained to give back the clean image."
    known_break = (
        "Athalye, Carlini and Wagner, ICML 2018: an attacker who takes the gradient through such a purifying step, or "
        "approximates it (BPDA), gets past it."
    )

    @property
    def file(self) -> NetworkFile | None:
        """The network's file."""
        return None if self.network is None else NetworkFile(self.file_name, self.sha256)

    def forward(self, images: FloatArray, settings: Settings) -> FloatArray:
        """Restore a batch: float32 (N, H, W, 3) in [0, 1], H and W even, to the same shape and range."""
        if images.shape[1] % 2 or images.shape[2] % 2:
            raise ValueError(f"Images are {images.shape[1]}x{images.shape[2]} px, expected even height and width.")
        return self._loaded()(images)

    def backward(self, images: FloatArray, gradient: FloatArray, settings: Settings) -> FloatArray:
        """Return the exact gradient, through the network."""
        return self._loaded().vector_jacobian(images, gradient)

    def _loaded(self) -> ImageNetwork:
        if self.network is None:
            raise AdvguiError(
                "There is no autoencoder for this attack. Switch the autoencoder off, or install the program again."
            )
        return self.network
