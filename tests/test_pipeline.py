from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui import protocols
from advgui.attacks import ATTACKS
from advgui.errors import AdvguiError
from advgui.pipeline import Pipeline
from advgui.types import Column, Outcome, ProtocolName, Reading, Scenario
from tests import tiny

CONTENT = ("linf", "l2", "clipped", "labels")

scenarios = st.builds(
    Scenario,
    attack=st.sampled_from(list(ATTACKS)),
    strength=st.floats(0, 0.3),
    autoencoder=st.booleans(),
    randomization=st.booleans(),
    protocol=st.sampled_from(ProtocolName),
    reading=st.sampled_from(Reading),
    seed=st.integers(0, 3),
    draws=st.integers(1, 3),
)


@pytest.fixture(scope="module")
def pipeline():
    return tiny.pipeline()


@pytest.fixture
def batch():
    return tiny.images(4), np.array([1, 2, 3, 4]), np.array([10, 11, 12, 13])


def assert_same(first: Outcome, second: Outcome, tolerance: float = 1e-5) -> None:
    assert first.images.keys() == second.images.keys() == first.probabilities.keys()
    for column in first.images:
        np.testing.assert_allclose(first.images[column], second.images[column], atol=tolerance)
        np.testing.assert_allclose(first.probabilities[column], second.probabilities[column], atol=tolerance)
    for name in CONTENT:
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=tolerance)


@given(scenario=scenarios)
@settings(deadline=None, max_examples=40)
def test_every_outcome_is_complete_well_formed_and_read_only(pipeline, scenario):
    images, labels, indices = tiny.images(4), np.array([1, 2, 3, 4]), np.array([10, 11, 12, 13])
    outcome = pipeline.run(images, labels, indices, scenario)
    assert tuple(outcome.images) == tuple(outcome.probabilities) == scenario.columns
    for column in scenario.columns:
        np.testing.assert_allclose(outcome.probabilities[column].sum(axis=1), 1, atol=1e-5)
        assert outcome.images[column].min() >= 0
        assert outcome.images[column].max() <= 1 + 1e-6
        for array in (outcome.images[column], outcome.probabilities[column]):
            assert array.dtype == np.float32
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0
    if scenario.attack == "fgsm":
        assert outcome.linf.max() <= np.float32(scenario.strength)
    assert images.flags.writeable  # the caller's arrays stay the caller's
    assert labels.flags.writeable


@given(sequence=st.lists(scenarios, min_size=2, max_size=4))
@settings(deadline=None, max_examples=30)
def test_what_ran_before_does_not_matter(pipeline, sequence):
    batch = tiny.images(2), None, np.array([3, 4])
    for scenario in sequence:
        outcome = pipeline.run(*batch, scenario)
    assert_same(outcome, Pipeline(pipeline.protocols).run(*batch, sequence[-1]))


@given(scenario=scenarios)
@settings(deadline=None, max_examples=20)
def test_an_image_does_not_depend_on_its_neighbours(pipeline, scenario):
    images, labels, indices = tiny.images(3), np.array([1, 2, 3]), np.array([10, 11, 12])
    whole = pipeline.run(images, labels, indices, scenario)
    alone = pipeline.run(images[1:2], labels[1:2], indices[1:2], scenario)
    for column in scenario.columns:
        np.testing.assert_allclose(alone.images[column][0], whole.images[column][1], atol=1e-5)
        np.testing.assert_allclose(alone.probabilities[column][0], whole.probabilities[column][1], atol=1e-4)


@pytest.mark.parametrize("attack", ATTACKS)
def test_at_strength_zero_column_b_is_column_a_to_the_last_bit(pipeline, batch, attack):
    outcome = pipeline.run(*batch, Scenario(attack=attack, strength=0))
    for values in (outcome.images, outcome.probabilities):
        assert np.array_equal(values[Column.ATTACKED], values[Column.CLEAN])
    assert not outcome.linf.any()
    assert not outcome.l2.any()


def test_columns_by_hand(pipeline, batch):
    images, labels, indices = batch
    scenario = Scenario(attack="fgsm", strength=0.05, seed=2, draws=2)
    outcome = pipeline.run(*batch, scenario)
    corrected = pipeline.protocols[ProtocolName.CORRECTED]
    classifier, layer = corrected.classifier, corrected.randomization

    def softmax(logits):
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    attacked = np.clip(images + 0.05 * np.sign(classifier.loss_gradient(images, labels)), 0, 1)
    restored = corrected.restoring(attacked)
    draws = [layer.draw(32, 32, 2, indices, number) for number in range(2)]
    expected = {
        Column.CLEAN: (images, softmax(classifier.logits(images))),
        Column.ATTACKED: (attacked, softmax(classifier.logits(attacked))),
        Column.AUTOENCODER: (restored, softmax(classifier.logits(restored))),
    }
    for column, source in ((Column.RANDOMIZATION, attacked), (Column.BOTH, restored)):
        drawn = [layer.apply(source, placement) for placement in draws]
        expected[column] = drawn[0], np.mean([softmax(classifier.logits(image)) for image in drawn], axis=0)
    for column, (image, probabilities) in expected.items():
        np.testing.assert_allclose(outcome.images[column], image, atol=1e-6)
        np.testing.assert_allclose(outcome.probabilities[column], probabilities, atol=1e-5)


