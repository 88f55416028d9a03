"""Earlier results in the evaluation dialog: nothing that was counted is lost, no unsound file is shown."""

import json
import os
import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from advgui.gui.evaluation import results as evaluation_results
from advgui.reports import storage, tables
from tests.gui.evaluations import (
    IMAGES,
    cancelled,
    cell,
    choose_result,
    click_cell,
    export,
    held,
    is_partial,
    kept,
    press,
    run,
)


def test_a_new_evaluation_never_takes_the_place_of_the_last_one(qtbot, dialog, make_dialog):
    run(qtbot, dialog)
    whole = storage.to_json(dialog.report)
    dialog.form.seed.setValue(7)
    counted = cancelled(qtbot, dialog)
    assert 0 < counted < IMAGES
    assert kept(dialog) == [(counted, IMAGES), (IMAGES, IMAGES)]
    texts = [dialog.results_bar.list.itemText(place) for place in range(dialog.results_bar.list.count())]
    assert f"partial, {counted} of {IMAGES} images" in texts[0]
    assert f"Gaussian noise and FGSM, {IMAGES} images" in texts[1]
    dialog.close()
    again = make_dialog()
    qtbot.waitUntil(lambda: again.report is not None)
    assert again.report.images == counted
    assert kept(again) == [(counted, IMAGES), (IMAGES, IMAGES)]
    with qtbot.waitSignal(again.results.opened):
        choose_result(again, 1)
    assert storage.to_json(again.report) == whole
    assert f"{IMAGES} of {IMAGES} images" in again.state.text()
    again.close()
    assert kept(again) == [(counted, IMAGES), (IMAGES, IMAGES)]


def test_an_exported_result_is_opened_and_shows_everything_again(qtbot, dialog, gallery, tmp_path):
    run(qtbot, dialog)
    path = tmp_path / "result.json"
    export(qtbot, dialog, path, "json")
    before = tables.to_text(dialog.report)
    dialog.form.seed.setValue(7)
    dialog.form.attacks["gaussian"].setChecked(False)
    run(qtbot, dialog)
    assert tables.to_text(dialog.report) != before
    click_cell(qtbot, dialog.table, *cell(dialog, False, "autoencoder"))
    with qtbot.waitSignal(dialog.results.opened):
        dialog.results.open_file(path)
    assert tables.to_text(dialog.report) == before
    # The cell that was shown belongs to another seed.
    assert dialog.details.matrix.rowCount() == 0
    row, place = cell(dialog, False, "autoencoder")
    dialog.table.setCurrentCell(row, place)
    shown_run, column = dialog.table.run_at(row, place)
    press(qtbot, dialog.details.wrong)
    shown = set(gallery.source.indices(np.arange(len(gallery.source))).tolist())
    assert shown == set(dialog.report.indices[shown_run.predictions[column.key] != dialog.report.labels].tolist())


def test_a_file_that_is_no_result_is_refused_and_the_last_one_stays(qtbot, dialog, tmp_path):
    run(qtbot, dialog)
    report = dialog.report
    values = json.loads(storage.to_json(report))
    values["runs"][0]["columns"]["clean"]["correct"] += 1
    path = tmp_path / "two things.json"
    path.write_text(json.dumps(values))
    with qtbot.waitSignal(dialog.results.failed):
        dialog.results.open_file(path)
    assert dialog.report is report
    assert "columns.clean.correct" in dialog.problem.text()


def test_a_result_on_other_images_than_those_of_the_data_set_leads_to_none(qtbot, dialog, gallery, posted, tmp_path):
    run(qtbot, dialog)
    report = dialog.report
    labels = (report.labels + 1) % 10
    path = tmp_path / "other.json"
    path.write_text(storage.to_json(replace(report, labels=labels)))
    with qtbot.waitSignal(dialog.results.opened):
        dialog.results.open_file(path)
    click_cell(qtbot, dialog.table, *cell(dialog, True, "clean"))
    source = gallery.source
    press(qtbot, dialog.details.wrong)
    assert gallery.source is source
    assert "not loaded" in dialog.banner.label.text()


def test_nothing_is_opened_over_a_running_evaluation(qtbot, dialog, tmp_path):
    run(qtbot, dialog)
    path = tmp_path / "result.json"
    export(qtbot, dialog, path, "json")
    dialog.results.open_file(path)  # still being read
    dialog.form.seed.setValue(7)
    run(qtbot, dialog)
    assert dialog.report.runs[0].scenario.seed == 7
    assert dialog.results_bar.isEnabled()


def test_a_running_evaluation_is_kept_now_and_then(qtbot, dialog, monkeypatch):
    monkeypatch.setattr(evaluation_results, "KEEP_EVERY", 0.0)
    dialog.form.seed.setValue(7)
    with held(qtbot, dialog._runner, dialog.start.click, is_partial):
        qtbot.waitUntil(lambda: bool(dialog._kept.entries()))
        press(qtbot, dialog.cancel)
    qtbot.waitUntil(lambda: not dialog.results._files.busy)
    assert kept(dialog) == [(dialog.report.images, IMAGES)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("kind", ["pipe", "huge", "damaged", "folder"])
def test_whatever_lies_in_place_of_a_kept_result_the_next_one_is_shown(qtbot, dialog, kind, make_dialog):
    run(qtbot, dialog)
    dialog.close()
    path = dialog._kept.folder / "29990101T000000.000000Z fgsm 8 of 20.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40 if kind == "huge" else 10)
    again = make_dialog()
    qtbot.waitUntil(lambda: again.report is not None)
    assert storage.to_json(again.report) == storage.to_json(dialog.report)


def test_names_from_a_file_are_no_markup(qtbot, dialog, tmp_path):
    run(qtbot, dialog)
    path = tmp_path / "<b>bold<b>.json"
    named = replace(dialog.report, class_names=tuple(f"<h1>{n}</h1>" for n in range(10)), dataset="<img src=x>")
    path.write_text(storage.to_json(named))
    with qtbot.waitSignal(dialog.results.opened):
        dialog.results.open_file(path)
    click_cell(qtbot, dialog.table, *cell(dialog, True, "clean"))
    shown = [label for label in dialog.findChildren(QLabel) if "<" in label.text()]
    assert len(shown) >= 2
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)
    assert not any(re.search("<(b|h1|img)", widget.toolTip()) for widget in dialog.findChildren(QWidget))
