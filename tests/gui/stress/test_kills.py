"""kill -9 in the middle of every kind of export: the old file or the new file is there, whole, never a mixture."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from advgui import files
from advgui.reports import storage
from tests import toy
from tests.gui.stress.killed import KINDS, announcing

ROOT = Path(__file__).parents[3]
KILLS = 1
MANY_KILLS = 40

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two different results."""
    from advgui.evaluation import Plan

    folder = tmp_path_factory.mktemp("reports")
    for seed in (0, 1):
        report = toy.report(toy.pipeline(), toy.data(seed=seed), Plan.of(seed=seed))
        (folder / f"{seed}.json").write_text(storage.to_json(report), encoding="utf-8")
    return folder


def start(kind: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.gui.stress.killed", kind, str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip


def check(path: Path, whole: list[bytes]) -> None:
    """Check that a file is one of two; of a drawing, whose size depends on the process, that it is a whole one."""
    if path.suffix == ".png":
        with Image.open(path) as image:
            image.load()
    elif path.suffix == ".svg":
        ElementTree.parse(path)
    else:
        assert path.read_bytes() in whole


def killed(kind: str, reports: Path, kills: int, seed: int) -> int:
    """Kill the writing process again and again; return how many kills left something temporary behind."""
    folder = reports / f"{kind}-{kills}"
    folder.mkdir()
    path, write = KINDS[kind](folder)
    whole, durations = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "_beside", files._beside)  # it is as before at the end
        begun: list[float] = []
        watched = announcing(kind, write, lambda: begun.append(time.perf_counter()))
        for turn in (0, 1):
            begun.clear()
            watched(turn)
            durations.append(time.perf_counter() - begun[0])
            whole.append(path.read_bytes())
    assert whole[0] != whole[1]
    generator = random.Random(seed)
    interrupted = 0
    for _ in range(kills):
        before = set(folder.iterdir())
        with start(kind, folder) as process:
            for _ in range(generator.randrange(3, 6)):
                assert process.stdout.readline()
            # Somewhere in the middle of a write. Not in a busy loop: it could keep the processor that the writer needs.
            time.sleep(generator.random() * min(durations))
            process.kill()
        check(path, whole)
        interrupted += bool(set(folder.iterdir()) - before)
    # What was left behind stands in nobody's way.
    path.unlink()
    write(1)
    check(path, whole)
    return interrupted


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_leaves_the_old_file_or_the_new_one(kind: str, reports: Path, qapp: QApplication) -> None:
    killed(kind, reports, KILLS, 0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_kills(kind: str, reports: Path, qapp: QApplication) -> None:
    interrupted = killed(kind, reports, MANY_KILLS, 1)
    print(f"{kind}: {interrupted} of {MANY_KILLS} kills while writing")
    # Otherwise the kills came at the wrong time and show nothing.
    assert interrupted > 0
