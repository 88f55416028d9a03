"""Minutes of work in the real window: sliders, images of changing sizes, evaluations that are started and cancelled.

`pytest -m slow -s tests/gui/stress/test_soak.py` prints what it measured; ADVGUI_SOAK_SECONDS says how long it takes.
"""

import ctypes
import gc
import os
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import active_count
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from advgui.gui.session import Selection
from advgui.gui.threads.live_runner import Result
from advgui.gui.threads.loading import load_pipeline
from advgui.images import Picture
from advgui.types import Scenario
from tests.gui.checks import choose_attacks

SECONDS = float(os.environ.get("ADVGUI_SOAK_SECONDS", "180"))
# Of the pictures that are opened: TensorFlow keeps memory for every size that it has seen.
SIZES = ((32, 32), (64, 96), (128, 128), (96, 48))
# To warm up, however slow the computer is.
WARM_RESULTS = 600
MOST_GROWTH = 1.05
MOST_GAP = 0.050  # seconds, at the 99th percentile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads memory as Linux tells it"),
]


def resident() -> int:
    """Resident memory in bytes, without what was freed and is kept for later."""
    # The GNU C library keeps it in pieces, more of them the longer one works; another one has no such call.
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def window(qtbot: QtBot, make_window: Callable[..., MainWindow]) -> MainWindow:
    """On the bundled networks."""
    made = make_window(load_pipeline)
    with qtbot.waitSignal(made.runner.result):
        made.show()
    return made


class Requests:
    """Remembers what the window asked for, and looks at every result: nothing stale may be shown."""

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.results = 0
        self.shown: tuple[Selection, tuple[Scenario, ...]] | None = None
        self.newest: tuple[Selection, tuple[Scenario, ...]] | None = None
        # Answered requests are forgotten, or this would be what grows.
        self._asked: dict[int, tuple[Selection, tuple[Scenario, ...]]] = {}
        self._last_number = 0
        self._last_steps: list[float] = []
        self._window = window
        self._submit = window.runner.submit
        monkeypatch.setattr(window.runner, "submit", self._on_submit)
        window.runner.result.connect(self._on_result)

    def _on_submit(self, selection: Selection, scenarios: tuple[Scenario, ...], *rest: Any) -> int:
        number = self._submit(selection, scenarios, *rest)
        self._asked[number] = self.newest = (selection, scenarios)
        return number

    def _on_result(self, result: Result) -> None:
        self.results += 1
        # An attack in many steps answers more than once, and has always come further.
        steps = [(each.position or (np.inf,))[0] for each in result.outcomes]
        if result.number == self._last_number:
            assert steps != self._last_steps
            assert all(now >= before for now, before in zip(steps, self._last_steps, strict=True))
        else:
            assert result.number > self._last_number
        self._last_number, self._last_steps = result.number, steps
        selection, scenarios = self._asked[result.number]
        assert result.selection is selection
        assert tuple(outcome.scenario for outcome in result.outcomes) == scenarios
        assert all(np.array_equal(outcome.images["clean"][0], selection.pixels) for outcome in result.outcomes)
        # What is on screen is this result, unless another image was chosen meanwhile: then it stays as it was.
        if selection is self._window.session.selection:
            self.shown = selection, scenarios
        if self.shown is not None:
            assert tuple(outcome.scenario for outcome in self._window.stage.outcomes()) == self.shown[1]
            assert self._window.stage.title.text().startswith(self.shown[0].name)
        for number in [number for number in self._asked if number < result.number]:
            del self._asked[number]

    def are_answered(self) -> bool:
        """Whether what is on screen is what was asked for last."""
        return self._window.runner.is_idle and self.newest is not None and self.shown == self.newest


class Watch:
    """Looks at how long the GUI thread is away, and how much of that it computes: the rest is a busy computer."""

    def __init__(self, window: MainWindow) -> None:
        self.gaps: list[float] = []
        self.computing: list[float] = []
        self._last_computing = time.thread_time()
        self._last = time.perf_counter()
        self._timer = QTimer(window)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(1)

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now
        computing = time.thread_time()
        self.computing.append(computing - self._last_computing)
        self._last_computing = computing

    def stop(self) -> None:
        self._timer.stop()


def act(qtbot: QtBot, window: MainWindow, requests: Requests, generator: random.Random) -> None:
    """Do one of the things that people do, and wait until what is shown is what was asked for."""
    controls = window.controls
    choice = generator.randrange(10)
    if choice < 5:
        slider = generator.choice(list(controls.sliders.values())).slider
        target = generator.randrange(slider.maximum() + 1)
        slider.setSliderDown(True)
        for value in np.linspace(slider.value(), target, 25).astype(int):
            slider.setValue(int(value))
            qtbot.waitUntil(lambda: True)
        slider.setSliderDown(False)
    elif choice == 5:
        choose_attacks(controls, generator.choice(list(controls.attacks.choices())))
    elif choice == 6:
        generator.choice([*(link.box for link in controls.links.values()), controls.randomness.draw_button]).click()
    elif choice in (7, 8):
        # The first source is the sample images, the last one is the opened pictures.
        sources = window.gallery.sources
        sources.setCurrentIndex(0 if choice == 7 else sources.count() - 1)
        sources.activated.emit(sources.currentIndex())
        window.gallery.choose(generator.randrange(20 if choice == 7 else len(SIZES)))
    else:
        window.open_evaluation()
        dialog = window._evaluation
        if dialog.is_running:
            dialog.cancel.click()
        else:
            dialog.start.click()
    qtbot.waitUntil(requests.are_answered)
    assert requests.newest == (window.session.selection, window.session.state.scenarios())


def test_minutes_of_work_leave_no_trace(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = Requests(window, monkeypatch)
    pictures = []
    for number, size in enumerate(SIZES):
        pixels = np.random.default_rng(number).integers(0, 256, (*size, 3), dtype=np.uint8)
        pictures.append(tmp_path / f"{number}.png")
        Image.fromarray(pixels).save(pictures[-1])
    opened: list[Picture] = []
    window.opener.opened.connect(opened.append)
    window.gallery.set_side(128)
    window.opener.open_paths(pictures)
    qtbot.waitUntil(lambda: len(opened) == len(SIZES))
    generator = random.Random(0)
    # Warm: every size and both attacks have been seen, and an evaluation has run.
    warm = time.perf_counter() + SECONDS / 3
    while time.perf_counter() < warm or requests.results < WARM_RESULTS:
        act(qtbot, window, requests, generator)
    gc.collect()
    before, threads = resident(), active_count()
    watch, earlier = Watch(window), requests.results
    end = time.perf_counter() + SECONDS
    actions = 0
    while time.perf_counter() < end:
        act(qtbot, window, requests, generator)
        actions += 1
    watch.stop()
    window._evaluation.cancel.click()
    gc.collect()
    after = resident()
    gap, computing = (float(np.percentile(each, 99)) for each in (watch.gaps, watch.computing))
    print(
        f"\n{actions} actions, {requests.results - earlier} results in {SECONDS:.0f} s; "
        f"resident memory {before / 2**20:.0f} MiB, then {after / 2**20:.0f} MiB ({after / before - 1:+.1%}); "
        f"at the 99th percentile the GUI thread was away for {gap * 1000:.1f} ms and computed for "
        f"{computing * 1000:.1f} ms of it, at most {max(watch.gaps) * 1000:.0f} ms and "
        f"{max(watch.computing) * 1000:.0f} ms; {active_count()} threads"
    )
    assert after < before * MOST_GROWTH
    assert gap < MOST_GAP
    assert active_count() == threads
