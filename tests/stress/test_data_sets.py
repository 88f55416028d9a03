"""Downloads that are killed, that race each other, or that meet a full disk: no half of anything is taken for data."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from advgui.data import cifar10
from advgui.data.download import Archive, DownloadProgress, download
from advgui.errors import DataError
from advgui.files import write_atomically
from tests.downloads import small_archive
from tests.servers import Server, cut_after, whole

ROOT = Path(__file__).parents[2]
EACH = 200_000
MOST_LINES = 130  # about as many as a download that is not killed has
ROOM = 4 << 20


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A small archive passes for the official one, here and in the processes that download it."""
    return small_archive(monkeypatch, EACH)


def start(folder: Path, server: Server) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.stress.downloading", str(folder), server.url, str(EACH)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def nothing_half(folder: Path) -> None:
    """Whatever is found in a folder is whole, and what is not whole is not found."""
    found = cifar10.find(folder)
    assert found is None or cifar10.status(found).complete
    known = {cifar10.FOLDER, cifar10.ARCHIVE, f"{cifar10.ARCHIVE}.part"}
    others = {path.name for path in folder.iterdir()} - known
    assert all(name.startswith(".unpacking-") for name in others), others


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize(("seed", "kills"), [(0, 4), pytest.param(1, 60, marks=pytest.mark.slow)])
def test_a_killed_download_goes_on_where_it_was(
    seed: int, kills: int, archive: Archive, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server, generator = serve(cut_after(100_000)), random.Random(seed)
    folder, finished, resumed, reached = tmp_path / "data", 0, 0, set()
    for _ in range(kills):
        asked = len(server.ranges)
        with start(folder, server) as process:
            for _ in range(generator.randrange(1, MOST_LINES)):
                if not process.stdout.readline():
                    break
            process.kill()
        nothing_half(folder)
        reached |= {"unpacking" if path.name.startswith(".unpacking-") else path.name for path in folder.iterdir()}
        resumed += any(start is not None for start in server.ranges[asked:])
        if (folder / cifar10.FOLDER).exists():
            finished += 1
            shutil.rmtree(folder)
    print(f"{kills} kills: {resumed} downloads went on from a part, {finished} were too late; seen: {sorted(reached)}")
    assert cifar10.status(download(folder, urls=[server.url], archive=archive)).complete
    nothing_half(folder)
    if kills > 20:  # otherwise the kills came at the wrong times and show nothing
        assert resumed > 0
        assert {f"{cifar10.ARCHIVE}.part", cifar10.ARCHIVE, "unpacking", cifar10.FOLDER} <= reached


@pytest.mark.parametrize("repeat", range(3))
def test_two_downloads_at_once_harm_nothing(
    repeat: int, archive: Archive, serve: Callable[..., Server], tmp_path: Path
) -> None:
    """The window and the command line, say: one does it, the other says so."""
    server, folder = serve(cut_after(100_000)), tmp_path / "data"
    processes = [start(folder, server) for _ in range(2)]
    outputs = [process.communicate()[0].splitlines()[-1] for process in processes]
    assert "done" in outputs
    assert all(line == "done" or "is being downloaded" in line for line in outputs), outputs
    assert cifar10.status(folder).complete
    assert list(folder.iterdir()) == [folder / cifar10.FOLDER]


# A disk that is really full


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


class Filler:
    """Another program that fills the disk."""

    def __init__(self, disk: Path) -> None:
        self.path = disk / "filler"

    def fill(self, but: int = 0) -> None:
        """Take all the room that is left, but for some bytes."""
        with suppress(OSError), self.path.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        if but:
            os.truncate(self.path, self.path.stat().st_size - but)


@pytest.mark.parametrize("room", [0, 300_000])
def test_a_disk_that_fills_up_while_downloading(
    room: int, disk: Path, archive: Archive, serve: Callable[..., Server]
) -> None:
    server, filler, folder = serve(whole), Filler(disk), disk / "data"

    def fill(progress: DownloadProgress) -> None:
        if not filler.path.exists():
            filler.fill(room)

    with pytest.raises(DataError, match=r"is full .*Make room, or choose another folder"):
        download(folder, fill, urls=[server.url], archive=archive)
    assert cifar10.find(folder) is None
    kept = (folder / f"{archive.name}.part").stat().st_size if room else 0
    assert kept or not room
    with pytest.raises(DataError, match="is full"):
        download(folder, urls=[server.url], archive=archive)
    filler.path.unlink()
    assert cifar10.status(download(folder, urls=[server.url], archive=archive)).complete
    assert server.ranges[-1] == (f"bytes={kept}-" if kept else None)


def test_a_disk_that_fills_up_while_unpacking(disk: Path, archive: Archive, serve: Callable[..., Server]) -> None:
    server, filler, folder = serve(whole), Filler(disk), disk / "data"
    old = folder / cifar10.FOLDER / "test_batch"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")

    def fill() -> bool:
        if (folder / archive.name).exists() and not filler.path.exists():
            filler.fill()
        return False

    with pytest.raises(DataError, match="is full"):
        download(folder, should_stop=fill, urls=[server.url], archive=archive)
    assert sorted(path.name for path in folder.iterdir()) == sorted([cifar10.FOLDER, archive.name])
    assert old.read_bytes() == b"old"
    filler.path.unlink()
    assert cifar10.status(download(folder, urls=[server.url], archive=archive)).complete
    assert len(server.ranges) == 1


def test_an_export_to_a_full_disk_keeps_the_old_file(disk: Path) -> None:
    path = disk / "table.csv"
    write_atomically(path, "old")
    filler = Filler(disk)
    filler.fill()
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new" * 10_000)
    assert path.read_text("utf-8") == "old"
    assert sorted(disk.iterdir()) == [filler.path, path]
