import itertools

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSize

from advgui.gui.panels.layout import Layout


@given(st.integers(100, 900), st.integers(240, 1400), st.integers(2, 20), st.booleans())
def test_parts_of_a_panel_do_not_overlap(width: int, height: int, classes: int, compact: bool) -> None:
    layout = Layout.fit(QSize(width, height), classes, compact)
    for column in layout.columns:
        for above, below in itertools.pairwise([layout.caption, layout.picture, layout.verdict, column]):
            assert above.bottom() <= below.top()
        assert column.left() >= 0
        assert column.right() < width
    for left, right in itertools.pairwise(layout.columns):
        assert left.right() < right.left()
        assert left.size() == right.size()
    assert layout.rows * len(layout.columns) >= classes
    assert layout.picture.width() == layout.picture.height()
    assert layout.picture.left() >= 0
    assert layout.picture.right() < width


def test_bars_have_two_columns_where_the_picture_would_be_small() -> None:
    short, high, narrow = (Layout.fit(size, 10, True) for size in (QSize(300, 370), QSize(300, 700), QSize(175, 250)))
    assert [len(layout.columns) for layout in (short, high, narrow)] == [2, 1, 1]
    assert short.picture.width() > 0.5 * 300
