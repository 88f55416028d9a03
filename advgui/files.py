"""Reading files that may be anything; writing them so that a reader finds the old or the new one; looking at paths."""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Characters of a file's name that its temporary file carries; systems allow 255 bytes.
_NAME_KEPT = 40
_NO_FILE = "it is no file, but a folder, a pipe or a device"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well, it takes the place of `path`.

    For libraries that insist on writing to a path of their own. The file name's last suffix is kept, because
    such libraries choose the format by it.

    Args:
        path: The file to create or replace. Its folder is made if it is missing.

    Yields:
        A path in the same folder to write to.

    Raises:
        OSError: The folder cannot be written to, or the disk is full; `path` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    # Made as open() makes files, and not private as tempfile does, so that it has the permissions of any new file.
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        # The name may only change once the content is on the disk: a power cut must not leave an empty file.
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """Return a hidden name in the same folder that nobody else has."""
    return path.with_name(f".{path.stem[:_NAME_KEPT]}-{secrets.token_hex(8)}{path.suffix}")


def is_there(path: Path) -> bool:
    """Whether there is anything; False, and unlike `Path.exists` never an error, where nothing may be looked at."""
    return _mode(path) is not None


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False, and unlike `Path.is_dir` never an error, where nothing may be looked at."""
    return stat.S_ISDIR(_mode(path) or 0)


def is_file(path: Path) -> bool:
    """Whether there is a regular file; False, and unlike `Path.is_file` never an error, where nothing may be seen."""
    return stat.S_ISREG(_mode(path) or 0)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):  # ValueError: a null character in the path
        return None


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold a folder, so that two processes, or two threads, do not do the same work in it at the same time.

    What ends a process ends its hold, a kill too. Nothing is held on Windows and on file systems without locks.

    Args:
        folder: Must be there.

    Yields:
        Whether it is held; False if somebody else holds it.

    Raises:
        OSError: The folder cannot be read.
    """
    if sys.platform == "win32":
        yield True
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    is_held = True
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_held = False
        except OSError:  # no locks here
            pass
        yield is_held
    finally:
        os.close(handle)


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write `content` to `path`, replacing it in one step.

    Args:
        path: The file to create or replace.
        content: Bytes, or text that is written as UTF-8.

    Raises:
        OSError: The folder cannot be written to, or the disk is full; `path` is then as it was.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the content of a regular file, and refuse everything else at once.

    A pipe would be waited for, a device never ends, and a huge file takes all memory.

    Args:
        path: The file; a link to one is followed.
        limit: The most bytes that it may have.

    Raises:
        OSError: It cannot be read, is no regular file or larger; `strerror` says which.
    """
    # Looked at before, because opening a device can do something, and after, because that is what is read.
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, _NO_FILE, str(path))
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, _NO_FILE, str(path))
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit / (1 << 20):g} MB", str(path))
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_text(path: Path, limit: int) -> str:
    """Return the text of a regular file in UTF-8, with or without a byte order mark.

    Args:
        path: As for `read_bytes`.
        limit: As for `read_bytes`.

    Raises:
        OSError: As `read_bytes`, or it is no text.
    """
    try:
        return read_bytes(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, "it is no text in UTF-8", str(path)) from error
