"""Evaluations by several processes, started in the dialog: the same bytes, and a window that goes on."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from advgui import plugins
from advgui.cluster import engine, evaluating
from advgui.cluster.local import Workers
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan
from advgui.gui.evaluation import jobs, workers_field
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.evaluation.workers_field import WorkersField
from advgui.gui.main_window import MainWindow
from advgui.gui.threads.loading import Ready, load_pipeline
from advgui.reports import certified_storage, storage
from advgui.types import ProtocolName
from tests.gui.checks import settled
from tests.gui.evaluations import press
from tests.plugin_files import ATTACK, write

READY = Ready("CPU", ("cat", "dog"), (ProtocolName.CORRECTED,), Path("own.keras"))

PATIENCE = 600_000  # ms: three processes import TensorFlow


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_field.os, "cpu_count", lambda: 2)


@pytest.fixture
def field(qtbot: QtBot, two_cores: None) -> WorkersField:
    made = WorkersField()
    qtbot.addWidget(made)
    return made


def test_one_worker_is_the_window_itself(field: WorkersField, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "is_installed", lambda: True)
    field.show_possible(READY)
    assert field.workers == Workers(1, Path("own.keras"))
    field.setValue(3)
    assert field.workers.number == 2  # as many as there are cores


def test_without_ray_or_the_autoencoder_it_is_off_and_says_why(
    field: WorkersField, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "is_installed", lambda: False)
    field.setValue(2)
    field.show_possible(READY)
    assert not field.isEnabled()
    assert "pip install 'advgui[cluster]'" in field.toolTip()
    assert field.workers.number == 1
    monkeypatch.setattr(engine, "is_installed", lambda: True)
    field.show_possible(replace(READY, problem=ValueError("damaged")))
    assert not field.isEnabled()
    assert "autoencoder" in field.toolTip()
    field.show_possible(READY)
    assert field.workers.number == 2  # it comes back


def test_the_number_is_remembered(two_cores: None, dialog: EvaluationDialog, make_dialog) -> None:
    dialog.form.workers.setValue(2)
    dialog.close()
    assert make_dialog().form.workers.number == 2


def test_a_plug_in_is_refused_in_words(two_cores: None, dialog: EvaluationDialog, tmp_path: Path) -> None:
    plugin = plugins.load(write(tmp_path, ATTACK))
    try:
        (name,) = plugin.names
        plan = Plan.of(attacks=(name,))
        jobs.evaluation(dialog.form.dataset, plan, workers=Workers(1))
        with pytest.raises(AdvguiError, match="Set workers to 1"):
            jobs.evaluation(dialog.form.dataset, plan, workers=Workers(2))
    finally:
        plugins.close(plugin)


def test_shards_are_small_enough_for_all_and_never_empty() -> None:
    assert Workers(2).shard(20, 200) == 4
    assert Workers(2).shard(1000, 200) == 125
    assert Workers(2).shard(10_000, 200) == 200


real = pytest.mark.skipif(os.name == "nt" or not engine.is_installed(), reason="needs Ray, which for Windows is a beta")


@pytest.fixture
def window(qtbot: QtBot, two_cores: None, make_window: Callable[..., MainWindow]) -> MainWindow:
    """The real networks, and the dialog, asked for a small evaluation and a small certification."""
    made = make_window(load_pipeline)
    with qtbot.waitSignal(made.runner.result):
        made.show()
    made.open_evaluation()
    dialog = evaluation_of(made)
    dialog.form.data.setCurrentIndex(0)
    dialog.form.strengths["fgsm"].setText("8/255")
    form = dialog.certification.form
    form.data.setCurrentIndex(0)
    form.every.setValue(5)
    form.choosing.setValue(5)
    form.estimating.setValue(20)
    return made


def evaluation_of(window: MainWindow) -> EvaluationDialog:
    assert window._evaluation is not None
    return window._evaluation


def run_with(qtbot: QtBot, window: MainWindow, workers: int, button: QPushButton) -> None:
    dialog = evaluation_of(window)
    for form in (dialog.form, dialog.certification.form):
        form.workers.setValue(workers)
    with qtbot.waitSignal(window.runner.job_done, timeout=PATIENCE):
        press(qtbot, button)


def without_machines(report: Any) -> Any:
    assert report.provenance.machines
    return replace(report, provenance=replace(report.provenance, machines=()))


@real
def test_two_workers_give_the_same_bytes_beside_a_live_window(qtbot: QtBot, window: MainWindow) -> None:
    dialog = evaluation_of(window)
    run_with(qtbot, window, 1, dialog.start)
    alone = storage.to_json(dialog.report)
    dialog.form.workers.setValue(2)
    with qtbot.waitSignal(window.runner.job_done, timeout=PATIENCE):
        press(qtbot, dialog.start)
        # The window answers while workers start.
        with qtbot.waitSignal(window.runner.result):
            window.gallery.choose(5)
        qtbot.waitUntil(lambda: settled(window))
        assert dialog.is_running
        assert dialog.state.text().startswith("Starting 2 workers")
    assert storage.to_json(without_machines(dialog.report)) == alone


@real
@pytest.mark.slow
def test_workers_can_be_cancelled_and_go_on_at_once(qtbot: QtBot, window: MainWindow) -> None:
    dialog = evaluation_of(window)
    run_with(qtbot, window, 1, dialog.start)
    alone = storage.to_json(dialog.report)

    def first_shard(_number: int, step: object) -> bool:
        return isinstance(step, evaluating.ClusterProgress) and step.done > 0

    dialog.form.workers.setValue(2)
    with qtbot.waitSignal(window.runner.job_step, check_params_cb=first_shard, timeout=PATIENCE):
        press(qtbot, dialog.start)
    assert "2 workers" in dialog.state.text()
    press(qtbot, dialog.cancel)
    assert 0 < dialog.report.images < 20
    run_with(qtbot, window, 2, dialog.panel.go_on)
    assert storage.to_json(without_machines(dialog.report)) == alone


@real
@pytest.mark.slow
def test_workers_certify_what_the_window_certifies(qtbot: QtBot, window: MainWindow) -> None:
    page = evaluation_of(window).certification
    evaluation_of(window).pages.setCurrentWidget(page)
    found = []
    for number in (1, 2):
        run_with(qtbot, window, number, page.start)
        found.append(page.report)
    assert certified_storage.to_json(without_machines(found[1])) == certified_storage.to_json(found[0])
