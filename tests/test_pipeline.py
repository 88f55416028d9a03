from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.attacks import ATTACKS, Examples
from advgui.errors import AdvguiError
from advgui.outcomes import Outcome
from advgui.pipeline import Pipeline, warm_up
from advgui.protocols import supports
from advgui.scaling import standardized
from advgui.scenarios import scenario as make
from advgui.scenarios import without
from advgui.types import ATTACKED, CLEAN, PAPER_CHAIN, Link, ProtocolName, VoteRule
from advgui.victim import Victim
from tests import tiny

CONTENT = ("linf", "l2", "clipped", "labels")
CHAINS = [
    PAPER_CHAIN,
    PAPER_CHAIN[::-1],
    without(PAPER_CHAIN, "autoencoder"),
    without(PAPER_CHAIN, "randomization"),
    without(PAPER_CHAIN, "autoencoder", "randomization"),
    (Link("randomization"),),
    (),
]


@st.composite
def scenarios(draw):
    attack = draw(st.sampled_from(list(ATTACKS)))
    chain = draw(st.sampled_from(CHAINS))
    return make(
        attack,
        draw(st.floats(0, 0.3)),
        chain=chain,
        attacker_knows=tuple(link.name for link in chain if draw(st.booleans())),
        protocol=draw(st.sampled_from([name for name in ProtocolName if supports(name, attack)])),
        seed=draw(st.integers(0, 3)),
        draws=draw(st.integers(1, 3)),
    )


@pytest.fixture(scope="module")
def pipeline():
    return tiny.pipeline()


def batch(count=4):
    return tiny.images(count), np.arange(count) + 1, np.arange(count) + 10


def assert_same(first: Outcome, second: Outcome, tolerance: float = 1e-5) -> None:
    assert first.images.keys() == second.images.keys() == first.probabilities.keys()
    for column in first.images:
        np.testing.assert_allclose(first.images[column], second.images[column], atol=tolerance)
        np.testing.assert_allclose(first.probabilities[column], second.probabilities[column], atol=tolerance)
    for name in CONTENT:
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=tolerance)


@given(scenario=scenarios())
@settings(deadline=None, max_examples=40)
def test_every_outcome_is_complete_well_formed_and_read_only(pipeline, scenario):
    images, labels, indices = batch()
    outcome = pipeline.prepare(images, labels, indices).run(scenario)
    keys = tuple(column.key for column in scenario.columns)
    assert tuple(outcome.images) == tuple(outcome.probabilities) == keys
    for key in keys:
        np.testing.assert_allclose(outcome.probabilities[key].sum(axis=1), 1, atol=1e-5)
        assert outcome.images[key].min() >= 0
        assert outcome.images[key].max() <= 1 + 1e-6
        for array in (outcome.images[key], outcome.probabilities[key], *(getattr(outcome, name) for name in CONTENT)):
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0
        assert outcome.images[key].dtype == outcome.probabilities[key].dtype == np.float32
    if ATTACKS[scenario.attack.name].norm == "linf":
        assert outcome.linf.max() <= np.float32(scenario.strength)
    assert images.flags.writeable  # the caller's arrays stay the caller's
    assert labels.flags.writeable


@given(sequence=st.lists(scenarios(), min_size=2, max_size=4))
@settings(deadline=None, max_examples=30)
def test_what_ran_before_does_not_matter(pipeline, sequence):
    given_batch = tiny.images(2), None, np.array([3, 4])
    used = pipeline.prepare(*given_batch)
    for scenario in sequence:
        outcome = used.run(scenario)
    assert_same(outcome, pipeline.prepare(*given_batch).run(sequence[-1]))


@given(scenario=scenarios())
@settings(deadline=None, max_examples=20)
def test_an_image_does_not_depend_on_its_neighbours(pipeline, scenario):
    images, labels, indices = batch(3)
    whole = pipeline.prepare(images, labels, indices).run(scenario)
    alone = pipeline.prepare(images[1:2], labels[1:2], indices[1:2]).run(scenario)
    for key in whole.images:
        np.testing.assert_allclose(alone.images[key][0], whole.images[key][1], atol=1e-5)
        np.testing.assert_allclose(alone.probabilities[key][0], whole.probabilities[key][1], atol=1e-4)


