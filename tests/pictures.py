"""A small folder of the user's own pictures, of three classes that anyone can tell apart."""

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("dots", "plain", "stripes")


def picture(kind: str, seed: int) -> Image.Image:
    """A picture of some size and colour."""
    random = np.random.default_rng(seed)
    height, width = random.integers(40, 120, 2)
    rows, columns = np.mgrid[:height, :width]
    period = int(random.integers(6, 12))
    pattern = {
        "dots": (rows % period < 3) & (columns % period < 3),
        "plain": np.zeros((height, width), bool),
        "stripes": rows % period < period // 2,
    }[kind]
    dark, bright = random.integers(0, 90, 3), random.integers(150, 256, 3)
    return Image.fromarray(np.where(pattern[..., np.newaxis], bright, dark).astype(np.uint8))


def folder(path: Path, count: int = 10) -> Path:
    """Write `count` pictures of each class, of several file types, and what a file manager leaves; returns `path`."""
    for number, kind in enumerate(CLASSES):
        (path / kind).mkdir(parents=True)
        (path / kind / ".DS_Store").write_bytes(b"litter")
        for n in range(count):
            suffix = ("png", "jpg", "bmp")[n % 3]
            picture(kind, 100 * number + n).save(path / kind / f"{kind} {n}.{suffix}")
    return path
