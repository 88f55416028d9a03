"""The vote: on where something is random, one step of undo for each change."""

import pytest
from pytestqt.qtbot import QtBot

from advgui.gui.controls.panel import Controls
from advgui.gui.controls.randomness import RandomnessBox
from advgui.gui.controls.rows import ChoiceRow, WholeRow
from advgui.gui.session import DemoState, Session
from advgui.types import VoteRule


@pytest.fixture
def box(qtbot: QtBot, session: Session) -> RandomnessBox:
    controls = Controls(session)
    qtbot.addWidget(controls)
    controls.show()
    return controls.randomness


def drawn(session: Session) -> tuple[int, VoteRule]:
    (scenario,) = session.state.scenarios()
    return scenario.draws, scenario.rule


def test_a_vote_is_chosen_and_undone(box: RandomnessBox, session: Session) -> None:
    assert box.rows.isHidden()
    box.vote.click()
    assert drawn(session) == (20, VoteRule.MEAN)
    draws, rule = box.rows.rows["draws"], box.rows.rows["rule"]
    assert isinstance(draws, WholeRow)
    assert isinstance(rule, ChoiceRow)
    assert draws.isVisibleTo(box)
    draws.field.setValue(7)
    rule.list.setCurrentText("majority")
    rule.list.activated.emit(rule.list.currentIndex())
    assert drawn(session) == (7, VoteRule.MAJORITY)
    assert session.undo_stack.count() == 3
    session.undo_stack.undo()
    assert rule.value == "averaged"
    box.vote.click()
    assert drawn(session) == (1, VoteRule.MEAN)
    assert box.rows.isHidden()
    session.undo_stack.undo()
    assert (draws.value, drawn(session)[0]) == (7, 7)


def test_where_nothing_is_random_there_is_no_vote(box: RandomnessBox, session: Session) -> None:
    box.vote.click()
    session.apply(session.state.with_link("randomization", on=False), "off")
    assert not box.vote.isEnabled()
    assert not box.vote.isChecked()
    assert "no random mitigation is on" in box.vote.toolTip()
    assert drawn(session)[0] == 1
    session.apply(session.state.with_link("randomization", on=True), "on")
    assert box.vote.isChecked()
    assert drawn(session)[0] == 20


def test_reset_takes_the_vote_back(box: RandomnessBox, session: Session) -> None:
    box.vote.click()
    session.apply(DemoState(), "reset")
    assert not box.vote.isChecked()
