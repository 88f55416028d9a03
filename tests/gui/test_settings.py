import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from advgui.gui import settings
from advgui.gui.settings import Settings


def stored_in(path: Path) -> Settings:
    return Settings(QSettings(str(path), QSettings.Format.IniFormat))


def test_nothing_stored_gives_the_defaults(store: Settings) -> None:
    assert store.get(settings.THEME) == "system"
    assert store.get(settings.SPLITTER) == ()
    assert store.get(settings.MAXIMIZED) is False


def test_what_is_stored_comes_back_from_the_file(tmp_path: Path) -> None:
    first = stored_in(tmp_path / "a.ini")
    first.set(settings.THEME, "dark")
    first.set(settings.GEOMETRY, (10, 20, 1100, 700))
    first.set(settings.MAXIMIZED, True)
    first.store.sync()
    second = stored_in(tmp_path / "a.ini")
    assert second.get(settings.THEME) == "dark"
    assert second.get(settings.GEOMETRY) == (10, 20, 1100, 700)
    assert second.get(settings.MAXIMIZED) is True


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (settings.THEME, "pink"),
        (settings.GEOMETRY, "1 2 3"),
        (settings.GEOMETRY, "a b c d"),
        (settings.GEOMETRY, "0 0 9999999 5"),
        (settings.GEOMETRY, ["1", "2"]),
        (settings.SPLITTER, "-5 10 10"),
        (settings.MAXIMIZED, "perhaps"),
        (settings.GAIN, "many"),
    ],
)
def test_damaged_values_become_defaults(store: Settings, option: settings.Option[object], value: object) -> None:
    store.store.setValue("version", settings.VERSION)
    store.store.setValue(option.key, value)
    assert store.get(option) == option.default


@pytest.mark.parametrize("content", ["", "\0\0\xff", "[window\ntheme", "[window]\ntheme=@Variant(\\0\\0)\n"])
def test_a_damaged_file_gives_the_defaults(tmp_path: Path, qapp: QApplication, content: str) -> None:
    path = tmp_path / "damaged.ini"
    path.write_text(content, "latin-1")
    damaged = stored_in(path)
    assert damaged.get(settings.THEME) == "system"
    assert damaged.geometry().size() == settings.DEFAULT_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize())


def test_settings_of_a_newer_version_are_not_read_and_then_replaced(tmp_path: Path) -> None:
    path = tmp_path / "newer.ini"
    path.write_text("[General]\nversion=99\n[window]\ntheme=dark\nnew=1\n")
    newer = stored_in(path)
    assert newer.get(settings.THEME) == "system"
    newer.set(settings.GAIN, 20)
    assert newer.get(settings.THEME) == "system"
    assert newer.get(settings.GAIN) == 20
    assert not newer.store.contains("window/new")


@pytest.mark.parametrize(
    "stored",
    [(90_000, 90_000, 1280, 800), (-5000, 0, 1280, 800), (0, -700, 1280, 800), (10, 10, 0, 0), (10, 10, 50, 50)],
)
def test_a_window_off_the_screen_is_brought_back(store: Settings, stored: tuple[int, ...]) -> None:
    store.set(settings.GEOMETRY, stored)
    screen = QGuiApplication.primaryScreen().availableGeometry()
    assert screen.contains(store.geometry())


@pytest.mark.parametrize("edge", ["right", "bottom"])
def test_a_window_stays_while_enough_of_it_is_on_the_screen_to_take_hold_of_it(store: Settings, edge: str) -> None:
    screen = QGuiApplication.primaryScreen().availableGeometry()
    grip = {"right": 200, "bottom": 60}[edge]
    for seen in (grip, grip - 1):
        left = screen.right() + 1 - seen if edge == "right" else screen.left()
        top = screen.bottom() + 1 - seen if edge == "bottom" else screen.top()
        store.set(settings.GEOMETRY, (left, top, 400, 300))
        assert (store.geometry() == QRect(left, top, 400, 300)) == (seen == grip)


def test_a_window_on_the_screen_stays(store: Settings) -> None:
    screen = QGuiApplication.primaryScreen().availableGeometry()
    wanted = QRect(screen.left() + 5, screen.top() + 5, screen.width() // 2, screen.height() // 2)
    store.set(settings.GEOMETRY, (wanted.x(), wanted.y(), wanted.width(), wanted.height()))
    assert store.geometry() == wanted


def in_a_process_of_its_own(folder: Path) -> str:
    """What the user's settings say, where the folder is their place; a process that waits is ended."""
    code = """
from advgui.gui import settings
store = settings.Settings()
print(store.get(settings.THEME))
store.set(settings.THEME, "light")
print(store.get(settings.THEME))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"XDG_CONFIG_HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="sets the folder as Linux does")
@pytest.mark.parametrize("kind", ["pipe", "link to a device", "huge", "folder"])
def test_what_is_no_settings_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "AdvGUI" / "AdvGUI.ini"
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40)
    before = path.stat()
    assert in_a_process_of_its_own(tmp_path).split() == ["system", "light"]
    assert path.stat().st_mode == before.st_mode
    assert path.stat().st_size == before.st_size


@pytest.mark.skipif(sys.platform != "linux", reason="sets the folder as Linux does")
def test_the_users_settings_are_where_qt_has_them(tmp_path: Path) -> None:
    assert in_a_process_of_its_own(tmp_path).split() == ["system", "light"]
    assert in_a_process_of_its_own(tmp_path).split() == ["light", "light"]
    code = (
        "from PySide6.QtCore import QSettings\n"
        "s = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, 'AdvGUI', 'AdvGUI')\n"
        "print(s.value('window/theme'))"
    )
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["light"]
