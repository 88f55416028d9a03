"""The gradient through a chain, against one tape over the whole composition."""

import numpy as np
import pytest
import tensorflow as tf

from advgui.attacks import Examples, Loss
from advgui.defenses.randomization import Randomization
from advgui.images import to_float
from advgui.parameters import NO_SETTINGS
from advgui.randomness import Stream
from advgui.victim import Victim
from tests import tiny

SEED, DRAWS = 5, 3


@pytest.fixture(scope="module")
def parts():
    pipeline = tiny.pipeline()
    corrected = pipeline.procedures["corrected"]
    return corrected.classifier, corrected.defense("autoencoder", ""), Randomization()


def examples(target=None):
    return Examples(tiny.images(4, 2), np.arange(4), np.arange(4) + 20, SEED, target)


def margin_loss(labels, logits):
    """The largest other logit less that of the label."""
    is_label = tf.one_hot(labels, 10) > 0
    return tf.reduce_max(tf.where(is_label, -np.inf, logits), axis=1) - tf.reduce_sum(
        tf.where(is_label, logits, 0), axis=1
    )


LOSSES = {Loss.CROSS_ENTROPY: tf.nn.sparse_softmax_cross_entropy_with_logits, Loss.MARGIN: margin_loss}


def composed_gradient(classifier, autoencoder, layer, batch, loss):
    """The gradient of the summed mean loss over the attacker's draws, by one tape over all of them."""
    images, draws = tf.constant(batch.images), DRAWS if layer else 1
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.constant(0.0)
        for draw in range(draws):
            x = images
            if autoencoder:
                x = autoencoder.network.model(x, training=False)
            if layer:
                placement = layer.draw(32, 32, SEED, batch.indices, draw, Stream.ATTACKER)
                x = tf.einsum("nij,njkc,nlk->nilc", placement.rows, x, placement.columns)
            total += tf.reduce_sum(LOSSES[loss](batch.goal_labels, classifier.model(x, training=False))) / draws
    gradient = tape.gradient(total, images).numpy()
    return gradient if batch.target is None else -gradient


def assert_equals_one_tape(parts, known, batch, loss, on_kinks=0):
    """The gradient through the known mitigations, relative to its size in each image.

    Where an input of a ReLU is 0 but for rounding, the processor decides which side of the kink counts. So some images
    may differ by a little more.
    """
    classifier, autoencoder, layer = parts
    autoencoder = autoencoder if "autoencoder" in known else None
    layer = layer if "randomization" in known else None
    links = [(defense, NO_SETTINGS) for defense in (autoencoder, layer) if defense]
    gradient = Victim(classifier, links, DRAWS).loss_gradient(batch.images, batch, loss)
    expected = composed_gradient(classifier, autoencoder, layer, batch, loss)
    apart = np.linalg.norm((gradient - expected).reshape(len(batch), -1), axis=1)
    size = np.linalg.norm(expected.reshape(len(batch), -1), axis=1)
    assert (size > 0).all()
    assert (apart > 1e-5 * size).sum() <= on_kinks
    assert (apart <= 0.02 * size).all()


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("known", ["", "autoencoder", "randomization", "autoencoder randomization"])
@pytest.mark.parametrize("target", [None, 7])
def test_the_gradient_equals_one_tape_over_the_composition(parts, known, target, loss):
    assert_equals_one_tape(parts, known, examples(target), loss)


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("target", [None, 7])
def test_the_bundled_networks_gradient_equals_one_tape_too(bundled, samples, target, loss):
    corrected = bundled.procedures["corrected"]
    networks = corrected.classifier, corrected.defense("autoencoder", ""), Randomization()
    batch = Examples(to_float(samples.images[:4]), samples.labels[:4], samples.indices[:4], SEED, target)
    assert_equals_one_tape(networks, "autoencoder randomization", batch, loss, on_kinks=1)


def test_every_call_draws_anew_and_the_same_calls_draw_the_same(parts):
    classifier, _, layer = parts
    first, second = (Victim(classifier, [(layer, NO_SETTINGS)], 2) for _ in range(2))
    batch = examples()
    calls = [victim.loss_gradient(batch.images, batch) for victim in (first, first, second)]
    assert not np.array_equal(calls[0], calls[1])
    assert np.array_equal(calls[0], calls[2])
