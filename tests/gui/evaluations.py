"""What a test does with the evaluation dialog."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.threads.live_runner import LiveRunner
from tests.gui.gated import PATIENCE

IMAGES = 20  # the bundled samples


def kept(dialog: EvaluationDialog) -> list[tuple[int, int]]:
    """Counted and planned images of what is kept, as the list tells, the newest first."""
    entries = [item.entry for item in dialog.results.items if item.entry is not None]
    return [(entry.images, entry.planned) for entry in entries]


def choose_result(dialog: EvaluationDialog, place: int) -> None:
    """Choose from the list of results, and wait for nothing."""
    dialog.results_bar.list.setCurrentIndex(place)
    dialog.results_bar.list.activated.emit(place)


def press(qtbot: QtBot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def run(qtbot: QtBot, dialog: EvaluationDialog) -> None:
    with qtbot.waitSignal(dialog._runner.job_done):
        press(qtbot, dialog.start)


@contextmanager
def held(
    qtbot: QtBot, runner: LiveRunner, start: Callable[[], object], at: Callable[[Any], bool] = lambda _: True
) -> Iterator[None]:
    """Start a job and hold it behind a step until the block is left: it is never over before, however slow Qt is.

    Args:
        qtbot: Waits.
        runner: Runs the job.
        start: Starts it.
        at: Whether to hold it behind this step.
    """
    gate, start_job = Event(), runner.start_job

    def steps(job: Generator[Any, None, Any]) -> Generator[Any, None, Any]:
        try:
            while True:
                step = next(job)
                yield step
                if step is not None and at(step) and not gate.wait(PATIENCE):
                    raise TimeoutError("the test did not leave its block")
        except StopIteration as end:
            return end.value
        finally:
            job.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "start_job", lambda job: start_job(lambda pipeline: steps(job(pipeline))))
        with qtbot.waitSignal(runner.job_step, check_params_cb=lambda _, step: at(step)):
            start()
    try:
        yield
    finally:
        gate.set()


def is_partial(step: Any) -> bool:
    """Whether some images are done and others are not."""
    return 0 < step.done < step.total


def cancelled(qtbot: QtBot, dialog: EvaluationDialog) -> int:
    """Start, cancel behind the first batch, and return how many images were counted."""
    with held(qtbot, dialog._runner, dialog.start.click, is_partial):
        press(qtbot, dialog.cancel)
    assert dialog.report is not None
    return dialog.report.images


def cell(dialog: EvaluationDialog, control: bool, column: str, attack: str = "fgsm") -> tuple[int, int]:
    for row in range(dialog.table.rowCount()):
        for place in range(dialog.table.columnCount()):
            found = dialog.table.run_at(row, place)
            wanted = column, control, attack
            if found and (found[1].key, found[0].is_control, found[0].scenario.attack.name) == wanted:
                return row, place
    raise LookupError(column)


def click_cell(qtbot: QtBot, table, row: int, place: int) -> None:
    table.scrollToItem(table.item(row, place))
    centre = table.visualItemRect(table.item(row, place)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)


def export(qtbot: QtBot, dialog: EvaluationDialog, path: Path, suffix: str) -> None:
    """Export, and wait until what became of it was said."""
    dialog.exports.export_to(path, suffix)
    qtbot.waitUntil(lambda: not dialog._files.busy)


def set_up_certification(dialog: EvaluationDialog, every: int = 5) -> None:
    """Go to the page, and ask for little."""
    dialog.pages.setCurrentWidget(dialog.certification)
    form = dialog.certification.form
    form.every.setValue(every)
    form.choosing.setValue(20)
    form.estimating.setValue(150)


def certify(qtbot: QtBot, dialog: EvaluationDialog) -> None:
    """Certify a few images to the end."""
    set_up_certification(dialog)
    with qtbot.waitSignal(dialog._runner.job_done):
        press(qtbot, dialog.certification.start)
