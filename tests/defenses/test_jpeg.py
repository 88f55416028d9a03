"""JPEG as a mitigation."""

import io

import numpy as np
import pytest
from PIL import Image

from advgui import images
from advgui.defenses import DEFENSES
from advgui.defenses.jpeg import Jpeg
from advgui.parameters import NO_SETTINGS
from advgui.randomness import Stream
from tests import tiny


def passed(batch, **settings):
    jpeg = Jpeg()
    step = jpeg.step(jpeg.settings(**settings), batch.shape[1:3], 0, Stream.DEFENDER, np.arange(len(batch)), 0)
    return step.forward(batch)


@pytest.mark.parametrize("quality", [1, 10, 75, 100])
def test_it_is_what_a_file_of_that_quality_holds_and_always_the_same(samples, quality):
    batch = images.to_float(samples.images[:3])
    result = passed(batch, quality=quality)
    assert np.array_equal(result, passed(batch, quality=quality))
    file = io.BytesIO()
    Image.fromarray(samples.images[1]).save(file, "jpeg", quality=quality)
    assert np.array_equal(result[1], images.to_float(np.asarray(Image.open(file))[None])[0])


def test_the_better_the_quality_the_nearer_the_image(samples):
    batch = images.to_float(samples.images)
    errors = [float(np.abs(passed(batch, quality=quality) - batch).mean()) for quality in (5, 25, 50, 75, 100)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.02 < errors[0]


def test_any_size_and_an_image_by_itself():
    batch = tiny.images(3, size=24)[:, :16]
    whole = passed(batch)
    assert whole.shape == batch.shape
    assert np.array_equal(passed(batch[1:2])[0], whole[1])


def test_an_attacker_passes_the_gradient_as_it_is():
    batch = tiny.images(2)
    step = Jpeg().step(Jpeg().settings(), (32, 32), 0, Stream.ATTACKER, np.arange(2), 0)
    assert np.array_equal(step.backward(batch, batch), batch)
    assert Jpeg.known_break


def test_it_is_in_the_list_with_its_quality():
    assert DEFENSES["jpeg"].settings() == NO_SETTINGS.replaced(quality=75)
    with pytest.raises(ValueError, match="'quality' is 0, expected a whole number from 1 to 100"):
        Jpeg().settings(quality=0)
