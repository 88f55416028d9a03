import numpy as np
import pytest

from advgui import cli
from advgui.data import cifar10
from advgui.models import cards, model_files
from advgui.training import jobs
from advgui.training.run import HISTORY


@pytest.fixture
def few_images(monkeypatch):
    """The sample images stand in for the full data set."""
    samples = cifar10.load_samples()
    monkeypatch.setattr(cifar10, "load_training", lambda folder: (samples, samples.select(np.arange(5))))
    monkeypatch.setattr(cifar10, "load", lambda split, folder: samples)
    monkeypatch.setattr(
        jobs.classifier_training.Recipe.__init__, "__defaults__", (2, 1, 1, 10, 0.02, 0.01, 0.1, 0.9, 0.1, 0)
    )
    return samples


def test_a_training_leaves_network_card_and_history_that_fit_together(few_images, tmp_path, capsys):
    output = tmp_path / "made" / "mine.keras"
    arguments = ["train", "classifier", "--run", str(tmp_path / "run"), "--output", str(output), "--seed", "3"]
    assert cli.main(arguments) == 0
    card = cards.read(output)
    assert card.sha256 == model_files.sha256(output)
    assert card.seed == 3
    assert card.class_names == cifar10.CLASS_NAMES
    assert card.commands == ("advgui train classifier --seed 3",)
    assert card.metrics["samples_total"] == card.metrics["test_total"] == 20
    assert card.metrics["samples_correct"] == card.metrics["test_correct"]
    history = (tmp_path / "made" / card.history).read_text()
    assert history == (tmp_path / "run" / HISTORY).read_text()
    assert len(history.splitlines()) == 1 + card.history_rows == 3
    captured = capsys.readouterr()
    assert f"Wrote {output}" in captured.out
    assert "epoch 2/2  step 2/2" in captured.err

    # Done is done: the same command trains nothing more and gives the same network.
    before = card.sha256
    model = model_files.load_classifier(output)
    assert cli.main(arguments) == 0
    again = model_files.load_classifier(output)
    assert "epoch" not in capsys.readouterr().err
    for first, second in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(first, second)
    assert before == card.sha256


def test_as_published_needs_an_attack(capsys):
    assert cli.main(["train", "autoencoder", "--protocol", "as-published"]) == 2
    assert "needs --attack" in capsys.readouterr().err


@pytest.mark.parametrize(("output", "said"), [("mine.h5", "ends in '.keras'"), ("file/mine.keras", "not a folder")])
def test_a_file_that_could_not_be_written_is_told_before_anything_is_trained(
    few_images, tmp_path, monkeypatch, capsys, output, said
):
    (tmp_path / "file").touch()
    monkeypatch.setattr(jobs, "carry_out", lambda *_: pytest.fail("the training began"))
    assert cli.main(["train", "classifier", "--output", str(tmp_path / output)]) == 1
    assert said in capsys.readouterr().err


def test_missing_data_are_an_error_that_says_how_to_get_them(tmp_path, capsys):
    assert cli.main(["train", "classifier", "--data", str(tmp_path / "nowhere"), "--run", str(tmp_path)]) == 1
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--epochs", "0"],
        ["--epochs", "-1"],
        ["--epochs", "10001"],
        ["--epochs", "1" * 100_000],
        ["--seed", "-1"],
        ["--seed", str(2**32)],
        ["--seed", "1" * 100_000],
    ],
)
@pytest.mark.parametrize("network", ["classifier", "autoencoder", "transfer"])
def test_numbers_out_of_range_are_wrong_usage(network, wrong, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", network, *wrong]) == 2
    said = capsys.readouterr().err
    assert "is not a whole number from" in said
    assert len(said) < 1000
    assert list(tmp_path.iterdir()) == []


def test_the_largest_seed_trains(few_images, tmp_path):
    output = tmp_path / "mine.keras"
    arguments = ["--run", str(tmp_path / "run"), "--output", str(output), "--seed", str(2**32 - 1)]
    assert cli.main(["train", "classifier", *arguments]) == 0
    assert cards.read(output).seed == 2**32 - 1
