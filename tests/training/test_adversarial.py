"""Adversarial training on a handful of images: it runs and resumes, keeps the best epoch, and notices a collapse."""

import numpy as np
import pytest

from advgui.data import cifar10
from advgui.errors import AdvguiError
from advgui.models import architectures
from advgui.models.classifier import Classifier
from advgui.training import adversarial
from tests import tiny
from tests.training.test_networks_learn import dataset

RECIPE = adversarial.Recipe(epochs=2, coarse_epochs=1, batch_size=8)


@pytest.fixture(scope="module")
def start() -> Classifier:
    """Of the paper's architecture, untrained."""
    return Classifier(architectures.classifier(), cifar10.CLASS_NAMES, sha256="0" * 64)


def test_a_stopped_training_goes_on_to_the_same_end(start, tmp_path):
    before = [value.copy() for value in start.model.get_weights()]
    whole, rows = adversarial.train(RECIPE, start, dataset(16), dataset(8), tmp_path / "whole")

    def stop(progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adversarial.train(RECIPE, start, dataset(16), dataset(8), tmp_path / "stopped", stop)
    again, rows_again = adversarial.train(RECIPE, start, dataset(16), dataset(8), tmp_path / "stopped")
    assert [row["epoch"] for row in rows_again] == [row["epoch"] for row in rows] == [1, 2]
    assert set(rows[0]) >= {"validation_accuracy", "validation_pgd"}
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-2)
    assert all(map(np.array_equal, start.model.get_weights(), before))
    assert {layer.dtype_policy.name for layer in whole.layers} == {"float32"}


def test_another_architecture_is_refused(tmp_path):
    foreign = Classifier(tiny.classifier_model(), cifar10.CLASS_NAMES, sha256="0" * 64)
    with pytest.raises(AdvguiError, match="not built as the paper's classifier"):
        adversarial.train(RECIPE, foreign, dataset(16), dataset(8), tmp_path)


def test_a_collapse_is_a_fall_below_half_of_what_held_out_before():
    def history(*left):
        return [{"validation_pgd": each} for each in left]

    assert not adversarial.collapsed([])
    assert not adversarial.collapsed(history(0.1, 0.4, 0.3))
    assert adversarial.collapsed(history(0.1, 0.4, 0.05))


def test_few_epochs_are_shared():
    assert adversarial.shortened() == adversarial.Recipe()
    assert adversarial.shortened(epochs=8, seed=3) == adversarial.Recipe(epochs=8, coarse_epochs=3, seed=3)


def test_pgd_leaves_what_an_evaluation_counts(bundled, samples):
    """The figure of the card is that of the one pipeline."""
    classifier = bundled.classifier
    counted = list(adversarial.robust(classifier, samples, 8 / 255, 3, batch_size=8))
    assert sum(images for _, images in counted) == len(samples)
    assert sum(right for right, _ in counted) <= 2  # of the plain network, nothing is left
