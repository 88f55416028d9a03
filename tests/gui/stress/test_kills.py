"""kill -9 in the middle of every kind of export: the old file or the new file is there, whole, never a mixture."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QFileSystemWatcher
from pytestqt.qtbot import QtBot

from advgui.reports import storage
from tests import toy
from tests.gui.stress.killed import KINDS

ROOT = Path(__file__).parents[3]
KILLS = 1
MANY_KILLS = 40
MOST_CHANGES = 8  # of the folder, before the kill

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two different results."""
    from advgui.evaluation.plan import Plan

    folder = tmp_path_factory.mktemp("reports")
    for seed in (0, 1):
        report = toy.report(toy.pipeline(), toy.data(seed=seed), Plan.of(seed=seed))
        (folder / f"{seed}.json").write_text(storage.to_json(report), encoding="utf-8")
    return folder


def start(kind: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.gui.stress.killed", kind, str(folder)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip


def check(path: Path, whole: list[bytes]) -> None:
    """Check that a file is one of two."""
    assert path.read_bytes() in whole


def killed(kind: str, reports: Path, kills: int, seed: int, qtbot: QtBot) -> int:
    """Kill the writing process again and again; return how many kills left something temporary behind."""
    folder = reports / f"{kind}-{kills}"
    folder.mkdir()
    path, write = KINDS[kind](folder)
    whole = []
    for turn in (0, 1):
        write(turn)
        whole.append(path.read_bytes())
    assert whole[0] != whole[1]
    generator = random.Random(seed)
    interrupted = 0
    for _ in range(kills):
        before = set(folder.iterdir())
        watcher = QFileSystemWatcher([str(folder)])
        # A write makes a file and then changes its name: behind each of the two a kill falls into a write, or between.
        changes = [watcher.directoryChanged] * generator.randrange(1, MOST_CHANGES + 1)
        with start(kind, folder) as process:
            try:
                with qtbot.waitSignals(changes):
                    pass
            finally:
                process.kill()
        check(path, whole)
        interrupted += bool(set(folder.iterdir()) - before)
    # What was left behind stands in nobody's way.
    path.unlink()
    write(1)
    check(path, whole)
    return interrupted


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_leaves_the_old_file_or_the_new_one(kind: str, reports: Path, qtbot: QtBot) -> None:
    killed(kind, reports, KILLS, 0, qtbot)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_kills(kind: str, reports: Path, qtbot: QtBot) -> None:
    interrupted = killed(kind, reports, MANY_KILLS, 1, qtbot)
    print(f"{kind}: {interrupted} of {MANY_KILLS} kills while writing")
    # Otherwise the kills came at the wrong time and show nothing.
    assert interrupted > 0
