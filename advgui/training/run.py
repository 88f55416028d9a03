"""A training run on the disk: where it stands, how it went, and how to go on after a kill."""

import csv
import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advgui.errors import AdvguiError
from advgui.files import replacing, write_atomically

HISTORY = "history.csv"
CHECKPOINT = "checkpoint.npz"


@dataclass(frozen=True)
class StepProgress:
    """Where a training run stands.

    Attributes:
        epoch: The epoch at work, from 1.
        epochs: Epochs in all.
        step: Steps done in this epoch.
        steps: Steps of this epoch.
        seconds_left: Estimate for the whole run, in seconds.
        metrics: Running means of this epoch, by name.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds_left: float
    metrics: Mapping[str, float]


ProgressCallback = Callable[[StepProgress], None]


class Clock:
    """Estimates the seconds left from the speed so far.

    Args:
        total: Work to do, in any unit.
    """

    def __init__(self, total: float) -> None:
        self._left = total
        self._done = 0.0
        self._start = time.monotonic()

    def advance(self, work: float) -> float:
        """Note work that was done; returns the estimated seconds left."""
        self._left -= work
        self._done += work
        return (time.monotonic() - self._start) / self._done * self._left


class Run:
    """A folder with the history (a row an epoch) and one checkpoint, both replaced in one step.

    Args:
        folder: Made if it is missing.
        recipe: What determines the run; a checkpoint of another recipe is refused.

    Raises:
        AdvguiError: The folder holds a run with another recipe, or a damaged checkpoint.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any]) -> None:
        self.folder = folder
        self._recipe = json.dumps(recipe, sort_keys=True)
        self.rows: list[dict[str, float]] = []
        self._arrays: list[NDArray[Any]] | None = None
        if (folder / CHECKPOINT).exists():
            self._read()

    def _read(self) -> None:
        path = self.folder / CHECKPOINT
        try:
            # Opened here, because numpy leaves a file that it opened itself open when it is damaged.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                recipe = str(stored["recipe"])
                self.rows = json.loads(str(stored["rows"]))
                self._arrays = [stored[f"array{n}"] for n in range(len(stored.files) - 2)]
        except Exception as error:  # numpy, zipfile and json each have their own
            raise AdvguiError(
                f"'{path}' cannot be read as a checkpoint ({error}). Delete it to start from the beginning."
            ) from error
        if recipe != self._recipe:
            raise AdvguiError(
                f"'{self.folder}' holds a run with other settings:{_differences(recipe, self._recipe)}\n"
                "Use the same settings and images to resume it, or choose another folder with --run."
            )

    @property
    def epochs_done(self) -> int:
        """Epochs that the checkpoint has behind it."""
        return len(self.rows)

    def restore(self, variables: list[Any]) -> None:
        """Assign the checkpoint's arrays, if there is one, to Keras variables in their order."""
        if self._arrays is None:
            return
        if [a.shape for a in self._arrays] != [tuple(v.shape) for v in variables]:
            raise AdvguiError(
                f"The checkpoint in '{self.folder}' has other variables than this version of the program trains. "
                "Delete the folder to start from the beginning."
            )
        for variable, array in zip(variables, self._arrays, strict=True):
            variable.assign(array)
        self._arrays = None

    def save(self, row: Mapping[str, float], variables: list[Any]) -> None:
        """Add the history row of a finished epoch and write the checkpoint.

        Args:
            row: Metrics by name; every row has the same names.
            variables: What `restore` gets, in the same order.

        Raises:
            OSError: The disk is full or the folder cannot be written to; the last checkpoint is kept.
        """
        self.rows.append(dict(row))
        arrays = {f"array{n}": variable.numpy() for n, variable in enumerate(variables)}
        with replacing(self.folder / CHECKPOINT) as path, path.open("wb") as file:
            np.savez(file, recipe=np.array(self._recipe), rows=np.array(json.dumps(self.rows)), **arrays)
        # The history can always be written anew from the checkpoint, so it comes second.
        write_atomically(self.folder / HISTORY, history_text(self.rows))


def _differences(there: str, now: str) -> str:
    """Return the settings, as JSON, in which a checkpoint's run and this one differ, a line each."""
    try:
        old: dict[str, Any] = dict(json.loads(there))
    except (TypeError, ValueError):
        old = {}
    new: dict[str, Any] = json.loads(now)
    return "".join(
        f"\n  {name}: {_shown(old.get(name))} there, {_shown(new.get(name))} now"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def _shown(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) < 64 else f"{text[:12]}…"  # a checksum says as much in twelve characters


def history_text(rows: list[dict[str, float]]) -> str:
    """Return history rows as CSV text with a header; numbers have six significant digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([f"{value:.6g}" for value in row.values()] for row in rows)
    return text.getvalue()
