"""Pictures from files and the clipboard, and the arithmetic of pixels."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from advgui.errors import PictureError
from advgui.types import FloatArray

# Sides are multiples of this: the networks halve the side three times, and TensorFlow on a CPU keeps memory for every
# new size that it sees.
_GRID = 8
_LARGEST_PIXELS = 150_000_000
_MOST_ELONGATED = 16
_ADVICE = "Choose a picture such as a PNG or JPEG file."


def to_float(images: NDArray[np.uint8]) -> FloatArray:
    """Return uint8 images as float32 in [0, 1] (divided by 255), same shape."""
    return images.astype(np.float32) / np.float32(255)


def to_uint8(images: FloatArray) -> NDArray[np.uint8]:
    """Return float images in [0, 1] as uint8, rounded; what lies outside is clipped. Inverse of `to_float`."""
    return np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)


def amplified(perturbation: FloatArray, gain: float) -> FloatArray:
    """Return a perturbation as an image: `0.5 + gain * perturbation`, clipped to [0, 1]; mid-grey is no change."""
    return np.clip(np.float32(0.5) + np.float32(gain) * perturbation, 0, 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that was opened.

    Attributes:
        pixels: float32 (H, W, 3) in [0, 1], read-only; H and W are multiples of 8.
        name: What people call it.
        note: What was done to it, such as "scaled down from 4000x3000 to 128x96"; "" if nothing.
    """

    pixels: FloatArray
    name: str
    note: str = ""


def load_picture(source: Path | bytes, name: str | None = None, longest_side: int = 128) -> Picture:
    """Open a picture of any size and kind that Pillow reads.

    The first frame counts, the EXIF orientation is applied, 16 bits are scaled to 8, and what is transparent is laid
    over white. The longer side is brought down to `longest_side`; a smaller picture keeps its size but for rounding to
    multiples of 8.

    Args:
        source: A file, or its content.
        name: What people call it; the file's name if None.
        longest_side: Largest side of the result in pixels, a multiple of 8.

    Raises:
        PictureError: It cannot be read, is no picture, is damaged, too large or too elongated.
    """
    shown = name or (source.name if isinstance(source, Path) else "picture")
    try:
        content = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise PictureError(f"'{shown}' cannot be read: {error.strerror or error}. {_ADVICE}") from error
    if not content:
        raise PictureError(f"'{shown}' is empty, expected a picture. {_ADVICE}")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; the limit here is our own.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as image:
                _refuse_extremes(image.width, image.height, shown)
                if image.format == "JPEG":  # decodes at a fraction of the size
                    image.draft("RGB", (longest_side * 2, longest_side * 2))
                original = image.size if image.format != "JPEG" else _jpeg_size(content)
                return _prepared(_as_rgb(image), original, shown, longest_side)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureError(f"'{shown}' does not fit into memory. Choose a smaller picture.") from error
    except Exception as error:  # Pillow's plugins raise whatever they like
        raise PictureError(
            f"'{shown}' cannot be opened as a picture ({error or type(error).__name__}). It may be damaged or of a "
            f"kind that is not known. {_ADVICE}"
        ) from error


def picture_from_rgb(pixels: NDArray[np.uint8], name: str, longest_side: int = 128) -> Picture:
    """Take a picture that is in memory already, such as one from the clipboard (see `load_picture`).

    Args:
        pixels: uint8 (H, W, 3).
        name: What people call it.
        longest_side: Largest side of the result in pixels, a multiple of 8.

    Raises:
        PictureError: It is empty, too large or too elongated.
    """
    height, width = pixels.shape[:2]
    _refuse_extremes(width, height, name)
    return _prepared(Image.fromarray(pixels, "RGB"), (width, height), name, longest_side)


def _jpeg_size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def _refuse_extremes(width: int, height: int, name: str) -> None:
    if width < 1 or height < 1:
        raise PictureError(f"'{name}' has no pixels ({width}x{height}). {_ADVICE}")
    if width * height > _LARGEST_PIXELS:
        raise PictureError(
            f"'{name}' has {width}x{height} pixels, expected at most {_LARGEST_PIXELS // 10**6} million. "
            "Scale it down with another program first."
        )
    if max(width, height) > _MOST_ELONGATED * min(width, height):
        raise PictureError(
            f"'{name}' is {width}x{height} pixels, expected one side at most {_MOST_ELONGATED} times the other. "
            "Crop it with another program first."
        )


def _as_rgb(image: Image.Image) -> Image.Image:
    """Return the first frame, upright, in 8-bit RGB."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "F" or upright.mode.startswith("I"):
        values = np.asarray(upright, dtype=np.float64)
        if not np.isfinite(values).all():
            raise PictureError("The picture has values that are not numbers (NaN or infinite). Save it again as PNG.")
        # Integers have 16 bits; floats are taken as [0, 1] unless they are larger.
        top = 65535.0 if upright.mode.startswith("I") else max(1.0, float(values.max(initial=0)))
        grey = np.rint(np.clip(values / top, 0, 1) * 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return upright.convert("RGB")


def _prepared(image: Image.Image, original: tuple[int, int], name: str, longest_side: int) -> Picture:
    scale = min(1.0, longest_side / max(image.size))
    width, height = (max(_GRID, round(side * scale / _GRID) * _GRID) for side in image.size)
    if (width, height) != image.size:
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    if image.size == original:
        note = ""
    else:
        verb = "scaled down" if max(image.size) < max(original) else "scaled"
        note = f"{verb} from {original[0]}x{original[1]} to {width}x{height}"
    pixels = to_float(cast("NDArray[np.uint8]", np.asarray(image)))
    pixels.flags.writeable = False
    return Picture(pixels, name, note)
