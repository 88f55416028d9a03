"""Every kind of bad model file is refused with its reason, and nothing of it runs."""

import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from advgui.errors import ModelFileError
from advgui.models import architectures, model_files
from tests import tiny
from tests.model_archives import CONFIG, METADATA, WEIGHTS, assert_refused, packed, save, unpacked


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound classifier's file."""
    return save(tiny.classifier_model(), tmp_path_factory.mktemp("good") / "good.keras")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test puts its file."""
    return tmp_path / "model.keras"


# What is accepted


def sequential() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Rescaling(2.0, -1.0),
            layers.RandomFlip("horizontal"),
            layers.Conv2D(4, 3, activation="gelu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            layers.LeakyReLU(0.1),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, kernel_constraint=keras.constraints.MaxNorm(2)),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def with_operations() -> keras.Model:
    image = keras.Input((None, None, 3))
    shared = layers.Conv2D(3, 3, padding="same")
    x = keras.ops.relu(shared(shared((image - np.float32([0.5, 0.4, 0.3])) / 0.25)))
    x = layers.Concatenate()([x, image])
    return keras.Model(image, layers.Dense(2)(layers.GlobalMaxPooling2D()(x)))


@pytest.mark.parametrize("build", [tiny.classifier_model, architectures.classifier, sequential, with_operations])
def test_sound_classifiers_open_and_keep_their_outputs(build: Callable[[], keras.Model], path: Path) -> None:
    model = build()
    opened = model_files.load_classifier(save(model, path))
    images = tiny.images(3)
    np.testing.assert_allclose(opened(images, training=False), model(images, training=False), atol=1e-5)
    assert not opened.compiled


@pytest.mark.parametrize("build", [tiny.autoencoder_model, architectures.autoencoder])
def test_sound_autoencoders_open_and_keep_their_outputs(build: Callable[[], keras.Model], path: Path) -> None:
    model = build()
    images = tiny.images(3)
    np.testing.assert_allclose(model_files.load_autoencoder(save(model, path))(images), model(images), atol=1e-5)


def test_a_recompressed_zip_opens(good: Path, path: Path) -> None:
    model_files.check(packed(unpacked(good), path, zipfile.ZIP_DEFLATED))


def test_what_opening_leaves_behind_does_not_reach_the_next_model(good: Path) -> None:
    """Building the model without values must not leave variables that a later scope would fill."""
    model_files.load(good)
    with keras.StatelessScope():
        fresh = layers.Dense(2)
        fresh.build((None, 3))
    assert np.isfinite(fresh.get_weights()[0]).all()


# What is not a file of the right kind


def test_missing_folder_pipe_and_unreadable(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none.keras", "There is no model file")
    (tmp_path / "folder.keras").mkdir()
    assert_refused(tmp_path / "folder.keras", "it is a folder")
    assert_refused(tmp_path / f"{'x' * 300}.keras", "cannot be read")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.keras")
        assert_refused(tmp_path / "pipe.keras", "not a regular file")


@pytest.mark.parametrize("content", [b"", b"\0", b"PK", b"not a model\n" * 100, b"\0" * 1000])
def test_other_content(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    assert_refused(path, "it is not a zip file")


@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_hdf5(name: str, tmp_path: Path, good: Path) -> None:
    (tmp_path / name).write_bytes(unpacked(good)[WEIGHTS])
    assert_refused(tmp_path / name, "HDF5 models are not opened")


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def test_pickle(path: Path, tmp_path: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    assert_refused(path, "it is not a zip file", model_files.load)
    assert not (tmp_path / "ran").exists()


def test_another_name(good: Path, tmp_path: Path) -> None:
    other = tmp_path / "model.zip"
    other.write_bytes(good.read_bytes())
    assert_refused(other, "its name ends in '.zip'")


# The zip


def test_truncated_anywhere(good: Path, path: Path) -> None:
    whole = good.read_bytes()
    for length in np.linspace(8, len(whole) - 1, 60, dtype=int):
        path.write_bytes(whole[:length])
        assert_refused(path, "it is damaged or incomplete")


def test_one_flipped_byte_anywhere(good: Path, path: Path) -> None:
    whole = good.read_bytes()
    refused = 0
    for place in np.random.default_rng(0).integers(0, len(whole), 500):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            model_files.check(path)
        except ModelFileError:
            refused += 1
    assert refused > 400  # the others hit dates and flags, which mean nothing


@pytest.mark.parametrize(
    "name",
    ["../../escaped.py", "/etc/escaped", "assets/vocabulary.txt", "C:\\escaped", "variables.npz", "config.json/"],
)
def test_other_members(name: str, good: Path, path: Path) -> None:
    assert_refused(packed(unpacked(good) | {name: b"x"}, path), "expected exactly")


@pytest.mark.parametrize("name", [CONFIG, METADATA, WEIGHTS])
def test_missing_member(name: str, good: Path, path: Path) -> None:
    members = unpacked(good)
    del members[name]
    assert_refused(packed(members, path), "expected exactly")


@pytest.mark.parametrize("name", [CONFIG, METADATA, WEIGHTS])
def test_doubled_member(name: str, good: Path, path: Path) -> None:
    members = unpacked(good)
    packed(members, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(name, members[name])
    assert_refused(path, "expected exactly")


@pytest.mark.parametrize("name", [CONFIG, METADATA, WEIGHTS])
def test_zip_bomb(name: str, good: Path, path: Path) -> None:
    bomb = packed(unpacked(good) | {name: bytes(3_000_000)}, path, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 30_000
    assert_refused(bomb, "unpacks from")


@pytest.mark.parametrize("declared", [0, 100, 1 << 31])
def test_lying_sizes(declared: int, good: Path, path: Path) -> None:
    """A member's declared size is all that is ever unpacked, and the checksum then fails."""
    content = bytearray(packed(unpacked(good), path, zipfile.ZIP_DEFLATED).read_bytes())
    entry = content.rindex(CONFIG.encode()) - 46
    struct.pack_into("<L", content, entry + 24, declared)
    path.write_bytes(content)
    assert_refused(path, "damaged or incomplete|unpacks from|no JSON")


