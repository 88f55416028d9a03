"""The list of results: shipped, kept and opened ones; nothing goes unasked."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.reports import storage
from advgui.reports.shipped import EVALUATIONS
from tests import toy
from tests.gui.evaluations import IMAGES, choose_result, kept, press, run


def lines(dialog: EvaluationDialog) -> list[str]:
    shown = dialog.results_bar.list
    return [shown.itemText(place) for place in range(shown.count())]


def current(dialog: EvaluationDialog) -> str:
    return dialog.results_bar.list.currentText()


@pytest.fixture
def looked(qtbot: QtBot, make_dialog) -> EvaluationDialog:
    """A dialog that has found its first result."""
    made = make_dialog()
    with qtbot.waitSignal(made.results.looked):
        made.show()
    return made


def test_it_opens_with_what_came_with_the_program(looked: EvaluationDialog) -> None:
    assert lines(looked) == [f"Shipped: {each.title}" for each in EVALUATIONS]
    assert current(looked) == f"Shipped: {EVALUATIONS[0].title}"
    assert looked.report is not None
    assert storage.to_json(looked.report) == storage.to_json(storage.load(EVALUATIONS[0].path))
    assert looked.state.text() == "Shipped with the program: 10,000 of 10,000 images."
    assert looked.table.rowCount() > 10
    assert not looked.results_bar.keep.isEnabled()
    assert not looked.results_bar.delete.isEnabled()


@pytest.mark.parametrize("place", [1, 2])
def test_the_others_that_came_with_it_are_in_the_list(qtbot: QtBot, looked: EvaluationDialog, place: int) -> None:
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, place)
    assert looked.report is not None
    assert storage.to_json(looked.report) == storage.to_json(storage.load(EVALUATIONS[place].path))
    assert current(looked) == f"Shipped: {EVALUATIONS[place].title}"


def test_an_evaluation_is_the_one_that_is_shown_and_takes_nobodys_place(qtbot: QtBot, looked: EvaluationDialog) -> None:
    run(qtbot, looked)
    assert lines(looked)[1:] == [f"Shipped: {each.title}" for each in EVALUATIONS]
    assert current(looked) == lines(looked)[0]
    assert f"{IMAGES} images" in current(looked)
    first = looked.report
    looked.form.seed.setValue(7)
    run(qtbot, looked)
    assert kept(looked) == [(IMAGES, IMAGES)] * 2
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, 1)
    assert storage.to_json(looked.report) == storage.to_json(first)


def test_while_one_runs_the_list_says_so_and_opens_nothing(qtbot: QtBot, looked: EvaluationDialog) -> None:
    before = lines(looked)
    press(qtbot, looked.start)
    assert lines(looked) == ["What is being computed"]
    assert not looked.results_bar.isEnabled()
    press(qtbot, looked.cancel)  # nothing was counted
    assert lines(looked) == before
    assert current(looked) == before[0]
    assert looked.results_bar.isEnabled()


def test_one_that_was_stopped_before_it_counted_anything_is_none_of_the_list(
    qtbot: QtBot, looked: EvaluationDialog
) -> None:
    before = lines(looked)
    looked.evaluation.found.connect(looked.cancel.click)  # the first that is found has no image
    with qtbot.waitSignal(looked.evaluation.ended):
        press(qtbot, looked.start)
    looked.evaluation.found.disconnect(looked.cancel.click)
    assert looked.report.images == 0
    assert lines(looked) == ["none", *before]
    assert current(looked) == "none"
    choose_result(looked, 0)
    assert looked.report.images == 0
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, len(lines(looked)) - 1)
    assert current(looked) == f"Shipped: {EVALUATIONS[-1].title}"


def test_an_opened_one_is_listed_and_can_be_kept(
    qtbot: QtBot, looked: EvaluationDialog, make_dialog, tmp_path: Path
) -> None:
    path = tmp_path / "a & b.json"
    path.write_text(storage.to_json(toy.made_up(30)))
    with qtbot.waitSignal(looked.results.opened):
        looked.results.open_file(path)
    assert lines(looked)[0] == current(looked) == "Opened: a & b.json"
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, 1)
    assert "Opened: a & b.json" in lines(looked)  # it can be chosen again
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, 0)
    assert kept(looked) == []
    press(qtbot, looked.results_bar.keep)
    qtbot.waitUntil(lambda: kept(looked) == [(30, 30)])
    assert "Opened: a & b.json" not in lines(looked)
    assert current(looked) == lines(looked)[0]
    assert not looked.results_bar.keep.isEnabled()
    path.unlink()
    again = make_dialog()
    qtbot.waitUntil(lambda: again.report is not None)
    assert storage.to_json(again.report) == storage.to_json(toy.made_up(30))


def test_opening_the_same_file_twice_lists_it_once(qtbot: QtBot, looked: EvaluationDialog, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    for images in (30, 40):
        path.write_text(storage.to_json(toy.made_up(images)))
        with qtbot.waitSignal(looked.results.opened):
            looked.results.open_file(path)
        assert looked.report.images == images
    assert lines(looked).count("Opened: result.json") == 1


def test_a_file_that_is_refused_leaves_the_list_and_what_is_shown(
    qtbot: QtBot, looked: EvaluationDialog, tmp_path: Path
) -> None:
    before, report = lines(looked), looked.report
    path = tmp_path / "result.json"
    path.write_text("{")
    with qtbot.waitSignal(looked.results.failed):
        looked.results.open_file(path)
    assert (lines(looked), current(looked)) == (before, before[0])
    assert looked.report is report
    assert "result.json" in looked.problem.text()


def test_what_was_deleted_can_be_brought_back(qtbot: QtBot, looked: EvaluationDialog, make_dialog) -> None:
    run(qtbot, looked)
    first = storage.to_json(looked.report)
    looked.form.seed.setValue(7)
    run(qtbot, looked)
    bar = looked.results_bar
    assert not bar.restore.isVisible()
    with qtbot.waitSignal(looked.results.opened):
        press(qtbot, bar.delete)
    assert kept(looked) == [(IMAGES, IMAGES)]
    assert storage.to_json(looked.report) == first  # the next one of the list
    looked.close()
    assert len(looked._kept.entries()) == 1  # it does not come back by itself
    looked.show()
    with qtbot.waitSignal(looked.results.opened):
        press(qtbot, bar.restore)
    assert kept(looked) == [(IMAGES, IMAGES)] * 2
    assert looked.report.runs[0].scenario.seed == 7
    assert not bar.restore.isVisible()
    for _ in range(2):
        with qtbot.waitSignal(looked.results.opened):
            press(qtbot, bar.delete)
    assert kept(looked) == []
    assert current(looked) == f"Shipped: {EVALUATIONS[0].title}"
    assert not bar.delete.isEnabled()
    again = make_dialog()  # from the next start on it is gone for good
    with qtbot.waitSignal(again.results.looked):
        again.show()
    assert list(again._kept.folder.iterdir()) == []


def test_a_result_that_cannot_be_kept_stays_in_the_list_and_the_dialog_says_why(
    qtbot: QtBot, looked: EvaluationDialog, posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    run(qtbot, looked)
    report = looked.report
    assert "could not be kept" in current(looked)
    assert "No space left" in looked.banner.label.text()
    assert posted == []
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, 1)
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, 0)
    assert looked.report is report


# Two of them


def compare(qtbot: QtBot, dialog: EvaluationDialog, place: int) -> None:
    view = dialog.tabs.comparison
    dialog.tabs.setCurrentWidget(view)
    with qtbot.waitSignal(view.changed):
        view.list.setCurrentIndex(place)
        view.list.activated.emit(place)


def cells(dialog: EvaluationDialog) -> list[list[str]]:
    table = dialog.tabs.comparison.table
    return [[table.item(row, place).text() for place in range(table.columnCount())] for row in range(table.rowCount())]


def test_two_results_are_compared(qtbot: QtBot, looked: EvaluationDialog, tmp_path: Path) -> None:
    report = toy.made_up(60)
    worse = replace(
        report,
        runs=tuple(
            replace(each, predictions=each.predictions | {"attacked": ((report.labels + 1) % 10).astype("int16")})
            for each in report.runs
        ),
    )
    for name, each in (("one", report), ("two", worse)):
        (tmp_path / f"{name}.json").write_text(storage.to_json(each))
        with qtbot.waitSignal(looked.results.opened):
            looked.results.open_file(tmp_path / f"{name}.json")
    view = looked.tabs.comparison
    assert [view.list.itemText(place) for place in range(2)] == ["choose a result", "Opened: one.json"]
    compare(qtbot, looked, 1)
    assert "On the 60 images of both" in view.about.text()
    first = report.runs[0]
    right = 100 * report.tally(first, "attacked").accuracy
    row = cells(looked)[0]
    assert row[1].startswith("+0.0")
    assert row[2] == f"\N{MINUS SIGN}{right:.1f}\n{right:.1f} → 0.0"
    assert view.table.item(0, 2).font().bold()
    assert not view.table.item(0, 1).font().bold()
    assert "0 images are right here alone" in view.table.item(0, 2).toolTip()
    # What is shown is no longer there to be compared with.
    with qtbot.waitSignal(looked.results.opened):
        looked.results.show(next(item for item in looked.results.items if item.title == "Opened: one.json"))
    assert view.other is None
    assert view.list.currentText() == "choose a result"
    assert cells(looked) == []


def test_results_with_nothing_in_common_are_refused_in_words(qtbot: QtBot, looked: EvaluationDialog, tmp_path) -> None:
    (tmp_path / "result.json").write_text(storage.to_json(toy.made_up(30)))
    with qtbot.waitSignal(looked.results.opened):
        looked.results.open_file(tmp_path / "result.json")
    compare(qtbot, looked, 1)
    assert "the same data set" in looked.tabs.comparison.about.text()
    assert cells(looked) == []


def test_one_that_cannot_be_read_any_more_is_said(qtbot: QtBot, looked: EvaluationDialog, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(storage.to_json(toy.made_up(30)))
    with qtbot.waitSignal(looked.results.opened):
        looked.results.open_file(path)
    with qtbot.waitSignal(looked.results.opened):
        choose_result(looked, 1)
    path.unlink()
    compare(qtbot, looked, 1)
    assert "result.json" in looked.tabs.comparison.about.text()
    assert looked.tabs.comparison.list.currentIndex() == 0


# Letters


def test_no_two_controls_answer_to_one_letter(qtbot: QtBot, looked: EvaluationDialog) -> None:
    run(qtbot, looked)
    tabs = [looked.tabs.tabText(place) for place in range(looked.tabs.count())]
    for place in range(looked.tabs.count()):
        looked.tabs.setCurrentIndex(place)
        shown = [each.text() for each in looked.findChildren(QAbstractButton) if each.isVisible()]
        labels = [label for label in looked.findChildren(QLabel) if label.isVisible() and label.buddy() is not None]
        texts = (*shown, *(label.text() for label in labels), *tabs)
        letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text.replace("&&", "")]
        assert len(letters) > 20
        assert len(set(letters)) == len(letters), sorted(letters)


# Where things stand


@pytest.mark.parametrize("height", [560, 1000])
def test_start_stands_at_the_forms_end_and_is_never_scrolled_away(
    qtbot: QtBot, looked: EvaluationDialog, height: int
) -> None:
    looked.resize(1100, height)
    qtbot.waitUntil(lambda: looked.height() == height)
    form, start = looked.form, looked.start
    assert start.visibleRegion().boundingRect() == start.rect()
    if height == 1000:
        qtbot.waitUntil(lambda: not looked.panel._scroll.verticalScrollBar().isVisible())
        end = form.mapTo(looked, form.rect().bottomLeft()).y()
        top = start.mapTo(looked, start.rect().topLeft()).y()
        assert 0 < top - end <= looked.estimate.height() + 4 * looked.panel.layout().spacing()


def test_strengths_are_those_of_the_sliders_until_others_are_typed(
    qtbot: QtBot, looked: EvaluationDialog, session, make_dialog
) -> None:
    form = looked.form
    session.apply(session.state.with_strength("fgsm", 4 / 255), "epsilon")
    assert form.strengths["fgsm"].text() == "4/255"
    assert form.strengths["gaussian"].text() == "0.1"
    form.protocol.setCurrentText("Both, side by side")
    assert form.strengths["fgsm"].text() == "4/255; 0.05"  # the published one stays what it was
    form.protocol.setCurrentText("Corrected")
    session.apply(session.state.with_strength("fgsm", 0.0), "epsilon")
    assert form.strengths["fgsm"].text() == "8/255"  # nothing is evaluated at strength 0 alone
    looked.close()
    session.apply(session.state.with_strength("fgsm", 2 / 255), "epsilon")
    again = make_dialog()
    assert again.form.strengths["fgsm"].text() == "2/255"
    again.form.strengths["fgsm"].setText("16/255")
    session.apply(session.state.with_strength("fgsm", 3 / 255), "epsilon")
    assert again.form.strengths["fgsm"].text() == "16/255"
    again.close()
    assert make_dialog().form.strengths["fgsm"].text() == "16/255"


@pytest.mark.parametrize("width", [700, 1100, 1600])
def test_no_number_of_the_table_is_cut(qtbot: QtBot, looked: EvaluationDialog, width: int) -> None:
    looked.resize(width, 700)
    qtbot.waitUntil(lambda: looked.width() >= width)
    table = looked.table
    for place in range(1, table.columnCount()):
        for part, text in (
            (table.horizontalHeader(), table.horizontalHeaderItem(place).text()),
            (table, table.item(1, place).text()),
        ):
            widest = max(part.fontMetrics().horizontalAdvance(line) for line in text.splitlines())
            assert table.columnWidth(place) >= widest
    assert table.item(1, 1).data(Qt.ItemDataRole.BackgroundRole) is not None
