"""Checking a model file without building anything of it: the zip, the configuration, the stored weights.

Only zip `.keras` files of Keras 3 are accepted. Keras' own `safe_mode` refuses what is known to be dangerous; here
everything is refused that is not known to be harmless.
"""

import hashlib
import io
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py

from advgui import resources
from advgui.errors import AdvguiError, ModelFileError
from advgui.text import first_line

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
# Bytes of each member once unpacked. ResNet-50 has 100 MB of weights and 200 kB of configuration.
_LARGEST = {_CONFIG: 4 << 20, _METADATA: 64 << 10, _WEIGHTS: 512 << 20}
_LARGEST_RATIO = 100  # unpacked to packed; Keras does not compress at all
_DEEPEST_JSON = 64
_MOST_LAYERS = 2_000
_MOST_H5_OBJECTS = 50_000
_DEEPEST_H5 = 16
_LAYERS = (
    "InputLayer Conv2D DepthwiseConv2D SeparableConv2D Conv2DTranspose Dense Activation ReLU LeakyReLU PReLU ELU "
    "Softmax BatchNormalization LayerNormalization GroupNormalization UnitNormalization Normalization Rescaling "
    "MaxPooling2D AveragePooling2D GlobalMaxPooling2D GlobalAveragePooling2D Dropout SpatialDropout2D GaussianNoise "
    "GaussianDropout AlphaDropout Add Subtract Multiply Average Maximum Minimum Concatenate Flatten Reshape Permute "
    "ZeroPadding2D Cropping2D UpSampling2D Resizing CenterCrop RandomFlip RandomCrop RandomTranslation RandomRotation "
    "RandomZoom RandomContrast RandomBrightness"
)
_INITIALIZERS = (
    "Zeros Ones Constant Identity Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling GlorotNormal "
    "GlorotUniform HeNormal HeUniform LecunNormal LecunUniform"
)
# What a configuration may name: module -> classes. None of them takes code, paths or addresses.
_ALLOWED = {
    module: frozenset(names.split())
    for module, names in {
        "keras.layers": _LAYERS,
        "keras.initializers": _INITIALIZERS,
        "keras.regularizers": "L1 L2 L1L2 OrthogonalRegularizer",
        "keras.constraints": "MaxNorm MinMaxNorm NonNeg UnitNorm",
        "keras": "DTypePolicy",
        "keras.src.ops.numpy": (
            "Absolute Add Ceil Clip Concatenate Cos Divide Exp Exp2 Expm1 Floor Log Log10 Log1p Log2 Logaddexp Max "
            "Maximum Mean Min Minimum Mod Multiply Negative Power Prod Reciprocal Round Sign Sin Sqrt Square Std "
            "Subtract Sum Tan Tanh TrueDivide Trunc Var"
        ),
        "keras.src.ops.nn": (
            "Celu Elu Gelu HardShrink HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid LogSoftmax Relu Relu6 Selu "
            "Sigmoid Silu SoftShrink Softmax Softplus Softsign SparsePlus SparseSigmoid Squareplus Tanh TanhShrink"
        ),
    }.items()
}
_MODELS = [
    ["keras", "Sequential"],
    ["keras", "Functional"],
    ["keras.src.models.sequential", "Sequential"],
    ["keras.src.models.functional", "Functional"],
]
# Plain values: symbolic tensors between layers, and constants in arithmetic such as `image - mean`.
_VALUES = frozenset({"__keras_tensor__", "__numpy__", "__tensor__"})

# What zipfile raises for damaged files.
_UNZIPPING = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, ArithmeticError)
SAVE_AGAIN = "Save the model with Keras 3 as model.save('NAME.keras'), or choose another file."
_COPY_AGAIN = "Copy or download it again."
_REBUILD = "Rebuild the model from such layers, or choose another file."
_AS_KERAS = "what Keras 3 writes"


