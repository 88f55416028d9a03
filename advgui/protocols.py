"""The two ways through the pipeline: *corrected*, and *as published* with the scale error of the paper's tables.

The error: the published classifier was trained on standardised images, but all columns except (a) were fed
images in [0, 1] that nobody standardised. The README tells the story.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from advgui import resources
from advgui.defenses import Autoencoder, PublishedRandomization, Randomization, RandomizationLayer
from advgui.models import architectures, cards, model_files, quarantine
from advgui.models.archive import Source
from advgui.models.classifier import Classifier, Network
from advgui.text import printable
from advgui.types import FloatArray, ProtocolName, Reading

_MEAN = np.array(architectures.TRAINING_MEAN, np.float32)
_STD = np.array(architectures.TRAINING_STD, np.float32)


def standardized(images: FloatArray) -> FloatArray:
    """Return (images - mean) / std with the training set's constants, float32 (N, H, W, 3)."""
    return (images - _MEAN) / _STD


@dataclass(frozen=True)
class Protocol(ABC):
    """What is fed where.

    Attributes:
        classifier: Predicts, and is attacked.
        randomization: The layer of columns (d) and (e).
    """

    classifier: Classifier
    randomization: RandomizationLayer

    @abstractmethod
    def classified(self, images: FloatArray) -> FloatArray:
        """Return what the classifier is fed for column (a), given images in [0, 1]."""

    @abstractmethod
    def attacked(self, images: FloatArray, attack: str, reading: Reading) -> FloatArray:
        """Return what the attack starts from, given images in [0, 1]."""

    @abstractmethod
    def autoencoder(self, attack: str, reading: Reading) -> Autoencoder | None:
        """Return the autoencoder for an attack, or None where there is none."""


@dataclass(frozen=True)
class Corrected(Protocol):
    """Every image is in [0, 1], the classifier standardises inside, one autoencoder serves every attack."""

    restoring: Autoencoder | None

    def classified(self, images: FloatArray) -> FloatArray:
        """Return the images as they are."""
        return images

    def attacked(self, images: FloatArray, attack: str, reading: Reading) -> FloatArray:
        """Return the images as they are."""
        return images

    def autoencoder(self, attack: str, reading: Reading) -> Autoencoder | None:
        """Return the one autoencoder."""
        return self.restoring


@dataclass(frozen=True)
class AsPublished(Protocol):
    """The notebooks' steps: a classifier entered behind its standardising layer, small autoencoders.

    Attributes:
        open_autoencoder: Gives the small autoencoder for a `published_name`, or None where there is none.
    """

    open_autoencoder: Callable[[str], Autoencoder | None]

    def classified(self, images: FloatArray) -> FloatArray:
        """Return standardised images: column (a) was fed right."""
        return standardized(images)

    def attacked(self, images: FloatArray, attack: str, reading: Reading) -> FloatArray:
        """Return standardised images for the notebook's Gaussian noise, images in [0, 1] otherwise."""
        return standardized(images) if published_name(attack, reading) == "gaussian-standardized" else images

    def autoencoder(self, attack: str, reading: Reading) -> Autoencoder | None:
        """Return the autoencoder that was trained for this attack."""
        return self.open_autoencoder(published_name(attack, reading))


def published_name(attack: str, reading: Reading) -> str:
    """Return the name of an attack as published: Gaussian noise has two readings, FGSM one."""
    return f"{attack}-{reading}" if attack == "gaussian" else attack


def published_autoencoder_path(name: str, folder: Path | None = None) -> Path:
    """Return where the small autoencoder for an attack as published is kept."""
    return (folder or resources.trained()) / f"published-autoencoder-{name}.keras"


PUBLISHED_NAMES = ("gaussian-standardized", "gaussian-scaled", "fgsm")


def load_autoencoder(source: Source) -> Autoencoder:
    """Open an autoencoder's file; one that is given by its path and not the program's own is put in quarantine first.

    Raises:
        ModelFileError: It is missing, damaged, foreign or unsafe.
    """
    file = quarantine.admitted(source, quarantine.Kind.AUTOENCODER)
    return Autoencoder(Network(model_files.load_autoencoder(file)), printable(file.path.stem), file.sha256)


def load_classifier(source: Source) -> Classifier:
    """Open a classifier's file (see `load_autoencoder`), with the class names of its card.

    Raises:
        ModelFileError: It is missing, damaged, foreign or unsafe.
    """
    file = quarantine.admitted(source, quarantine.Kind.CLASSIFIER)
    model = model_files.load_classifier(file)
    names = cards.class_names(file.path, model.output_shape[-1], file.sha256)
    return Classifier(model, names, printable(file.path.stem), file.sha256)


def without_autoencoder(
    classifier: Source | None = None, restoring: Autoencoder | None = None
) -> dict[ProtocolName, Protocol]:
    """Open the classifier alone, for columns (a), (b) and (d) of the protocol *corrected*.

    Args:
        classifier: A `.keras` file; the bundled classifier if None.
        restoring: An autoencoder that is there all the same.

    Raises:
        ModelFileError: The file is missing, damaged, foreign or unsafe.
    """
    opened = load_classifier(classifier or resources.trained() / "classifier.keras")
    return {ProtocolName.CORRECTED: Corrected(opened, Randomization(), restoring)}


def load_protocols(
    classifier_path: Source | None = None, autoencoder_path: Source | None = None
) -> dict[ProtocolName, Protocol]:
    """Open the networks and put the protocols together.

    Args:
        classifier_path: A `.keras` file; the bundled classifier if None.
        autoencoder_path: A `.keras` file; the bundled autoencoder if None.

    Returns:
        *corrected*; and *as published* for the bundled classifier, where its small autoencoders are there.

    Raises:
        ModelFileError: A file is missing, damaged, foreign or unsafe.
    """
    restoring = load_autoencoder(autoencoder_path or resources.trained() / "autoencoder.keras")
    protocols = without_autoencoder(classifier_path, restoring)
    classifier = protocols[ProtocolName.CORRECTED].classifier
    # A person's own network need not standardise, and the small autoencoders were trained for the bundled one.
    if classifier_path is None and all(published_autoencoder_path(name).exists() for name in PUBLISHED_NAMES):
        body = architectures.without_standardizing(classifier.model)
        protocols[ProtocolName.AS_PUBLISHED] = AsPublished(
            Classifier(body, classifier.class_names, classifier.name, classifier.sha256),
            PublishedRandomization(),
            # Most sessions never ask for them, and each costs part of a second at the start.
            cache(lambda name: load_autoencoder(published_autoencoder_path(name))),
        )
    return protocols
