"""Arguments that several commands share, and the types of their values."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from advgui.attacks import ATTACKS
from advgui.errors import UsageError
from advgui.typed import parsed_number

# No number that is meant is longer. Reading a longer one can take minutes, and nobody wants to see it in a message.
_LONGEST = 30


def strength(text: str) -> float:
    """Read a strength in [0, 1], written as "0.031" or "8/255"."""
    try:
        value = parsed_number(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"'{_shown(text)}' is no strength; expected 0 to 1, such as 0.031 or 8/255")
    return value


def check_strengths(attacks: Sequence[str], strengths: Sequence[float]) -> None:
    """Hold strengths against the range that each attack declares.

    Raises:
        UsageError: One is out of the range of one of the attacks.
    """
    for attack in attacks:
        parameter = ATTACKS[attack].parameter
        for value in strengths:
            if not parameter.low <= value <= parameter.high:
                raise UsageError(
                    f"--strength {value:g} is out of range for {ATTACKS[attack].label}: expected {parameter.name} "
                    f"from {parameter.low:g} to {parameter.high:g}. Choose another strength, or another --attack."
                )


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """Read a whole number of at least 0."""
    return _whole(text, 0)


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from `least` to `most`."""
    return lambda text: _whole(text, least, most)


def _whole(text: str, least: int, most: int = 2**63 - 1) -> int:
    is_number = len(text) <= _LONGEST and text.isascii() and text.isdigit()
    if not is_number or not least <= int(text) <= most:
        expected = f"of at least {least}" if most == 2**63 - 1 else f"from {least} to {most}"
        raise argparse.ArgumentTypeError(f"'{_shown(text)}' is no whole number {expected}")
    return int(text)


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def image_range(text: str) -> tuple[int, int]:
    """Read how many images: "500" for the first 500, "500:1000" for those from position 500 up to 999."""
    start, colon, stop = text.partition(":")
    first, last = (_whole(start, 0), _whole(stop, 1)) if colon else (0, _whole(start, 1))
    if first >= last:
        raise argparse.ArgumentTypeError(
            f"'{_shown(text)}' is an empty range of images; expected START:STOP with START < STOP"
        )
    return first, last


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add where data and networks come from."""
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--data", type=Path, metavar="DIR", help="folder with the full CIFAR-10 (default: look for it)")
    data.add_argument("--samples", action="store_true", help="use the bundled sample images instead of the test set")
    parser.add_argument("--classifier", type=Path, metavar="FILE", help="another classifier (.keras)")
    parser.add_argument("--autoencoder", type=Path, metavar="FILE", help="another autoencoder (.keras)")
