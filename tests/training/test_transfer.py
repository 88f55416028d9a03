"""Transfer learning: what is frozen, what is learned, and the user's own pictures from the folder to the network."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from advgui import cli, images
from advgui.data import cifar10, picture_folder
from advgui.errors import AdvguiError
from advgui.models import architectures, cards, model_files
from advgui.models.classifier import Classifier
from advgui.models.loading import load_classifier
from advgui.training import transfer
from advgui.training.run import StepProgress
from advgui.types import FloatArray
from tests import pictures, tiny


@pytest.fixture(scope="module")
def source() -> Classifier:
    """The paper's architecture, untrained."""
    keras.utils.set_random_seed(0)
    return Classifier(architectures.classifier(), cifar10.CLASS_NAMES, sha256="0" * 64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures.folder(tmp_path_factory.mktemp("mine") / "textures")


def learned(source: Classifier, folder: Path, run: Path, **choices: int) -> tuple[keras.Model, list[dict[str, float]]]:
    training, validation = picture_folder.split(picture_folder.read(folder).dataset, 0)
    recipe = transfer.Recipe(least_steps=3, batch_size=8, **choices)
    return transfer.train(recipe, source, training, validation, run)


def convolutions(model: keras.Model) -> list[FloatArray]:
    """All values of the layers before the head, the statistics of the batch normalisation included."""
    kept = [layer for layer in model.layers if layer.name.startswith("block")]
    return [value for layer in kept for value in layer.get_weights()]


def test_first_the_head_learns_alone_then_everything(source, folder, tmp_path) -> None:
    before = convolutions(source.model)
    model, _ = learned(source, folder, tmp_path / "head", epochs=2, head_epochs=2)
    assert all(map(np.array_equal, convolutions(model), before))
    both, _ = learned(source, folder, tmp_path / "both", epochs=3, head_epochs=2)
    assert not any(map(np.array_equal, convolutions(both), before))
    # The classifier that was started from stays as it is.
    assert all(map(np.array_equal, convolutions(source.model), before))
    assert model.output_shape == (None, 3)


def test_adam_begins_again_before_everything_is_trained(source, folder, tmp_path) -> None:
    """Then its first step is the learning rate in each coordinate, however small the gradient is."""
    training, validation = picture_folder.split(picture_folder.read(folder).dataset, 0)
    recipe = transfer.Recipe(epochs=4, head_epochs=3, batch_size=24, least_steps=1)  # one step an epoch
    model, _ = transfer.train(recipe, source, training, validation, tmp_path)
    kernels = [[layer.kernel.numpy() for layer in one.layers if "conv" in layer.name] for one in (source.model, model)]
    assert kernels[0]
    for before, after in zip(*kernels, strict=True):
        assert np.abs(after - before).max() == pytest.approx(recipe.learning_rate, rel=0.01)


def test_what_it_learns_is_seen_on_pictures_that_were_held_back(source, folder, tmp_path) -> None:
    _, rows = learned(source, folder, tmp_path, epochs=8, head_epochs=8)
    assert rows[-1]["validation_loss"] < rows[0]["validation_loss"]
    assert rows[-1]["validation_accuracy"] > 0.5


def test_a_stopped_training_goes_on_to_the_same_end(source, folder, tmp_path) -> None:
    whole, _ = learned(source, folder, tmp_path / "whole", epochs=3, head_epochs=2)
    training, validation = picture_folder.split(picture_folder.read(folder).dataset, 0)
    recipe = transfer.Recipe(least_steps=3, batch_size=8, epochs=3, head_epochs=2)

    def stop(progress: StepProgress) -> None:
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer.train(recipe, source, training, validation, tmp_path / "stopped", stop)
    again, _ = transfer.train(recipe, source, training, validation, tmp_path / "stopped")
    for first, second in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-5)


@pytest.mark.parametrize("part", ["training", "validation"])
def test_a_training_does_not_go_on_with_other_pictures(part, source, folder, tmp_path) -> None:
    training, validation = picture_folder.split(picture_folder.read(folder).dataset, 0)
    recipe = transfer.Recipe(least_steps=1, batch_size=8, epochs=1, head_epochs=1)
    transfer.train(recipe, source, training, validation, tmp_path)
    changed = {"training": training, "validation": validation}
    pixels = changed[part].images.copy()
    pixels[0, 0, 0, 0] ^= 1
    changed[part] = replace(changed[part], images=pixels)
    with pytest.raises(AdvguiError, match=rf"other settings:\n  {part} images: \w+… there, \w+… now\nUse"):
        transfer.train(recipe, source, changed["training"], changed["validation"], tmp_path)
    transfer.train(recipe, source, training, validation, tmp_path)


# Every epoch measures the network; TensorFlow complains when what measures is compiled for the fifth time, and its
# logger writes to the stream that it found when it was imported.
LONG = """
import sys
from advgui.native_log import native_log_held
with native_log_held():
    from advgui.training import transfer
transfer.Recipe.__init__.__defaults__ = (7, 3, 24, 1, 0.001, 0.0001, 0.25, 0)
from advgui.__main__ import main
sys.exit(main())
"""


