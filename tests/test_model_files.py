"""Every kind of bad model file is refused with its reason, and nothing of it runs."""

import io
import json
import os
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from advgui import model_files, networks
from advgui.errors import ModelFileError
from tests import tiny

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
Members = dict[str, bytes]
Config = dict[str, Any]


def save(model: keras.Model, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # keras advises against what some of these tests make
        model.save(path)
    return path


def unpacked(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Members, path: Path, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound classifier's file."""
    return save(tiny.classifier_model(), tmp_path_factory.mktemp("good") / "good.keras")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test puts its file."""
    return tmp_path / "model.keras"


def assert_refused(path: Path, reason: str, load: Callable[[Path], Any] = model_files.check) -> None:
    with pytest.raises(ModelFileError, match=reason) as caught:
        load(path)
    text = str(caught.value)
    assert str(path) in text
    assert "xpected" in text


def with_config(good: Path, path: Path, change: Callable[[Config], None]) -> Path:
    members = unpacked(good)
    config = json.loads(members[CONFIG])
    change(config)
    return packed(members | {CONFIG: json.dumps(config).encode()}, path)


def with_weights(good: Path, path: Path, change: Callable[[h5py.File], None]) -> Path:
    members = unpacked(good)
    file = io.BytesIO(members[WEIGHTS])
    with h5py.File(file, "a") as weights:
        change(weights)
    return packed(members | {WEIGHTS: file.getvalue()}, path)


def layer(config: Config, class_name: str) -> Config:
    return next(each for each in config["config"]["layers"] if each["class_name"] == class_name)


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


@pytest.mark.parametrize("build", [tiny.classifier_model, networks.classifier, sequential, with_operations])
def test_sound_classifiers_open_and_keep_their_outputs(build: Callable[[], keras.Model], path: Path) -> None:
    model = build()
    opened = model_files.load_classifier(save(model, path))
    images = tiny.images(3)
    np.testing.assert_allclose(opened(images, training=False), model(images, training=False), atol=1e-5)
    assert not opened.compiled


@pytest.mark.parametrize("build", [tiny.autoencoder_model, networks.autoencoder])
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


# What is no file of the right kind


def test_missing_folder_pipe_and_unreadable(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none.keras", "There is no model file")
    (tmp_path / "folder.keras").mkdir()
    assert_refused(tmp_path / "folder.keras", "it is a folder")
    assert_refused(tmp_path / f"{'x' * 300}.keras", "cannot be read")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.keras")
        assert_refused(tmp_path / "pipe.keras", "no regular file")


@pytest.mark.parametrize("content", [b"", b"\0", b"PK", b"not a model\n" * 100, b"\0" * 1000])
def test_other_content(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    assert_refused(path, "it is no zip file")


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
    assert_refused(path, "it is no zip file", model_files.load)
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


# The configuration


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"\xff\xfe\xfd", "is no JSON"),
        (b"[]", "holds no JSON object"),
        (b'{"a": ' * 500 + b"1" + b"}" * 500, "it is a 'None.None'"),
        (b"[" * 200_000 + b"]" * 200_000, "is no JSON"),
    ],
)
def test_no_configuration(content: bytes, reason: str, good: Path, path: Path) -> None:
    assert_refused(packed(unpacked(good) | {CONFIG: content}, path), reason)


@pytest.mark.parametrize("metadata", [b"", b"[]", b"{}", b'{"keras_version": "2.15.0"}', b'{"keras_version": 3}'])
def test_other_metadata(metadata: bytes, good: Path, path: Path) -> None:
    assert_refused(packed(unpacked(good) | {METADATA: metadata}, path), "metadata.json|expected Keras 3")


def test_too_deep(good: Path, path: Path) -> None:
    def deepen(config: Config) -> None:
        inside: Config = {}
        layer(config, "Dense")["config"]["name"] = inside
        for _ in range(100):
            inside["a"] = inside = {}

    assert_refused(with_config(good, path, deepen), "deeper")


def test_lambda_never_runs(path: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    def spy(x: Any, marker: str = str(marker)) -> Any:
        __import__("pathlib").Path(marker).touch()
        return x

    image = keras.Input((None, None, 3))
    x = layers.Lambda(spy, output_shape=(None, None, 3))(image)
    model = keras.Model(image, layers.Dense(2)(layers.GlobalMaxPooling2D()(x)))
    model(tiny.images(1))
    marker.unlink()  # it works
    assert_refused(save(model, path), "'keras.layers.Lambda', which is not on the list", model_files.load)
    assert not marker.exists()


@keras.saving.register_keras_serializable("tests")
class OwnLayer(layers.Layer):
    """A registered layer: Keras would build it without a question."""

    def call(self, x: Any) -> Any:
        """Return the input."""
        return x


def test_own_layer(path: Path) -> None:
    model = keras.Sequential([keras.Input((None, None, 3)), OwnLayer(), layers.GlobalMaxPooling2D(), layers.Dense(2)])
    assert_refused(save(model, path), "OwnLayer', which is not on the list", model_files.load)


def test_own_model(good: Path, path: Path) -> None:
    def rename(config: Config) -> None:
        config |= {"module": "somewhere", "class_name": "MyModel", "registered_name": "MyModel"}

    assert_refused(with_config(good, path, rename), "it is a 'somewhere.MyModel'")


def test_model_inside_a_model(path: Path) -> None:
    image = keras.Input((None, None, 3))
    inner = keras.Sequential([layers.Conv2D(2, 3), layers.GlobalMaxPooling2D()])
    assert_refused(save(keras.Model(image, layers.Dense(2)(inner(image))), path), "a model inside a model")


PARTS = {
    "other module": {"module": "os", "class_name": "system", "config": {}, "registered_name": None},
    "module hidden in keras": {"module": "keras.src.utils.io_utils", "class_name": "Popen", "config": {}},
    "function": {"module": "builtins", "class_name": "function", "config": "print", "registered_name": "function"},
    "marshalled code": {"class_name": "__lambda__", "config": {"value": "gASV"}},
    "type": {"class_name": "__typespec__", "module": "os", "spec_name": "x", "config": []},
    "another program": {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp"}},
    "a file's words": {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
    "no module": {"class_name": "Dense", "config": {"units": 2}},
    "no class": {"module": "keras.layers", "config": {}},
    "name is a list": {"module": "keras.layers", "class_name": ["Dense"], "config": {}},
    "module is a dict": {"module": {}, "class_name": "Dense", "config": {}},
    "registered alone": {"registered_name": "tests>OwnLayer", "config": {}},
    "registered over": {
        "module": "keras.layers", "class_name": "ReLU", "config": {}, "registered_name": "tests>OwnLayer",
    },
    "registered value": {"class_name": "__numpy__", "config": {}, "registered_name": "tests>OwnLayer"},
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("where", ["activation", "kernel_initializer", "dtype", "layer", "argument", "build"])
def test_foreign_parts_wherever_they_hide(part: Config, where: str, good: Path, path: Path) -> None:
    def hide(config: Config) -> None:
        if where == "layer":
            config["config"]["layers"].insert(1, part)
        elif where == "argument":
            layer(config, "Dense")["inbound_nodes"][0]["kwargs"]["x"] = [[part]]
        elif where == "build":
            config["build_config"] = {"deeper": [part]}
        else:
            layer(config, "Dense")["config"][where] = part

    assert_refused(with_config(good, path, hide), "not on the list of allowed layers|the custom object")


def test_training_settings_are_never_read(good: Path, path: Path) -> None:
    def add(config: Config) -> None:
        config["compile_config"] = {"optimizer": {"module": "os", "class_name": "system", "config": {"command": "x"}}}

    assert not model_files.load_classifier(with_config(good, path, add)).compiled


def test_no_layers(good: Path, path: Path) -> None:
    assert_refused(with_config(good, path, lambda c: c["config"].update(layers=[])), "no list of at most")
    assert_refused(with_config(good, path, lambda c: c.update(config="x")), "no list of at most")
    many = with_config(good, path, lambda c: c["config"].update(layers=c["config"]["layers"] * 1000))
    assert_refused(many, "no list of at most")


def test_layers_that_do_not_fit_together(good: Path, path: Path) -> None:
    cut = with_config(good, path, lambda c: c["config"]["layers"].pop(2))
    model_files.check(cut)
    assert_refused(cut, "cannot be opened as a model", model_files.load)


# The weights


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", bytes(3000)])
def test_no_weights(content: bytes, good: Path, path: Path) -> None:
    assert_refused(packed(unpacked(good) | {WEIGHTS: content}, path), "its model.weights.h5 is damaged")


def test_weights_damaged_behind_a_right_checksum(good: Path, path: Path) -> None:
    """The HDF5 library itself meets 300 damaged files, and whatever it says is reported as a refusal."""
    members = unpacked(good)
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        content = bytearray(members[WEIGHTS])
        for place in generator.integers(0, len(content), 8):
            content[place] = generator.integers(256)
        try:
            model_files.check(packed(members | {WEIGHTS: bytes(content)}, path))
        except ModelFileError:
            refused += 1
    assert refused > 20


def test_links_out_of_the_file(good: Path, path: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = np.ones(3)
    outside = str(tmp_path / "other.h5")

    def external_link(file: h5py.File) -> None:
        file["stolen"] = h5py.ExternalLink(outside, "/secret")

    def soft_link(file: h5py.File) -> None:
        file["stolen"] = h5py.SoftLink("/layers")

    def external_storage(file: h5py.File) -> None:
        file.create_dataset("stolen", (3,), "f4", external=[(outside, 0, 12)])

    def virtual(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(outside, "secret", (3,))
        file.create_virtual_dataset("stolen", layout)

    for change in (external_link, soft_link):
        assert_refused(with_weights(good, path, change), "has a link at")
    for change in (external_storage, virtual):
        assert_refused(with_weights(good, path, change), "arrays of numbers, stored in full")


def test_arrays_that_the_file_does_not_hold(good: Path, path: Path) -> None:
    def bomb(file: h5py.File) -> None:
        file.create_dataset("bomb", (1 << 40,), "f4", chunks=(1 << 16,), compression="gzip")

    def unwritten(file: h5py.File) -> None:
        file.create_dataset("bomb", (1 << 40,), "f4")

    def texts(file: h5py.File) -> None:
        file["bomb"] = ["text"]

    def nothing(file: h5py.File) -> None:
        file["bomb"] = h5py.Empty("f4")

    for change in (bomb, unwritten, texts, nothing):
        assert_refused(with_weights(good, path, change), "arrays of numbers, stored in full")


def test_the_same_array_many_times(good: Path, path: Path) -> None:
    def repeat(file: h5py.File) -> None:
        first = file.create_dataset("first", data=np.zeros(1000))
        for n in range(100):
            file[f"again{n}"] = first

    assert_refused(with_weights(good, path, repeat), "declares more numbers than it holds")


def test_a_group_inside_itself(good: Path, path: Path) -> None:
    def knot(file: h5py.File) -> None:
        file["layers/again"] = file["layers"]

    assert_refused(with_weights(good, path, knot), "too many or too deep groups")


def test_too_few_weights_for_the_layers(good: Path, path: Path) -> None:
    def enlarge(config: Config) -> None:
        layer(config, "Dense")["config"]["units"] = 10**12
        layer(config, "Dense")["build_config"] = None

    assert_refused(with_config(good, path, enlarge), "its file holds", model_files.load)


def test_other_weights(good: Path, path: Path) -> None:
    """As many numbers as the layers need, in other shapes."""

    def turn(file: h5py.File) -> None:
        for group in file["layers"].values():
            for name, values in list(group.get("vars", {}).items()):
                flat = np.ravel(values)
                del group["vars"][name]
                group["vars"][name] = flat

    assert_refused(with_weights(good, path, turn), "cannot be opened as a model", model_files.load)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(value: float, good: Path, path: Path) -> None:
    def spoil(file: h5py.File) -> None:
        file["layers/conv2d/vars/0"][0, 0, 0, 0] = value

    assert_refused(with_weights(good, path, spoil), "NaN or infinite", model_files.load)


def test_an_activation_bomb(path: Path) -> None:
    image = keras.Input((None, None, 3))
    x = image
    for _ in range(6):
        x = layers.UpSampling2D(8)(x)
    model = keras.Model(image, layers.Dense(2)(layers.GlobalMaxPooling2D()(x)))
    assert_refused(save(model, path), "expected at most", model_files.load)


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
