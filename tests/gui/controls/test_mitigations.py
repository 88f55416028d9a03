from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from advgui import paper
from advgui.attacks import ATTACKS
from advgui.defenses import DEFENSES
from advgui.gui.controls.groups import focusable
from advgui.gui.controls.panel import Controls
from advgui.gui.session import START, DemoState, Session
from advgui.types import PAPER_CHAIN, ProtocolName
from tests.gui.checks import choose_attacks
from tests.gui.others import FourKinds, Grey, Shades

pytestmark = pytest.mark.usefixtures("others")


@pytest.fixture
def controls(qtbot: QtBot, session: Session) -> Controls:
    made = Controls(session)
    qtbot.addWidget(made)
    made.resize(260, 900)
    made.show()
    return made


def chain(session: Session) -> list[str]:
    return [link.name for link in session.state.chain]


def offered(controls: Controls) -> list[str]:
    controls.mitigations.menu.aboutToShow.emit()
    return [action.data() for action in controls.mitigations.menu.actions()]


def add(controls: Controls, name: str) -> None:
    place = offered(controls).index(name)
    controls.mitigations.menu.actions()[place].trigger()


def on_screen(controls: Controls) -> list[str]:
    rows = sorted(controls.links.values(), key=lambda row: row.y())
    return [row.name for row in rows]


def test_a_mitigation_is_added_once_at_the_end(controls: Controls, session: Session) -> None:
    names = [link.name for link in PAPER_CHAIN]
    for name in offered(controls):
        add(controls, name)
        names.append(name)
        assert chain(session) == names
        assert name not in offered(controls)
        assert controls.links[name].box.isChecked()
    assert not controls.mitigations.add.isEnabled()
    session.undo_stack.undo()
    assert chain(session) == names[:-1]


def test_what_is_set_of_a_mitigation_is_kept_while_it_is_off(controls: Controls, session: Session) -> None:
    add(controls, "shades")
    link = controls.links["shades"]
    link.rows.rows["count"].field.setValue(5)
    assert session.state.chain[-1].settings["count"] == 5
    assert not link.rows.isHidden()
    link.box.click()
    assert not session.state.chain[-1].on
    assert link.rows.isHidden()
    link.box.click()
    assert session.state.chain[-1].settings["count"] == 5
    assert [each.settings["count"] for each in session.state.scenarios()[0].chain[2:]] == [5]


def test_a_drag_of_a_setting_is_one_step_to_undo(controls: Controls, session: Session) -> None:
    add(controls, "grey")
    before, count = session.state, session.undo_stack.count()
    slider = controls.links["grey"].rows.rows["share"].slider
    slider.setSliderDown(True)
    for position in range(11, 18):
        slider.setValue(position)
    slider.setSliderDown(False)
    assert session.undo_stack.count() == count + 1
    session.undo_stack.undo()
    assert session.state == before


def test_the_keyboard_moves_and_removes_mitigations(qtbot: QtBot, controls: Controls, session: Session) -> None:
    add(controls, "shades")
    controls.activateWindow()
    shades = controls.links["shades"]
    assert not shades.down.isEnabled()
    for expected in (["autoencoder", "shades", "randomization"], ["shades", "autoencoder", "randomization"]):
        shades.up.setFocus()
        QTest.keyClick(shades.up, Qt.Key.Key_Space)
        assert chain(session) == expected
        qtbot.waitUntil(lambda wanted=expected: on_screen(controls) == wanted)
    # The button has nothing left to do; the keys stay with the mitigation.
    assert not shades.up.isEnabled()
    assert shades.box.hasFocus()
    QTest.keyClick(shades.down, Qt.Key.Key_Space)
    assert chain(session) == ["autoencoder", "shades", "randomization"]
    QTest.keyClick(shades.remove, Qt.Key.Key_Space)
    assert chain(session) == ["autoencoder", "randomization"]
    assert list(controls.links) == ["autoencoder", "randomization"]
    assert controls.mitigations.add.hasFocus()


def test_all_can_go_and_reset_brings_the_papers_back(qtbot: QtBot, controls: Controls, session: Session) -> None:
    add(controls, "grey")
    for name in chain(session):
        controls.links[name].remove.click()
    assert chain(session) == []
    controls.reset_button.click()
    assert session.state == START
    qtbot.waitUntil(lambda: on_screen(controls) == [link.name for link in PAPER_CHAIN])


