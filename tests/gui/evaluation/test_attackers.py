"""The evaluation dialog with attackers who know different things: real evaluations, real clicks."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from advgui.attacks import ATTACKS
from advgui.commands import evaluate
from advgui.evaluation.plan import Plan, security_curve
from advgui.figures import matrix, security
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.evaluation.exports import CHART, COSTS, MATRIX
from advgui.gui.evaluation.grid import FRAMED
from advgui.gui.settings import EVALUATION_SPEED
from advgui.reports.tables import interval, percent
from advgui.scenarios import attackers, is_adaptive, is_upper_bound, knowledge
from advgui.types import PAPER_CHAIN, Link
from tests.figures import svg
from tests.gui.evaluations import IMAGES, click_cell, export, press, run


def choose(dialog: EvaluationDialog, *names: str) -> None:
    for name, box in dialog.form.attacks.items():
        box.setChecked(name in names)


@pytest.fixture
def matrix_dialog(qtbot, dialog, session) -> EvaluationDialog:
    """One that has evaluated the whole matrix of FGSM."""
    choose(dialog, "fgsm")
    dialog.form.attacker.matrix.click()
    dialog.form.attacker.draws.setValue(2)
    run(qtbot, dialog)
    return dialog


def planned(*options: str) -> Plan:
    """The plan of `advgui evaluate` with these options."""
    import argparse

    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return evaluate.plan_for(parser.parse_args([*options, "--images", str(IMAGES)]))


@pytest.mark.parametrize(
    ("known", "options"),
    [
        ((), ()),
        (("autoencoder",), ("--knows", "classifier,autoencoder")),
        (("autoencoder", "randomization"), ("--knows", "everything")),
        (("matrix",), ("--knows", "matrix")),
    ],
)
def test_the_plan_is_the_command_lines(qtbot, dialog, session, known, options):
    session.apply(session.state.with_setting("pgd", "steps", 5), "steps")
    choose(dialog, "fgsm", "pgd")
    attacker = dialog.form.attacker
    for name in known:
        box = attacker.matrix if name == "matrix" else attacker.boxes[name]
        box.click()
    attacker.draws.setValue(4)
    attacker.target.setCurrentText("frog")
    wanted = planned(
        "--attack", "fgsm", "pgd", "--set", "pgd.steps=5", "--attacker-draws", "4", "--target", "frog", *options
    )
    assert dialog.form.plan() == wanted


def test_one_click_is_a_security_curve(qtbot, dialog):
    choose(dialog, "fgsm")
    press(qtbot, dialog.form.list.rows["fgsm"].curve)
    assert dialog.form.strengths["fgsm"].text() == "1/255; 2/255; 4/255; 8/255; 16/255; 32/255; 64/255"
    assert dialog.form.plan() == planned("--attack", "fgsm", "--security-curve")
    run(qtbot, dialog)
    dialog.tabs.setCurrentWidget(dialog.chart)
    axis = dialog.chart.plot.getPlotItem().getAxis("bottom")
    strengths = (0.0, *security_curve(ATTACKS["fgsm"].strength))
    for _ in range(3):  # the second drawing is as the first
        (ticks,) = axis._tickLevels
        assert [text for _, text in ticks] == ["0", *(f"{count}/255" for count in (1, 2, 4, 8, 16, 32, 64))]
        assert [place for place, _ in ticks] == list(range(8))
        line = next(item for item in dialog.chart.plot.listDataItems() if item.name() == "(b) attacked")
        places, values = line.getData()
        assert places.tolist() == list(range(8))
        tallies = {each.scenario.strength: dialog.report.tally(each, "attacked") for each in dialog.report.runs}
        assert np.allclose(values, [100 * tallies[strength].accuracy for strength in strengths])
        chance = next(item for item in dialog.chart.plot.listDataItems() if item.name() == "chance (10 %)")
        assert set(chance.getData()[1]) == {10}
        dialog.chart.show_report(dialog.report)


def test_few_strengths_after_many_have_their_linear_axis_again(qtbot, dialog):
    choose(dialog, "fgsm")
    press(qtbot, dialog.form.list.rows["fgsm"].curve)
    run(qtbot, dialog)
    dialog.tabs.setCurrentWidget(dialog.chart)
    dialog.form.strengths["fgsm"].setText("4/255; 8/255")
    run(qtbot, dialog)
    assert dialog.chart.plot.getPlotItem().getAxis("bottom")._tickLevels is None


def test_rows_say_who_knows_what_and_cells_what_they_are_worth(matrix_dialog):
    table = matrix_dialog.table
    report, marked = matrix_dialog.report, 0
    for row in range(table.rowCount()):
        for place in range(1, table.columnCount()):
            cell = table.run_at(row, place)
            if cell is None:
                continue
            found, column = cell
            if not found.is_control:
                assert table.item(row, 0).text().splitlines()[-1] == knowledge(found.scenario)
            number, span = table.item(row, place).text().splitlines()
            tally = report.tally(found, column.key)
            is_bound = is_upper_bound(found.scenario, column)
            assert number == ("≤ " if is_bound else "") + percent(tally)
            assert span == interval(tally).replace("-", "\N{EN DASH}")
            is_quoted = not found.is_control and is_adaptive(found.scenario, column)
            assert bool(table.item(row, place).data(FRAMED)) == is_quoted
            assert ("accuracy to quote" in table.item(row, place).toolTip()) == is_quoted
            assert ("pper bound" in table.item(row, place).toolTip()) == is_bound
            marked += is_quoted
    assert marked == 4
    # Frames and tooltips do not stay where another table has other cells.
    matrix_dialog.evaluation.open(matrix_dialog.report)


def test_the_matrix_on_screen_is_the_reports_and_leads_to_details(qtbot, matrix_dialog):
    view = matrix_dialog.tabs.matrix
    assert view.table.rowCount() == 0  # nobody looked at it
    matrix_dialog.tabs.setCurrentWidget(view)
    for _ in range(2):
        rows = matrix.matrices(matrix_dialog.report)[view.group.currentText()]
        assert [view.table.item(row, 0).text() for row in range(view.table.rowCount())] == [
            "no attack",
            *(knowledge(each.scenario) for each in rows[1:]),
        ]
        assert [view.table.horizontalHeaderItem(place).text() for place in range(1, 5)] == [
            "(b)\nattacked", "(c)\nautoencoder", "(d)\nrandomization", "(e)\nboth",
        ]  # fmt: skip
        framed = [[bool(view.table.item(row, place).data(FRAMED)) for place in range(1, 5)] for row in range(5)]
        assert framed == [[False] * 4, *([row == place for place in range(4)] for row in range(4))]
        for row in range(5):
            for place in range(1, 5):
                found, column = view.cell(row, place)
                item = view.table.item(row, place)
                assert item.text().splitlines()[0] == matrix.cell_text(matrix_dialog.report, found, column)
                accuracy = matrix_dialog.report.tally(found, column.key).accuracy
                assert item.background().color().getRgb()[:3] == matrix.shade(accuracy)
        view.show_report(matrix_dialog.report)
    click_cell(qtbot, view.table, 4, 4)
    assert matrix_dialog.tabs.currentWidget() is matrix_dialog.details
    assert matrix_dialog.details.title.text().startswith("(e) both")


@pytest.mark.parametrize("figure", [CHART, MATRIX])
def test_figures_are_exported_as_they_are_looked_at(qtbot, matrix_dialog, tmp_path, figure):
    tabs = matrix_dialog.tabs
    tabs.setCurrentWidget(tabs.chart if figure == CHART else tabs.matrix)
    for kind in ("png", "svg", "pdf"):
        for name in ("first", "again"):
            matrix_dialog.exports.export_to(tmp_path / f"{name}.{kind}", kind, figure)
            qtbot.waitUntil(lambda: not matrix_dialog._files.busy)
        assert (tmp_path / f"first.{kind}").read_bytes() == (tmp_path / f"again.{kind}").read_bytes()
    with Image.open(io.BytesIO((tmp_path / "first.png").read_bytes())) as picture:
        picture.load()
        assert picture.width > 500
    content = (tmp_path / "first.svg").read_bytes()
    assert ElementTree.fromstring(content).tag.endswith("svg")
    assert svg.title(content).endswith(tabs.shown(figure))
    assert (tmp_path / "first.pdf").read_bytes().startswith(b"%PDF")


def test_the_menu_offers_every_file(dialog):
    offered = [action.data() for action in dialog.exports.export.menu().actions() if not action.isSeparator()]
    assert offered == [
        *((suffix, "") for suffix in ("csv", "json", "md", "tex")),
        *((kind, figure) for figure in (CHART, MATRIX, COSTS) for kind in ("png", "svg", "pdf")),
    ]


def test_the_export_of_a_result_after_a_figure_is_looked_at(qtbot, matrix_dialog, tmp_path):
    export(qtbot, matrix_dialog, tmp_path / "a.csv", "csv")
    assert "autoencoder randomization" in (tmp_path / "a.csv").read_text()


def test_the_boxes_are_the_chains_and_what_was_chosen_is_remembered(qtbot, dialog, session, make_dialog):
    attacker = dialog.form.attacker
    assert list(attacker.boxes) == ["autoencoder", "randomization"]
    attacker.boxes["randomization"].click()
    session.change("chain", chain=(*PAPER_CHAIN, Link("jpeg")))
    assert list(attacker.boxes) == ["autoencoder", "randomization", "jpeg"]
    assert attacker.knows == (("randomization",),)
    session.change("chain", chain=(Link("jpeg"),))
    assert attacker.knows == ((),)
    attacker.matrix.click()
    assert not attacker.boxes["jpeg"].isEnabled()
    assert attacker.knows == attackers((Link("jpeg"),))
    session.change("chain", chain=PAPER_CHAIN)
    attacker.draws.setValue(7)
    dialog.close()
    again = make_dialog().form
    assert again.choices() == dialog.form.choices()
    assert again.plan() == dialog.form.plan()
    again.attacker.matrix.setChecked(False)
    assert again.attacker.knows == (("randomization",),)


@pytest.mark.parametrize("damaged", [{"knows": 3}, {"knows": [1]}, {"matrix": "yes"}, {"attacker_draws": 0}])
def test_damaged_choices_change_nothing(dialog, damaged):
    before = dialog.form.choices()
    dialog.form.restore(damaged)
    assert dialog.form.choices() == before


def test_settings_are_the_windows_and_seen(dialog, session):
    choose(dialog, "pgd")
    row = dialog.form.list.rows["pgd"]
    assert row.settings.isVisible()
    assert row.settings.text().startswith("As in the window: steps 20, path length 2.5, random start on")
    session.apply(session.state.with_setting("pgd", "steps", 7), "steps")
    assert row.settings.text().startswith("As in the window: steps 7,")
    choose(dialog, "fgsm")
    assert not row.settings.isVisible()


def test_what_it_costs_is_said_before_it_is_started(qtbot, dialog, store):
    choose(dialog, "pgd")
    assert dialog.estimate.text() == (
        f"{20 * IMAGES:,} gradients and {10 * IMAGES} predictions. How long that takes here is known once an "
        "evaluation has run."
    )
    dialog.form.attacker.boxes["randomization"].setChecked(True)
    assert dialog.estimate.text().startswith(f"{20 * 10 * IMAGES:,} gradients")
    dialog.form.attacker.boxes["randomization"].setChecked(False)
    choose(dialog, "fgsm")
    run(qtbot, dialog)
    measured = store.get(EVALUATION_SPEED)
    assert measured > 0
    assert dialog.estimate.text().endswith("on this computer.")
    # An hour of gradients stands out.
    store.set(EVALUATION_SPEED, 1e-2)
    choose(dialog, "pgd")
    assert dialog.estimate.font().bold()
    assert " h " in dialog.estimate.text()
    store.set(EVALUATION_SPEED, 1e9)
    choose(dialog, "fgsm")
    assert not dialog.estimate.font().bold()
    dialog.form.strengths["fgsm"].setText("strong")
    assert dialog.estimate.text() == ""
    assert not dialog.form.strengths["fgsm"].is_wrong  # nobody asked yet


def test_a_click_with_the_keyboard_reaches_the_whole_matrix(qtbot, dialog):
    box = dialog.form.attacker.matrix
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()
    assert len([each for each in dialog.form.plan().scenarios if each.strength]) == 1 + 4  # noise, FGSM


def test_the_first_chart_holds_the_accuracies_to_quote(matrix_dialog):
    matrix_dialog.tabs.setCurrentWidget(matrix_dialog.chart)
    chart = matrix_dialog.chart
    assert chart.group.currentText() == f"FGSM, corrected: {security.QUOTED}"
    names = [item.name() for item in chart.plot.listDataItems() if item.name()]
    assert names == [
        *("(a) original", "(b) attacked", "(c) autoencoder", "(d) randomization", "(e) both"),
        *("hollow: an upper bound", "chance (10 %)"),
    ]
    # Besides, a line without a name for each column that an attacker met who knows the classifier alone.
    drawn = [item for item in chart.plot.listDataItems() if item.getData()[0] is not None]
    assert len([item for item in drawn if len(item.getData()[0]) > 1]) == 5 + 3 + 1
    # In the legend, too, the mark is hollow: as the lines have it, and not as a plot without data would.
    key = next(item for item in chart.plot.listDataItems() if item.name() == "hollow: an upper bound")
    bound = next(item for item in drawn if item.name() is None and item.opts["symbolPen"] is not None)
    assert key.scatter.opts["brush"].color() == bound.scatter.opts["brush"].color()
    assert key.scatter.opts["pen"].widthF() == bound.scatter.opts["pen"].widthF()
