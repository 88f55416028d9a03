"""Certification in the window on tiny networks: real votes, real clicks."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from advgui.certification.report import Certification
from advgui.certification.run import begun
from advgui.certification.run import certify as certified_steps
from advgui.certification.smoothing import Smoothing
from advgui.data import cifar10
from advgui.gui.evaluation.certification import CertificationPage
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.threads.loading import Loaded
from advgui.reports import certified, certified_storage
from advgui.reports.shipped import CERTIFICATIONS
from advgui.types import NetworkFile
from tests import toy
from tests.figures import svg
from tests.gui.evaluations import certify, held, is_partial, press, run, set_up_certification

SMALL = Smoothing(choosing=20, estimating=150)
IMAGES = 4  # one in five of the samples


@pytest.fixture
def page(dialog: EvaluationDialog) -> CertificationPage:
    set_up_certification(dialog)
    return dialog.certification


def cancelled(qtbot: QtBot, page: CertificationPage) -> Certification:
    """Start, cancel behind the first image, and return what was found."""
    with held(qtbot, page._runner, page.start.click, is_partial):
        press(qtbot, page.panel.cancel)
    assert page.report is not None
    return page.report


def opened(qtbot: QtBot, page: CertificationPage, path: Path) -> None:
    page.results.open_file(path)
    qtbot.waitUntil(lambda: not page._files.busy)


@pytest.mark.parametrize("denoised", [True, False])
def test_the_window_counts_what_the_command_line_counts(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage, tiny_pipeline, denoised: bool
) -> None:
    page.form.sigma.setValue(0.25)
    page.form.alpha.setValue(0.01)
    page.form.seed.setValue(3)
    page.form.denoised.setChecked(denoised)
    certify(qtbot, dialog)
    samples, how = cifar10.load_samples(), replace(SMALL, sigma=0.25, alpha=0.01, seed=3, denoised=denoised)
    *_, last = certified_steps(tiny_pipeline, samples, begun(tiny_pipeline, samples, how, np.arange(0, 20, 5)))
    assert certified_storage.to_json(page.report) == certified_storage.to_json(last.report)
    assert page.state.text() == f"Done: {IMAGES} images."


def test_table_and_curve_say_what_the_report_says(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage
) -> None:
    certify(qtbot, dialog)
    report = page.report
    table = page.table
    rows = [[table.item(row, place).text() for place in range(4)] for row in range(table.rowCount())]
    assert [row[0] for row in rows] == [f"{radius:g}" for radius in report.radii]
    assert len(rows) > 2
    for row, radius in zip(rows, report.radii, strict=True):
        assert int(row[3]) == report.certified(radius).correct
    axes = [page.chart.plot.getPlotItem().getAxis(side).label.toPlainText().strip() for side in ("bottom", "left")]
    assert axes == ["L2 radius", "certified accuracy (%)"]
    for _ in range(2):
        (line,) = [item for item in page.chart.plot.listDataItems() if item.name() == "certified"]
        places, values = line.getData()
        assert places[0] == 0
        assert places[-1] == pytest.approx(report.largest_radius)
        for radius in np.linspace(0.001, report.largest_radius - 0.001, 9):
            shown = values[np.searchsorted(places, radius)]  # no step is at these
            assert shown == pytest.approx(100 * report.certified(radius).accuracy)
        page.chart.show_report(report)


def test_cancelling_keeps_a_part_that_says_so_and_going_on_ends_as_without_a_stop(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage
) -> None:
    certify(qtbot, dialog)
    whole = certified_storage.to_json(page.report)
    part = cancelled(qtbot, page)
    assert 0 < part.images < IMAGES
    assert not page.is_running
    assert page.state.text() == f"Cancelled: {part.images} images."
    assert "PARTIAL" in page.about.text()
    assert page.panel.go_on.isEnabled()
    page.form.seed.setValue(9)  # what stands in the form by then makes no difference
    with qtbot.waitSignal(page._runner.job_done):
        press(qtbot, page.panel.go_on)
    assert certified_storage.to_json(page.report) == whole
    assert not page.panel.go_on.isEnabled()
    assert "PARTIAL" not in page.about.text()


def test_a_part_of_other_networks_is_refused_with_the_difference(
    qtbot: QtBot, page: CertificationPage, tmp_path: Path
) -> None:
    part = cancelled(qtbot, page)
    networks = dict(part.provenance.networks) | {"classifier": NetworkFile("mine", "f" * 64)}
    part = replace(part, provenance=replace(part.provenance, networks=networks))
    (tmp_path / "part.json").write_text(certified_storage.to_json(part))
    opened(qtbot, page, tmp_path / "part.json")
    with qtbot.waitSignal(page._runner.job_failed):
        press(qtbot, page.panel.go_on)
    assert "networks" in page.panel.problem.text()
    assert "ffff" in page.panel.problem.text()
    assert certified_storage.to_json(page.report) == certified_storage.to_json(part)


def test_the_page_opens_with_what_came_with_the_program(qtbot: QtBot, dialog: EvaluationDialog) -> None:
    page = dialog.certification
    with qtbot.waitSignal(page.results.looked):
        dialog.pages.setCurrentWidget(page)
    assert page.results_bar.list.currentText() == f"Shipped: {CERTIFICATIONS[0].title}"
    assert certified_storage.to_json(page.report) == CERTIFICATIONS[0].path.read_text("utf-8")
    assert page.state.text() == "Shipped with the program: 500 of 500 images."
    assert page.table.rowCount() == len(page.report.radii)


def kept(page: CertificationPage) -> list[tuple[int, int]]:
    entries = [item.entry for item in page.results.items if item.entry is not None]
    return [(entry.images, entry.planned) for entry in entries]


def test_every_one_is_kept_a_part_grows_in_its_place_and_the_newest_is_there_the_next_time(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage, make_dialog
) -> None:
    certify(qtbot, dialog)
    page.form.seed.setValue(1)
    part = cancelled(qtbot, page)
    assert kept(page) == [(part.images, IMAGES), (IMAGES, IMAGES)]
    assert page.results_bar.list.currentText().endswith(
        f"sigma-0.1 and autoencoder, partial, {part.images} of {IMAGES} images"
    )
    dialog.close()
    again = make_dialog()
    again.show()
    assert again.certification.report is None  # nobody has looked yet
    with qtbot.waitSignal(again.certification.results.looked):
        again.pages.setCurrentIndex(1)
    assert certified_storage.to_json(again.certification.report) == certified_storage.to_json(part)
    with qtbot.waitSignal(again._runner.job_done):
        press(qtbot, again.certification.panel.go_on)
    assert kept(again.certification) == [(IMAGES, IMAGES)] * 2
    with qtbot.waitSignal(again.certification.results.opened):
        press(qtbot, again.certification.results_bar.delete)
    assert kept(again.certification) == [(IMAGES, IMAGES)]
    assert again.certification.report.smoothing.seed == 0
    assert [item.entry for item in again.results.items if item.entry] == []  # evaluations are another list


def test_there_is_one_job_at_a_time(qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage) -> None:
    with held(qtbot, page._runner, page.start.click):
        press(qtbot, page.panel.pause)
    assert not dialog.start.isEnabled()
    assert not page.start.isEnabled()
    assert [dialog.pages.tabText(place) for place in range(2)] == ["Evaluation", "Certification (running)"]
    press(qtbot, page.panel.cancel)
    assert dialog.start.isEnabled()
    dialog.pages.setCurrentIndex(0)
    press(qtbot, dialog.start)
    assert not page.start.isEnabled()
    assert dialog.pages.tabText(0) == "Evaluation (running)"
    with qtbot.waitSignal(page._runner.job_done):
        pass
    assert page.start.isEnabled()
    assert dialog.report.complete


@pytest.mark.parametrize("suffix", ["csv", "json", "md", "tex", "png", "svg", "pdf"])
def test_every_export_is_written(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage, tmp_path: Path, suffix: str
) -> None:
    certify(qtbot, dialog)
    path = tmp_path / f"result.{suffix}"
    page.exports.export_to(path, suffix)
    qtbot.waitUntil(lambda: not page._files.busy)
    assert "Saved as" in dialog.banner.label.text()
    texts = {"csv": certified.to_csv, "md": certified.to_markdown, "tex": certified.to_latex}
    if suffix in texts:
        assert path.read_text("utf-8") == texts[suffix](page.report)
    elif suffix == "json":
        assert json.loads(path.read_text("utf-8"))["images"] == IMAGES
    elif suffix == "svg":
        assert svg.title(path.read_bytes()) == "Certified accuracy against L2 radius"
    else:
        assert path.read_bytes().startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[suffix])


def test_the_table_goes_to_the_clipboard(qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage) -> None:
    certify(qtbot, dialog)
    press(qtbot, page.exports.copy)
    assert QGuiApplication.clipboard().text() == certified.to_text(page.report)


def test_a_file_is_opened_and_one_that_is_none_is_refused(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage, tmp_path: Path
) -> None:
    certify(qtbot, dialog)
    first = certified_storage.to_json(page.report)
    (tmp_path / "first.json").write_text(first)
    page.form.seed.setValue(4)
    certify(qtbot, dialog)
    opened(qtbot, page, tmp_path / "first.json")
    assert certified_storage.to_json(page.report) == first
    assert page.state.text() == f"first.json: {IMAGES} of {IMAGES} images."
    (tmp_path / "other.json").write_text(first.replace('"abstained": 0', '"abstained": 1').replace("[", "[ 1,", 1))
    opened(qtbot, page, tmp_path / "other.json")
    assert "other.json" in page.panel.problem.text()
    assert certified_storage.to_json(page.report) == first


def test_a_second_start_does_not_say_that_it_is_done(qtbot: QtBot, page: CertificationPage) -> None:
    for _ in range(2):
        with qtbot.waitSignal(page._runner.job_done):
            press(qtbot, page.start)
            assert page.state.text() == "Starting …"


def test_the_return_key_starts_what_the_page_is_for(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage
) -> None:
    with qtbot.waitSignal(page._runner.job_done):
        page.form.every.setFocus()
        qtbot.keyClick(page.form.every, Qt.Key.Key_Return)
    assert page.report.images == IMAGES
    before = dialog.report
    dialog.pages.setCurrentIndex(0)
    run(qtbot, dialog)
    assert dialog.report is not before


@pytest.mark.parametrize("text", ["0", "2"])
def test_a_number_out_of_range_is_refused_in_words(
    qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage, text: str
) -> None:
    field = page.form.sigma
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == pytest.approx(0.1)
    assert not page.is_running
    assert "sigma must be from 0.01 to 1" in dialog.banner.label.text()


def test_the_form_says_how_much_it_is_and_what_it_can_prove(qtbot: QtBot, page: CertificationPage) -> None:
    page.form.estimating.setValue(1000)
    page.form.choosing.setValue(100)
    qtbot.waitUntil(lambda: "radius 0.246" in page.panel.estimate.text())
    assert "4 images x 1,100 copies: 4,400 predictions." in page.panel.estimate.text()


def test_without_an_autoencoder_the_classifier_is_certified_alone(qtbot: QtBot, make_dialog) -> None:
    pipeline = toy.pipeline()
    runner = LiveRunner(lambda tell: Loaded(pipeline, "CPU", problem=ValueError("it is damaged")))
    with qtbot.waitSignal(runner.ready):
        runner.start()
    dialog = make_dialog(runner)
    dialog.show()
    page = dialog.certification
    assert not page.form.denoised.isEnabled()
    certify(qtbot, dialog)
    assert not page.report.smoothing.denoised
    runner.close()


def test_while_it_is_hidden_others_are_told(qtbot: QtBot, dialog: EvaluationDialog, page: CertificationPage) -> None:
    told: list[str] = []
    with held(qtbot, page._runner, page.start.click):
        dialog.unseen.connect(told.append)
        dialog.close()
        assert told[-1].startswith("Certification: ")
    qtbot.waitUntil(lambda: not page.is_running)
    assert told[-1] == "Certification: done"
    dialog.show()
    assert told[-1] == ""


def test_no_two_controls_of_the_page_answer_to_one_letter(page: CertificationPage) -> None:
    texts = [button.text() for button in page.findChildren(QPushButton)] + [page.form.denoised.text()]
    texts += [label.text() for label in page.findChildren(QLabel) if label.buddy() is not None]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(letters) > 9
    assert len(set(letters)) == len(letters), sorted(letters)
