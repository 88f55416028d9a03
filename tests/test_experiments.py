"""Experiment files: what is written is read, and nothing else is."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from advgui.data.cifar10 import CLASS_NAMES
from advgui.errors import AdvguiError
from advgui.experiments import Experiment, encoded, load, save
from advgui.images import to_float

PIXELS = arrays.arrays(np.uint8, st.sampled_from([(32, 32, 3), (8, 16, 3), (64, 40, 3)]))


def experiment(values: Any = None, **changes: Any) -> Experiment:
    pixels = to_float(np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8) if values is None else values)
    fields: dict[str, Any] = {
        "pixels": pixels, "index": 7, "label": 3, "name": "Test image 7", "class_names": CLASS_NAMES,
        "controls": {"attacks": ["fgsm"], "nothing": None}, "networks": {"classifier": "0a" * 32}, "gain": 5,
    }  # fmt: skip
    return Experiment(**(fields | changes))


@given(
    values=PIXELS,
    label=st.none() | st.integers(0, 9),
    index=st.integers(-5, 9_999),
    name=st.text(min_size=1).filter(str.strip),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, values: Any, label: int | None, index: int, name: str
) -> None:
    path = tmp_path_factory.mktemp("experiments") / "one.advgui"
    written = experiment(values, label=label, index=index, name=name[:100] if name[:100].strip() else "x")
    save(path, written)
    read = load(path)
    np.testing.assert_array_equal(read.pixels, written.pixels)
    assert read.pixels.dtype == np.float32
    for field in ("index", "label", "name", "class_names", "controls", "networks", "gain"):
        assert getattr(read, field) == getattr(written, field)


def test_an_image_between_8_bits_is_refused_and_not_rounded() -> None:
    with pytest.raises(AdvguiError, match="8 bits"):
        encoded(np.full((8, 8, 3), 0.1234, np.float32))


PNG = encoded(experiment().pixels)


def content(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": "advgui experiment", "version": 1,
        "image": {"index": 7, "name": "x", "label": 3, "class_names": list(CLASS_NAMES), "png": PNG},
        "controls": {}, "networks": {}, "gain": 0,
    }  # fmt: skip
    return made | changes


def image(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = content()["image"]
    return content(image=found | changes)


def png(size: tuple[int, int]) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("", "Expecting value"),
        ([], "not an object"),
        ({}, "'kind' is missing"),
        (content(version=2), "version 2"),
        (content(kind="a scenario"), "'a scenario'"),
        (content(more=1), "'more' is not known"),
        (content(gain=-1), "'gain' is -1"),
        (content(networks={"classifier": "xyz"}), "SHA-256"),
        (content(networks={"classifier": 3}), "SHA-256"),
        (content(controls=3), "'controls'"),
        (image(label=10), "'image.label' is 10"),
        (image(label=True), "'image.label'"),
        (image(index="7"), "'image.index'"),
        (image(png="!!"), "no PNG"),
        (image(png=base64.b64encode(b"GIF89a").decode()), "no PNG"),
        (image(png=png((30, 30))), "30x30"),
        (image(png=png((1024, 8))), "1024x8"),
        (image(colour=1), "'image.colour' is not known"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, values: object, said: str) -> None:
    path = tmp_path / "wrong.advgui"
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    with pytest.raises(AdvguiError) as error:
        load(path)
    assert said in str(error.value)
    assert "wrong.advgui" in str(error.value)


def test_a_truncated_a_missing_and_a_huge_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "one.advgui"
    save(path, experiment())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AdvguiError, match="not an experiment"):
        load(path)
    with pytest.raises(AdvguiError, match="cannot be read"):
        load(tmp_path / "none.advgui")
    path.write_bytes(b" " * (5 << 20))
    with pytest.raises(AdvguiError, match="at most 4 MB"):
        load(path)
