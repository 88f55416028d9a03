"""The evaluation dialog on tiny networks: real evaluations, real clicks."""

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPicture

from advgui.attacks import ATTACKS
from advgui.data import cifar10
from advgui.evaluation.plan import Plan
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.evaluation.form import PlanForm
from advgui.gui.session import Session
from advgui.gui.settings import EVALUATION_FORM, Settings
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.threads.loading import Loaded
from advgui.parameters import Settings as Values
from advgui.pipeline import Batch, Pipeline
from advgui.reports import storage
from advgui.types import PAPER_CHAIN, Link, ProtocolName
from tests import toy
from tests.figures import svg
from tests.gui.evaluations import IMAGES, cancelled, export, held
from tests.gui.evaluations import cell as _cell
from tests.gui.evaluations import click_cell as _click_cell
from tests.gui.evaluations import kept as _kept
from tests.gui.evaluations import press as _press
from tests.gui.evaluations import run as _run
from tests.gui.gated import KEYS


@pytest.mark.parametrize("field", ["data", "protocol", "images"])
def test_the_return_key_starts_wherever_the_focus_is(qtbot, dialog, asked, field):
    with qtbot.waitSignal(dialog._runner.job_done):
        getattr(dialog.form, field).setFocus()
        qtbot.keyClick(getattr(dialog.form, field), Qt.Key.Key_Return)
    assert dialog.report.images == IMAGES
    assert not asked


def test_a_second_start_does_not_say_that_it_is_done(qtbot, dialog):
    _run(qtbot, dialog)
    with qtbot.waitSignal(dialog._runner.job_done):
        _press(qtbot, dialog.start)
        assert dialog.state.text() == "Starting …"


def test_the_dialog_counts_what_the_command_line_counts(qtbot, dialog, tiny_pipeline):
    dialog.form.strengths["fgsm"].setText("4/255; 0.05")
    dialog.form.protocol.setCurrentIndex(2)
    _run(qtbot, dialog)
    plan = Plan.of(protocols=tuple(ProtocolName), strengths={"gaussian": [0.1], "fgsm": [4 / 255, 0.05]}, stop=IMAGES)
    expected = toy.report(tiny_pipeline, cifar10.load_samples(), plan, batch_size=7)
    report = dialog.report
    assert report.complete
    assert [run.scenario for run in report.runs] == [run.scenario for run in expected.runs]
    for run, wanted in zip(report.runs, expected.runs, strict=True):
        for column, predictions in wanted.predictions.items():
            assert np.array_equal(run.predictions[column], predictions)
    row, place = _cell(dialog, True, "autoencoder")
    run, column = dialog.table.run_at(row, place)
    tally = report.tally(run, column.key)
    assert dialog.table.item(row, place).text().splitlines()[0] == f"{100 * tally.accuracy:.1f}"
    assert dialog.progress.value() == dialog.progress.maximum()
    assert "20 images" in dialog.state.text()
    assert dialog.start.isEnabled()


def test_published_figures_stand_beneath(qtbot, dialog):
    dialog.form.protocol.setCurrentIndex(1)
    dialog.form.strengths["fgsm"].setText("0.05")
    _run(qtbot, dialog)
    texts = {
        dialog.table.item(row, place).text()
        for row in range(dialog.table.rowCount())
        for place in range(dialog.table.columnCount())
        if dialog.table.item(row, place) is not None
    }
    assert {"6.85", "33.17", "10.99", "19.78"} <= texts


def test_pause_holds_resume_goes_on(qtbot, dialog, tiny_runner):
    steps = []
    tiny_runner.job_step.connect(lambda number, step: steps.append(step))
    with held(qtbot, tiny_runner, dialog.start.click):
        _press(qtbot, dialog.pause)
    # What was on its way arrives; then a live request's answer shows that the thread is free.
    from tests.gui.conftest import selection

    with qtbot.waitSignal(tiny_runner.result):
        tiny_runner.submit(selection(), Session().state.scenarios())
    so_far = len(steps)
    with qtbot.waitSignal(tiny_runner.result):
        tiny_runner.submit(selection(1), Session().state.scenarios())
    assert len(steps) == so_far
    assert dialog.is_running
    with qtbot.waitSignal(tiny_runner.job_done):
        _press(qtbot, dialog.pause)
    assert dialog.report.complete


