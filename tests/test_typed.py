import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.attacks import ATTACKS
from advgui.typed import is_count_of_255ths, is_spelled_out, parsed_number, parsed_strength, parsed_strengths

EPSILON = ATTACKS["fgsm"].strength
NOISE = ATTACKS["gaussian"].strength
PARAMETERS = st.sampled_from([EPSILON, NOISE])
TYPED = st.text(st.sampled_from("0123456789.,;/ -e…x"), max_size=24) | st.text(max_size=24)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.031", 0.031), ("0,031", 0.031), (" 8/255 ", 8 / 255), ("8 / 255", 8 / 255), ("1", 1.0), ("3e-2", 0.03)],
)
def test_numbers_as_users_write_them(text: str, value: float) -> None:
    assert parsed_number(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "8/", "/255", "8/0", "eight", "1/2/3", "nan", "inf", "1e999", "1e1000000000", "9" * 5000, "1/" + "9" * 10**6],
)
def test_what_is_no_number_is_refused_at_once_and_in_few_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number") as refused:
        parsed_number(text)
    assert len(str(refused.value)) < 120


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        value = parsed_number(text)
    except ValueError:
        return
    assert abs(value) < float("inf")


@given(st.integers(0, 255), st.integers(1, 255))
def test_a_fraction_is_the_quotient_to_the_last_bit(top: int, bottom: int) -> None:
    assert parsed_number(f"{top}/{bottom}") == top / bottom


@pytest.mark.parametrize("count", [1, 2, 8, 76])
def test_a_whole_number_beyond_the_range_of_epsilon_counts_255ths(count: int) -> None:
    assert is_count_of_255ths(str(count), EPSILON)
    assert parsed_strength(str(count), EPSILON) == count / 255


@pytest.mark.parametrize("text", ["0", "0.3", "8/255", "510/255", "8.0", "-8"])
def test_nothing_else_counts_255ths(text: str) -> None:
    assert not is_count_of_255ths(text, EPSILON)
    assert not is_count_of_255ths("8", NOISE)


@pytest.mark.parametrize(
    ("text", "parameter"), [("0.9", EPSILON), ("77", EPSILON), ("-0.1", EPSILON), ("8", NOISE), ("1.01", NOISE)]
)
def test_a_strength_out_of_range_is_refused_with_the_range(text: str, parameter) -> None:
    with pytest.raises(ValueError, match=re.escape(f"to {parameter.high:g}, got '{text}'. Type a number such as")):
        parsed_strength(text, parameter)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.05, 0.1", [0.05, 0.1]),
        ("0.05,0.1", [0.05, 0.1]),
        ("0.05; 0.1;", [0.05, 0.1]),
        ("0,05 0,1", [0.05, 0.1]),
        ("0,05,0,1", [0.05, 0.1]),
        ("0,05; 0,1", [0.05, 0.1]),
        ("4/255,8 / 255", [4 / 255, 8 / 255]),
        ("1..4/255", [1 / 255, 2 / 255, 3 / 255, 4 / 255]),
        ("1/255 .. 3/255, 0.05", [1 / 255, 2 / 255, 3 / 255, 0.05]),
        ("1…3", [1 / 255, 2 / 255, 3 / 255]),
        ("2, 4, 8", [2 / 255, 4 / 255, 8 / 255]),
        ("2,4", [2 / 255, 4 / 255]),
        ("0 8/255 8/255", [0.0, 8 / 255]),
    ],
)
def test_lists_of_strengths(text: str, values: list[float]) -> None:
    assert parsed_strengths(text, EPSILON) == values


def test_a_range_of_noise_says_its_own_parts() -> None:
    assert parsed_strengths("1..3/10", NOISE) == [0.1, 0.2, 0.3]
    assert parsed_strengths("0..1", NOISE) == [0.0, 1.0]


@pytest.mark.parametrize(
    "text", ["", " ; , ", "strong", "8/0", "0.5", "8..1/255", "1/5..8/255", "1..200/255", "0.1..0.2"]
)
def test_a_list_that_makes_no_sense_is_refused_with_what_to_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"Type \w+"):
        parsed_strengths(text, EPSILON)


@given(TYPED, PARAMETERS)
def test_any_list_is_refused_or_all_its_values_are_in_range(text: str, parameter) -> None:
    try:
        values = parsed_strengths(text, parameter)
    except ValueError:
        return
    assert values
    assert len(set(values)) == len(values)
    assert all(parameter.low <= value <= parameter.high for value in values)


@given(st.lists(st.integers(0, 76), min_size=1, max_size=20, unique=True), st.sampled_from([", ", ",", "; ", ";", " "]))
def test_every_separator_gives_the_same_list(counts: list[int], separator: str) -> None:
    expected = [count / 255 for count in counts]
    assert parsed_strengths(separator.join(f"{count}/255" for count in counts), EPSILON) == expected
    assert parsed_strengths(separator.join(f"{value:.17f}" for value in expected), EPSILON) == pytest.approx(expected)


def test_too_many_strengths_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        parsed_strengths(" ".join(f"{count}/1000" for count in range(101)), EPSILON)
    with pytest.raises(ValueError, match="Type"):
        parsed_strengths("0.1 " * 10**6, EPSILON)


@pytest.mark.parametrize(("text", "plain"), [("0.05, 8/255", True), ("1..4/255", False), ("0.05, 8", False)])
def test_a_list_that_is_spelled_out_needs_no_hint(text: str, plain: bool) -> None:
    assert is_spelled_out(text, EPSILON) == plain
