"""Pictures of every kind, good and bad, and the arithmetic of pixels."""

import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from advgui.errors import PictureError
from advgui.images import Picture, amplified, load_picture, picture_from_rgb, to_float, to_uint8
from tests.corpus import BAD, ORIGINALS, gradient, mutated, noise, png_claiming, saved, tiff_claiming


def shown(picture: Picture) -> np.ndarray:
    """The pixels, after a check of everything that holds for every picture."""
    height, width, channels = picture.pixels.shape
    assert channels == 3
    assert picture.pixels.dtype == np.float32
    assert not picture.pixels.flags.writeable
    assert height % 8 == width % 8 == 0
    assert 8 <= max(height, width) <= 128
    assert 0 <= picture.pixels.min() <= picture.pixels.max() <= 1
    return to_uint8(picture.pixels)


# Arithmetic


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=4)))
def test_pixels_survive_the_way_to_floats_and_back(pixels: np.ndarray) -> None:
    floats = to_float(pixels)
    assert floats.dtype == np.float32
    assert floats.min() >= 0
    assert floats.max() <= 1
    assert np.array_equal(to_uint8(floats), pixels)


@given(arrays.arrays(np.float32, (5,), elements=st.floats(-3, 3, width=32)))
def test_floats_are_clipped_and_rounded_to_the_nearest(values: np.ndarray) -> None:
    expected = np.clip(values.astype(np.float64), 0, 1) * 255
    assert np.abs(to_uint8(values) - expected).max() <= 0.5 + 1e-4


@given(st.floats(0, 1000))
def test_no_change_is_mid_grey_at_every_gain(gain: float) -> None:
    assert (amplified(np.zeros((2, 2, 3), np.float32), gain) == 0.5).all()


def test_a_perturbation_is_amplified_around_grey_and_clipped() -> None:
    image = amplified(np.array([-0.1, 0.02, 0.1], np.float32), 10)
    assert image.dtype == np.float32
    assert np.allclose(image, [0, 0.7, 1])


# Sizes


def test_a_picture_of_32x32_is_unchanged_bit_for_bit() -> None:
    picture = load_picture(saved(noise(32, 32), "PNG"), "noise.png")
    assert np.array_equal(shown(picture), np.asarray(noise(32, 32)))
    assert (picture.name, picture.note) == ("noise.png", "")


