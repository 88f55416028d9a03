"""`advgui figures`: which files it writes, and what it says when it cannot."""

from pathlib import Path

import pytest
from PIL import Image

from advgui import resources
from advgui.cli import main
from advgui.data import cifar10
from advgui.errors import DataError
from advgui.figures import histories
from advgui.pipeline import Pipeline
from advgui.reports import storage
from tests import toy
from tests.figures import svg


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return toy.pipeline()


@pytest.fixture
def draw(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """Run `advgui figures` with tiny networks on toy images into a folder; returns the exit code."""
    monkeypatch.setattr("advgui.models.loading.load_pipeline", lambda *_: pipeline)
    monkeypatch.setattr(cifar10, "load", lambda *_: toy.data())
    return lambda *arguments: main(["figures", "--output", str(tmp_path / "figures"), *map(str, arguments)])


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "figures").iterdir())


def test_figures_2_and_3_are_written_as_every_kind(draw, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert draw() == 0
    assert names(tmp_path) == [f"figure{n}-corrected.{kind}" for n in (2, 3) for kind in ("pdf", "png", "svg")]
    assert sorted(capsys.readouterr().out.split()) == [str(tmp_path / "figures" / name) for name in names(tmp_path)]
    with Image.open(tmp_path / "figures" / "figure2-corrected.png") as image:
        assert image.width > 4 * image.height / 2


def test_a_classifier_of_other_classes_is_refused(draw, pipeline, monkeypatch, capsys, tmp_path: Path) -> None:
    monkeypatch.setattr(pipeline.classifier, "class_names", ("dots", "plain", "stripes"))
    assert draw() == 1
    assert "dots, plain, stripes" in capsys.readouterr().err
    assert not (tmp_path / "figures").exists()


def test_every_protocol_and_reading_has_its_own_files(draw, tmp_path: Path) -> None:
    assert draw("--protocol", "both") == 0
    assert {Path(name).stem for name in names(tmp_path)} == {
        "figure2-corrected",
        "figure2-as-published-noise-on-standardized-pixels",
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
    assert len(names(tmp_path)) == 3


def test_a_picture_of_the_users_own_is_judged_by_what_the_classifier_says_of_it(draw, tmp_path: Path, capsys) -> None:
    Image.new("RGB", (100, 60), "teal").save(tmp_path / "mine.png")
    assert draw("--picture", tmp_path / "mine.png", "--attack", "fgsm") == 0
    text = (tmp_path / "figures" / "figure3-corrected.svg").read_text(encoding="utf-8")
    assert "Figure 3. mine.png (scaled down from 100x60 to " in text
    said = svg.texts(text.encode())
    assert "as in (a)" in said or "not as in (a)" in said
    assert not {"right", "wrong"} & set(said)
    for wrong, name in ((["--picture", "none.png"], "none.png"), (["--picture", __file__], "test_figures.py")):
        assert draw(*wrong) == 1
        assert name in capsys.readouterr().err
    assert draw("--picture", "mine.png", "--image", 3) == 2
    assert draw("--picture", "mine.png", "--training") == 1


def test_the_bundled_results_give_the_chart_of_costs(draw, tmp_path: Path, capsys) -> None:
    assert draw("--costs") == 0
    assert names(tmp_path) == ["costs.pdf", "costs.png", "costs.svg"]
    said = " ".join(svg.texts((tmp_path / "figures" / "costs.svg").read_bytes()))
    assert "--classifier robust-classifier" in said
    assert draw("--costs", tmp_path / "none.json") == 1
    assert "none.json" in capsys.readouterr().err


def test_the_matrix_has_the_networks_as_rows(draw, tmp_path: Path, capsys) -> None:
    assert draw("--matrix") == 0
    assert names(tmp_path) == ["matrix.pdf", "matrix.png", "matrix.svg"]
    said = " ".join(svg.texts((tmp_path / "figures" / "matrix.svg").read_bytes()))
    assert "classifier: PGD" in said
    assert "robust-classifier: PGD" in said
    for path in ("matrix", "robust"):
        report = storage.load(resources.trained() / f"{path}.json")
        run = report.runs[-1]
        assert f"{100 * report.tally(run, 'attacked').accuracy:.1f}" in said
    assert draw("--matrix", tmp_path / "none.json") == 1
    assert "none.json" in capsys.readouterr().err


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


# Figure 1


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two networks with their histories, in place of the bundled ones."""
    folder = tmp_path / "trained"
    folder.mkdir()
    for name, header in (("classifier", "epoch,loss,accuracy"), ("autoencoder", "epoch,loss,validation_clean")):
        (folder / f"{name}.keras").write_bytes(b"")
        (folder / f"{name}.csv").write_text(f"{header}\n1,2,0.25\n2,1,0.5\n")
    monkeypatch.setattr(resources, "trained", lambda: folder)
    monkeypatch.setattr("advgui.models.loading.load_pipeline", lambda *_: pytest.fail("loaded the networks"))
    return folder


def test_figure_1_is_written_for_every_network(
    draw, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw("--training") == 0
    wanted = [f"figure1-{name}.{suffix}" for name in ("classifier", "autoencoder") for suffix in ("png", "svg", "pdf")]
    assert names(tmp_path) == sorted(wanted)
    assert capsys.readouterr().out.split() == [str(tmp_path / "figures" / name) for name in wanted]
    with Image.open(tmp_path / "figures" / "figure1-classifier.png") as image:
        assert image.width > 1000
    text = (tmp_path / "figures" / "figure1-classifier.svg").read_text(encoding="utf-8")
    assert "training accuracy, last 50.00 %" in text


@pytest.mark.parametrize("options", [["--training"], []])
def test_figure_1_of_a_run_that_goes_on(draw, trained: Path, tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "runs" / "mine" / histories.FILE
    path.parent.mkdir(parents=True)
    path.write_text("epoch,loss\n1,2\n")
    assert draw(*options, "--history", path) == 0
    assert names(tmp_path) == ["figure1-mine.pdf", "figure1-mine.png", "figure1-mine.svg"]


def test_a_damaged_history_is_told_before_anything_is_written(
    draw, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (trained / "autoencoder.csv").write_text("epoch,loss\n1,high\n")
    assert draw("--training") == 1
    error = capsys.readouterr().err
    assert "autoencoder.csv" in error
    assert "'high', not a finite number" in error
    assert not (tmp_path / "figures").exists()
    assert draw("--history", tmp_path / "missing.csv") == 1
    assert "missing.csv" in capsys.readouterr().err


def test_no_histories_are_an_error(draw, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in trained.iterdir():
        path.unlink()
    assert draw("--training") == 1
    assert "--history" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--image", "3"], ["--attack", "fgsm"], ["--strength", "0.1"], ["--seed", "2"], ["--samples"]]
)
def test_options_of_the_other_figures_are_not_ignored(
    draw, trained: Path, tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw("--training", *options) == 1
    assert options[0] in capsys.readouterr().err
    assert not (tmp_path / "figures").exists()


def test_figure_1_does_not_write_over_a_file_in_the_place_of_the_folder(draw, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("precious")
    assert draw("--training") == 1
    assert (tmp_path / "figures").read_text() == "precious"
