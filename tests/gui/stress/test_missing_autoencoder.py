"""The classifier without its autoencoder: what can be done is done, and what cannot says why."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from advgui import cli, resources
from advgui.errors import AdvguiError
from advgui.evaluation.run import provenance_of
from advgui.gui.main_window import MainWindow
from advgui.gui.threads.loading import load_pipeline
from advgui.gui.widgets.messages import Message
from advgui.models.loading import load_without_autoencoder
from advgui.reports import storage
from advgui.scenarios import scenario, without
from advgui.types import PAPER_CHAIN
from tests import tiny
from tests.gui.checks import choose_attacks

THERE = ("clean", "attacked", "randomization")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    tiny.classifier_model().save(folder / "classifier.keras")
    tiny.write_card(folder / "classifier.keras")
    return folder


@pytest.fixture(params=["missing", "damaged", "a classifier"])
def trained(request: pytest.FixtureRequest, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose autoencoder is not one."""
    folder = tmp_path / "trained"
    folder.mkdir()
    for path in files.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    if request.param != "missing":
        content = (files / "classifier.keras").read_bytes()
        (folder / "autoencoder.keras").write_bytes(content[: 900 if request.param == "damaged" else None])
    monkeypatch.setattr(resources, "trained", lambda: folder)
    return folder


def test_the_window_shows_and_evaluates_the_columns_that_are_left(
    qtbot: QtBot, make_window: Callable[..., MainWindow], trained: Path, posted: list[Message], tmp_path: Path
) -> None:
    window = make_window(load_pipeline)
    with qtbot.waitSignal(window.runner.result):
        window.show()
    assert len(posted) == 1
    assert "autoencoder.keras" in posted[0].text
    assert "install the program again" in posted[0].text
    box = window.controls.links["autoencoder"].box
    assert not box.isEnabled()
    assert not box.isChecked()
    for attacks in window.controls.attacks.choices():
        choose_attacks(window.controls, attacks)
        qtbot.waitUntil(lambda: window.runner.is_idle)
        for row in window.stage.shown_rows:
            for column, panel in row.panels.items():
                assert (panel.prediction is not None) == (column in THERE)
                assert ("missing or cannot be used" in panel.off_reason) == (column not in THERE)

    window.open_evaluation()
    dialog = window._evaluation
    with qtbot.waitSignal(window.runner.job_done):
        dialog.start.click()
    assert dialog.report.complete
    assert all(tuple(run.predictions) == THERE for run in dialog.report.runs)
    assert "(c) and (e) are left out" in dialog.problem.text()
    for suffix in ("csv", "json", "md", "tex", "png", "svg"):
        path = tmp_path / f"result.{suffix}"
        dialog.exports.export_to(path, suffix)
        qtbot.waitUntil(lambda path=path: dialog.banner.message is not None and str(path) in dialog.banner.message.text)
        assert dialog.banner.message.text.startswith("Saved as")
    assert storage.load(tmp_path / "result.json").images == 20
    assert {tuple(run["columns"]) for run in json.loads((tmp_path / "result.json").read_text())["runs"]} == {THERE}


def test_the_command_line_says_what_is_wrong(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("evaluate", "figures"):
        assert cli.main([command, "--samples"]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert "autoencoder.keras" in line
        assert "install the program again" in line


def test_an_evaluation_that_asks_for_it_all_the_same_is_told_why_not(trained: Path) -> None:
    pipeline = load_without_autoencoder()
    with pytest.raises(AdvguiError, match=r"no autoencoder.*\(c\) and \(e\).*Install the program again"):
        provenance_of(pipeline, [scenario()])
    assert set(provenance_of(pipeline, [scenario(chain=without(PAPER_CHAIN, "autoencoder"))]).networks) == {
        "classifier"
    }
