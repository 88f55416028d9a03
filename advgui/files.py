"""Reading files that may be anything; writing them so that a reader finds the old or the new one; looking at paths."""

import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Characters of a file's name that its temporary file carries; systems allow 255 bytes.
_NAME_KEPT = 40
_NO_FILE = "it is not a file, but a folder, a pipe or a device"
_OWN = re.compile(r"/dev/(stdout|stderr)|/(?:dev|proc/self)/fd/(\d{1,9})")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well, it takes the place of `path`.

    For libraries that insist on writing to a path of their own. The file name's last suffix is kept, because
    such libraries choose the format by it.

    A link stays and what it leads to is replaced; a file that was there keeps its owner and its permissions. What is no
    regular file, such as a pipe or /dev/null, cannot be replaced and is written to.

    Args:
        path: The file to create or replace. Its folder is made if it is missing.

    Yields:
        A path to write to, in the same folder for regular files.

    Raises:
        OSError: The file or its folder may not be written to, or the disk is full; a regular file is then as it was.
    """
    there = _mode(path)
    if is_stream(path):
        with _copied_into(path) as temporary:
            yield temporary
        return
    path = Path(os.path.realpath(path))
    if path.is_symlink():  # only a circle of links is left unresolved
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    # Made as open() makes files, and not private as tempfile does, so that it has the permissions of any new file.
    temporary.touch(exist_ok=False)
    try:
        if there is not None:
            _as_before(path, temporary)
        yield temporary
        # The name may only change once the content is on the disk: a power cut must not leave an empty file.
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _as_before(old: Path, new: Path) -> None:
    """Give a new file, while it is empty, the owner and the permissions of the one whose place it will take.

    Raises:
        PermissionError: The old file may not be written to.
    """
    if not os.access(old, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(old))
    found = old.stat()
    if hasattr(os, "chown"):
        with suppress(OSError):  # a file of another user's: the content counts
            os.chown(new, found.st_uid, found.st_gid)
    new.chmod(stat.S_IMODE(found.st_mode))


@contextmanager
def _copied_into(special: Path) -> Iterator[Path]:
    """Give a temporary path; when the block ends well, what was written there is written to a pipe or device."""
    with tempfile.TemporaryDirectory(prefix="advgui-") as folder:
        temporary = Path(folder) / f"content{special.suffix}"
        yield temporary
        own = _own_descriptor(special)
        # Opening it anew would begin at the start of the file to which the output may be led.
        with temporary.open("rb") as content, special.open("wb") if own is None else os.fdopen(os.dup(own), "wb") as to:
            shutil.copyfileobj(content, to)


def _own_descriptor(path: Path) -> int | None:
    """Return which of this process' open files a path such as /dev/stdout or /dev/fd/63 means."""
    found = _OWN.fullmatch(str(path))
    if found is None:
        return None
    return {"stdout": 1, "stderr": 2}.get(found[1]) or int(found[2])


def is_stream(path: Path) -> bool:
    """Whether what is there can only be written to, not replaced: a pipe, a device, /dev/stdout."""
    mode = _mode(path)
    return mode is not None and (_own_descriptor(path) is not None or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)))


def _beside(path: Path) -> Path:
    """Return a hidden name in the same folder that nobody else has."""
    return path.with_name(f".{path.stem[:_NAME_KEPT]}-{secrets.token_hex(8)}{path.suffix}")


def absolute(path: Path) -> Path:
    """Return an absolute path, or, unlike `Path.absolute`, the path as it is where there is no working folder."""
    try:
        return path.absolute()
    except OSError:  # it has been deleted
        return path


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
        OSError: It cannot be read, is not a regular file or larger; `strerror` says which.
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
        raise OSError(errno.EILSEQ, "it is not text in UTF-8", str(path)) from error
