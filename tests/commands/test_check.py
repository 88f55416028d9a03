"""`advgui check` says what a file is, or why it is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advgui import cli, resources
from tests import hostile, tiny
from tests.model_archives import save


def test_each_kind_of_file_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "photo.png"
    Image.fromarray(np.zeros((200, 300, 3), np.uint8)).save(picture)
    for path, said in (
        (save(tiny.autoencoder_model(), tmp_path / "own.keras"), "an autoencoder with 84 weights"),
        (resources.trained() / "evaluation.json", "on 10,000 images of CIFAR-10 test"),
        (picture, "a picture, given to the classifier with 32x24 px (scaled down from 300x200 to 32x24)"),
    ):
        assert cli.main(["check", str(path)]) == 0
        said_about, stderr = capsys.readouterr()
        assert said_about.startswith(f"{path}: ")
        assert said in said_about
        assert stderr == ""


def test_a_refused_file_is_refused_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "report.json").write_text("{}")
    (tmp_path / "other.keras").write_text("no model")
    for arguments, reason in (
        ([tmp_path], "is a folder"),
        ([tmp_path / "missing"], "cannot be read"),
        (["/dev/zero"] if Path("/dev/zero").exists() else [tmp_path], "expected"),
        ([tmp_path / "empty.png"], "is empty, expected a picture"),
        ([tmp_path / "empty.png", "--kind", "report"], "report"),
        ([tmp_path / "report.json"], "report"),
        ([tmp_path / "report.json", "--kind", "classifier"], "expected a zip .keras file"),
        ([tmp_path / "other.keras"], "it is not a zip file"),
    ):
        assert cli.main(["check", *map(str, arguments)]) == 1
        said, stderr = capsys.readouterr()
        assert said == ""
        assert stderr.startswith("advgui: ")
        assert reason in stderr
        assert "Traceback" not in stderr


@pytest.mark.slow
def test_what_never_ends_ends_within_a_minute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(hostile.hang(tmp_path / "hang.keras"))]) == 1
    assert "it takes longer than" in capsys.readouterr().err
