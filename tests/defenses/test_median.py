"""The median filter as a mitigation."""

import numpy as np
import pytest
from scipy import ndimage

from advgui.defenses import DEFENSES
from advgui.defenses.median import MedianFilter
from advgui.randomness import Stream
from tests import tiny


def passed(batch, **settings):
    median = MedianFilter()
    step = median.step(median.settings(**settings), batch.shape[1:3], 0, Stream.DEFENDER, np.arange(len(batch)), 0)
    return step.forward(batch)


@pytest.mark.parametrize("size", ["3", "5", "7"])
def test_it_is_scipys_median_filter(size):
    batch = tiny.images(3, size=24)[:, :16]
    result = passed(batch, size=size)
    # What NumPy calls "reflect" is "mirror" there.
    expected = np.stack([ndimage.median_filter(image, (int(size), int(size), 1), mode="mirror") for image in batch])
    assert result.dtype == np.float32
    assert np.array_equal(result, expected)
    assert np.array_equal(passed(batch[1:2], size=size)[0], result[1])


def test_single_values_that_stand_out_are_gone():
    flat = np.full((1, 16, 16, 3), 0.5, np.float32)
    speckled = flat.copy()
    speckled[0, 3::4, 3::4] = 1
    assert np.array_equal(passed(speckled), flat)


def test_an_attacker_passes_the_gradient_as_it_is():
    batch = tiny.images(2)
    step = MedianFilter().step(MedianFilter().settings(), (32, 32), 0, Stream.ATTACKER, np.arange(2), 0)
    assert np.array_equal(step.backward(batch, batch), batch)
    assert MedianFilter.known_break


def test_it_is_in_the_list_with_its_sizes():
    assert dict(DEFENSES["median"].settings()) == {"size": "3"}
    with pytest.raises(ValueError, match="'size' is '4', expected one of 3, 5, 7"):
        MedianFilter().settings(size="4")