@pytest.mark.parametrize(
    ("size", "expected", "verb"),
    [
        ((1, 1), (8, 8), "scaled"),
        ((33, 33), (32, 32), "scaled down"),
        ((12, 12), (16, 16), "scaled"),
        ((640, 480), (128, 96), "scaled down"),
        ((480, 640), (96, 128), "scaled down"),
        ((129, 128), (128, 128), "scaled down"),
        ((1600, 100), (128, 8), "scaled down"),
        ((3000, 200), (128, 8), "scaled down"),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_other_sizes_are_scaled_and_the_note_says_from_what(
    size: tuple[int, int], expected: tuple[int, int], verb: str, kind: str
) -> None:
    picture = load_picture(saved(gradient(*size), kind), longest_side=128)
    assert shown(picture).shape == (*expected[::-1], 3)
    assert picture.note == f"{verb} from {size[0]}x{size[1]} to {expected[0]}x{expected[1]}"


def test_a_photograph_opens_at_the_size_of_cifar10() -> None:
    picture = load_picture(saved(gradient(640, 480), "PNG"))
    assert shown(picture).shape == (24, 32, 3)
    assert picture.note == "scaled down from 640x480 to 32x24"


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1", "I;16", "F"])
def test_a_large_picture_looks_like_the_small_one(mode: str) -> None:
    pixels = np.zeros((900, 1200), np.uint8)
    pixels[:450, 600:] = 255  # the upper right quarter is white
    image = Image.fromarray(pixels)
    if mode == "I;16":
        image = Image.fromarray(pixels.astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(pixels.astype(np.float32) / 255)
    else:
        image = image.convert(mode)
    seen = shown(load_picture(saved(image, "TIFF" if mode == "F" else "PNG"), longest_side=128))
    assert seen.shape == (96, 128, 3)
    assert (seen[:46, 66:] > 250).all()
    assert (seen[50:] < 5).all()
    assert (seen[:, :62] < 5).all()


def test_pixels_from_the_clipboard() -> None:
    picture = picture_from_rgb(np.asarray(noise(32, 32)), "clipboard")
    assert np.array_equal(shown(picture), np.asarray(noise(32, 32)))
    assert picture.note == ""
    assert picture_from_rgb(np.zeros((300, 600, 3), np.uint8), "x").note == "scaled down from 600x300 to 32x16"
    with pytest.raises(PictureError, match="has no pixels"):
        picture_from_rgb(np.zeros((0, 5, 3), np.uint8), "clipboard")
    with pytest.raises(PictureError, match="16 times"):
        picture_from_rgb(np.zeros((1, 4000, 3), np.uint8), "clipboard")


# Kinds


LOSSLESS = [(kind, mode) for kind in ("PNG", "TIFF", "WEBP") for mode in ("RGB", "RGBA", "L", "LA", "P", "1")] + [
    *(("BMP", mode) for mode in ("RGB", "RGBA", "L", "P", "1")),
    *(("GIF", mode) for mode in ("L", "P", "1")),
]


@pytest.mark.parametrize(("kind", "mode"), LOSSLESS)
def test_lossless_kinds_show_the_same_pixels(kind: str, mode: str) -> None:
    image = gradient(32, 32).quantize(64).convert("RGB").convert(mode)
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(shown(load_picture(saved(image, kind, **options))), np.asarray(image.convert("RGB")))


def test_jpeg_is_close_to_the_picture() -> None:
    seen = shown(load_picture(saved(gradient(32, 32), "JPEG", quality=95)))
    assert np.abs(seen.astype(int) - np.asarray(gradient(32, 32))).max() < 12


def test_the_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(saved(noise(32, 32), "PNG"))
    picture = load_picture(path)
    assert np.array_equal(shown(picture), np.asarray(noise(32, 32)))
    assert picture.name == "picture.jpg"


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_16_bits_are_scaled_and_not_clipped(kind: str) -> None:
    values = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype(np.uint16)
    seen = shown(load_picture(saved(Image.fromarray(values), kind)))
    assert np.abs(seen[..., 0] - values / 257).max() <= 0.51
    assert (seen[..., 0] == seen[..., 1]).all()


def test_16_bits_big_endian() -> None:
    values = np.linspace(0, 65535, 32 * 32).reshape(32, 32).astype(np.uint16)
    content = bytearray(saved(Image.fromarray(values), "TIFF"))
    image = Image.frombytes("I;16B", (32, 32), values.astype(">u2").tobytes())
    assert np.array_equal(shown(load_picture(saved(image, "TIFF"))), shown(load_picture(bytes(content))))


def test_16_bits_in_colour() -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 65535, 32768, 0) * 8 for _ in range(8))
    seen = shown(load_picture(png_claiming(8, 8, rows, depth=16)))
    assert np.abs(seen.astype(int) - [255, 128, 0]).max() <= 1


def test_integers_with_more_than_16_bits_are_scaled_to_their_largest() -> None:
    values = np.full((16, 16), 500_000, np.int32)
    values[8:] = 1_000_000
    seen = shown(load_picture(saved(Image.fromarray(values), "TIFF")))
    assert (seen[:8] == 128).all()
    assert (seen[8:] == 255).all()


@pytest.mark.parametrize("largest", [1.0, 4000.0])
def test_floats_are_scaled_to_what_they_hold(largest: float) -> None:
    values = np.linspace(0, largest, 64, dtype=np.float32).reshape(8, 8)
    seen = shown(load_picture(saved(Image.fromarray(values), "TIFF")))
    assert np.abs(seen[..., 1] - values / largest * 255).max() <= 0.51


def test_cmyk() -> None:
    white, ink = Image.new("CMYK", (32, 32), 0), Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    assert (shown(load_picture(saved(white, "TIFF"))) == 255).all()
    assert (shown(load_picture(saved(white, "JPEG"))) >= 253).all()
    assert np.abs(shown(load_picture(saved(ink, "JPEG"))).astype(int) - [255, 0, 0]).max() < 4


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA", "L", "RGB", "I;16"])
def test_what_is_transparent_is_laid_over_white(mode: str) -> None:
    black = np.zeros((32, 32), np.uint8)
    black[:, 16:] = 100
    if mode in {"RGBA", "LA"}:
        image = Image.fromarray(black).convert(mode)
        image.putalpha(Image.fromarray(np.where(black == 0, 0, 255).astype(np.uint8)))
        content = saved(image, "PNG")
    elif mode == "I;16":
        content = saved(Image.fromarray(black.astype(np.uint16) * 257), "PNG", transparency=0)
    else:
        image = Image.fromarray(black)
        image = image if mode == "L" else image.convert(mode)
        key = image.getpixel((0, 0))
        content = saved(image, "PNG", transparency=key)
    seen = shown(load_picture(content))
    assert (seen[:, :16] == 255).all()
    assert np.abs(seen[:, 16:].astype(int) - 100).max() <= 1


def test_a_half_transparent_palette() -> None:
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, 0, 0, 0])
    seen = shown(load_picture(saved(image, "PNG", transparency=bytes([255, 128]))))
    assert np.abs(seen.astype(int) - 127).max() <= 1