def test_cancel_keeps_what_was_counted_and_says_that_it_is_partial(qtbot, dialog, tiny_runner, tmp_path):
    dialog.form.images.setValue(IMAGES)
    counted = cancelled(qtbot, dialog)
    assert not dialog.is_running
    assert 0 < counted < IMAGES
    assert not dialog.report.complete
    assert "PARTIAL" in dialog.about.text()
    export(qtbot, dialog, tmp_path / "part.json", "json")
    stored = json.loads((tmp_path / "part.json").read_text())
    assert stored["complete"] is False
    assert stored["images"] == counted


@pytest.mark.parametrize("suffix", ["csv", "json", "md", "tex", "png", "svg", "pdf"])
def test_every_export_is_written_whole_and_keeps_the_old_file_when_it_fails(
    qtbot, dialog, tmp_path, posted, monkeypatch, suffix
):
    """What became of it is said in the dialog, which covers the main window."""
    _run(qtbot, dialog)
    path = tmp_path / f"result.{suffix}"
    export(qtbot, dialog, path, suffix)
    content = path.read_bytes()
    begins = {
        "json": b"{",
        "csv": b"source",
        "md": b"|",
        "tex": b"%",
        "png": b"\x89PNG",
        "svg": b"<?xml",
        "pdf": b"%PDF",
    }
    assert content.startswith(begins[suffix])
    assert "Saved as" in dialog.banner.label.text()
    assert dialog.banner.isVisible()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    export(qtbot, dialog, path, suffix)
    assert path.read_bytes() == content
    assert "No space left" in dialog.banner.label.text()
    assert posted == []
    monkeypatch.undo()
    export(qtbot, dialog, path, suffix)
    assert "Saved as" in dialog.banner.label.text()
    assert "more" not in dialog.banner.label.text()  # the error is gone
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".result")] == []


def test_the_table_goes_to_the_clipboard(qtbot, dialog):
    _run(qtbot, dialog)
    _press(qtbot, dialog.exports.copy)
    assert "95 % interval" in QGuiApplication.clipboard().text()


def test_numbers_lead_to_exactly_their_images(qtbot, dialog, gallery):
    _run(qtbot, dialog)
    row, place = _cell(dialog, False, "autoencoder")
    _click_cell(qtbot, dialog.table, row, place)
    run, column = dialog.table.run_at(row, place)
    report = dialog.report
    assert dialog.tabs.currentWidget() is dialog.details

    def shown():
        return set(gallery.source.indices(np.arange(len(gallery.source))).tolist())

    right = run.predictions[column.key] == report.labels
    _press(qtbot, dialog.details.wrong)
    assert shown() == set(report.indices[~right].tolist())
    pair = report.paired(run, column.key)
    for kind, button in dialog.details.paired.items():
        wanted = set(getattr(pair, kind).tolist())
        assert button.text().endswith(f": {len(wanted)}")
        assert button.isEnabled() == bool(wanted)
        if wanted:
            _press(qtbot, button)
            assert shown() == wanted
    matrix = report.confusion(run, column.key)
    true, predicted = map(int, np.argwhere(matrix)[0])
    _click_cell(qtbot, dialog.details.matrix, true, predicted)
    assert len(shown()) == matrix[true, predicted]
    kept = shown()
    true, empty = map(int, np.argwhere(matrix == 0)[0])
    dialog.details.matrix.clearSelection()
    _click_cell(qtbot, dialog.details.matrix, true, empty)
    assert dialog.details.matrix.selectedItems() == []  # what leads nowhere cannot be chosen
    assert shown() == kept
    header = dialog.details.matrix.verticalHeader()
    missed = next(n for n in range(10) if matrix[n].sum() > matrix[n, n])
    header.sectionClicked.emit(missed)
    assert len(shown()) == matrix[missed].sum() - matrix[missed, missed]