@pytest.mark.parametrize(
    ("attack", "reading", "standardized_first"),
    [("gaussian", Reading.STANDARDIZED, True), ("gaussian", Reading.SCALED, False), ("fgsm", Reading.SCALED, False)],
)
def test_as_published_the_attack_starts_where_the_notebooks_start(pipeline, batch, attack, reading, standardized_first):
    images, labels, indices = batch
    scenario = Scenario(attack=attack, strength=0.1, protocol=ProtocolName.AS_PUBLISHED, reading=reading)
    outcome = pipeline.run(*batch, scenario)
    body = pipeline.protocols[ProtocolName.AS_PUBLISHED].classifier
    start = protocols.standardized(images) if standardized_first else images
    expected = ATTACKS[attack](body, start, labels, 0.1, 0, indices)
    np.testing.assert_allclose(outcome.images[Column.ATTACKED], expected, atol=1e-6)
    # Column (a) shows the image, but the classifier is fed the standardised one: with logits as of old.
    assert np.array_equal(outcome.images[Column.CLEAN], images)
    logits = pipeline.classifier.logits(images)
    assert np.array_equal(outcome.predictions(Column.CLEAN), logits.argmax(axis=1))


def test_without_labels_the_clean_prediction_is_attacked(pipeline, batch):
    images, _, indices = batch
    predicted = pipeline.classifier.logits(images).argmax(axis=1)
    unlabelled = pipeline.run(images, None, indices, Scenario())
    assert np.array_equal(unlabelled.labels, predicted)
    assert_same(unlabelled, pipeline.run(images, predicted, indices, Scenario()))


class Counting:
    """Counts what a classifier is asked."""

    def __init__(self, classifier):
        self.classifier, self.bounds = classifier, classifier.bounds
        self.gradients = self.classified = 0

    def logits(self, images):
        self.classified += len(images)
        return self.classifier.logits(images)

    def loss_gradient_and_logits(self, images, labels):
        self.gradients += 1
        return self.classifier.loss_gradient_and_logits(images, labels)


def test_only_what_changed_is_computed(pipeline, batch):
    corrected = pipeline.protocols[ProtocolName.CORRECTED]
    counting = Counting(corrected.classifier)
    counted = Pipeline({ProtocolName.CORRECTED: replace(corrected, classifier=counting)})
    counted.run(*batch, Scenario(strength=0.1, autoencoder=False, randomization=False))
    assert (counting.gradients, counting.classified) == (1, 4)  # (a) comes with the gradient
    counted.run(*batch, Scenario(strength=0.1))  # (c), (d), (e) are new
    assert (counting.gradients, counting.classified) == (1, 16)
    counted.run(*batch, Scenario(strength=0.1, autoencoder=False))  # nothing is
    assert (counting.gradients, counting.classified) == (1, 16)
    counted.run(*batch, Scenario(strength=0.2))  # all but (a) and the gradient
    assert (counting.gradients, counting.classified) == (1, 32)
    counted.run_many(*batch, [Scenario(strength=s / 10) for s in range(1, 4)])
    assert counting.gradients == 1
    images, labels, indices = batch
    counted.run(images[::-1], labels, indices, Scenario())
    assert counting.gradients == 2


def test_changing_the_callers_array_is_noticed(pipeline, batch):
    images, labels, indices = batch
    before = pipeline.run(images, labels, indices, Scenario())
    images[:] = 1 - images
    after = pipeline.run(images, labels, indices, Scenario())
    np.testing.assert_allclose(after.images[Column.CLEAN], 1 - before.images[Column.CLEAN], atol=1e-6)


def test_a_protocol_without_networks_is_an_error_with_advice(pipeline, batch):
    alone = Pipeline({ProtocolName.CORRECTED: pipeline.protocols[ProtocolName.CORRECTED]})
    with pytest.raises(AdvguiError, match="published-autoencoder"):
        alone.run(*batch, Scenario(protocol=ProtocolName.AS_PUBLISHED))


def test_an_empty_batch_is_refused(pipeline):
    with pytest.raises(ValueError, match="N > 0"):
        pipeline.run(np.empty((0, 32, 32, 3), np.float32), None, np.empty(0, np.int64), Scenario())


def test_warming_up_reports_and_leaves_no_trace(pipeline):
    told = []
    fresh = Pipeline(pipeline.protocols)
    fresh.warm_up(told.append)
    assert any("FGSM" in text for text in told)
    batch = tiny.images(1), None, np.zeros(1, np.int64)
    assert_same(fresh.run(*batch, Scenario()), pipeline.run(*batch, Scenario()))
