"""Training histories: how a training went, a row an epoch, as CSV beside a network or in the folder of a run."""

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advgui import files, resources
from advgui.errors import AdvguiError
from advgui.text import printable, shown

LARGEST = 1 << 20  # bytes; a history of a thousand epochs has some 70,000
LARGEST_EPOCH = 1_000_000
LARGEST_VALUE = 1e30

# Where `advgui train` leaves its runs, and what it calls the history there.
RUNS = Path("runs")
FILE = "history.csv"

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class History:
    """How a training went.

    Attributes:
        name: Of the network or the run.
        columns: What was recorded in each epoch, by the name in the file's header: float64 (epochs,), finite,
            read-only. `epoch` is among them: whole numbers that rise.
    """

    name: str
    columns: Mapping[str, NDArray[np.float64]]

    @property
    def epochs(self) -> NDArray[np.float64]:
        """The numbers of the epochs, one or more."""
        return self.columns["epoch"]


def read(path: Path) -> History:
    """Read a history.

    Args:
        path: A CSV file with a header, a column `epoch` and numbers, as `advgui train` writes it.

    Raises:
        AdvguiError: It is missing, cannot be read, is larger than 1 MB, or is not a history: without `epoch` or rows,
            with rows of different lengths, with anything that is not a finite number, with epochs that do not rise.
    """
    try:
        return History(name_of(path), _columns(files.read_text(path, LARGEST)))
    except _Unfit as error:
        raise AdvguiError(
            f"'{path}' is not a training history: {error}. Expected a CSV file with a column 'epoch' and a row of "
            "numbers for each epoch, as 'advgui train' writes it. Choose another file."
        ) from error
    except OSError as error:
        raise AdvguiError(
            f"'{path}' cannot be read ({error.strerror or error}). Expected a training history (CSV). "
            "Choose another file, that is there and that you may read."
        ) from error


def name_of(path: Path) -> str:
    """Return what a history tells about: NAME of `NAME.csv`, and of `NAME/history.csv`."""
    name = (path.absolute().parent.name if path.name == FILE else "") or path.stem
    # What cannot be printed, such as a file name in another encoding, could not be written into a figure either.
    return "".join(letter if letter.isprintable() else "_" for letter in name)


def bundled(folder: Path | None = None) -> list[Path]:
    """Return the histories of the networks that come with the program, the classifier's first.

    Args:
        folder: With `NAME.keras` and `NAME.csv`; `trained/` if None.
    """
    place = folder or resources.trained()
    found = [path.with_suffix(".csv") for path in place.glob("[!.]*.keras")]
    return sorted((path for path in found if path.is_file()), key=lambda path: (path.stem != "classifier", path.stem))


def of_runs(folder: Path = RUNS) -> list[Path]:
    """Return the histories of trainings that run, or ran, in the subfolders of `folder`."""
    return sorted(path for path in folder.glob(f"*/{FILE}") if path.is_file())


class _Unfit(Exception):
    """Says in a few words what is wrong with a file's content."""


def _columns(text: str) -> dict[str, NDArray[np.float64]]:
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row] or [[]]
    except csv.Error as error:
        raise _Unfit(f"it is no CSV ({error})") from error
    names = [printable(name.strip()) for name in header]
    if "epoch" not in names:
        raise _Unfit("it has no column 'epoch'")
    if not all(names) or len(set(names)) < len(names):
        raise _Unfit("a column has no name, or two have the same")
    if not rows:
        raise _Unfit("it has no rows")
    table = np.array([_numbers(place, names, row) for place, row in enumerate(rows, start=1)], np.float64)
    table.flags.writeable = False
    columns = {name: table[:, place] for place, name in enumerate(names)}
    epochs = columns["epoch"]
    if np.any(epochs != np.floor(epochs)) or np.any(np.diff(epochs) <= 0):
        raise _Unfit("its epochs are not whole numbers that rise")
    if epochs[0] < 0 or epochs[-1] > LARGEST_EPOCH:
        raise _Unfit(f"its epochs go from {epochs[0]:g} to {epochs[-1]:g}, not from at least 0 to a million at most")
    return columns


def _numbers(place: int, names: list[str], row: list[str]) -> list[float]:
    if len(row) != len(names):
        raise _Unfit(f"row {place} has {len(row)} values for {len(names)} columns")
    numbers = []
    for name, cell in zip(names, row, strict=True):
        number = float(cell) if _NUMBER.fullmatch(cell.strip()) else math.nan
        if not abs(number) <= LARGEST_VALUE:  # nor is anything that is not a number
            raise _Unfit(f"'{shown(name)}' in row {place} is '{shown(cell, 40)}', not a finite number")
        numbers.append(number)
    return numbers