def test_the_first_frame_of_an_animation_is_shown() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    for kind in ("GIF", "PNG", "TIFF"):
        content = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        assert (shown(load_picture(content)) == [255, 0, 0]).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("scale", [1, 40])
def test_exif_orientation_is_applied(orientation: int, kind: str, scale: int) -> None:
    upright = np.full((24 * scale, 32 * scale, 3), 128, np.uint8)
    upright[: 8 * scale, : 8 * scale] = 255  # a white corner at the upper left
    upright[: 8 * scale, -8 * scale :] = 0  # a black one at the upper right
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation](upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = load_picture(saved(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif), longest_side=128)
    seen = shown(picture).astype(int)
    assert seen.shape == ((24, 32, 3) if scale == 1 else (96, 128, 3))
    corner = seen.shape[0] // 3
    assert seen[: corner - 1, : corner - 1].mean() > 245
    assert seen[: corner - 1, -corner + 1 :].mean() < 10
    assert np.abs(seen[corner + 2 :] - 128).mean() < 3
    assert picture.note == ("" if scale == 1 else "scaled down from 1280x960 to 128x96")


def test_damaged_exif_data_do_not_hide_the_picture() -> None:
    content = saved(gradient(32, 32), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xee" * 40)
    assert np.array_equal(shown(load_picture(content)), shown(load_picture(saved(gradient(32, 32), "JPEG"))))


# Bad ones


@pytest.mark.parametrize("kind", BAD)
def test_bad_pictures_are_refused_with_the_reason(kind: str, tmp_path: Path) -> None:
    content, message = BAD[kind]
    path = tmp_path / "holiday.png"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(PictureError, match=message) as raised:
            load_picture(source, "holiday.png")
        assert "'holiday.png'" in str(raised.value)
        assert "<_io" not in str(raised.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="is a folder, expected a picture"):
        load_picture(tmp_path)
    with pytest.raises(PictureError, match="cannot be read"):
        load_picture(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="cannot be read"):
        load_picture(Path("null\0character.png"))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file that never ends")
def test_a_device_is_refused() -> None:
    with pytest.raises(PictureError, match="is not a file"):
        load_picture(Path("/dev/zero"))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(600_000_000)  # sparse: takes no room
    with pytest.raises(PictureError, match="600 MB, expected at most 512 MB"):
        load_picture(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs permission bits that hold for this user")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(saved(noise(8, 8), "PNG"))
    path.chmod(0)
    with pytest.raises(PictureError, match="cannot be read: Permission denied"):
        load_picture(path)


MEASURED = """
import resource, sys
from pathlib import Path
from advgui.images import load_picture
load_picture(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
picture = load_picture(Path(sys.argv[2]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(picture.pixels.shape, picture.note, (after - before) * (1 if sys.platform == "darwin" else 1024), sep=";")
"""


@pytest.mark.skipif(os.name == "nt", reason="needs getrusage")
@pytest.mark.parametrize("kind", ["RGB", "RGBA", "16 bits", "JPEG"])
def test_the_largest_pictures_take_bounded_memory(kind: str, tmp_path: Path) -> None:
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    small.write_bytes(saved(gradient(300, 300), "PNG"))
    if kind == "JPEG":
        large.write_bytes(saved(Image.new("L", (12_000, 9_000), 90), "JPEG"))
    else:
        depth, colour, size = {"RGB": (8, 2, 3), "RGBA": (8, 6, 4), "16 bits": (16, 0, 2)}[kind]
        large.write_bytes(png_claiming(12_000, 9_000, bytes((1 + 12_000 * size) * 9_000), depth, colour))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(small), str(large)], capture_output=True, text=True, check=True
    )
    shape, note, grown = done.stdout.strip().split(";")
    assert shape == "(24, 32, 3)"
    assert note == "scaled down from 12000x9000 to 32x24"
    assert int(grown) < (60e6 if kind == "JPEG" else 600e6)


def test_the_header_of_a_refused_tiff_is_otherwise_right() -> None:
    """In strips of few rows the same file would be decoded, and its content is what is wrong then."""
    with pytest.raises(PictureError, match="cannot be opened as a picture"):
        load_picture(tiff_claiming(12_000, 9_000, 4, 16, 1, 8))


MUTATIONS = 200


def test_damaged_files_give_a_picture_or_a_clear_error() -> None:
    generator = random.Random(2026)
    originals = [make() for make in ORIGINALS.values()]
    messages = []
    for number in range(MUTATIONS):
        content = mutated(originals[number % len(originals)], generator)
        try:
            shown(load_picture(content, "damaged"))
        except PictureError as error:
            messages.append(str(error))
    assert 0 < len(messages) < MUTATIONS
    assert all(message.startswith("'damaged' ") for message in messages)


# What would take minutes


def test_a_jpeg_of_thousands_of_scans() -> None:
    content = saved(gradient(64, 48), "JPEG", progressive=True)
    assert shown(load_picture(content)).shape == (24, 32, 3)
    last = content.rindex(b"\xff\xda")
    scan, end = content[last:-2], content[-2:]
    with pytest.raises(PictureError, match=r"JPEG of [\d,]+ scans, expected at most 100. Save it again"):
        load_picture(content[:-2] + scan * 3000 + end)


def test_a_ppm_with_an_endless_comment() -> None:
    assert shown(load_picture(b"P6\n#" + b"x" * 1000 + b"\n8 8\n255\n" + bytes(192))).shape == (8, 8, 3)
    with pytest.raises(PictureError, match=r"more than 500,000 pieces.*expected"):
        load_picture(b"P6\n#" + b"x" * 1_000_000 + b"\n8 8\n255\n" + bytes(192))


def test_a_png_of_a_million_chunks() -> None:
    content = saved(gradient(8, 8), "PNG")
    note = b"\0\0\0\0tEXt" + struct.pack(">L", zlib.crc32(b"tEXt"))
    with pytest.raises(PictureError, match="more than 500,000 pieces"):
        load_picture(content[:33] + note * 300_000 + content[33:])
