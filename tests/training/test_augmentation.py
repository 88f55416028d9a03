import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.models.architectures import TRAINING_MEAN
from advgui.training.augmentation import COARSE, FULL, NATIVE, View, augment, cover, draw_view
from tests import tiny

views = st.builds(
    lambda smallest, extra, room: View(smallest, smallest + extra, smallest + extra + room),
    st.integers(16, 40), st.integers(0, 8), st.integers(0, 8),
)  # fmt: skip


@given(view=views, seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_images_stay_in_range_on_the_views_canvas(view, seed):
    result = augment(tiny.images(3), view, np.random.default_rng(seed))
    assert result.shape == (3, view.canvas, view.canvas, 3)
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1 + 1e-5


def test_the_generator_alone_decides():
    first, second, other = (augment(tiny.images(8), FULL[2], np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_without_a_shift_the_native_view_only_flips():
    images = tiny.images(64)
    result = augment(images, NATIVE, np.random.default_rng(0), largest_shift=0)
    kept = np.array([np.array_equal(a, b) for a, b in zip(result, images, strict=True)])
    flipped = np.array([np.array_equal(a, b[:, ::-1]) for a, b in zip(result, images, strict=True)])
    assert (kept ^ flipped).all()
    assert 10 < flipped.sum() < 54


def test_a_shift_fills_from_the_mirror_image():
    images = tiny.images(16)
    result = augment(images, NATIVE, np.random.default_rng(1), largest_shift=2)
    for image, shifted in zip(images, result, strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="reflect")
        candidates = [
            source[top : top + 32, left : left + 32]
            for top in range(5)
            for left in range(5)
            for source in (padded, padded[:, ::-1])
        ]
        assert any(np.allclose(shifted, candidate, atol=1e-6) for candidate in candidates)


def test_every_view_with_a_weight_is_drawn():
    generator = np.random.default_rng(0)
    for choice in (COARSE, FULL):
        assert {draw_view(choice, generator) for _ in range(200)} == set(choice)


@given(st.integers(8, 40), st.integers(0, 99))
def test_a_square_of_each_image_is_covered_and_nothing_else_changes(size: int, seed: int) -> None:
    images = np.random.default_rng(seed).random((5, size, size, 3), dtype=np.float32)
    before = images.copy()
    covered = cover(images, np.random.default_rng(seed))
    assert np.array_equal(images, before)
    assert covered.dtype == np.float32
    for image, original in zip(covered, images, strict=True):
        rows, columns = np.nonzero((image != original).any(axis=2))
        assert np.all(image[rows, columns] == np.float32(TRAINING_MEAN))
        # A whole square, or what of it is inside.
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert len(rows) == height * width
        assert max(height, width) <= 0.3 * size + 1
