"""The desktop application: display, Qt, session, runner, window, in this order."""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

from advgui import interruption

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from advgui.gui.main_window import MainWindow

# Milliseconds that the threads have to end once the window is closed.
_PATIENCE = 2000


def main(argv: Sequence[str] | None = None, classifier: Path | None = None, experiment: Path | None = None) -> int:
    """Open the window and return when it is closed.

    Args:
        argv: Arguments for Qt, without the program's name.
        classifier: A user's own network (.keras), opened in place of the built-in one.
        experiment: What the window shows first (.advgui).

    Returns:
        0; 1 if no window can be opened, and why is then on standard error; 130, 143 or 129 after Ctrl+C in the
        terminal, SIGTERM or SIGHUP.
    """
    from advgui.gui import display

    problem = display.problem()
    if problem is None:
        try:
            import PySide6.QtWidgets  # noqa: F401 - to see whether it can be
        except ImportError as error:
            problem = display.missing_library(str(error))
    if problem is not None:
        print(f"advgui: {problem}", file=sys.stderr)
        return 1
    logging.basicConfig(level=logging.WARNING, format="advgui: %(message)s", handlers=[_ToStandardError()])
    return _run(list(argv or ()), classifier, experiment)


def _run(argv: list[str], classifier: Path | None, experiment: Path | None) -> int:
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from advgui import __version__, resources
    from advgui.gui import settings
    from advgui.gui.main_window import MainWindow
    from advgui.gui.session import Session
    from advgui.gui.threads.collector import GarbageCollector
    from advgui.gui.threads.live_runner import LiveRunner
    from advgui.gui.threads.loading import load_pipeline
    from advgui.gui.widgets import messages
    from advgui.gui.widgets.theme import Theme

    application = QApplication(["advgui", *argv])
    application.setApplicationName("AdvGUI")
    application.setApplicationDisplayName("AdvGUI")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("advgui")
    application.setWindowIcon(QIcon(str(resources.assets() / "icon.svg")))
    if application.windowIcon().isNull():
        application.setWindowIcon(QIcon(str(resources.assets() / "icon.png")))
    messages.install_hooks()
    collector = GarbageCollector(application)
    store = settings.Settings()
    theme = Theme(application)
    theme.apply(store.get(settings.THEME))
    window = MainWindow(Session(), LiveRunner(load_pipeline), store, theme, classifier)
    window.patience = _PATIENCE
    window.remembered.restore()
    window.first_experiment = experiment
    window.runner.ready.connect(collector.freeze)
    window.show()
    code = _execute(application, window)
    store.flush()
    if window.left_running:
        _leave(code)
    return code


def _leave(code: int) -> NoReturn:
    """End the process although a thread still runs, which nothing can stop: it decodes, computes or imports.

    What is being written has a name of its own until it is whole, so nothing is left half-written.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(code)


def _execute(application: "QApplication", window: "MainWindow") -> int:
    """Run until the window is closed, by hand or by a signal such as Ctrl+C in the terminal."""
    from PySide6.QtCore import QTimer

    stopped_by = 0

    def close(number: int, _frame: object) -> None:
        nonlocal stopped_by
        stopped_by = number
        window.close()

    # Python handles signals between its own instructions, and there are none while Qt waits for events.
    pulse = QTimer()
    pulse.timeout.connect(lambda: None)
    pulse.start(250)
    with interruption.handled(close):
        code = application.exec()
    return interruption.exit_code_of(stopped_by) if stopped_by else code


class _ToStandardError(logging.StreamHandler[IO[str]]):
    """Writes to what is the standard error at the time: it is another one while TensorFlow is imported."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            self.stream = sys.stderr
            super().emit(record)
