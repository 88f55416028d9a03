from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.evaluation.sanity import lights_of
from advgui.gui.panels.bottom import Cell
from advgui.gui.panels.perturbation import PerturbationView
from advgui.scenarios import attacker, scenario
from advgui.types import PAPER_CHAIN, ProtocolName
from tests.gui.gated import CLASS_NAMES
from tests.gui.panels.test_row import outcome


@pytest.fixture
def view(qtbot: QtBot) -> PerturbationView:
    made = PerturbationView("fgsm")
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("gain", [1, 10, 50])
def test_the_perturbation_is_attacked_minus_clean_around_grey(view: PerturbationView, gain: int) -> None:
    shown = outcome(scenario())
    view.show_outcome(shown)
    view.set_gain(gain)
    change = shown.images["attacked"][0] - shown.images["clean"][0]
    assert np.array_equal(view.shown, images.amplified(change, gain))
    assert f"×{gain}" in view.title.text()  # noqa: RUF001


def test_no_strength_is_plain_grey(view: PerturbationView) -> None:
    view.show_outcome(outcome(scenario(strength=0.0)))
    assert np.array_equal(view.shown, np.full((32, 32, 3), 0.5, np.float32))
    assert view.figures["linf"].text() == "0/255 = 0.0000"


def test_measured_figures_are_those_of_the_outcome(view: PerturbationView) -> None:
    shown = replace(
        outcome(scenario()), linf=np.float32([8 / 255]), l2=np.float32([1.234]), clipped=np.float32([0.125])
    )
    view.show_outcome(shown)
    assert view.figures["linf"].text() == "8/255 = 0.0314"
    assert view.figures["l2"].text() == "1.23"
    assert view.figures["clipped"].text() == "12.5 %"


@pytest.fixture
def cell(qtbot: QtBot) -> Cell:
    made = Cell("fgsm")
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_threat_model_is_told_whole(cell: Cell) -> None:
    both = tuple(link.name for link in PAPER_CHAIN)
    cell.show_outcome(outcome(scenario(attacker_knows=both, attacker_draws=4, target=6)), CLASS_NAMES)
    told = cell.threat.text()
    assert "knows the classifier and the autoencoder and the randomization (4 draws averaged)" in told
    assert "Goal: towards 'frog'." in told
    assert "Upper bound" not in told
    cell.view.set_gain(20)
    assert cell.threat.text() == told
    cell.clear(scenario("gaussian"), CLASS_NAMES)
    assert "neither the classifier nor the mitigations" in cell.threat.text()
    assert "Goal" not in cell.threat.text()


def test_as_published_says_what_the_figures_were_measured_on(qtbot: QtBot) -> None:
    cell = Cell("gaussian")
    qtbot.addWidget(cell)
    texts: Sequence[str] = []
    for protocol in ProtocolName:
        cell.show_outcome(outcome(scenario("gaussian", protocol=protocol)), CLASS_NAMES)
        texts = [*texts, cell.threat.text()]
    assert ["standardized" in text for text in texts] == [False, True, False]


def test_the_sanity_lights_are_those_of_the_outcome(cell: Cell) -> None:
    for strength in (0.0, 8 / 255):
        shown = outcome(scenario(strength=strength))
        cell.show_outcome(shown, CLASS_NAMES)
        assert [sign.light for sign in cell.lights.signs] == list(lights_of(shown))
    cell.clear(scenario(), CLASS_NAMES)
    assert all(sign.isHidden() for sign in cell.lights.signs)


def test_the_threat_model_is_that_of_the_outcome(cell: Cell) -> None:
    shown = outcome(scenario())
    cell.show_outcome(shown, CLASS_NAMES)
    assert attacker(shown.scenario) in cell.threat.text()
    assert "Goal: away from the true class. Upper bound: (c), (d), (e)." in cell.threat.text()