def test_encrypted_and_unusual_packing(good: Path, path: Path) -> None:
    assert_refused(packed(unpacked(good), path, zipfile.ZIP_LZMA), "packed in an unusual way")
    content = bytearray(good.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    assert_refused(path, "encrypted")


# What the application needs


def classifier_of(
    shape: tuple[int | None, ...] = (None, None, 3), classes: int = 10, activation: str | None = None, scale: float = 1
) -> keras.Model:
    image = keras.Input(shape)
    x = layers.GlobalMaxPooling2D()(layers.Rescaling(scale)(image))
    return keras.Model(image, layers.Dense(classes, activation=activation, kernel_initializer="ones")(x))


def two_inputs() -> keras.Model:
    images = [keras.Input((None, None, 3)), keras.Input((None, None, 3))]
    return keras.Model(images, layers.Dense(3)(layers.GlobalMaxPooling2D()(layers.Add()(images))))


def two_outputs() -> keras.Model:
    image = keras.Input((None, None, 3))
    x = layers.GlobalMaxPooling2D()(image)
    return keras.Model(image, [layers.Dense(3)(x), layers.Dense(3)(x)])


def in_bfloat16() -> keras.Model:
    image = keras.Input((None, None, 3))
    x = layers.GlobalMaxPooling2D()(image)
    return keras.Model(image, layers.Dense(3, dtype="mixed_bfloat16")(x))


def of_numbers() -> keras.Model:
    vector = keras.Input((7,))
    return keras.Model(vector, layers.Dense(3)(vector))


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: classifier_of((32, 32, 3)), "expected one input"),
        (lambda: classifier_of((None, None, 1)), "expected one input"),
        (lambda: classifier_of(classes=1), "at least two classes"),
        (lambda: classifier_of(activation="softmax"), "it gives probabilities"),
        (lambda: classifier_of(scale=3e38), "NaN or infinite"),
        (two_inputs, "expected one input"),
        (two_outputs, "expected one float32 output"),
        (in_bfloat16, "expected one float32 output"),
        (of_numbers, "expected one input"),
        (tiny.autoencoder_model, "expected .None, classes."),
    ],
)
def test_no_classifier(build: Callable[[], keras.Model], reason: str, path: Path) -> None:
    assert_refused(save(build(), path), reason, model_files.load_classifier)


def test_number_of_classes(good: Path) -> None:
    assert model_files.load_classifier(good, 10).output_shape == (None, 10)
    assert_refused(good, "it tells 10 classes apart; expected 7", lambda path: model_files.load_classifier(path, 7))


def image_to_image(**options: Any) -> keras.Model:
    image = keras.Input((None, None, 3))
    return keras.Model(image, layers.Conv2D(**({"filters": 3, "kernel_size": 3, "padding": "same"} | options))(image))


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (image_to_image, r"expected \[0, 1\]"),
        (lambda: image_to_image(padding="valid", activation="sigmoid"), "expected the same shape"),
        (lambda: image_to_image(strides=2, activation="sigmoid"), "expected the same shape"),
        (lambda: image_to_image(filters=1, activation="sigmoid"), "an image"),
        (tiny.classifier_model, "an image"),
    ],
)
def test_no_autoencoder(build: Callable[[], keras.Model], reason: str, path: Path) -> None:
    assert_refused(save(build(), path), reason, model_files.load_autoencoder)


def test_sha256(path: Path) -> None:
    path.write_bytes(b"abc")
    assert model_files.sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert_refused(path.with_name("none.keras"), "There is no model file", model_files.sha256)