def test_images_are_found_by_their_indices_in_whatever_order_a_data_set_has_them(qtbot, dialog, library, gallery):
    samples = cifar10.load_samples()
    order = np.random.default_rng(4).permutation(len(samples))
    mixed = cifar10.Dataset(
        samples.name, samples.images[order], samples.labels[order], samples.indices[order] * 7 + 3, samples.class_names
    )
    library.set_dataset(mixed)
    _run(qtbot, dialog)
    _click_cell(qtbot, dialog.table, *_cell(dialog, True, "clean"))
    run, column = dialog.table.run_at(*_cell(dialog, True, "clean"))
    report = dialog.report
    true, predicted = map(int, np.argwhere(report.confusion(run, column.key))[0])
    _click_cell(qtbot, dialog.details.matrix, true, predicted)
    wanted = report.indices[(report.labels == true) & (run.predictions[column.key] == predicted)]
    assert 0 < len(wanted) < len(samples)
    assert gallery.source.indices(np.arange(len(gallery.source))).tolist() == wanted.tolist()


def test_what_leads_nowhere_is_not_selected(qtbot, dialog):
    if dialog.report is None:  # the shipped one has other rows
        with qtbot.waitSignal(dialog.results.opened):
            pass
    _run(qtbot, dialog)
    for row in range(dialog.table.rowCount()):
        for place in range(dialog.table.columnCount()):
            item = dialog.table.item(row, place)
            if item is not None:
                selectable = bool(item.flags() & Qt.ItemFlag.ItemIsSelectable)
                assert selectable == (dialog.table.run_at(row, place) is not None)


def test_a_number_whose_images_are_not_there_says_so_in_the_dialog(qtbot, dialog, library, posted):
    _run(qtbot, dialog)
    dialog.evaluation.dataset = None
    library.datasets.clear()
    _click_cell(qtbot, dialog.table, *_cell(dialog, True, "clean"))
    _press(qtbot, dialog.details.wrong)
    assert "not loaded" in dialog.banner.label.text()
    assert posted == []


def test_the_return_key_on_a_cell_opens_it(qtbot, dialog):
    _run(qtbot, dialog)
    dialog.table.setFocus()
    dialog.table.setCurrentCell(0, 0)  # a title
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert dialog.tabs.currentWidget() is dialog.table
    dialog.table.setCurrentCell(*_cell(dialog, False, "autoencoder"))
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert dialog.tabs.currentWidget() is dialog.details
    assert not dialog.is_running


