"""Progress on standard error: one line with a bar that changes on a terminal, a line now and then in a log."""

import shutil
import time
from typing import TextIO

_SECONDS_BETWEEN_LINES = 15.0
_SECONDS_BETWEEN_UPDATES = 0.1
_SHORTEST_BAR, _LONGEST_BAR = 6, 24


class ProgressLine:
    """Shows how far long work is, without flooding a log.

    Args:
        stream: Usually standard error.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._on_terminal = stream.isatty()
        self._interval = _SECONDS_BETWEEN_UPDATES if self._on_terminal else _SECONDS_BETWEEN_LINES
        self._next = float("-inf")

    def show(self, text: str, fraction: float | None = None, brief: str = "") -> None:
        """Show one line of text, unless the last one was shown a moment ago.

        Args:
            text: All that there is to say.
            fraction: Share of the work that is done, in [0, 1]: on a terminal it is shown as a bar.
            brief: What a terminal has room for beside the bar; "" for `text`.
        """
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._interval
            self._write(
                text if fraction is None or not self._on_terminal else barred(fraction, brief or text, _width())
            )

    def close(self, text: str) -> None:
        """Show the last line of text, and end it, so that what follows begins on a new one."""
        if self._on_terminal:
            # It stays, so it may take several lines; it covers what was there.
            self._stream.write(f"\r{text:<{_width()}}\n")
            self._stream.flush()
        else:
            self._write(text)

    def _write(self, text: str) -> None:
        if self._on_terminal:
            width = _width()
            # Spaces instead of an escape sequence: they work on every terminal.
            self._stream.write(f"\r{shortened(text, width):<{width}}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()


def barred(fraction: float, text: str, width: int) -> str:
    """Return a bar with a text behind it, in at most `width` characters; in a narrow window the bar goes first.

    Args:
        fraction: How much of the bar is filled, in [0, 1].
        text: What stands behind it.
        width: Of the line, in characters.
    """
    share = f"{min(max(fraction, 0), 1):4.0%} "
    length = min(width - len(share) - len(text) - 3, _LONGEST_BAR)
    if length < _SHORTEST_BAR:
        return shortened(f"{share}{text}", width)
    filled = int(min(max(fraction, 0), 1) * length)
    return f"[{'#' * filled}{'.' * (length - filled)}] {share}{text}"


def shortened(text: str, width: int) -> str:
    """Return a text in at most `width` characters, which says so if something is missing."""
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _width() -> int:
    return max(20, shutil.get_terminal_size().columns - 1)
