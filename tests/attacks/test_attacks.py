import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.attacks import ATTACKS, FastGradientSign, GaussianNoise
from advgui.types import Bounds
from tests import tiny


class Linear:
    """A target whose gradient is known: it points away from the mid-grey image."""

    bounds = Bounds()

    def loss_gradient(self, images, labels):
        return images - np.float32(0.5)


def _arguments(count=3, seed=0):
    return tiny.images(count, seed), np.arange(count), np.arange(count) + 7


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@given(strength=st.floats(0, 1), seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=30)
def test_results_are_finite_and_within_bounds(attack, strength, seed):
    images, labels, indices = _arguments()
    result = attack(Linear(), images, labels, strength, seed, indices)
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1


@given(strength=st.floats(0, 0.3), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=100)
def test_fgsm_never_leaves_the_ball_not_by_one_float(strength, seed):
    images, labels, indices = _arguments(seed=seed)
    result = FastGradientSign()(Linear(), images, labels, strength, 0, indices)
    assert np.abs(result - images).max() <= np.float32(strength)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_strength_zero_changes_nothing(attack):
    images, labels, indices = _arguments()
    assert np.array_equal(attack(Linear(), images, labels, 0.0, 5, indices), images)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_image_does_not_depend_on_its_neighbours(attack):
    images, labels, indices = _arguments(5)
    whole = attack(Linear(), images, labels, 0.1, 3, indices)
    for n in range(5):
        alone = attack(Linear(), images[n : n + 1], labels[n : n + 1], 0.1, 3, indices[n : n + 1])
        assert np.array_equal(alone[0], whole[n])


def test_fgsm_by_hand():
    images, labels, indices = _arguments()
    expected = np.clip(images + 0.1 * np.sign(images - 0.5), 0, 1)
    np.testing.assert_allclose(FastGradientSign()(Linear(), images, labels, 0.1, 0, indices), expected, atol=1e-7)


def test_noise_is_standard_normal_scales_with_the_strength_and_belongs_to_the_image():
    attack = GaussianNoise()
    images, labels, indices = _arguments(50)
    noise = attack.direction(Linear(), images, labels, 3, indices)
    # 153,600 values: the mean is within 5 standard errors of 0 and the deviation close to 1.
    assert abs(noise.mean()) < 5 / np.sqrt(noise.size)
    assert abs(noise.std() - 1) < 0.02
    assert np.array_equal(noise[::-1], attack.direction(Linear(), images, labels, 3, indices[::-1]))
    assert not np.array_equal(noise, attack.direction(Linear(), images, labels, 4, indices))
    grey = np.full_like(images, 0.5)
    weak, strong = (attack.apply(Bounds(), grey, noise, s) for s in (0.01, 0.02))
    np.testing.assert_allclose(strong - 0.5, 2 * (weak - 0.5), atol=1e-6)


def test_negative_indices_have_noise_of_their_own():
    images, labels, _ = _arguments(2)
    first, second = GaussianNoise().direction(Linear(), images, labels, 0, np.array([-1, -2]))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("strength", [-0.1, np.nan, np.inf])
def test_a_strength_out_of_range_is_refused(strength):
    images, labels, indices = _arguments()
    with pytest.raises(ValueError, match="expected a finite number"):
        GaussianNoise()(Linear(), images, labels, strength, 0, indices)


@pytest.mark.parametrize("spoil", [lambda x: x.astype(np.float64), lambda x: x[0], lambda x: x * np.float32(np.nan)])
def test_images_of_another_kind_are_refused(spoil):
    images, labels, indices = _arguments()
    with pytest.raises(ValueError, match="expected finite float32"):
        GaussianNoise().direction(Linear(), spoil(images), labels, 0, indices)


def test_labels_of_another_length_are_refused():
    images, labels, indices = _arguments()
    with pytest.raises(ValueError, match="labels"):
        GaussianNoise().direction(Linear(), images, labels[:2], 0, indices)


def test_every_default_lies_within_its_range():
    for attack in ATTACKS.values():
        assert attack.parameter.low <= attack.parameter.default <= attack.parameter.high
