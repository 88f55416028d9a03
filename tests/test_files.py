"""A reader finds the old file or the new one, never a mixture, and a failure leaves nothing behind."""

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui import files
from advgui.files import held, is_file, is_folder, is_there, replacing, write_atomically


@given(content=st.binary(max_size=2000) | st.text(max_size=500))
def test_what_was_written_is_there(tmp_path_factory: pytest.TempPathFactory, content: bytes | str) -> None:
    path = tmp_path_factory.mktemp("files") / "new" / "folder" / "file.txt"
    write_atomically(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, "old")

    def fail_half_way() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half of the n", "utf-8")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failing_disk_keeps_the_old_file(failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((files.os, "fsync") if failing == "fsync" else (Path, "replace")), full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    monkeypatch.undo()
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    write_atomically(path, "old")
    with replacing(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".png"
        temporary.write_text("new", "utf-8")
        assert path.read_text("utf-8") == "old"
    assert path.read_text("utf-8") == "new"


def test_the_content_is_on_the_disk_before_the_name_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(files.os, "fsync", lambda handle: (events.append("fsync"), fsync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (events.append("replace"), replace(self, to))[1])
    write_atomically(tmp_path / "file.txt", "text")
    assert events == ["fsync", "replace"]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 251}.csv"
    write_atomically(path, "text")
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_too_long_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"[Nn]ame"):
        write_atomically(tmp_path / f"{'n' * 300}.csv", "text")
    assert list(tmp_path.iterdir()) == []


def test_looking_at_a_path_is_never_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    assert (is_there(tmp_path), is_folder(tmp_path), is_file(tmp_path)) == (True, True, False)
    assert (is_there(tmp_path / "file"), is_folder(tmp_path / "file"), is_file(tmp_path / "file")) == (
        True,
        False,
        True,
    )
    for path in (tmp_path / "none", tmp_path / ("x" * 5000), Path("null\0character"), tmp_path / "file" / "x"):
        assert (is_there(path), is_folder(path), is_file(path)) == (False, False, False)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", denied)
    assert (is_there(tmp_path), is_folder(tmp_path), is_file(tmp_path)) == (False, False, False)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_permissions_are_those_of_an_ordinary_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ordinary").touch()
    # The mask belongs to the whole process: two threads that set it and set it back could lose it.
    monkeypatch.setattr(os, "umask", lambda _: pytest.fail("the mask was changed"))
    write_atomically(tmp_path / "file", "text")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)


