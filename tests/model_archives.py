"""Taking model files apart, changing them, and putting them together again."""

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import pytest

from advgui.errors import ModelFileError
from advgui.models import model_files

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
