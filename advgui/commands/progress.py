"""Progress on standard error: one line that changes on a terminal, a line now and then in a log."""

import shutil
import time
from typing import TextIO

_SECONDS_BETWEEN_LINES = 15.0
_SECONDS_BETWEEN_UPDATES = 0.1


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

    def show(self, text: str) -> None:
        """Show one line of text, unless the last one was shown a moment ago."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._interval
            self._write(text)

    def close(self, text: str) -> None:
        """Show the last line of text, and end it, so that what follows begins on a new one."""
        self._write(text)
        if self._on_terminal:
            self._stream.write("\n")
            self._stream.flush()

    def _write(self, text: str) -> None:
        if self._on_terminal:
            width = max(20, shutil.get_terminal_size().columns - 1)
            # Spaces instead of an escape sequence: they work on every terminal.
            self._stream.write(f"\r{text[:width]:<{width}}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
