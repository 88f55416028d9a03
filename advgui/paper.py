"""What was published, as data: Junsu Lim, *How to create adversarial examples and mitigate adversarial effects*.

The accuracies stand in `assets/published.json`; strengths, figures and steps that more than one part needs stand here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from advgui.types import ProtocolName

# Numbers of the figures in the paper, by attack.
FIGURES: Mapping[str, int] = {"gaussian": 2, "fgsm": 3}


@dataclass(frozen=True)
class PublishedAttack:
    """An attack as published.

    Attributes:
        attack: Its name.
        protocol: Under which it was made.
        strength: Of the published table; the paper does not say its epsilon, the notebook's is 0.05.
        title: What it is called in tables.
        autoencoder: What the file of the small autoencoder that was trained for it is called.
        on_standardized: Whether it starts from standardized images instead of images in [0, 1].
    """

    attack: str
    protocol: ProtocolName
    strength: float
    title: str
    autoencoder: str
    on_standardized: bool = False


PUBLISHED: tuple[PublishedAttack, ...] = (
    PublishedAttack(
        "gaussian", ProtocolName.AS_PUBLISHED, 0.1, "as published, noise on standardized pixels",
        "gaussian-standardized", on_standardized=True,
    ),
    PublishedAttack("fgsm", ProtocolName.AS_PUBLISHED, 0.05, "as published", "fgsm"),
    PublishedAttack(
        "gaussian", ProtocolName.AS_PUBLISHED_SCALED, 0.1, "as published, noise on x/255", "gaussian-scaled"
    ),
)  # fmt: skip


def published(protocol: ProtocolName, attack: str) -> PublishedAttack | None:
    """Return an attack as published under a protocol, or None where nothing like it was."""
    return next((one for one in PUBLISHED if (one.protocol, one.attack) == (protocol, attack)), None)
