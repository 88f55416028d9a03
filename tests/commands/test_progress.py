"""Progress on standard error: a changing line on a terminal, few lines in a log."""

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.commands import progress
from advgui.commands.evaluate import brief_text
from advgui.commands.partial import PartialFile
from advgui.commands.progress import ProgressLine, barred
from advgui.evaluation.plan import Plan
from advgui.evaluation.run import evaluate
from advgui.text import duration
from tests import toy


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


@given(st.floats(-1, 2), st.text(st.characters(codec="ascii"), max_size=200), st.integers(20, 200))
def test_a_bar_fits_any_line(fraction: float, text: str, width: int) -> None:
    line = barred(fraction, text, width)
    assert len(line) <= width
    assert line.endswith((text, "..."))


def test_a_bar_grows_with_what_is_done() -> None:
    lines = [barred(share / 100, "left", 60) for share in range(101)]
    filled = [line.count("#") for line in lines]
    assert filled == sorted(filled)
    assert (filled[0], lines[-1].count(".")) == (0, 0)
    assert len(set(map(len, lines))) == 1


def test_every_column_is_seen_on_a_terminal_of_80(a_second_each: None) -> None:
    steps = list(evaluate(toy.pipeline(), toy.data(), Plan.of(attacks=("fgsm",)), toy.PROVENANCE, 4))
    stream = Stream(terminal=True)
    line = ProgressLine(stream)
    for step in steps:
        line.show("a long sentence", step.fraction, brief_text(step))
    last = stream.getvalue().split("\r")[-1]
    assert len(last) == 79
    assert last.startswith("[######")
    report = steps[-1].report
    for letter, key in zip("abcde", report.runs[-1].predictions, strict=True):
        assert f" {letter} {report.tally(report.runs[-1], key).accuracy:.1%}" in last


def test_a_file_is_written_when_that_costs_next_to_nothing(tmp_path, monkeypatch) -> None:
    now = iter([0.0, 0.0, 1.0, 10.0, 20.9, 21.0, 22.0, 50.0])  # a second for each writing
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    path, written = tmp_path / "partial.json", []
    partial = PartialFile(path, lambda result: written.append(result) or result)
    for result in ("first", "too soon", "still too soon", "second", "second"):
        partial.keep(result)
    assert written == ["first", "second"]
    assert path.read_text() == "second"


def test_every_result_is_written_where_that_is_asked_for(tmp_path) -> None:
    path, written = tmp_path / "partial.json", []
    partial = PartialFile(path, lambda result: written.append(result) or result, each=True)
    for result in ("first", "second", "second", "third"):
        partial.keep(result)
    assert written == ["first", "second", "third"]
    assert path.read_text() == "third"


def test_a_file_that_cannot_be_written_ends_nothing(tmp_path) -> None:
    PartialFile(tmp_path, str).keep("a folder")
    PartialFile(None, str).keep("nowhere")
    assert list(tmp_path.iterdir()) == []


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
