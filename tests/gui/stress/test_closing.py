"""The window closed at every stage of its start and of a run, as a process of its own, on networks of TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advgui import resources
from advgui.reports import storage
from tests import tiny
from tests.gui.stress.closing import ATTACKS, BOTH_PROTOCOLS

ROOT = Path(__file__).parents[3]
REPEATS = 10

LOADING = ["Loading TensorFlow", "Loading the networks", "Preparing Gaussian noise", "Preparing FGSM", "Ready"]
START = ["made", "started", *LOADING, "ready", "result"]
RUN = ["evaluation asked for", "evaluating 0", "evaluating 8", "evaluating 20", "unseen 16", "paused", "cancelled"]
OTHERWISE = [
    "opening pictures",
    "asking for a file",
    "looking for data",
    "downloading",
    "nothing can be saved",
    *ATTACKS,
]
INTERRUPTED = "asking for a file"  # by Ctrl+C: nothing else reaches the window then


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    tiny.classifier_model().save(folder / "classifier.keras")
    tiny.autoencoder_model().save(folder / "autoencoder.keras")
    tiny.write_card(folder / "autoencoder.keras")
    tiny.write_card(folder / "classifier.keras")
    return folder


def closed_at(stage: str, trained: Path, home: Path) -> None:
    # Neither a screen nor the full data set: an evaluation of all of it would not end.
    unwanted = ("DISPLAY", "WAYLAND_DISPLAY", "ADVGUI_CIFAR10")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    own = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.gui.stress.closing", stage, str(trained)],
        cwd=ROOT, env=kept | own, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    expected = 130 if stage == INTERRUPTED else 0
    assert done.returncode == expected, f"{stage}: {done.returncode}\n{done.stderr[-2000:]}"
    assert done.stdout == "left:\n"
    noise = [line for line in done.stderr.splitlines() if "This plugin does not support" not in line]
    bad = ["QThread", "QObject", "Fatal"] + ["Traceback"] * (stage != "nothing can be saved")
    assert not any(word in line for line in noise for word in bad), noise
    if stage in ("evaluating 8", "unseen 16"):
        (report,) = map(storage.load, home.rglob("evaluations/*.json"))
        assert report.images >= int(stage.split()[1])


@pytest.mark.parametrize(
    "stage",
    ["made", "Loading TensorFlow", "Preparing FGSM", "evaluating 8", "unseen 16", "downloading", INTERRUPTED, *ATTACKS],
)
def test_closing_ends_the_program(stage: str, trained: Path, tmp_path: Path) -> None:
    closed_at(stage, trained, tmp_path)


def test_networks_are_compiled_at_any_time(tmp_path: Path) -> None:
    """Those of the protocol as published are on their first use; a process of its own, because it crashed there."""
    closed_at(BOTH_PROTOCOLS, resources.trained(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("stage", START + RUN + OTHERWISE)
def test_closing_many_times(stage: str, trained: Path, tmp_path: Path) -> None:
    for turn in range(REPEATS):
        home = tmp_path / str(turn)
        home.mkdir()
        closed_at(stage, trained, home)
