"""The lights of an evaluation in its dialog."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.evaluation.sanity import lights
from advgui.gui.evaluation.dialog import EvaluationDialog
from tests import toy
from tests.gui.evaluations import run


def check(dialog: EvaluationDialog) -> None:
    """The dialog says what its report says."""
    found = lights(dialog.report)
    assert [sign.light for sign in dialog.lights.row.signs] == list(found)
    for light in found:
        line = dialog.lights.lines[light.name]
        assert line.title.text() == f"{light.title}: {light.state}"
        assert (line.numbers.text(), line.meaning.text()) == (light.numbers, light.meaning)


def test_they_follow_the_report(qtbot: QtBot, dialog: EvaluationDialog) -> None:
    run(qtbot, dialog)
    check(dialog)
    published = toy.made_up(30)
    dialog.evaluation.open(replace(published, dataset="others"))
    check(dialog)


def test_they_are_seen_from_every_tab_and_lead_to_their_words(qtbot: QtBot, dialog: EvaluationDialog) -> None:
    run(qtbot, dialog)
    row = dialog.lights.row
    for place in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(place)
        assert all(sign.isVisible() for sign in row.signs)
    for sign in row.signs:
        dialog.tabs.setCurrentIndex(0)
        qtbot.mouseClick(sign, Qt.MouseButton.LeftButton)
        assert dialog.tabs.currentWidget() is dialog.lights
        line = dialog.lights.lines[sign.light.name]
        qtbot.waitUntil(lambda line=line: not line.visibleRegion().isEmpty())


@pytest.mark.parametrize("width", [700, 1240])
def test_no_word_is_cut(qtbot: QtBot, dialog: EvaluationDialog, width: int) -> None:
    dialog.resize(width, 700)
    run(qtbot, dialog)
    dialog.tabs.setCurrentWidget(dialog.lights)
    for line in dialog.lights.lines.values():
        for label in (line.title, line.numbers, line.meaning):
            qtbot.waitUntil(lambda label=label: label.height() >= label.heightForWidth(label.width()) > 0)
            assert label.width() <= dialog.lights.viewport().width()
