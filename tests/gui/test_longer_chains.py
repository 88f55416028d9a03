"""The real window with attacks and mitigations that are not the paper's: any parameters, any number of columns."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from advgui.defenses import DEFENSES
from advgui.gui.main_window import MainWindow
from advgui.types import ProtocolName
from tests.gui.checks import check_panels, choose_attacks, settled
from tests.gui.gated import GatedLoad, GatedPipeline

pytestmark = pytest.mark.usefixtures("others")
SIX = ["clean", "attacked", "autoencoder", "randomization", "shades", "all"]


def add(window: MainWindow, name: str) -> None:
    window.controls.mitigations.add_link(name)


def check(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)


def test_three_mitigations_are_six_panels(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    add(window, "shades")
    check(qtbot, window, pipeline)
    row = window.stage.rows["fgsm"]
    assert list(row.panels) == SIX
    assert [panel.caption for panel in row.panels.values()] == [
        "(a) original", "(b) FGSM", "(c) autoencoder", "(d) randomization", "(e) shades", "(f) all",
    ]  # fmt: skip
    boxes = [panel.geometry() for panel in row.panels.values()]
    assert len({box.size().toTuple() for box in boxes}) == 1
    assert row.rect().contains(boxes[-1])
    assert all(left.right() < right.left() for left, right in pairwise(boxes))
    # Another number of shades shows at once, in its column and in the last.
    before = {key: panel.pixels for key, panel in row.panels.items()}
    window.controls.links["shades"].rows.rows["count"].field.setValue(2)
    check(qtbot, window, pipeline)
    changed = {key for key, panel in row.panels.items() if not np.array_equal(panel.pixels, before[key])}
    assert changed == {"shades", "all"}


def test_the_order_of_the_chain_is_that_of_the_panels(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    add(window, "shades")
    window.controls.links["shades"].up.click()
    check(qtbot, window, pipeline)
    row = window.stage.rows["fgsm"]
    assert list(row.panels) == ["clean", "attacked", "autoencoder", "shades", "randomization", "all"]
    window.controls.links["autoencoder"].remove.click()
    check(qtbot, window, pipeline)
    assert list(row.panels) == ["clean", "attacked", "shades", "randomization", "both"]
    assert len([child for child in row.children() if child in row.panels.values()]) == 5
    for name in ("shades", "randomization"):
        window.controls.links[name].remove.click()
    check(qtbot, window, pipeline)
    assert list(row.panels) == ["clean", "attacked"]
    window.controls.reset_button.click()
    check(qtbot, window, pipeline)
    assert list(row.panels) == ["clean", "attacked", "autoencoder", "randomization", "both"]


@pytest.mark.parametrize("on", [0, 1, 2])
def test_a_column_says_what_of_its_chain_is_off(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, on: int
) -> None:
    add(window, "shades")
    for link in list(window.controls.links.values())[on:]:
        link.box.click()
    check(qtbot, window, pipeline)
    reasons = [panel.off_reason for panel in window.stage.rows["fgsm"].panels.values()]
    assert [bool(reason) for reason in reasons] == [*[False] * (2 + on), *[True] * (3 - on), on < 2]
    assert reasons[4] == "shades switched off"
    if on == 0:
        assert reasons[5] == "autoencoder, randomization and shades switched off"


@pytest.mark.parametrize("attacks", [("fgsm",), ("gaussian", "fgsm")])
@pytest.mark.parametrize("size", [(1024, 700), (1280, 800), (1920, 1080)])
def test_six_panels_can_be_read(
    qtbot: QtBot, window: MainWindow, attacks: tuple[str, ...], size: tuple[int, int]
) -> None:
    window.resize(*size)
    window.reset_layout()
    add(window, "shades")
    choose_attacks(window.controls, attacks)
    qtbot.waitUntil(lambda: settled(window))
    boxes = [panel.size() for row in window.stage.shown_rows for panel in row.panels.values()]
    assert len(boxes) == 6 * len(attacks)
    layout = window.stage.shown_rows[0].panels["clean"].layout_now
    assert layout.picture.width() >= 64
    assert layout.columns[0].height() >= layout.rows * 8
    assert window.stage.rect().contains(window.stage.bottom.geometry())


def test_an_attack_with_parameters_of_all_kinds_is_live(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    choose_attacks(window.controls, ("four",))
    check(qtbot, window, pipeline)
    rows = window.controls.attacks.rows["four"].rows
    for change in (
        lambda: rows["size"].slider.setValue(12),
        lambda: rows["steps"].field.setValue(2),
        lambda: rows["down"].box.click(),
        lambda: rows["sign"].list.activated.emit(1),
    ):
        before = window.stage.outcomes()[0].scenario
        change()
        check(qtbot, window, pipeline)
        assert window.stage.outcomes()[0].scenario != before
    assert "Four kinds, size = 12/255, steps 2, downwards on, direction all alike" in window.stage.headline.text()
    while window.session.undo_stack.canUndo():
        window.session.undo_stack.undo()
    check(qtbot, window, pipeline)
    assert [row.attack for row in window.stage.shown_rows] == ["fgsm"]


def test_an_attack_that_was_not_published_is_shown_corrected(
    qtbot: QtBot, make_window: Callable[..., MainWindow]
) -> None:
    pipeline = GatedPipeline(tuple(ProtocolName))
    window = make_window(GatedLoad(pipeline))
    with qtbot.waitSignal(window.runner.result):
        window.show()
    buttons = window.controls.protocol_buttons
    buttons[ProtocolName.AS_PUBLISHED].click()
    for attack, protocol in (("four", ProtocolName.CORRECTED), ("fgsm", ProtocolName.AS_PUBLISHED)):
        choose_attacks(window.controls, (attack,))
        check(qtbot, window, pipeline)
        assert window.stage.outcomes()[0].scenario.protocol is protocol
        assert buttons[protocol].isChecked()
        assert buttons[ProtocolName.AS_PUBLISHED].isEnabled() == (attack == "fgsm")


def test_a_mitigation_whose_plug_in_was_closed_keeps_its_place_and_is_off(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(window, "shades")
    check(qtbot, window, pipeline)
    with monkeypatch.context() as gone:
        gone.delitem(DEFENSES, "shades")
        window.session.refit()
        check(qtbot, window, pipeline)
        row, link = window.stage.rows["fgsm"], window.controls.links["shades"]
        assert "switched off" in row.panels["shades"].off_reason
        assert row.panels["all"].prediction is not None
        assert not link.box.isEnabled()
        assert "closed" in link.box.toolTip()
    window.session.refit()
    check(qtbot, window, pipeline)
    assert window.controls.links["shades"].box.isChecked()
    assert window.stage.rows["fgsm"].panels["shades"].prediction is not None
