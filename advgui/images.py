"""Pictures from files and the clipboard, and the arithmetic of pixels."""

import io
import math
import stat
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from advgui.errors import PictureError
from advgui.types import FloatArray

# What people have. Nothing that starts another program (EPS does) and nothing that is hardly ever used.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "DIB", "PPM", "ICO", "JPEG2000", "AVIF")
# These are decoded row by row into at most 4 bytes a pixel; for the others several copies are in memory at once.
_DECODED_BY_ROWS = ("PNG", "JPEG", "MPO", "TIFF", "BMP", "DIB", "PPM")
_MOST_PIXELS = 120_000_000  # the largest cameras of telephones have 12,000x9,000
_MOST_PIXELS_OTHERWISE = 40_000_000
_MOST_PIXELS_IN_JPEG2000 = 20_000_000  # up to 20 bytes a pixel while it is decoded
# These decoders are written in Python: a larger picture would take minutes.
_SLOW_DECODERS = ("ppm", "ppm_plain", "bmp_rle")
_MOST_PIXELS_SLOWLY = 4_000_000
_LARGEST_STRIP = 100_000_000  # bytes of a TIFF that are unpacked at once
_MOST_BYTES = 512_000_000
# Each scan of a progressive JPEG goes over the whole picture; ten or so are usual, and libtiff too stops at a hundred.
_MOST_SCANS = 100
_START_OF_SCAN = b"\xff\xda"
# Pillow reads headers in small pieces, some of them byte by byte: half a million take a second or two. A PNG of the
# largest size, with the usual chunks of 8 kB, takes 250,000.
_MOST_READINGS = 500_000
_STRIP_PIXELS = 1_000_000
_MOST_ELONGATED = 16
# Sides are multiples of this: the networks halve the side three times, and TensorFlow on a CPU keeps memory for every
# new size that it sees.
_GRID = 8
# What classifiers learn from: longest side in pixels, CIFAR-10's and those that transfer learning offers. On pictures
# four times as large as those it learned from, a classifier recognises next to nothing.
TRAINED_SIDE = 32
TRAINED_SIDES = range(32, 129, _GRID)
_ADVICE = "Choose a picture such as a PNG or JPEG file."

# EXIF orientation: what makes the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_float(images: NDArray[np.uint8]) -> FloatArray:
    """Return uint8 images as float32 in [0, 1] (divided by 255), same shape."""
    return images.astype(np.float32) / np.float32(255)


def to_uint8(images: FloatArray) -> NDArray[np.uint8]:
    """Return float images in [0, 1] as uint8, rounded; what lies outside is clipped. Inverse of `to_float`."""
    return np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)


def amplified(perturbation: FloatArray, gain: float) -> FloatArray:
    """Return a perturbation as an image: `0.5 + gain * perturbation`, clipped to [0, 1]; mid-grey is no change."""
    image: FloatArray = np.clip(np.float32(0.5) + np.float32(gain) * perturbation, 0, 1).astype(np.float32)
    return image


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that was opened.

    Attributes:
        pixels: float32 (H, W, 3) in [0, 1], read-only; H and W are multiples of 8.
        name: What people call it.
        note: What was done to it, such as "scaled down from 4000x3000 to 32x24"; "" if nothing.
        class_name: What is in it, as its owner says; "" where nobody has said it.
    """

    pixels: FloatArray
    name: str
    note: str = ""
    class_name: str = ""


def load_picture(source: Path | bytes, name: str | None = None, longest_side: int = TRAINED_SIDE) -> Picture:
    """Open a picture of any size and of any usual kind.

    The first frame counts, the EXIF orientation is applied, 16 bits are scaled to 8, and what is transparent is laid
    over white. The longer side is brought down to `longest_side`; a smaller picture keeps its size but for rounding to
    multiples of 8. Memory stays below some 700 MB, whatever the file says.

    Args:
        source: A file, or its content.
        name: What people call it; the file's name if None.
        longest_side: Largest side of the result in pixels, a multiple of 8.

    Raises:
        PictureError: It cannot be read, is not a picture, is damaged, too large or too elongated.
    """
    shown = name or (source.name if isinstance(source, Path) else "picture")
    with _opened(source, shown) as file:
        try:
            small, original = _decoded(file, shown, longest_side)
        except PictureError:
            raise
        except UnidentifiedImageError as error:
            raise PictureError(f"'{shown}' is not a picture of a kind that can be opened. {_ADVICE}") from error
        except Image.DecompressionBombError as error:
            raise PictureError(f"'{shown}' has too many pixels. Scale it down with another program first.") from error
        except _TooManyPiecesError as error:
            raise PictureError(
                f"'{shown}' has more than {_MOST_READINGS:,} pieces, such as comments, before or between its pixels; "
                "expected a picture that can be read at once. Save it again with another program."
            ) from error
        except MemoryError as error:
            raise PictureError(f"'{shown}' does not fit into memory. Choose a smaller picture.") from error
        except Exception as error:  # Pillow's plugins raise whatever they like
            raise PictureError(
                f"'{shown}' cannot be opened as a picture ({str(error) or type(error).__name__}). It may be damaged. "
                f"{_ADVICE}"
            ) from error
    return _prepared(small, original, shown, longest_side)


def picture_from_rgb(
    pixels: NDArray[np.uint8], name: str, longest_side: int = TRAINED_SIDE, original: tuple[int, int] | None = None
) -> Picture:
    """Take a picture that is in memory already, such as one from the clipboard (see `load_picture`).

    Args:
        pixels: uint8 (H, W, 3).
        name: What people call it.
        longest_side: Largest side of the result in pixels, a multiple of 8.
        original: Width and height of the picture that `pixels` were scaled down from, if they were.

    Raises:
        PictureError: It is empty, too large or too elongated.
    """
    height, width = pixels.shape[:2]
    _refuse_extremes(width, height, _MOST_PIXELS, name)
    small = _reduced(Image.fromarray(pixels), longest_side, name)
    return _prepared(small, original or (width, height), name, longest_side)


class _Counted(io.BufferedReader):
    """A file that refuses to be read in too many pieces, which would take minutes."""

    readings = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, as ever."""
        self.readings += 1
        if self.readings > _MOST_READINGS:
            raise _TooManyPiecesError
        return super().read(size)


