"""What the attacker knows and wants, chosen with real widgets."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui.attacks import ATTACKS, Access
from advgui.defenses import DEFENSES
from advgui.gui.controls.panel import Controls
from advgui.gui.session import START, Session
from advgui.types import ProtocolName
from tests.gui.checks import choose_attacks
from tests.gui.conftest import selection
from tests.gui.gated import CLASS_NAMES
from tests.gui.others import FourKinds

pytestmark = pytest.mark.usefixtures("others")
WITHOUT_USE = [name for name, attack in ATTACKS.items() if attack.access is Access.NOTHING]


class Asking(FourKinds):
    """Looks at probabilities alone."""

    name = "asking"
    label = "Asking"
    access = Access.PROBABILITIES


@pytest.fixture
def controls(qtbot: QtBot, session: Session) -> Controls:
    made = Controls(session)
    qtbot.addWidget(made)
    made.resize(260, 900)
    made.show()
    return made


def ticked(controls: Controls) -> list[str]:
    QApplication.sendPostedEvents()
    boxes = controls.attacker.known
    in_order = sorted(boxes, key=lambda name: boxes[name].y())
    return [name for name in in_order if boxes[name].isChecked()]


def test_at_the_start_the_attacker_knows_the_classifier_alone(controls: Controls, session: Session) -> None:
    attacker = controls.attacker
    assert attacker.classifier.isChecked()
    assert not attacker.classifier.isEnabled()
    assert "gradient" in attacker.classifier.toolTip()
    assert ticked(controls) == []
    assert attacker.goal.currentIndex() == 0
    assert not attacker.draws.isVisible()
    (scenario,) = session.state.scenarios()
    assert (scenario.attacker_knows, scenario.target) == ((), None)


def test_each_box_is_one_step_to_undo(controls: Controls, session: Session) -> None:
    for expected in (("autoencoder",), ("autoencoder", "randomization")):
        QTest.keyClick(controls.attacker.known[expected[-1]], Qt.Key.Key_Space)
        assert session.state.attacker_knows == session.state.scenarios()[0].attacker_knows == expected
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert ticked(controls) == ["autoencoder"]
    session.undo_stack.redo()
    assert ticked(controls) == ["autoencoder", "randomization"]


def test_everything_is_one_click_and_one_step(controls: Controls, session: Session) -> None:
    controls.mitigations.add_link("shades")
    before = session.undo_stack.count()
    button = controls.attacker.everything
    assert "Everything" in button.text().replace("&", "")
    button.click()
    assert ticked(controls) == ["autoencoder", "randomization", "shades"]
    assert session.undo_stack.count() == before + 1
    assert "Classifier only" in button.text().replace("&", "")
    button.click()
    assert ticked(controls) == []
    controls.attacker.known["shades"].click()
    assert "Everything" in button.text().replace("&", "")
    controls.reset_button.click()
    assert session.state == START


def test_the_boxes_follow_the_chain(controls: Controls, session: Session, qtbot: QtBot) -> None:
    controls.mitigations.add_link("grey")
    controls.attacker.everything.click()
    controls.links["grey"].up.click()
    qtbot.waitUntil(lambda: ticked(controls) == ["autoencoder", "grey", "randomization"])
    assert session.state.scenarios()[0].attacker_knows == ("autoencoder", "grey", "randomization")
    controls.links["grey"].remove.click()
    assert list(controls.attacker.known) == ["autoencoder", "randomization"]
    assert session.state.attacker_knows == ("autoencoder", "randomization")
    # Nobody knows it only because it was known before.
    controls.mitigations.add_link("grey")
    assert not controls.attacker.known["grey"].isChecked()
    for _ in range(2):
        session.undo_stack.undo()
    qtbot.waitUntil(lambda: ticked(controls) == ["autoencoder", "grey", "randomization"])


def test_of_what_is_switched_off_nothing_is_known(controls: Controls, session: Session) -> None:
    controls.attacker.everything.click()
    box = controls.attacker.known["autoencoder"]
    controls.links["autoencoder"].box.click()
    assert not box.isEnabled()
    assert not box.isChecked()
    assert "switched off" in box.toolTip()
    assert "Classifier only" in controls.attacker.everything.text().replace("&", "")
    controls.links["autoencoder"].box.click()
    assert box.isEnabled()
    assert box.isChecked()


def test_what_cannot_be_used_is_greyed_out_with_the_reason(
    controls: Controls, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls.mitigations.add_link("shades")
    controls.attacker.everything.click()
    controls.set_available(tuple(ProtocolName), missing=["autoencoder"])
    assert "cannot be used" in controls.attacker.known["autoencoder"].toolTip()
    monkeypatch.delitem(DEFENSES, "shades")
    session.refit()
    assert "plug-in was closed" in controls.attacker.known["shades"].toolTip()
    assert ticked(controls) == ["randomization"]
    assert [link.name for link in session.state.scenarios()[0].known_links] == ["autoencoder", "randomization"]


def test_a_reopened_plugin_is_called_by_its_new_name(
    controls: Controls, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    controls.mitigations.add_link("shades")
    other = type("Other", (type(DEFENSES["shades"]),), {"label": "Black & white"})
    monkeypatch.setitem(DEFENSES, "shades", other())
    session.refit()
    box = controls.attacker.known["shades"]
    assert box.text() == "Black && white"
    assert box.accessibleName() == "The attacker knows Black & white"


@pytest.mark.parametrize("name", WITHOUT_USE)
def test_an_attack_that_uses_nothing_knows_nothing_and_has_no_goal(
    controls: Controls, session: Session, name: str
) -> None:
    attacker = controls.attacker
    attacker.everything.click()
    attacker.set_goal(6)
    choose_attacks(controls, (name,))
    greyed = [attacker.everything, attacker.classifier, *attacker.known.values(), attacker.goal]
    for widget in greyed:
        assert not widget.isEnabled()
        assert f"{ATTACKS[name].label} uses nothing" in widget.toolTip()
    assert attacker.note.isVisible()
    assert "uses nothing" in attacker.note.text()
    assert not attacker.draws.isVisible()
    assert ticked(controls) == []
    assert not attacker.classifier.isChecked()
    assert attacker.goal.currentIndex() == 0
    (scenario,) = session.state.scenarios()
    assert (scenario.attacker_knows, scenario.target) == ((), None)
    # It all comes back with an attack that can use it.
    choose_attacks(controls, ("fgsm",))
    assert ticked(controls) == ["autoencoder", "randomization"]
    assert attacker.goal.currentText() == "frog"
    assert not attacker.note.isVisible()


def test_of_two_attacks_the_one_that_can_uses_it(controls: Controls, session: Session) -> None:
    choose_attacks(controls, ("gaussian", "fgsm"))
    controls.attacker.everything.click()
    controls.attacker.set_goal(6)
    gaussian, fgsm = session.state.scenarios()
    assert (gaussian.attacker_knows, gaussian.target) == ((), None)
    assert (fgsm.attacker_knows, fgsm.target) == (("autoencoder", "randomization"), 6)


def test_who_asks_sees_the_probabilities_behind_what_is_ticked(
    controls: Controls, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ATTACKS, Asking.name, Asking())
    session.refit()
    choose_attacks(controls, ("asking",))
    attacker = controls.attacker
    assert attacker.classifier.text() == "Classifier's answers"
    assert "probabilities" in attacker.classifier.toolTip()
    attacker.everything.click()
    for box in attacker.known.values():
        assert "probabilities" in box.toolTip()
    assert not attacker.draws.isVisible()  # it follows no mean gradient


def test_draws_are_asked_for_while_a_random_mitigation_is_known(controls: Controls, session: Session) -> None:
    attacker = controls.attacker
    attacker.known["autoencoder"].click()
    assert not attacker.draws.isVisible()
    attacker.known["randomization"].click()
    assert attacker.draws.isVisible()
    field = attacker.draws.rows["attacker_draws"].field
    assert "expectation over transformation" in field.toolTip().lower()
    field.setValue(3)
    assert [scenario.attacker_draws for scenario in session.state.scenarios()] == [3]
    session.undo_stack.undo()
    assert field.value() == 10
    controls.links["randomization"].box.click()
    assert not attacker.draws.isVisible()


def test_the_keyboard_chooses_a_goal(controls: Controls, session: Session) -> None:
    goal = controls.attacker.goal
    goal.setFocus()
    QTest.keyClick(goal, Qt.Key.Key_F)
    assert goal.currentText() == "frog"
    assert session.state.target == CLASS_NAMES.index("frog")
    QTest.keyClick(goal, Qt.Key.Key_Home)
    assert session.state.target is None
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert goal.currentText() == "frog"


def test_a_goal_that_is_the_true_class_is_called_so(controls: Controls, session: Session) -> None:
    session.select(selection(label=3))
    note = controls.attacker.note
    for target in (None, 6, 3):
        controls.attacker.set_goal(target)
        assert note.isVisible() == (target == 3)
    assert "true class" in note.text()
    session.select(selection(1, label=4))
    assert not note.isVisible()
    session.select(selection(2, label=3))
    assert note.isVisible()


def test_the_classes_are_those_of_the_classifier(controls: Controls, session: Session) -> None:
    goal = controls.attacker.goal
    assert [goal.itemText(place) for place in range(1, goal.count())] == list(CLASS_NAMES)
    controls.attacker.set_goal(6)
    session.set_class_names(CLASS_NAMES)
    assert session.state.target == 6
    session.set_class_names(("apple", "pear"))
    assert session.state.target is None
    assert [goal.itemText(place) for place in range(1, goal.count())] == ["apple", "pear"]
    # No step leads to a class of another classifier.
    session.undo_stack.undo()
    assert session.state.target is None
    session.undo_stack.redo()
    assert session.state.target is None
    session.set_class_names(CLASS_NAMES)
    session.undo_stack.undo()
    session.undo_stack.redo()
    assert session.state.target == 6


def test_everything_has_a_name(controls: Controls) -> None:
    attacker = controls.attacker
    attacker.everything.click()
    for widget in (attacker.classifier, *attacker.known.values(), attacker.goal):
        assert "attacker" in widget.accessibleName().lower()
        assert widget.toolTip()