class Refusal(Exception):
    """What is wrong with a file; `telling` adds which file it is.

    Args:
        given: What the file is or does, as a clause.
        expected: What it should be.
        advice: What to do, as whole sentences.
    """

    def __init__(self, given: str, expected: str, advice: str = SAVE_AGAIN) -> None:
        super().__init__(f"{given}; expected {expected}. {advice}")


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model file as it was read, once: what is checked is what is opened, whatever happens to the file meanwhile.

    Attributes:
        path: Where it was, which is what the user calls it.
        content: All of it.
        sha256: Of the content, in lower-case hexadecimal.
    """

    path: Path
    content: bytes = field(repr=False)
    sha256: str

    @classmethod
    def read(cls, path: Path) -> "ModelFile":
        """Read a file whose size, name and first bytes are those of a `.keras` file.

        Raises:
            ModelFileError: It is missing, cannot be read, or is something else.
        """
        with telling(path):
            content = _content(path)
        return cls(path, content, hashlib.sha256(content).hexdigest())


Source = Path | ModelFile


def as_read(source: Source) -> ModelFile:
    """Return a file that was read already as it is, and read one that was not (see `ModelFile.read`)."""
    return source if isinstance(source, ModelFile) else ModelFile.read(source)


@dataclass(frozen=True)
class Contents:
    """What an accepted file holds.

    Attributes:
        config: The model's configuration, without its training settings.
        stored: How many numbers the weights have.
    """

    config: dict[str, Any]
    stored: int


def advice_for_own(path: Path) -> str:
    """Return what to do about a bundled file, which the user did not choose; "" for any other."""
    own = path.parent == resources.trained()
    return " It belongs to the program: install the program again." if own else ""


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn every failure inside that has no message for the user yet into a ModelFileError that names the file."""
    again = advice_for_own(path)
    try:
        yield
    except AdvguiError:
        raise
    except FileNotFoundError as error:
        advice = again or " Check the path or choose another file."
        raise ModelFileError(f"There is no model file '{path}', expected a .keras file.{advice}") from error
    except Refusal as refusal:
        raise ModelFileError(f"'{path}' cannot be used: {refusal}{again}") from refusal
    except OSError as error:
        raise ModelFileError(
            f"'{path}' cannot be read ({error.strerror or error}). Expected a readable .keras file; check its "
            f"permissions, or choose another file.{again}"
        ) from error
    except Exception as error:  # Keras, TensorFlow and h5py raise whatever they like for a foreign file
        raise ModelFileError(
            f"'{path}' cannot be opened as a model ({first_line(error)}). Expected a model that Keras 3 saved. "
            f"{SAVE_AGAIN}{again}"
        ) from error


def check_lists(source: Source) -> None:
    """Refuse a model file for what shows in the zip and the configuration; its weights are not looked at.

    This needs neither HDF5 nor Keras, so it can be done before the file is tried in a process of its own.

    Raises:
        ModelFileError: The file is missing, unreadable, damaged, foreign or unsafe.
    """
    file = as_read(source)
    with telling(file.path):
        _listed(file)


def inspect(source: Source) -> Contents:
    """Return what a model file holds, if it is sound and harmless as far as that shows without building the model.

    This opens its weights with HDF5, which a hostile file can crash: `advgui.models.quarantine` comes first.

    Raises:
        ModelFileError: The file is missing, unreadable, damaged, foreign or unsafe.
    """
    file = as_read(source)
    with telling(file.path):
        config, weights = _listed(file)
        return Contents(config, _stored(weights))


def _content(path: Path) -> bytes:
    if stat.S_ISDIR(path.stat().st_mode):
        raise Refusal("it is a folder", "a .keras file")
    # Without waiting: opening a pipe would otherwise last until somebody writes to it.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Refusal("it is not a regular file", "a .keras file")
        limit = sum(_LARGEST.values())
        if status.st_size > limit:
            raise Refusal(
                f"it has {status.st_size >> 20:,} MiB", f"at most {limit >> 20} MiB", "Choose a smaller model."
            )
        start = file.read(8)
        if start == b"\x89HDF\r\n\x1a\n":
            raise Refusal("it is an HDF5 file", "a zip .keras file; HDF5 models are not opened")
        if not start.startswith(b"PK\x03\x04"):
            raise Refusal("it is not a zip file", "a zip .keras file")
        if path.suffix.lower() != ".keras":
            raise Refusal(f"its name ends in '{path.suffix}'", "'.keras'")
        return start + file.read(limit)  # no more, even if it grows


def _listed(file: ModelFile) -> tuple[dict[str, Any], bytes]:
    """Return the configuration and the stored weights of a file that the lists allow."""
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            members = _members(archive)
    except _UNZIPPING as error:
        raise Refusal(f"it is damaged or incomplete ({error})", "a whole zip file", _COPY_AGAIN) from error
    _check_metadata(members[_METADATA])
    return _config(members[_CONFIG]), members[_WEIGHTS]


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the three members' bytes; reads at most what `_LARGEST` allows."""
    names = sorted(member.filename for member in archive.infolist())
    if names != sorted(_LARGEST):
        shown = ", ".join(repr(name[:60]) for name in names[:8]) or "nothing"
        raise Refusal(f"it contains {shown}", f"exactly {', '.join(sorted(_LARGEST))}")
    for member in archive.infolist():
        largest = _LARGEST[member.filename]
        if member.file_size > largest or member.file_size > _LARGEST_RATIO * max(member.compress_size, 1):
            raise Refusal(
                f"its '{member.filename}' unpacks from {member.compress_size:,} to {member.file_size:,} bytes",
                f"at most {largest:,} bytes and {_LARGEST_RATIO} times the packed size",
            )
        if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal(f"its '{member.filename}' is encrypted or packed in an unusual way", "a plain zip file")
    # Python's zipfile never unpacks more than the declared size, and compares the checksum.
    return {member.filename: archive.read(member) for member in archive.infolist()}


