"""The real dialog for the data set, in the real window, and servers of every kind on this computer."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from advgui import resources
from advgui.data import cifar10, cifar10_batch, download, http_transfer
from advgui.data.download import Archive
from advgui.gui.dataset_dialog import DatasetDialog
from advgui.gui.main_window import MainWindow
from tests.downloads import small_archive
from tests.gui.gated import PATIENCE
from tests.servers import Behaviour, Server, cut_after, garbage, ignores_range, login_page, silent, stalls_after, whole


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Archive:
    """A small archive passes for the official one, and is downloaded to a folder of the test."""
    monkeypatch.setattr(resources, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(cifar10, "places", lambda: [tmp_path / "cache"])
    # Its files are noise; the checksums are what is tested here.
    images = cifar10.load_samples().images
    monkeypatch.setattr(cifar10_batch, "decode", lambda *_: (images, cifar10.load_samples().labels))
    return small_archive(monkeypatch, 100_000)


@pytest.fixture
def dialog(window: MainWindow, archive: Archive, qtbot: QtBot) -> DatasetDialog:
    window.full_set.open_dialog()
    made = window.full_set.dialog
    assert made is not None
    qtbot.waitUntil(made.download_button.isEnabled)
    return made


@pytest.fixture
def connect(
    serve: Callable[..., Server], archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Behaviour], Server]:
    """Let downloads come from a server that behaves in some way."""
    real = download.download

    def use(behaviour: Behaviour) -> Server:
        server = serve(behaviour)
        chosen = partial(real, urls=[server.url], archive=archive)
        monkeypatch.setattr(download, "download", chosen)
        return server

    return use


def downloaded(qtbot: QtBot, window: MainWindow, dialog: DatasetDialog) -> None:
    with qtbot.waitSignal(dialog.found):
        dialog.download_button.click()
    qtbot.waitUntil(lambda: window.gallery.source.title == "Test set")
    assert "Downloaded and verified" in dialog.state.text()


def network_is_free(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until the thread for downloads does other work."""
    done = Event()
    window.network.start(lambda *_: done.set(), lambda _: None, lambda _: None)
    assert done.wait(PATIENCE)


@pytest.mark.parametrize(
    ("behaviour", "arriving"), [(silent, 0), (stalls_after(0), 0), (stalls_after(100_000), 100_000)]
)
def test_a_stalled_download_is_stopped_and_goes_on_later(
    qtbot: QtBot, window: MainWindow, dialog: DatasetDialog, connect: Callable[[Behaviour], Server],
    behaviour: Behaviour, arriving: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setattr(http_transfer, "SILENCE", 100)
    server = connect(behaviour)
    part = tmp_path / "cache" / f"{cifar10.ARCHIVE}.part"
    dialog.download_button.click()
    qtbot.waitUntil(lambda: bool(server.ranges) and (part.stat().st_size if part.exists() else 0) == arriving)
    dialog.stop_button.click()
    assert dialog.download_button.isEnabled()
    network_is_free(qtbot, window)
    assert not server.over.is_set()  # it stalls still, and nobody has waited for it
    assert cifar10.find(tmp_path / "cache") is None
    better = connect(whole)
    downloaded(qtbot, window, dialog)
    assert better.ranges == [f"bytes={arriving}-" if arriving else None]


@pytest.mark.parametrize("behaviour", [cut_after(100_000), ignores_range])
def test_a_difficult_server_is_good_enough(
    qtbot: QtBot, window: MainWindow, dialog: DatasetDialog, connect: Callable[[Behaviour], Server],
    behaviour: Behaviour,
) -> None:  # fmt: skip
    connect(behaviour)
    downloaded(qtbot, window, dialog)


@pytest.mark.parametrize("behaviour", [garbage, login_page])
def test_what_is_something_else_is_told_and_not_taken(
    qtbot: QtBot, window: MainWindow, dialog: DatasetDialog, connect: Callable[[Behaviour], Server],
    behaviour: Behaviour, tmp_path: Path,
) -> None:  # fmt: skip
    server = connect(behaviour)
    dialog.download_button.click()
    qtbot.waitUntil(lambda: "could not be downloaded" in dialog.state.text())
    assert server.ranges
    assert dialog.download_button.isEnabled()
    assert cifar10.find(tmp_path / "cache") is None
    assert window.gallery.sources.count() == 1
    connect(whole)
    downloaded(qtbot, window, dialog)


def test_the_window_closes_while_a_server_stalls(
    qtbot: QtBot, window: MainWindow, dialog: DatasetDialog, connect: Callable[[Behaviour], Server],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(http_transfer, "SILENCE", 100)
    server = connect(silent)
    dialog.download_button.click()
    qtbot.waitUntil(lambda: bool(server.ranges))
    window.close()
    assert not window.network._thread.isRunning()
    assert not server.over.is_set()


@pytest.mark.parametrize("damage", ["one byte", "truncated", "missing", "huge"])
def test_a_damaged_copy_is_told_and_not_taken(
    qtbot: QtBot, window: MainWindow, dialog: DatasetDialog, connect: Callable[[Behaviour], Server], damage: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    connect(whole)
    downloaded(qtbot, window, dialog)
    path = tmp_path / "cache" / cifar10.FOLDER / "test_batch"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "missing":
        path.unlink()
    elif damage == "huge":
        with path.open("wb") as file:
            file.truncate(1 << 40)  # sparse: takes no room
    else:
        path.write_bytes(content if damage == "one byte" else content[:-1])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path.parent))
    taken: list[object] = []
    dialog.found.connect(taken.append)
    dialog.choose_folder_button.click()
    qtbot.waitUntil(lambda: "cannot be used" in dialog.state.text())
    assert "test_batch" in dialog.state.text()
    assert taken == []
