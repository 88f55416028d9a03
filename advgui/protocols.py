"""The ways through the pipeline: *corrected*, and *as published* with the scale error of the paper's tables.

The error: the published classifier was trained on standardized images, but all columns except (a) were fed
images in [0, 1] that nobody standardized. The README tells the story.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from advgui import paper
from advgui.defenses import DEFENSES, Defense
from advgui.errors import AdvguiError
from advgui.scaling import standardized
from advgui.types import FloatArray, ProtocolName
from advgui.victim import Classifying


def supports(protocol: ProtocolName, attack: str) -> bool:
    """Return whether an attack can be made under a protocol: as published, only what was published."""
    return protocol is ProtocolName.CORRECTED or paper.published(protocol, attack) is not None


@dataclass(frozen=True)
class Procedure(ABC):
    """What is fed where, under one protocol.

    Attributes:
        classifier: Predicts, and is attacked.
    """

    classifier: Classifying

    @abstractmethod
    def classified(self, images: FloatArray) -> FloatArray:
        """Return what the classifier is fed for column (a), given images in [0, 1]."""

    @abstractmethod
    def attacked(self, images: FloatArray, attack: str) -> FloatArray:
        """Return what the attack starts from, given images in [0, 1]."""

    @abstractmethod
    def defense(self, name: str, attack: str) -> Defense | None:
        """Return a mitigation with its network, or None where its network is not there.

        Raises:
            AdvguiError: There is no mitigation of this name.
        """


@dataclass(frozen=True)
class Corrected(Procedure):
    """Every image is in [0, 1], the classifier standardizes inside, one autoencoder serves every attack.

    Attributes:
        autoencoder: None where its file is missing.
    """

    autoencoder: Defense | None

    def classified(self, images: FloatArray) -> FloatArray:
        """Return the images as they are."""
        return images

    def attacked(self, images: FloatArray, attack: str) -> FloatArray:
        """Return the images as they are."""
        return images

    def defense(self, name: str, attack: str) -> Defense | None:
        """Return the mitigation; the autoencoder is the same for every attack."""
        return self.autoencoder if name == "autoencoder" else registered(name)


@dataclass(frozen=True)
class AsPublished(Procedure):
    """The notebooks' steps: a classifier entered behind its standardizing layer, small autoencoders.

    Attributes:
        name: Which of the two readings of the published Gaussian attack.
        randomization: The notebooks' layer.
        open_autoencoder: Gives the small autoencoder for `PublishedAttack.autoencoder`, or None where there is none.
    """

    name: ProtocolName
    randomization: Defense
    open_autoencoder: Callable[[str], Defense | None]

    def classified(self, images: FloatArray) -> FloatArray:
        """Return standardized images: column (a) was fed right."""
        return standardized(images)

    def attacked(self, images: FloatArray, attack: str) -> FloatArray:
        """Return standardized images for the notebook's Gaussian noise, images in [0, 1] otherwise."""
        return standardized(images) if self._published(attack).on_standardized else images

    def defense(self, name: str, attack: str) -> Defense | None:
        """Return the mitigation; the autoencoder is the one that was trained for this attack."""
        if name == "autoencoder":
            return self.open_autoencoder(self._published(attack).autoencoder)
        return self.randomization if name == "randomization" else registered(name)

    def _published(self, attack: str) -> paper.PublishedAttack:
        found = paper.published(self.name, attack)
        if found is None:
            raise AdvguiError(
                f"The attack '{attack}' was not published under the protocol '{self.name}'. "
                f"Use the protocol '{ProtocolName.CORRECTED}'."
            )
        return found


def registered(name: str) -> Defense:
    """Return a mitigation that needs no network.

    Raises:
        AdvguiError: There is none of this name.
    """
    if name not in DEFENSES:
        raise AdvguiError(
            f"There is no mitigation '{name}'; there are {', '.join(DEFENSES)}. If it is a plug-in's, open that first."
        )
    return DEFENSES[name]
