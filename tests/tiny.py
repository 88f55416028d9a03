"""A tiny seeded network in the place of the trained ones, for tests of logic."""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from advgui.data.cifar10 import CLASS_NAMES
from advgui.defenses import Autoencoder, PublishedRandomization, Randomization
from advgui.models import architectures, cards, model_files
from advgui.models.classifier import Classifier, Network
from advgui.pipeline import Pipeline
from advgui.protocols import PUBLISHED_NAMES, AsPublished, Corrected
from advgui.types import ProtocolName


def classifier_model(classes: int = 10, seed: int = 1) -> keras.Model:
    """Standardising layer, one convolution, global pooling, logits with a wide spread."""
    image = keras.Input((None, None, 3))
    x = architectures.standardizing_layer()(image)
    x = layers.Conv2D(8, 3, activation="relu", kernel_initializer=keras.initializers.HeUniform(seed=seed))(x)
    x = layers.GlobalMaxPooling2D()(x)
    x = layers.Dense(classes, kernel_initializer=keras.initializers.HeUniform(seed=seed + 1), name="logits")(x)
    return keras.Model(image, x, name="tiny")


def autoencoder_model(seed: int = 3) -> keras.Model:
    """One convolution and a sigmoid."""
    image = keras.Input((None, None, 3))
    initializer = keras.initializers.GlorotUniform(seed=seed)
    restored = layers.Conv2D(3, 3, padding="same", activation="sigmoid", kernel_initializer=initializer)(image)
    return keras.Model(image, restored)


def write_card(path: Path) -> None:
    """Write a card beside a classifier's file, with the class names of CIFAR-10."""
    card = cards.Card(
        name=path.stem, sha256=model_files.sha256(path), date="2026-01-31", parameters=1, data={}, metrics={}, seed=0,
        recipe={}, commands=(), history=f"{path.stem}.csv", history_rows=0, class_names=CLASS_NAMES,
    )  # fmt: skip
    cards.write(path, card)


def published_protocol() -> AsPublished:
    """The protocol as published on tiny networks."""
    body = Classifier(architectures.without_standardizing(classifier_model()), CLASS_NAMES, "tiny", "0" * 64)
    small = {name: Autoencoder(Network(autoencoder_model(n)), name) for n, name in enumerate(PUBLISHED_NAMES)}
    return AsPublished(body, PublishedRandomization(), small.get)


def pipeline() -> Pipeline:
    """Both protocols on tiny networks."""
    classifier = Classifier(classifier_model(), CLASS_NAMES, "tiny", "0" * 64)
    restoring = Autoencoder(Network(autoencoder_model()))
    return Pipeline(
        {
            ProtocolName.CORRECTED: Corrected(classifier, Randomization(), restoring),
            ProtocolName.AS_PUBLISHED: published_protocol(),
        }
    )


def images(count: int, seed: int = 0, size: int = 32) -> np.ndarray:
    """Random images, float32 (count, size, size, 3) in [0, 1]."""
    return np.random.default_rng(seed).random((count, size, size, 3), dtype=np.float32)
