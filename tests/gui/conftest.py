"""Real widgets, drawn off screen; `pytest tests/gui --headed` shows them instead."""

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui.data import cifar10
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.gallery.view import Gallery
from advgui.gui.library import Library
from advgui.gui.main_window import MainWindow
from advgui.gui.session import Selection, Session
from advgui.gui.settings import Settings
from advgui.gui.threads import live_answer
from advgui.gui.threads.background import Background
from advgui.gui.threads.collector import GarbageCollector
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.threads.loading import Loaded
from advgui.gui.widgets import messages
from advgui.gui.widgets.theme import Theme
from tests import toy
from tests.gui.gated import CLASS_NAMES, PATIENCE, GatedLoad, GatedPipeline
from tests.gui.others import others

__all__ = ["others"]  # a fixture

if "--headed" not in sys.argv:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--headed", action="store_true", help="show the windows of the tests on the display")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            # What the off-screen platform says whenever a window is shown or a list pops up.
            ignored = "This plugin does not support (propagateSizeHints|raise|grabbing the keyboard)"
            item.add_marker(pytest.mark.qt_log_ignore(ignored, extend=True))


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """With the patience for a slow machine."""
    for name in ("waitSignal", "waitSignals", "waitUntil"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=PATIENCE * 1000))
    return qtbot


@pytest.fixture(autouse=True)
def posted(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> list[messages.Message]:
    """Every message to the user, in a list; a bus of its own for every test."""
    monkeypatch.setattr(messages, "_bus", messages.Bus())
    recorded: list[messages.Message] = []
    messages.bus().posted.connect(recorded.append)
    return recorded


@pytest.fixture(autouse=True)
def no_data_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What lies on this computer must not decide what a test sees."""
    monkeypatch.setattr("advgui.data.cifar10.places", lambda: [tmp_path / "nowhere"])
    monkeypatch.setattr("advgui.resources.cache", lambda: tmp_path / "cache")


@pytest.fixture
def store(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture(scope="session", autouse=True)
def collector(qapp: QApplication) -> Iterator[GarbageCollector]:
    """As in the program, widgets are destroyed on the GUI thread alone."""
    made = GarbageCollector(qapp)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    """The application has one."""
    return Theme(qapp)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def pipeline() -> GatedPipeline:
    return GatedPipeline()


@pytest.fixture
def load(pipeline: GatedPipeline) -> Iterator[GatedLoad]:
    made = GatedLoad(pipeline)
    yield made
    made.gate.set()
    pipeline.gate.set()


@pytest.fixture
def runner(load: GatedLoad) -> Iterator[LiveRunner]:
    """A runner, not started; closed after the test."""
    made = LiveRunner(load)
    yield made
    load.gate.set()
    load.pipeline.gate.set()
    made.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for is answered, however long it takes on a slow machine, even if it is out of date by then."""
    monkeypatch.setattr(live_answer, "PATIENCE", float("inf"))


@pytest.fixture
def ready(qtbot: QtBot, runner: LiveRunner) -> LiveRunner:
    with qtbot.waitSignal(runner.ready):
        runner.start()
    return runner


def selection(seed: int = 0, label: int | None = 3, size: tuple[int, int] = (32, 32)) -> Selection:
    """An image of noise."""
    pixels = np.random.default_rng(seed).random((*size, 3), dtype=np.float32)
    pixels.flags.writeable = False
    return Selection(pixels, seed, label, f"image {seed}", "", CLASS_NAMES)


@pytest.fixture
def make_window(
    qtbot: QtBot, theme: Theme, store: Settings, pipeline: GatedPipeline
) -> Iterator[Callable[..., MainWindow]]:
    """Makes windows on a load function; they are closed after the test."""
    theme.apply("light")
    made: list[MainWindow] = []
    loads: list[GatedLoad] = []

    def make(load: Callable[..., object] | None = None) -> MainWindow:
        chosen = GatedLoad(pipeline) if load is None else load
        if isinstance(chosen, GatedLoad):
            loads.append(chosen)
        window = MainWindow(Session(), LiveRunner(chosen), store, theme)  # type: ignore[arg-type]
        made.append(window)
        return window

    yield make
    for chosen in loads:
        chosen.gate.set()
        chosen.pipeline.gate.set()
    for window in made:
        window.close()
        window.deleteLater()


@pytest.fixture
def window(qtbot: QtBot, make_window: Callable[..., MainWindow]) -> MainWindow:
    """A window on screen that shows its first result."""
    made = make_window()
    with qtbot.waitSignal(made.runner.result):
        made.show()
    return made


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (200, 300, 3), dtype=np.uint8)).save(path)
    return path


# An evaluation dialog on tiny networks


@pytest.fixture(scope="module")
def tiny_pipeline():
    return toy.pipeline()


@pytest.fixture
def tiny_runner(qtbot: QtBot, tiny_pipeline) -> Iterator[LiveRunner]:
    runner = LiveRunner(lambda tell: Loaded(tiny_pipeline, "CPU"))
    with qtbot.waitSignal(runner.ready):
        runner.start()
    yield runner
    runner.close()


@pytest.fixture
def gallery(qtbot: QtBot, session: Session, library: Library) -> Gallery:
    made = Gallery(session, library)
    qtbot.addWidget(made)
    library.set_dataset(cifar10.load_samples())
    return made


@pytest.fixture
def files(qapp) -> Iterator[Background]:
    made = Background("files")
    yield made
    made.close()


@pytest.fixture
def asked() -> list[bool]:
    return []


@pytest.fixture
def make_dialog(
    qtbot: QtBot, tiny_runner, session, library, gallery, asked, store: Settings, files, tmp_path: Path
) -> Callable[..., EvaluationDialog]:
    """Makes evaluation dialogs that keep their results in one folder."""

    def make(runner: LiveRunner = tiny_runner) -> EvaluationDialog:
        made = EvaluationDialog(
            runner,
            gallery,
            lambda: asked.append(True),
            store,
            tmp_path / "kept",
            session=session,
            library=library,
            files=files,
        )
        qtbot.addWidget(made)
        return made

    return make


@pytest.fixture
def dialog(make_dialog: Callable[..., EvaluationDialog]) -> EvaluationDialog:
    made = make_dialog()
    made.show()
    return made