def test_images_come_to_the_front(qtbot, dialog, gallery):
    gallery.show()
    _run(qtbot, dialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    assert dialog.windowHandle().transientParent() is None
    _click_cell(qtbot, dialog.table, *_cell(dialog, True, "clean"))
    _press(qtbot, dialog.details.wrong)
    qtbot.waitUntil(gallery.isActiveWindow)


@pytest.mark.parametrize(
    ("name", "protocols"), [("Corrected", list(ProtocolName)[:1]), ("As published", list(ProtocolName)[1:])]
)
def test_the_usual_strengths_come_with_the_protocol(dialog, name, protocols):
    dialog.form.protocol.setCurrentText(name)
    assert dialog.form.plan() == Plan.of(protocols, stop=IMAGES)


def test_strengths_that_were_typed_stay_when_the_protocol_changes(dialog):
    form = dialog.form
    form.protocol.setCurrentText("Both, side by side")
    assert [form.strengths[name].text() for name in ("gaussian", "fgsm")] == ["0.1", "8/255; 0.05"]
    form.strengths["fgsm"].setText("8/255")
    form.protocol.setCurrentText("As published")
    assert form.strengths["fgsm"].text() == "8/255"
    again = PlanForm()
    again.restore(form.choices())
    assert again.choices() == form.choices()


@pytest.mark.parametrize("text", ["", "strong", "8/0", "0.5", "200", "-0.1"])
def test_a_strength_that_makes_no_sense_is_refused_beside_its_field(qtbot, dialog, text):
    field = dialog.form.strengths["fgsm"]
    plain = field.palette().base()
    field.setText(text)
    _press(qtbot, dialog.start)
    assert not dialog.is_running
    assert field.hint.isVisible()
    assert "Type" in field.hint.text()
    assert field.hint.text().removeprefix("✗ ") == field.accessibleDescription()
    assert field.palette().base() != plain
    assert dialog.focusWidget() is field
    assert dialog.problem.isHidden()
    field.setText("8/255")
    assert field.hint.isHidden()
    assert field.palette().base() == plain


def test_strengths_are_read_as_users_type_them(qtbot, dialog):
    field = dialog.form.strengths["fgsm"]
    field.setText("1..3/255, 0.05; 8")
    assert field.hint.text() == "Read as 1/255, 2/255, 3/255, 0.05, 8/255 (5 strengths)."
    field.setText("4/255, 8/255")
    assert field.hint.isHidden()
    _run(qtbot, dialog)
    measured = [run.scenario.strength for run in dialog.report.runs if run.scenario.attack.name == "fgsm"]
    assert sorted(measured) == [0, 4 / 255, 8 / 255]


@pytest.mark.parametrize("field", ["images", "seed", "draws"])
def test_a_whole_number_out_of_range_is_refused_in_words_and_starts_nothing(qtbot, dialog, field):
    number = getattr(dialog.form, field)
    before = number.value()
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "123456789")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert number.value() == before
    assert f"to {number.maximum():,.0f}, got '123456789'" in dialog.banner.label.text()
    assert not dialog.is_running
    with qtbot.waitSignal(dialog._runner.job_done):
        qtbot.keyClick(number, Qt.Key.Key_Return)
    assert dialog.banner.message is None


def test_no_attack_is_refused_in_words(qtbot, dialog):
    for box in dialog.form.attacks.values():
        box.setChecked(False)
    _press(qtbot, dialog.start)
    assert "at least one" in dialog.problem.text()


def test_the_missing_test_set_is_offered(qtbot, dialog, asked):
    assert dialog.form.get_data.isVisible()
    _press(qtbot, dialog.form.get_data)
    assert asked == [True]


def test_closing_goes_on_and_the_result_is_there_the_next_time(qtbot, dialog, tiny_runner, make_dialog):
    with qtbot.waitSignal(tiny_runner.job_done):
        _press(qtbot, dialog.start)
        dialog.close()
    assert dialog.report.complete
    dialog.show()
    dialog.close()
    again = make_dialog()
    qtbot.waitUntil(lambda: again.report is not None)
    assert storage.to_json(again.report) == storage.to_json(dialog.report)
    assert again.table.rowCount() == dialog.table.rowCount()
    again.close()
    assert len(_kept(again)) == 1


def test_an_error_on_the_way_is_told_and_what_was_counted_stays(qtbot, dialog, tiny_runner, monkeypatch):
    real = Batch.stages
    calls = []

    def failing(self, *args):
        calls.append(args)
        if len(calls) > 6:
            raise MemoryError("no more")
        return real(self, *args)

    monkeypatch.setattr(Batch, "stages", failing)
    with qtbot.waitSignal(tiny_runner.job_failed):
        _press(qtbot, dialog.start)
    assert not dialog.is_running
    assert dialog.problem.text()
    assert dialog.report.images > 0
    assert not dialog.report.complete


def test_place_and_plan_are_remembered(qtbot, dialog, make_dialog):
    form = dialog.form
    form.attacks["gaussian"].setChecked(False)
    form.strengths["fgsm"].setText("2/255; 4/255")
    form.protocol.setCurrentIndex(2)
    form.seed.setValue(7)
    form.draws.setValue(3)
    dialog.resize(1100, 650)
    dialog.close()
    again = make_dialog()
    assert again.form.choices() == form.choices()
    assert again.form.plan() == form.plan()
    assert again.height() == dialog.height() == 650


