"""The window begins as it was left, and without an attack at first."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from advgui.attacks import ATTACKS
from advgui.data import cifar10
from advgui.data.cifar10 import Dataset
from advgui.gui import settings
from advgui.gui.remembered import as_mapping, from_mapping
from advgui.gui.session import START, TWIN, DemoState
from advgui.gui.settings import Settings
from advgui.types import PAPER_CHAIN, Link, ProtocolName, VoteRule
from tests.gui.checks import settled
from tests.gui.test_main_window import MakeWindow

STATES = st.builds(
    lambda attacks, strength, seed, knows, target, draws, rule, twin, wide, protocol, chain: replace(
        DemoState(attacks=attacks).with_strength(attacks[0], strength).with_strength("gaussian", 0.3),
        seed=seed,
        chain=chain,
        attacker_knows=knows if chain == PAPER_CHAIN else (),
        target=target,
        draws=draws,
        rule=rule if draws > 1 else VoteRule.MEAN,
        twin=twin,
        wide=wide,
        protocol=protocol,
    ),
    st.sampled_from([("fgsm",), ("pgd",), ("gaussian", "fgsm"), (TWIN,)]),
    st.sampled_from([0.0, 1 / 255, 0.1]),
    st.integers(0, 1000),
    st.sampled_from([(), ("autoencoder",), ("autoencoder", "randomization")]),
    st.sampled_from([None, 5]),
    st.sampled_from([1, 20]),
    st.sampled_from(list(VoteRule)),
    st.booleans(),
    st.sampled_from([(), ("fgsm",)]),
    st.sampled_from(list(ProtocolName)),
    st.sampled_from([PAPER_CHAIN, (Link("median"), *PAPER_CHAIN), ()]),
)


@given(STATES)
def test_controls_survive(state: DemoState) -> None:
    again = from_mapping(as_mapping(state))
    assert again.scenarios() == state.scenarios()
    assert (again.twin, again.wide, again.attacks) == (state.twin, state.wide, state.attacks)
    for name in ATTACKS:
        assert again.settings_of(name) == state.settings_of(name)


@pytest.mark.parametrize(
    "change",
    [
        {"scenarios": []}, {"scenarios": 3}, {"attacks": None}, {"attacker": {}}, {"wide": 4}, {"twin": None},
        {"scenarios": [{"version": 99}]},
    ],
)  # fmt: skip
def test_what_is_damaged_is_no_state_or_a_whole_one(change: dict[str, object]) -> None:
    stored = as_mapping(DemoState()) | change
    try:
        state = from_mapping(stored)
    except ValueError:
        return
    assert state.scenarios()


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_nonsense_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"not controls|not a scenario"):
        from_mapping({"scenarios": value})


def test_the_first_start_has_no_attack_yet(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.remembered.restore()
    window.show()
    qtbot.waitUntil(lambda: settled(window))
    (outcome,) = window.stage.outcomes()
    assert outcome.scenario.strength == 0
    assert not window.session.undo_stack.canUndo()
    window.session.change("seed", seed=5)
    window.controls.reset_button.click()
    assert window.session.state == START


def test_controls_and_image_come_back(qtbot: QtBot, make_window: MakeWindow, store: Settings) -> None:
    window = make_window()
    window.remembered.restore()
    window.show()
    qtbot.waitUntil(lambda: settled(window))
    window.gallery.choose(3)
    left = replace(window.session.state.with_strength("fgsm", 5 / 255), twin=True, seed=3)
    window.session.apply(left, "x")
    image = window.session.selection
    window.close()
    again = make_window()
    session = again.session
    again.remembered.restore()
    again.show()
    qtbot.waitUntil(lambda: settled(again))
    assert session.state == left
    assert session.selection is not None
    assert image is not None
    assert session.selection.index == image.index
    assert np.array_equal(session.selection.pixels, image.pixels)
    assert not session.undo_stack.canUndo()


def test_an_image_of_a_set_that_comes_later_is_shown_unless_another_was_chosen(
    qtbot: QtBot, make_window: MakeWindow, store: Settings
) -> None:
    samples = cifar10.load_samples()
    late = Dataset("CIFAR-10 test", samples.images[::-1].copy(), samples.labels[::-1].copy(), samples.indices + 100)
    for chosen_meanwhile in (False, True):
        store.set(settings.IMAGE, "Test set 107")
        window = make_window()
        window.remembered.restore()
        window.start()
        assert window.session.selection is not None
        assert window.session.selection.index == samples.indices[0]
        if chosen_meanwhile:
            window.gallery.choose(2)
        window.library.set_dataset(late, show=False)
        shown = window.session.selection.index
        assert shown == (samples.indices[2] if chosen_meanwhile else 107)
        window.close()
