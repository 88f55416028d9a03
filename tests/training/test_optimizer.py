import keras
import numpy as np
import tensorflow as tf

from advgui.models import architectures
from advgui.training.optimizer import Muon, orthogonalized


def test_singular_values_come_close_to_one_for_both_orientations():
    for shape in ((20, 50), (50, 20)):
        matrix = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        values = np.linalg.svd(orthogonalized(tf.constant(matrix)).numpy(), compute_uv=False)
        assert values.min() > 0.5
        assert values.max() < 1.3


def _stepped(rate):
    keras.utils.set_random_seed(0)
    model = architectures.classifier(conv_dropout=0, dense_dropout=0)
    optimizer = Muon(rate)
    optimizer.build(model.trainable_variables)
    before = [v.numpy() for v in model.trainable_variables]
    random = np.random.default_rng(0)
    gradients = [tf.constant(random.standard_normal(v.shape), tf.float32) for v in model.trainable_variables]
    optimizer.apply(gradients, model.trainable_variables)
    return model.trainable_variables, before


def test_kernels_keep_their_norm_and_move_by_the_rate():
    variables, before = _stepped(0.02)
    for variable, old in zip(variables, before, strict=True):
        new = variable.numpy()
        moved = np.linalg.norm(new - old)
        if len(old.shape) in (2, 4) and "logits" not in variable.path:
            np.testing.assert_allclose(np.linalg.norm(new), np.linalg.norm(old), rtol=1e-5)
            np.testing.assert_allclose(moved / np.linalg.norm(old), 0.02, rtol=0.1)
        else:
            # Adam's first step: the rate, in each coordinate.
            np.testing.assert_allclose(np.abs(new - old).max(), 0.02 * 0.04, rtol=1e-2)


def test_a_rate_of_zero_moves_nothing():
    variables, before = _stepped(0.0)
    for variable, old in zip(variables, before, strict=True):
        np.testing.assert_allclose(variable.numpy(), old, atol=1e-6)
