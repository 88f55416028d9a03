"""The program as a process that closes itself at a stage: `python -m tests.gui.stress.closing STAGE TRAINED`.

`python -m advgui` with eyes on the window: nothing in the program knows of it. Prints what still runs at the end.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QApplication

from advgui import app, resources
from advgui.cli import main
from advgui.data import download
from advgui.gui.evaluation import dialog as evaluation_dialog
from advgui.gui.main_window import MainWindow

BOTH_PROTOCOLS = "evaluated under both protocols"
ATTACKS = ("attack at work", "attack held")
AT_WORK = ("opening pictures", "asking for a file", "looking for data", "downloading", *ATTACKS)


def silent_server() -> str:
    """An address that takes connections and never answers."""
    listening = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = [listening]

    def accept() -> None:
        while True:
            held.append(listening.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


class Closing:
    """Closes a window as soon as a stage is reached."""

    def __init__(self, stage: str, home: Path) -> None:
        self.stage, self.home = stage, home
        self.window: MainWindow | None = None

    def at(self, reached: str) -> None:
        if reached == self.stage and self.window is not None:
            QTimer.singleShot(0, self.window.close)

    def watch(self, window: MainWindow) -> None:
        self.window = window
        self.at("made")
        start = window.start

        def started() -> None:
            start()
            self.at("started")

        window.start = started  # type: ignore[method-assign]
        window.runner.loading.connect(self.at)
        window.runner.ready.connect(lambda _: self.at("ready"))
        window.runner.result.connect(lambda _: self.on_result(window))

    def on_result(self, window: MainWindow) -> None:
        self.at("result")
        if window._evaluation is None and self.stage not in ("result", *AT_WORK):
            self.evaluate(window)
        if self.stage in AT_WORK:
            getattr(self, self.stage.replace(" ", "_"))(window)

    def evaluate(self, window: MainWindow) -> None:
        window.open_evaluation()
        dialog = window._evaluation
        assert dialog is not None
        if self.stage == "nothing can be saved":
            evaluation_dialog.write_atomically = self.full_disk
        if self.stage.startswith("unseen"):
            window.runner.job_step.connect(lambda _, step: step.done == 8 and dialog.close())
        if self.stage == BOTH_PROTOCOLS:
            dialog.form.protocol.setCurrentText("Both, side by side")
        dialog.start.click()
        self.at("evaluation asked for")
        if self.stage == "paused":
            dialog.pause.click()
            self.at("paused")
        if self.stage == "cancelled":
            dialog.cancel.click()
            self.at("cancelled")
        window.runner.job_done.connect(lambda *_: self.at(BOTH_PROTOCOLS))
        window.runner.job_step.connect(lambda _, step: self.at(f"evaluating {step.done}"))
        window.runner.job_step.connect(lambda _, step: self.at(f"unseen {step.done}"))
        window.runner.job_step.connect(lambda _, step: step.done == 8 and self.at("nothing can be saved"))

    @staticmethod
    def full_disk(*_: object) -> None:
        raise RuntimeError("not even an error that somebody thought of")

    def opening_pictures(self, window: MainWindow) -> None:
        path = self.home / "photo.png"
        Image.fromarray(np.zeros((3000, 4000, 3), np.uint8)).save(path)
        window.opener.open_paths([path] * 50)
        window.opener.opened.connect(lambda _: self.at("opening pictures"))

    def asking_for_a_file(self, window: MainWindow) -> None:
        QTimer.singleShot(0, window.file_opening.ask_for_pictures)  # waits until the person has chosen

        def interrupt() -> None:
            if QApplication.activeModalWidget() is not None:
                # As Ctrl+C in the terminal does, from another thread as there.
                threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()
                timer.stop()

        timer = QTimer(window)
        timer.timeout.connect(interrupt)
        timer.start(0)

    def attack_at_work(self, window: MainWindow) -> None:
        if not self.is_attacked(window):
            window.session.change("attack", attacks=("pgd",))
        else:
            self.at("attack at work")

    def attack_held(self, window: MainWindow) -> None:
        if not self.is_attacked(window):
            window.runner.set_held(True)
            window.session.change("attack", attacks=("pgd",))
        elif window.stage.outcomes()[0].position == (3, 20):
            self.at("attack held")
        else:
            window.playback.step.trigger()

    @staticmethod
    def is_attacked(window: MainWindow) -> bool:
        return window.stage.outcomes()[0].scenario.attack.name == "pgd"

    def looking_for_data(self, window: MainWindow) -> None:
        window.full_set.open_dialog()
        self.at("looking for data")

    def downloading(self, window: MainWindow) -> None:
        defaults = list(download.download.__defaults__ or ())
        defaults[3] = (silent_server(),)
        download.download.__defaults__ = tuple(defaults)
        window.full_set.open_dialog()
        dialog = window.full_set.dialog
        assert dialog is not None
        dialog.download()

        def look() -> None:
            if any(thread.name == "cifar10-download" for thread in threading.enumerate()):
                self.at("downloading")
                timer.stop()

        timer = QTimer(window)
        timer.timeout.connect(look)
        timer.start(0)


def left(window: MainWindow) -> list[str]:
    """Return what still runs."""
    threads: list[QThread] = [window.runner._thread, window.files._thread, window.network._thread]
    running = [thread.objectName() for thread in threads if thread.isRunning()]
    others = [thread.name for thread in threading.enumerate() if not thread.daemon]
    return running + [name for name in others if name != "MainThread"]


def run(stage: str, trained: Path) -> int:
    """Open the window, close it at a stage, and return the exit code."""
    closing = Closing(stage, Path.home())
    resources.trained = lambda: trained
    made: Callable[..., None] = MainWindow.__init__

    def observed(window: MainWindow, *arguments: object) -> None:
        made(window, *arguments)
        closing.watch(window)

    MainWindow.__init__ = observed  # type: ignore[method-assign]
    code = main([])
    assert closing.window is not None
    print("left:", *left(closing.window))
    return code


if __name__ == "__main__":
    # What ends by itself is to do so, however long it takes on a slow machine.
    app._PATIENCE = None  # type: ignore[assignment]
    sys.exit(run(sys.argv[1], Path(sys.argv[2])))
