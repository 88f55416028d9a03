"""Each training on a handful of images: it runs, it resumes after a kill, and what it gives fits the pipeline."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from advgui.data import cifar10
from advgui.models.classifier import Classifier
from advgui.training import autoencoder, classifier, published
from advgui.training.run import CHECKPOINT, HISTORY
from advgui.types import ProtocolName
from tests import tiny

RECIPE = "classifier.Recipe(epochs=3, second_epochs=1, coarse_epochs=2, batch_size=8)"

# Says when an epoch is behind it, and waits there for its end.
KILLED = f"""
import sys
from pathlib import Path
from advgui.training import classifier
from tests.training.test_networks_learn import dataset

def report(progress):
    if progress.epoch == 2:
        print("second epoch", flush=True)
        sys.stdin.read()

classifier.train({RECIPE}, dataset(16), dataset(8), Path(sys.argv[1]), report)
"""


def dataset(count: int) -> cifar10.Dataset:
    samples = cifar10.load_samples()
    return samples.select(np.arange(count) % len(samples))


@pytest.fixture(scope="module")
def target():
    """A classifier of the real architecture, untrained."""
    from advgui.models import architectures

    return Classifier(architectures.classifier(), cifar10.CLASS_NAMES, sha256="0" * 64)


def test_a_killed_training_resumes_to_the_same_end(tmp_path):
    recipe = classifier.Recipe(epochs=3, second_epochs=1, coarse_epochs=2, batch_size=8)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path / "killed")],
        cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "second epoch\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert len((tmp_path / "killed" / HISTORY).read_text().splitlines()) == 2

    seen = []
    model, rows = classifier.train(recipe, dataset(16), dataset(8), tmp_path / "killed", seen.append)
    expected, expected_rows = classifier.train(recipe, dataset(16), dataset(8), tmp_path / "whole")
    assert [progress.epoch for progress in seen] == [2, 2, 3, 3]
    for row, expected_row in zip(rows, expected_rows, strict=True):
        assert row == pytest.approx(expected_row, rel=0.02)
    image = tiny.images(1)
    np.testing.assert_allclose(model(image), expected(image), rtol=0.05, atol=0.05)
    assert (tmp_path / "killed" / CHECKPOINT).exists()


def test_the_autoencoder_learns_to_restore(tmp_path, target):
    recipe = autoencoder.shortened(6, filters=(8, 8, 8, 8), batch_size=8)
    model, rows = autoencoder.train(recipe, target, dataset(16), dataset(8), tmp_path)
    assert rows[-1]["squared_error"] < rows[0]["squared_error"]
    assert set(rows[0]) == {
        "epoch", "loss", "squared_error", "divergence", "validation_clean", "validation_gaussian", "validation_fgsm",
    }  # fmt: skip
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}


@pytest.mark.parametrize("attack", ["gaussian", "fgsm"])
def test_the_published_autoencoders_cannot_reach_standardized_targets(tmp_path, attack):
    recipe = published.Recipe(attack, epochs=4, batch_size=8)
    protocol = tiny.published_procedures()[ProtocolName.AS_PUBLISHED]
    model, rows = published.train(recipe, protocol, dataset(16), dataset(8), tmp_path)
    assert rows[-1]["loss"] < rows[0]["loss"]
    # A sigmoid against targets of unit variance about 0: half of each is out of reach.
    assert rows[-1]["loss"] > 0.4
    assert model.count_params() == published_parameters()


def published_parameters() -> int:
    """Of the notebooks' autoencoder: three 3x3 convolutions of 32 on 32 filters, the first, the last, three norms."""
    return (9 * 3 * 32 + 32) + 3 * (9 * 32 * 32 + 32) + (32 * 3 + 3) + 3 * 4 * 32


def test_fgsm_directions_do_not_depend_on_batches(target):
    images, labels = tiny.images(5), np.arange(5)
    signs = autoencoder.gradient_signs(target, images, labels)
    assert signs.dtype == np.int8
    assert set(np.unique(signs)) <= {-1, 0, 1}
    alone = autoencoder.gradient_signs(target, images[3:4], labels[3:4])
    assert (signs[3] == alone[0]).mean() > 0.999


@pytest.mark.parametrize("epochs", [1, 2, 5, 12, 48, 100])
def test_another_number_of_epochs_keeps_the_proportions(epochs):
    recipe = classifier.shortened(epochs, seed=3)
    assert (recipe.epochs, recipe.seed) == (epochs, 3)
    assert recipe.second_epochs + recipe.coarse_epochs <= epochs
    recipe = autoencoder.shortened(epochs, seed=3)
    assert (sum(cycle.epochs for cycle in recipe.cycles), recipe.seed) == (epochs, 3)
    assert all(cycle.epochs > 0 for cycle in recipe.cycles)
    assert [recipe.cycle(epoch) for epoch in range(epochs)] == [
        cycle for cycle in recipe.cycles for _ in range(cycle.epochs)
    ]


def test_all_epochs_are_the_whole_recipe():
    assert classifier.shortened(classifier.Recipe().epochs) == classifier.Recipe()
    epochs = sum(cycle.epochs for cycle in autoencoder.Recipe().cycles)
    assert autoencoder.shortened(epochs) == autoencoder.Recipe()
