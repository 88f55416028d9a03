"""A person's own pictures, one folder for each class, as a labelled data set."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from advgui import images
from advgui.data.cifar10 import Dataset
from advgui.errors import DataError, PictureError
from advgui.text import printable

VALIDATION_SHARE = 0.2
# What file managers leave behind; names that begin with a dot are passed over too.
_LITTER = ("thumbs.db", "desktop.ini")
_MOST_LINES = 5  # of what was skipped, in a message
_ADVICE = "Expected a folder with at least two subfolders, one for each class, with at least two pictures in each."


@dataclass(frozen=True, eq=False)
class PictureFolder:
    """What was found in a folder.

    Attributes:
        dataset: The pictures, all of one size; the classes are the subfolders in alphabetical order.
        skipped: What could not be read, a line each, with the reason.
    """

    dataset: Dataset
    skipped: tuple[str, ...]


def read(
    folder: Path, side: int = 32, progress: Callable[[int, int], None] = lambda done, total: None
) -> PictureFolder:
    """Read the pictures of all classes.

    Each picture is cropped to the square in its middle and scaled to `side`, so that batches are tensors and what is
    shown fills the image as it does in CIFAR-10. Links are followed one level deep, so that cycles do no harm.

    Args:
        folder: Has a subfolder for each class; only the files directly in those count.
        side: Of the images, in pixels, a multiple of 8.
        progress: Called with the number of files that were looked at, and of all.

    Raises:
        DataError: There is no such folder, there are fewer than two classes, or a class has fewer than two pictures
            that can be read.
    """
    inside = _listing(folder)
    classes = [path for path in inside if path.is_dir()]
    if len(classes) < 2:
        raise DataError(f"'{folder}' has {counted(len(classes), 'subfolder')}. {_ADVICE}")
    files = [_listing(one) for one in classes]
    pixels: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    skipped = [
        f"{path.name}: it lies in no subfolder, so that its class is not known"
        for path in inside
        if path not in classes
    ]
    done, total = 0, sum(map(len, files))
    for label, (one, paths) in enumerate(zip(classes, files, strict=True)):
        before = len(skipped)
        for path in paths:
            try:
                pixels.append(_square(path, side))
                labels.append(label)
            except PictureError as error:
                skipped.append(f"{one.name}/{path.name}: {error}")
            done += 1
            progress(done, total)
        readable = len(paths) - (len(skipped) - before)
        if readable < 2:
            raise DataError(
                f"The class '{one.name}' has {counted(readable, 'readable picture')}, of {counted(len(paths), 'file')} "
                f"in '{one}'. {_ADVICE}" + "".join(f"\n  {line}" for line in skipped[before:][:_MOST_LINES])
            )
    dataset = Dataset(
        name=folder.resolve().name or "pictures",
        images=np.stack(pixels),
        labels=np.array(labels, np.int64),
        indices=np.arange(len(labels), dtype=np.int64),
        class_names=tuple(printable(one.name) for one in classes),
    )
    return PictureFolder(dataset, tuple(skipped))


def split(dataset: Dataset, seed: int, share: float = VALIDATION_SHARE) -> tuple[Dataset, Dataset]:
    """Split into training and validation images: the same share of every class, at least one image on each side.

    Args:
        dataset: At least two images of each class.
        seed: Decides which images are held back.
        share: Of the images that are held back for validation, in (0, 1).
    """
    generator = np.random.Generator(np.random.Philox(key=seed))
    held_back: list[int] = []
    for label in range(len(dataset.class_names)):
        members = np.flatnonzero(dataset.labels == label)
        count = min(max(round(share * len(members)), 1), len(members) - 1)
        held_back.extend(generator.choice(members, count, replace=False).tolist())
    chosen = np.zeros(len(dataset), bool)
    chosen[held_back] = True
    return dataset.select(np.flatnonzero(~chosen)), dataset.select(np.flatnonzero(chosen))


def counted(number: int, what: str) -> str:
    """Return a number of things in words, such as "1 file" or "2 files"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted((path for path in folder.iterdir() if not _is_litter(path)), key=_by_name)
    except OSError as error:
        raise DataError(f"'{folder}' cannot be read ({error.strerror or error}). {_ADVICE}") from error


def _square(path: Path, side: int) -> NDArray[np.uint8]:
    pixels = images.load_picture(path, longest_side=8 * side).pixels
    height, width = pixels.shape[:2]
    smaller = min(height, width)
    top, left = (height - smaller) // 2, (width - smaller) // 2
    picture = Image.fromarray(images.to_uint8(pixels[top : top + smaller, left : left + smaller]))
    return np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS))


def _is_litter(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower() in _LITTER


def _by_name(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Sort "class 2" before "class 10", and "Cat" before "cat" in whatever order the file system lists them."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts], path.name
