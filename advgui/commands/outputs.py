"""Checks on the files that a command is going to write, before it computes for minutes."""

import os
from pathlib import Path

from advgui.errors import AdvguiError
from advgui.files import is_stream, is_there
from advgui.models import cards


def check_writable(path: Path) -> None:
    """Check that a file can probably be written later.

    Args:
        path: The file; its folder need not be there yet.

    Raises:
        AdvguiError: It is a folder, it may not be written to, or its folder can neither be written to nor made.
    """
    if path.is_dir():
        raise AdvguiError(f"'{path}' is a folder, expected the name of a file to write. Add a file name.")
    if is_there(path) and not os.access(path, os.W_OK):
        raise AdvguiError(f"'{path}' may not be written to. Choose another place, or change its permissions.")
    if is_stream(path):
        return
    try:
        folder = Path(os.path.realpath(path)).parent
    except FileNotFoundError as error:
        raise AdvguiError(
            f"'{path}' cannot be written: the working folder has been deleted. Change to another one."
        ) from error
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise AdvguiError(
            f"'{path}' cannot be written: '{folder}' is not a folder that you may write to. Choose another place."
        )


def check_model_output(path: Path) -> None:
    """Check that a trained network, its card and its history can probably be written later.

    Args:
        path: The network's file.

    Raises:
        AdvguiError: As in `check_writable`, or the name does not end in ".keras".
    """
    if path.suffix != ".keras":
        raise AdvguiError(f"'{path}' is not a name for a network. Expected one that ends in '.keras'.")
    check_writable(path)


def check_replaceable(path: Path) -> None:
    """Check that writing a network replaces nothing but a network of this program.

    Its card and history have the names `NAME.json` and `NAME.csv`, which the user's own files may have.

    Args:
        path: The network's file.

    Raises:
        AdvguiError: There are such files, and they do not belong to a network with a card.
    """
    history = path.with_suffix(".csv")
    there = [each for each in (path, cards.path_for(path), history) if each.exists()]
    try:
        ours = not there or cards.read(path).history == history.name
    except AdvguiError:
        ours = False
    if not ours:
        names = ", ".join(f"'{each}'" for each in there)
        raise AdvguiError(
            f"{names} would be replaced, and no network of this program is there yet. Move what is there, or choose "
            "another name with --output."
        )
