"""Results that are kept from one start to the next: a folder for each kind of result, a hundred in each at most."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Generic, Protocol, TypeVar

from advgui import files
from advgui.attacks import ATTACKS
from advgui.certification.report import Certification
from advgui.errors import DataError
from advgui.evaluation.report import Report
from advgui.reports import certified_storage, storage

MOST = 100
_TIME = "%Y%m%dT%H%M%S.%fZ"
_REMOVED = ".removed"  # in place of ".json", until nobody can want it back
_NAME = re.compile(
    r"(?P<time>\d{8}T\d{6}\.\d{6}Z) (?P<names>[\w+.-]{1,100}) (?P<images>\d{1,9}) of (?P<planned>\d{1,9})\.json",
    re.ASCII,
)


class Counted(Protocol):
    """A result: an evaluation, or a certification."""

    @property
    def images(self) -> int:
        """How many images it has."""
        ...


_Result = TypeVar("_Result", bound=Counted)


@dataclass(frozen=True)
class Kind(Generic[_Result]):
    """What is kept in a folder.

    Attributes:
        write: Returns a result as JSON text.
        read: Reads one from its file; raises DataError if it is gone, damaged or of another version.
        names: Returns what it is in a word or several, joined by "+".
        planned: Returns how many images were planned.
    """

    write: Callable[[_Result], str]
    read: Callable[[Path], _Result]
    names: Callable[[_Result], str]
    planned: Callable[[_Result], int]


def _attacks(report: Report) -> str:
    return "+".join(dict.fromkeys(run.scenario.attack.name for run in report.runs))


def _noise(report: Certification) -> str:
    return f"sigma-{report.smoothing.sigma:g}" + ("+autoencoder" if report.smoothing.denoised else "")


EVALUATIONS = Kind(storage.to_json, storage.load, _attacks, lambda report: report.planned)
CERTIFICATIONS = Kind(certified_storage.to_json, certified_storage.load, _noise, lambda report: len(report.planned))


@dataclass(frozen=True)
class Entry:
    """A kept result, as its file's name tells; the report itself may be large.

    Attributes:
        path: Of the report.
        begun: When it began to be counted, in UTC.
        names: Of an evaluation its attacks, names in `advgui.attacks.ATTACKS`.
        images: How many were evaluated.
        planned: How many were to be evaluated.
    """

    path: Path
    begun: datetime
    names: tuple[str, ...]
    images: int
    planned: int

    @property
    def complete(self) -> bool:
        """Whether every planned image was evaluated."""
        return self.images == self.planned

    def __str__(self) -> str:
        """Return one line for a menu, with the time of this place."""
        names = " and ".join(ATTACKS[name].label if name in ATTACKS else name for name in self.names)
        counted = f"{self.images:,} images" if self.complete else f"partial, {self.images:,} of {self.planned:,} images"
        return f"{self.begun.astimezone():%Y-%m-%d %H:%M:%S}: {names}, {counted}"


class KeptResults(Generic[_Result]):
    """A folder of results, which only grows to a number of them.

    Args:
        folder: Made when there is something to keep.
        kind: What is in it.
        most: How many are kept. Of more, the one with the fewest images goes, the oldest among equals; never the
            newest, and nothing that is not a result of this folder.
    """

    def __init__(self, folder: Path, kind: Kind[_Result], most: int = MOST) -> None:
        self.folder, self.kind, self.most = folder, kind, most
        self._lock = Lock()

    def entries(self) -> list[Entry]:
        """Return what is kept, the newest first; nothing where the folder is missing or cannot be read."""
        with suppress(OSError):
            found = [_entry(path) for path in self.folder.iterdir()]
            return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.begun, reverse=True)
        return []

    def add(self, report: _Result, begun: datetime) -> Entry:
        """Keep what was found so far, in the place of what was kept of the same run before.

        May be called on any thread, and in any order: what has more images stays.

        Args:
            report: With at least one image.
            begun: When the run began, in UTC; no two begin in the same microsecond.

        Raises:
            OSError: The folder cannot be written to, or the disk is full; what was kept is as it was.
        """
        names, planned = self.kind.names(report)[:100], self.kind.planned(report)
        name = f"{begun.astimezone(UTC).strftime(_TIME)} {names} {report.images} of {planned}.json"
        content = self.kind.write(report)
        with self._lock:
            same = [entry for entry in self.entries() if entry.begun == begun]
            if same and same[0].images > report.images:
                return same[0]
            files.write_atomically(self.folder / name, content)
            for entry in same:
                if entry.path.name != name:
                    entry.path.unlink(missing_ok=True)
            self._prune()
        return Entry(self.folder / name, begun, tuple(names.split("+")), report.images, planned)

    def read(self, entry: Entry) -> _Result:
        """Read a kept result.

        Raises:
            DataError: It is gone, damaged or of another version.
        """
        return self.kind.read(entry.path)

    def newest(self) -> tuple[Entry, _Result] | None:
        """Read the newest result that can be read; None if there is none."""
        for entry in self.entries():
            with suppress(DataError):
                return entry, self.read(entry)
        return None

    def remove(self, entry: Entry) -> None:
        """Take a kept result away; `restore` brings back the last one.

        Raises:
            OSError: It is gone already, or the folder cannot be written to.
        """
        self.forget_removed()
        entry.path.replace(entry.path.with_suffix(_REMOVED))

    def restore(self, entry: Entry) -> None:
        """Bring back what was removed last.

        Raises:
            OSError: It was forgotten meanwhile, or the folder cannot be written to.
        """
        entry.path.with_suffix(_REMOVED).replace(entry.path)

    def forget_removed(self) -> None:
        """Delete for good what was removed."""
        with suppress(OSError):
            for path in self.folder.glob(f"*{_REMOVED}"):
                if _entry(path.with_suffix(".json")) is not None:
                    path.unlink(missing_ok=True)

    def adopt(self, path: Path) -> None:
        """Take in the one result that earlier versions kept; a file that is not a result stays where it is."""
        with suppress(OSError, DataError):
            begun = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            self.add(self.kind.read(path), begun)
            path.unlink()

    def _prune(self) -> None:
        older = self.entries()[1:]
        surplus = max(len(older) + 1 - self.most, 0)
        for entry in sorted(older, key=lambda entry: (entry.images, entry.begun))[:surplus]:
            entry.path.unlink(missing_ok=True)


def _entry(path: Path) -> Entry | None:
    told = _NAME.fullmatch(path.name)
    if told is None:
        return None
    try:
        begun = datetime.strptime(told["time"], _TIME).replace(tzinfo=UTC)
    except ValueError:  # the thirteenth month
        return None
    return Entry(path, begun, tuple(told["names"].split("+")), int(told["images"]), int(told["planned"]))
