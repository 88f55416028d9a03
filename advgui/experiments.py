"""An experiment as a file: an image, the controls, and which networks were at work. Qt-free."""

import base64
import binascii
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from advgui.errors import AdvguiError
from advgui.files import read_text, write_atomically
from advgui.images import to_float
from advgui.strict_json import Fields
from advgui.types import FloatArray

SUFFIX = ".advgui"
_KIND, _VERSION = "advgui experiment", 1
_LARGEST = 4 << 20  # bytes of a file
_LARGEST_SIDE = 512  # pixels
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, eq=False)
class Experiment:
    """What is needed to see the same numbers again.

    Attributes:
        pixels: float32 (H, W, 3), multiples of 1/255 in [0, 1].
        index: Of the image in the test set, or negative for another one; it chooses the random numbers.
        label: The true class, or None where nobody knows it.
        name: What people call the image.
        class_names: Of the data set that it is from, empty if it is from none.
        controls: Of the window, as `advgui.gui.remembered` writes them.
        networks: SHA-256 of the networks' files, by what they do.
        gain: Amplification of the change; 0 for the automatic one.
    """

    pixels: FloatArray
    index: int
    label: int | None
    name: str
    class_names: tuple[str, ...]
    controls: Mapping[str, Any]
    networks: Mapping[str, str]
    gain: int = 0


def encoded(pixels: FloatArray) -> str:
    """Return an image of 8 bits as a PNG in base64.

    Args:
        pixels: float32 (H, W, 3) in [0, 1].

    Raises:
        AdvguiError: It has values between those of 8 bits, which a PNG would lose.
    """
    values = np.rint(pixels * 255).astype(np.uint8)
    if not np.array_equal(to_float(values), pixels):
        raise AdvguiError("The image has values between those of 8 bits, so a file would show another one.")
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def decoded(text: str) -> FloatArray:
    """Return the image in a text that `encoded` made, float32 (H, W, 3), read-only.

    Raises:
        ValueError: It is none, or has a size that no image of the window has.
    """
    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as image:
            width, height = image.size
            if not (8 <= width <= _LARGEST_SIDE and 8 <= height <= _LARGEST_SIDE) or width % 8 or height % 8:
                raise ValueError(f"the image has {width}x{height} px, expected multiples of 8 up to {_LARGEST_SIDE}")
            pixels = to_float(np.asarray(image.convert("RGB")))
    except (binascii.Error, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"the image is no PNG ({error})") from error
    pixels.flags.writeable = False
    return pixels


def save(path: Path, experiment: Experiment) -> None:
    """Write an experiment, whole or not at all.

    Raises:
        AdvguiError: The image does not fit into 8 bits.
        OSError: The file cannot be written.
    """
    values = {
        "kind": _KIND,
        "version": _VERSION,
        "image": {
            "index": experiment.index,
            "name": experiment.name,
            "label": experiment.label,
            "class_names": list(experiment.class_names),
            "png": encoded(experiment.pixels),
        },
        "controls": dict(experiment.controls),
        "networks": dict(experiment.networks),
        "gain": experiment.gain,
    }
    write_atomically(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


def load(path: Path) -> Experiment:
    """Read an experiment.

    Raises:
        AdvguiError: It is missing, too large, or no experiment; the text says what does not fit.
    """
    try:
        text = read_text(path, _LARGEST)
    except OSError as error:
        raise AdvguiError(
            f"The experiment '{path.name}' cannot be read ({error.strerror or error}). Expected a file of at most "
            f"{_LARGEST >> 20} MB. Check that it is there."
        ) from error
    try:
        return _experiment(Fields(json.loads(text), ""))
    except (ValueError, RecursionError) as error:
        raise AdvguiError(
            f"'{path.name}' is not an experiment: {error}. Expected a file that File, Save experiment has written."
        ) from error


def _experiment(values: Fields) -> Experiment:
    kind, version = values.text("kind"), values.whole("version", 0, 1_000_000)
    if (kind, version) != (_KIND, _VERSION):
        raise ValueError(
            f"it is '{kind[:40]}' of version {version}, and this program reads '{_KIND}' of version {_VERSION}"
        )
    image = Fields(values.take("image", dict), "image")
    label = image.take("label", (int, type(None)))
    names = image.texts("class_names")
    if label is not None and (isinstance(label, bool) or not 0 <= label < max(len(names), 1)):
        raise ValueError(f"'image.label' is {label}, expected the place of one of {len(names)} classes")
    networks = values.take("networks", dict)
    if not all(isinstance(value, str) and len(value) == 64 and set(value) <= _HEX for value in networks.values()):
        raise ValueError("'networks' are not SHA-256 sums")
    made = Experiment(
        pixels=decoded(image.text("png", longest=_LARGEST)),
        index=image.whole("index", -1_000_000, 1_000_000),
        label=label,
        name=image.text("name"),
        class_names=names,
        controls=values.take("controls", dict),
        networks=networks,
        gain=values.whole("gain", 0, 1_000),
    )
    image.end()
    values.end()
    return made
