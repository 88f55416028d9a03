"""The matrices do what TensorFlow, NumPy and a loop by hand do."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from advgui import geometry
from advgui.geometry import Method

sides = st.integers(1, 70)
methods = st.sampled_from(["nearest", "bilinear"])


@given(source=sides, target=sides, method=methods)
def test_resizing_blends_without_gain(source: int, target: int, method: Method) -> None:
    matrix = geometry.resizing(source, target, method)
    assert matrix.shape == (target, source)
    assert matrix.dtype == np.float32
    assert matrix.min() >= 0
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
    if method == "nearest":
        assert set(np.unique(matrix)) <= {0, 1}
    if source == target:
        np.testing.assert_array_equal(matrix, np.eye(source))


@given(height=sides, width=sides, to_height=sides, to_width=sides, method=methods, seed=st.integers(0, 99))
def test_resizing_equals_tensorflow(
    height: int, width: int, to_height: int, to_width: int, method: Method, seed: int
) -> None:
    image = np.random.default_rng(seed).random((1, height, width, 3), np.float32)
    rows = geometry.resizing(height, to_height, method)[None]
    columns = geometry.resizing(width, to_width, method)[None]
    ours = geometry.transform(image, rows, columns)[0]
    theirs = tf.image.resize(image, (to_height, to_width), method, antialias=False)[0].numpy()
    if method == "nearest":
        kept = np.ix_(~ties(height, to_height), ~ties(width, to_width))
        ours, theirs = ours[kept], theirs[kept]
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def ties(source: int, target: int) -> NDArray[np.bool_]:
    """Where a new pixel's centre is on the border of two old ones: TensorFlow's rounding then takes either."""
    return (2 * np.arange(target) + 1) * source % (2 * target) == 0


def test_nearest_takes_the_later_of_two_equally_near_pixels() -> None:
    assert ties(2, 61).nonzero()[0].tolist() == [30]
    assert geometry.resizing(2, 61, "nearest")[30].tolist() == [0, 1]


@given(source=sides, before=st.integers(0, 20), after=st.integers(0, 20))
def test_padding_equals_numpy(source: int, before: int, after: int) -> None:
    line = np.arange(1, source + 1, dtype=np.float32)
    np.testing.assert_array_equal(geometry.padding(source, before, after) @ line, np.pad(line, (before, after)))


@given(data=st.data(), source=sides, side=sides, method=methods)
def test_placing_puts_the_resized_line_where_it_was_told(
    data: st.DataObject, source: int, side: int, method: Method
) -> None:
    canvas = data.draw(st.integers(side, side + 20))
    offset = data.draw(st.integers(0, canvas - side))
    line = np.random.default_rng(0).random(source, np.float32)
    expected = np.zeros(canvas, np.float32)
    expected[offset : offset + side] = geometry.resizing(source, side, method) @ line
    placed = geometry.resized_and_placed(source, side, offset, canvas, method) @ line
    np.testing.assert_allclose(placed, expected, atol=1e-6)


@pytest.mark.parametrize(("side", "offset", "canvas"), [(33, 0, 32), (30, 3, 32), (30, -1, 32), (0, 0, 32)])
def test_what_does_not_fit_is_refused(side: int, offset: int, canvas: int) -> None:
    with pytest.raises(ValueError, match=f"A side of {side} px at offset {offset} does not fit"):
        geometry.resized_and_placed(32, side, offset, canvas, "nearest")


@given(data=st.data(), source=st.integers(2, 40), flip=st.booleans())
def test_reflected_shift_equals_a_loop(data: st.DataObject, source: int, flip: bool) -> None:
    shift = data.draw(st.integers(1 - source, source - 1))
    line = np.random.default_rng(0).random(source, np.float32)
    shifted = geometry.reflected_shift(source, shift, flip) @ line

    start = line[::-1] if flip else line
    expected = []
    for place in range(source):
        came_from = place - shift
        if came_from < 0:
            came_from = -came_from
        if came_from > source - 1:
            came_from = 2 * (source - 1) - came_from
        expected.append(start[came_from])
    np.testing.assert_array_equal(shifted, expected)
    # Away from the border it is a plain roll.
    inside = slice(max(shift, 0), source + min(shift, 0))
    np.testing.assert_array_equal(shifted[inside], np.roll(start, shift)[inside])


@given(count=st.integers(1, 4), height=sides, width=sides, channels=st.sampled_from([1, 3]), seed=st.integers(0, 99))
def test_transform_is_two_matrix_products_for_each_channel(
    count: int, height: int, width: int, channels: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    images = random.random((count, height, width, channels), np.float32)
    rows = random.random((count, 5, height), np.float32)
    columns = random.random((count, 7, width), np.float32)
    out = geometry.transform(images, rows, columns)
    assert out.shape == (count, 5, 7, channels)
    assert out.flags.c_contiguous
    for n in range(count):
        for channel in range(channels):
            expected = rows[n].astype(float) @ images[n, :, :, channel].astype(float) @ columns[n].T.astype(float)
            np.testing.assert_allclose(out[n, :, :, channel], expected, rtol=1e-4)


@pytest.mark.parametrize(
    "matrix",
    [
        geometry.resizing(4, 6, "bilinear"),
        geometry.padding(4, 1, 1),
        geometry.resized_and_placed(4, 4, 1, 6, "nearest"),
        geometry.reflected_shift(4, 1),
    ],
)
def test_remembered_matrices_cannot_be_changed(matrix: geometry.Matrix) -> None:
    with pytest.raises(ValueError, match="read-only"):
        matrix[0, 0] = 2
