import sys
from pathlib import Path

import pytest

from advgui.gui import display

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays like these are Linux' own")


def test_without_a_display_there_is_a_clear_message() -> None:
    problem = display.problem({})
    assert problem is not None
    assert "no display" in problem
    assert "advgui evaluate" in problem


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:size=800x600"])
def test_platforms_without_a_display_need_none(platform: str) -> None:
    assert display.problem({"QT_QPA_PLATFORM": platform}) is None


@pytest.mark.parametrize("platform", ["xcb", "wayland"])
def test_a_platform_that_needs_a_display_asks_for_it(platform: str) -> None:
    assert display.problem({"QT_QPA_PLATFORM": platform}) is not None


def test_an_x_display_that_does_not_answer(tmp_path: Path) -> None:
    problem = display.problem({"DISPLAY": ":4711"})
    assert problem is not None
    # Where Qt's own libraries are not complete, that is what is said.
    assert ":4711" in problem or "apt-get install" in problem


def test_a_wayland_display_that_does_not_answer(tmp_path: Path) -> None:
    problem = display.problem({"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": str(tmp_path)})
    assert problem is not None
    assert "wayland-9" in problem


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libEGL.so.1", "libegl1"),
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ],
)
def test_a_missing_library_comes_with_its_package(library: str, package: str) -> None:
    text = display.missing_library(f"{library}: cannot open shared object file: No such file or directory")
    assert library in text
    assert text.endswith(f"apt-get install {package}")


def test_an_unknown_library_comes_with_all_packages() -> None:
    text = display.missing_library("something else is wrong")
    assert "libegl1" in text
    assert "libxcb-cursor0" in text
