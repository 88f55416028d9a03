"""Letters that answer to Alt: each is given once."""

from collections.abc import Iterable


class Mnemonics:
    """Gives away the letters that are free.

    Args:
        taken: Letters that others of the window answer to.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def underlined(self, label: str) -> str:
        """Return a label with its first free letter underlined, which is taken from now on; without one if none is."""
        plain = label.replace("&", "&&")
        for place, letter in enumerate(plain.lower()):
            if letter.isascii() and letter.isalnum() and letter not in self._taken:
                self._taken.add(letter)
                return f"{plain[:place]}&{plain[place:]}"
        return plain

    def release(self, text: str) -> None:
        """Take back the letter of a label that is no more."""
        place = text.replace("&&", "  ").find("&")
        if place >= 0:
            self._taken.discard(text[place + 1].lower())
