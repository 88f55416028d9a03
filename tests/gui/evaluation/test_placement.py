"""The evaluation's window stands beside the main one, or where most of the panels stays in sight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSize

from advgui.gui.evaluation.placement import beside

WANTED, LEAST = QSize(1240, 800), QSize(1100, 540)


def panels_of(window: QRect) -> QRect:
    return window.adjusted(200, 60, -230, -210)


@pytest.mark.parametrize(
    ("screen", "window", "side"),
    [
        (QRect(0, 0, 3840, 2160), QRect(100, 100, 1280, 800), "right"),
        (QRect(0, 0, 3840, 2160), QRect(2500, 100, 1280, 800), "left"),
        (QRect(0, 0, 1920, 2160), QRect(100, 100, 1280, 800), "below"),
        (QRect(0, 0, 1920, 2160), QRect(100, 1300, 1280, 800), "above"),
        (QRect(3840, 300, 3840, 2160), QRect(3900, 400, 1280, 800), "right"),  # another screen
    ],
)
def test_it_stands_beside_the_window_where_there_is_room(screen: QRect, window: QRect, side: str) -> None:
    place = beside(window, panels_of(window), screen, WANTED, LEAST)
    assert not place.intersects(window)
    assert screen.contains(place)
    assert place.size() == WANTED
    found = {
        "right": place.left() > window.right(), "left": place.right() < window.left(),
        "below": place.top() > window.bottom(), "above": place.bottom() < window.top(),
    }  # fmt: skip
    assert found[side]


def test_a_strip_that_is_too_narrow_for_what_is_wanted_still_serves() -> None:
    window = QRect(0, 0, 1280, 800)
    place = beside(window, panels_of(window), QRect(0, 0, 2500, 1000), WANTED, LEAST)
    assert not place.intersects(window)
    assert LEAST.width() <= place.width() < WANTED.width()


def test_with_no_room_beside_the_window_it_stands_beside_its_panels() -> None:
    window, panels = QRect(0, 0, 1400, 1200), QRect(200, 60, 900, 500)
    place = beside(window, panels, QRect(0, 0, 1400, 1200), WANTED, LEAST)
    assert not place.intersects(panels)


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1920, 1080)])
def test_on_a_small_screen_the_pictures_stay_in_sight(size: QSize) -> None:
    screen = QRect(0, 0, size.width(), size.height())
    window = QRect(0, 0, 1280, 800)
    window.moveCenter(screen.center())
    panels = panels_of(window)
    place = beside(window, panels, screen, WANTED, LEAST)
    assert screen.contains(place)
    assert place.size() == LEAST
    assert place.top() > panels.top() + 0.3 * panels.height()


@given(
    st.integers(0, 2000), st.integers(0, 1500), st.integers(1024, 2000), st.integers(660, 1400), st.integers(1000, 4000)
)
def test_it_is_always_on_the_screen(left: int, top: int, width: int, height: int, across: int) -> None:
    screen, window = QRect(0, 0, across, 1000), QRect(left, top, width, height)
    place = beside(window, panels_of(window), screen, WANTED, LEAST)
    assert screen.contains(place)
    assert place.width() == LEAST.width() or place.width() >= min(LEAST.width(), across - 12)
