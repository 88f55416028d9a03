"""Standard output and standard error that never stop the work.

A result takes hours, and the line that tells of it must not lose it. So whatever is printed goes through `Output`: what
an encoding lacks is written as an escape, and a stream that fails (closed, full, its reader gone) is remembered and
silenced. The exit code says so at the end.
"""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

_CLOSED = OSError(errno.EBADF, os.strerror(errno.EBADF))


class Output(io.TextIOBase):
    """A text stream that never raises.

    Args:
        stream: Where the text goes, at once; None for a stream that was closed when the process began.

    Attributes:
        failure: Why the stream could not be written to, or None. After it nothing more is written.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.failure: OSError | ValueError | None = None
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text and return its length."""
        if self.failure is None and text:
            try:
                if self._stream is None:
                    raise _CLOSED
                encoding = self._stream.encoding or "utf-8"
                self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
                self._stream.flush()
            except (OSError, ValueError) as error:  # ValueError: closed since
                self.failure = error
                self._silence()
        return len(text)

    def redirect(self, stream: TextIO | None) -> None:
        """Write to another stream from now on, for those who have kept this one."""
        self._stream, self.failure = stream, None

    def close(self) -> None:
        """Stay open: whoever closes it, as a handler of a logger does, was only lent it."""

    def _silence(self) -> None:
        """Lead what the failed stream still holds into nothing: Python would try again to write it when it ends."""
        with suppress(OSError, ValueError, AttributeError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nothing, self.fileno())
            finally:
                os.close(nothing)

    def writable(self) -> bool:
        """Return True: writing never fails."""
        return True

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        with suppress(OSError, ValueError):
            return self._stream is not None and self._stream.isatty()
        return False

    def fileno(self) -> int:
        """Return the stream's file descriptor.

        Raises:
            OSError: It has none.
        """
        if self._stream is None:
            raise _CLOSED
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The stream's encoding."""
        return getattr(self._stream, "encoding", None) or "utf-8"


@contextmanager
def guarded() -> Iterator[Output]:
    """Put an `Output` in the place of standard output and standard error.

    Yields:
        The standard output, whose `failure` tells at the end whether what was printed has arrived.
    """
    _occupy_standard_descriptors()
    before = sys.stdout, sys.stderr
    output = Output(before[0])
    sys.stdout, sys.stderr = cast("TextIO", output), cast("TextIO", Output(before[1]))
    try:
        yield output
    finally:
        sys.stdout, sys.stderr = before


def delivered(output: Output, code: int) -> int:
    """Return the exit code of a command that has ended with `code`: 1 in place of 0 if its output did not arrive.

    A reader that has gone (`| head`) wanted no more, and is told nothing.
    """
    if output.failure is None:
        return code
    if not isinstance(output.failure, BrokenPipeError):
        reason = getattr(output.failure, "strerror", None) or output.failure
        print(
            f"advgui: The standard output could not be written ({reason}). Files that were asked for are there all the "
            "same. Send the output to another place to read it.",
            file=sys.stderr,
        )
    return code or 1


def _occupy_standard_descriptors() -> None:
    """Open a closed descriptor 0, 1 or 2 on nothing: otherwise the next file opened gets its number, and the notes
    that native code writes to standard error end up in that file.
    """  # noqa: D205
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, which is this one.
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
