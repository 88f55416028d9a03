"""Opens trained networks and puts the protocols together. It imports TensorFlow: use it on the computing thread."""

from functools import cache
from pathlib import Path

from advgui import paper, resources
from advgui.defenses import NetworkDefense
from advgui.defenses.autoencoder import Autoencoder
from advgui.defenses.randomization import PublishedRandomization
from advgui.models import architectures, cards, model_files, quarantine
from advgui.models.archive import Source
from advgui.models.classifier import Classifier, Network, device_name
from advgui.pipeline import Pipeline
from advgui.protocols import AsPublished, Corrected, Procedure
from advgui.text import printable
from advgui.types import ProtocolName


def published_autoencoder_path(name: str, folder: Path | None = None) -> Path:
    """Return where the small autoencoder for an attack as published is kept."""
    return (folder or resources.trained()) / f"published-autoencoder-{name}.keras"


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


def load_without_autoencoder(classifier_source: Source | None = None) -> Pipeline:
    """Open the classifier alone, for the protocol *corrected* without the autoencoder.

    Args:
        classifier_source: A `.keras` file; the bundled classifier if None.

    Raises:
        ModelFileError: The file is missing, damaged, foreign or unsafe.
    """
    classifier = load_classifier(classifier_source or resources.trained() / "classifier.keras")
    return Pipeline({ProtocolName.CORRECTED: Corrected(classifier, None)}, device_name())


def load_pipeline(classifier_source: Source | None = None, autoencoder_source: Source | None = None) -> Pipeline:
    """Open the networks and put the protocols together.

    Args:
        classifier_source: A `.keras` file; the bundled classifier if None.
        autoencoder_source: A `.keras` file; the bundled autoencoder if None.

    Returns:
        *corrected*; and *as published* for the bundled classifier, where its small autoencoders are there.

    Raises:
        ModelFileError: A file is missing, damaged, foreign or unsafe.
    """
    autoencoder = load_autoencoder(autoencoder_source or resources.trained() / "autoencoder.keras")
    classifier = load_classifier(classifier_source or resources.trained() / "classifier.keras")
    procedures: dict[ProtocolName, Procedure] = {ProtocolName.CORRECTED: Corrected(classifier, autoencoder)}
    # A user's own network need not standardize, and the small autoencoders were trained for the bundled one.
    if classifier_source is None and all(
        published_autoencoder_path(one.autoencoder).exists() for one in paper.PUBLISHED
    ):
        body = architectures.without_standardizing(classifier.model)
        entered_behind = Classifier(body, classifier.class_names, classifier.name, classifier.sha256)
        # They are seldom asked for, and each costs part of a second.
        opened = cache(lambda name: load_autoencoder(published_autoencoder_path(name)))
        for name in dict.fromkeys(one.protocol for one in paper.PUBLISHED):
            procedures[name] = AsPublished(entered_behind, name, PublishedRandomization(), opened)
    return Pipeline(procedures, device_name())


def load_beside(pipeline: Pipeline, name: str) -> Pipeline:
    """Open another bundled classifier, for the protocol *corrected* with the mitigations of a pipeline.

    Args:
        pipeline: Whose autoencoder both share.
        name: Of the file in `trained`, without its ending.

    Raises:
        ModelFileError: The file is missing or damaged.
    """
    autoencoder = pipeline.procedure(ProtocolName.CORRECTED).defense("autoencoder", "")
    classifier = load_classifier(resources.trained() / f"{name}.keras")
    return Pipeline({ProtocolName.CORRECTED: Corrected(classifier, autoencoder)}, pipeline.device)


# Mitigations stand below the networks, and those that have one of their own open it when images first go through it.
NetworkDefense.opener = load_autoencoder
