"""Results that are kept from one start to the next: a folder of reports, a hundred at most."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from advgui import files
from advgui.attacks import ATTACKS
from advgui.errors import DataError
from advgui.evaluation.report import Report
from advgui.reports import storage

MOST = 100
_TIME = "%Y%m%dT%H%M%S.%fZ"
_REMOVED = ".removed"  # in place of ".json", until nobody can want it back
_NAME = re.compile(
    r"(?P<time>\d{8}T\d{6}\.\d{6}Z) (?P<attacks>[\w+-]{1,100}) (?P<images>\d{1,9}) of (?P<planned>\d{1,9})\.json",
    re.ASCII,
)


@dataclass(frozen=True)
class Entry:
    """A kept result, as its file's name tells; the report itself may be large.

    Attributes:
        path: Of the report.
        begun: When the evaluation began, in UTC.
        attacks: Names in `advgui.attacks.ATTACKS`.
        images: How many were evaluated.
        planned: How many were to be evaluated.
    """

    path: Path
    begun: datetime
    attacks: tuple[str, ...]
    images: int
    planned: int

    @property
    def complete(self) -> bool:
        """Whether every planned image was evaluated."""
        return self.images == self.planned

    def __str__(self) -> str:
        """Return one line for a menu, with the time of this place."""
        attacks = " and ".join(ATTACKS[name].label if name in ATTACKS else name for name in self.attacks)
        counted = f"{self.images:,} images" if self.complete else f"partial, {self.images:,} of {self.planned:,} images"
        return f"{self.begun.astimezone():%Y-%m-%d %H:%M:%S}: {attacks}, {counted}"


class KeptResults:
    """A folder of results, which only grows to a number of them.

    Args:
        folder: Made when there is something to keep.
        most: How many are kept. Of more, the one with the fewest images goes, the oldest among equals; never the
            newest, and nothing that is not a result of this folder.
    """

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder, self.most = folder, most
        self._lock = Lock()

    def entries(self) -> list[Entry]:
        """Return what is kept, the newest first; nothing where the folder is missing or cannot be read."""
        with suppress(OSError):
            found = [_entry(path) for path in self.folder.iterdir()]
            return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.begun, reverse=True)
        return []

    def add(self, report: Report, begun: datetime) -> Entry:
        """Keep what an evaluation has found so far, in the place of what was kept of the same one before.

        May be called on any thread, and in any order: what has more images stays.

        Args:
            report: With at least one image.
            begun: When the evaluation began, in UTC; no two evaluations begin in the same microsecond.

        Raises:
            OSError: The folder cannot be written to, or the disk is full; what was kept is as it was.
        """
        attacks = "+".join(dict.fromkeys(run.scenario.attack.name for run in report.runs))[:100]
        name = f"{begun.astimezone(UTC).strftime(_TIME)} {attacks} {report.images} of {report.planned}.json"
        content = storage.to_json(report)
        with self._lock:
            same = [entry for entry in self.entries() if entry.begun == begun]
            if same and same[0].images > report.images:
                return same[0]
            files.write_atomically(self.folder / name, content)
            for entry in same:
                if entry.path.name != name:
                    entry.path.unlink(missing_ok=True)
            self._prune()
        return Entry(self.folder / name, begun, tuple(attacks.split("+")), report.images, report.planned)

    def read(self, entry: Entry) -> Report:
        """Read a kept result.

        Raises:
            DataError: It is gone, damaged or of another version.
        """
        return storage.load(entry.path)

    def newest(self) -> tuple[Entry, Report] | None:
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
            self.add(storage.load(path), begun)
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
    return Entry(path, begun, tuple(told["attacks"].split("+")), int(told["images"]), int(told["planned"]))
