import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from advgui import images
from advgui.gui.widgets import pixels


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_bytes_survive_the_way_there_and_back(height: int, width: int, seed: int) -> None:
    before = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert np.array_equal(pixels.rgb(pixels.qimage_of_bytes(before)), before)


def test_an_image_owns_its_memory() -> None:
    array = np.zeros((5, 7, 3), np.uint8)
    image = pixels.qimage_of_bytes(array)
    array[:] = 255
    assert image.pixelColor(3, 3) == QColor(0, 0, 0)


def test_arrays_that_are_views_are_read_right() -> None:
    whole = np.random.default_rng(0).integers(0, 256, (10, 12, 3), dtype=np.uint8)
    view = whole[::2, 1::3]
    assert np.array_equal(pixels.rgb(pixels.qimage_of_bytes(view)), view)


def test_floats_are_rounded_as_everywhere() -> None:
    picture = np.random.default_rng(1).random((8, 9, 3), dtype=np.float32)
    assert np.array_equal(pixels.rgb(pixels.qimage(picture)), images.to_uint8(picture))


def test_what_is_transparent_is_laid_over_white() -> None:
    image = QImage(2, 1, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    image.setPixelColor(1, 0, QColor(255, 0, 0, 255))
    assert pixels.rgb(image).tolist() == [[[255, 255, 255], [255, 0, 0]]]


@pytest.mark.parametrize(
    ("available", "extent", "expected"), [(164, 40, 4), (160, 40, 4), (119, 40, 2.975), (100, 200, 0.5)]
)
def test_from_three_screen_pixels_on_they_are_whole(available: float, extent: int, expected: float) -> None:
    assert pixels.scale(available, extent) == expected


@given(st.integers(3, 9), st.integers(0, 99))
def test_enlarging_repeats_pixels_exactly(factor: int, seed: int) -> None:
    before = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    after = pixels.rgb(pixels.enlarged(pixels.qimage_of_bytes(before), float(factor)))
    assert np.array_equal(after, before.repeat(factor, 0).repeat(factor, 1))


def test_a_picture_larger_than_its_place_is_smoothed(qapp: QApplication) -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    after = pixels.rgb(pixels.enlarged(pixels.qimage_of_bytes(stripes), 0.25))
    assert after.shape == (16, 16, 3)
    assert 60 < after.mean() < 200
    assert after.std() < 60
