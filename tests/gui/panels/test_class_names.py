"""Class names stand once, beside all panels of a row, and bars take the whole width."""

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QFontMetrics, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from advgui.gui.panels.row import PanelRow
from advgui.scenarios import scenario
from tests.gui.gated import CLASS_NAMES
from tests.gui.painted import texts
from tests.gui.panels.test_row import outcome

LONG = tuple(f"a class with a rather long name, number {number}" for number in range(10))


@pytest.fixture
def row(qtbot: QtBot) -> PanelRow:
    made = PanelRow("fgsm")
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("size", [(700, 420), (900, 520), (1400, 800), (2600, 1200)])
def test_each_name_is_written_once_at_the_height_of_its_bars(row: PanelRow, size: tuple[int, int]) -> None:
    row.resize(*size)
    row.show_outcome(outcome(scenario(), label=3), CLASS_NAMES, True)
    shown = row.names.names_shown()
    assert [name for name, _, _, _ in shown] == list(CLASS_NAMES)
    assert all(cut == name for name, cut, _, _ in shown)
    assert [is_label for *_, is_label in shown] == [name == "cat" for name in CLASS_NAMES]
    for panel in row.panels.values():
        assert not {text.words for text in texts(panel)} & set(CLASS_NAMES) - {
            panel.prediction.class_names[panel.prediction.predicted]
        }
        for (_, _, box, _), (_, bar, _) in zip(shown, panel.bar_rows(), strict=True):
            assert (box.top(), box.height()) == (bar.top(), bar.height())
        assert panel.y() == row.names.y()
    first = next(iter(row.panels.values()))
    assert row.names.geometry().right() < first.geometry().left()


def test_where_the_original_is_hidden_they_stand_beside_the_next(row: PanelRow) -> None:
    row.resize(900, 520)
    row.show_outcome(outcome(scenario()), CLASS_NAMES, True)
    row.hide_clean(True)
    attacked = row.panels["attacked"].geometry()
    assert attacked.left() - 10 <= row.names.geometry().right() < attacked.left()


def test_a_panel_alone_and_bars_in_two_columns_hold_the_names_themselves(row: PanelRow) -> None:
    row.resize(900, 520)
    row.show_outcome(outcome(scenario()), CLASS_NAMES, True)
    assert row.names.isVisible()
    row.show_only(1)
    assert not row.names.isVisible()
    assert set(CLASS_NAMES) <= {text.words for text in texts(row.panels["attacked"])}
    row.show_only(-1)
    assert row.names.isVisible()
    row.resize(1900, 330)
    assert len(row.panels["clean"].layout_now.columns) == 2
    assert not row.names.isVisible()
    assert set(CLASS_NAMES) <= {text.words for text in texts(row.panels["clean"])}


def test_long_names_are_cut_and_told_whole(row: PanelRow) -> None:
    row.resize(900, 520)
    row.show_outcome(outcome(scenario()), LONG, True)
    name, cut, box, _ = row.names.names_shown()[4]
    assert cut.endswith("…")
    assert row.names.width() <= 900 // 6
    assert QFontMetrics(row.panels["clean"].bar_font()).horizontalAdvance(cut) <= box.width()
    QApplication.sendEvent(
        row.names, QHelpEvent(QEvent.Type.ToolTip, box.center(), row.names.mapToGlobal(box.center()))
    )
    assert QToolTip.text() == name
    QToolTip.hideText()


def test_nothing_moves_when_a_result_comes(row: PanelRow) -> None:
    row.resize(900, 520)
    row.show_waiting(outcome(scenario()).images["clean"][0], CLASS_NAMES, scenario(), "computing …")
    before = [panel.geometry() for panel in row.panels.values()]
    row.show_outcome(outcome(scenario()), CLASS_NAMES, True)
    assert [panel.geometry() for panel in row.panels.values()] == before
    assert row.childAt(QPoint(2, 400)) is row.names