@pytest.mark.parametrize("attack", ATTACKS)
def test_at_strength_zero_column_b_is_column_a_to_the_last_bit(pipeline, attack):
    outcome = pipeline.prepare(*batch()).run(make(attack, 0))
    for values in (outcome.images, outcome.probabilities):
        assert np.array_equal(values[ATTACKED], values[CLEAN])
    assert not outcome.linf.any()
    assert not outcome.l2.any()


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def test_columns_by_hand(pipeline):
    images, labels, indices = batch()
    outcome = pipeline.prepare(images, labels, indices).run(make("fgsm", 0.05, seed=2, draws=2))
    corrected = pipeline.procedures[ProtocolName.CORRECTED]
    classifier = corrected.classifier
    autoencoder, layer = (corrected.defense(name, "fgsm") for name in ("autoencoder", "randomization"))

    attacked = np.clip(images + 0.05 * np.sign(classifier.loss_gradient(images, labels)), 0, 1)
    restored = autoencoder.network(attacked)
    draws = [layer.draw(32, 32, 2, indices, number) for number in range(2)]
    expected = {
        "clean": (images, softmax(classifier.logits(images))),
        "attacked": (attacked, softmax(classifier.logits(attacked))),
        "autoencoder": (restored, softmax(classifier.logits(restored))),
    }
    for key, source in (("randomization", attacked), ("both", restored)):
        drawn = [layer.apply(source, placement) for placement in draws]
        expected[key] = drawn[0], np.mean([softmax(classifier.logits(image)) for image in drawn], axis=0)
    for key, (image, probabilities) in expected.items():
        np.testing.assert_allclose(outcome.images[key], image, atol=1e-6)
        np.testing.assert_allclose(outcome.probabilities[key], probabilities, atol=1e-5)


def test_a_majority_counts_the_draws_that_the_mean_averages(pipeline):
    images, labels, indices = batch()
    prepared = pipeline.prepare(images, labels, indices)
    # What is drawn belongs to its number, so that the first so many draws are always the same.
    sums = [0.0, *(n * prepared.run(make(draws=n)).probabilities["both"].astype(float) for n in range(1, 6))]
    alone = [(after - before).argmax(axis=1) for before, after in pairwise(sums)]
    shares = prepared.run(make(draws=5, rule=VoteRule.MAJORITY)).probabilities["both"]
    counts = [np.bincount([one[place] for one in alone], minlength=shares.shape[1]) for place in range(len(labels))]
    np.testing.assert_allclose(shares, np.array(counts) / 5, atol=1e-6)
    # What draws nothing is as it was.
    for key in (CLEAN, ATTACKED, "autoencoder"):
        assert np.array_equal(
            prepared.run(make(draws=5, rule=VoteRule.MAJORITY)).probabilities[key],
            prepared.run(make(draws=5)).probabilities[key],
        )


def portions(prepared, scenario):
    """Every outcome on the way to the last one, and the last."""
    found, stages = [], prepared.stages(scenario)
    while True:
        try:
            found.append(next(stages).outcome())
        except StopIteration as end:
            return [*found, end.value]


@pytest.mark.parametrize("rule", VoteRule)
def test_draws_that_are_kept_come_one_by_one_and_end_in_the_same_numbers(pipeline, rule):
    images, labels, indices = batch(1)
    scenario = make("fgsm", 0.1, draws=5, rule=rule)
    whole = pipeline.prepare(images, labels, indices).run(scenario)
    watched = pipeline.prepare(images, labels, indices, keeps_draws=True)
    grown = portions(watched, scenario)
    assert [outcome.draws_left for outcome in grown] == [4, 3, 2, 1, 0]
    for key in whole.images:
        assert np.array_equal(grown[-1].images[key], whole.images[key])
        assert np.array_equal(grown[-1].probabilities[key], whole.probabilities[key])
    # Each is the vote of the draws that are there, and these are those of as many draws.
    for count, outcome in enumerate(grown, start=1):
        fewer = pipeline.prepare(images, labels, indices).run(replace(scenario, draws=count, rule=rule))
        assert set(outcome.draws) == {"randomization", "both"}
        for key, draws in outcome.draws.items():
            assert len(draws.images) == len(draws.probabilities) == count
            if count > 1 or rule is VoteRule.MEAN:
                assert np.array_equal(outcome.probabilities[key], fewer.probabilities[key])
            assert np.array_equal(draws.images[0], outcome.images[key])
            with pytest.raises(ValueError, match="read-only"):
                draws.images[-1][:] = 0
    assert not whole.draws


