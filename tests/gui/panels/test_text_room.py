"""Class names in the room that there is: those of the data set and the true class are never cut."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.panels.layout import Layout
from advgui.gui.panels.prediction import Prediction, Verdict
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width
from tests.gui.gated import CLASS_NAMES

NUMBERED = tuple(f"class {number}" for number in range(10))
FOREIGN = tuple(f"a class with a rather long name, number {number}" for number in range(5))


def cut(font: QFont, text: str, width: int) -> bool:
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width) != text


@pytest.mark.parametrize("bold", [True, False])
@pytest.mark.parametrize("size", range(6, 41))
def test_a_text_is_whole_in_its_own_width(qapp: QApplication, size: int, bold: bool) -> None:
    font = theme.font(qapp.font(), size, bold=bold)
    for text in (*CLASS_NAMES, *NUMBERED, ">99.9 % ", "100"):
        assert not cut(font, text, text_width(font, text))


@given(text=st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), max_size=30), size=st.integers(6, 60))
def test_any_text_is_whole_in_its_own_width(qapp: QApplication, text: str, size: int) -> None:
    font = theme.font(qapp.font(), size, bold=True)
    assert not cut(font, text, text_width(font, text))


@pytest.fixture
def panel(qtbot: QtBot) -> ImagePanel:
    made = ImagePanel("(b) FGSM")
    qtbot.addWidget(made)
    return made


def show(panel: ImagePanel, names: tuple[str, ...], size: QSize, compact: bool) -> Layout:
    panel.resize(size)
    panel.set_frame(40, names, compact, ["(b) FGSM"])
    probabilities = np.full(len(names), 1 / len(names), np.float32)
    panel.show_result(np.zeros((32, 32, 3), np.float32), Prediction(probabilities, names, 1, Verdict.RIGHT))
    return panel.layout_now


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.sampled_from([CLASS_NAMES, NUMBERED]),
    width=st.integers(126, 760),
    height=st.integers(330, 1900),
    compact=st.booleans(),
)
def test_no_class_of_ten_is_cut_in_a_panel_of_any_size(
    panel: ImagePanel, names: tuple[str, ...], width: int, height: int, compact: bool
) -> None:
    layout = show(panel, names, QSize(width, height), compact)
    font, room = panel._bar_names(layout)
    verdict = panel._verdict_font(layout)
    for name in names:
        assert not cut(font, name, room)
        assert not cut(verdict, name, panel._verdict_name(layout, verdict).width())


def tooltip_at(panel: ImagePanel, place: QPoint) -> str:
    QApplication.sendEvent(panel, QHelpEvent(QEvent.Type.ToolTip, place, panel.mapToGlobal(place)))
    return QToolTip.text()


def test_a_long_name_is_cut_and_its_tooltip_says_all(panel: ImagePanel) -> None:
    layout = show(panel, FOREIGN, QSize(170, 520), compact=False)
    panel.show()
    font, room = panel._bar_names(layout)
    (column,) = layout.columns
    for row, name in enumerate(FOREIGN):
        assert cut(font, name, room)
        place = QPoint(column.left() + 5, column.top() + (2 * row + 1) * column.height() // (2 * len(FOREIGN)))
        assert tooltip_at(panel, place) == name
    assert tooltip_at(panel, layout.verdict.center()) == FOREIGN[0]
    assert panel.full_name_at(layout.picture.center()) == ""


def test_names_that_are_whole_need_no_tooltip(panel: ImagePanel) -> None:
    layout = show(panel, CLASS_NAMES, QSize(170, 520), compact=False)
    assert panel.full_name_at(layout.verdict.center()) == panel.full_name_at(layout.columns[0].center()) == ""
