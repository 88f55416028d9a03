"""Thumbnails of fooled images have a mark: what the pipeline says of each, found out behind everything else."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.data import cifar10
from advgui.data.cifar10 import Dataset
from advgui.gui.gallery.sources import FOOLED
from advgui.gui.main_window import MainWindow
from advgui.gui.session import DemoState
from advgui.images import to_float
from advgui.types import Link
from tests.gui.checks import settled
from tests.gui.gated import GatedPipeline


@pytest.fixture
def known(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """With images that the tiny network is right about."""
    samples = cifar10.load_samples()
    labels = GatedPipeline().classifier.logits(to_float(samples.images)).argmax(axis=1)
    dataset = Dataset("known", samples.images.copy(), labels.astype(np.int64), samples.indices.copy())
    window.library.set_dataset(dataset)
    qtbot.waitUntil(lambda: settled(window))
    return window


def marked(window: MainWindow) -> list[bool]:
    model = window.gallery.model
    return [bool(model.index(row, 0).data(FOOLED)) for row in range(model.rowCount())]


def expected(window: MainWindow) -> list[bool]:
    """What the pipeline says, image by image."""
    pipeline, source = GatedPipeline(), window.gallery.source
    found = []
    for place in range(len(source)):
        one = source.selection(place)
        label = one.label_among(pipeline.classifier.class_names)
        labels = None if label is None else np.array([label])
        batch = pipeline.prepare(one.pixels[np.newaxis], labels, np.array([one.index]))
        outcome = batch.run(window.session.state.scenarios()[0])
        found.append(bool(outcome.correct("clean")[0]) and not bool(outcome.correct("attacked")[0]))
    return found


@pytest.mark.parametrize("attack", ["fgsm", "pgd"])
def test_every_thumbnail_that_is_seen_is_marked_as_the_pipeline_says(
    qtbot: QtBot, known: MainWindow, attack: str
) -> None:
    window = known
    window.session.apply(DemoState(attacks=(attack,)).with_strength(attack, 0.3), "x")
    wanted = expected(window)
    assert True in wanted
    qtbot.waitUntil(lambda: settled(window) and marked(window) == wanted)
    row = wanted.index(True)
    text = window.gallery.model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "fooled" in text
    # At another strength others are fooled; nothing is left of those before.
    window.session.apply(window.session.state.with_strength(attack, 0.0), "x")
    qtbot.waitUntil(lambda: settled(window) and not any(marked(window)))
    window.session.undo_stack.undo()
    qtbot.waitUntil(lambda: settled(window) and marked(window) == wanted)


def test_they_can_be_left_alone(qtbot: QtBot, known: MainWindow) -> None:
    window = known
    window.session.apply(DemoState().with_strength("fgsm", 0.3), "x")
    qtbot.waitUntil(lambda: any(marked(window)))
    window.actions_by_name["mark-fooled"].trigger()
    assert not any(marked(window))
    window.actions_by_name["mark-fooled"].trigger()
    qtbot.waitUntil(lambda: any(marked(window)))


def test_mitigations_that_the_attacker_does_not_know_change_no_attacked_image() -> None:
    state = replace(DemoState(), attacker_knows=("autoencoder",), draws=5)
    (scenario,) = state.scenarios()
    pixels = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    batch = GatedPipeline().prepare(pixels, np.array([3]), np.array([0]))
    short = scenario.without_mitigations
    assert [link.name for link in short.chain] == ["autoencoder"]
    assert short.draws == 1
    np.testing.assert_array_equal(batch.run(short).images["attacked"], batch.run(scenario).images["attacked"])
    assert replace(scenario, chain=(Link("randomization"),), attacker_knows=()).without_mitigations.chain == ()
    off = replace(scenario, chain=tuple(replace(link, on=False) for link in scenario.chain))
    assert (off.without_mitigations.chain, off.without_mitigations.attacker_knows) == ((), ())
