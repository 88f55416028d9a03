"""A small file to download, and small archives that pass for the official one."""

import hashlib
import random
import threading
from pathlib import Path
from typing import Any

import pytest

from advgui.data import cifar10
from advgui.data.download import Archive, fetch
from tests import servers
from tests.batches import archive_of
from tests.servers import CONTENT, Server

WANTED = Archive("archive.tar.gz", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), 1000)


def download_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "cifar10-download"]


def get(folder: Path, *servers: Server, **options: Any) -> Path:
    return fetch(folder, urls=[server.url for server in servers], archive=WANTED, **options)


def part(folder: Path) -> Path:
    return folder / "archive.tar.gz.part"


def is_there_alone(folder: Path) -> bool:
    return [path.name for path in folder.iterdir()] == ["archive.tar.gz"] and (
        folder / "archive.tar.gz"
    ).read_bytes() == CONTENT


def small_archive(monkeypatch: pytest.MonkeyPatch, each: int = 20_000) -> Archive:
    """Let a small archive pass for the official one, and every server of `whole` have it.

    Args:
        monkeypatch: Ends it.
        each: Bytes of each of its files.
    """
    contents = {name: random.Random(name).randbytes(each) for name in cifar10.CHECKSUMS}
    content = archive_of(contents)
    for name, one in contents.items():
        monkeypatch.setitem(cifar10.CHECKSUMS, name, hashlib.md5(one).hexdigest())
        monkeypatch.setitem(cifar10.SIZES, name, each)
    archive = Archive(cifar10.ARCHIVE, hashlib.sha256(content).hexdigest(), len(content), each * len(contents))
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", archive.sha256)
    monkeypatch.setattr(cifar10, "ARCHIVE_SIZE", archive.size)
    monkeypatch.setattr(servers, "CONTENT", content)
    return archive
