"""Model files whose configuration was changed somewhere: opened or refused with the reason, whatever it says."""

import json
import random
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from advgui.errors import ModelFileError
from advgui.models import model_files
from tests import tiny
from tests.mutation import changed

CONFIG = "config.json"
FEW, MANY = 60, 1500


def varied() -> keras.Model:
    """A classifier of many kinds of layers, whose settings can all be changed."""
    image = keras.Input((None, None, 3))
    x = layers.Rescaling(2.0, -1.0)(image)
    x = layers.SeparableConv2D(4, 3, strides=2, dilation_rate=1, bias_constraint=keras.constraints.MaxNorm(2))(x)
    x = layers.BatchNormalization()(layers.LeakyReLU(0.1)(x))
    x = layers.Conv2DTranspose(4, 2, strides=2, kernel_regularizer=keras.regularizers.L2(1e-4))(x)
    x = layers.UpSampling2D(2)(layers.ZeroPadding2D(1)(x))
    x = layers.AveragePooling2D(2)(layers.Add()([x, x]))
    x = layers.Dropout(0.5)(layers.RandomTranslation(0.1, 0.1)(x))
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)])
    return keras.Model(image, layers.Dense(10, kernel_initializer="orthogonal")(x))


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """The members of sound model files."""
    folder, found = tmp_path_factory.mktemp("sound"), []
    for model in (tiny.classifier_model(), varied()):
        model.save(folder / "sound.keras")
        with zipfile.ZipFile(folder / "sound.keras") as archive:
            found.append({name: archive.read(name) for name in archive.namelist()})
    return found


def outcomes(originals: list[dict[str, bytes]], path: Path, seeds: range) -> Counter[str]:
    """Open changed files; count those that were opened and refused."""
    counts: Counter[str] = Counter()
    texts = []
    for seed in seeds:
        members = originals[seed % len(originals)]
        config = changed(json.loads(members[CONFIG]), random.Random(seed))
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (members | {CONFIG: json.dumps(config).encode()}).items():
                archive.writestr(name, content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Keras thinks of such layers
                model = model_files.load_classifier(path)
            assert np.isfinite(model(tiny.images(1), training=False)).all(), seed
            counts["opened"] += 1
        except ModelFileError as error:
            texts.append(str(error))
            counts["refused"] += 1
    assert all(str(path) in text and "xpected" in text for text in texts)
    return counts


def test_changed_configurations(originals: list[dict[str, bytes]], tmp_path: Path) -> None:
    counts = outcomes(originals, tmp_path / "changed.keras", range(FEW))
    assert counts["refused"] > FEW // 2
    assert counts["opened"] > 0


@pytest.mark.slow
def test_many_changed_configurations(originals: list[dict[str, bytes]], tmp_path: Path) -> None:
    counts = outcomes(originals, tmp_path / "changed.keras", range(FEW, FEW + MANY))
    print(dict(counts))
    assert counts["opened"] > MANY // 50


def test_a_refused_file_leaves_keras_as_it_was(originals: list[dict[str, bytes]], tmp_path: Path) -> None:
    """Whatever a foreign configuration sets, the next model is built and computes as before."""
    before = keras.config.floatx(), keras.config.image_data_format(), keras.config.dtype_policy().name
    sound = tmp_path / "sound.keras"
    with zipfile.ZipFile(sound, "w") as archive:
        for name, content in originals[0].items():
            archive.writestr(name, content)
    expected = model_files.load_classifier(sound)(tiny.images(2), training=False)
    outcomes(originals, tmp_path / "changed.keras", range(20))
    after = keras.config.floatx(), keras.config.image_data_format(), keras.config.dtype_policy().name
    assert after == before
    assert np.array_equal(model_files.load_classifier(sound)(tiny.images(2), training=False), expected)
