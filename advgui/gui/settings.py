"""What is remembered from one start to the next. Whatever is damaged, unknown or off the screen becomes the default."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QPoint, QRect, QSettings, QSize
from PySide6.QtGui import QGuiApplication

from advgui import files
from advgui.gui.widgets.theme import CHOICES, Choice

_log = logging.getLogger(__name__)
_Value = TypeVar("_Value")

VERSION = 1
_LARGEST = 1 << 20  # bytes
DEFAULT_SIZE = QSize(1280, 800)
SMALLEST_SIZE = QSize(1024, 660)
# How large everything may be, in per cent of what the desktop says.
ZOOMS = (80, 90, 100, 110, 125, 150, 175, 200)
# Part of the window that must be on a screen, so that the user can take hold of it.
_GRIP = QSize(200, 60)


@dataclass(frozen=True)
class Option(Generic[_Value]):
    """A setting.

    Attributes:
        key: Its name in the file.
        default: Its value where nothing fitting is stored.
        read: From what is stored to the value; raises ValueError or TypeError for what does not fit.
        write: From the value to what is stored.
    """

    key: str
    default: _Value
    read: Callable[[object], _Value]
    write: Callable[[_Value], object] = lambda value: value


def _integers(count: int, lowest: int) -> Callable[[object], tuple[int, ...]]:
    def read(stored: object) -> tuple[int, ...]:
        numbers = tuple(int(part) for part in str(stored).split(" "))
        if len(numbers) != count or any(not lowest <= number <= 100_000 for number in numbers):
            raise ValueError(f"expected {count} whole numbers")
        return numbers

    return read


def _joined(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))


def _choice(stored: object) -> Choice:
    if stored not in CHOICES:
        raise ValueError(f"expected one of {', '.join(CHOICES)}")
    return stored


def _percent(stored: object) -> int:
    percent = int(str(stored))
    if percent not in ZOOMS:
        raise ValueError(f"expected one of {', '.join(map(str, ZOOMS))}")
    return percent


def _flag(stored: object) -> bool:
    if str(stored).lower() not in ("true", "false"):
        raise ValueError("expected true or false")
    return str(stored).lower() == "true"


def _speed(stored: object) -> float:
    speed = float(str(stored))
    if not 0 <= speed < 1e12:
        raise ValueError("expected a speed")
    return speed


def _from_json(stored: object) -> Any:
    try:
        return json.loads(str(stored))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _mapping(stored: object) -> Mapping[str, Any]:
    mapping = _from_json(stored)
    if not isinstance(mapping, dict):
        raise ValueError("expected a JSON object")
    return mapping


def _texts(stored: object) -> list[str]:
    texts = _from_json(stored)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("expected a list of texts")
    return texts


GEOMETRY = Option[tuple[int, ...]]("window/geometry", (), _integers(4, -100_000), _joined)
MAXIMIZED = Option("window/maximized", False, _flag)
SPLITTER = Option[tuple[int, ...]]("window/splitter", (), _integers(3, 0), _joined)
EVALUATION_GEOMETRY = Option[tuple[int, ...]]("evaluation/geometry", (), _integers(4, -100_000), _joined)
EVALUATION_FORM = Option[Mapping[str, Any]]("evaluation/form", {}, _mapping, json.dumps)
# Passes of an image through the classifier in a second, measured; 0 before.
EVALUATION_SPEED = Option("evaluation/speed", 0.0, _speed)
THEME = Option[Choice]("window/theme", "system", _choice)
ZOOM = Option("window/zoom", 100, _percent)
FOLDER = Option("files/folder", "", str)
DATA_FOLDER = Option("files/data", "", str)
GAIN = Option("view/gain", 0, lambda stored: int(str(stored)))
RECENT = Option[list[str]]("files/recent", [], _texts, json.dumps)
LESSONS_FOLDER = Option("files/lessons", "", str)
CONTROLS = Option[Mapping[str, Any]]("view/controls", {}, _mapping, json.dumps)
# Name of a source of images, and an index.
IMAGE = Option("view/image", "", str)
TRAINING_GEOMETRY = Option[tuple[int, ...]]("training/geometry", (), _integers(4, -100_000), _joined)


class Store(Protocol):
    """What is needed of QSettings."""

    def value(self, key: str, default: object = None, /) -> object:
        """Return what is stored."""

    def setValue(self, key: str, value: object, /) -> None:
        """Store a value."""

    def clear(self) -> None:
        """Forget everything."""

    def sync(self) -> None:
        """Write what was stored to its file now."""


class _Forgetful(dict[str, object]):
    """Remembers until the program ends, where the file is none that can be used."""

    def value(self, key: str, default: object = None) -> object:
        """Return what is stored."""
        return self.get(key, default)

    def setValue(self, key: str, value: object) -> None:
        """Store a value."""
        self[key] = value

    def sync(self) -> None:
        """There is no file."""


def _of_the_user() -> Store:
    """Return the user's own settings file, or nothing but defaults if a pipe, a device or a huge file is in its place.

    Qt would wait for the pipe, and read all of the file.
    """
    # Qt says where settings are, but reads them at once: so it is asked for those of somebody else.
    other = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "AdvGUI-nobody")
    path = Path(other.fileName()).parent / "AdvGUI" / "AdvGUI.ini"
    if files.is_there(path):
        try:
            files.read_bytes(path, _LARGEST)
        except OSError as error:
            _log.warning("The settings in '%s' cannot be used (%s): defaults are used.", path, error.strerror or error)
            return _Forgetful()
    return QSettings(str(path), QSettings.Format.IniFormat)


class Settings:
    """Typed reading and writing of options.

    Args:
        store: Where they are kept; the user's own settings file if None.
    """

    def __init__(self, store: Store | None = None) -> None:
        self.store: Store = store or _of_the_user()
        stored = self.store.value("version", VERSION)
        self._readable = str(stored) == str(VERSION)
        if not self._readable:
            _log.info("The settings are of version %s, this program writes %s: defaults are used.", stored, VERSION)

    def get(self, option: Option[_Value]) -> _Value:
        """Return what is stored, or the default."""
        stored = self.store.value(option.key) if self._readable else None
        if stored is None:
            return option.default
        try:
            return option.read(stored)
        except (TypeError, ValueError) as error:
            _log.info("The setting %s is %r (%s): the default is used.", option.key, stored, error)
            return option.default

    def set(self, option: Option[_Value], value: _Value) -> None:
        """Store a value."""
        if not self._readable:  # one file holds one version
            self.store.clear()
            self._readable = True
        self.store.setValue("version", VERSION)
        self.store.setValue(option.key, option.write(value))

    def place(self, option: Option[tuple[int, ...]]) -> QRect | None:
        """Return where a window was, None if it has no place yet or that is on no screen any more."""
        stored = self.get(option)
        if stored:
            wanted = QRect(*stored)
            for screen in (each.availableGeometry() for each in QGuiApplication.screens()):
                seen = screen.intersected(wanted)
                if seen.width() >= _GRIP.width() and seen.height() >= _GRIP.height() and wanted.top() >= screen.top():
                    return QRect(wanted.topLeft(), wanted.size().boundedTo(screen.size()))
        return None

    def geometry(self, option: Option[tuple[int, ...]] = GEOMETRY, size: QSize = DEFAULT_SIZE) -> QRect:
        """Return where a window goes: where it was if that is still on a screen, else the middle of the first.

        Args:
            option: Where the window's place is kept.
            size: Of a window that has no place yet.
        """
        stored = self.place(option)
        if stored is not None:
            return stored
        screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        screen = screens[0] if screens else QRect(QPoint(0, 0), size)
        centred = QRect(QPoint(0, 0), size.boundedTo(screen.size()))
        centred.moveCenter(screen.center())
        return centred

    def set_geometry(self, place: QRect, option: Option[tuple[int, ...]] = GEOMETRY) -> None:
        """Store a window's place, for `geometry`."""
        self.set(option, (place.x(), place.y(), place.width(), place.height()))

    def flush(self) -> None:
        """Write what was stored to its file now."""
        self.store.sync()
