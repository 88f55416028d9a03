"""What all figures have in common: the same bytes again, readable by other programs, no trace of a user's settings."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from advgui import resources
from advgui.attacks import ATTACKS
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan, security_curve
from advgui.evaluation.report import Provenance, Report, Run
from advgui.figures import drawing
from advgui.figures.drawing import KINDS, Sheet
from advgui.figures.histories import History
from advgui.figures.images import panels
from advgui.figures.matrix import matrix_figure
from advgui.figures.security import charts
from advgui.figures.strength import strength_figure
from advgui.figures.training import training_figure
from advgui.outcomes import Outcome
from advgui.reports import storage
from advgui.scenarios import attackers
from advgui.scenarios import scenario as make
from advgui.types import PAPER_CHAIN
from tests.columns import KEYS

ROOT = Path(__file__).parents[2]


def some_images() -> Sheet:
    random = np.random.default_rng(0)
    images = {column: random.random((1, 32, 32, 3), np.float32) for column in KEYS}
    shares = {column: random.dirichlet(np.ones(3), 1).astype(np.float32) for column in KEYS}
    nothing = np.zeros(1, np.float32)
    outcome = Outcome(make(), images, shares, np.zeros(1, np.int64), nothing, nothing, nothing)
    return panels([outcome], ["cat", "$dog$", "<ship>"], "Image 1", bars=3)


def some_training() -> Sheet:
    epochs = np.arange(1.0, 31)
    return training_figure(History("net", {"epoch": epochs, "loss": 1 / epochs, "accuracy": 1 - 0.5 / epochs}))


def some_strengths() -> Sheet:
    return strength_figure(storage.load(resources.trained() / "evaluation.json"), "FGSM, as published")


def some_attackers() -> Report:
    """Not from `tests.toy`: what that imports imports pyplot."""
    strengths = security_curve(ATTACKS["pgd"].strength)
    plan = Plan.of(attacks=("pgd",), strengths={"pgd": strengths}, knows=attackers(PAPER_CHAIN))
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 50)
    runs = tuple(
        Run(each, {column.key: random.permutation(labels).astype(np.int16) for column in each.columns}, 0.0, 0, 1)
        for each in plan.scenarios
    )
    made_by = Provenance("0.0", "CPU", "Test", {}, {})
    return Report("images", tuple("abcdefghij"), ((0, 50),), np.arange(50), labels, runs, made_by)


def some_curves() -> Sheet:
    report = some_attackers()
    return strength_figure(report, next(iter(charts(report))))


def some_matrix() -> Sheet:
    return matrix_figure(some_attackers(), "PGD, ε = 8/255, corrected")


_MADE = (some_images, some_training, some_strengths, some_curves, some_matrix)
FIGURES: dict[str, Callable[[], Sheet]] = {made.__name__: made for made in _MADE}


IN_ANOTHER_PROCESS = """
import json, sys
from tests.figures import test_drawing
print(json.dumps([test_drawing.hashes(), list(sys.modules)]))
"""


def hashes() -> dict[str, str]:
    """The SHA-256 of every kind of file of every figure."""
    sheets = {name: made() for name, made in FIGURES.items()}
    return {
        f"{name}.{kind}": hashlib.sha256(sheet.file(kind)).hexdigest()
        for name, sheet in sheets.items()
        for kind in KINDS
    }


def test_the_same_figure_is_the_same_file_in_another_process_too(tmp_path: Path) -> None:
    # A user's settings must change nothing either.
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsvg.hashsalt: other\nsvg.fonttype: path\n")
    elsewhere = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        cwd=ROOT,
        env=os.environ | {"MPLCONFIGDIR": str(tmp_path), "PYTHONHASHSEED": "7", "TZ": "Asia/Seoul", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    found, modules = json.loads(elsewhere.stdout)
    assert found == hashes()
    assert "matplotlib.figure" in modules
    assert "matplotlib.pyplot" not in modules


@pytest.mark.parametrize("made", FIGURES.values(), ids=FIGURES)
def test_files_tell_neither_when_nor_with_what_they_were_made(made: Callable[[], Sheet]) -> None:
    sheet = made()
    for kind in KINDS:
        content = sheet.file(kind).lower()
        for word in (b"matplotlib v", b"date", b"matplotlib.org"):
            assert word not in content


def test_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    before = dict(matplotlib.rcParams)
    some_training().file("svg")
    assert dict(matplotlib.rcParams) == before


OPENERS = {
    "png": ["identify"],
    "svg": ["rsvg-convert --output {out}", "inkscape --export-filename={out}"],
    "pdf": ["pdftoppm -png -singlefile"],
}
COMMANDS = [(kind, command) for kind, commands in OPENERS.items() for command in commands]


@pytest.mark.parametrize(("kind", "command"), COMMANDS, ids=[command.split()[0] for _, command in COMMANDS])
def test_other_programs_open_the_files(kind: str, command: str, tmp_path: Path) -> None:
    words = command.format(out=tmp_path / "out.png").split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    for name, made in FIGURES.items():
        path = tmp_path / f"{name}.{kind}"
        path.write_bytes(made().file(kind))
        target = [str(tmp_path / "out")] if kind == "pdf" else []
        subprocess.run([*words, str(path), *target], check=True, capture_output=True)


def test_a_wrapped_text_loses_nothing() -> None:
    with drawing.style():
        for text in ("one two three", "w" * 300, f"a {'b' * 200} c", ""):
            lines = drawing.wrapped(text, 150)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")
            assert all(drawing.width_of(line) <= 150 for line in lines)


@pytest.mark.parametrize("name", ["chart", "chart.jpg", "png", "chart.svgz"])
def test_another_kind_of_file_is_refused_in_words(name: str) -> None:
    with pytest.raises(AdvguiError, match=r"one that ends in \.png, \.svg or \.pdf"):
        drawing.kind_of(Path(name))
    assert drawing.kind_of(Path("Chart.PDF")) == "pdf"
