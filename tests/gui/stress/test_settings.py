"""Settings files that are damaged, from another version or from another screen: the window opens, on the screen."""

import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from advgui import resources
from advgui.gui import settings
from advgui.gui.main_window import MainWindow
from advgui.gui.session import Session
from advgui.gui.settings import Settings
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.widgets.messages import Message
from advgui.gui.widgets.theme import Theme
from tests.gui.gated import GatedLoad, GatedPipeline

OPTIONS = [option for option in vars(settings).values() if isinstance(option, settings.Option)]
# As they stand in the file.
VALUES = [
    "", "x", "-1", "99999999999999999999", "1e9", "nan", "[", "[" * 200_000, '{"seed": 1e99, "strengths": [[]]}',
    "90000 90000 1280 800", "-5000 0 1 1", "-2147483648 2147483647 0 0", "-100000 -100000 100000 100000",
    "0 0 0", "0 100000 0", "100000 1 100000", "@Invalid()", "@Variant(\\0\\0\\0\\x1)", "@ByteArray(\\xff)",
    "@Rect(0 0 1 1)", "a, b, c", "x" * 5000, "/proc/1/fd/x", "/\\0",
]  # fmt: skip
MIXTURES = 60
GONE = "90000 90000 1280 800"


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialog for files is left at once, and no evaluation was kept."""
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    monkeypatch.setattr(resources, "cache", lambda: tmp_path / "cache")


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Callable[[bytes], MainWindow]]:
    """Write a settings file and open the window with it, as the application does."""
    path = tmp_path / "settings.ini"
    windows: list[MainWindow] = []

    def start(content: bytes) -> MainWindow:
        path.write_bytes(content)
        store = Settings(QSettings(str(path), QSettings.Format.IniFormat))
        theme.apply(store.get(settings.THEME))
        window = MainWindow(Session(), LiveRunner(GatedLoad(GatedPipeline())), store, theme)
        windows.append(window)
        with qtbot.waitSignal(window.runner.result):
            window.show()
        return window

    yield start
    theme.apply("light")
    for window in windows:
        window.close()
        window.deleteLater()


def file(values: dict[str, str], version: int = settings.VERSION) -> bytes:
    lines = ["[General]", f"version={version}"]
    for key, value in values.items():
        group, name = key.split("/")
        lines += [f"[{group}]", f"{name}={value}"]
    return "\n".join(lines).encode() + b"\n"


def check(window: MainWindow, posted: list[Message]) -> None:
    """Use everything that reads settings, and close; what is written then can be read again."""
    window.open_evaluation()
    window.open_training()
    window.file_opening.ask_for_pictures()
    for each in (window, window._evaluation, window._training):
        assert on_a_screen(each), each.geometry()
    assert sum(window.splitter.sizes()) > 0
    assert window.stage.width() > 100
    window.close()
    assert not posted
    written = Settings(window.settings.store)
    for option in OPTIONS:
        written.get(option)
    assert written.store.value("version") in (settings.VERSION, str(settings.VERSION))


def on_a_screen(window: QWidget) -> bool:
    """Whether enough of a window can be seen to take hold of it at its upper edge."""
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(window.geometry())
        if seen.width() >= 100 and seen.height() >= 50 and window.geometry().top() >= screen.availableGeometry().top():
            return True
    return False


def test_there_are_options() -> None:
    assert {option.key for option in OPTIONS} >= {"window/geometry", "evaluation/form", "files/data", "view/gain"}


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_the_same_nonsense_everywhere(opened: Callable[[bytes], MainWindow], posted: list[Message], value: str) -> None:
    check(opened(file({option.key: value for option in OPTIONS})), posted)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(MIXTURES))
def test_mixed_nonsense(opened: Callable[[bytes], MainWindow], posted: list[Message], seed: int) -> None:
    generator = random.Random(seed)
    check(opened(file({option.key: generator.choice(VALUES) for option in OPTIONS})), posted)


@pytest.mark.parametrize("seed", range(10))
def test_a_file_with_bytes_changed(opened: Callable[[bytes], MainWindow], posted: list[Message], seed: int) -> None:
    generator = random.Random(seed)
    content = bytearray(file({"window/geometry": "10 10 1100 700", "window/theme": "dark", "view/gain": "20"}))
    for _ in range(20):
        content[generator.randrange(len(content))] = generator.randrange(256)
    check(opened(bytes(content)), posted)


def test_a_newer_version_is_left_unread(opened: Callable[[bytes], MainWindow], posted: list[Message]) -> None:
    window = opened(file({"window/theme": "dark", "view/gain": "50", "window/geometry": GONE}, settings.VERSION + 1))
    assert window.stage.bottom.chosen_gain == settings.GAIN.default
    assert window.settings.get(settings.THEME) == settings.THEME.default
    assert window.settings.get(settings.GEOMETRY) == ()
    check(window, posted)


@pytest.mark.parametrize(("maximized", "place"), [*product(["false", "true"], [GONE, "-5000 20 1280 800"])])
def test_a_screen_that_is_gone(
    opened: Callable[[bytes], MainWindow], posted: list[Message], maximized: str, place: str
) -> None:
    keys = [option.key for option in OPTIONS if option.key.endswith("/geometry")]
    assert len(keys) == 3
    check(opened(file(dict.fromkeys(keys, place) | {"window/maximized": maximized})), posted)


def test_a_folder_that_may_not_be_looked_at(
    opened: Callable[[bytes], MainWindow], posted: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one on another computer that does not answer, or of another account."""
    stat = Path.stat

    def denied(self: Path, **options: bool) -> object:
        if "another computer" in str(self):
            raise PermissionError(13, "Permission denied")
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", denied)
    check(opened(file({"files/folder": "/another computer/x", "files/data": "/another computer/y"})), posted)


def test_a_settings_file_that_is_a_folder(qtbot: QtBot, theme: Theme, tmp_path: Path, posted: list[Message]) -> None:
    (tmp_path / "settings.ini").mkdir()
    store = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    window = MainWindow(Session(), LiveRunner(GatedLoad(GatedPipeline())), store, theme)
    with qtbot.waitSignal(window.runner.result):
        window.show()
    check(window, posted)
    window.deleteLater()
