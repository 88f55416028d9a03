"""The application as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(code: str, *, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=kept | environment,
        timeout=600,
    )


OPEN = "import sys; from advgui.cli import main; sys.exit(main([]))"

CLOSE_WHEN = """
import sys
from PySide6.QtCore import QTimer
from advgui.gui.threads import loading
from advgui.gui import main_window, presenter
from tests.gui.gated import GatedLoad, GatedPipeline
loading.load_pipeline = GatedLoad(GatedPipeline())
owner = main_window.MainWindow if "{method}" == "start" else presenter.Presenter
original = owner.{method}
def closing(part, *arguments):
    original(part, *arguments)
    self = part.window() if "{method}" == "start" else part.parent()
    QTimer.singleShot(0, self.close)
owner.{method} = closing
from advgui import app
code = app.main([])
print("tensorflow" in sys.modules)
sys.exit(code)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
def test_without_a_display_it_says_so_and_ends_with_1() -> None:
    done = run(OPEN, environment={})
    assert done.returncode == 1
    assert done.stderr.startswith("advgui: ")
    assert len(done.stderr.splitlines()) == 1


def test_without_qts_libraries_it_says_which() -> None:
    code = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name in ("PySide6.QtGui", "PySide6.QtWidgets"):
            raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

sys.meta_path.insert(0, Blocked())
{OPEN}
"""
    done = run(code, environment={"QT_QPA_PLATFORM": "offscreen"})
    assert done.returncode == 1
    assert "apt-get install libegl1" in done.stderr


@pytest.mark.parametrize("method", ["start", "_on_ready", "_on_result"])
def test_it_opens_and_closes_without_a_word(method: str, tmp_path: Path) -> None:
    """Once each stage of the start is reached; TensorFlow plays no part in opening the window."""
    environment = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = run(CLOSE_WHEN.format(method=method), environment=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "False\n"
    noise = [line for line in done.stderr.splitlines() if "does not support propagateSizeHints" not in line]
    assert noise == []
    assert list(tmp_path.rglob("AdvGUI.ini"))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_closes_the_window_and_its_settings_are_kept(name: str, tmp_path: Path) -> None:
    environment = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    interrupting = (
        "import os, signal, threading; threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()"
    ).replace("SIGINT", name)
    code = CLOSE_WHEN.format(method="_on_result").replace("QTimer.singleShot(0, self.close)", interrupting)
    assert interrupting in code
    done = run(code, environment=environment)
    assert done.returncode == 128 + getattr(signal, name), done.stderr
    assert list(tmp_path.rglob("AdvGUI.ini"))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell of POSIX")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_the_window_opens_without_standard_streams(closed: str, tmp_path: Path) -> None:
    environment = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    code = CLOSE_WHEN.format(method="_on_result").replace('print("tensorflow" in sys.modules)\n', "")
    code = code.replace("from advgui import app\ncode = app.main([])", "from advgui.cli import main\ncode = main([])")
    shell = ["/bin/sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, code]
    done = run(f"import subprocess, sys; sys.exit(subprocess.run({shell}).returncode)", environment=environment)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("AdvGUI.ini"))


STUCK = """
from threading import Event
entered = Event()
def work(*_):
    entered.set()
    Event().wait()
if {where!r} == "files":
    self.files.start(work, print, print)
else:
    self.runner.start_job(work)
assert entered.wait(60)
QTimer.singleShot(0, self.close)
"""


@pytest.mark.parametrize("where", ["files", "tensorflow"])
def test_work_that_nothing_can_stop_does_not_keep_the_process(where: str, tmp_path: Path) -> None:
    """Such as a picture that takes for ever, or one step of a huge network: the thread never ends."""
    environment = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    stuck = "\n    ".join(STUCK.format(where=where).strip().splitlines())
    code = CLOSE_WHEN.format(method="_on_result").replace("QTimer.singleShot(0, self.close)", stuck)
    done = run(code, environment=environment)
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr
    assert list(tmp_path.rglob("AdvGUI.ini"))
    assert not list(tmp_path.rglob(".*-*"))  # no temporary files
