"""Say what a file is, or why it is refused: a network, a report, a picture."""

import argparse
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from advgui.errors import AdvguiError
from advgui.files import is_folder
from advgui.models.archive import ModelFile, check_lists
from advgui.models.model_files import private_copy
from advgui.models.quarantine import Kind, Limits, Quarantine

_KINDS = (Kind.CLASSIFIER, Kind.AUTOENCODER, Kind.REPORT, Kind.PICTURE)
_FIRST_BYTES = 4096
# A minute in all, with what comes before and behind.
_LIMITS = Limits(total=55)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a network (.keras), a report (.json) or a picture")
    parser.add_argument("--kind", choices=[*map(str, _KINDS)], help="what it has to be (default: found out)")


def run(args: argparse.Namespace) -> int:
    """Try the file in a process of its own and say what it is.

    Returns:
        0.

    Raises:
        AdvguiError: It is refused; the text says why.
    """
    path: Path = args.file
    kind = Kind(args.kind) if args.kind else guessed(path)
    print(f"{path}: {_DESCRIPTIONS[kind](_found(path, kind))}")
    return 0


def guessed(path: Path) -> Kind:
    """Return what a file seems to be, by its name and its first bytes.

    Raises:
        AdvguiError: It cannot be read, or is not a file.
    """
    try:
        # Looked at before it is opened: to open a pipe can last for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            kind = "a folder" if is_folder(path) else "no regular file"
            raise AdvguiError(f"'{path}' is {kind}, expected a network, a report or a picture. Choose a file.")
        with path.open("rb") as file:
            start = file.read(_FIRST_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise AdvguiError(
            f"'{path}' cannot be read ({reason}), expected a network, a report or a picture. Check the path."
        ) from error
    if path.suffix.lower() == ".keras" or start.startswith((b"PK\x03\x04", b"\x89HDF")):
        return Kind.MODEL
    if path.suffix.lower() == ".json" or start.lstrip().startswith(b"{"):
        return Kind.REPORT
    return Kind.PICTURE


def _found(path: Path, kind: Kind) -> Mapping[str, Any]:
    if kind in (Kind.REPORT, Kind.PICTURE):
        guessed(path)  # complains about what is not a file
        with Quarantine(_LIMITS) as process:
            return process.examine(path.absolute(), kind, str(path))
    file = ModelFile.read(path)
    check_lists(file)
    digest = file.sha256
    with private_copy(file) as copy, Quarantine(_LIMITS) as process:
        del file  # half a gigabyte, perhaps
        return process.examine(copy, kind, str(path)) | {"sha256": digest}


def _network(facts: Mapping[str, Any]) -> str:
    what = f"a classifier of {facts['classes']:,} classes" if facts["kind"] == "classifier" else "an autoencoder"
    return (
        f"{what} with {facts['weights']:,} weights, {facts['milliseconds']:,.1f} ms for an image of 32 px. "
        f"SHA-256 {facts['sha256']}"
    )


def _report(facts: Mapping[str, Any]) -> str:
    part = "" if facts["complete"] else ", not complete"
    return f"a report of {facts['runs']:,} runs on {facts['images']:,} images of {facts['data']}{part}"


def _picture(facts: Mapping[str, Any]) -> str:
    size = f"a picture, given to the classifier with {facts['width']}x{facts['height']} px"
    return f"{size} ({facts['note']})" if facts["note"] else size


_DESCRIPTIONS: Mapping[Kind, Callable[[Mapping[str, Any]], str]] = {
    **dict.fromkeys((Kind.CLASSIFIER, Kind.AUTOENCODER, Kind.MODEL), _network),
    Kind.REPORT: _report,
    Kind.PICTURE: _picture,
}
