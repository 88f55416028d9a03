"""The import of TensorFlow by a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from advgui import interruption
from advgui.memory import check_address_space


@contextmanager
def loading_tensorflow() -> Iterator[None]:
    """Import in this block what imports TensorFlow; until it is there, Ctrl+C ends the process at once.

    Raises:
        AdvguiError: The process may not use enough memory.
    """
    check_address_space()
    with interruption.at_once():
        yield