class _TooManyPiecesError(Exception):
    """Not an OSError, which Pillow would take for the end of what can be read."""


def _opened(source: Path | bytes, name: str) -> BinaryIO:
    """Return the content as a file, so that a large one is not copied into memory."""
    if isinstance(source, bytes):
        size, file = len(source), cast(BinaryIO, _Counted(cast(io.RawIOBase, io.BytesIO(source))))
    else:
        try:
            found = source.stat()
            if stat.S_ISDIR(found.st_mode):
                raise PictureError(f"'{name}' is a folder, expected a picture. Open the files in it.")
            if not stat.S_ISREG(found.st_mode):  # a device that never ends
                raise PictureError(f"'{name}' is not a file. {_ADVICE}")
            size, file = found.st_size, cast(BinaryIO, _Counted(source.open("rb", buffering=0)))
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            reason = getattr(error, "strerror", None) or error
            raise PictureError(f"'{name}' cannot be read: {reason}. {_ADVICE}") from error
    if 0 < size <= _MOST_BYTES:
        return file
    file.close()
    if size == 0:
        raise PictureError(f"'{name}' is empty, expected a picture. {_ADVICE}")
    raise PictureError(
        f"'{name}' has {size / 1e6:,.0f} MB, expected at most {_MOST_BYTES // 10**6} MB. Choose a smaller file."
    )


def _decoded(file: BinaryIO, name: str, longest_side: int) -> tuple[Image.Image, tuple[int, int]]:
    """Return the picture in RGB, upright and not much larger than is needed, and the size that it has in the file."""
    with warnings.catch_warnings():
        # Pillow warns of large pictures and of small faults; the limits here are our own.
        warnings.simplefilter("ignore")
        Image.init()
        known = [kind for kind in _FORMATS if kind in Image.OPEN]  # an older Pillow does not know AVIF
        with Image.open(file, formats=known) as image:
            width, height = image.size
            # The header says how large it is: what is too large is never decoded.
            _refuse_extremes(width, height, _most_pixels(image), name)
            if image.format in ("JPEG", "MPO"):
                _refuse_many_scans(file, name)
            image.draft(None, (longest_side * 2, longest_side * 2))  # JPEG is decoded at a fraction of its size
            image.load()
            orientation = _orientation(image)
            small = _reduced(image, longest_side, name)
    if orientation in _UPRIGHT:
        small = small.transpose(_UPRIGHT[orientation])
    return small, (height, width) if orientation >= 5 else (width, height)


def _refuse_many_scans(file: BinaryIO, name: str) -> None:
    """Count the markers that scans begin with; coded pixels cannot look like one. The place in the file is kept."""
    place = file.tell()
    file.seek(0)
    scans, last = 0, b""
    while part := file.read(1 << 20):
        scans += (last + part).count(_START_OF_SCAN)
        last = part[-1:]
    file.seek(place)
    if scans > _MOST_SCANS:
        raise PictureError(
            f"'{name}' is a JPEG of {scans:,} scans, expected at most {_MOST_SCANS}. "
            "Save it again with another program, or as PNG."
        )


