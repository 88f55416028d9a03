import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.gui.widgets import numbers
from advgui.typed import parsed_number


@pytest.mark.parametrize(
    ("value", "text"), [(0.1, "0.10"), (8 / 255, "0.0314"), (0, "0.00"), (0.125, "0.125"), (1, "1.00")]
)
def test_decimals(value: float, text: str) -> None:
    assert numbers.decimal(value) == text


@pytest.mark.parametrize(("value", "text"), [(8 / 255, "8/255"), (0.03, "7.65/255"), (0, "0/255"), (0.05, "12.75/255")])
def test_255ths(value: float, text: str) -> None:
    assert numbers.as_255ths(value) == text


@given(st.integers(0, 255))
def test_whole_255ths_are_written_whole(count: int) -> None:
    assert numbers.as_255ths(count / 255) == f"{count}/255"
    assert parsed_number(numbers.as_255ths(count / 255)) == pytest.approx(count / 255)
