from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui.gui.panels.bottom import AUTO, GAINS
from advgui.gui.panels.perturbation import perturbation
from advgui.gui.panels.stage import Stage
from advgui.gui.session import DemoState, Selection
from advgui.gui.threads.live_runner import Result
from advgui.types import ProtocolName
from tests.gui.conftest import selection
from tests.gui.gated import CLASS_NAMES, GatedPipeline

BOTH = DemoState(attacks=("gaussian", "fgsm"))


def result(chosen: Selection, state: DemoState) -> Result:
    labels = None if chosen.label is None else np.array([chosen.label])
    batch = GatedPipeline().prepare(chosen.pixels[np.newaxis], labels, np.array([chosen.index]))
    return Result(1, chosen, tuple(map(batch.run, state.scenarios())), 1.0)


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    made = Stage()
    made.class_names = CLASS_NAMES
    qtbot.addWidget(made)
    made.resize(880, 740)
    made.show()
    return made


def test_a_row_for_each_attack_of_the_result(stage: Stage) -> None:
    for state in (DemoState(), BOTH, DemoState(attacks=("gaussian",))):
        stage.show_result(result(selection(), state))
        assert tuple(row.attack for row in stage.shown_rows) == state.attacks
        assert tuple(each.scenario for each in stage.outcomes()) == state.scenarios()


def test_the_true_class_is_named(stage: Stage) -> None:
    stage.show_result(result(selection(label=3), DemoState()))
    assert stage.truth.text() == "true class: cat"


@pytest.mark.parametrize("width", [640, 880, 1500])
def test_the_line_above_the_panels_says_what_was_done(stage: Stage, width: int) -> None:
    stage.resize(width, 740)
    stage.show_result(result(selection(), replace(BOTH, seed=7)))
    assert stage.headline.text() == "noise_param = 0.1 · ε = 8/255 · seed 7 · corrected"
    stage.header.layout().activate()
    for label in (stage.title, stage.headline, stage.truth):
        assert label.width() >= label.sizeHint().width()  # nothing is cut
    shown = DemoState(seed=7).with_strength("fgsm", 4 / 255)
    stage.show_result(result(selection(), shown))
    assert stage.headline.text() == "FGSM, ε = 4/255 · seed 7 · corrected"
    stage.header.layout().activate()
    for label in (stage.title, stage.headline, stage.truth):
        assert label.width() >= label.sizeHint().width()  # nothing is cut
    stage.show_waiting(selection(), DemoState(protocol=ProtocolName.AS_PUBLISHED).scenarios(), "computing …")
    assert stage.headline.text() == "FGSM, ε = 8/255 · seed 0 · as published"


def test_the_line_above_the_panels_says_what_the_attacker_knows_and_wants(stage: Stage) -> None:
    state = replace(DemoState(), attacker_knows=("autoencoder",), target=6)
    stage.show_result(result(selection(), state))
    expected = "FGSM, ε = 8/255 · knows the autoencoder · towards 'frog' · seed 0 · corrected"
    assert stage.headline.text() == expected
    assert stage.headline.toolTip() == expected
    everything = replace(BOTH, attacker_knows=("autoencoder", "randomization"))
    stage.show_result(result(selection(), everything))
    assert stage.headline.text() == "noise_param = 0.1 · ε = 8/255 · knows everything · seed 0 · corrected"


def test_without_a_true_class_it_says_what_is_compared_with(stage: Stage) -> None:
    stage.show_result(result(selection(label=None), DemoState()))
    assert stage.truth.text() == "true class unknown; compared with (a)"
    assert "own prediction" in stage.truth.toolTip()


def test_a_note_on_the_picture_is_shown(stage: Stage) -> None:
    chosen = selection(label=None)
    noted = Selection(chosen.pixels, -1, None, "dog.jpg", "scaled down from 400x300 to 128x96")
    stage.show_result(result(noted, DemoState()))
    assert "dog.jpg" in stage.title.text()
    assert "400x300" in stage.title.text()


def test_waiting_takes_the_old_result_away(stage: Stage) -> None:
    stage.show_result(result(selection(), BOTH))
    stage.show_waiting(selection(1), DemoState().scenarios(), "computing …")
    assert stage.outcomes() == ()
    assert np.array_equal(stage.rows["fgsm"].panels["clean"].pixels, selection(1).pixels)


def test_no_image_at_all(stage: Stage) -> None:
    stage.show_waiting(None, DemoState().scenarios(), "no networks")
    assert stage.title.text() == "No image"


