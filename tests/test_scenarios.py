"""What is said of an attacker, for every attack and everything that it may know."""

from itertools import chain, combinations

import pytest

from advgui import scenarios
from advgui.attacks import ATTACKS, Access
from advgui.scenarios import scenario, without
from advgui.types import PAPER_CHAIN, Scenario
from tests.tiny import CLASS_NAMES

NAMES = tuple(link.name for link in PAPER_CHAIN)
KNOWLEDGE = list(chain.from_iterable(combinations(NAMES, count) for count in range(len(NAMES) + 1)))
SCENARIOS = [
    scenario(attack, strength, chain=without(PAPER_CHAIN, *off), attacker_knows=knows)
    for attack in ATTACKS
    for strength in (0.0, 0.1)
    for off in KNOWLEDGE
    for knows in KNOWLEDGE
]


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_what_is_said_of_a_column_is_what_is_so(attack: str) -> None:
    for case in (each for each in SCENARIOS if each.attack.name == attack):
        known = set(scenarios.known_names(case))
        bounds = [column for column in case.columns if scenarios.is_upper_bound(case, column)]
        assert scenarios.upper_bounds(case) == ", ".join(f"({column.letter})" for column in bounds)
        for column in case.columns:
            words, meaning = scenarios.familiarity(case, column)
            assert bool(words) == bool(meaning)
            assert ("upper bound" in meaning) == (column in bounds)
            is_adaptive = case.strength > 0 and scenarios.is_adaptive(case, column)
            assert ("to quote" in meaning) == is_adaptive
            assert ("partly" in words) == (column in bounds and bool(known & set(column.links)))


def test_the_line_of_a_scenario_tells_what_is_known_and_wanted() -> None:
    def line(*cases: Scenario) -> str:
        return scenarios.scenario_text(*cases, class_names=CLASS_NAMES)

    assert line(scenario("fgsm", 8 / 255)) == "FGSM, ε = 8/255 · seed 0 · corrected"
    everything = scenario("fgsm", 8 / 255, attacker_knows=NAMES, target=6)
    assert line(everything) == "FGSM, ε = 8/255 · knows everything · towards 'frog' · seed 0 · corrected"
    # What is off need not be known.
    fewer = scenario("fgsm", 8 / 255, chain=without(PAPER_CHAIN, NAMES[1]), attacker_knows=NAMES[:1])
    assert "knows everything" in line(fewer)
    # Of two rows one uses nothing.
    noise = scenario("gaussian", 0.1, attacker_knows=NAMES, target=6)
    assert "knows" not in line(noise)
    assert "knows everything · towards 'frog'" in line(noise, everything)


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_a_goal_belongs_to_attacks_that_use_something(attack: str) -> None:
    aimed = scenario(attack, target=6)
    assert scenarios.has_goal(aimed) == (aimed.target == 6) == (ATTACKS[attack].access is not Access.NOTHING)


def test_averaged_draws_are_told_where_a_gradient_is_averaged() -> None:
    told = scenarios.knowledge(scenario("fgsm", attacker_knows=NAMES, attacker_draws=7))
    assert "(7 draws averaged)" in told
    for case in (
        scenario("fgsm", attacker_knows=NAMES[:1], attacker_draws=7),
        scenario("fgsm", attacker_knows=NAMES, attacker_draws=1),
        scenario("gaussian", attacker_knows=NAMES, attacker_draws=7),
    ):
        assert "averaged" not in scenarios.knowledge(case)
