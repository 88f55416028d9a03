"""What a test does with the evaluation dialog."""

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.gui.evaluation.dialog import EvaluationDialog

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
