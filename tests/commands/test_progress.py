"""Progress on standard error: a changing line on a terminal, few lines in a log."""

import io
import itertools

import pytest

from advgui.commands import progress
from advgui.commands.progress import ProgressLine
from advgui.text import duration


class Stream(io.StringIO):
    """A stream that says whether it is a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture
def a_second_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock finds a second gone."""
    now = itertools.count(step=1.0)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))


@pytest.mark.usefixtures("a_second_each")
def test_a_log_gets_a_line_now_and_then_and_the_last_one() -> None:
    stream = Stream(terminal=False)
    line = ProgressLine(stream)
    for number in range(31):
        line.show(f"step {number}")
    line.close("done")
    assert stream.getvalue().splitlines() == ["step 0", "step 15", "step 30", "done"]


@pytest.mark.usefixtures("a_second_each")
def test_a_terminal_gets_one_line_that_covers_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stream = Stream(terminal=True)
    line = ProgressLine(stream)
    line.show("a long line " * 10)
    line.show("short")
    line.close("done")
    shown = stream.getvalue()
    assert shown.endswith("\n")
    assert shown.count("\n") == 1
    first, second, last = shown.rstrip("\n").split("\r")[1:]
    assert (second.rstrip(), last.rstrip()) == ("short", "done")
    assert len(first) == len(second) == len(last) == 39


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_are_written_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_an_unknown_duration_says_so() -> None:
    assert duration(float("inf")) == "unknown time"
