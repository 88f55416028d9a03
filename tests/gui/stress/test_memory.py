"""Memory that is not there, in the middle of an update and of an evaluation: simulated where TensorFlow allocates."""

from collections.abc import Callable

import pytest
import tensorflow as tf
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from advgui.gui.threads.loading import Loaded
from advgui.gui.widgets.messages import Message
from advgui.models.classifier import Classifier
from advgui.pipeline import Pipeline
from advgui.types import ProtocolName
from tests import toy


class Device:
    """Runs a compiled function on at most `images` at once; more do not fit."""

    def __init__(self, function: Callable[..., object], images: int) -> None:
        self.function, self.images = function, images

    def __call__(self, batch: tf.Tensor, *more: tf.Tensor) -> object:
        if len(batch) > self.images:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return self.function(batch, *more)


@pytest.fixture
def devices() -> tuple[Pipeline, list[Device]]:
    """A pipeline, and the devices that everything of it runs on."""
    pipeline = toy.pipeline()
    classifier: Classifier = pipeline.procedures[ProtocolName.CORRECTED].classifier
    gradients = classifier._gradients
    gradients.update({loss: Device(function, 100) for loss, function in gradients.items()})
    classifier._network._forward = Device(classifier._network._forward, 100)
    return pipeline, [classifier._network._forward, *gradients.values()]


@pytest.fixture
def window(qtbot: QtBot, make_window: Callable[..., MainWindow], devices: tuple[Pipeline, list[Device]]) -> MainWindow:
    made = make_window(lambda tell: Loaded(devices[0], "CPU"))
    with qtbot.waitSignal(made.runner.result):
        made.show()
    return made


def move(qtbot: QtBot, window: MainWindow, position: int) -> None:
    window.controls.sliders["fgsm"].slider.setValue(position)
    qtbot.waitUntil(lambda: window.runner.is_idle)


def test_an_update_without_memory_is_told_and_the_next_one_works(
    qtbot: QtBot, window: MainWindow, devices: tuple[Pipeline, list[Device]], posted: list[Message]
) -> None:
    for device in devices[1]:
        device.images = 0
    move(qtbot, window, 15)
    assert "not enough memory" in posted[-1].text
    assert "open a smaller picture" in posted[-1].text
    # The columns of one image are a batch; halves of it fit.
    for device in devices[1]:
        device.images = 1
    told = len(posted)
    move(qtbot, window, 12)
    assert len(posted) == told
    assert window.stage.outcomes()[0].scenario.strength == pytest.approx(12 / 255)


def test_an_evaluation_with_little_memory_counts_the_same(
    qtbot: QtBot, window: MainWindow, devices: tuple[Pipeline, list[Device]]
) -> None:
    window.open_evaluation()
    dialog = window._evaluation
    counts = []
    for images in (100, 1):
        for device in devices[1]:
            device.images = images
        with qtbot.waitSignal(window.runner.job_done):
            dialog.start.click()
        counts.append([{column: run.predictions[column].tolist() for column in run.predictions}
                       for run in dialog.report.runs])  # fmt: skip
    assert counts[0] == counts[1]


def test_an_evaluation_without_memory_stops_with_the_reason_and_the_window_goes_on(
    qtbot: QtBot, window: MainWindow, devices: tuple[Pipeline, list[Device]]
) -> None:
    window.open_evaluation()
    dialog = window._evaluation
    for device in devices[1]:
        device.images = 0
    with qtbot.waitSignal(window.runner.job_failed):
        dialog.start.click()
    assert "not enough memory" in dialog.problem.text()
    assert not dialog.is_running
    for device in devices[1]:
        device.images = 100
    move(qtbot, window, 12)
    assert window.stage.outcomes()[0].scenario.strength == pytest.approx(12 / 255)
    with qtbot.waitSignal(window.runner.job_done):
        dialog.start.click()
    assert dialog.report.complete
