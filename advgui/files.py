"""Writing files so that a reader finds the old file or the new one, never a mixture."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Characters of a file's name that its temporary file carries; systems allow 255 bytes.
_NAME_KEPT = 40


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
