"""Steps that a thread of its own takes, handed over one at a time."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread
from typing import TypeVar

_Step = TypeVar("_Step")


@dataclass(frozen=True)
class _End:
    error: Exception | None


def handed_over(make: Callable[[], Generator[_Step, None, None]], name: str) -> Generator[_Step | None, None, None]:
    """Run a generator on a thread of its own; it waits while nobody takes its steps.

    Whoever stops listening ends it: it is closed after the step that it is at, and nobody waits for that.

    Args:
        make: Called on that thread.
        name: Of the thread.

    Yields:
        The next step; None where it is not there yet.

    Raises:
        Exception: What the generator has raised.
    """
    steps: Queue[_Step | _End] = Queue(1)
    is_over = Event()

    def run() -> None:
        error: Exception | None = None
        try:
            with closing(make()) as made:
                for step in made:
                    if is_over.is_set():
                        return
                    steps.put(step)
        except Exception as caught:  # whoever listens is told
            error = caught
        if not is_over.is_set():
            steps.put(_End(error))

    Thread(target=run, name=name).start()
    try:
        while True:
            try:
                step = steps.get_nowait()
            except Empty:
                yield None
                continue
            if isinstance(step, _End):
                if step.error is not None:
                    raise step.error
                return
            yield step
    finally:
        is_over.set()
        # The thread may wait for room for one more.
        while not steps.empty():
            steps.get_nowait()
