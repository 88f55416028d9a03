"""What a screen reader hears, and how far the keyboard has to go."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.main_window import MainWindow
from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.widgets.lights import LightSign
from tests.gui.checks import choose_attacks, settled
from tests.gui.evaluations import run

ROLE = QAccessible.Role
# What merely holds others, and what belongs to a widget that has a name.
SILENT = {
    ROLE.Client, ROLE.Grouping, ROLE.Splitter, ROLE.ScrollBar, ROLE.Grip, ROLE.Separator, ROLE.LayeredPane, ROLE.Pane,
    ROLE.Border, ROLE.Cell, ROLE.ListItem, ROLE.Row, ROLE.Column, ROLE.RowHeader, ROLE.ColumnHeader,
    ROLE.TitleBar, ROLE.Window, ROLE.PageTabList, ROLE.MenuBar, ROLE.StatusBar, ROLE.PopupMenu,
}  # fmt: skip
READ = (ImagePanel, LightSign)
WITH_VALUE = {ROLE.Slider, ROLE.SpinBox, ROLE.ComboBox, ROLE.Dial}


def walk(interface: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    yield interface
    for place in range(interface.childCount()):
        child = interface.child(place)
        if child is not None and child.isValid() and not child.state().invisible:
            yield from walk(child)


def check(window: QWidget) -> set[QAccessible.Role]:
    """Whether all that is seen has a name, a role and, where there is one, a value; return the roles."""
    roles = set()
    for each in walk(QAccessible.queryAccessibleInterface(window)):
        role, name = each.role(), each.text(QAccessible.Text.Name)
        roles.add(role)
        thing = each.object()
        assert role != ROLE.NoRole, thing
        if isinstance(thing, QWidget) and thing.focusPolicy() and thing.focusProxy() is None and thing.isEnabled():
            assert role != ROLE.Client or isinstance(thing, QScrollArea), thing  # which takes keys to scroll
            assert name or relation(each), (role, thing)
        elif role not in SILENT and role is not ROLE.StaticText:
            assert name or relation(each), (role, thing)
        if role in WITH_VALUE:
            assert value(each), (name, thing)
    return roles


def relation(interface: QAccessibleInterface) -> bool:
    """Whether another widget names this one."""
    return any(kind is QAccessible.RelationFlag.Label for _, kind in interface.relations())


def value(interface: QAccessibleInterface) -> str:
    numbers = interface.valueInterface()
    return str(numbers.currentValue()) if numbers is not None else interface.text(QAccessible.Text.Value)


@pytest.mark.parametrize("presenting", [False, True])
def test_everything_in_the_window_has_a_name_a_role_and_a_value(
    qtbot: QtBot, window: MainWindow, presenting: bool
) -> None:
    for attacks in (("gaussian", "fgsm"), ("pgd",)):
        choose_attacks(window.controls, attacks)
        qtbot.waitUntil(lambda: settled(window))
        if presenting != window.presentation.is_on:
            window.actions_by_name["presentation"].trigger()
        QApplication.processEvents()
        roles = check(window)
        assert {ROLE.Slider, ROLE.Graphic} <= roles


def test_everything_in_the_evaluation_has_a_name_a_role_and_a_value(qtbot: QtBot, dialog: EvaluationDialog) -> None:
    run(qtbot, dialog)
    for place in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(place)
        QApplication.processEvents()
        assert {ROLE.CheckBox, ROLE.SpinBox, ROLE.ComboBox, ROLE.PageTab} <= check(dialog)
    dialog.pages.setCurrentWidget(dialog.certification)
    QApplication.processEvents()
    assert {ROLE.CheckBox, ROLE.SpinBox, ROLE.ComboBox, ROLE.PageTab, ROLE.Table} <= check(dialog)


def test_a_panel_says_what_it_shows(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: settled(window))
    for panel in window.stage.rows["fgsm"].panels.values():
        said = QAccessible.queryAccessibleInterface(panel)
        assert said.role() == ROLE.Graphic
        assert said.text(QAccessible.Text.Name).startswith(panel.caption)
        assert panel.prediction.text in said.text(QAccessible.Text.Value)


def _mnemonics(window: QWidget) -> dict[str, QWidget]:
    """The controls that answer to Alt and a letter."""
    found: dict[str, QWidget] = {}
    for button in window.findChildren(QAbstractButton):
        if "&" in button.text().replace("&&", ""):
            found[button.text()] = button
    for label in window.findChildren(QLabel):
        if label.buddy() is not None and "&" in label.text().replace("&&", ""):
            found[label.text()] = label.buddy()
    return {text: widget for text, widget in found.items() if _takes_keys(widget)}


def _takes_keys(widget: QWidget) -> bool:
    takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
    return bool(takes) and widget.isVisible() and widget.isEnabled()


def _steps_to_everything(window: MainWindow, start: QWidget) -> dict[QWidget, int]:
    """How many keys lead from a widget to each other one: F6, Tab, Alt and a letter, each also backwards."""
    ring = [start]
    while (following := ring[-1].nextInFocusChain()) is not start:
        ring.append(following)
    ring = [widget for widget in ring if _takes_keys(widget)]
    anywhere = [*_mnemonics(window).values(), window.gallery.index]  # Ctrl+G
    steps, edge = {start: 0}, [start]
    while edge:
        reached = []
        for widget in edge:
            place = ring.index(widget)
            near = [ring[(place + 1) % len(ring)], ring[place - 1], *anywhere]
            near += [window.areas.after(widget, by) for by in (1, -1)]
            for other in near:
                if other in ring and other not in steps:
                    steps[other] = steps[widget] + 1
                    reached.append(other)
        edge = reached
    assert set(steps) == set(ring)
    return steps


@pytest.mark.parametrize("attacks", [("fgsm",), ("gaussian", "fgsm"), ("pgd",), ("square",)])
def test_every_control_is_at_most_four_keys_from_the_panels(
    qtbot: QtBot, window: MainWindow, attacks: tuple[str, ...]
) -> None:
    choose_attacks(window.controls, attacks)
    qtbot.waitUntil(lambda: settled(window))
    for row in window.stage.shown_rows:
        for panel in filter(_takes_keys, row.panels.values()):
            steps = _steps_to_everything(window, panel)
            # Panels and lights are read: nothing is changed there.
            far = {each: count for each, count in steps.items() if count > 4 and not isinstance(each, READ)}
            assert not far, [(type(each).__name__, each.accessibleName(), count) for each, count in far.items()]


def test_f6_goes_round_and_back(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: settled(window))
    window.activateWindow()
    window.gallery.view.setFocus()
    seen = []
    for _ in range(3):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_F6)
        seen.append(window.focusWidget())
    assert seen[0] is window.stage.rows["fgsm"].panels["clean"]
    assert window.controls.isAncestorOf(seen[1])
    assert seen[2] is window.gallery.view
    for before in reversed(seen[:2]):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
        assert window.focusWidget() is before
