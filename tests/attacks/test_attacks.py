import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.attacks import ATTACKS, Attack, Examples, Memo
from advgui.attacks.base import within_l2, within_linf
from advgui.attacks.fgsm import FastGradientSign
from advgui.attacks.gaussian import GaussianNoise
from advgui.errors import ContractError
from advgui.parameters import Real, Settings
from advgui.victim import softmax
from tests import tiny
from tests.prototypes import Prototypes, examples, victim


def attacked(attack, batch, strength, **others):
    return attack(victim(), batch, attack.settings(strength, **others)).images


all_attacks = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


@all_attacks
@given(share=st.floats(0, 1), seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=30)
def test_results_are_finite_within_bounds_and_within_the_ball(attack, share, seed):
    batch = examples(numbers=seed)
    strength = share * attack.strength.high
    result = attacked(attack, batch, strength)
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1
    if attack.norm == "linf":
        assert np.abs(result - batch.images).max() <= np.float32(strength)


@given(strength=st.floats(0, 0.3), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=100)
def test_fgsm_never_leaves_the_ball_not_by_one_float(strength, seed):
    batch = examples(seed=seed)
    assert np.abs(attacked(FastGradientSign(), batch, strength) - batch.images).max() <= np.float32(strength)


@given(radius=st.floats(0, 1), seed=st.integers(0, 1000), reach=st.floats(0, 3))
@settings(deadline=None, max_examples=100)
def test_projections_end_inside_their_balls_and_leave_what_is_inside(radius, seed, reach):
    random = np.random.default_rng(seed)
    images = random.random((2, 8, 8, 3), dtype=np.float32)
    moved = images + np.float32(reach) * random.standard_normal(images.shape).astype(np.float32)
    assert np.abs(within_linf(moved, images, radius) - images).max() <= np.float32(radius)
    change = (within_l2(moved, images, radius) - images).astype(np.float64)
    lengths = np.sqrt(np.square(change).sum(axis=(1, 2, 3)))
    # Subtracting what was added rounds each of the 192 values by up to half a float at 1.
    assert lengths.max() <= radius + 1e-6
    assert np.array_equal(within_l2(images, images, radius), images)
    far = 10 * (1 + reach)
    assert np.array_equal(within_linf(moved, images, 100 * far), moved)
    assert np.array_equal(within_l2(moved, images, 100 * far), moved)


@all_attacks
def test_strength_zero_changes_nothing(attack):
    batch = examples(numbers=5)
    assert np.array_equal(attacked(attack, batch, 0.0), batch.images)


@all_attacks
def test_an_image_does_not_depend_on_its_neighbours(attack):
    batch = examples(5, numbers=3)
    whole = attacked(attack, batch, 0.1)
    for n in range(5):
        one = slice(n, n + 1)
        alone = Examples(batch.images[one], batch.labels[one], batch.indices[one], 3)
        assert np.array_equal(attacked(attack, alone, 0.1)[0], whole[n])


@all_attacks
def test_a_memo_changes_no_result(attack):
    memo = Memo()
    for strength in (0.1, 0.02, 0.3):
        kept = attack(victim(), examples(), attack.settings(strength), memo).images
        assert np.array_equal(kept, attacked(attack, examples(), strength))


def test_a_memo_saves_the_gradient():
    target, memo, attack = victim(), Memo(), FastGradientSign()
    for strength in (0.1, 0.2):
        attack(target, examples(), attack.settings(strength), memo)
    assert target.effort.gradients == len(examples())


def signs_by_hand(batch):
    """The sign of the cross-entropy's gradient: towards the likely prototypes, and away from the true one."""
    classifier = Prototypes()
    weights = softmax(classifier.logits(batch.images))
    mean = np.tensordot(weights, classifier.prototypes, 1)
    return np.sign(mean - classifier.prototypes[batch.labels])


def test_fgsm_by_hand():
    batch = examples()
    expected = np.clip(batch.images + np.float32(0.1) * signs_by_hand(batch), 0, 1)
    np.testing.assert_allclose(attacked(FastGradientSign(), batch, 0.1), expected, atol=1e-7)


def test_the_clipped_share_by_hand():
    attack, batch = FastGradientSign(), examples()
    moved = batch.images + np.float32(0.1) * signs_by_hand(batch)
    outside = ((moved < 0) | (moved > 1)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(attack(victim(), batch, attack.settings(0.1)).clipped, outside, atol=1e-7)


def test_noise_is_standard_normal_scales_with_the_strength_and_belongs_to_the_image():
    attack, batch = GaussianNoise(), examples(50, numbers=3)
    noise = attack.direction(victim(), batch)
    # 153,600 values: the mean is within 5 standard errors of 0 and the deviation close to 1.
    assert abs(noise.mean()) < 5 / np.sqrt(noise.size)
    assert abs(noise.std() - 1) < 0.02
    backwards = Examples(batch.images, batch.labels, batch.indices[::-1], 3)
    assert np.array_equal(noise[::-1], attack.direction(victim(), backwards))
    assert not np.array_equal(noise, attack.direction(victim(), examples(50, numbers=4)))
    grey = Examples(np.full_like(batch.images, 0.5), batch.labels, batch.indices, 3)
    weak, strong = (attacked(attack, grey, strength) for strength in (0.01, 0.02))
    np.testing.assert_allclose(strong - 0.5, 2 * (weak - 0.5), atol=1e-6)


def test_negative_indices_have_noise_of_their_own():
    batch = Examples(tiny.images(2), np.arange(2), np.array([-1, -2]))
    first, second = GaussianNoise().direction(victim(), batch)
    assert not np.array_equal(first, second)


@all_attacks
@pytest.mark.parametrize("strength", [-0.1, np.nan, np.inf, 5.1])
def test_a_strength_out_of_range_is_refused(attack, strength):
    with pytest.raises(ValueError, match="expected a number from"):
        attack(victim(), examples(), Settings(((attack.parameters[0].name, float(strength)),)))


@pytest.mark.parametrize("spoil", [lambda x: x.astype(np.float64), lambda x: x[0], lambda x: x * np.float32(np.nan)])
def test_images_of_another_kind_are_refused(spoil):
    batch = examples()
    with pytest.raises(ValueError, match="expected finite float32"):
        Examples(spoil(batch.images), batch.labels, batch.indices)


def test_labels_of_another_length_are_refused():
    batch = examples()
    with pytest.raises(ValueError, match="labels"):
        Examples(batch.images, batch.labels[:2], batch.indices)


class Broken(Attack):
    name = "broken"
    label = "Broken"
    parameters = (Real("size", "Size", 0, 1, 0.5, 0.1, ""),)

    def __init__(self, spoil):
        self.spoil = spoil

    def perturbed(self, target, examples, settings, memo):
        return self.spoil(examples.images)


@pytest.mark.parametrize(
    "spoil",
    [lambda x: x.astype(np.float64), lambda x: x[:1], lambda x: x * np.float32(np.inf), lambda _: None, list],
)
def test_an_attack_that_returns_something_else_than_images_is_named(spoil):
    with pytest.raises(ContractError, match="The attack 'broken' returned"):
        Broken(spoil)(victim(), examples())


def test_the_papers_attacks_come_first():
    assert list(ATTACKS)[:2] == ["gaussian", "fgsm"]


@all_attacks
def test_every_attack_starts_with_a_strength_from_nothing(attack):
    assert attack.strength.low == 0
    assert {parameter.name for parameter in attack.parameters} == set(attack.settings())