KILLED = """
import os, signal, sys
from pathlib import Path
from advgui.files import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half of the n", "utf-8")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_kill_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, "old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, cwd=Path(files.__file__).parents[1])
    assert done.returncode < 0
    assert path.read_text("utf-8") == "old"
    write_atomically(path, "new")  # what the killed one left does not stand in the way
    assert path.read_text("utf-8") == "new"


@pytest.mark.skipif(os.name == "nt", reason="nothing is held on Windows")
def test_a_folder_is_held_once(tmp_path: Path) -> None:
    with held(tmp_path) as first, held(tmp_path) as second:
        assert (first, second) == (True, False)
        (tmp_path / "file").touch()  # the hold stands in nobody else's way
    with held(tmp_path) as again:
        assert again
    with pytest.raises(FileNotFoundError), held(tmp_path / "none"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="nothing is held on Windows")
def test_a_file_system_without_locks_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def without(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    with held(tmp_path) as alone:
        assert alone


@given(content=st.text(max_size=500))
def test_a_text_comes_back(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    path = tmp_path_factory.mktemp("files") / "file.txt"
    size = len(content.encode())
    write_atomically(path, content)
    assert files.read_text(path, size) == content.removeprefix("\ufeff")
    if size:
        with pytest.raises(OSError, match="larger than"):
            files.read_text(path, size - 1)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"\xff\xfe")
    with pytest.raises(OSError, match="not text"):
        files.read_text(tmp_path / "file", 10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes and devices")
@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "endless device", "folder", "nothing", "endless file"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path, aim = tmp_path / "file", tmp_path / "aim"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a pipe":
        os.mkfifo(aim)
        path.symlink_to(aim)
    elif kind == "folder":
        path.mkdir()
    elif kind == "endless device":
        path = Path("/dev/zero")
    elif kind == "endless file":
        with path.open("wb") as file:
            file.truncate(1 << 40)  # takes no room
    expected = {"nothing": "No such file", "endless file": "larger than 1 MB"}.get(kind, "not a file, but")
    # In a process of its own, which is ended where it waits.
    code = f"from advgui import files; from pathlib import Path; files.read_bytes(Path({str(path)!r}), 1 << 20)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert expected in done.stderr


posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_that_was_there_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    path.chmod(mode)
    with replacing(path) as temporary:
        # What is private must not be public for a moment either.
        assert stat.S_IMODE(temporary.stat().st_mode) == mode
        temporary.write_text("new")
    assert (stat.S_IMODE(path.stat().st_mode), path.read_text()) == (mode, "new")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_a_file_that_was_there_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    os.chown(path, 1234, 5678)
    write_atomically(path, "new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678)


@posix
def test_a_file_that_may_not_be_written_to_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # as it is for everybody but root
    with pytest.raises(PermissionError, match=r"file\.txt"):
        write_atomically(path, "new")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]


@posix
@pytest.mark.parametrize("is_there_already", [True, False])
def test_links_are_followed(tmp_path: Path, is_there_already: bool) -> None:
    target = tmp_path / "elsewhere" / "file.txt"
    target.parent.mkdir()
    if is_there_already:
        target.write_text("old")
    link, second = tmp_path / "link.txt", tmp_path / "second.txt"
    link.symlink_to("elsewhere/file.txt")
    second.symlink_to(link)
    write_atomically(second, "new")
    assert (link.is_symlink(), second.is_symlink(), target.read_text()) == (True, True, "new")
    assert list(target.parent.iterdir()) == [target]


@posix
def test_a_circle_of_links_is_an_error_and_stays(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.symlink_to(second)
    second.symlink_to(first)
    with pytest.raises(OSError, match="symbolic links"):
        write_atomically(first, "text")
    assert {path.name: path.readlink() for path in tmp_path.iterdir()} == {"first": second, "second": first}


@posix
@pytest.mark.parametrize("through_a_link", [False, True])
def test_devices_are_written_to(tmp_path: Path, through_a_link: bool) -> None:
    def device(name: str) -> Path:
        if not through_a_link:
            return Path("/dev") / name
        (tmp_path / name).symlink_to(f"/dev/{name}")
        return tmp_path / name

    write_atomically(device("null"), "text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="No space left") as caught:
            write_atomically(device("full"), "text")
        assert caught.value.errno == errno.ENOSPC
        assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


@posix
def test_a_pipe_gets_all_of_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content, got = os.urandom(300_000), []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, content)
    reader.join(60)
    assert got == [content]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


TO_ITS_OWN_OUTPUT = """
import sys
from pathlib import Path
from advgui.files import write_atomically
print("before", flush=True)
write_atomically(Path(sys.argv[1]), "content\\n")
print("after", flush=True)
"""


@posix
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("to_a_file", [False, True])
def test_its_own_output_is_written_to_in_order(tmp_path: Path, name: str, to_a_file: bool) -> None:
    if not Path(name).exists():
        pytest.skip(f"there is no {name}")
    command = [sys.executable, "-c", TO_ITS_OWN_OUTPUT, name]
    root = Path(files.__file__).parents[1]
    if to_a_file:
        with (tmp_path / "out").open("wb") as out:
            subprocess.run(command, stdout=out, check=True, cwd=root, timeout=120)
        said = (tmp_path / "out").read_text()
    else:
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=root, timeout=120).stdout
    assert said == "before\ncontent\nafter\n"
