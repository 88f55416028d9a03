import os
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
    assert display.problem(os.environ | {"QT_QPA_PLATFORM": platform}) is None


@pytest.mark.parametrize("platform", ["ofscreen", "x11", "ünknown"])
def test_a_platform_that_is_not_there_is_named_with_those_that_are(platform: str) -> None:
    problem = display.problem(os.environ | {"QT_QPA_PLATFORM": platform})
    assert problem is not None
    assert f"QT_QPA_PLATFORM={platform} " in problem
    assert "offscreen" in problem
    assert len(problem.splitlines()) == 1


@pytest.mark.parametrize("name", ["QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS"])
@pytest.mark.parametrize(
    ("value", "is_right"),
    [
        *(("0", False), ("nan", False), ("-nan", False), ("inf", False), ("-1", False), ("1e9", False), ("1;0", False)),
        *(("", True), ("1", True), ("1.5", True), ("1;2", True), ("eDP-1=1.25;HDMI-1=1", True), ("word", True)),
    ],
)
def test_a_scale_that_would_abort_the_window_is_refused(name: str, value: str, is_right: bool) -> None:
    problem = display.problem({"QT_QPA_PLATFORM": "offscreen", name: value})
    assert (problem is None) == is_right
    assert is_right or f"{name}={value} " in str(problem)


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


def test_a_missing_library_is_named_with_all_packages() -> None:
    text = display.missing_library("libEGL.so.1: cannot open shared object file: No such file or directory")
    assert "The system library libEGL.so.1" in text
    assert text.endswith(f"apt-get install {display.PACKAGES}")


def test_another_fault_of_the_loader_is_told() -> None:
    text = display.missing_library("something else is wrong")
    assert "something else is wrong" in text
    assert text.endswith(f"apt-get install {display.PACKAGES}")


def test_the_readme_names_the_same_packages() -> None:
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert f"apt-get install python3-venv {display.PACKAGES}" in readme
