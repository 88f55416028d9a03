"""Class activation maps over the panels: the right ones, only while they are wanted, and none where there are none."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from advgui.gui.panels.heat import HeatLegend, overlay, shades
from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.session import DemoState
from advgui.gui.threads.live_maps import MapsDrawn
from advgui.gui.threads.loading import load_pipeline
from advgui.gui.widgets import messages, pixels, theme
from advgui.models.activation_maps import ActivationMaps
from advgui.pipeline import Pipeline
from advgui.types import ProtocolName
from tests.gui.checks import choose_attacks, settled


@pytest.fixture
def real(qtbot: QtBot, make_window: Callable[..., MainWindow]) -> MainWindow:
    made = make_window(load_pipeline)
    with qtbot.waitSignal(made.runner.result):
        made.show()
    qtbot.waitUntil(lambda: settled(made))
    return made


def panels(window: MainWindow) -> list[ImagePanel]:
    return [panel for row in window.stage.shown_rows for panel in row.panels.values()]


def covered(window: MainWindow) -> list[bool]:
    """Over which panels there is a map."""
    return [panel.picture.overlay is not None for panel in panels(window)]


def check(drawn: MapsDrawn, pipeline: Pipeline) -> None:
    """Compare with maps computed directly."""
    for outcome, maps in zip(drawn.result.outcomes, drawn.maps, strict=True):
        procedure = pipeline.procedure(outcome.scenario.protocol)
        direct = ActivationMaps(procedure.classifier.model)
        assert set(maps) == set(outcome.images)
        for key, found in maps.items():
            fed = procedure.classified(outcome.images[key]) if key == "clean" else outcome.images[key]
            (expected,) = direct(fed, outcome.predictions(key))
            np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())
    assert drawn.largest == max(each.max() for maps in drawn.maps for each in maps.values())


def test_maps_come_and_go_with_the_action(qtbot: QtBot, real: MainWindow, bundled: Pipeline) -> None:
    told: list[MapsDrawn] = []
    real.runner.mapped.connect(told.append)
    action, legend = real.actions_by_name["looking"], real.looking.legend
    assert not legend.isVisible()
    before = [panel.grab().toImage() for panel in panels(real)]
    QTest.keyClick(real.gallery.view, Qt.Key.Key_L)
    assert action.isChecked()
    qtbot.waitUntil(lambda: all(covered(real)))
    check(told[-1], bundled)
    assert legend.isVisible()
    assert f"0 to {told[-1].largest:.3g}" in legend.accessibleDescription()
    assert all(panel.grab().toImage() != old for panel, old in zip(panels(real), before, strict=True))
    real.resize(1500, 900)
    QApplication.processEvents()
    assert all(covered(real))
    real.gallery.choose(5)  # another image, and noise beside it: every panel, one scale
    choose_attacks(real.controls, ("gaussian", "fgsm"))
    qtbot.waitUntil(lambda: settled(real) and len(covered(real)) == 10 and all(covered(real)))
    check(told[-1], bundled)
    real.controls.links["autoencoder"].box.click()
    qtbot.waitUntil(lambda: settled(real) and any(covered(real)))
    assert covered(real) == [panel.pixels is not None for panel in panels(real)]
    count = len(told)
    action.trigger()
    assert not any(covered(real))
    assert not legend.isVisible()
    real.gallery.choose(6)
    with qtbot.waitSignal(real.runner.result):
        pass
    qtbot.waitUntil(lambda: settled(real))
    assert len(told) == count


def test_networks_entered_behind_the_standardizing_layer_have_maps(
    qtbot: QtBot, real: MainWindow, bundled: Pipeline
) -> None:
    real.session.apply(DemoState(protocol=ProtocolName.AS_PUBLISHED, attacks=("gaussian",)), "protocol")
    qtbot.waitUntil(lambda: settled(real))
    with qtbot.waitSignal(real.runner.mapped) as told:
        real.actions_by_name["looking"].trigger()
    check(told.args[0], bundled)
    sizes = {key: each.shape for key, each in told.args[0].maps[0].items()}
    assert sizes["clean"] == (4, 4)
    assert sizes["randomization"] == (6, 6)


def test_nothing_newer_waits_for_maps(qtbot: QtBot, real: MainWindow) -> None:
    real.actions_by_name["looking"].trigger()
    qtbot.waitUntil(lambda: all(covered(real)))
    told: list[MapsDrawn] = []
    real.runner.mapped.connect(told.append)
    for place in range(12):
        real.gallery.choose(place)
    qtbot.waitUntil(lambda: settled(real) and all(covered(real)))
    assert told[-1].result.selection is real.session.selection
    assert len(told) < 12


def test_other_classifiers_have_none_and_that_is_said(
    qtbot: QtBot, window: MainWindow, posted: list[messages.Message]
) -> None:
    qtbot.waitUntil(lambda: settled(window))
    action = window.actions_by_name["looking"]
    with qtbot.waitSignal(window.runner.maps_failed):
        action.trigger()
    assert "no map of where 'linear' looks" in posted[-1].text
    assert not action.isChecked()
    assert not action.isEnabled()
    assert "no map" in action.toolTip()
    assert not window.looking.legend.isVisible()
    QTest.keyClick(window.gallery.view, Qt.Key.Key_L)
    assert not action.isChecked()
    with qtbot.waitSignal(window.runner.ready):
        window.runner.load(window.runner._load)
    assert action.isEnabled()


def test_the_letter_belongs_to_a_field_that_has_the_focus(window: MainWindow) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_L, Qt.KeyboardModifier.NoModifier, "l", True)
    assert window.looking.pressed(event)  # held down, it does nothing more
    assert not window.looking.action.isChecked()
    window.gallery.index.setFocus()
    QTest.keyClick(window.gallery.index.lineEdit(), Qt.Key.Key_L)
    assert not window.looking.action.isChecked()


def test_an_overlay_is_brightest_where_the_map_is_largest() -> None:
    values = np.zeros((4, 4), np.float32)
    values[1, 2] = 8
    values[3, 0] = -8
    made = overlay(values, 8.0, 32, 40)
    assert made.size().toTuple() == (40, 32)
    assert 0 < made.pixelColor(0, 0).alpha() < 255
    grey = pixels.rgb(made.convertToFormat(QImage.Format.Format_RGBX8888)).sum(axis=2)
    row, column = np.unravel_index(grey.argmax(), grey.shape)
    assert 8 <= row < 16
    assert 20 <= column < 30
    assert grey[31, 0] == grey.min()
    assert len(np.unique(pixels.rgb(overlay(values - 9, -1.0, 8, 8)).reshape(-1, 3), axis=0)) == 1


def test_colours_get_brighter_all_the_way() -> None:
    colors = [theme.QColor(*map(int, each)) for each in shades(np.linspace(0, 1, 20, dtype=np.float32))]
    brightness = [theme.luminance(color) for color in colors]
    assert brightness == sorted(brightness)
    assert brightness[-1] > 0.6
    assert brightness[0] < 0.03


@pytest.mark.parametrize("width", [420, 1200])
def test_the_legend_fits(qtbot: QtBot, width: int) -> None:
    legend = HeatLegend()
    qtbot.addWidget(legend)
    legend.resize(width, legend.sizeHint().height())
    legend.show_largest(12.345)
    empty = legend.grab().toImage()
    legend.show_largest(0.5)
    assert legend.grab().toImage() != empty
    assert "0 to 0.5" in legend.accessibleDescription()
