"""Numbers as people write and read them."""

import math
import re

_FRACTION = re.compile(r"\s*([^\s/]+)\s*/\s*([^\s/]+)\s*")


def parsed(text: str) -> float:
    """Return the number in "0.031", "0,031" or "8/255".

    Raises:
        ValueError: It is none of these.
    """
    plain = text.strip().replace(",", ".")
    fraction = _FRACTION.fullmatch(plain)
    try:
        value = float(fraction[1]) / float(fraction[2]) if fraction else float(plain)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is not a number, expected one like 0.031 or 8/255.")
    return value


def decimal(value: float) -> str:
    """Return a number with four decimals at most, and at least two: 0.1 is "0.10", 8/255 is "0.0314"."""
    text = f"{value:.4f}"
    while text.endswith("0") and len(text.partition(".")[2]) > 2:
        text = text[:-1]
    return text


def as_255ths(value: float) -> str:
    """Return a share of the pixel range in 255ths: "8/255", or "7.65/255" where it is not whole."""
    count = value * 255
    whole = round(count)
    return f"{whole}/255" if abs(count - whole) < 0.005 else f"{count:.2f}/255"
