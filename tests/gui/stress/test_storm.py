"""Two thousand things at once, while an attack of many steps runs."""

import random
from collections.abc import Callable
from threading import active_count

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from tests.gui.gated import GatedPipeline
from tests.gui.stress.test_soak import Requests

EVENTS = 2000
EVERYTHING = {"attacker_knows": ("autoencoder", "randomization"), "attacker_draws": 10}


def events(window: MainWindow, generator: random.Random) -> list[Callable[[], object]]:
    """What a person may do next."""
    controls, session = window.controls, window.session
    boxes = [link.box for link in controls.links.values()]
    attacks = [("pgd",), ("pgd",), ("mi_fgsm",), ("fgsm",), ("gaussian", "fgsm"), ("fgsm", "pgd")]
    slider = controls.sliders[session.state.attacks[-1]].slider
    return [
        lambda: slider.setValue(generator.randrange(slider.maximum() + 1)),
        lambda: generator.choice(boxes).click(),
        lambda: window.gallery.choose(generator.randrange(20)),
        lambda: controls.randomness.draw_button.click(),
        lambda: session.change("attack", attacks=generator.choice(attacks)),
        lambda: (session.undo_stack.undo if generator.random() < 0.7 else session.undo_stack.redo)(),
        lambda: QTest.keyClick(window.gallery.view, Qt.Key.Key_Space),
        lambda: QTest.keyClick(window.gallery.view, Qt.Key.Key_Period),
        QApplication.processEvents,
    ]


def test_a_storm_ends_on_what_was_asked_for_last(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = Requests(window, monkeypatch)
    window.session.apply(window.session.state.with_setting("pgd", "steps", 50), "steps")
    window.session.change("attack", attacks=("pgd",), **EVERYTHING)
    generator = random.Random(0)
    threads = active_count()
    for number in range(EVENTS):
        generator.choice(events(window, generator))()
        if number % 40 == 0:  # now and then a person looks
            before = requests.results
            window.gallery.next()
            qtbot.waitUntil(lambda: requests.results > before)  # noqa: B023
    window.session.change("attack", attacks=("pgd",), **EVERYTHING)
    window.runner.set_held(False)
    qtbot.waitUntil(requests.are_answered)
    assert requests.results > EVENTS / 40
    selection, (asked,) = window.session.selection, window.session.state.scenarios()
    assert selection is not None
    batch = pipeline.prepare(selection.pixels[np.newaxis], np.array([selection.label]), np.array([selection.index]))
    expected = batch.run(asked)
    (shown,) = window.stage.outcomes()
    assert (shown.scenario, shown.effort, shown.position) == (asked, expected.effort, None)
    for key, images in expected.images.items():
        np.testing.assert_array_equal(shown.images[key], images)
        np.testing.assert_array_equal(window.stage.rows["pgd"].panels[key].pixels, images[0])
    assert active_count() == threads
    window.close()
    assert not window.runner._thread.isRunning()
