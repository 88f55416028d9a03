"""`advgui figures`: which files it writes, and what it says when it cannot."""

from pathlib import Path

import pytest
from PIL import Image

from advgui import cifar10
from advgui.cli import main
from advgui.errors import DataError
from advgui.pipeline import Pipeline
from tests import toy


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return toy.pipeline()


@pytest.fixture
def draw(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """Run `advgui figures` with tiny networks on toy images into a folder; returns the exit code."""
    monkeypatch.setattr(Pipeline, "load", lambda *_: pipeline)
    monkeypatch.setattr(cifar10, "load", lambda *_: toy.data())
    return lambda *arguments: main(["figures", "--output", str(tmp_path / "figures"), *map(str, arguments)])


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "figures").iterdir())


def test_figures_2_and_3_are_written_as_png_and_svg(draw, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert draw() == 0
    assert names(tmp_path) == [
        "figure2-corrected.png", "figure2-corrected.svg", "figure3-corrected.png", "figure3-corrected.svg",
    ]  # fmt: skip
    assert capsys.readouterr().out.split() == [str(tmp_path / "figures" / name) for name in names(tmp_path)]
    with Image.open(tmp_path / "figures" / "figure2-corrected.png") as image:
        assert image.width > 4 * image.height / 2


def test_every_protocol_and_reading_has_its_own_files(draw, tmp_path: Path) -> None:
    assert draw("--protocol", "both") == 0
    assert {Path(name).stem for name in names(tmp_path)} == {
        "figure2-corrected",
        "figure2-as-published-noise-on-standardised-pixels",
        "figure2-as-published-noise-on-x-255",
        "figure3-corrected",
        "figure3-as-published",
    }


def test_image_strength_and_seed_are_chosen(draw, tmp_path: Path) -> None:
    index = int(toy.data().indices[3])
    assert draw("--image", index, "--attack", "fgsm", "--strength", "16/255", "--seed", 9) == 0
    text = (tmp_path / "figures" / "figure3-corrected.svg").read_text(encoding="utf-8")
    assert f"Image {index} " in text
    assert "16/255" in text
    assert "seed 9" in text
    assert len(names(tmp_path)) == 2


def test_the_same_command_draws_the_same_files(draw, tmp_path: Path) -> None:
    assert draw() == 0
    first = {name: (tmp_path / "figures" / name).read_bytes() for name in names(tmp_path)}
    assert draw() == 0
    assert first == {name: (tmp_path / "figures" / name).read_bytes() for name in names(tmp_path)}


def test_sample_images_need_no_data_set(draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar10, "load", lambda *_: pytest.fail("looked for the full data set"))
    assert draw("--image", cifar10.load_samples().indices[5]) == 0


def test_unknown_images_are_errors_that_say_what_there_is(
    draw, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw("--image", 10_000) == 1
    assert "There is no image 10000" in capsys.readouterr().err
    assert draw("--image", 10_000, "--samples") == 1
    assert str(cifar10.load_samples().indices[0]) in capsys.readouterr().err

    def missing(*_: object) -> object:
        raise DataError("CIFAR-10 was not found. Run 'advgui data download'.")

    monkeypatch.setattr(cifar10, "load", missing)
    assert draw("--image", 9_999) == 1
    assert "advgui data download" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--image", "-1"], ["--strength", "2"], ["--protocol", "x"], ["--seed", "a"]])
def test_wrong_usage_is_exit_code_2(draw, wrong: list[str]) -> None:
    assert draw(*wrong) == 2


def test_a_file_in_the_place_of_the_folder_is_an_error(draw, tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("precious")
    assert draw() == 1
    assert (tmp_path / "figures").read_text() == "precious"
