"""The lessons that come with the program say what the networks really do."""

import re
from pathlib import Path

import numpy as np
import pytest

from advgui import resources
from advgui.data import cifar10
from advgui.gui.networks import ROBUST, STANDARD
from advgui.gui.remembered import from_mapping
from advgui.images import to_float
from advgui.lessons import Step, load, shipped
from advgui.models import cards, loading
from advgui.outcomes import Outcome
from advgui.pipeline import Pipeline

LESSONS = shipped()
Networks = dict[str, Pipeline]


@pytest.fixture(scope="module")
def networks() -> Networks:
    standard = loading.load_pipeline()
    return {STANDARD: standard, ROBUST: loading.load_beside(standard, "robust-classifier")}


def outcomes(step: Step, networks: Networks) -> list[Outcome]:
    """What the window shows in a step."""
    samples = cifar10.load_samples()
    (place,) = np.flatnonzero(samples.indices == step.image)
    one = slice(place, place + 1)
    batches = {
        name: pipeline.prepare(
            to_float(samples.images[one]), samples.labels[one], samples.indices[one], keeps_draws=True
        )
        for name, pipeline in networks.items()
    }
    return [batches[network].run(scenario) for scenario, network in from_mapping(step.controls).rows()]


def test_the_seven_are_there_in_their_order() -> None:
    assert [load(path).title for path in LESSONS] == [
        "An invisible change",
        "Noise is not an attack",
        "What a filter gives and costs",
        "Luck or defence?",
        "The attacker who knows",
        "Why the published tables look so",
        "What lasts",
    ]


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_every_claim_and_every_answer_is_what_the_networks_do(path: Path, networks: Networks) -> None:
    lesson = load(path)
    assert sum(step.question is not None for step in lesson.steps) >= 1
    for step in lesson.steps:
        found = outcomes(step, networks)
        assert step.claims
        for claim in step.claims:
            assert claim.holds(found), (step.title, claim)
        if step.question is not None:
            assert step.question.measured(found) == step.question.expected, step.title
            assert step.question.column in step.covers


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_words_are_few_and_plain(path: Path) -> None:
    for step in load(path).steps:
        assert 1 <= len(re.findall(r"[.!?](?= |$)", step.text)) <= 4, step.title
        assert len(step.text) <= 330, step.title


def test_the_accuracies_that_are_named_are_those_of_the_cards() -> None:
    (text,) = (step.text for path in LESSONS for step in load(path).steps if step.title == "Its price")
    robust, standard = (
        cards.read(resources.trained() / f"{name}.keras") for name in ("robust-classifier", "classifier")
    )
    assert f"{robust.accuracy('test'):.0%} of".replace("%", " %") in text
    assert f"standard one {standard.accuracy('test'):.0%}".replace("%", " %") in text
    assert f"{robust.accuracy('test_pgd'):.0%} are left".replace("%", " %") in text
