"""Whether the window shows what the pipeline gives."""

from typing import Any

import numpy as np

from advgui.gui.controls.panel import Controls
from advgui.gui.main_window import MainWindow
from advgui.gui.session import DemoState


def settled(window: MainWindow) -> bool:
    """Whether the panels show what the controls say."""
    outcomes = window.stage.outcomes()
    return window.runner.is_idle and tuple(each.scenario for each in outcomes) == window.session.state.scenarios()


def check_panels(window: MainWindow, pipeline: Any, tolerance: float = 0) -> None:
    """Compare every panel with the pipeline called directly, to the last bit or within `tolerance`."""
    selection = window.session.selection
    assert selection is not None
    labels = None if selection.label is None else np.array([selection.label], np.int64)
    batch = pipeline.prepare(selection.pixels[np.newaxis], labels, np.array([selection.index], np.int64))
    for scenario in window.session.state.scenarios():
        expected = batch.run(scenario)
        computed = [column.key for column in scenario.columns]
        for column, panel in window.stage.rows[scenario.attack.name].panels.items():
            if column not in computed:
                assert panel.off_reason
                continue
            assert panel.prediction is not None
            shown = panel.pixels, panel.prediction.probabilities
            for values, wanted in zip(shown, (expected.images[column], expected.probabilities[column]), strict=True):
                np.testing.assert_allclose(values, wanted[0], rtol=0, atol=tolerance)


def strength_of(state: DemoState, attack: str) -> float:
    """The slider of an attack."""
    return float(next(iter(state.settings_of(attack).values())))


def choose_attacks(controls: Controls, shown: tuple[str, ...]) -> None:
    """Choose from the list."""
    choices = controls.attacks.list
    choices.setCurrentIndex(list(controls.attacks.choices()).index(shown))
    choices.activated.emit(choices.currentIndex())
