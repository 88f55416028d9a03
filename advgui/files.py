"""Writing files so that a reader finds the old file or the new one, never a mixture."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # The name may only change once the content is on the disk: a power cut must not leave an empty file.
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes private files; a shared file gets the permissions that open() would have given it.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


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
