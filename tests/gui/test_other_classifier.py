"""A person's own classifier in the real window: opened, attacked, defended, refused, and left again."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from advgui import cli, paper, resources
from advgui.gui.main_window import MainWindow
from advgui.gui.panels.prediction import Verdict
from advgui.gui.session import Session
from advgui.gui.settings import Settings
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.threads.loading import load_pipeline
from advgui.gui.widgets.messages import Message
from advgui.gui.widgets.theme import Theme
from advgui.models import architectures
from advgui.training import transfer
from advgui.types import Column, ProtocolName
from tests import pictures, tiny
from tests.gui.events import drop
from tests.gui.gated import KEYS


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands in `trained/`: tiny networks, the classifier with the names of CIFAR-10."""
    folder = tmp_path_factory.mktemp("trained")
    tiny.classifier_model().save(folder / "classifier.keras")
    tiny.autoencoder_model().save(folder / "autoencoder.keras")
    tiny.write_card(folder / "autoencoder.keras")
    for name in (one.autoencoder for one in paper.PUBLISHED):
        tiny.autoencoder_model().save(folder / f"published-autoencoder-{name}.keras")
        tiny.write_card(folder / f"published-autoencoder-{name}.keras")
    tiny.write_card(folder / "classifier.keras")
    return folder


@pytest.fixture(scope="module")
def textures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures.folder(tmp_path_factory.mktemp("pictures") / "textures")


