from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.attacks import ATTACKS, Access
from advgui.gui.session import DemoState, Session, aimed_among
from advgui.scenarios import without
from advgui.types import PAPER_CHAIN, ProtocolName
from tests.gui.checks import strength_of
from tests.gui.conftest import selection


def test_the_state_at_the_start_is_fgsm_with_both_mitigations() -> None:
    (scenario,) = DemoState().scenarios()
    assert scenario.attack.name == "fgsm"
    assert scenario.strength == pytest.approx(8 / 255)
    assert scenario.chain == PAPER_CHAIN
    assert scenario.protocol is ProtocolName.CORRECTED


def test_a_scenario_for_each_shown_attack() -> None:
    state = replace(DemoState(), attacks=tuple(ATTACKS), seed=7, chain=without(PAPER_CHAIN, "autoencoder"))
    assert [scenario.attack.name for scenario in state.scenarios()] == list(ATTACKS)
    assert {scenario.seed for scenario in state.scenarios()} == {7}
    for scenario in state.scenarios():
        assert [column.key for column in scenario.columns] == ["clean", "attacked", "randomization"]


def test_moving_one_slider_leaves_the_others() -> None:
    state = DemoState().with_strength("fgsm", 0.2)
    assert strength_of(state, "fgsm") == 0.2
    assert strength_of(state, "gaussian") == strength_of(DemoState(), "gaussian")
    assert strength_of(DemoState(), "fgsm") != 0.2


def test_a_change_is_told_and_undone_and_redone(session: Session) -> None:
    told: list[DemoState] = []
    session.changed.connect(told.append)
    session.apply(session.state.with_link("autoencoder", on=False), "autoencoder")
    session.undo_stack.undo()
    session.undo_stack.redo()
    assert [state.chain[0].on for state in told] == [False, True, False]


def test_what_changes_nothing_is_no_step(session: Session) -> None:
    session.apply(session.state.with_link("autoencoder", on=True), "autoencoder")
    session.apply(session.state.with_strength("fgsm", 8 / 255), "epsilon")
    assert session.undo_stack.count() == 0


def test_one_gesture_is_one_step(session: Session) -> None:
    gesture = object()
    for strength in (0.1, 0.15, 0.2):
        session.apply(session.state.with_strength("fgsm", strength), "epsilon", gesture)
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert session.state == DemoState()
    session.undo_stack.redo()
    assert strength_of(session.state, "fgsm") == 0.2


def test_two_gestures_are_two_steps(session: Session) -> None:
    for strength in (0.1, 0.2):
        session.apply(session.state.with_strength("fgsm", strength), "epsilon", object())
    session.apply(session.state.with_strength("fgsm", 0.25), "epsilon")
    session.apply(session.state.with_strength("fgsm", 0.3), "epsilon")
    assert session.undo_stack.count() == 4


def test_choosing_an_image_is_told_and_is_no_step(session: Session) -> None:
    told: list[object] = []
    session.selected.connect(told.append)
    chosen = selection()
    session.select(chosen)
    assert told == [chosen]
    assert session.selection is chosen
    assert session.undo_stack.count() == 0


CHANGES = [("chain", PAPER_CHAIN), ("chain", PAPER_CHAIN[:1]), ("seed", 1), ("seed", 2)]
CHANGES += [("attacker_knows", ("autoencoder",)), ("attacker_knows", ()), ("attacker_draws", 3), ("target", 0)]


@given(st.lists(st.sampled_from(CHANGES), max_size=12))
def test_undoing_everything_leads_back_to_the_start(changes: list[tuple[str, object]]) -> None:
    session = Session()
    for field, value in changes:
        session.change(field, **{field: value})
    after = session.state
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    assert session.state == DemoState()
    while session.undo_stack.canRedo():
        session.undo_stack.redo()
    assert session.state == after


def test_what_the_attacker_is_told_reaches_the_attacks_that_use_it() -> None:
    state = replace(DemoState(), attacks=tuple(ATTACKS), attacker_knows=("randomization",), attacker_draws=4, target=2)
    for scenario in state.scenarios():
        uses = ATTACKS[scenario.attack.name].access is not Access.NOTHING
        assert scenario.attacker_knows == (("randomization",) if uses else ())
        assert scenario.target == (2 if uses else None)
        assert scenario.attacker_draws == 4


def test_what_left_the_chain_is_not_known_any_more(session: Session) -> None:
    session.change("knows", attacker_knows=("autoencoder", "randomization"))
    session.change("remove", chain=PAPER_CHAIN[1:])
    assert session.state.attacker_knows == ("randomization",)
    session.change("add", chain=PAPER_CHAIN)
    assert session.state.attacker_knows == ("randomization",)
    for _ in range(2):
        session.undo_stack.undo()
    assert session.state.attacker_knows == ("autoencoder", "randomization")


@given(st.integers(1, 20), st.none() | st.integers(0, 20))
def test_only_a_target_that_there_is_is_aimed_at(classes: int, target: int | None) -> None:
    (wished,) = replace(DemoState(), target=target).scenarios()
    aimed = aimed_among(classes, wished)
    assert aimed == replace(wished, target=target if target is not None and target < classes else None)
