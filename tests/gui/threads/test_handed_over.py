"""Steps of another thread come in order; who stops listening ends it."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread, current_thread, enumerate

import pytest

from advgui.gui.threads.handed_over import handed_over
from tests.gui.gated import PATIENCE

NAME = "handed over in a test"


def threads() -> list[Thread]:
    return [thread for thread in enumerate() if thread.name == NAME]


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    for thread in threads():
        thread.join(PATIENCE)
    assert not threads()


def test_every_step_comes_in_order_from_a_thread_of_that_name() -> None:
    seen = []

    def steps():
        seen.append(current_thread().name)
        yield from range(5)

    assert [step for step in handed_over(steps, NAME) if step is not None] == list(range(5))
    assert seen == [NAME]


def test_nothing_is_none_and_nobody_waits() -> None:
    gate = Event()

    def steps():
        gate.wait(PATIENCE)
        yield 1

    taken = handed_over(steps, NAME)
    assert next(taken) is None
    gate.set()
    assert [step for step in taken if step is not None] == [1]


def test_an_error_arrives_behind_the_steps() -> None:
    def steps():
        yield 1
        raise ValueError("broken")

    taken = handed_over(steps, NAME)
    assert next(step for step in taken if step is not None) == 1
    with pytest.raises(ValueError, match="broken"):
        deque(taken, maxlen=0)


@pytest.mark.parametrize("taken_first", [0, 1, 3])
def test_who_stops_listening_ends_it(taken_first: int) -> None:
    closed = Event()

    def steps():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    with closing(handed_over(steps, NAME)) as taken:
        found = 0
        for step in taken:
            found += step is not None
            if found >= taken_first:
                break
    assert closed.wait(PATIENCE)


def test_it_rests_while_nobody_takes_a_step() -> None:
    done, second = [], Event()

    def steps():
        for number in range(100):
            done.append(number)
            if number == 2:
                second.set()
            yield number

    taken = handed_over(steps, NAME)
    while next(taken) is None:
        pass
    assert second.wait(PATIENCE)  # one is taken, one waits to be taken, one is ready behind it
    assert len(done) <= 3
    taken.close()