@pytest.fixture(scope="module")
def own(textures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that `advgui train transfer` made of a folder of pictures."""
    folder = tmp_path_factory.mktemp("own")
    keras.utils.set_random_seed(0)
    architectures.classifier().save(folder / "source.keras")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer.Recipe.__init__, "__defaults__", (1, 1, 8, 2, 0.001, 0.0001, 0.25, 0))
        arguments = ["--classifier", folder / "source.keras", "--run", folder / "run", "--output", folder / "own.keras"]
        assert cli.main(["train", "transfer", "--images", str(textures), "--side", "40", *map(str, arguments)]) == 0
    return folder / "own.keras"


@pytest.fixture
def window(
    qtbot: QtBot, make_window: Callable[..., MainWindow], trained: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    monkeypatch.setattr(resources, "trained", lambda: trained)
    made = make_window(load_pipeline)
    with qtbot.waitSignal(made.runner.result):
        made.show()
    return made


def opened(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignals([window.runner.ready, window.runner.result]):
        window.models.open(path)
    qtbot.waitUntil(lambda: window.runner.is_idle)


def panel(window: MainWindow, column: Column):
    return window.stage.rows["fgsm"].panels[column]


def test_from_a_folder_of_pictures_to_live_panels(
    qtbot: QtBot, window: MainWindow, own: Path, textures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert window.stage.truth.text() == "true class: cat"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(own), ""))
    with qtbot.waitSignals([window.runner.ready, window.runner.result]):
        window.actions_by_name["classifier"].trigger()
    assert window.windowTitle() == "AdvGUI: own"
    # What it learned from is the size of what it is given.
    assert window.gallery.side.currentText() == "40 px, as trained"
    with qtbot.waitSignal(window.opener.opened):
        window.opener.open_paths([textures / "dots" / "dots 0.png"])
    slider = window.controls.sliders["fgsm"].slider
    slider.setValue(12)
    qtbot.waitUntil(lambda: window.runner.is_idle and window.stage.outcomes()[0].scenario.strength == 12 / 255)
    assert max(panel(window, "clean").pixels.shape) == 40
    for column in KEYS:
        prediction = panel(window, column).prediction
        assert tuple(prediction.class_names) == pictures.CLASSES
        assert prediction.probabilities.shape == (3,)
    outcome = window.stage.outcomes()[0]
    assert 0 < outcome.linf[0] <= 12 / 255 + 1e-6
    assert not np.array_equal(outcome.images["attacked"], outcome.images["autoencoder"])


def test_the_classes_of_the_data_set_mean_nothing_to_it(qtbot: QtBot, window: MainWindow, own: Path) -> None:
    opened(qtbot, window, own)
    assert window.stage.truth.text() == "true class unknown; compared with (a)"
    assert panel(window, "clean").prediction.verdict is Verdict.UNKNOWN
    assert window.runner.loaded.protocols == (ProtocolName.CORRECTED,)


def test_it_cannot_be_evaluated_on_labels_that_mean_nothing_to_it(qtbot: QtBot, window: MainWindow, own: Path) -> None:
    window.open_evaluation()
    dialog = window._evaluation
    assert dialog.start.isEnabled()
    opened(qtbot, window, own)
    assert not dialog.start.isEnabled()
    assert "dots, plain, stripes" in dialog.problem.text()
    assert "right and wrong would mean nothing" in dialog.problem.text()
    assert not dialog.problem.isHidden()
    with qtbot.waitSignal(window.runner.ready):
        window.use_built_in_classifier()
    assert dialog.start.isEnabled()
    assert dialog.problem.isHidden()


def test_as_published_gives_way_and_comes_back(
    qtbot: QtBot, window: MainWindow, own: Path, posted: list[Message]
) -> None:
    published, corrected = (
        window.controls.protocol_buttons[ProtocolName.AS_PUBLISHED],
        window.controls.protocol_buttons[ProtocolName.CORRECTED],
    )

    def shown() -> ProtocolName | None:
        outcomes = window.stage.outcomes()
        return outcomes[0].scenario.protocol if outcomes and window.runner.is_idle else None

    published.click()
    qtbot.waitUntil(lambda: shown() is ProtocolName.AS_PUBLISHED)
    opened(qtbot, window, own)
    qtbot.waitUntil(lambda: shown() is ProtocolName.CORRECTED)
    assert corrected.isChecked()
    assert not published.isEnabled()
    assert "built-in" in published.toolTip()
    assert all(panel(window, column).prediction is not None for column in KEYS)
    with qtbot.waitSignals([window.runner.ready, window.runner.result]):
        window.use_built_in_classifier()
    qtbot.waitUntil(lambda: shown() is ProtocolName.AS_PUBLISHED)
    assert published.isChecked()
    assert posted == []


@pytest.mark.parametrize("sound", [True, False])
def test_the_window_starts_with_the_classifier_that_is_named(
    qtbot: QtBot, theme: Theme, store: Settings, trained: Path, own: Path, tmp_path: Path, posted: list[Message],
    monkeypatch: pytest.MonkeyPatch, sound: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(resources, "trained", lambda: trained)
    path = own if sound else tmp_path / "missing.keras"
    window = MainWindow(Session(), LiveRunner(load_pipeline), store, theme, path)
    window.show()
    qtbot.waitUntil(lambda: bool(window.stage.outcomes()) and window.runner.is_idle)
    assert window.windowTitle() == ("AdvGUI: own" if sound else "AdvGUI")
    assert len(panel(window, "clean").prediction.class_names) == (3 if sound else 10)
    assert [message.text.count("missing.keras") for message in posted] == ([] if sound else [1])
    window.close()
    window.deleteLater()


def test_the_built_in_classifier_is_one_click_away(qtbot: QtBot, window: MainWindow, own: Path) -> None:
    back = window.actions_by_name["built-in"]
    assert not back.isEnabled()
    before = panel(window, "attacked").prediction.probabilities
    opened(qtbot, window, own)
    assert back.isEnabled()
    with qtbot.waitSignals([window.runner.ready, window.runner.result]):
        back.trigger()
    qtbot.waitUntil(lambda: window.runner.is_idle)
    assert not back.isEnabled()
    assert window.windowTitle() == "AdvGUI"
    assert window.stage.truth.text() == "true class: cat"
    assert np.allclose(panel(window, "attacked").prediction.probabilities, before, atol=1e-6)


def saved(path: Path, model: keras.Model) -> bytes:
    model.save(path)
    return path.read_bytes()


def diverged() -> keras.Model:
    model = tiny.classifier_model()
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    return model


def runs_code() -> keras.Model:
    image = keras.Input((None, None, 3))
    means = keras.layers.Lambda(lambda x: keras.ops.mean(x, axis=(1, 2)))(image)
    return keras.Model(image, keras.layers.Dense(3)(means))


FOREIGN: dict[str, Callable[[Path], bytes]] = {
    "nothing": lambda folder: b"",
    "no model": lambda folder: b"no model",
    "HDF5": lambda folder: b"\x89HDF\r\n\x1a\n" + bytes(2000),
    "a zip header and no more": lambda folder: b"PK\x03\x04 nothing behind it",
    "truncated": lambda folder: saved(folder / "whole.keras", tiny.classifier_model())[:-500],
    "NaN": lambda folder: saved(folder / "diverged.keras", diverged()),
    "a Lambda layer": lambda folder: saved(folder / "lambda.keras", runs_code()),
    "an autoencoder": lambda folder: saved(folder / "restoring.keras", tiny.autoencoder_model()),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_refused_file_leaves_the_network_in_use(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path, kind: str
) -> None:
    (tmp_path / "foreign.keras").write_bytes(FOREIGN[kind](tmp_path))
    before = panel(window, "attacked").prediction.probabilities
    with qtbot.waitSignal(window.models.refused):
        window.models.open(tmp_path / "foreign.keras")
    assert "foreign.keras" in posted[-1].text
    assert window.windowTitle() == "AdvGUI"
    assert not window.status.progress.isVisible()
    with qtbot.waitSignal(window.runner.result):
        window.controls.sliders["fgsm"].slider.setValue(14)
    qtbot.waitUntil(lambda: window.runner.is_idle)
    assert not np.array_equal(panel(window, "attacked").prediction.probabilities, before)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_without_the_autoencoder_the_rest_goes_on(
    qtbot: QtBot, theme: Theme, store: Settings, trained: Path, posted: list[Message], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, damage: str,
) -> None:  # fmt: skip
    for name in ("classifier.keras", "classifier.json"):
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    if damage == "damaged":
        (tmp_path / "autoencoder.keras").write_bytes((trained / "autoencoder.keras").read_bytes()[:-100])
    monkeypatch.setattr(resources, "trained", lambda: tmp_path)
    window = MainWindow(Session(), LiveRunner(load_pipeline), store, theme)
    with qtbot.waitSignal(window.runner.result):
        window.show()
    assert "autoencoder.keras" in posted[-1].text
    assert "install the program again" in posted[-1].text
    assert not window.controls.links["autoencoder"].box.isEnabled()
    for column in KEYS:
        assert bool(panel(window, column).off_reason) == (column in ("autoencoder", "both"))
        assert (panel(window, column).prediction is None) == bool(panel(window, column).off_reason)
    # Whatever else is done, it stays so.
    with qtbot.waitSignal(window.runner.result):
        window.controls.sliders["fgsm"].slider.setValue(14)
    with qtbot.waitSignal(window.runner.result):
        window.controls.reset_button.click()
    window.close()
    window.deleteLater()


def test_a_dropped_model_file_is_opened(qtbot: QtBot, window: MainWindow, own: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(own))])
    with qtbot.waitSignal(window.runner.ready):
        assert drop(window, data)
    assert window.runner.loaded.class_names == pictures.CLASSES


def test_pictures_that_are_dropped_with_a_model_file_are_opened_too(
    qtbot: QtBot, window: MainWindow, own: Path, textures: Path, tmp_path: Path, posted: list[Message]
) -> None:
    second = tmp_path / "SECOND.KERAS"
    second.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (own, second, textures / "plain" / "plain 0.png")])
    with qtbot.waitSignals([window.runner.ready, window.opener.opened]):
        assert drop(window, data)
    assert window.runner.loaded.classifier == "own"
    assert ["one classifier at a time" in message.text for message in posted] == [True]
