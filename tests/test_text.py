import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.text import printable, shown


@given(st.text())
def test_every_character_is_seen_and_nothing_is_changed_twice(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
    assert printable(text) == text or not text.isprintable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb", r"a\nb"),
        ("abc\u202edef", r"abc\u202edef"),
        ("\ud800", r"\ud800"),
        ("größe 猫 🐈", "größe 猫 🐈"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text() | st.integers() | st.lists(st.text()), st.integers(1, 30))
def test_what_is_shown_is_short(value: object, most: int) -> None:
    text = shown(value, most)
    assert len(text) <= most
    assert text.isprintable()