def _json_object(name: str, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"its {name} is no JSON ({error})", _AS_KERAS) from error
    if not isinstance(value, dict):
        raise Refusal(f"its {name} holds no JSON object", _AS_KERAS)
    return value


def _check_metadata(content: bytes) -> None:
    version = _json_object(_METADATA, content).get("keras_version")
    if not (isinstance(version, str) and version.startswith("3.")):
        raise Refusal(f"it was saved by Keras {str(version)[:20]}", "Keras 3")


def _config(content: bytes) -> dict[str, Any]:
    """Return the configuration if it is a model of allowed layers and nothing else."""
    config = _json_object(_CONFIG, content)
    # Optimizer, losses and metrics: never read for an uncompiled model, so there is no need to trust them.
    config["compile_config"] = None
    if not _is_model(config):
        raise Refusal(f"it is a '{_shown(config)}'", "a Sequential or Functional model, without own classes")
    body = config.get("config")
    layers = body.get("layers") if isinstance(body, dict) else None
    if not (isinstance(layers, list) and 0 < len(layers) <= _MOST_LAYERS):
        raise Refusal(f"it has no list of at most {_MOST_LAYERS:,} layers", _AS_KERAS)
    _check_named(config.get("registered_name"), config["class_name"])
    waiting: list[tuple[Any, int]] = [(value, 1) for value in config.values()]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST_JSON:
            raise Refusal(f"its {_CONFIG} is nested deeper than {_DEEPEST_JSON} levels", _AS_KERAS)
        if isinstance(value, dict):
            _check_part(value)
            waiting += [(child, depth + 1) for child in value.values()]
        elif isinstance(value, list):
            waiting += [(child, depth + 1) for child in value]
    return config


def _is_model(part: dict[str, Any]) -> bool:
    # A list, because a foreign value may not be hashable.
    return [part.get("module"), part.get("class_name")] in _MODELS


def _check_part(part: dict[str, Any]) -> None:
    """Refuse a JSON object that names anything to build which is not allowed."""
    if not part.keys() & {"class_name", "module", "registered_name"}:
        return
    name, module = part.get("class_name"), part.get("module")
    if isinstance(name, str) and name in _VALUES and module is None:
        _check_named(part.get("registered_name"), name)
        return
    if _is_model(part):
        raise Refusal("it has a model inside a model", "one flat list of layers", "Save it as one model.")
    if not (isinstance(module, str) and isinstance(name, str) and name in _ALLOWED.get(module, ())):
        raise Refusal(
            f"it uses '{_shown(part)}', which is not on the list of allowed layers",
            "Keras' own layers for images, no Lambda and no custom layers",
            _REBUILD,
        )
    _check_named(part.get("registered_name"), name)


def _check_named(registered_name: object, class_name: str) -> None:
    # A registered name takes precedence over module and class, so it may not say anything else.
    if registered_name not in (None, class_name):
        shown = str(registered_name)[:60]
        raise Refusal(f"it uses the custom object '{shown}'", "Keras' own layers alone", _REBUILD)


def _shown(part: dict[str, Any]) -> str:
    return f"{part.get('module')}.{part.get('class_name')}"[:100]


def _stored(content: bytes) -> int:
    """Return how many numbers the weights have, if every one of them is a plain number inside the file."""
    try:
        file = h5py.File(io.BytesIO(content), "r")
    except Exception as error:  # h5py has no error class of its own
        raise Refusal(f"its {_WEIGHTS} is damaged ({str(error)[:100]})", "a whole HDF5 file", _COPY_AGAIN) from error
    stored = size = objects = 0
    with file:
        waiting: list[tuple[Any, int]] = [(file, 0)]
        while waiting:
            group, depth = waiting.pop()
            for name in group:
                objects += 1
                # A group may contain itself; then these limits end the walk.
                if depth > _DEEPEST_H5 or objects > _MOST_H5_OBJECTS:
                    raise Refusal(f"its {_WEIGHTS} has too many or too deep groups", _AS_KERAS)
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise Refusal(f"its {_WEIGHTS} has a link at '{name[:60]}'", "arrays of its own")
                item = group[name]
                if isinstance(item, h5py.Group):
                    waiting.append((item, depth + 1))
                    continue
                _check_array(name, item)
                stored += item.size
                size += item.nbytes
                if size > len(content):
                    raise Refusal(f"its {_WEIGHTS} declares more numbers than it holds", _AS_KERAS)
    return stored


def _check_array(name: str, item: object) -> None:
    whole = (
        isinstance(item, h5py.Dataset)
        and item.shape is not None
        and item.dtype.kind in "fiub"
        and not item.external
        and not item.is_virtual
        # What a filter unpacks can be a thousand times as large; Keras writes without any.
        and item.id.get_create_plist().get_nfilters() == 0
        and item.id.get_storage_size() == item.nbytes
    )
    if not whole:
        raise Refusal(
            f"its {_WEIGHTS} has something else at '{name[:60]}'",
            "arrays of numbers, stored in full in the file itself",
        )
