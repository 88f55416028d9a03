"""Model files whose configuration or weights are bad are refused with the reason, and nothing of them runs."""

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from advgui.errors import ModelFileError
from advgui.models import model_files
from tests import tiny
from tests.model_archives import (
    CONFIG,
    METADATA,
    WEIGHTS,
    Config,
    assert_refused,
    layer,
    packed,
    save,
    unpacked,
    with_config,
    with_weights,
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound classifier's file."""
    return save(tiny.classifier_model(), tmp_path_factory.mktemp("good") / "good.keras")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test puts its file."""
    return tmp_path / "model.keras"


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
