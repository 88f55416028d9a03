import re

import pytest

from advgui import scenarios
from advgui.attacks import ATTACKS
from advgui.gui.explain.words import Kind, boxes, explanation, whole_window
from advgui.types import PAPER_CHAIN, Link
from tests.gui.gated import CLASS_NAMES

LONG = (Link("jpeg"), *PAPER_CHAIN, Link("median"))


@pytest.mark.parametrize("chain", [PAPER_CHAIN, LONG], ids=["paper", "long"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_card_has_about_thirty_words(attack: str, chain: tuple[Link, ...]) -> None:
    scenario = scenarios.scenario(attack, chain=chain)
    said = [explanation(column, scenario) for column in scenario.all_columns]
    assert len({each.words for each in said}) == len(said)
    for each in said:
        assert 20 <= len(each.words.split()) <= 45, each.words
        assert each.words[-1] in ".?"
        assert "  " not in each.words


def test_a_sketch_follows_the_links_of_its_column() -> None:
    scenario = scenarios.scenario("pgd", chain=LONG, attacker_knows=("median",))
    shown = {column.key: boxes(column, scenario) for column in scenario.all_columns}
    assert [box.label for box in shown["clean"]] == ["image", "classifier"]
    assert [box.label for box in shown["attacked"]] == ["image", "PGD", "classifier"]
    assert [box.label for box in shown["jpeg"]] == ["image", "PGD", "JPEG", "classifier"]
    assert [box.label for box in shown["all"]][2:-1] == ["JPEG", "Autoencoder", "Randomization", "Median filter"]
    assert [box.label for box in shown["all"] if box.is_used] == ["Median filter", "classifier"]
    assert not any(box.is_used for box in shown["clean"])
    assert {box.kind for box in shown["all"]} == set(Kind)


def test_what_looks_at_nothing_uses_nothing() -> None:
    scenario = scenarios.scenario("gaussian", attacker_knows=("autoencoder",))
    assert not any(box.is_used for column in scenario.columns for box in boxes(column, scenario))


def test_the_order_of_the_chain_is_said() -> None:
    for names in (("autoencoder", "randomization"), ("randomization", "autoencoder")):
        scenario = scenarios.scenario(chain=tuple(map(Link, names)))
        words = explanation(scenario.columns[-1], scenario).words
        assert f"the {names[0]} and then the {names[1]} before the classifier" in words


def test_the_whole_window_is_explained() -> None:
    known = scenarios.scenario("pgd", 4 / 255, attacker_knows=("autoencoder",), target=6, seed=5)
    blind = scenarios.scenario("gaussian", 0.0)
    said = whole_window("<my> picture", "true class: cat", [known, blind], (), CLASS_NAMES)
    plain = re.sub("<[^>]*>", " ", said)
    assert "&lt;my&gt; picture. True class: cat." in plain
    for words in ("PGD, ε = 4/255", "knows the classifier and the autoencoder", "towards &#x27;frog&#x27;", "seed 5"):
        assert words in plain
    assert "The strength is 0" in plain
    for column in known.columns:
        assert f"({column.letter})" in plain
    off = scenarios.scenario(chain=scenarios.without(PAPER_CHAIN, "randomization"))
    assert whole_window("x", "y", [off], (), ()).count("Switched off.") == 2
    assert "Switched off." not in said
