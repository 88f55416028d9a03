"""Keeping TensorFlow's C++ notes from the terminal: they come before any setting of its own can be made."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from advgui.console import Output


@contextmanager
def native_log_held() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 in this block from the terminal, unless the block fails.

    What Python writes to `sys.stderr` goes to the terminal as ever. A library that is imported here may keep the
    `sys.stderr` of this block for good, as TensorFlow's logger does: it works ever after.
    """
    try:
        terminal = os.dup(2)
    except OSError:  # started without a standard error, so there is nothing to hold
        yield
        return
    python_stderr = sys.stderr
    with tempfile.TemporaryFile() as notes, os.fdopen(terminal, "w", buffering=1, errors="replace") as kept:
        os.dup2(notes.fileno(), 2)
        stand_in = Output(kept)
        sys.stderr = cast("TextIO", stand_in)
        try:
            yield
        except BaseException:
            notes.seek(0)
            kept.write(notes.read().decode("utf-8", "replace"))
            raise
        finally:
            sys.stderr = python_stderr
            stand_in.redirect(python_stderr)
            os.dup2(kept.fileno(), 2)
