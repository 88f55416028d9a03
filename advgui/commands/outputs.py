"""Checks on the files that a command is going to write, before it computes for minutes."""

import os
from pathlib import Path

from advgui.errors import AdvguiError


def check_writable(path: Path) -> None:
    """Check that a file can probably be written later.

    Args:
        path: The file; its folder need not be there yet.

    Raises:
        AdvguiError: It is a folder, or its folder can neither be written to nor made.
    """
    if path.is_dir():
        raise AdvguiError(f"'{path}' is a folder, expected the name of a file to write. Add a file name.")
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise AdvguiError(
            f"'{path}' cannot be written: '{folder}' is no folder that you may write to. Choose another place."
        )
