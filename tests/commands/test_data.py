"""`advgui data`: what it prints, and how it ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advgui.cli import main
from advgui.commands import data
from advgui.data import cifar10
from advgui.data.download import DownloadProgress
from advgui.errors import DataError

WHOLE = dict.fromkeys(cifar10.CHECKSUMS, "ok")
DAMAGED = {**WHOLE, "data_batch_3": "missing"}

Say = Callable[..., None]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Choose what is found on the disk, and what a download does."""

    def choose(found: cifar10.Status, download: Callable[..., Path] | None = None) -> None:
        monkeypatch.setattr(cifar10, "status", lambda *_: found)
        monkeypatch.setattr("advgui.data.download.download", download or (lambda *_: pytest.fail("downloaded")))

    return choose


def test_status_of_a_whole_copy(say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(cifar10.Status(tmp_path, WHOLE))
    assert main(["data", "status"]) == 0
    out = capsys.readouterr().out
    assert str(tmp_path) in out
    assert "test_batch: ok" in out
    assert "The official CIFAR-10, whole." in out


def test_status_of_a_damaged_copy(say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(cifar10.Status(tmp_path, DAMAGED))
    assert main(["data", "status"]) == 1
    out = capsys.readouterr().out
    assert "data_batch_3: missing" in out
    assert "advgui data download" in out


def test_status_without_a_copy_says_where_it_has_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "status", "--data", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"The full CIFAR-10 was not found. Looked in:\n  {tmp_path}\n")
    assert "advgui data download" in out


def test_verify_accepts_a_whole_copy(say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(cifar10.Status(tmp_path, WHOLE))
    assert main(["data", "verify"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}: the official CIFAR-10, whole.\n"


def test_verify_refuses_a_damaged_one(say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(cifar10.Status(tmp_path, DAMAGED))
    assert main(["data", "verify"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "advgui: CIFAR-10 in" in captured.err
    assert "data_batch_3: missing" in captured.err


def test_verify_of_the_real_one(cifar_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "verify", "--data", str(cifar_folder)]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{cifar_folder}: the official CIFAR-10, whole.\n"
    assert "Comparing checksums" in captured.err


def test_nothing_is_downloaded_that_is_there(say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(cifar10.Status(tmp_path, WHOLE))
    assert main(["data", "download"]) == 0
    assert "Nothing to download" in capsys.readouterr().out


@pytest.mark.parametrize("files", [{}, DAMAGED])
def test_a_download_shows_progress(
    files: dict[str, str], say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def download(folder: Path | None, progress: Callable[[DownloadProgress], None]) -> Path:
        assert folder is None
        progress(DownloadProgress(17_000_000, 170_000_000, 2_000_000.0, 76.5, "mirror.example"))
        return tmp_path

    say(cifar10.Status(tmp_path if files else None, files), download)
    assert main(["data", "download"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{tmp_path}: the official CIFAR-10, whole.\n"
    assert captured.err.splitlines() == [
        "17.0 of 170.0 MB (10%) from mirror.example, 2.00 MB/s, 1 min 16 s left",
        "Downloaded, compared and unpacked.",
    ]


def test_a_download_to_a_chosen_folder(say: Say, tmp_path: Path) -> None:
    asked = []

    def download(folder: Path | None, _: Any) -> Path:
        asked.append(folder)
        return tmp_path

    say(cifar10.Status(tmp_path, WHOLE), download)  # a copy elsewhere is not what was asked for
    assert main(["data", "download", "--data", str(tmp_path / "here")]) == 0
    assert asked == [tmp_path / "here"]


def test_a_download_is_not_written_over_a_file(say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(cifar10.Status(None, {}))
    (tmp_path / "file").write_bytes(b"mine")
    assert main(["data", "download", "--data", str(tmp_path / "file")]) == 1
    assert "expected a folder" in capsys.readouterr().err


def test_an_interrupted_download_says_how_to_go_on(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    def download(*_: object) -> Path:
        raise KeyboardInterrupt

    say(cifar10.Status(None, {}), download)
    assert main(["data", "download"]) == 130
    assert capsys.readouterr().err == "Stopped. Run the same command again to go on from here.\n"


def test_a_failed_download_says_why(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    def download(*_: object) -> Path:
        raise DataError("The disk is full. Make room.")

    say(cifar10.Status(None, {}), download)
    assert main(["data", "download"]) == 1
    assert capsys.readouterr().err == "The download has failed.\nadvgui: The disk is full. Make room.\n"


@pytest.mark.parametrize(
    "arguments", [["data"], ["data", "eat"], ["data", "status", "--eat"], ["data", "verify", "--data"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage: advgui" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (DownloadProgress(0, 100_000_000, 0.0, None, "a.example"), "0.0 of 100.0 MB (0%) from a.example, 0.00 MB/s"),
        (DownloadProgress(5_000_000, None, 60_000.0, None, "a.example"), "5.0 MB from a.example, 0.06 MB/s"),
        (DownloadProgress(100_000_000, 100_000_000, 1e6, 0.0, "a.example"), "100.0 of 100.0 MB (100%), unpacking"),
    ],
)
def test_progress_in_words(progress: DownloadProgress, text: str) -> None:
    assert data.progress_text(progress) == text
