"""What is found so far, written down on the way, so that a killed command has lost next to nothing."""

import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Generic, TypeVar

from advgui.files import is_stream, write_atomically

_Result = TypeVar("_Result")

# Writing takes at most this share of the time.
_SHARE = 0.05


class PartialFile(Generic[_Result]):
    """Writes results to a file, each in place of the one before.

    Args:
        path: The file; None, or a stream, and nothing is written.
        to_text: What is written of a result.
        each: Whether every result is written; otherwise as many as cost next to nothing.
    """

    def __init__(self, path: Path | None, to_text: Callable[[_Result], str], each: bool = False) -> None:
        self._path = None if path is None or is_stream(path) else path
        self._to_text, self._share = to_text, inf if each else _SHARE
        self._next = time.monotonic()
        self._kept: _Result | None = None

    def keep(self, result: _Result) -> None:
        """Write a result, unless it is the one that is there, or the last one was written a moment ago.

        If that fails, what was there is unchanged, and the work goes on: it may succeed the next time, and whoever
        writes the end complains.
        """
        began = time.monotonic()
        if self._path is None or result is self._kept or began < self._next:
            return
        with suppress(OSError):
            write_atomically(self._path, self._to_text(result))
            self._kept = result
        ended = time.monotonic()
        self._next = ended + (ended - began) / self._share