def test_a_training_of_many_epochs_says_nothing_but_where_it_is(folder, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LONG, "train", "transfer", "--images", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    other = [line for line in done.stderr.splitlines() if line and not line.startswith(("epoch ", "Read "))]
    assert other == []
    assert sum(line.startswith("epoch ") for line in done.stderr.splitlines()) == 7
    assert (tmp_path / "textures.keras").exists()


def test_another_architecture_is_refused(folder, tmp_path) -> None:
    foreign = Classifier(tiny.classifier_model(), cifar10.CLASS_NAMES, sha256="0" * 64)
    with pytest.raises(AdvguiError, match="not built as the paper's classifier"):
        learned(foreign, folder, tmp_path, epochs=1)


def test_the_command_makes_a_network_that_opens_with_its_class_names(source, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(transfer.Recipe.__init__, "__defaults__", (2, 1, 8, 2, 0.001, 0.0001, 0.25, 0))
    (folder / "dots" / "broken.png").write_bytes(b"no picture")
    try:
        source.model.save(tmp_path / "source.keras")
        assert cli.main(["train", "transfer", "--images", str(folder), "--classifier", "source.keras"]) == 0
    finally:
        (folder / "dots" / "broken.png").unlink()
    written = tmp_path / "textures.keras"
    assert load_classifier(written).class_names == ("dots", "plain", "stripes")
    card = cards.read(written)
    assert card.data == {"training": 24, "validation": 6, "skipped": 1}
    assert card.accuracy("validation") <= 1
    assert "test_total" not in card.metrics
    assert card.commands[0].startswith("advgui train transfer --seed 0 --classifier source.keras --images ")
    captured = capsys.readouterr()
    assert "dots/broken.png" in captured.err
    assert "Skipped 1 file in all." in captured.err
    # Nothing of this program is needed to open it.
    plain = keras.models.load_model(written, compile=False)
    pixels = images.to_float(picture_folder.read(folder).dataset.images[:2])
    np.testing.assert_array_equal(plain(pixels), model_files.load(written)(pixels))


def test_large_pictures_come_in_smaller_batches(source, folder, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(transfer, "_MOST_PIXELS", 5 * 64 * 64)
    sizes = []
    monkeypatch.setattr(transfer.augmentation, "augment", lambda images, *rest: (sizes.append(images.shape), images)[1])
    training, validation = picture_folder.split(picture_folder.read(folder, 64).dataset, 0)
    recipe = transfer.Recipe(epochs=1, head_epochs=1, least_steps=2)
    transfer.train(recipe, source, training, validation, tmp_path)
    assert set(sizes) == {(5, 64, 64, 3)}


@pytest.mark.parametrize(("epochs", "head"), [(8, 3), (20, 3), (4, 2), (2, 1), (1, 1)])
def test_few_epochs_are_shared(epochs, head) -> None:
    assert transfer.shortened(epochs=epochs, seed=5) == transfer.Recipe(epochs=epochs, head_epochs=head, seed=5)


@pytest.mark.parametrize("more", [[], ["--protocol", "as-published", "--attack", "fgsm"]])
def test_an_autoencoder_is_not_trained_for_a_classifier_of_other_classes(tmp_path, capsys, more) -> None:
    tiny.classifier_model(3).save(tmp_path / "three.keras")
    assert cli.main(["train", "autoencoder", "--classifier", str(tmp_path / "three.keras"), *more]) == 1
    assert "right and wrong would mean nothing" in capsys.readouterr().err


def test_files_of_a_person_are_not_replaced(source, folder, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(transfer.Recipe.__init__, "__defaults__", (1, 1, 8, 1, 0.001, 0.0001, 0.25, 0))
    source.model.save(tmp_path / "source.keras")
    arguments = ["train", "transfer", "--images", str(folder), "--classifier", "source.keras"]
    (tmp_path / "textures.csv").write_text("my,own,table")
    assert cli.main(arguments) == 1
    said = capsys.readouterr().err
    assert "textures.csv" in said
    assert "--output" in said
    assert (tmp_path / "textures.csv").read_text() == "my,own,table"
    assert not (tmp_path / "runs").exists()
    (tmp_path / "textures.csv").unlink()
    assert cli.main(arguments) == 0
    # What it made itself it replaces, with or without the run.
    assert cli.main(arguments) == 0
    assert cli.main([*arguments, "--run", "another"]) == 0


def test_on_cifar10_the_card_reports_the_test_set(source, tmp_path, monkeypatch) -> None:
    samples = cifar10.load_samples()
    monkeypatch.setattr(cifar10, "load_training", lambda folder: (samples, samples.select(np.arange(5))))
    monkeypatch.setattr(cifar10, "load", lambda split, folder: samples)
    monkeypatch.setattr(transfer.Recipe.__init__, "__defaults__", (2, 1, 8, 2, 0.001, 0.0001, 0.25, 0))
    source.model.save(tmp_path / "source.keras")
    run = tmp_path / "run"
    assert cli.main(["train", "transfer", "--classifier", str(tmp_path / "source.keras"), "--run", str(run)]) == 0
    card = cards.read(run / "transfer.keras")
    assert card.metrics["test_total"] == 20
    assert card.class_names == cifar10.CLASS_NAMES
