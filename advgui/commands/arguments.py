"""Arguments that several commands share, and the types of their values."""

import argparse
from pathlib import Path

from advgui.typed import parsed_number


def strength(text: str) -> float:
    """Read a strength in [0, 1], written as "0.031" or "8/255"."""
    try:
        value = parsed_number(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no strength; expected 0 to 1, such as 0.031 or 8/255")
    return value


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """Read a whole number of at least 0."""
    return _whole(text, 0)


def _whole(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) < 2**63:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number of at least {least}")
    return int(text)


def image_range(text: str) -> tuple[int, int]:
    """Read how many images: "500" for the first 500, "500:1000" for those from position 500 up to 999."""
    start, colon, stop = text.partition(":")
    first, last = (_whole(start, 0), _whole(stop, 1)) if colon else (0, _whole(start, 1))
    if first >= last:
        raise argparse.ArgumentTypeError(f"'{text}' is an empty range of images; expected START:STOP with START < STOP")
    return first, last


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add where data and networks come from."""
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--data", type=Path, metavar="DIR", help="folder with the full CIFAR-10 (default: look for it)")
    data.add_argument("--samples", action="store_true", help="use the bundled sample images instead of the test set")
    parser.add_argument("--classifier", type=Path, metavar="FILE", help="another classifier (.keras)")
    parser.add_argument("--autoencoder", type=Path, metavar="FILE", help="another autoencoder (.keras)")
