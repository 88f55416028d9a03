"""Downloads on their whole way to the unpacked data set, and disks that are full or may not be written to."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advgui import resources
from advgui.data import cifar10
from advgui.data.download import Archive, _write, download
from advgui.errors import Cancelled, DataError
from tests import servers
from tests.downloads import WANTED, small_archive
from tests.servers import Server, cut_after, whole


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A small archive passes for the official one."""
    return small_archive(monkeypatch)


def test_the_data_set_is_downloaded_and_unpacked(small: Archive, serve: Callable[..., Server], tmp_path: Path) -> None:
    server, folder = serve(cut_after(50_000)), tmp_path / "new" / "folder"
    for _ in range(2):  # the second time, it is there
        assert download(folder, urls=[server.url], archive=small) == folder / cifar10.FOLDER
        assert cifar10.verify(folder) == folder / cifar10.FOLDER
        assert list(folder.iterdir()) == [folder / cifar10.FOLDER]
        assert len(server.ranges) == 3


def test_a_damaged_copy_is_replaced(small: Archive, serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / cifar10.FOLDER).mkdir()
    (tmp_path / cifar10.FOLDER / "test_batch").write_bytes(b"damaged")
    assert cifar10.status(download(tmp_path, urls=[serve(whole).url], archive=small)).complete


def test_the_users_cache_is_the_usual_place(
    small: Archive, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "cache", lambda: tmp_path / "cache")
    assert download(urls=[serve(whole).url], archive=small) == tmp_path / "cache" / cifar10.FOLDER


def test_unpacking_goes_on_where_it_was_stopped(small: Archive, serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(whole)
    with pytest.raises(Cancelled):
        download(
            tmp_path,
            urls=[server.url],
            archive=small,
            should_stop=lambda: any(path.name.startswith(".unpacking") for path in tmp_path.iterdir()),
        )
    assert [path.name for path in tmp_path.iterdir()] == [small.name]
    assert cifar10.status(download(tmp_path, urls=[server.url], archive=small)).complete
    assert len(server.ranges) == 1


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_clear_error_and_the_part_is_kept(
    error: int, small: Archive, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(whole)

    def nearly_full(file: Any, content: bytes) -> None:
        room = 70_000 - file.tell()
        _write(file, content[:room])
        if len(content) > room:
            raise OSError(error, os.strerror(error))

    with monkeypatch.context() as patch:
        patch.setattr("advgui.data.download._write", nearly_full)
        with pytest.raises(DataError, match=r"The disk with '.*' is full \(.*\)\. Make room"):
            download(tmp_path, urls=[server.url], archive=small)
    assert [path.name for path in tmp_path.iterdir()] == [f"{small.name}.part"]
    assert cifar10.find(tmp_path) is None
    assert cifar10.status(download(tmp_path, urls=[server.url], archive=small)).complete
    assert server.ranges == [None, "bytes=70000-"]


def test_a_disk_that_is_too_small_is_noticed_before(
    small: Archive, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(whole)
    usage = shutil.disk_usage(tmp_path)._replace(free=small.size + small.unpacked - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DataError, match=r"is full \(0 MB are free, 0 MB are needed\)"):
        download(tmp_path, urls=[server.url], archive=small)
    assert server.ranges == []
    (tmp_path / f"{small.name}.part").write_bytes(servers.CONTENT[:1])  # one byte less to come
    download(tmp_path, urls=[server.url], archive=small)


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"cannot be used for CIFAR-10: .*Choose another folder"):
        download(tmp_path / "file" / "folder", urls=[], archive=WANTED)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs permission bits that hold for this user")
def test_a_folder_without_permission_is_a_clear_error(serve: Callable[..., Server], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DataError, match=r"cannot be used for CIFAR-10: Permission denied"):
            download(tmp_path, urls=[serve(whole).url], archive=WANTED)
    finally:
        tmp_path.chmod(0o700)
