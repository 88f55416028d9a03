"""The committed evaluation belongs to the committed networks, can be repeated, and is what the README shows."""

import json
from pathlib import Path

import numpy as np
import pytest

from advgui import images, resources
from advgui.data import cifar10
from advgui.evaluation.report import Report
from advgui.models import model_files
from advgui.pipeline import Pipeline
from advgui.reports import storage, tables
from advgui.types import ProtocolName
from tests.columns import KEYS

EVALUATION = resources.trained() / "evaluation.json"
README = Path(__file__).parents[2] / "README.md"
SOME = 80
# Another processor rounds otherwise, which decides between classes whose probabilities are this close.
TIE = 0.02

pytestmark = pytest.mark.skipif(not EVALUATION.exists(), reason="no committed evaluation")


@pytest.fixture(scope="module")
def report() -> Report:
    return storage.load(EVALUATION)


def test_it_is_complete(report: Report) -> None:
    assert report.complete
    assert report.indices.tolist() == list(range(10_000))
    assert {run.scenario.protocol for run in report.runs} == set(ProtocolName)
    assert all(set(run.predictions) == set(KEYS) for run in report.runs)


def test_no_change_is_more_than_the_attack_may_make() -> None:
    for run in json.loads(EVALUATION.read_text("utf-8"))["runs"]:
        if run["attack"] == "fgsm":
            assert run["linf"] <= run["strength"]


def test_it_belongs_to_the_committed_networks(report: Report) -> None:
    committed = {path.stem: model_files.sha256(path) for path in resources.trained().glob("*.keras")}
    used = {network.name: network.sha256 for network in report.provenance.networks.values()}
    assert used.items() <= committed.items()


def test_its_predictions_come_out_again(report: Report, bundled: Pipeline, cifar_test_set: cifar10.Dataset) -> None:
    assert report.labels.tolist() == cifar_test_set.labels.tolist()
    # Spread over the whole set, and in small batches: neither may matter.
    for part in np.array_split(np.arange(0, 10_000, 10_000 // SOME), 2):
        pixels, labels = images.to_float(cifar_test_set.images[part]), cifar_test_set.labels[part]
        batch = bundled.prepare(pixels, labels, cifar_test_set.indices[part])
        for run in report.runs:
            outcome = batch.run(run.scenario)
            for column in KEYS:
                best = np.sort(outcome.probabilities[column], axis=1)
                clear = best[:, -1] - best[:, -2] > TIE
                assert clear.mean() > 0.8
                assert np.array_equal(outcome.predictions(column)[clear], run.predictions[column][part][clear])


def test_the_readme_shows_its_tables(report: Report) -> None:
    shown = README.read_text(encoding="utf-8").splitlines()
    for line in tables.to_markdown(report).splitlines():
        if line.startswith("|"):
            assert line in shown