def _most_pixels(image: Image.Image) -> int:
    """Return how many pixels can be decoded in bounded memory and time, of a picture whose header was read."""
    if image.format == "JPEG2000":
        return _MOST_PIXELS_IN_JPEG2000
    if any(tile[0] in _SLOW_DECODERS for tile in getattr(image, "tile", ())):
        return _MOST_PIXELS_SLOWLY
    # A progressive JPEG is in memory as a whole, with 2 bytes a channel, however small it is wanted.
    four_channels = image.format in ("JPEG", "MPO") and len(image.getbands()) > 3
    by_rows = image.format in _DECODED_BY_ROWS and not four_channels and _strip(image) <= _LARGEST_STRIP
    return _MOST_PIXELS if by_rows else _MOST_PIXELS_OTHERWISE


def _strip(image: Image.Image) -> int:
    """Return how many bytes a TIFF's decoder unpacks at once; 0 for other kinds."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or image.tag_v2.get(TiffImagePlugin.COMPRESSION, 1) == 1:
        return 0
    tags = image.tag_v2
    if TiffImagePlugin.TILEWIDTH in tags:
        pixels = tags[TiffImagePlugin.TILEWIDTH] * tags[TiffImagePlugin.TILELENGTH]
    else:
        pixels = image.width * min(tags.get(TiffImagePlugin.ROWSPERSTRIP, image.height), image.height)
    bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
    return int(pixels * max(tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1), len(bits)) * max(bits) // 8)


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF data raise whatever they like; the pixels can be shown nevertheless
        return 1
    return orientation if isinstance(orientation, int) and orientation in _UPRIGHT else 1


def _refuse_extremes(width: int, height: int, most: int, name: str) -> None:
    if width < 1 or height < 1:
        raise PictureError(f"'{name}' has no pixels ({width}x{height}). {_ADVICE}")
    if width * height > most:
        raise PictureError(
            f"'{name}' has {width}x{height} pixels, expected at most {most // 10**6} million. "
            "Scale it down with another program first."
        )
    if max(width, height) > _MOST_ELONGATED * min(width, height):
        raise PictureError(
            f"'{name}' is {width}x{height} pixels, expected one side at most {_MOST_ELONGATED} times the other. "
            "Crop it with another program first."
        )


def _reduced(image: Image.Image, longest_side: int, name: str) -> Image.Image:
    """Return the picture in RGB; a large one is averaged down to 2 to 3 times the size that is asked for.

    Strip by strip: a second copy of a large picture, or one with 8 bytes a pixel, does not fit everywhere.
    """
    factor = max(1, max(image.size) // (2 * longest_side))
    rows = factor * max(1, _STRIP_PIXELS // (factor * image.width))
    to_rgb = _converter(image, rows, name)
    if factor == 1:
        return to_rgb(image)
    small = Image.new("RGB", (math.ceil(image.width / factor), math.ceil(image.height / factor)))
    for top, strip in _strips(image, rows):
        small.paste(to_rgb(strip).reduce(factor), (0, top // factor))
    return small


def _strips(image: Image.Image, rows: int) -> Iterator[tuple[int, Image.Image]]:
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _converter(image: Image.Image, rows: int, name: str) -> Callable[[Image.Image], Image.Image]:
    """Return what converts the picture, or a part of it, to 8-bit RGB."""
    if image.mode != "F" and not image.mode.startswith("I"):
        return _eight_bits_to_rgb
    extremes = []
    for _, strip in _strips(image, rows):
        values = _numbers(strip)
        if not np.isfinite(values).all():
            raise PictureError(
                f"'{name}' has pixels that are not numbers (NaN or infinite), expected finite values. "
                "Save it as PNG with the program that made it."
            )
        extremes.append(float(values.max()))
    # Integers have 16 bits and floats are in [0, 1], unless they are larger: then the largest is white.
    white = max(1.0 if image.mode == "F" else 65535.0, *extremes)

    def convert(part: Image.Image) -> Image.Image:
        values = _numbers(part)
        grey = np.rint(np.clip(values / white, 0, 1) * 255).astype(np.uint8)
        transparent = part.info.get("transparency")
        if isinstance(transparent, int):
            grey[values == transparent] = 255
        return Image.fromarray(grey).convert("RGB")

    return convert


def _numbers(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image).astype(np.float64)


def _eight_bits_to_rgb(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _prepared(image: Image.Image, original: tuple[int, int], name: str, longest_side: int) -> Picture:
    scale = min(1.0, longest_side / max(original))
    width, height = (max(_GRID, round(side * scale / _GRID) * _GRID) for side in original)
    if (width, height) != image.size:
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    if (width, height) == original:
        note = ""
    else:
        verb = "scaled down" if max(width, height) < max(original) else "scaled"
        note = f"{verb} from {original[0]}x{original[1]} to {width}x{height}"
    pixels = to_float(cast("NDArray[np.uint8]", np.asarray(image)))
    pixels.flags.writeable = False
    return Picture(pixels, name, note)
