"""What holds for every attack that goes in steps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.attacks import ATTACKS, IteratedAttack, Loss
from advgui.attacks.mi_fgsm import MIFGSM
from advgui.attacks.pgd import PGD, PGDL2
from advgui.defenses.randomization import Randomization
from advgui.outcomes import Effort
from advgui.parameters import NO_SETTINGS
from advgui.victim import Victim
from tests.prototypes import Prototypes, examples, victim

ITERATED = {name: attack for name, attack in ATTACKS.items() if isinstance(attack, IteratedAttack)}
ASCENTS = {name: attack for name, attack in ITERATED.items() if name != "square"}

iterated = pytest.mark.parametrize("attack", ITERATED.values(), ids=ITERATED)
ascents = pytest.mark.parametrize("attack", ASCENTS.values(), ids=ASCENTS)
goals = pytest.mark.parametrize("goal", [None, 7], ids=["untargeted", "targeted"])


def few(attack, strength, **others):
    """Settings with few steps."""
    short = {"steps": 4, "queries": 40}
    return attack.settings(
        strength, **{name: short[name] for name in short if any(p.name == name for p in attack.parameters)} | others
    )


def run(attack, batch, chosen, target=None):
    """All iterates, and the result."""
    steps = attack.running(target or victim(), batch, chosen)
    found = []
    while True:
        try:
            found.append(next(steps))
        except StopIteration as end:
            return found, end.value.images


@iterated
@goals
@given(seed=st.integers(0, 1000), share=st.floats(0.001, 1))
@settings(max_examples=10)
def test_the_best_is_kept(attack, goal, seed, share):
    batch, target = examples(seed=seed, numbers=seed, target=goal), victim()
    found, result = run(attack, batch, few(attack, share * attack.strength.high))
    best = target.margin(result, batch)
    for one in found:
        # The attack itself looked at places in the ball to the last bit; each is shown clipped to it.
        assert (best >= target.margin(one.images, batch) - 1e-3).all()
    assert (best >= target.margin(batch.images, batch) - 1e-3).all() or attack.name == "square"


@pytest.mark.parametrize("attack", [PGD(), PGDL2()], ids=["pgd", "pgd_l2"])
@goals
@given(seed=st.integers(0, 1000), restarts=st.integers(2, 4))
@settings(max_examples=10)
def test_more_restarts_never_lead_less_far(attack, goal, seed, restarts):
    batch, target = examples(seed=seed, numbers=seed, target=goal), victim()
    strength = 0.2 * attack.strength.high
    reached = [
        target.margin(run(attack, batch, few(attack, strength, restarts=number))[1], batch) for number in (1, restarts)
    ]
    assert (reached[1] >= reached[0]).all()


@iterated
@goals
def test_steps_are_numbered_and_as_many_as_announced(attack, goal):
    chosen = few(attack, 0.001)
    found, _ = run(attack, examples(target=goal), chosen)
    assert [one.step for one in found] == list(range(1, len(found) + 1))
    assert {one.steps for one in found} == {attack.steps(chosen)}
    assert len(found) <= attack.steps(chosen)


@iterated
@goals
def test_every_iterate_is_in_the_ball_and_within_the_bounds(attack, goal):
    batch = examples(seed=3, target=goal)
    strength = attack.strength.high / 4
    found, result = run(attack, batch, few(attack, strength))
    for images in [*(one.images for one in found), result]:
        assert images.min() >= 0
        assert images.max() <= 1
        change = (images - batch.images).reshape(len(images), -1)
        length = np.abs(change).max(axis=1) if attack.norm == "linf" else np.linalg.norm(change, axis=1)
        assert (length <= np.float32(strength)).all()


@iterated
def test_a_goal_is_reached_where_the_margin_is_larger_than_0(attack):
    for goal in (None, 7):
        batch = examples(8, seed=1, target=goal)
        target = victim()
        _, result = run(attack, batch, few(attack, attack.strength.high / 8))
        predicted = Prototypes().logits(result).argmax(axis=1)
        wanted = predicted != batch.labels if goal is None else predicted == goal
        assert np.array_equal(target.margin(result, batch) > 0, wanted)


@iterated
def test_a_target_is_reached(attack):
    batch, target = examples(4, seed=2, target=7), victim()
    _, result = run(attack, batch, attack.settings(attack.strength.high))
    assert (target.margin(batch.images, batch) < 0).any()
    assert (target.margin(result, batch) > 0).all()


@ascents
@given(count=st.integers(1, 4), steps=st.integers(1, 5), draws=st.integers(1, 3), restarts=st.integers(1, 3))
@settings(max_examples=10)
def test_gradients_are_steps_times_draws_times_images(attack, count, steps, draws, restarts):
    several = "restarts" in attack.settings()
    chosen = attack.settings(0.01, steps=steps, **({"restarts": restarts} if several else {}))
    target = Victim(Prototypes(), [(Randomization(), NO_SETTINGS)], draws)
    attack(target, examples(count), chosen)
    walks = restarts if several else 1
    expected = Effort(
        gradients=walks * steps * draws * count,
        queries=walks * draws * count,
        gradient_values=walks * steps * count * 3072,
    )
    assert Effort(target.effort.gradients, target.effort.queries, target.effort.gradient_values) == expected


@given(sharpness=st.floats(1, 100))
@settings(max_examples=10)
def test_the_margin_has_a_gradient_where_the_softmax_is_saturated(sharpness):
    classifier, batch = Prototypes(sharpness=sharpness), examples(10)
    # At the prototypes themselves the softmax is 1 to the last bit.
    places = classifier.prototypes
    target = Victim(classifier)
    assert not target.loss_gradient(places, batch).any()
    assert (target.loss_gradient(places, batch, Loss.MARGIN) != 0).mean() > 0.99
    assert target.effort.zero_share == pytest.approx(0.5, abs=0.01)


def test_the_margin_loss_succeeds_where_cross_entropy_sees_nothing():
    classifier, attack = Prototypes(sharpness=10), PGD()
    batch = examples(10)
    at_rest = replace(batch, images=classifier.prototypes)

    def successes(loss):
        chosen = attack.settings(0.3, loss=loss, random_start=False)
        return (Victim(classifier).margin(attack(Victim(classifier), at_rest, chosen).images, at_rest) > 0).sum()

    assert successes(Loss.CROSS_ENTROPY) == 0
    assert successes(Loss.MARGIN) > 5


def test_a_random_start_is_anywhere_in_the_ball():
    attack = PGD()
    batch = examples(4)
    chosen = attack.settings(0.1, steps=1, path=0.1)
    (first,), _ = run(attack, batch, chosen)
    inside = (batch.images > 0.11) & (batch.images < 0.89)
    change = (first.images - batch.images)[inside]
    # Uniform in [-0.1, 0.1], then one step of 0.01 up or down.
    np.testing.assert_allclose(np.quantile(change, [0.25, 0.5, 0.75]), [-0.05, 0, 0.05], atol=0.005)


def test_an_l2_start_is_in_the_ball_and_near_its_surface():
    attack = ATTACKS["pgd_l2"]
    batch = examples(4)
    (first,), _ = run(attack, batch, attack.settings(1.0, steps=1, path=0.1))
    lengths = np.linalg.norm((first.images - batch.images).reshape(4, -1), axis=1)
    # In 3,072 dimensions nearly all of a ball is near its surface; clipping to [0, 1] takes little.
    assert (lengths > 0.8).all()
    assert (lengths <= 1).all()


@pytest.mark.parametrize("attack", [PGDL2(), MIFGSM()], ids=["pgd_l2", "mi_fgsm"])
@given(seed=st.integers(0, 1000), size=st.floats(1e-30, 1e20))
def test_the_length_of_a_gradient_does_not_matter(attack, seed, size):
    gradient = np.random.default_rng(seed).standard_normal((2, 8, 8, 3)).astype(np.float32)
    gradient[1] = 0
    chosen, memory = attack.settings(), np.zeros_like(gradient)
    usual, scaled = (attack.direction(one, memory, chosen)[0] for one in (gradient, gradient * np.float32(size)))
    np.testing.assert_allclose(scaled, usual, atol=1e-6)
    assert usual[0].all()
    assert not usual[1].any()