def test_a_missing_network_switches_its_mitigation_off(controls: Controls, session: Session) -> None:
    controls.set_available(tuple(ProtocolName), missing=["autoencoder"])
    box = controls.links["autoencoder"].box
    assert not box.isEnabled()
    assert not box.isChecked()
    assert "cannot be used" in box.toolTip()
    assert session.state == DemoState()
    controls.set_available(tuple(ProtocolName))
    assert box.isChecked()


def test_the_tab_key_goes_from_top_to_bottom_also_to_what_was_added(controls: Controls, session: Session) -> None:
    choose_attacks(controls, ("four",))
    add(controls, "shades")
    add(controls, "grey")
    controls.links["grey"].up.click()
    wanted = [each for each in focusable(controls.widget().layout()) if each.isVisible()]
    tops = [each.mapTo(controls, each.rect().center()).y() for each in wanted]
    assert all(before <= after + 10 for before, after in pairwise(tops))
    chained: list[QWidget] = [wanted[0]]
    while (following := chained[-1].nextInFocusChain()) is not wanted[0]:
        chained.append(following)
    assert [each for each in chained if each in wanted] == wanted


def test_everything_has_a_name_and_a_letter_of_its_own(controls: Controls) -> None:
    for name in offered(controls):
        add(controls, name)
    for button in controls.findChildren(QToolButton):
        if not button.objectName().startswith("qt_"):
            assert button.accessibleName()
            assert button.toolTip()
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    texts = [link.box.text() for link in controls.links.values()]
    texts += [label.text() for label in controls.findChildren(QLabel)]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(letters) == len(set(letters)), sorted(letters)


# Attacks


def test_only_the_rows_of_shown_attacks_are_visible(controls: Controls, session: Session) -> None:
    for shown in controls.attacks.choices():
        choose_attacks(controls, shown)
        assert session.state.attacks == shown
        assert {name for name, rows in controls.attacks.rows.items() if rows.isVisible()} == set(shown)


def test_every_setting_of_an_attack_reaches_its_scenario(controls: Controls, session: Session) -> None:
    choose_attacks(controls, ("four",))
    rows = controls.attacks.rows["four"].rows
    rows["size"].slider.setValue(3)
    rows["steps"].field.setValue(2)
    rows["down"].box.click()
    rows["sign"].list.activated.emit(1)
    (scenario,) = session.state.scenarios()
    assert dict(scenario.attack.settings) == {"size": 3 / 255, "steps": 2, "down": True, "sign": "all alike"}
    assert next(iter(scenario.attack.settings)) == "size"
    for _ in range(4):
        session.undo_stack.undo()
    assert session.state == DemoState(attacks=("four",))


def test_attacks_that_come_and_go_are_followed(controls: Controls, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(ATTACKS) - set(paper.FIGURES):
        monkeypatch.delitem(ATTACKS, name)
    controls.refresh()
    assert list(controls.attacks.choices()) == [("gaussian",), ("fgsm",), ("gaussian", "fgsm")]
    assert controls.attacks.list.currentText() == "FGSM"
    for name in ("four", "five", "six"):
        monkeypatch.setitem(ATTACKS, name, type(name, (FourKinds,), {"name": name, "label": name.title()})())
    controls.refresh()
    assert controls.attacks.list.count() == 6
    assert controls.attacks.list.currentText() == "FGSM"


def test_of_many_attacks_one_is_chosen_from_a_list(
    controls: Controls, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("five", "six"):
        monkeypatch.setitem(ATTACKS, name, type(name, (FourKinds,), {"name": name, "label": name.title()})())
    controls.refresh()
    choices = controls.attacks.list
    choices.setFocus()
    for place, shown in enumerate([*((name,) for name in ATTACKS), ("gaussian", "fgsm")]):
        choices.activated.emit(place)
        assert session.state.attacks == shown
        assert choices.currentIndex() == place
        assert choices.toolTip()
    session.undo_stack.undo()
    assert choices.currentText() == list(ATTACKS.values())[-1].label


def test_a_mitigation_whose_parameters_changed_keeps_what_still_fits(
    controls: Controls, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(controls, "shades")
    controls.links["shades"].rows.rows["count"].field.setValue(50)
    other = type("Fewer", (Shades,), {"parameters": (*Grey.parameters, *Shades.parameters)})
    monkeypatch.setitem(DEFENSES, "shades", other())
    controls.refresh()
    rows = controls.links["shades"].rows.rows
    assert {name: row.value for name, row in rows.items()} == {"share": 0.5, "count": 50}
    assert dict(session.state.scenarios()[0].chain[-1].settings) == {"share": 0.5, "count": 50}