@pytest.mark.parametrize("gain", GAINS[1:])
def test_the_gain_goes_for_all_attacks(stage: Stage, gain: int) -> None:
    stage.show_result(result(selection(), BOTH))
    stage.bottom.set_gain(gain)
    assert stage.bottom.chosen_gain == gain
    assert {cell.view.gain for cell in stage.bottom.cells.values()} == {gain}


def test_an_unknown_gain_changes_nothing(stage: Stage) -> None:
    stage.bottom.set_gain(7)
    assert stage.bottom.chosen_gain == AUTO


@pytest.mark.parametrize("state", [DemoState(), BOTH], ids=["one row", "two rows"])
@pytest.mark.parametrize("size", [(640, 600), (880, 740), (1500, 1000), (3500, 2100)])
def test_everything_has_its_place(stage: Stage, size: tuple[int, int], state: DemoState) -> None:
    stage.resize(*size)
    stage.show_result(result(selection(), state))
    boxes = [stage.header.geometry(), *(row.geometry() for row in stage.shown_rows), stage.bottom.geometry()]
    for above, below in pairwise(boxes):
        assert above.bottom() < below.top()
    assert stage.rect().contains(boxes[-1])


@pytest.mark.parametrize("state", [DemoState(), BOTH], ids=["one row", "two rows"])
@pytest.mark.parametrize("size", [(600, 600), (860, 740), (1500, 1000)])
def test_the_threat_model_is_never_cut(stage: Stage, size: tuple[int, int], state: DemoState) -> None:
    stage.resize(*size)
    for knows in ((), ("autoencoder",), ("autoencoder", "randomization")):
        stage.show_result(result(selection(), replace(state, attacker_knows=knows, target=6)))
        QApplication.sendPostedEvents()
        for attack in state.attacks:
            view = stage.bottom.cells[attack]
            box = QRect(QPoint(0, 0), view.threat.size())
            room = QRect(0, 0, box.width(), view.height() - view.threat.y())
            flags = int(Qt.TextFlag.TextWordWrap)
            metrics = QFontMetrics(view.threat.font())
            assert view.threat.font().pixelSize() >= 8
            assert metrics.boundingRect(room, flags, view.threat.text()).height() <= room.height()
            assert view.threat.text() in view.threat.toolTip()


@pytest.mark.parametrize("strength", [0.0, 1 / 255, 8 / 255, 0.05, 0.1, 0.3])
def test_the_automatic_gain_never_saturates_and_uses_the_range(stage: Stage, strength: float) -> None:
    stage.bottom.set_gain(AUTO)
    stage.show_result(result(selection(), DemoState().with_strength("fgsm", strength)))
    (outcome,), view = stage.outcomes(), stage.bottom.cells["fgsm"].view
    change = np.abs(perturbation(outcome)).max()
    assert view.gain * change <= 0.5 + 1e-6
    if strength:
        assert view.gain * change > 0.25
    assert np.allclose(view.shown - 0.5, view.gain * perturbation(outcome), atol=1e-6)
    assert stage.bottom.gain.currentText() == f"auto (×{view.gain:g})"  # noqa: RUF001
    assert view.title.text() == f"FGSM, ×{view.gain:g}"  # noqa: RUF001


def test_two_rows_have_one_gain(stage: Stage) -> None:
    stage.bottom.set_gain(AUTO)
    stage.show_result(result(selection(), BOTH))
    gains = {cell.view.gain for cell in stage.bottom.cells.values()}
    assert len(gains) == 1
    assert gains.pop() * max(float(np.abs(perturbation(each)).max()) for each in stage.outcomes()) <= 0.5 + 1e-6
    stage.bottom.set_gain(5)
    assert {cell.view.gain for cell in stage.bottom.cells.values()} == {5}


def test_the_original_is_shown_once_if_both_rows_have_the_same(stage: Stage) -> None:
    def shown() -> list[bool]:
        return [row.panels["clean"].isVisible() for row in stage.shown_rows]

    shared = result(selection(), BOTH)
    stage.show_result(shared)
    assert shown() == [True, False]
    stage.set_swapped(True)
    assert shown() == [True, False]
    stage.show_only(1)
    assert shown() == [True, True]  # each row has one panel then
    stage.show_only(-1)
    other = replace(shared.outcomes[1], probabilities=dict(shared.outcomes[0].probabilities))
    other.probabilities["clean"] = other.probabilities["clean"][:, ::-1]
    stage.show_result(replace(shared, outcomes=(shared.outcomes[0], other)))
    assert shown() == [True, True]
    stage.show_result(shared)
    stage.show_result(result(selection(), DemoState()))
    assert shown() == [True]