def test_draws_that_are_there_are_not_taken_again(pipeline):
    corrected = pipeline.procedures[ProtocolName.CORRECTED]
    counting = Counting(corrected.classifier)
    counted = Pipeline({ProtocolName.CORRECTED: replace(corrected, classifier=counting)})
    prepared = counted.prepare(*batch(1), keeps_draws=True)
    prepared.run(make(draws=5, chain=without(PAPER_CHAIN, "autoencoder")))
    before = counting.classified
    prepared.run(make(draws=5, rule=VoteRule.MAJORITY, chain=without(PAPER_CHAIN, "autoencoder")))
    prepared.run(make(draws=3, chain=without(PAPER_CHAIN, "autoencoder")))
    assert counting.classified == before
    prepared.run(make(draws=6))  # one of (d), six of (e), and (c)
    assert counting.classified == before + 1 + 6 + 1


def test_after_a_step_there_is_one_draw_until_more_are_asked_for(pipeline):
    prepared = pipeline.prepare(*batch(1), keeps_draws=True)
    scenario = make("pgd", settings={"steps": 2}, draws=3)
    stages = prepared.stages(scenario)
    stage = next(stages)
    assert [stage.outcome().draws_left for _ in range(4)] == [2, 1, 0, 0]
    assert next(stages).outcome().draws_left == 2
    steps = [(stage.step, stage.outcome().draws_left) for stage in stages]
    assert steps == [(0, 2), (0, 1)]


def test_one_draw_is_no_vote(pipeline):
    (outcome,) = portions(pipeline.prepare(*batch(1), keeps_draws=True), make())
    assert not outcome.draws
    nothing_random = make(draws=4, chain=without(PAPER_CHAIN, "randomization"))
    (outcome,) = portions(pipeline.prepare(*batch(1), keeps_draws=True), nothing_random)
    assert outcome.draws_left == 0


@pytest.mark.parametrize(
    ("attack", "protocol", "standardized_first"),
    [
        ("gaussian", ProtocolName.AS_PUBLISHED, True),
        ("gaussian", ProtocolName.AS_PUBLISHED_SCALED, False),
        ("fgsm", ProtocolName.AS_PUBLISHED, False),
    ],
)
def test_as_published_the_attack_starts_where_the_notebooks_start(pipeline, attack, protocol, standardized_first):
    images, labels, indices = batch()
    outcome = pipeline.prepare(images, labels, indices).run(make(attack, 0.1, protocol=protocol))
    body = Victim(pipeline.procedures[protocol].classifier)
    start = standardized(images) if standardized_first else images
    made = ATTACKS[attack](body, Examples(start, labels, indices), ATTACKS[attack].settings(0.1))
    np.testing.assert_allclose(outcome.images[ATTACKED], made.images, atol=1e-6)
    # Column (a) shows the image, but the classifier is fed the standardized one: with logits as of old.
    assert np.array_equal(outcome.images[CLEAN], images)
    logits = pipeline.classifier.logits(images)
    assert np.array_equal(outcome.predictions(CLEAN), logits.argmax(axis=1))


def test_without_labels_the_clean_prediction_is_attacked(pipeline):
    images, _, indices = batch()
    predicted = pipeline.classifier.logits(images).argmax(axis=1)
    unlabelled = pipeline.prepare(images, None, indices).run(make())
    assert np.array_equal(unlabelled.labels, predicted)
    assert_same(unlabelled, pipeline.prepare(images, predicted, indices).run(make()))


class Counting:
    """Counts what a classifier is asked."""

    def __init__(self, classifier):
        self.classifier, self.bounds = classifier, classifier.bounds
        self.gradients = self.classified = 0

    def logits(self, images):
        self.classified += len(images)
        return self.classifier.logits(images)

    def loss_gradient_and_logits(self, images, labels, loss):
        self.gradients += 1
        return self.classifier.loss_gradient_and_logits(images, labels, loss)


