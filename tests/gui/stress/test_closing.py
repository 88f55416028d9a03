"""The window closed at every stage of its start and of a run, as a process of its own, on networks of TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny

ROOT = Path(__file__).parents[3]
REPEATS = 10

# Closes the window as soon as a stage is reached. The stages of a run start an evaluation first.
SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from advgui import resources
from advgui.gui.main_window import MainWindow

stage, trained = sys.argv[1], Path(sys.argv[2])
resources.trained = lambda: trained
made = MainWindow.__init__

def close_at(window, reached):
    if reached == stage:
        QTimer.singleShot(0, window.close)

def evaluating(window):
    window.open_evaluation()
    dialog = window._evaluation
    window.runner.job_step.connect(lambda number, step: close_at(window, f"evaluating {step.done}"))
    dialog.start.click()
    close_at(window, "evaluation asked for")
    if stage == "paused":
        dialog.pause.click()
        close_at(window, "paused")
    if stage == "cancelled":
        dialog.cancel.click()
        close_at(window, "cancelled")

def observed(self, *arguments):
    made(self, *arguments)
    close_at(self, "made")
    self.runner.loading.connect(lambda text: close_at(self, text))
    self.runner.ready.connect(lambda _: close_at(self, "ready"))
    self.runner.result.connect(lambda _: close_at(self, "result"))
    if stage.startswith(("evaluat", "paused", "cancelled")):
        self.runner.result.connect(lambda _: self._evaluation is None and evaluating(self))

MainWindow.__init__ = observed
from advgui import app
sys.exit(app.main([]))
"""

START = ["made", "Starting", "Loading TensorFlow", "Loading the networks", "Preparing FGSM", "Ready", "ready", "result"]
RUN = ["evaluation asked for", "evaluating 0", "evaluating 8", "evaluating 20", "paused", "cancelled"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    tiny.classifier_model().save(folder / "classifier.keras")
    tiny.autoencoder_model().save(folder / "autoencoder.keras")
    tiny.write_card(folder / "classifier.keras")
    return folder


def closed_at(stage: str, trained: Path, home: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    own = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, stage, str(trained)],
        cwd=ROOT, env=kept | own, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, f"{stage}: {done.returncode}\n{done.stderr[-2000:]}"
    noise = [line for line in done.stderr.splitlines() if "This plugin does not support" not in line]
    assert not any(word in line for line in noise for word in ("Traceback", "QThread", "QObject", "Fatal")), noise


@pytest.mark.parametrize("stage", ["made", "Loading TensorFlow", "Preparing FGSM", "evaluating 8"])
def test_closing_ends_the_program(stage: str, trained: Path, tmp_path: Path) -> None:
    closed_at(stage, trained, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("stage", START + RUN)
def test_closing_many_times(stage: str, trained: Path, tmp_path: Path) -> None:
    for _ in range(REPEATS):
        closed_at(stage, trained, tmp_path)
