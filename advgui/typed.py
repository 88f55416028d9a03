"""Numbers as users type them, in the window and on the command line. Plain Python, nothing heavy."""

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advgui.parameters import Real

# No number that means something is longer, and reading one like "1e1000000000" exactly would take minutes.
_LONGEST = 40
_LONGEST_LIST = 1000
_MOST_STRENGTHS = 100
_WHOLE = re.compile(r"\d{1,4}", re.ASCII)
_RANGE = re.compile(r"(\d{1,4})(?:/(\d{1,4}))?\.\.(\d{1,4})(?:/(\d{1,4}))?", re.ASCII)
# In a list a comma separates, unless it follows a zero that stands alone: "0,05" is one number.
_DECIMAL_COMMA = re.compile(r"(?<![\d./])0,(?=\d)", re.ASCII)


def parsed_number(text: str) -> float:
    """Return the number in "0.031", "0,031" or "8/255".

    Args:
        text: Of any length; it is not read if it is longer than any number that means something.

    Raises:
        ValueError: It is none of these; the text says what was given and what was expected.
    """
    plain = text.strip()
    top, slash, bottom = plain.replace(",", ".").partition("/")
    try:
        if len(plain) > _LONGEST:
            raise ValueError("too long")
        value = float(top) / float(bottom) if slash else float(top)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"'{_shown(plain)}' is not a number. Type one like 0.031 or 8/255.")
    return value


def is_count_of_255ths(text: str, parameter: "Real") -> bool:
    """Whether a text is a whole number that can only mean 255ths: 8 for an epsilon that ends at 0.3."""
    whole = _WHOLE.fullmatch(text.strip())
    return whole is not None and parameter.in_255ths and int(whole[0]) > parameter.high


def parsed_strength(text: str, parameter: "Real") -> float:
    """Return the value of a parameter in "0.031", "8/255", or "8" where only 8/255 can be meant.

    Raises:
        ValueError: It is not a number, or outside the parameter's range; the text says what to type.
    """
    value = parsed_number(text)
    if is_count_of_255ths(text, parameter):
        value /= 255
    if not parameter.low <= value <= parameter.high:
        example = "8/255" if parameter.in_255ths else f"{parameter.default:g}"
        raise ValueError(
            f"{parameter.name} must be from {parameter.low:g} to {parameter.high:g}, got '{_shown(text.strip())}'. "
            f"Type a number such as {example}."
        )
    return value


def parsed_strengths(text: str, parameter: "Real") -> list[float]:
    """Return the values in a list such as "0.05, 0.1", "4/255; 8/255", "0,05 0,1" or "1..8/255".

    Returns:
        At least one value, each once, in the order of the text.

    Raises:
        ValueError: The list is empty or too long, or a part of it cannot be read (see `parsed_strength`).
    """
    found: list[float] = []
    for part in _parts(text[: _LONGEST_LIST + 1]):
        found += _values(part, parameter)
    values = list(dict.fromkeys(found))
    if not values:
        raise ValueError(f"No strength of {parameter.name} is given. Type one or more, such as {example(parameter)}.")
    if len(text) > _LONGEST_LIST or len(values) > _MOST_STRENGTHS:
        raise ValueError(f"These are too many strengths of {parameter.name}. Type {_MOST_STRENGTHS} at most.")
    return values


def is_spelled_out(text: str, parameter: "Real") -> bool:
    """Whether every part of a list is a decimal or a fraction, so that nobody need ask how it was understood."""
    return not any(_RANGE.fullmatch(part) or is_count_of_255ths(part, parameter) for part in _parts(text))


def example(parameter: "Real") -> str:
    """Return a list of strengths that could be typed."""
    return "4/255, 8/255 or 1..8/255" if parameter.in_255ths else "0.05, 0.1 or 1..5/10"


def _parts(text: str) -> list[str]:
    close = re.sub(r"\s*(/|\.\.+|…)\s*", lambda found: "/" if found[1] == "/" else "..", text)
    return re.split(r"[\s;,]+", _DECIMAL_COMMA.sub("0.", close).strip(" ;,\t\n\r"))


def _values(part: str, parameter: "Real") -> list[float]:
    if not part:
        return []
    ends = _RANGE.fullmatch(part)
    if ends is None:
        return [parsed_strength(part, parameter)]
    first, last, below = int(ends[1]), int(ends[3]), ends[4] or ends[2]
    if first > last or ends[2] not in (None, below):
        raise ValueError(f"'{part}' is not a range. Type one from the smaller number to the larger, such as 1..8/255.")
    if last - first >= _MOST_STRENGTHS:
        raise ValueError(f"'{part}' has too many strengths. Type a range of {_MOST_STRENGTHS} at most.")
    below = f"/{below or 255}" if below or parameter.in_255ths else ""
    return [parsed_strength(f"{count}{below}", parameter) for count in range(first, last + 1)]


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
