import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.defenses import DEFENSES, Defense
from advgui.defenses.autoencoder import Autoencoder
from advgui.defenses.randomization import PublishedRandomization, Randomization
from advgui.errors import ContractError
from advgui.parameters import NO_SETTINGS
from advgui.randomness import Stream
from tests import tiny

SIZES = st.sampled_from([8, 16, 32, 64])


def _covered(matrix):
    """The canvas lines that a one-image matrix fills."""
    return np.flatnonzero(matrix.sum(axis=1))


@given(smallest=st.integers(16, 40), extra=st.integers(0, 10), room=st.integers(0, 10), seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=50)
def test_a_side_within_the_range_lies_whole_on_the_canvas(smallest, extra, room, seed):
    layer = Randomization(smallest, smallest + extra, smallest + extra + room)
    placement = layer.draw(32, 32, seed, [4])
    for matrix in (placement.rows[0], placement.columns[0]):
        lines = _covered(matrix)
        assert len(matrix) == layer.canvas
        assert smallest <= len(lines) <= smallest + extra
        assert np.array_equal(lines, np.arange(lines[0], lines[0] + len(lines)))
    # One side for both axes.
    assert len(_covered(placement.rows[0])) == len(_covered(placement.columns[0]))


@pytest.mark.parametrize("layer", [Randomization(), PublishedRandomization()], ids=["xie", "published"])
@given(height=SIZES, width=SIZES)
@settings(deadline=None, max_examples=16)
def test_one_canvas_for_a_batch_and_values_within_range(layer, height, width):
    images = np.random.default_rng(0).random((3, height, width, 3), dtype=np.float32)
    result = layer.apply(images, layer.draw(height, width, 0, [0, 1, 2]))
    assert result.shape == (3, round(height * layer.canvas / 32), round(width * layer.canvas / 32), 3)
    assert result.min() >= 0
    assert result.max() <= 1 + 1e-6


@pytest.mark.parametrize("layer", [Randomization(), PublishedRandomization()], ids=["xie", "published"])
def test_what_is_drawn_depends_on_seed_index_and_draw_alone(layer):
    def drawn(seed, indices, draw=0):
        placement = layer.draw(32, 32, seed, indices, draw)
        return np.concatenate([placement.rows, placement.columns], axis=1)

    whole = drawn(1, range(20))
    assert np.array_equal(whole[::-1], drawn(1, range(19, -1, -1)))
    assert np.array_equal(whole[7:8], drawn(1, [7]))
    assert not np.array_equal(whole, drawn(2, range(20)))
    assert not np.array_equal(whole, drawn(1, range(20), draw=1))


def test_nearest_placement_by_hand():
    layer = Randomization(32, 32, 40, "nearest")
    image = tiny.images(1)
    placement = layer.draw(32, 32, 5, [0])
    top, left = _covered(placement.rows[0])[0], _covered(placement.columns[0])[0]
    expected = np.zeros((1, 40, 40, 3), np.float32)
    expected[:, top : top + 32, left : left + 32] = image
    assert np.array_equal(layer.apply(image, placement), expected)


def test_every_side_and_the_outermost_offsets_are_drawn():
    layer = Randomization(32, 34, 34, "nearest")
    seen = {
        (len(lines), int(lines[0])) for rows in layer.draw(32, 32, 0, range(400)).rows for lines in [_covered(rows)]
    }
    assert seen == {(32, 0), (32, 1), (32, 2), (33, 0), (33, 1), (34, 0)}


@pytest.mark.parametrize("sides", [(0, 3, 4), (5, 4, 6), (3, 5, 4)])
def test_impossible_ranges_are_refused(sides):
    with pytest.raises(ValueError, match="smallest <= largest <= canvas"):
        Randomization(*sides)


def test_the_autoencoder_refuses_odd_sizes():
    with pytest.raises(ValueError, match="even height and width"):
        Autoencoder(lambda images: images).forward(np.zeros((1, 31, 32, 3), np.float32), NO_SETTINGS)


def test_no_draw_of_the_defaults_leaves_an_image_as_it_is():
    white = np.ones((300, 32, 32, 3), np.float32)
    layer = Randomization()
    assert (layer.apply(white, layer.draw(32, 32, 0, range(300))).min(axis=(1, 2, 3)) == 0).all()


def test_the_attackers_draws_are_not_the_defenders():
    layer = Randomization()
    ours, theirs = (layer.draw(32, 32, 0, range(20), 0, stream) for stream in (Stream.DEFENDER, Stream.ATTACKER))
    assert not np.array_equal(ours.rows, theirs.rows)


@pytest.mark.parametrize("layer", [Randomization(), PublishedRandomization()], ids=["xie", "published"])
def test_the_gradient_goes_back_through_what_was_drawn(layer):
    """Forward is linear, so <forward(x), g> = <x, backward(g)> for every x and g."""
    random = np.random.default_rng(1)
    images = random.random((4, 32, 32, 3), dtype=np.float32)
    step = layer.step(NO_SETTINGS, (32, 32), 3, Stream.ATTACKER, np.arange(4), 5)
    forward = step.forward(images)
    gradient = random.standard_normal(forward.shape).astype(np.float32)
    back = step.backward(images, gradient)
    assert back.shape == images.shape
    np.testing.assert_allclose((forward * gradient).sum(axis=(1, 2, 3)), (images * back).sum(axis=(1, 2, 3)), rtol=1e-3)


class Broken(Defense):
    name = "broken"
    label = "Broken"

    def __init__(self, spoil):
        self.spoil = spoil

    def forward(self, images, settings):
        return self.spoil(images)


def step_of(defense, size=(32, 32)):
    return defense.step(NO_SETTINGS, size, 0, Stream.DEFENDER, np.arange(2), 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x.astype(np.float64),
        lambda x: x[:1],
        lambda x: x[..., :1],
        lambda x: x + np.float32(1),
        lambda x: x * np.float32(np.nan),
        lambda _: None,
    ],
)
def test_a_mitigation_that_returns_something_else_than_images_is_named(spoil):
    with pytest.raises(ContractError, match="The mitigation 'broken' returned"):
        step_of(Broken(spoil)).forward(tiny.images(2))


def test_without_a_gradient_of_its_own_a_step_is_passed_backwards_as_the_identity():
    images = tiny.images(2)
    step = step_of(Broken(np.round))
    assert np.array_equal(step.backward(images, images), images)


def test_the_identity_does_not_fit_a_step_that_changes_the_size():
    step = step_of(Broken(lambda images: images[:, ::2, ::2]))
    smaller = step.forward(tiny.images(2))
    with pytest.raises(ContractError, match="needs a 'backward' of its own"):
        step.backward(tiny.images(2), smaller)


def test_a_mitigation_that_does_nothing_at_all_is_named():
    class Empty(Defense):
        name = "empty"

    with pytest.raises(ContractError, match="neither 'forward' nor 'drawn'"):
        step_of(Empty()).forward(tiny.images(2))


def test_the_papers_mitigations_come_first():
    assert list(DEFENSES)[:2] == ["autoencoder", "randomization"]
    assert isinstance(DEFENSES["randomization"], Randomization)
