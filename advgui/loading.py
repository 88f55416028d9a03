"""Opens trained networks and puts the protocols together. It imports TensorFlow: use it on the computing thread."""

from functools import cache
from pathlib import Path

from advgui import cards, model_files, networks, paper, resources
from advgui.classifier import Classifier, Network
from advgui.defenses.autoencoder import Autoencoder
from advgui.defenses.randomization import PublishedRandomization
from advgui.pipeline import Pipeline
from advgui.protocols import AsPublished, Corrected, Procedure
from advgui.types import ProtocolName


def published_autoencoder_path(name: str, folder: Path | None = None) -> Path:
    """Return where the small autoencoder for an attack as published is kept."""
    return (folder or resources.trained()) / f"published-autoencoder-{name}.keras"


def load_autoencoder(path: Path) -> Autoencoder:
    """Open an autoencoder's file.

    Raises:
        ModelFileError: It is missing, damaged, foreign or unsafe.
    """
    return Autoencoder(Network(model_files.load_autoencoder(path)), path.stem, model_files.sha256(path))


def load_classifier(path: Path) -> Classifier:
    """Open a classifier's file, with the class names of its card.

    Raises:
        ModelFileError: It is missing, damaged, foreign or unsafe.
    """
    model = model_files.load_classifier(path)
    return Classifier(model, cards.class_names(path, model.output_shape[-1]), path.stem, model_files.sha256(path))


def load_without_autoencoder(classifier_path: Path | None = None) -> Pipeline:
    """Open the classifier alone, for the protocol *corrected* without the autoencoder.

    Args:
        classifier_path: A `.keras` file; the bundled classifier if None.

    Raises:
        ModelFileError: The file is missing, damaged, foreign or unsafe.
    """
    classifier = load_classifier(classifier_path or resources.trained() / "classifier.keras")
    return Pipeline({ProtocolName.CORRECTED: Corrected(classifier, None)})


def load_pipeline(classifier_path: Path | None = None, autoencoder_path: Path | None = None) -> Pipeline:
    """Open the networks and put the protocols together.

    Args:
        classifier_path: A `.keras` file; the bundled classifier if None.
        autoencoder_path: A `.keras` file; the bundled autoencoder if None.

    Returns:
        *corrected*; and *as published* for the bundled classifier, where its small autoencoders are there.

    Raises:
        ModelFileError: A file is missing, damaged, foreign or unsafe.
    """
    autoencoder = load_autoencoder(autoencoder_path or resources.trained() / "autoencoder.keras")
    classifier = load_classifier(classifier_path or resources.trained() / "classifier.keras")
    procedures: dict[ProtocolName, Procedure] = {ProtocolName.CORRECTED: Corrected(classifier, autoencoder)}
    # A user's own network need not standardize, and the small autoencoders were trained for the bundled one.
    if classifier_path is None and all(published_autoencoder_path(one.autoencoder).exists() for one in paper.PUBLISHED):
        body = networks.without_standardizing(classifier.model)
        entered_behind = Classifier(body, classifier.class_names, classifier.name, classifier.sha256)
        # They are seldom asked for, and each costs part of a second.
        opened = cache(lambda name: load_autoencoder(published_autoencoder_path(name)))
        for name in dict.fromkeys(one.protocol for one in paper.PUBLISHED):
            procedures[name] = AsPublished(entered_behind, name, PublishedRandomization(), opened)
    return Pipeline(procedures)
