import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.parameters import Settings
from advgui.types import PAPER_CHAIN, Link, ProtocolName, Scenario, Setup, VoteRule, columns_of

NAMES = ("autoencoder", "randomization", "jpeg", "median")
FGSM = Setup("fgsm", Settings((("epsilon", 8 / 255),)))

values = st.one_of(st.floats(0, 1), st.integers(0, 9), st.booleans(), st.sampled_from(["a", "b"]))
all_settings = st.dictionaries(st.sampled_from(["x", "y", "z"]), values).map(
    lambda found: Settings(tuple(found.items()))
)


@st.composite
def scenarios(draw):
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return Scenario(
        attack=Setup(draw(st.sampled_from(["fgsm", "mine"])), Settings((("epsilon", draw(st.floats(0, 1))),))),
        chain=tuple(Link(name, draw(all_settings), draw(st.booleans())) for name in names),
        attacker_knows=tuple(draw(st.lists(st.sampled_from(names), unique=True))) if names else (),
        attacker_draws=draw(st.integers(1, 30)),
        target=draw(st.none() | st.integers(0, 9)),
        protocol=draw(st.sampled_from(ProtocolName)),
        seed=draw(st.integers(0, 9)),
        draws=draw(st.integers(1, 9)),
        rule=draw(st.sampled_from(VoteRule)),
    )


@given(scenarios())
def test_a_scenario_comes_back_from_json_as_it_was(scenario):
    assert Scenario.from_json(scenario.to_json()) == scenario


@given(scenarios())
def test_columns_are_lettered_in_order_and_the_last_goes_through_all_that_is_on(scenario):
    columns = scenario.all_columns
    assert [column.letter for column in columns] == list("abcdefg"[: len(columns)])
    assert [column.key for column in columns[:2]] == ["clean", "attacked"]
    assert [column.links for column in columns[2 : 2 + len(scenario.chain)]] == [
        (link.name,) for link in scenario.chain
    ]
    on = tuple(link.name for link in scenario.chain if link.on)
    if len(scenario.chain) > 1:
        assert columns[-1].links == on
        assert columns[-1].on == (len(on) > 1)
    assert scenario.columns == tuple(column for column in columns if column.on)


def test_the_papers_chain_gives_the_papers_five_columns():
    columns = columns_of(PAPER_CHAIN)
    keys = ["clean", "attacked", "autoencoder", "randomization", "both"]
    assert [(column.letter, column.key) for column in columns] == list(zip("abcde", keys, strict=True))


def test_a_chain_of_three_gives_six_columns():
    columns = columns_of((*PAPER_CHAIN, Link("jpeg")))
    assert [column.key for column in columns] == ["clean", "attacked", "autoencoder", "randomization", "jpeg", "all"]


def version_1(**changes):
    values = {
        "version": 1, "attack": "gaussian", "strength": 0.1, "autoencoder": True, "randomization": False,
        "protocol": "as-published", "reading": "scaled", "seed": 3, "draws": 2,
    }  # fmt: skip
    return json.dumps(values | changes)


def test_version_1_is_still_read():
    read = Scenario.from_json(version_1())
    assert read == Scenario(
        attack=Setup("gaussian", Settings((("noise_param", 0.1),))),
        chain=(Link("autoencoder"), Link("randomization", on=False)),
        protocol=ProtocolName.AS_PUBLISHED_SCALED,
        seed=3,
        draws=2,
    )
    assert Scenario.from_json(version_1(reading="standardized")).protocol is ProtocolName.AS_PUBLISHED
    # Where there was only one way, the reading meant nothing.
    assert Scenario.from_json(version_1(attack="fgsm")).protocol is ProtocolName.AS_PUBLISHED
    assert Scenario.from_json(version_1(protocol="corrected")).protocol is ProtocolName.CORRECTED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 3}',
        '{"version": 2}',
        "[" * 100_000,
        version_1(attack="pgd"),
        version_1(strength=-1),
        version_1(strength="0.1"),
        version_1(draws=True),
        version_1(protocol="other"),
        version_1(extra=1),
    ],
)
def test_a_text_that_is_not_a_scenario_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        Scenario.from_json(text)


@given(scenarios(), st.data())
def test_a_field_of_another_kind_is_refused(scenario, data):
    stored = json.loads(scenario.to_json())
    name = data.draw(st.sampled_from(sorted(stored)))
    stored[name] = data.draw(st.sampled_from([{}, 1.5, "x", [1], {"name": 1, "settings": {}}]))
    with pytest.raises(ValueError, match=r"\w"):
        Scenario.from_json(json.dumps(stored))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": -1},
        {"draws": 0},
        {"attacker_draws": 0},
        {"target": -1},
        {"chain": (Link("jpeg"), Link("jpeg"))},
        {"chain": (Link("both"),)},
        {"attacker_knows": ("jpeg",)},
        {"attack": Setup("fgsm")},
        {"attack": Setup("fgsm", Settings((("epsilon", -0.1),)))},
        {"attack": Setup("fgsm", Settings((("epsilon", float("inf")),)))},
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError, match="expected"):
        Scenario(**{"attack": FGSM} | change)


def test_what_the_attacker_knows_has_no_order():
    known = [
        Scenario(FGSM, attacker_knows=names)
        for names in (("autoencoder", "randomization"), ("randomization", "autoencoder"))
    ]
    assert known[0] == known[1]


def test_a_mean_of_draws_has_the_text_that_it_always_had():
    assert "rule" not in Scenario(FGSM, draws=5).to_json()
    majority = Scenario(FGSM, draws=5, rule=VoteRule.MAJORITY)
    assert '"rule": "majority"' in majority.to_json()
    assert Scenario.from_json(majority.to_json()) == majority != Scenario(FGSM, draws=5)


def test_of_one_draw_both_rules_are_the_same():
    assert Scenario(FGSM, rule=VoteRule.MAJORITY) == Scenario(FGSM)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="loudest"):
        Scenario.from_json(Scenario(FGSM, draws=5, rule=VoteRule.MAJORITY).to_json().replace("majority", "loudest"))
