"""*Go on* completes a partial result to the byte, or says what differs."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.reports import storage
from advgui.types import NetworkFile
from tests.gui.evaluations import IMAGES, cancelled, choose_result, held, kept, press, run


def go_on(qtbot: QtBot, dialog: EvaluationDialog) -> None:
    with qtbot.waitSignal(dialog._runner.job_done):
        press(qtbot, dialog.panel.go_on)


@pytest.fixture
def whole(qtbot: QtBot, dialog: EvaluationDialog) -> str:
    """The bytes of an evaluation without a stop."""
    dialog.form.strengths["fgsm"].setText("4/255; 8/255")
    run(qtbot, dialog)
    return storage.to_json(dialog.report)


def test_the_end_is_that_of_one_without_a_stop_in_the_place_of_the_part(
    qtbot: QtBot, dialog: EvaluationDialog, whole: str
) -> None:
    assert not dialog.panel.go_on.isEnabled()
    counted = cancelled(qtbot, dialog)
    assert kept(dialog) == [(counted, IMAGES), (IMAGES, IMAGES)]
    # What stands in the form by then makes no difference.
    dialog.form.seed.setValue(5)
    dialog.form.strengths["fgsm"].setText("16/255")
    go_on(qtbot, dialog)
    assert storage.to_json(dialog.report) == whole
    assert kept(dialog) == [(IMAGES, IMAGES)] * 2
    assert not dialog.panel.go_on.isEnabled()


def test_a_part_can_be_gone_on_with_after_another_start_and_from_a_file(
    qtbot: QtBot, dialog: EvaluationDialog, whole: str, make_dialog, tmp_path: Path
) -> None:
    cancelled(qtbot, dialog)
    path = tmp_path / "part.json"
    path.write_text(storage.to_json(dialog.report))
    dialog.close()
    again = make_dialog()
    again.show()
    qtbot.waitUntil(lambda: again.report is not None)
    go_on(qtbot, again)
    assert storage.to_json(again.report) == whole
    assert kept(again) == [(IMAGES, IMAGES)] * 2
    with qtbot.waitSignal(again.results.opened):
        again.results.open_file(path)
    go_on(qtbot, again)
    assert storage.to_json(again.report) == whole
    assert kept(again) == [(IMAGES, IMAGES)] * 3  # the file was no kept one
    assert not storage.load(path).complete


def test_it_can_be_stopped_again(qtbot: QtBot, dialog: EvaluationDialog, whole: str) -> None:
    counted = cancelled(qtbot, dialog)
    with held(qtbot, dialog._runner, dialog.panel.go_on.click, lambda step: counted < step.done < IMAGES):
        press(qtbot, dialog.cancel)
    assert counted < dialog.report.images < IMAGES
    assert kept(dialog)[0] == (dialog.report.images, IMAGES)
    go_on(qtbot, dialog)
    assert storage.to_json(dialog.report) == whole


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda part: replace(part, dataset="others"), "data set 'others' there, 'samples' now"),
        (
            lambda part: replace(
                part,
                provenance=replace(
                    part.provenance, networks=part.provenance.networks | {"classifier": NetworkFile("mine", "f" * 64)}
                ),
            ),
            "classifier ffffffffffff",
        ),
        (lambda part: replace(part, ranges=((0, 10), (12, IMAGES))), f"images 0:10, 12:{IMAGES} there, 0:{IMAGES} now"),
    ],
)
def test_a_part_of_something_else_is_refused_with_the_difference(
    qtbot: QtBot, dialog: EvaluationDialog, whole: str, tmp_path: Path, change, words: str
) -> None:
    cancelled(qtbot, dialog)
    part = change(dialog.report)
    path = tmp_path / "part.json"
    path.write_text(storage.to_json(part))
    with qtbot.waitSignal(dialog.results.opened):
        dialog.results.open_file(path)
    before = kept(dialog)
    with qtbot.waitSignal(dialog._runner.job_failed):
        press(qtbot, dialog.panel.go_on)
    assert words in dialog.problem.text()
    assert storage.to_json(dialog.report) == storage.to_json(part)
    assert kept(dialog) == before
    assert dialog.start.isEnabled()
    with qtbot.waitSignal(dialog.results.opened):
        choose_result(dialog, 1)
    assert dialog.problem.isHidden()
