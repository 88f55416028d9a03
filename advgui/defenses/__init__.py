"""The two mitigations: image batch to image batch."""

from advgui.defenses.autoencoder import Autoencoder
from advgui.defenses.randomization import (
    Placement,
    PublishedRandomization,
    Randomization,
    RandomizationLayer,
)

__all__ = ["Autoencoder", "Placement", "PublishedRandomization", "Randomization", "RandomizationLayer"]
