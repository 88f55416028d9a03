"""Whatever fails on the TensorFlow thread, wherever it does: it is told, nothing wrong is shown, the next one works."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from advgui import cli
from advgui.data import cifar10
from advgui.evaluation.run import Progress
from advgui.gui import settings
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.main_window import MainWindow
from advgui.gui.threads.live_curve import Curves
from advgui.gui.threads.live_marks import Marks
from advgui.gui.threads.loading import Loaded
from advgui.gui.widgets import messages
from advgui.gui.widgets.messages import Message
from advgui.models import loading
from advgui.pipeline import Batch, Pipeline
from advgui.reports import storage
from advgui.types import ProtocolName
from tests import toy
from tests.gui.checks import choose_attacks
from tests.gui.gated import GatedLoad, GatedPipeline

IMAGES = 20
OUT_OF_MEMORY = {
    "allocation": lambda: tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[3,64]"),
    "copy to the device": lambda: tf.errors.InternalError(None, None, "Failed copying: Dst tensor is not initialized."),
    "Python": lambda: MemoryError(),
}


class Trap:
    """Stands before the compiled functions of a pipeline and lets one of the calls that are to come fail."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.left = -1
        self.error: Callable[[], Exception] = lambda: RuntimeError("broken")
        corrected = pipeline.procedures[ProtocolName.CORRECTED]
        for owner, name in (
            (corrected.classifier._network, "_forward"),
            (corrected.autoencoder.network, "_forward"),
        ):
            setattr(owner, name, self._guarded(getattr(owner, name)))
        gradients = corrected.classifier._gradients
        gradients.update({loss: self._guarded(function) for loss, function in gradients.items()})

    def _guarded(self, function: Callable[..., object]) -> Callable[..., object]:
        def call(*batch: tf.Tensor) -> object:
            self.left -= 1
            if self.left == 0:
                raise self.error()
            return function(*batch)

        return call

    @property
    def sprung(self) -> bool:
        return self.left <= 0


@pytest.fixture(scope="module")
def sound() -> Pipeline:
    """What the window should show."""
    return toy.pipeline()


@pytest.fixture
def broken() -> Pipeline:
    return toy.pipeline()