def test_only_what_changed_is_computed(pipeline):
    corrected = pipeline.procedures[ProtocolName.CORRECTED]
    counting = Counting(corrected.classifier)
    counted = Pipeline({ProtocolName.CORRECTED: replace(corrected, classifier=counting)}).prepare(*batch())
    counted.run(make(strength=0.1, chain=without(PAPER_CHAIN, "autoencoder", "randomization")))
    assert (counting.gradients, counting.classified) == (1, 4)  # (a) comes with the gradient
    counted.run(make(strength=0.1))  # (c), (d), (e) are new
    assert (counting.gradients, counting.classified) == (1, 16)
    counted.run(make(strength=0.1, chain=without(PAPER_CHAIN, "autoencoder")))  # nothing is
    counted.run(make(strength=0.1))  # and nothing is when it is switched on again
    assert (counting.gradients, counting.classified) == (1, 16)
    counted.run(make(strength=0.2))  # all but (a) and the gradient
    assert (counting.gradients, counting.classified) == (1, 32)
    counted.run(make(strength=0.2, seed=1))  # the random columns alone
    assert (counting.gradients, counting.classified) == (1, 40)
    counted.run(make(strength=0.2, attacker_knows=("autoencoder",)))  # another attacker, another image
    assert (counting.gradients, counting.classified) == (2, 56)


def test_what_an_attacker_knows_makes_another_image(pipeline):
    prepared = pipeline.prepare(*batch())
    ignorant, informed = prepared.run(make()), prepared.run(make(attacker_knows=("autoencoder",)))
    assert not np.array_equal(ignorant.images[ATTACKED], informed.images[ATTACKED])
    # A mitigation that is off does not stand in the attacker's way.
    off = without(PAPER_CHAIN, "autoencoder")
    assert_same(prepared.run(make(chain=off)), prepared.run(make(chain=off, attacker_knows=("autoencoder",))))


def test_a_target_is_led_to_not_away_from(pipeline):
    images, labels, indices = batch()
    towards = replace(make(strength=0.1), target=7)
    outcome = pipeline.prepare(images, labels, indices).run(towards)
    gradient = pipeline.classifier.loss_gradient(images, np.full(4, 7))
    np.testing.assert_allclose(outcome.images[ATTACKED], np.clip(images - 0.1 * np.sign(gradient), 0, 1), atol=1e-6)


def test_mitigations_work_in_the_order_of_the_chain(pipeline):
    forwards, backwards = (
        pipeline.prepare(*batch()).run(make(chain=chain)) for chain in (PAPER_CHAIN, PAPER_CHAIN[::-1])
    )
    for key in ("autoencoder", "randomization"):
        assert np.array_equal(forwards.images[key], backwards.images[key])
    assert not np.array_equal(forwards.images["both"], backwards.images["both"])


def test_a_protocol_without_networks_is_an_error_with_advice(pipeline):
    alone = Pipeline({ProtocolName.CORRECTED: pipeline.procedures[ProtocolName.CORRECTED]})
    with pytest.raises(AdvguiError, match="published-autoencoder"):
        alone.prepare(*batch()).run(make(protocol=ProtocolName.AS_PUBLISHED))


@pytest.mark.parametrize("change", [{"attack": "pgd-13"}, {"chain": (Link("blur"),)}])
def test_what_is_not_known_is_an_error_that_says_what_is(pipeline, change):
    scenario = make()
    if "attack" in change:
        scenario = replace(scenario, attack=replace(scenario.attack, name=change["attack"]))
    else:
        scenario = replace(scenario, **change)
    with pytest.raises(AdvguiError, match=r"There is no (attack|mitigation) '.*'; there are"):
        pipeline.prepare(*batch()).run(scenario)


def test_an_empty_batch_is_refused(pipeline):
    with pytest.raises(ValueError, match="N > 0"):
        pipeline.prepare(np.empty((0, 32, 32, 3), np.float32), None, np.empty(0, np.int64))


def test_warming_up_says_what_it_prepares(pipeline):
    assert list(warm_up(pipeline, {"FGSM": make(), "noise": make("gaussian")})) == ["FGSM", "noise"]
