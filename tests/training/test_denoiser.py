"""Training a denoiser on a handful of images: it goes on from the autoencoder, resumes, and learns."""

import numpy as np
import pytest

from advgui.data import cifar10
from advgui.errors import AdvguiError
from advgui.models import architectures
from advgui.models.classifier import Classifier
from advgui.training import denoiser
from tests import tiny
from tests.training.test_networks_learn import dataset

FILTERS = (4, 4, 4, 4)


@pytest.fixture(scope="module")
def target():
    """Of the paper's architecture, untrained."""
    return Classifier(architectures.classifier(), cifar10.CLASS_NAMES, sha256="0" * 64)


def learned(target, start, folder, progress=lambda _: None, **choices):
    recipe = denoiser.Recipe(**({"epochs": 2, "batch_size": 8} | choices))
    return denoiser.train(recipe, target, start, "1" * 64, dataset(16), dataset(8), folder, progress)


def test_a_stopped_training_goes_on_to_the_same_end(target, tmp_path):
    start = architectures.autoencoder(FILTERS)
    before = [value.copy() for value in start.get_weights()]
    whole, rows = learned(target, start, tmp_path / "whole")

    def stop(progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learned(target, start, tmp_path / "stopped", stop)
    again, rows_again = learned(target, start, tmp_path / "stopped")
    assert [row["epoch"] for row in rows_again] == [row["epoch"] for row in rows] == [1, 2]
    assert set(rows[0]) >= {"validation_noise_0.15", "validation_noise_0.25"}
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-2)
    assert all(map(np.array_equal, start.get_weights(), before))
    assert {layer.dtype_policy.name for layer in whole.layers} == {"float32"}


def test_it_learns_to_restore_and_begins_where_the_autoencoder_is(target, tmp_path):
    start = architectures.autoencoder(FILTERS)
    _, rows = learned(target, start, tmp_path, epochs=12, batch_size=16, squared_error=20.0)
    errors = [row["squared_error"] for row in rows]
    assert errors[-1] < errors[0]


def test_another_architecture_is_refused(target, tmp_path):
    with pytest.raises(AdvguiError, match="not built as the paper's autoencoder"):
        learned(target, tiny.autoencoder_model(), tmp_path)
