import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.parameters import Choice, Flag, Real, Settings, Whole, checked, defaults, parsed, settings

EPSILON = Real("epsilon", "epsilon", 0.0, 0.3, 8 / 255, 1 / 255, "")
STEPS = Whole("steps", "Steps", 1, 100, 10, "")
START = Flag("start", "Random start", True, "")
LOSS = Choice("loss", "Loss", ("cross-entropy", "margin"), "margin", "")
ALL = (EPSILON, STEPS, START, LOSS)


def test_settings_are_a_frozen_hashable_mapping_in_order():
    made = defaults(ALL)
    assert list(made) == ["epsilon", "steps", "start", "loss"]
    assert dict(made) == {"epsilon": 8 / 255, "steps": 10, "start": True, "loss": "margin"}
    assert hash(made) == hash(defaults(ALL))
    assert made.replaced(steps=3) == settings(ALL, {"steps": 3}) != made
    assert made["steps"] == 10  # the old one stays
    with pytest.raises(KeyError):
        made["gain"]


@given(st.floats(0, 0.3), st.integers(1, 100), st.booleans(), st.sampled_from(LOSS.options))
def test_what_is_typed_as_it_is_shown_is_read_as_it_was(epsilon, steps, start, loss):
    for parameter, value in ((EPSILON, epsilon), (STEPS, steps), (START, start), (LOSS, loss)):
        assert parsed(parameter, str(value)) == value
        assert type(parsed(parameter, str(value))) is type(value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (EPSILON, 0.31),
        (EPSILON, -0.1),
        (EPSILON, float("nan")),
        (EPSILON, True),
        (EPSILON, "0.1"),
        (STEPS, 0),
        (STEPS, 2.0),
        (STEPS, True),
        (START, 1),
        (START, "yes"),
        (LOSS, "hinge"),
        (LOSS, 1),
    ],
)
def test_a_value_of_another_kind_or_range_is_refused_by_name(parameter, value):
    with pytest.raises(ValueError, match=f"'{parameter.name}' is .*, expected {parameter.expected}"):
        checked(parameter, value)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [(EPSILON, "much"), (EPSILON, "1/0"), (EPSILON, "1e1000000000"), (EPSILON, "0" * 50), (STEPS, "1.5"),
     (STEPS, "9" * 5000), (START, "perhaps"), (LOSS, "")],
)  # fmt: skip
def test_a_text_that_means_no_value_is_refused_at_once(parameter, text):
    with pytest.raises(ValueError, match=f"'{parameter.name}' is .*, expected"):
        parsed(parameter, text)


def test_a_whole_number_is_a_real_one():
    assert checked(EPSILON, 0) == 0.0
    assert type(checked(EPSILON, 0)) is float  # in JSON, and compared with others, always the same


def test_an_unknown_setting_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="no setting 'gain'; the settings are: epsilon, steps, start, loss"):
        settings(ALL, {"gain": 1})


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Real("x", "", 0, 1, 2, 0.1, ""),
        lambda: Real("x", "", 0, 1, 0.5, 0, ""),
        lambda: Real("x", "", 0, float("inf"), 0.5, 0.1, ""),
        lambda: Whole("x", "", 0, 10, 11, ""),
        lambda: Whole("x", "", 0, 10, 5, "", step=0),
        lambda: Choice("x", "", ("a",), "b", ""),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(declare):
    with pytest.raises(ValueError, match="expected"):
        declare()


def test_settings_without_parameters_are_empty():
    assert settings((), {}) == Settings()
