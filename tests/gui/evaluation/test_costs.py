"""What each defence buys and costs, in the dialog."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from advgui.evaluation.costs import worths
from advgui.figures.costs import costs_figure
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.evaluation.exports import COSTS
from advgui.reports import storage
from advgui.reports.tables import percent
from tests import toy
from tests.figures import svg
from tests.gui.evaluations import choose_result


@pytest.fixture
def matrix(qtbot: QtBot, make_dialog) -> EvaluationDialog:
    """A dialog that shows the shipped matrix."""
    dialog = make_dialog()
    with qtbot.waitSignal(dialog.results.looked):
        dialog.show()
    with qtbot.waitSignal(dialog.results.opened):
        choose_result(dialog, 1)
    dialog.tabs.setCurrentWidget(dialog.tabs.costs)
    return dialog


def dots(dialog: EvaluationDialog) -> dict[str, tuple[float, float]]:
    """Where the dots are, by their names."""
    named = [item for item in dialog.tabs.costs.plot.listDataItems() if item.name()]
    return {item.name(): tuple(float(axis[0]) for axis in item.getData()) for item in named}


def expected(*reports) -> dict[str, tuple[float, float]]:
    return {one.name: (100 * one.clean.accuracy, 100 * one.attacked.accuracy) for one in worths(reports)}


def test_each_defence_is_a_dot_at_its_two_accuracies(matrix: EvaluationDialog) -> None:
    found = dots(matrix)
    assert found == expected(matrix.report)
    assert list(found) == ["classifier", "classifier + autoencoder", "classifier + randomization", "classifier + both"]
    view = matrix.tabs.costs
    assert "PGD, ε = 8/255" in view.about.text()
    axes = [view.plot.getPlotItem().getAxis(side).label.toPlainText().strip() for side in ("bottom", "left")]
    assert axes == ["accuracy without an attack (%)", "accuracy under attack (%)"]
    key = view.key
    assert [key.item(row, 0).text() for row in range(key.rowCount())] == list(found)
    worth = worths([matrix.report])[0]
    assert key.item(0, 1).text().splitlines()[0] == percent(worth.clean)
    assert key.item(0, 2).text().splitlines()[0] == percent(worth.attacked)


def test_what_it_is_compared_with_is_there_too_and_in_the_file(
    qtbot: QtBot, matrix: EvaluationDialog, tmp_path: Path
) -> None:
    comparison = matrix.tabs.comparison
    place = 1 + [item.title for item in comparison._items].index(matrix.results.items[2].title)
    with qtbot.waitSignal(comparison.changed):
        comparison.list.setCurrentIndex(place)
        comparison.list.activated.emit(place)
    assert comparison.other is not None
    assert dots(matrix) == expected(matrix.report, comparison.other)
    assert "robust-classifier" in dots(matrix)
    path = tmp_path / "costs.svg"
    matrix.exports.export_to(path, "svg", COSTS)
    qtbot.waitUntil(path.exists)
    assert path.read_bytes() == costs_figure([matrix.report, comparison.other]).file("svg")
    assert svg.title(path.read_bytes()) == "What each defence buys and costs"


def test_a_result_without_such_an_attacker_says_what_to_do(qtbot: QtBot, matrix: EvaluationDialog, tmp_path) -> None:
    view = matrix.tabs.costs
    report = toy.made_up(30)
    nobody = replace(report, runs=tuple(run for run in report.runs if run.is_control))
    (tmp_path / "result.json").write_text(storage.to_json(nobody))
    with qtbot.waitSignal(matrix.results.opened):
        matrix.results.open_file(tmp_path / "result.json")
    assert not view.plot.isVisible()
    assert "Evaluate the whole matrix" in view.about.text()
    matrix.exports.export_to(tmp_path / "costs.png", "png", COSTS)
    qtbot.waitUntil(lambda: matrix.banner.isVisible())
    assert "0 defences" in matrix.banner.label.text()
    with qtbot.waitSignal(matrix.results.opened):
        choose_result(matrix, 2)
    assert view.plot.isVisible()
    assert np.all(np.array(list(dots(matrix).values())) <= 100)
