"""The gradient through a chain, against one tape over the whole composition."""

import numpy as np
import pytest
import tensorflow as tf

from advgui.attacks import Examples
from advgui.defenses.randomization import Randomization
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


def composed_gradient(classifier, autoencoder, layer, batch, labels):
    """Mean over the attacker's draws of the gradient of the summed cross-entropy, by one tape for each draw."""
    total = np.zeros_like(batch.images)
    for draw in range(DRAWS if layer else 1):
        images = tf.constant(batch.images)
        with tf.GradientTape() as tape:
            tape.watch(images)
            x = images
            if autoencoder:
                x = autoencoder.network.model(x, training=False)
            if layer:
                placement = layer.draw(32, 32, SEED, batch.indices, draw, Stream.ATTACKER)
                x = tf.einsum("nij,njkc,nlk->nilc", placement.rows, x, placement.columns)
            logits = classifier.model(x, training=False)
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        total += tape.gradient(loss, images).numpy()
    return total / (DRAWS if layer else 1)


@pytest.mark.parametrize("known", ["", "autoencoder", "randomization", "autoencoder randomization"])
@pytest.mark.parametrize("target", [None, 7])
def test_the_gradient_equals_one_tape_over_the_composition(parts, known, target):
    classifier, autoencoder, layer = parts
    autoencoder = autoencoder if "autoencoder" in known else None
    layer = layer if "randomization" in known else None
    links = [(defense, NO_SETTINGS) for defense in (autoencoder, layer) if defense]
    batch = examples(target)
    gradient = Victim(classifier, links, DRAWS).loss_gradient(batch.images, batch)
    labels = batch.labels if target is None else np.full(4, target)
    expected = composed_gradient(classifier, autoencoder, layer, batch, labels)
    np.testing.assert_allclose(gradient, expected if target is None else -expected, rtol=1e-4, atol=1e-5)


def test_every_call_draws_anew_and_the_same_calls_draw_the_same(parts):
    classifier, _, layer = parts
    first, second = (Victim(classifier, [(layer, NO_SETTINGS)], 2) for _ in range(2))
    batch = examples()
    calls = [victim.loss_gradient(batch.images, batch) for victim in (first, first, second)]
    assert not np.array_equal(calls[0], calls[1])
    assert np.array_equal(calls[0], calls[2])
