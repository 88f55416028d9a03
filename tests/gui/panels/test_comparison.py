import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.gui.panels.comparison import Comparison, Pixel, View

PLACES = st.floats(0, 1)


@given(st.lists(st.tuples(st.sampled_from([-3, -1, -0.25, 0.25, 1, 3]), PLACES, PLACES), max_size=12))
def test_nothing_beyond_the_canvas_is_seen(turns: list[tuple[float, float, float]]) -> None:
    view = View()
    for steps, x, y in turns:
        view = view.zoomed(steps, x, y)
        half = 0.5 / view.factor
        assert 1 <= view.factor <= 8
        for middle in (view.x, view.y):
            assert half - 1e-9 <= middle <= 1 - half + 1e-9
    assert view.zoomed(-100, 0.3, 0.9) == View()


@given(PLACES, PLACES)
def test_what_is_under_the_mouse_stays_there(x: float, y: float) -> None:
    before = View()
    for _ in range(4):
        view = before.zoomed(1, x, y)
        for place, one, other in ((x, before.x, view.x), (y, before.y, view.y)):
            assert other + (place - 0.5) / view.factor == pytest.approx(one + (place - 0.5) / before.factor)
        before = view
    assert before.factor == pytest.approx(4)


def test_a_pixel_is_at_the_same_place_of_pictures_of_other_sizes() -> None:
    pixel = Pixel(12, 7, 32, 32)
    assert pixel.within(32, 32) == pixel
    assert pixel.within(40, 40) == Pixel(16, 11, 40, 40)
    assert Pixel(2, 11, 40, 40).within(32, 32) is None
    assert Pixel(16, 11, 40, 40).within(32, 32) == pixel


def test_a_pixel_stays_in_its_picture() -> None:
    assert Pixel(0, 5, 8, 6).moved(-1, 1) == Pixel(0, 5, 8, 6)
    assert Pixel(6, 5, 8, 6).moved(1, -1) == Pixel(7, 4, 8, 6)


def test_a_pixel_that_was_chosen_stays_when_the_mouse_leaves() -> None:
    comparison, told = Comparison(), []
    comparison.changed.connect(lambda: told.append(comparison.pixel))
    first, second = Pixel(1, 1, 8, 8), Pixel(2, 2, 8, 8)
    comparison.hover(first)
    comparison.hover(None)
    comparison.choose(second)
    comparison.hover(None)
    assert told == [first, None, second]
    assert comparison.reset()
    assert not comparison.reset()
    comparison.hover(first)
    assert not comparison.reset()  # the mouse is there by chance
    assert comparison.pixel is None
    comparison.zoom(2)
    assert comparison.reset()
    assert comparison.view == View()
