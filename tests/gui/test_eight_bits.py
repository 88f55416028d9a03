"""What was saved is read again and judged: a file has 8 bits, and an attack may need more."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from advgui.gui.panels.prediction import Prediction, Verdict
from advgui.gui.saving import judgement, read_back
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.threads.loading import load_pipeline
from advgui.gui.widgets.messages import Message
from advgui.images import to_float, to_uint8
from tests.gui.checks import settled
from tests.gui.conftest import selection
from tests.gui.gated import CLASS_NAMES
from tests.gui.test_main_window import MakeWindow


def prediction(best: int) -> Prediction:
    probabilities = np.full(10, 0.05, np.float32)
    probabilities[best] = 0.55
    return Prediction(probabilities, CLASS_NAMES, 3, Verdict.WRONG)


def test_it_says_whether_the_class_is_the_same() -> None:
    text, is_same = judgement(prediction(5), prediction(5).probabilities)
    assert is_same
    assert text == "Its 8 bits are taken for dog, 55.0 %, as on screen."
    text, is_same = judgement(prediction(5), prediction(3).probabilities)
    assert not is_same
    assert "taken for cat, 55.0 %, and no longer for dog" in text


def test_the_classifier_answers_for_an_image_as_it_is(qtbot: QtBot, ready: LiveRunner) -> None:
    answers: list[tuple[int, object]] = []
    ready.judged.connect(lambda number, found: answers.append((number, found)))
    number = ready.judge(selection(2).pixels)
    broken = ready.judge(np.zeros(3, np.float32))
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert [each for each, _ in answers] == [number, broken]
    found = answers[0][1]
    assert isinstance(found, np.ndarray)
    assert found.shape == (10,)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert answers[1][1] is None


@pytest.fixture
def real(qtbot: QtBot, make_window: MakeWindow) -> MainWindow:
    window = make_window(load_pipeline)
    with qtbot.waitSignal(window.runner.result):
        window.show()
    return window


@pytest.mark.parametrize("strength", [8 / 255, 0.49 / 255])
def test_a_saved_panel_is_judged_by_what_is_in_the_file(
    qtbot: QtBot,
    real: MainWindow,
    posted: list[Message],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    strength: float,
) -> None:
    # Less than half a step of 8 bits is gone in the file: there it is the original again.
    path = tmp_path / "saved.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    real.gallery.choose(3)
    real.session.apply(real.session.state.with_strength("fgsm", strength), "x")
    qtbot.waitUntil(lambda: settled(real))
    panel = real.stage.rows["fgsm"].panels["attacked"]
    assert panel.prediction is not None
    panel.save_asked.emit(False)
    qtbot.waitUntil(lambda: any("8 bits" in message.text for message in posted))
    (said,) = (message.text for message in posted if "8 bits" in message.text)
    selected = real.session.selection
    assert selected is not None
    if strength < 0.5 / 255:
        np.testing.assert_array_equal(read_back(path), selected.pixels)
        assert panel.prediction.predicted != selected.label
        assert "Beware" in said
    else:
        assert "as on screen" in said


@pytest.mark.parametrize("taken", [True, False])
def test_a_picture_is_dragged_out_of_its_panel_and_judged_where_it_was_taken(
    qtbot: QtBot, real: MainWindow, posted: list[Message], monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    dragged: list[QMimeData] = []

    def exec_(drag: QDrag, _actions: object) -> Qt.DropAction:
        dragged.append(drag.mimeData())
        return Qt.DropAction.CopyAction if taken else Qt.DropAction.IgnoreAction

    monkeypatch.setattr(QDrag, "exec", exec_)
    qtbot.waitUntil(lambda: settled(real))
    panel = real.stage.rows["fgsm"].panels["attacked"]
    middle = panel.layout_now.picture.center()
    qtbot.mousePress(panel, Qt.MouseButton.LeftButton, pos=middle)
    drag_to(panel, middle + QPoint(3, 3))
    assert panel.picture.is_held  # within the panel, it is compared
    assert not dragged
    drag_to(panel, QPoint(middle.x(), -5))
    drag_to(panel, QPoint(middle.x(), -50))
    qtbot.mouseRelease(panel, Qt.MouseButton.LeftButton, pos=QPoint(middle.x(), -50))
    (data,) = dragged
    assert not panel.picture.is_held
    assert data.hasImage()
    path = Path(data.urls()[0].toLocalFile())
    assert path.name == "fgsm-b.png"
    assert panel.pixels is not None
    np.testing.assert_array_equal(read_back(path), to_float(to_uint8(panel.pixels)))
    if taken:
        qtbot.waitUntil(lambda: any("8 bits" in message.text for message in posted))
        (said,) = (message.text for message in posted if "8 bits" in message.text)
        assert said.startswith("Dragged out: fgsm-b.png.")
    else:
        qtbot.waitUntil(lambda: not real.files.busy)
        assert not any("8 bits" in message.text for message in posted)
    real.close()
    assert not path.exists()


def drag_to(panel: QWidget, place: QPoint) -> None:
    """Move the mouse with its left button down."""
    where = QPointF(place), QPointF(panel.mapToGlobal(place))
    left = Qt.MouseButton.LeftButton
    moved = QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(panel, moved)
