"""Ctrl+C, SIGTERM and SIGHUP: each stops the work, and what was done is kept.

While the program loads there is nothing to keep, and an exception in the middle of a library's import could become
anything; so the process ends at once. Later each of them is a `KeyboardInterrupt`, and who has a partial result catches
it.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

# Windows has no SIGHUP.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopped(KeyboardInterrupt):
    """A signal has asked the program to stop.

    Args:
        number: The signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """Return what shells give as the exit code of a process that this signal ends: 130 for Ctrl+C."""
    return exit_code_of(interrupt.number if isinstance(interrupt, Stopped) else signal.SIGINT)


def exit_code_of(number: int) -> int:
    """Return what shells give as the exit code of a process that the signal `number` ends."""
    return 128 + number


@contextmanager
def handled(handler: Handler) -> Iterator[None]:
    """Call `handler` in this block when one of the signals comes.

    A signal that is ignored already stays so: `nohup` ignores SIGHUP. Only the main thread handles signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    changed = [number for number in _SIGNALS if before[number] not in (signal.SIG_IGN, None)]
    try:
        for number in changed:
            signal.signal(number, handler)
        yield
    finally:
        for number in changed:
            signal.signal(number, before[number])


def raised() -> AbstractContextManager[None]:
    """Raise `Stopped` in this block when one of the signals comes."""
    return handled(_raise)


def at_once() -> AbstractContextManager[None]:
    """End the process in this block when one of the signals comes, without a traceback: for imports."""
    return handled(_leave)


@contextmanager
def held_back() -> Iterator[None]:
    """Let this block end before a signal that comes in it is obeyed; a second one is obeyed at once.

    For the writing of results: who closes a terminal, or is impatient, may send more than one signal.

    Raises:
        Stopped: At the end of the block, if a signal came.
    """
    waiting: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if waiting:
            _raise(number, frame)
        waiting.append(number)

    with handled(note):
        yield
    if waiting:
        raise Stopped(waiting[0])


def _raise(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


def _leave(number: int, _frame: FrameType | None) -> None:
    with suppress(Exception):  # whatever the terminal does, the process ends
        print("advgui: interrupted", file=sys.stderr, flush=True)
    os._exit(exit_code_of(number))