@pytest.mark.parametrize(
    "damaged",
    ["{", "[]", '{"attacks": 3, "strengths": [], "protocol": [], "seed": -1, "draws": 1e99}', '{"seed": 99999999999}'],
)
def test_a_damaged_plan_in_the_settings_becomes_the_default(qtbot, store: Settings, damaged, make_dialog):
    expected = PlanForm().choices()
    store.set(EVALUATION_FORM, {})
    store.store.setValue(EVALUATION_FORM.key, damaged)
    made = make_dialog()
    assert made.form.choices() == expected


def test_a_protocol_that_is_not_there_cannot_be_chosen(qtbot, store, make_dialog):
    whole = toy.pipeline()
    alone = Pipeline({ProtocolName.CORRECTED: whole.procedures[ProtocolName.CORRECTED]})
    runner = LiveRunner(lambda tell: Loaded(alone, "CPU"))
    store.set(EVALUATION_FORM, {"protocol": "As published"})
    with qtbot.waitSignal(runner.ready):
        runner.start()
    made = make_dialog(runner)
    assert made.form.protocol.currentText() == "Corrected"
    assert not made.form.protocol.isEnabled()
    runner.close()


def test_a_protocol_comes_back_with_its_networks(dialog):
    form = dialog.form
    form.protocol.setCurrentText("Both, side by side")
    chosen = form.choices()
    form.set_protocols([ProtocolName.CORRECTED])
    form.set_protocols([ProtocolName.CORRECTED])
    assert form.protocol.currentText() == "Corrected"
    assert form.choices()["protocol"] == "Both, side by side"  # it is remembered if the window is closed now
    form.set_protocols(list(ProtocolName))
    assert form.choices() == chosen
    assert form.protocol.isEnabled()


def test_the_chart_is_drawn_when_it_is_looked_at(qtbot, dialog):
    _run(qtbot, dialog)
    assert dialog.chart.plot.listDataItems() == []
    dialog.tabs.setCurrentWidget(dialog.chart)
    assert len(dialog.chart.plot.listDataItems()) >= len(KEYS)


def _tick_texts(dialog: EvaluationDialog, side: str) -> list[str]:
    """The numbers that an axis shows, as painted."""
    axis = dialog.chart.plot.getPlotItem().getAxis(side)
    axis.picture = None
    dialog.chart.plot.grab()
    painter = QPainter(picture := QPicture())
    *_, texts = axis.generateDrawSpecs(painter)
    painter.end()
    assert picture is not None
    return [text for _, _, text in texts]


@pytest.mark.parametrize(
    ("attack", "strengths", "expected"),
    [
        ("fgsm", "2/255; 8/255; 16/255", {"0", "5/255", "10/255", "15/255"}),
        ("gaussian", "0.05; 0.1; 0.2", {"0", "0.05", "0.1", "0.15", "0.2"}),
    ],
)
def test_the_axis_says_the_strengths_however_often_the_chart_is_drawn(qtbot, dialog, attack, strengths, expected):
    dialog.form.strengths[attack].setText(strengths)
    for name, box in dialog.form.attacks.items():
        box.setChecked(name == attack)
    dialog.tabs.setCurrentWidget(dialog.chart)
    _run(qtbot, dialog)  # every step draws
    places = _drawn_at(dialog)
    axis = dialog.chart.plot.getPlotItem().getAxis("bottom")
    for _ in range(3):
        assert axis.label.toPlainText().strip() == ATTACKS[attack].strength.name
        assert expected <= set(_tick_texts(dialog, "bottom"))
        assert _tick_texts(dialog, "left") == ["0", "20", "40", "60", "80", "100"]
        # The points stand where the axis says.
        assert _drawn_at(dialog) == places == _places(attack, dialog)
        # Another drawing, with another range.
        dialog.chart.plot.setXRange(0, 0.5)
        dialog.chart.show_report(dialog.report)


def _drawn_at(dialog: EvaluationDialog) -> list[float]:
    line = next(item for item in dialog.chart.plot.listDataItems() if item.name())
    return line.getData()[0].tolist()


