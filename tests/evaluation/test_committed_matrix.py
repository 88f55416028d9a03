"""The committed matrix can be repeated, shows what it is there to show, and is the one in the README."""

from pathlib import Path

import numpy as np
import pytest

from advgui import images, resources
from advgui.data import cifar10
from advgui.evaluation import sanity
from advgui.evaluation.comparing import State
from advgui.evaluation.report import Report, Run
from advgui.models import model_files
from advgui.pipeline import Pipeline
from advgui.reports import storage, tables
from advgui.types import ATTACKED
from tests.columns import KEYS

MATRIX = resources.trained() / "matrix.json"
README = Path(__file__).parents[2] / "README.md"
STRENGTHS = (2 / 255, 8 / 255)
IMAGES = 1000
# Every attacker that a column is made for: (b), (c), (d) and (e).
KNOWS = ((), ("autoencoder",), ("randomization",), ("autoencoder", "randomization"))
# Another processor rounds otherwise, which decides between classes whose probabilities are this close.
TIE = 0.02


@pytest.fixture(scope="module")
def report() -> Report:
    return storage.load(MATRIX)


def of(report: Report, attack: str, strength: float, knows: tuple[str, ...]) -> Run:
    (found,) = (
        run
        for run in report.runs
        if (run.scenario.attack.name, run.scenario.strength, run.scenario.attacker_knows) == (attack, strength, knows)
    )
    return found


def left(report: Report, attack: str, knows: tuple[str, ...], column: str, strength: float = STRENGTHS[1]) -> float:
    """Accuracy in per cent."""
    return 100 * report.tally(of(report, attack, strength, knows), column).accuracy


def test_it_is_complete(report: Report) -> None:
    assert report.complete
    assert report.indices.tolist() == list(range(IMAGES))
    for attack in ("fgsm", "pgd"):
        for strength in STRENGTHS:
            assert all(set(of(report, attack, strength, knows).predictions) == set(KEYS) for knows in KNOWS)
    pgd = of(report, "pgd", STRENGTHS[1], KNOWS[-1])
    assert (pgd.scenario.attack.settings["steps"], pgd.scenario.attacker_draws) == (20, 10)
    assert pgd.effort.gradients == 20 * 10 * IMAGES


def test_it_belongs_to_the_committed_networks(report: Report) -> None:
    committed = {path.stem: model_files.sha256(path) for path in resources.trained().glob("*.keras")}
    used = {network.name: network.sha256 for network in report.provenance.networks.values()}
    assert used.items() <= committed.items()


def test_a_mitigation_does_not_hold_against_an_attacker_who_knows_it(report: Report) -> None:
    assert left(report, "pgd", (), ATTACKED) <= 0.5
    assert left(report, "pgd", ("autoencoder",), "autoencoder") <= 2
    assert left(report, "pgd", ("randomization",), "randomization") <= 2
    assert left(report, "pgd", ("autoencoder", "randomization"), "both") <= 5
    assert left(report, "fgsm", ("autoencoder",), "autoencoder") <= 15


def test_it_holds_against_one_who_does_not(report: Report) -> None:
    for attack in ("fgsm", "pgd"):
        assert left(report, attack, (), "autoencoder") > 60


def test_nothing_in_it_contradicts_itself(report: Report) -> None:
    lights = {light.name: light for light in sanity.lights(report)}
    assert not [light for light in lights.values() if light.state is State.RED]


def test_attacks_in_one_step_come_out_again(report: Report, bundled: Pipeline, cifar_test_set: cifar10.Dataset) -> None:
    part = np.arange(0, IMAGES, 30)
    assert report.labels.tolist() == cifar_test_set.labels[:IMAGES].tolist()
    pixels, labels = images.to_float(cifar_test_set.images[part]), cifar_test_set.labels[part]
    batch = bundled.prepare(pixels, labels, cifar_test_set.indices[part])
    for knows in KNOWS:
        run = of(report, "fgsm", STRENGTHS[0], knows)
        outcome = batch.run(run.scenario)
        for column in KEYS:
            best = np.sort(outcome.probabilities[column], axis=1)
            clear = best[:, -1] - best[:, -2] > TIE
            # A sign that rounding decided moves a value by all of epsilon: one image in many may be another.
            agree = outcome.predictions(column)[clear] == run.predictions[column][part][clear]
            assert agree.mean() > 0.9


def test_the_readme_shows_its_tables(report: Report) -> None:
    shown = README.read_text(encoding="utf-8").splitlines()
    for line in tables.to_markdown(report).splitlines():
        if line.startswith("|"):
            assert line in shown
