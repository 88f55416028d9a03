"""Words for users: foreign text, such as a name from a file, as text and nothing else; and times."""

import reprlib
from collections.abc import Iterable
from difflib import get_close_matches
from math import isfinite


def printable(text: str) -> str:
    r"""Return a text whose every character is seen: control characters, line breaks and the like become "\x1b".

    What comes from a file goes through here where it enters, so that no name in it moves the cursor of a terminal,
    turns the direction of writing or splits a line. Text that went through before comes back as it is.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def shown(value: object, most: int = 60) -> str:
    """Return a value from a file for a message to the user: printable, and not longer than `most` characters."""
    text = printable(value[: most + 1] if isinstance(value, str) else reprlib.repr(value))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def first_line(error: Exception) -> str:
    """Return what a library's error says, or its name where it says nothing: 200 characters of one line at most."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def duration(seconds: float) -> str:
    """Return a time as "42 s", "3 min 05 s" or "2 h 10 min"."""
    if not isfinite(seconds):
        return "unknown time"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question for a word that is nearly a known one, such as "; did you mean 'fgsm'?", else "".

    Args:
        word: That is not known.
        known: Words that are.
    """
    close = get_close_matches(word[:100], list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
