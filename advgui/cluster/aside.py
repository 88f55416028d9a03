"""Runs a generator in a process of its own, for a program that goes on meanwhile.

Ray collects Python's garbage on threads of its own, in whatever process it is used: a window's widgets would be
destroyed there, which crashes Qt.
"""

import multiprocessing
import signal
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

from advgui.errors import AdvguiError

_Step = TypeVar("_Step")


@dataclass(frozen=True)
class _End:
    error: Exception | None


def aside(function: Callable[..., Generator[_Step, None, None]], *arguments: object) -> Generator[_Step | None]:
    """Run a generator in a process of its own; it waits while nobody takes its steps.

    Whoever stops listening ends it: it is closed after the step that it is at, for which only the end of the program
    waits.

    Args:
        function: Of a module; called in that process.
        arguments: Its arguments; they are pickled, as its steps are.

    Yields:
        The next step; None where it is not there yet.

    Raises:
        AdvguiError: The process has died.
        Exception: What the generator has raised.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, function, arguments), name=function.__name__)
    # It waits until the new process has taken its arguments.
    starter = ThreadPoolExecutor(1)
    started = starter.submit(process.start)
    starter.shutdown(wait=False)
    with here:
        while not started.done():
            yield None
        there.close()
        started.result()
        while True:
            if not here.poll():
                yield None
                continue
            try:
                step = here.recv()
            except (EOFError, OSError) as error:
                process.join()
                raise AdvguiError(
                    f"The process that computes has died (exit status {process.exitcode}); it may have been short of "
                    "memory. What was counted before is kept: go on with fewer workers."
                ) from error
            if isinstance(step, _End):
                if step.error is not None:
                    raise step.error
                return
            yield step
            with suppress(OSError):  # it has died: there is nothing to be received either
                here.send(None)


def _serve(connection: Connection, function: Callable[..., Generator[object]], arguments: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who listens
    error: Exception | None = None
    try:
        with closing(function(*arguments)) as steps:
            for step in steps:
                if not _has_handed_over(connection, step):
                    return
    except Exception as caught:  # who listens tells the user
        error = caught if isinstance(caught, AdvguiError) else AdvguiError(f"{type(caught).__name__}: {caught}")
    with suppress(OSError):
        connection.send(_End(error))


def _has_handed_over(connection: Connection, step: object) -> bool:
    """Send a step, and wait until the next one is wanted; return whether anybody listens."""
    try:
        connection.send(step)
        connection.recv()
    except (EOFError, OSError):
        return False
    return True
