"""The same attack on two networks: one more is loaded when it is asked for, and stays."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.defenses.autoencoder import Autoencoder
from advgui.errors import ModelFileError
from advgui.gui.main_window import MainWindow
from advgui.gui.networks import CHOICES, ROBUST, STANDARD, row_name, row_parts
from advgui.gui.session import TWIN, DemoState
from advgui.gui.threads.loading import Loaded
from advgui.gui.widgets.messages import Message
from advgui.pipeline import Pipeline
from advgui.protocols import Corrected
from advgui.types import ProtocolName
from tests.gui.checks import settled
from tests.gui.gated import GatedPipeline, Linear, Smoothing
from tests.gui.test_main_window import MakeWindow

ROW = row_name("fgsm", ROBUST)


class Other(Linear):
    """Another network with the same classes."""

    name = "other"

    def __init__(self) -> None:
        self._weights = np.random.default_rng(8).normal(0, 2, (12, 10)).astype(np.float32)


class Beside:
    """Loads it, and counts how often."""

    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None

    def __call__(self) -> Pipeline:
        self.count += 1
        if self.error is not None:
            raise self.error
        return Pipeline({ProtocolName.CORRECTED: Corrected(Other(), Autoencoder(Smoothing()))})


@pytest.fixture
def beside() -> Beside:
    return Beside()


@pytest.fixture
def window(qtbot: QtBot, make_window: MakeWindow, beside: Beside) -> MainWindow:
    pipeline = GatedPipeline(tuple(ProtocolName))
    made = make_window(lambda tell: Loaded(pipeline, "CPU", others={ROBUST: beside}))
    with qtbot.waitSignal(made.runner.result):
        made.show()
    return made


def choose(window: MainWindow, networks: tuple[str, ...]) -> None:
    box = window.controls.network.list
    box.setCurrentIndex(CHOICES.index(networks))
    box.activated.emit(box.currentIndex())


def test_both_are_shown_in_two_rows_with_the_same_attack(qtbot: QtBot, window: MainWindow, beside: Beside) -> None:
    assert beside.count == 0
    choose(window, (STANDARD, ROBUST))
    qtbot.waitUntil(lambda: settled(window))
    assert [(row.attack, row.network) for row in window.stage.shown_rows] == [("fgsm", STANDARD), ("fgsm", ROBUST)]
    selection = window.session.selection
    assert selection is not None
    wanted = beside().prepare(selection.pixels[np.newaxis], np.array([selection.label]), np.array([selection.index]))
    expected = wanted.run(window.session.state.scenarios()[1])
    for key, panel in window.stage.rows[ROW].panels.items():
        assert panel.prediction is not None
        np.testing.assert_allclose(panel.prediction.probabilities, expected.probabilities[key][0], rtol=0, atol=1e-6)
    said = [row.panels["clean"].details[1] for row in window.stage.shown_rows]
    assert said == ["standard network", "adversarially trained network"]
    assert "standard and adversarially trained networks" in window.stage.headline.text()
    first, second = (window.stage.bottom.cells[name] for name in ("fgsm", ROW))
    qtbot.waitUntil(lambda: second.curve.chart.curve is not None and second.curve.chart.curve.is_complete)
    assert first.curve.chart.curve is not None
    assert not np.array_equal(
        first.curve.chart.curve.sweep.of_label("attacked"), second.curve.chart.curve.sweep.of_label("attacked")
    )
    figure = window.stage.figure()
    assert figure is not None
    assert "standard and adversarially trained networks" in figure().title


def test_it_is_loaded_once_and_switching_computes_nothing_again(
    qtbot: QtBot, window: MainWindow, beside: Beside
) -> None:
    for networks in ((ROBUST,), (STANDARD,), (ROBUST,), (STANDARD, ROBUST)):
        choose(window, networks)
        qtbot.waitUntil(lambda: settled(window))
    assert beside.count == 1
    assert window.session.undo_stack.count() == 4


def test_one_strength_goes_for_both(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, (STANDARD, ROBUST))
    qtbot.waitUntil(lambda: settled(window))
    window.stage.bottom.cells[ROW].curve.chart.moved.emit(3 / 255, None)
    qtbot.waitUntil(lambda: settled(window))
    assert [outcome.scenario.strength for outcome in window.stage.outcomes()] == [pytest.approx(3 / 255)] * 2
    assert [cell.curve.chart.value() for cell in window.stage.bottom.cells.values()] == [3, 3]


def test_a_network_that_cannot_be_loaded_is_told_and_the_others_go_on(
    qtbot: QtBot, window: MainWindow, beside: Beside, posted: list[Message]
) -> None:
    beside.error = ModelFileError("'robust-classifier.keras' is damaged. Restore it.")
    with qtbot.waitSignal(window.runner.failed):
        choose(window, (ROBUST,))
    assert "Restore it" in posted[-1].text
    choose(window, (STANDARD,))
    qtbot.waitUntil(lambda: settled(window))
    beside.error = None
    choose(window, (ROBUST,))
    qtbot.waitUntil(lambda: settled(window))


def test_the_protocols_as_published_belong_to_the_standard_network(qtbot: QtBot, window: MainWindow) -> None:
    window.session.change("protocol", protocol=ProtocolName.AS_PUBLISHED)
    choose(window, (STANDARD, ROBUST))
    qtbot.waitUntil(lambda: len(window.stage.outcomes()) == 2 and window.runner.is_idle)
    protocols = [outcome.scenario.protocol for outcome in window.stage.outcomes()]
    assert protocols == [ProtocolName.AS_PUBLISHED, ProtocolName.CORRECTED]


def test_where_there_is_no_other_the_list_says_so(qtbot: QtBot, make_window: MakeWindow) -> None:
    made = make_window()
    made.session.change("network", networks=(ROBUST,))
    made.show()
    qtbot.waitUntil(lambda: bool(made.stage.outcomes()))
    box = made.controls.network.list
    assert box.currentIndex() == 0
    assert [bool(box.model().index(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled) for row in range(3)] == [
        True, False, False,
    ]  # fmt: skip
    assert [row.network for row in made.stage.shown_rows] == [STANDARD]


def test_rows_are_named_by_attack_and_network() -> None:
    for attack in ("fgsm", "random_signs"):
        for network in (STANDARD, ROBUST):
            assert row_parts(row_name(attack, network)) == (attack, network)
    state = replace(DemoState(), attacks=("gaussian", "fgsm"), twin=True)
    assert [scenario.attack.name for scenario, _ in state.rows()] == ["gaussian", "fgsm", TWIN]
    both = replace(state, networks=(STANDARD, ROBUST))
    assert [(scenario.attack.name, network) for scenario, network in both.rows()] == [
        ("gaussian", STANDARD),
        ("gaussian", ROBUST),
    ]
    assert [network for _, network in both.rows(there=(STANDARD,))] == [STANDARD] * 3
