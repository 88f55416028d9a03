"""Steps of another process come in order; who stops listening ends it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest

from advgui.cluster.aside import aside
from advgui.errors import AdvguiError

PATIENCE = 60


@pytest.fixture(autouse=True)
def no_process_stays() -> Iterator[None]:
    yield
    for process in active_children():
        process.join(PATIENCE)
    assert not active_children()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end


def counted(limit, fails):
    yield os.getpid()
    yield from range(limit)
    if fails:
        raise fails


def test_every_step_comes_in_order_from_another_process() -> None:
    steps = list(aside(counted, 5, None))
    assert steps[0] is None  # nobody waits for its start
    process, *numbers = [step for step in steps if step is not None]
    assert process != os.getpid()
    assert numbers == list(range(5))


@pytest.mark.parametrize(
    ("raised", "words"), [(AdvguiError("no room"), "no room"), (ValueError("broken"), "ValueError: broken")]
)
def test_an_error_arrives_behind_the_steps(raised: Exception, words: str) -> None:
    taken = aside(counted, 1, raised)
    assert isinstance(next(step for step in taken if step is not None), int)
    assert next(step for step in taken if step is not None) == 0
    with pytest.raises(AdvguiError, match=f"^{words}$"):
        list(taken)


def endless(path: Path):
    try:
        while True:
            yield 1
    finally:
        path.touch()


@pytest.mark.parametrize("wanted", [0, 1, 3])
def test_who_stops_listening_ends_it(wanted: int, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    with closing(aside(endless, closed)) as taken:
        found = 0
        for step in taken:
            found += step is not None
            if found >= wanted:
                break
    wait_for(closed.exists)


def noting(folder: Path):
    for number in range(100):
        (folder / str(number)).touch()
        yield number


def test_it_rests_while_nobody_takes_a_step(tmp_path: Path) -> None:
    taken = aside(noting, tmp_path)
    for number in range(3):
        assert next(step for step in taken if step is not None) == number
        assert len(list(tmp_path.iterdir())) == number + 1
    taken.close()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_a_process_that_dies_is_told() -> None:
    taken = aside(counted, 5, None)
    os.kill(next(step for step in taken if step is not None), signal.SIGKILL)
    with pytest.raises(AdvguiError, match="has died"):
        list(taken)


def test_its_arguments_may_be_large() -> None:
    taken = aside(measured, b"x" * 50_000_000)
    assert [step for step in taken if step is not None] == [50_000_000]


def measured(content: bytes):
    yield len(content)