@pytest.fixture(autouse=True)
def nothing_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks in a curve or a mark is no update, and is not to spring the trap."""
    monkeypatch.setattr(Curves, "is_drawing", False)
    monkeypatch.setattr(Marks, "is_marking", False)


@pytest.fixture
def trap(broken: Pipeline) -> Trap:
    return Trap(broken)


@pytest.fixture
def window(qtbot: QtBot, make_window: Callable[..., MainWindow], broken: Pipeline, trap: Trap) -> MainWindow:
    made = make_window(lambda tell: Loaded(broken, "CPU"))
    with qtbot.waitSignal(made.runner.result):
        made.show()
    choose_attacks(made.controls, ("gaussian", "fgsm"))
    qtbot.waitUntil(lambda: len(made.stage.outcomes()) == 2)
    return made


def check(window: MainWindow, sound: Pipeline) -> None:
    """Compare what is shown with what an undisturbed pipeline gives."""
    selection, scenarios = window.session.selection, window.session.state.scenarios()
    assert selection is not None
    shown = window.stage.outcomes()
    assert tuple(outcome.scenario for outcome in shown) == scenarios
    batch = sound.prepare(selection.pixels[np.newaxis], np.array([selection.label]), np.array([selection.index]))
    expected = tuple(map(batch.run, scenarios))
    for outcome, wanted in zip(shown, expected, strict=True):
        assert set(outcome.images) == set(wanted.images)
        for column in wanted.images:
            np.testing.assert_allclose(outcome.images[column], wanted.images[column], atol=1e-5)
            np.testing.assert_allclose(outcome.probabilities[column], wanted.probabilities[column], atol=1e-5)


def test_an_update_may_break_at_every_call_of_a_network(
    qtbot: QtBot, window: MainWindow, trap: Trap, sound: Pipeline, posted: list[Message]
) -> None:
    calls = 0
    while True:
        calls += 1
        trap.left = calls
        told = len(posted)
        window.gallery.choose(calls % IMAGES)  # nothing is known of this image, so everything is computed
        qtbot.waitUntil(lambda: window.runner.is_idle)
        if not trap.sprung:
            break
        assert len(posted) == told + 1
        assert window.stage.outcomes() == ()
        window.banner.dismiss()
        # Less is computed now: what was finished before it broke is used.
        window.controls.sliders["fgsm"].slider.setValue((calls * 5) % 17)
        qtbot.waitUntil(lambda: window.runner.is_idle)
        check(window, sound)
    check(window, sound)
    assert calls > 7  # of each attack at least a gradient or logits, the autoencoder, and two passes


@pytest.mark.parametrize("kind", OUT_OF_MEMORY)
def test_memory_may_run_out_at_every_call_of_a_network(
    qtbot: QtBot, window: MainWindow, trap: Trap, sound: Pipeline, posted: list[Message], kind: str
) -> None:
    trap.error = OUT_OF_MEMORY[kind]
    calls, sprung = 0, True
    while sprung:
        calls += 1
        trap.left = calls
        window.gallery.choose(calls % IMAGES)
        qtbot.waitUntil(lambda: window.runner.is_idle)
        sprung = trap.sprung
        check(window, sound)
    assert calls > 7
    assert posted == []


def test_a_long_error_leaves_the_window_as_it_is(
    qtbot: QtBot, window: MainWindow, trap: Trap, posted: list[Message]
) -> None:
    before, smallest = window.size(), window.minimumSizeHint()
    for text in ("line\n" * 1000, "word " * 5000, "x" * 5000, "/folder" * 1000):
        trap.error, trap.left = (lambda text=text: RuntimeError(text)), 1
        with qtbot.waitSignal(window.runner.failed):
            window.gallery.next()
        qtbot.waitUntil(window.banner.isVisible)
        assert text.split()[0][:20] in window.banner.label.text()
        assert window.size() == before
        room = window.minimumSizeHint() - smallest
        assert room.width() <= 400
        assert room.height() <= 200
        window.banner.dismiss()
    assert QSize(1024, 700).expandedTo(window.minimumSizeHint()) == QSize(1024, 700)


# An evaluation that is cancelled


@pytest.fixture
def dialog(window: MainWindow) -> EvaluationDialog:
    window.open_evaluation()
    assert window._evaluation is not None
    return window._evaluation


def counted(dialog: EvaluationDialog) -> list[dict[str, list[int]]]:
    assert dialog.report is not None
    return [{column: run.predictions[column].tolist() for column in run.predictions} for run in dialog.report.runs]


STEPS = {  # what has happened when it is cancelled: images counted, share of the work
    "the first step": (0, 0.0),
    "a part of the first batch": (0, 0.1),
    "the first batch": (8, 0.4),
    "a part of the last batch": (16, 0.85),
    "everything but the last word": (20, 1.0),
}


@pytest.mark.parametrize("after", STEPS)
def test_cancelling_after(
    qtbot: QtBot, window: MainWindow, dialog: EvaluationDialog, sound: Pipeline, after: str
) -> None:
    images, share = STEPS[after]
    dialog.form.strengths["fgsm"].setText("7/255")  # whatever the slider says

    def cancel(_: int, step: Progress) -> None:
        if step.done == images and step.fraction >= share and dialog.cancel.isEnabled():
            dialog.cancel.click()

    window.runner.job_step.connect(cancel)
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.is_running)
    window.runner.job_step.disconnect(cancel)
    assert dialog.state.text() == f"Cancelled: {images} images."
    assert dialog.report.images == images
    assert dialog.report.complete == (images == IMAGES)
    part = counted(dialog)
    window.controls.sliders["fgsm"].slider.setValue(14)
    qtbot.waitUntil(lambda: window.runner.is_idle)
    check(window, sound)
    assert counted(dialog) == part  # nothing came after
    with qtbot.waitSignal(window.runner.job_done):
        dialog.start.click()
    assert dialog.report.complete
    for run, before in zip(counted(dialog), part, strict=True):
        for column in run:
            assert run[column][:images] == before[column]


def test_cancelling_before_anything_happened_counts_nothing_and_keeps_the_last_result(
    qtbot: QtBot, window: MainWindow, dialog: EvaluationDialog
) -> None:
    with qtbot.waitSignal(window.runner.job_done):
        dialog.start.click()
    before = dialog.report
    dialog.form.seed.setValue(7)
    dialog.start.click()
    dialog.cancel.click()
    assert dialog.state.text() == "Cancelled: 0 images."
    assert dialog.report is before
    assert dialog.exports.copy.isEnabled()
    assert dialog.start.isEnabled()


def test_an_evaluation_cannot_be_started_before_the_networks_are_there(
    qtbot: QtBot, make_window: Callable[..., MainWindow]
) -> None:
    load = GatedLoad(GatedPipeline())
    load.gate.clear()
    window = make_window(load)
    window.show()
    qtbot.waitUntil(load.begun.is_set)
    window.open_evaluation()
    dialog = window._evaluation
    assert not dialog.start.isEnabled()
    assert not dialog.cancel.isEnabled()
    with qtbot.waitSignal(window.runner.ready):
        load.gate.set()
    assert dialog.start.isEnabled()


def test_an_evaluation_goes_on_behind_its_closed_dialog_and_is_kept_when_the_window_closes(
    qtbot: QtBot, window: MainWindow, dialog: EvaluationDialog
) -> None:
    window.runner.job_step.connect(lambda _, step: step.done == 8 and dialog.close())
    window.runner.job_step.connect(lambda _, step: step.done == 16 and window.close())
    dialog.start.click()
    qtbot.waitUntil(window.isHidden)
    assert dialog.isHidden()
    assert dialog.is_running
    assert [entry.images for entry in dialog._kept.entries()] == [16]


@pytest.mark.parametrize("stage", ["images", "networks", "first step", "last step", "writing"])
def test_ctrl_c_on_the_command_line(
    sound: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """At every stage: the exit code says so, and a file is the old one or a whole new one."""
    path = tmp_path / "result.json"
    path.write_text("old")
    steps = iter(range(1, 1000))
    stages = Batch.stages

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def step(*arguments: object) -> object:
        if next(steps) == (1 if stage == "first step" else 4 * 3):
            raise KeyboardInterrupt
        return stages(*arguments)  # type: ignore[arg-type]

    loads = interrupted if stage == "networks" else lambda *_: sound
    monkeypatch.setattr(loading, "load_pipeline", loads)
    monkeypatch.setattr(cifar10, "load", interrupted if stage == "images" else lambda *_: toy.data())
    if stage.endswith("step"):
        monkeypatch.setattr(Batch, "stages", step)
    if stage == "writing":
        monkeypatch.setattr(Path, "replace", interrupted)
    assert cli.main(["evaluate", "--batch-size", "4", "--json", str(path)]) == 130
    if stage.endswith("step"):
        assert storage.load(path).images == (0 if stage == "first step" else 8)
    else:
        assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# Closing


def test_what_cannot_be_saved_does_not_keep_the_threads_alive(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("an error that nobody thought of")

    with monkeypatch.context() as patch:
        patch.setattr(settings.Settings, "set", fail)
        with pytest.raises(RuntimeError, match="nobody thought of"):
            window.close()
    for thread in (window.runner._thread, window.files._thread, window.network._thread):
        assert not thread.isRunning()


def test_a_short_message_is_shown_as_it_is() -> None:
    for text in ("There is no picture.", "Saved as /home/anna/a-long/path/to/evaluation-partial.json."):
        assert messages.shortened(text) == text


@pytest.mark.parametrize("text", ["x" * 5000, "word " * 5000, "a\n" * 5000])
def test_a_long_message_is_cut_in_the_middle(text: str) -> None:
    told = f"It broke. {text} Close other programs."
    assert messages.shortened(told).startswith("It broke.")
    assert messages.shortened(told).endswith("Close other programs.")
    assert len(messages.shortened(told)) < 520
    assert max(map(len, messages.shortened(told).split())) < 64
