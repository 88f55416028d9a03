import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.gui import numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.031", 0.031), ("0,031", 0.031), (" 8/255 ", 8 / 255), ("8 / 255", 8 / 255), ("1", 1.0), ("3e-2", 0.03)],
)
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    assert numbers.parsed(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["", "8/", "/255", "8/0", "eight", "1/2/3", "nan", "inf", "1e999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected one like"):
        numbers.parsed(text)


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        value = numbers.parsed(text)
    except ValueError:
        return
    assert abs(value) < float("inf")


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
    assert numbers.parsed(numbers.as_255ths(count / 255)) == pytest.approx(count / 255)
