import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from advgui.attacks import ATTACKS
from advgui.gui.controls.panel import Controls
from advgui.gui.session import START, DemoState, Session
from advgui.scenarios import without
from advgui.types import PAPER_CHAIN, ProtocolName
from tests.gui.checks import choose_attacks, strength_of


@pytest.fixture
def controls(qtbot: QtBot, session: Session) -> Controls:
    made = Controls(session)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_slider_for_every_attack(controls: Controls) -> None:
    assert list(controls.sliders) == list(ATTACKS)


@pytest.mark.parametrize("shown", [("gaussian",), ("fgsm",), ("gaussian", "fgsm")])
def test_the_attack_is_chosen(controls: Controls, session: Session, shown: tuple[str, ...]) -> None:
    choose_attacks(controls, shown)
    assert session.state.attacks == shown
    for name, slider in controls.sliders.items():
        assert slider.isVisible() == (name in shown)


@pytest.mark.parametrize("place", [0, 1])
def test_a_mitigation_is_switched(controls: Controls, session: Session, place: int) -> None:
    box = controls.links[PAPER_CHAIN[place].name].box
    for on in (False, True):
        box.click()
        assert session.state.chain[place].on is on


def test_moving_a_slider_moves_its_attack_alone(controls: Controls, session: Session) -> None:
    controls.sliders["fgsm"].slider.setValue(4)
    assert strength_of(session.state, "fgsm") == pytest.approx(4 / 255)
    assert strength_of(session.state, "gaussian") == strength_of(DemoState(), "gaussian")


def test_a_drag_is_one_step_to_undo(controls: Controls, session: Session) -> None:
    slider = controls.sliders["fgsm"].slider
    slider.setSliderDown(True)
    for position in range(20, 70):
        slider.setValue(position)
    slider.setSliderDown(False)
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert session.state == DemoState()
    assert controls.sliders["fgsm"].value == pytest.approx(8 / 255, abs=1e-12)


def test_a_new_noise_draw_changes_the_seed(controls: Controls, session: Session) -> None:
    controls.randomness.draw_button.click()
    controls.randomness.draw_action.trigger()
    assert session.state.seed == 2
    assert "2" in controls.randomness.seed.text()


def test_after_the_last_seed_comes_the_first(controls: Controls, session: Session) -> None:
    session.change("seed", seed=2**31 - 2)
    seeds = []
    for _ in range(3):
        controls.randomness.new_draw()
        seeds.append(session.state.seed)
    assert seeds == [2**31 - 1, 0, 1]


@pytest.mark.parametrize("shown", [("gaussian",), ("fgsm",), ("gaussian", "fgsm")])
def test_tab_leads_to_the_choices_that_are_made(controls: Controls, session: Session, shown: tuple[str, ...]) -> None:
    """Not to another one, which the space bar would then choose."""
    controls.set_available(tuple(ProtocolName))
    session.change("attack", attacks=shown, protocol=ProtocolName.AS_PUBLISHED)
    buttons = controls.protocol_buttons.values()
    reached = [button for button in buttons if button.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [button.isChecked() for button in reached] == [True]


def test_the_scroll_area_itself_takes_no_keys(controls: Controls) -> None:
    assert controls.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_reset_sets_everything_back_and_can_be_undone(controls: Controls, session: Session) -> None:
    choose_attacks(controls, ("gaussian",))
    controls.links["autoencoder"].box.click()
    changed = session.state
    controls.reset_button.click()
    assert session.state == START
    assert controls.attacks.list.currentText() == "FGSM"
    session.undo_stack.undo()
    assert session.state == changed


def test_only_protocols_that_are_there_can_be_chosen(controls: Controls, session: Session) -> None:
    published = controls.protocol_buttons[ProtocolName.AS_PUBLISHED]
    assert not published.isEnabled()
    assert "not there" in published.toolTip()
    controls.set_available(tuple(ProtocolName))
    assert published.isEnabled()
    published.click()
    assert session.state.protocol is ProtocolName.AS_PUBLISHED


def test_a_protocol_that_has_none_of_the_attacks_cannot_be_chosen(controls: Controls, session: Session) -> None:
    controls.set_available(tuple(ProtocolName))
    scaled, published = (
        controls.protocol_buttons[name] for name in (ProtocolName.AS_PUBLISHED_SCALED, ProtocolName.AS_PUBLISHED)
    )
    assert not scaled.isEnabled()
    assert "no such attack" in scaled.toolTip()
    choose_attacks(controls, ("gaussian",))
    scaled.click()
    assert session.state.protocol is ProtocolName.AS_PUBLISHED_SCALED
    # Each row is under the nearest that has its attack.
    choose_attacks(controls, ("gaussian", "fgsm"))
    assert [scenario.protocol for scenario in session.state.scenarios()] == [
        ProtocolName.AS_PUBLISHED_SCALED, ProtocolName.AS_PUBLISHED,
    ]  # fmt: skip
    assert scaled.isChecked()
    choose_attacks(controls, ("fgsm",))
    assert published.isChecked()
    choose_attacks(controls, ("gaussian",))
    assert scaled.isChecked()


def test_following_the_session_changes_nothing(controls: Controls, session: Session) -> None:
    told: list[DemoState] = []
    session.changed.connect(told.append)
    session.apply(
        DemoState(
            attacks=("gaussian", "fgsm"), chain=without(PAPER_CHAIN, "autoencoder", "randomization"), seed=9
        ).with_strength("fgsm", 0.123),
        "test",
    )
    assert len(told) == 1
    assert controls.sliders["fgsm"].value == pytest.approx(0.123)
    assert not controls.links["autoencoder"].box.isChecked()
    assert not controls.links["randomization"].box.isChecked()


def test_everything_explains_itself(controls: Controls) -> None:
    for widget in [*controls.findChildren(QAbstractButton), *controls.findChildren(QComboBox)]:
        if widget.objectName().startswith("qt_"):
            continue
        assert widget.toolTip(), widget
    for label in controls.findChildren(QLabel):
        assert label.buddy() is not None or "&" not in label.text()


def test_mnemonics_are_not_used_twice(controls: Controls) -> None:
    texts = [button.text() for button in controls.findChildren(QAbstractButton)]
    texts += [label.text() for label in controls.findChildren(QLabel)]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(letters) == len(set(letters)), sorted(letters)
