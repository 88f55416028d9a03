"""Find, verify or download the full CIFAR-10."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from advgui import interruption, resources
from advgui.commands.progress import ProgressLine
from advgui.data import cifar10
from advgui.errors import DataError
from advgui.text import duration

if TYPE_CHECKING:
    from advgui.data.download import DownloadProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary, data in (
        (
            "status",
            "say where the data set is and whether it is whole",
            "folder to look in (default: the usual places)",
        ),
        ("verify", "compare every checksum", "folder or archive (default: look for it)"),
        ("download", "download it, or go on with a download", f"where to (default: {resources.cache()})"),
    ):
        action = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        action.add_argument("--data", type=Path, metavar="DIR", help=data.replace("%", "%%"))


def run(args: argparse.Namespace) -> int:
    """Do what was asked for.

    Returns:
        0; 1 if `status` finds no whole copy; 130, 143 or 129 after an interrupted download, which can be continued.

    Raises:
        DataError: The data set is missing or damaged, or cannot be downloaded.
    """
    if args.action == "status":
        return _status(args.data)
    if args.action == "verify":
        print(f"{_verified(args.data)}: the official CIFAR-10, whole.")
        return 0
    return _download(args.data)


def _status(folder: Path | None) -> int:
    found = cifar10.status(folder)
    if found.path is None:
        print("The full CIFAR-10 was not found. Looked in:")
        for place in [folder] if folder is not None else cifar10.places():
            print(f"  {place.absolute()}")
        print(cifar10.HOW_TO_GET_IT)
        return 1
    print(found.path.absolute())
    for name, state in found.files.items():
        print(f"  {name}: {state}")
    print("The official CIFAR-10, whole." if found.complete else f"Not whole. {cifar10.HOW_TO_GET_IT}")
    return 0 if found.complete else 1


def _verified(folder: Path | None) -> Path:
    line = ProgressLine(sys.stderr)
    try:
        path = cifar10.verify(folder, lambda share: line.show(f"Comparing checksums: {share:.0%}"))
    except DataError:
        line.close("Not verified.")
        raise
    line.close("All checksums are right.")
    return path


def _download(folder: Path | None) -> int:
    if folder is None:
        there = cifar10.status()
        if there.complete:
            print(f"{there.path}: the official CIFAR-10, whole. Nothing to download.")
            return 0
    elif folder.is_file():
        raise DataError(f"'{folder}' is a file, expected a folder to download to. Choose another one.")
    from advgui.data.download import download  # imports requests: a tenth of a second

    line = ProgressLine(sys.stderr)
    try:
        path = download(folder, lambda progress: line.show(progress_text(progress)))
    except KeyboardInterrupt as interrupt:
        line.close("Stopped. Run the same command again to go on from here.")
        return interruption.exit_code(interrupt)
    except DataError:
        line.close("The download has failed.")
        raise
    line.close("Downloaded, compared and unpacked.")
    print(f"{path}: the official CIFAR-10, whole.")
    return 0


def progress_text(progress: "DownloadProgress") -> str:
    """Return where a download stands, in one line."""
    text = f"{progress.done / 1e6:,.1f}"
    if progress.total:
        text += f" of {progress.total / 1e6:,.1f} MB ({progress.done / progress.total:.0%})"
    else:
        text += " MB"
    if progress.done == progress.total:
        return f"{text}, unpacking"
    text += f" from {progress.source}, {progress.bytes_per_second / 1e6:.2f} MB/s"
    return text if progress.seconds_left is None else f"{text}, {duration(progress.seconds_left)} left"
