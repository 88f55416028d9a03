"""Foreign text, such as a name from a file, as text and nothing else."""

import reprlib


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
