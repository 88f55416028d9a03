"""Model cards: what a trained network is, how it was made and what it measured, as JSON beside its file.

The card of `NAME.keras` is `NAME.json`; the training history, one row an epoch, is a CSV file in the same folder.
"""

import importlib.metadata
import json
import math
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from advgui.errors import AdvguiError
from advgui.files import is_there, read_text, write_atomically
from advgui.images import TRAINED_SIDE, TRAINED_SIDES
from advgui.text import printable

VERSION = 1
_LARGEST = 1 << 20  # bytes
_LONGEST_NAME = 255  # of a class, in characters; a folder's name has no more


def versions() -> dict[str, str]:
    """Return the versions that a card records: of Python and of the installed TensorFlow, Keras and NumPy."""
    packages = {name: importlib.metadata.version(name) for name in ("tensorflow", "keras", "numpy")}
    return {"python": platform.python_version(), **packages}


@dataclass(frozen=True)
class Card:
    """What is known about a trained network.

    Attributes:
        name: Of the network, as in `NAME.keras`.
        sha256: Of the network's file, in lower-case hexadecimal.
        date: Of the end of the training, as YYYY-MM-DD.
        parameters: How many numbers the network has, trained or not.
        class_names: One for each class, in the order of the logits; empty for a network that does not classify.
        data: How many images each split has, by its name, such as {"training": 45000}.
        metrics: What was measured, by name. An accuracy is a pair of counts NAME_correct and NAME_total, such as
            test_correct and test_total, so that nothing is lost to rounding.
        seed: Of the training, 0 or more.
        recipe: Everything else that determines the training, as plain JSON values.
        versions: As `versions` returns them.
        commands: What to type, in this order, to make the network again.
        history: File name of the training history.
        history_rows: How many rows it has, without its header.

    Raises:
        ValueError: A value does not fit its description.
    """

    name: str
    sha256: str
    date: str
    parameters: int
    data: Mapping[str, int]
    metrics: Mapping[str, float]
    seed: int
    recipe: Mapping[str, Any]
    commands: tuple[str, ...]
    history: str
    history_rows: int
    class_names: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=versions)

    def __post_init__(self) -> None:
        for name, sound, expected in (
            ("name", _is_text(self.name), "a text"),
            ("sha256", _is_text(self.sha256, "[0-9a-f]{64}"), "64 hexadecimal digits"),
            ("date", _is_text(self.date, r"\d{4}-\d\d-\d\d"), "a date such as 2026-01-31"),
            ("parameters", _is_count(self.parameters), "a whole number of at least 0"),
            ("data", _is_mapping(self.data, _is_count), "counts by name"),
            ("metrics", _is_mapping(self.metrics, _is_number), "finite numbers by name"),
            ("seed", _is_count(self.seed), "a whole number of at least 0"),
            ("recipe", _is_mapping(self.recipe, lambda _: True), "values by name"),
            ("commands", _are_texts(self.commands), "a list of texts"),
            ("history", _is_text(self.history, r"[^/\\]+\.csv"), "the name of a CSV file in the same folder"),
            ("history_rows", _is_count(self.history_rows), "a whole number of at least 0"),
            (
                "class_names",
                _are_texts(self.class_names) and all(len(name) <= _LONGEST_NAME for name in self.class_names),
                f"a list of texts of at most {_LONGEST_NAME} characters",
            ),
            ("versions", _is_mapping(self.versions, _is_text), "texts by name"),
        ):
            if not sound:
                raise ValueError(f"'{name}' is {str(getattr(self, name))[:80]!r}, expected {expected}")
        for name, correct in self.metrics.items():
            total = self.metrics.get(f"{name.removesuffix('_correct')}_total")
            if name.endswith("_correct") and not (total and 0 <= correct <= total):
                raise ValueError(f"'{name}' is {correct} of {total}, expected a count and a total that is not smaller")

    def accuracy(self, of: str) -> float:
        """Return a measured accuracy in [0, 1], such as that of "test".

        Raises:
            KeyError: It was not measured.
        """
        return self.metrics[f"{of}_correct"] / self.metrics[f"{of}_total"]


def path_for(model: Path) -> Path:
    """Return where the card of a model file is, or would be."""
    return model.with_suffix(".json")


def write(model: Path, card: Card) -> None:
    """Write the card of a model file, replacing an older one in one step.

    Raises:
        OSError: The folder cannot be written to, or the disk is full; the older card is then as it was.
    """
    write_atomically(path_for(model), json.dumps({"version": VERSION, **asdict(card)}, indent=2) + "\n")


def read(model: Path) -> Card:
    """Read the card of a model file.

    Raises:
        AdvguiError: The card is missing, cannot be read, is damaged or comes from another version of the program.
    """
    path = path_for(model)
    try:
        values = json.loads(read_text(path, _LARGEST))
        if not isinstance(values, dict):
            raise ValueError("it holds no JSON object")
        version = values.pop("version", None)
        if version != VERSION:
            raise ValueError(f"its version is {str(version)[:20]!r}, this program reads {VERSION}")
        unlike = values.keys() ^ {each.name for each in fields(Card)}
        if unlike:
            raise ValueError(f"missing or unknown: {', '.join(sorted(unlike))[:200]}")
        for name in ("commands", "class_names"):
            values[name] = tuple(values[name]) if isinstance(values[name], list) else values[name]
        return Card(**values)
    except OSError as error:
        raise AdvguiError(
            f"The card '{path}' cannot be read ({error.strerror or error}). Expected a JSON file beside "
            f"'{model.name}'; put it there, or train the network again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise AdvguiError(
            f"'{path}' is not a card of a network ({error}). Expected the JSON file that belongs to '{model.name}'; "
            "put it there again, or train the network again."
        ) from error


def class_names(path: Path, classes: int, digest: str) -> tuple[str, ...]:
    """Return the names of a classifier's classes from its card, or "class 0", "class 1" and so on without one.

    Args:
        path: The model file; its card, if it has one, lies beside it.
        classes: How many classes the classifier has.
        digest: The SHA-256 of the model file as it was opened.

    Raises:
        AdvguiError: The card is damaged, or describes another file or another number of classes.
    """
    if not is_there(path_for(path)):
        return tuple(f"class {n}" for n in range(classes))
    card = read(path)
    if card.sha256 != digest or len(card.class_names) != classes:
        raise AdvguiError(
            f"The card '{path_for(path)}' does not describe '{path.name}': expected the SHA-256 of that file and "
            f"{classes} class names. Put the right card there, or delete it."
        )
    return tuple(map(printable, card.class_names))


def trained_side(path: Path) -> int:
    """Return the longest side of the pictures that a classifier learned from, in pixels: CIFAR-10's without a card.

    Args:
        path: The model file; its card, if it has one, lies beside it.

    Raises:
        AdvguiError: The card is damaged.
    """
    side = read(path).recipe.get("side") if is_there(path_for(path)) else None
    return side if isinstance(side, int) and side in TRAINED_SIDES else TRAINED_SIDE


def _is_text(value: object, pattern: str = "(?s).+") -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _are_texts(value: object) -> bool:
    return isinstance(value, tuple) and all(_is_text(each) for each in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_mapping(value: object, sound: Callable[[Any], bool]) -> bool:
    return isinstance(value, Mapping) and all(isinstance(k, str) and sound(v) for k, v in value.items())