def _places(attack: str, dialog: EvaluationDialog) -> list[float]:
    strengths = sorted(run.scenario.strength for run in dialog.report.runs)
    return [strength * 255 if attack == "fgsm" else strength for strength in strengths]


def test_the_chart_that_was_looked_at_is_exported_or_all(qtbot, dialog, tmp_path):
    _run(qtbot, dialog)
    export(qtbot, dialog, tmp_path / "all.svg", "svg")
    assert len(svg.charts((tmp_path / "all.svg").read_bytes())) == 2
    dialog.tabs.setCurrentWidget(dialog.chart)
    dialog.chart.group.setCurrentIndex(1)
    export(qtbot, dialog, tmp_path / "one.svg", "svg")
    content = (tmp_path / "one.svg").read_bytes()
    (chart,) = svg.charts(content)
    assert svg.title(content).endswith(dialog.chart.group.currentText())
    for column in dialog.report.columns:
        shown = next(item for item in dialog.chart.plot.listDataItems() if (item.name() or "")[1:2] == column.letter)
        on_screen = np.stack(shown.getData(), axis=1) / (255, 1)
        assert np.allclose(chart.values(f"chart-0-{column.key}"), on_screen, rtol=0, atol=(1e-4, 1e-2))


def test_the_windows_chain_and_settings_are_evaluated(qtbot, others, dialog, session, tmp_path):
    """Six columns, in the table, the chart, the details and every export; an attack that is no published one."""
    session.change("chain", chain=(*session.state.chain, Link("shades", Values((("count", 3),)))))
    session.apply(session.state.with_setting("four", "steps", 2), "steps")
    session.apply(session.state.with_link("autoencoder", on=False), "autoencoder")
    form = dialog.form
    assert "Autoencoder, Randomization, Shades" in form.as_in_window.text()
    assert form.list.rows["four"].settings.text() == "As in the window: steps 2, downwards off, direction gradient."
    for name, box in form.attacks.items():
        box.setChecked(name == "four")
    form.strengths["four"].setText("4/255")
    _run(qtbot, dialog)
    report = dialog.report
    keys = ["clean", "attacked", "autoencoder", "randomization", "shades", "all"]
    assert [column.key for column in report.columns] == keys
    assert all(list(run.predictions) == keys for run in report.runs)
    assert [run.scenario.attack.settings["steps"] for run in report.runs] == [2, 2]
    assert [run.scenario.chain[2].settings["count"] for run in report.runs] == [3, 3]
    headings = [dialog.table.horizontalHeaderItem(place).text() for place in range(dialog.table.columnCount())]
    assert headings[-2:] == ["(e)\nshades", "(f)\nall"]
    for key in keys:
        row, place = _cell(dialog, False, key, "four")
        dialog.table.setCurrentCell(row, place)
        run, column = dialog.table.run_at(row, place)
        assert dialog.details.title.text().startswith(f"({column.letter})")
        right = report.tally(run, key).correct
        assert f"{right} of {IMAGES} right" in dialog.details.title.text()
    dialog.tabs.setCurrentWidget(dialog.chart)
    names = [item.name() for item in dialog.chart.plot.listDataItems() if item.name()]
    assert [name[:3] for name in names] == ["(a)", "(b)", "(c)", "(d)", "(e)", "(f)", "hol", "cha"]
    for suffix in ("csv", "json", "md", "tex", "svg"):
        export(qtbot, dialog, tmp_path / f"result.{suffix}", suffix)
        assert "shades" in (tmp_path / f"result.{suffix}").read_text(encoding="utf-8")
    with qtbot.waitSignal(dialog.results.opened):
        dialog.results.open_file(tmp_path / "result.json")
    assert [run.scenario for run in dialog.report.runs] == [run.scenario for run in report.runs]
    # Back to the paper's: another table with fewer columns.
    session.change("reset", chain=PAPER_CHAIN)
    for name, box in form.attacks.items():
        box.setChecked(name == "fgsm")
    _run(qtbot, dialog)
    assert dialog.table.columnCount() == 6
    assert dialog.table.columnSpan(0, 0) == 6
