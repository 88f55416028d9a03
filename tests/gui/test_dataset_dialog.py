from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from advgui.data import cifar10
from advgui.data.cifar10 import Status
from advgui.data.download import DownloadProgress
from advgui.errors import Cancelled, DataError
from advgui.gui.dataset_dialog import DatasetDialog
from advgui.gui.threads.background import Background, Report, ShouldStop
from tests.gui.gated import PATIENCE

COMPLETE = Status(Path("/data/cifar-10-batches-py"), dict.fromkeys(cifar10.CHECKSUMS, "ok"))


@pytest.fixture
def threads(qapp: object) -> Iterator[tuple[Background, Background]]:
    made = Background("files"), Background("network")
    yield made
    for background in made:
        background.close()


@pytest.fixture
def dialog(qtbot: QtBot, threads: tuple[Background, Background]) -> DatasetDialog:
    made = DatasetDialog(*threads)
    qtbot.addWidget(made)
    made.show()
    return made


def given(monkeypatch: pytest.MonkeyPatch, status: Status) -> list[Path | None]:
    asked: list[Path | None] = []

    def answer(folder: Path | None, progress: Report, _should_stop: ShouldStop) -> Status:
        asked.append(folder)
        progress(0.5)
        return status

    monkeypatch.setattr(cifar10, "status", answer)
    return asked


def done(dialog: DatasetDialog) -> bool:
    return dialog.download_button.isEnabled()


def test_a_complete_copy_is_named(qtbot: QtBot, dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, COMPLETE)
    dialog.look()
    assert not done(dialog)
    qtbot.waitUntil(lambda: done(dialog))
    assert str(COMPLETE.path) in dialog.state.text()


def test_nothing_found_says_what_to_do(qtbot: QtBot, dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, Status(None, {}))
    dialog.look()
    qtbot.waitUntil(lambda: done(dialog))
    assert "not found" in dialog.state.text()
    assert "download" in dialog.state.text()


def test_a_damaged_copy_is_told_and_not_taken(
    qtbot: QtBot, dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, Status(Path("/data"), {"test_batch": "damaged", "data_batch_1": "ok"}))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/data")
    taken: list[object] = []
    dialog.found.connect(taken.append)
    dialog.choose_folder_button.click()
    qtbot.waitUntil(lambda: done(dialog))
    assert "test_batch is damaged" in dialog.state.text()
    assert taken == []


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_a_copy_of_ones_own_is_taken(
    qtbot: QtBot, dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    asked = given(monkeypatch, COMPLETE)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/my/own")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/my/own", ""))
    button = dialog.choose_folder_button if kind == "folder" else dialog.choose_archive_button
    with qtbot.waitSignal(dialog.found) as found:
        button.click()
    assert asked == [Path("/my/own")]
    assert found.args == [COMPLETE.path]


def test_choosing_nothing_changes_nothing(dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = given(monkeypatch, COMPLETE)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    dialog.choose_folder_button.click()
    assert asked == []
    assert done(dialog)


def test_a_download_shows_progress_and_its_result(
    qtbot: QtBot, dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()

    def download(_folder: object, progress: Report, _should_stop: ShouldStop) -> Path:
        progress(DownloadProgress(50_000_000, 170_000_000, 1.5e6, 80.0, "a server"))
        assert go_on.wait(PATIENCE)
        return Path("/cache/cifar-10-batches-py")

    monkeypatch.setattr("advgui.data.download.download", download)
    dialog.download_button.click()
    qtbot.waitUntil(lambda: "50.0 of 170 MB" in dialog.state.text())
    assert "1:20 min left" in dialog.state.text()
    assert dialog.progress.value() == pytest.approx(294, abs=1)
    with qtbot.waitSignal(dialog.found) as found:
        go_on.set()
    assert found.args == [Path("/cache/cifar-10-batches-py")]


def test_a_download_can_be_stopped_and_begun_again(
    qtbot: QtBot, dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped = Event(), Event()

    def download(_folder: object, _progress: Report, should_stop: ShouldStop) -> Path:
        begun.set()
        while not should_stop():
            pass
        stopped.set()
        raise Cancelled("stopped")

    monkeypatch.setattr("advgui.data.download.download", download)
    for _ in range(2):
        begun.clear()
        stopped.clear()
        dialog.download_button.click()
        assert begun.wait(PATIENCE)
        dialog.stop_button.click()
        assert done(dialog)
        assert stopped.wait(PATIENCE)
    assert "stopped" in dialog.state.text()


def test_an_error_is_told_in_the_dialog(qtbot: QtBot, dialog: DatasetDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*_: object) -> Path:
        raise DataError("The disk is full. Make room.")

    monkeypatch.setattr("advgui.data.download.download", download)
    dialog.download_button.click()
    qtbot.waitUntil(lambda: done(dialog))
    assert dialog.state.text() == "The disk is full. Make room."
