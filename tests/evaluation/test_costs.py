"""What a defence buys and costs is read off the runs whose attacker knows it."""

from dataclasses import replace

import pytest

from advgui import resources
from advgui.errors import AdvguiError
from advgui.evaluation.costs import worths
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import hashes
from advgui.figures.costs import costs_figure
from advgui.models import model_files
from advgui.reports import storage
from tests import toy
from tests.figures import svg

PLAN = Plan.of(
    attacks=("fgsm", "pgd"),
    strengths={"fgsm": (0.1,), "pgd": (0.05, 0.1)},
    knows=((), ("autoencoder",), ("randomization",), ("autoencoder", "randomization")),
    attacker_draws=2,
)


@pytest.fixture(scope="module")
def report():
    return toy.report(toy.pipeline(), toy.data(), PLAN)


def test_each_defence_has_the_accuracies_of_its_control_and_of_the_strongest_attacker_who_knows_it(report):
    found = worths([report])
    assert [worth.name for worth in found] == [
        "tiny", "tiny + autoencoder", "tiny + randomization", "tiny + both",
    ]  # fmt: skip
    keys = ("attacked", "autoencoder", "randomization", "both")
    knows = ((), ("autoencoder",), ("randomization",), ("autoencoder", "randomization"))
    for worth, key, known in zip(found, keys, knows, strict=True):
        (run,) = (
            run
            for run in report.runs
            if run.scenario.attack.name == "pgd"
            and run.scenario.strength == 0.1
            and run.scenario.attacker_knows == known
        )
        assert worth.attacked == report.tally(run, key)
        control = next(run for run in report.runs if run.is_control and run.scenario.attack.name == "pgd")
        assert worth.clean == report.tally(control, key)


def test_networks_stand_side_by_side_and_the_figure_says_every_number(report):
    networks = {"classifier": replace(report.provenance.networks["classifier"], name="other")}
    other = replace(report, provenance=replace(report.provenance, networks=networks))
    sheet = costs_figure([report, other])
    texts = svg.texts(sheet.file("svg"))
    for worth in worths([report, other]):
        assert worth.name in texts
        assert any(f"{100 * worth.attacked.accuracy:.1f} % (" in text for text in texts)
    assert sheet.file("png") == costs_figure([report, other]).file("png")


def test_without_an_attacker_who_knows_there_is_nothing_to_draw():
    noise = toy.report(toy.pipeline(), toy.data(), Plan.of(attacks=("gaussian",)))
    with pytest.raises(AdvguiError, match="--knows matrix"):
        costs_figure([noise])


def test_the_bundled_results_belong_to_the_bundled_networks():
    robust = storage.load(resources.trained() / "robust.json")
    matrix = storage.load(resources.trained() / "matrix.json")
    assert robust.complete
    for report, name in ((robust, "robust-classifier"), (matrix, "classifier")):
        assert hashes(report.provenance)["classifier"] == model_files.sha256(resources.trained() / f"{name}.keras")
    left = {worth.name: 100 * worth.attacked.accuracy for worth in worths([matrix, robust])}
    # What was trained for it holds, and nothing else does.
    assert {name for name, share in left.items() if share > 5} == {
        "robust-classifier",
        "robust-classifier + autoencoder",
    }
    assert left["robust-classifier"] >= 38
