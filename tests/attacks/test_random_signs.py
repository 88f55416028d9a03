"""Random signs: as large as FGSM, and blind."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from advgui.attacks import Access, Examples
from advgui.attacks.fgsm import FastGradientSign
from advgui.attacks.random_signs import RandomSigns
from advgui.outcomes import Effort
from tests import tiny
from tests.prototypes import victim


def grey(count=4, seed=0):
    """Images that nothing clips."""
    images = np.float32(0.35) + np.float32(0.3) * tiny.images(count)
    return Examples(images, np.arange(count), np.arange(count) + 7, seed)


@given(strength=st.floats(0, 0.3), seed=st.integers(0, 2**31))
def test_every_value_moves_by_the_strength_and_as_far_as_with_fgsm(strength, seed):
    attack, batch = RandomSigns(), grey(seed=seed)
    change = np.abs(attack(victim(), batch, attack.settings(strength)).images - batch.images)
    np.testing.assert_allclose(change, strength, atol=1e-6)
    twin = FastGradientSign()
    others = np.abs(twin(victim(), batch, twin.settings(strength)).images - batch.images)
    np.testing.assert_allclose(change, others, atol=1e-6)


def test_half_of_the_values_go_up_and_each_image_has_its_own():
    signs = RandomSigns().direction(victim(), grey())
    assert signs.dtype == np.float32
    assert set(np.unique(signs)) == {-1, 1}
    # 3,072 fair coins an image: five standard deviations are 277.
    assert (np.abs(signs.sum(axis=(1, 2, 3))) < 300).all()
    assert len({image.tobytes() for image in signs}) == len(signs)
    assert not np.array_equal(signs, RandomSigns().direction(victim(), grey(seed=1)))


def test_it_asks_nothing():
    target = victim()
    RandomSigns()(target, grey())
    assert target.effort == Effort()
    assert RandomSigns.access is Access.NOTHING
