"""The learning curves: real files, real widgets, a real mouse."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from advgui.figures import curves, histories
from advgui.figures.drawing import KINDS
from advgui.figures.training import training_figure
from advgui.files import write_atomically
from advgui.gui import settings
from advgui.gui.main_window import MainWindow
from advgui.gui.settings import Settings
from advgui.gui.training.chart import CurveChart
from advgui.gui.training.dialog import TrainingDialog
from advgui.gui.widgets.messages import Level, Message
from advgui.gui.widgets.theme import Theme

CLASSIFIER = "epoch,loss,accuracy,validation_loss,validation_accuracy"
PUBLISHED = "epoch,loss,validation_loss\n1,0.6,0.59\n2,0.55,0.54\n"
AUTOENCODER = (
    "epoch,loss,squared_error,divergence,validation_clean,validation_gaussian,validation_fgsm\n"
    "1,1.8,0.02,1.4,0.77,0.7,0.68\n2,0.7,0.005,0.6,0.82,0.76,0.72\n3,0.6,0.004,0.5,0.83,0.77,0.73\n"
)


def classifier(epochs: int) -> str:
    rows = [f"{n},{2 / n:.4g},{1 - 0.5 / n:.4g},{2.5 / n:.4g},{0.9 - 0.5 / n:.4g}" for n in range(1, epochs + 1)]
    return "\n".join([CLASSIFIER, *rows]) + "\n"


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    folder = tmp_path / "trained"
    for name, content in (
        ("classifier", classifier(5)), ("autoencoder", AUTOENCODER), ("published", PUBLISHED),
    ):  # fmt: skip
        write_atomically(folder / f"{name}.keras", b"")
        write_atomically(folder / f"{name}.csv", content)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_atomically(tmp_path / "runs" / "new" / "history.csv", classifier(2))
    return tmp_path / "runs"


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme, store: Settings, trained: Path, runs: Path) -> TrainingDialog:
    theme.apply("light")
    made = TrainingDialog(store, trained, runs)
    qtbot.addWidget(made)
    made.show()
    return made


def offered(dialog: TrainingDialog) -> list[str]:
    return [dialog.network.itemText(row) for row in range(dialog.network.count())]


def pick(dialog: TrainingDialog, name: str) -> None:
    """Choose a network, by the beginning of its name, from the list that pops up."""
    row = next(row for row, text in enumerate(offered(dialog)) if text.startswith(name))
    dialog.network.showPopup()
    view = dialog.network.view()
    view.setCurrentIndex(dialog.network.model().index(row, 0))
    QTest.keyClick(view, Qt.Key.Key_Return)


def values(chart: CurveChart) -> list[str]:
    return [label.text() for label in chart.values]


def lines_of(chart: CurveChart) -> list[Any]:
    """What the plot has, without marks."""
    return [item for item in chart.plot.getPlotItem().listDataItems() if item.opts.get("symbol") is None]


def drawn(chart: CurveChart) -> list[np.ndarray]:
    """The heights of the lines that the plot has."""
    return [line.getData()[1] for line in lines_of(chart)]


def point_at(chart: CurveChart, epoch: float) -> None:
    """Move the mouse to the height of the middle, above an epoch."""
    box, viewport = chart.plot.getPlotItem().getViewBox(), chart.plot.viewport()
    middle = sum(box.viewRange()[1]) / 2
    place = chart.plot.mapFromScene(box.mapViewToScene(QPointF(epoch, middle)))
    move(viewport, place)


def move(viewport: QWidget, place: QPoint) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(viewport.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, event)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not delete a folder that is in use")
def test_it_opens_although_the_working_folder_has_been_deleted(
    qtbot: QtBot, theme: Theme, store: Settings, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    made = TrainingDialog(store, trained)
    qtbot.addWidget(made)
    made.show()
    assert made.history is not None
    assert len(offered(made)) == 3


# Which history


def test_the_classifier_comes_first_then_the_other_networks_then_the_runs(dialog: TrainingDialog) -> None:
    assert offered(dialog) == ["classifier", "autoencoder", "published", "runs/new"]
    assert dialog.network.currentText() == dialog.history.name == "classifier"
    accuracy, loss = curves.charts(dialog.history)
    for chart, expected in ((dialog.accuracy, accuracy), (dialog.loss, loss)):
        assert chart.isVisible()
        for line, curve in zip(drawn(chart), expected.curves, strict=True):
            assert np.array_equal(line, curve.values)
    assert "5 epochs" in dialog.state.text()


def test_picking_shows_another_network(dialog: TrainingDialog) -> None:
    pick(dialog, "auto")
    assert dialog.history.name == dialog.network.currentText() == "autoencoder"
    assert values(dialog.accuracy) == ["83.00 %", "77.00 %", "73.00 %"]
    assert values(dialog.loss) == ["0.6000", "0.004000", "0.5000"]


def test_without_accuracies_the_loss_has_all_the_room(dialog: TrainingDialog) -> None:
    width = dialog.loss.width()
    pick(dialog, "publ")
    dialog.layout().activate()
    assert not dialog.accuracy.isVisible()
    assert dialog.loss.width() > 1.8 * width
    pick(dialog, "class")
    assert dialog.accuracy.isVisible()
    assert values(dialog.accuracy) == ["90.00 %", "80.00 %"]


def test_any_file_can_be_opened(
    dialog: TrainingDialog, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "elsewhere" / "history.csv"
    write_atomically(path, classifier(7))
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: asked.append(args) or (str(path), ""))
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert asked
    assert dialog.history.name == "elsewhere"
    assert dialog.network.currentText() == "…/elsewhere/history.csv"
    pick(dialog, "class")
    pick(dialog, "…")
    assert len(dialog.history.epochs) == 7
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert dialog.history.name == "elsewhere"


def test_a_run_that_began_meanwhile_is_offered_when_one_comes_back(dialog: TrainingDialog, runs: Path) -> None:
    pick(dialog, "auto")
    write_atomically(runs / "another" / "history.csv", classifier(1))
    dialog.hide()
    dialog.show()
    assert "runs/another" in offered(dialog)
    assert dialog.network.currentText() == "autoencoder"


def test_no_histories_at_all_is_said(qtbot: QtBot, theme: Theme, store: Settings, tmp_path: Path) -> None:
    made = TrainingDialog(store, tmp_path / "none", tmp_path / "nowhere")
    qtbot.addWidget(made)
    made.show()
    assert "advgui train" in made.banner.label.text()
    assert made.banner.isVisible()
    assert not made.epoch.isEnabled()
    made.open_history(tmp_path / "missing.csv")
    assert "missing.csv" in made.banner.label.text()
    write_atomically(tmp_path / "net.csv", classifier(3))
    made.open_history(tmp_path / "net.csv")
    assert not made.banner.isVisible()
    assert made.epoch.isEnabled()


# Values


def test_the_mouse_reads_values_off_both_charts(dialog: TrainingDialog) -> None:
    assert values(dialog.accuracy) == ["90.00 %", "80.00 %"]  # of the last epoch
    point_at(dialog.accuracy, 2.2)
    assert dialog.epoch_number.text() == "2"
    assert values(dialog.accuracy) == ["75.00 %", "65.00 %"]
    assert values(dialog.loss) == ["1.000", "1.250"]
    assert "training loss in epoch 2" in dialog.loss.values[0].accessibleName()
    point_at(dialog.loss, 3.8)
    assert dialog.epoch_number.text() == "4"
    assert values(dialog.loss) == ["0.5000", "0.6250"]


def test_the_margin_of_a_chart_is_no_epoch(dialog: TrainingDialog) -> None:
    point_at(dialog.accuracy, 3)
    move(dialog.accuracy.plot.viewport(), QPoint(2, 2))
    assert dialog.epoch_number.text() == "3"


def test_the_keyboard_reads_values_too(dialog: TrainingDialog) -> None:
    QTest.keyClick(dialog.epoch, Qt.Key.Key_Home)
    assert values(dialog.accuracy) == ["50.00 %", "40.00 %"]
    QTest.keyClick(dialog.epoch, Qt.Key.Key_Right)
    assert values(dialog.accuracy) == ["75.00 %", "65.00 %"]


def test_epochs_that_are_missing_are_passed_over(dialog: TrainingDialog, tmp_path: Path) -> None:
    write_atomically(tmp_path / "net.csv", "epoch,loss\n10,3\n20,2\n40,1\n")
    dialog.open_history(tmp_path / "net.csv")
    for position, number, text in ((11, "10", "3.000"), (24, "20", "2.000"), (31, "40", "1.000")):
        dialog.epoch.setValue(position)
        assert dialog.epoch_number.text() == number
        assert values(dialog.loss) == [text]


def test_the_loss_can_be_logarithmic_and_is_where_losses_differ_much(qtbot: QtBot, dialog: TrainingDialog) -> None:
    linear = drawn(dialog.loss)
    assert not dialog.logarithmic.isChecked()
    dialog.logarithmic.click()
    for line, logarithm in zip(linear, drawn(dialog.loss), strict=True):
        assert np.allclose(logarithm, np.log10(line))
    pick(dialog, "publ")
    assert not dialog.logarithmic.isChecked()
    pick(dialog, "auto")
    assert dialog.logarithmic.isChecked()


def test_a_loss_of_zero_has_no_logarithm(dialog: TrainingDialog, tmp_path: Path) -> None:
    write_atomically(tmp_path / "net.csv", "epoch,loss\n1,1\n2,0\n")
    dialog.open_history(tmp_path / "net.csv")
    assert not dialog.logarithmic.isEnabled()
    assert drawn(dialog.loss)[0].tolist() == [1, 0]


# Following


def test_a_growing_file_is_followed(qtbot: QtBot, dialog: TrainingDialog, runs: Path) -> None:
    path = runs / "new" / "history.csv"
    pick(dialog, "runs/new")
    for epochs in (3, 4, 6):  # replaced in one step, as a training does
        write_atomically(path, classifier(epochs))
        qtbot.waitUntil(lambda epochs=epochs: len(dialog.history.epochs) == epochs)
    assert dialog.epoch_number.text() == "6"  # the newest epoch stays in view
    dialog.epoch.setValue(2)
    with path.open("a") as file:  # or written on
        file.write("7,0.1,0.9,0.2,0.8\n")
    qtbot.waitUntil(lambda: len(dialog.history.epochs) == 7)
    assert dialog.epoch_number.text() == "2"  # another one does too
    assert len(drawn(dialog.loss)[0]) == 7
    assert "7 epochs" in dialog.state.text()


def test_a_file_that_the_system_does_not_tell_of_is_looked_at(
    qtbot: QtBot, dialog: TrainingDialog, trained: Path
) -> None:
    dialog._follower._watcher.blockSignals(True)
    assert dialog._follower._regular.interval() >= 2000
    dialog._follower._regular.setInterval(1)
    write_atomically(trained / "classifier.csv", classifier(8))
    qtbot.waitUntil(lambda: len(dialog.history.epochs) == 8)


def test_only_what_is_shown_is_followed(qtbot: QtBot, dialog: TrainingDialog, trained: Path) -> None:
    pick(dialog, "auto")
    write_atomically(trained / "classifier.csv", PUBLISHED)
    write_atomically(trained / "autoencoder.csv", AUTOENCODER + "4,0.5,0.004,0.4,0.84,0.78,0.74\n")
    qtbot.waitUntil(lambda: len(dialog.history.epochs) == 4)
    assert dialog.history.name == "autoencoder"


def test_a_closed_dialog_follows_nothing_and_is_up_to_date_when_it_comes_back(
    qtbot: QtBot, dialog: TrainingDialog, trained: Path
) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    watcher = dialog._follower._watcher
    assert not watcher.files()
    assert not watcher.directories()
    assert not dialog._follower._regular.isActive()
    write_atomically(trained / "classifier.csv", classifier(9))
    dialog.show()
    assert len(dialog.history.epochs) == 9


# Damaged files


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\xff", b"a,b\n1,2\n", b"epoch,loss\n1,nan\n", b"epoch,speed\n1,2\n", b"x" * 2_000_000]
)
def test_a_damaged_file_is_refused_and_what_was_shown_stays(
    dialog: TrainingDialog, trained: Path, content: bytes
) -> None:
    before, lines = dialog.history, drawn(dialog.loss)
    (trained / "autoencoder.csv").write_bytes(content)
    pick(dialog, "auto")
    assert dialog.banner.isVisible()
    assert "autoencoder" in dialog.banner.label.text()
    assert "Choose another file" in dialog.banner.label.text()
    assert dialog.history is before
    assert all(np.array_equal(*pair) for pair in zip(lines, drawn(dialog.loss), strict=True))
    assert dialog.network.currentText() == "classifier"
    pick(dialog, "publ")
    assert not dialog.banner.isVisible()


def test_a_followed_file_that_breaks_is_told_until_it_is_whole_again(
    qtbot: QtBot, dialog: TrainingDialog, trained: Path
) -> None:
    path = trained / "classifier.csv"
    write_atomically(path, "epoch,loss\n1,\n")
    qtbot.waitUntil(dialog.banner.isVisible)
    assert "still shown" in dialog.banner.label.text()
    assert len(dialog.history.epochs) == 5
    path.unlink()
    qtbot.waitUntil(lambda: "cannot be read" in dialog.banner.label.text())
    write_atomically(path, classifier(6))
    qtbot.waitUntil(lambda: len(dialog.history.epochs) == 6)
    assert not dialog.banner.isVisible()


def test_what_is_said_of_another_file_stays_while_the_followed_one_grows(
    qtbot: QtBot, dialog: TrainingDialog, trained: Path, tmp_path: Path
) -> None:
    dialog.open_history(tmp_path / "missing.csv")
    write_atomically(trained / "classifier.csv", classifier(6))
    qtbot.waitUntil(lambda: len(dialog.history.epochs) == 6)
    assert "missing.csv" in dialog.banner.label.text()


def test_a_folder_that_vanishes_is_told(qtbot: QtBot, dialog: TrainingDialog, runs: Path) -> None:
    pick(dialog, "runs/new")
    shutil.rmtree(runs)
    qtbot.waitUntil(dialog.banner.isVisible)
    assert len(dialog.history.epochs) == 2


# The window around it


def test_the_colors_follow_the_theme(qtbot: QtBot, dialog: TrainingDialog, theme: Theme) -> None:
    def ground() -> int:
        return dialog.grab().toImage().pixelColor(dialog.loss.plot.mapTo(dialog, QPoint(6, 6))).lightness()

    def lines() -> set[str]:
        return {item.opts["pen"].color().name() for item in lines_of(dialog.loss)}

    assert ground() > 200
    assert lines() == set(curves.COLORS[:2])
    theme.apply("dark")
    qtbot.waitUntil(lambda: ground() < 60)
    assert lines() == set(curves.COLORS_ON_DARK[:2])
    theme.apply("light")
    qtbot.waitUntil(lambda: ground() > 200)


def test_the_place_is_remembered(qtbot: QtBot, dialog: TrainingDialog, store: Settings, trained: Path) -> None:
    dialog.resize(700, 500)
    dialog.close()
    again = TrainingDialog(store, trained)
    qtbot.addWidget(again)
    assert again.size() == dialog.size()
    store.store.setValue(settings.TRAINING_GEOMETRY.key, "damaged")
    third = TrainingDialog(store, trained)
    qtbot.addWidget(third)
    assert third.width() > dialog.width() or third.screen().availableSize().width() <= dialog.width()


def test_everything_that_takes_keys_has_a_name_a_tip_and_a_letter(dialog: TrainingDialog) -> None:
    for widget in (dialog.network, dialog.open_button, dialog.logarithmic, dialog.epoch):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert widget.toolTip()
        assert widget.accessibleName() or widget.text()
    texts = [widget.text() for widget in (dialog.open_button, dialog.logarithmic)] + ["&Network", "&Epoch"]
    letters = [text[text.index("&") + 1].lower() for text in texts]
    assert len(set(letters)) == len(letters)
    for chart in (dialog.accuracy, dialog.loss):
        assert "against epochs" in chart.plot.accessibleName()


def test_the_window_opens_it(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = [widget for widget in window.findChildren(TrainingDialog) if widget.isVisible()]
    assert not dialog.isModal()
    bundled = histories.bundled()
    assert (dialog.history is None) == (not bundled)
    dialog.hide()
    window.actions_by_name["training"].trigger()
    assert list(window.findChildren(TrainingDialog)) == [dialog]
    assert dialog.isVisible()
    dialog.resize(dialog.width() - 10, dialog.height())
    window.close()
    assert window.settings.get(settings.TRAINING_GEOMETRY)[2] == dialog.width()


@pytest.mark.parametrize("kind", KINDS)
def test_the_charts_are_exported_as_they_are_shown(
    dialog: TrainingDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, posted: list[Message], kind: str
) -> None:
    pick(dialog, "auto")
    dialog.logarithmic.setChecked(False)
    path = tmp_path / f"figure.{kind}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    next(action for action in dialog.export.menu().actions() if action.data() == kind).trigger()
    assert path.read_bytes() == training_figure(dialog.history, logarithmic=False).file(kind)
    assert posted[-1].text == f"Saved as {path}."


def test_an_export_that_cannot_be_written_is_told(
    dialog: TrainingDialog, tmp_path: Path, posted: list[Message]
) -> None:
    (tmp_path / "file").write_text("")
    dialog.export_to(tmp_path / "file" / "figure.svg")
    assert posted[-1].level is Level.ERROR
