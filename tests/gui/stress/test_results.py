"""A kept result that was changed somewhere: it is shown, exported and written again, or there is simply none."""

import copy
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from advgui.errors import DataError
from advgui.evaluation.plan import Plan
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.gallery.view import Gallery
from advgui.gui.library import Library
from advgui.gui.session import Session
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.widgets.messages import Message
from advgui.reports import storage, tables
from tests import toy
from tests.gui.evaluations import export
from tests.gui.gated import GatedLoad, GatedPipeline
from tests.mutation import changed

FEW, MANY = 100, 1000
SUFFIXES = ("csv", "json", "md", "tex", "svg")  # one drawing is behind all kinds of pictures


@pytest.fixture(scope="module")
def whole() -> dict[str, object]:
    """A sound result as JSON: two attacks, two strengths and the control rows."""
    report = toy.report(toy.pipeline(), toy.data(5), Plan.of(seed=0))
    values: dict[str, object] = json.loads(storage.to_json(report))
    return values


def tried(qtbot: QtBot, store: Settings, posted: list[Message], folder: Path, text: str) -> str:
    """Open the dialog on a kept result, and do everything with it that a person can do."""
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    path = kept / "20260131T120000.000000Z gaussian+fgsm 5 of 5.json"
    path.write_text(text, "utf-8")
    try:
        report = storage.load(path)
    except DataError:
        report = None
    files = Background("files")
    session, library, runner = Session(), Library(), LiveRunner(GatedLoad(GatedPipeline()))
    dialog = EvaluationDialog(
        runner, Gallery(session, library), lambda: None, store, kept, session=session, library=library, files=files
    )
    with qtbot.waitSignal(dialog.results.looked):
        dialog.show()
    assert dialog.results.shown is not None
    assert (dialog.results.shown.entry is None) == (report is None)  # what came with the program is in its place
    if report is not None and dialog.report is not None:
        for run in dialog.report.runs:
            for column in run.scenario.columns:
                if column.key in run.predictions:
                    dialog.details.show_cell(dialog.report, run, column)
        dialog.grab()
        dialog.exports.copy_table()
        for suffix in SUFFIXES:
            export(qtbot, dialog, folder / f"result.{suffix}", suffix)
            assert dialog.banner.message is not None
            assert dialog.banner.message.text.startswith("Saved as")
        assert posted == []
        assert tables.to_text(storage.load(folder / "result.json")) == tables.to_text(report)
    dialog.close()
    files.close()
    dialog.deleteLater()
    return "refused" if report is None else "shown"


def test_the_sound_one_is_shown(
    qtbot: QtBot, store: Settings, posted: list[Message], tmp_path: Path, whole: dict[str, object]
) -> None:
    assert tried(qtbot, store, posted, tmp_path, json.dumps(whole)) == "shown"


@pytest.mark.parametrize("seeds", [range(FEW), pytest.param(range(FEW, MANY), marks=pytest.mark.slow)], ids=len)
def test_changed_results(
    qtbot: QtBot, store: Settings, posted: list[Message], tmp_path: Path, whole: dict[str, object], seeds: range
) -> None:
    counts = Counter(
        tried(qtbot, store, posted, tmp_path, json.dumps(changed(whole, random.Random(seed)))) for seed in seeds
    )
    assert counts["refused"] > len(seeds) // 4
    assert counts["shown"] > len(seeds) // 50


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("runs", 0, "scenario", "chain", 0, "on"), [True]),
        (("runs", 0, "scenario", "attack"), "x"),
        (("runs", 0, "scenario", "seed"), True),
        (("runs", 0, "linf"), float("nan")),
        (("runs", 0, "clipped"), -1),
        (("runs",), []),
        (("ranges",), []),
        (("ranges", 0), [7, 3]),
        (("provenance", "packages"), "numpy"),
        (("provenance", "device"), 7),
    ],
    ids=str,
)
def test_a_value_that_is_almost_right(
    qtbot: QtBot,
    store: Settings,
    posted: list[Message],
    tmp_path: Path,
    whole: dict[str, object],
    place: tuple[str | int, ...],
    value: object,
) -> None:
    spoiled = copy.deepcopy(whole)
    holder: Any = spoiled
    for key in place[:-1]:
        holder = holder[key]
    assert place[-1] in holder or isinstance(holder, list)
    holder[place[-1]] = value
    assert tried(qtbot, store, posted, tmp_path, json.dumps(spoiled)) == "refused"


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "[" * 100_000, "\0", '{"kind": "advgui evaluation"}', "NaN"])
def test_what_is_no_result(qtbot: QtBot, store: Settings, posted: list[Message], tmp_path: Path, text: str) -> None:
    assert tried(qtbot, store, posted, tmp_path, text) == "refused"


def test_a_truncated_one(
    qtbot: QtBot, store: Settings, posted: list[Message], tmp_path: Path, whole: dict[str, object]
) -> None:
    text = json.dumps(whole)
    for length in range(1, len(text), len(text) // 10):
        assert tried(qtbot, store, posted, tmp_path, text[:length]) == "refused"
