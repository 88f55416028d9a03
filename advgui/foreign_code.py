"""Calls of a plug-in's code: an error names its file and line, and what does not end can be seen and stopped.

Attacks and mitigations that come with the program pass through here untouched.
"""

import ctypes
import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from advgui.errors import AdvguiError, ContractError, PluginError
from advgui.text import printable, shown

_P = ParamSpec("_P")
_Result = TypeVar("_Result")

SLOW = 1.0  # seconds after which a call is told to take long
_POLL = 0.1  # seconds
_LONGEST_MESSAGE = 300

_IMAGES = "float32 images (N, height, width, 3), one for each that it is given"
_OF_ATTACKS = ("perturbed", "iterates", "steps")
_EXPECTED = {
    "perturbed": "'perturbed' returns float32 images of the shape of 'examples.images', all of them finite",
    "iterates": "'iterates' yields float32 images of the shape of 'examples.images', all of them finite",
    "steps": "'steps' returns a whole number of at least 1",
    "forward": f"'forward' returns {_IMAGES}, with values from 0 to 1",
    "backward": "'backward' returns a gradient of the images, float32 of their shape, all of it finite",
    "drawn": "'drawn' returns a Step with 'forward' and 'backward'",
}

# Classes of plug-ins, and their files.
_files: WeakKeyDictionary[type, Path] = WeakKeyDictionary()
# What runs now; of calls within calls the outer one is first.
_calls: list["Call"] = []
_lock = threading.Lock()


class _Stopped(BaseException):
    """Raised within a call by another thread. No plug-in that catches every `Exception` keeps it."""


def belongs(kind: type, path: Path) -> None:
    """Remember that a class is a plug-in's."""
    _files[kind] = path


@dataclass(eq=False)
class Call:
    """A call of a plug-in's code that has not ended.

    Attributes:
        what: Of what, such as "the attack 'wobble'".
        path: The plug-in's file.
        thread: Identifier of the thread that it runs on.
        began: By the monotonic clock, in seconds.
    """

    what: str
    path: Path
    thread: int = field(default_factory=threading.get_ident)
    began: float = field(default_factory=time.monotonic)
    _reason: str = ""

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.began

    @property
    def line(self) -> int | None:
        """The line of the plug-in's file that it has reached; None if it is in none."""
        frame = sys._current_frames().get(self.thread)
        while frame is not None and frame.f_code.co_filename != str(self.path):
            frame = frame.f_back
        return None if frame is None else frame.f_lineno

    def __str__(self) -> str:
        """Return what runs, where and how long, as a sentence."""
        return f"{_place(self.path, self.line)}: {self.what} takes longer than {max(1, int(self.seconds))} s."

    def stop(self, reason: str = "it was stopped") -> bool:
        """Raise an error in it, from another thread; code that is not Python's own ends its instruction before.

        Args:
            reason: For the error's text.

        Returns:
            Whether it was still running.
        """
        with _lock:
            if self not in _calls:
                return False
            # The innermost call of the thread is where the error is told.
            for call in _calls:
                if call.thread == self.thread:
                    call._reason = reason
            _raise_in(self.thread, _Stopped)
        return True


def running() -> Call | None:
    """Return the call that runs longest, or None."""
    with _lock:
        return _calls[0] if _calls else None


@contextmanager
def watched(report: Callable[[str], None]) -> Iterator[None]:
    """Within this block tell of each call that takes longer than a second, once, on a thread of its own."""
    over = threading.Event()

    def watch() -> None:
        told: Call | None = None
        while not over.wait(_POLL):
            call = running()
            if call is not None and call is not told and call.seconds > SLOW:
                told = call
                report(str(call))

    yield from _beside(watch, over)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Within this block stop what runs on this thread when its time is over; code may have to be told more than once.

    Args:
        seconds: For all calls in the block together.
    """
    over = threading.Event()
    thread = threading.get_ident()

    def watch() -> None:
        patience = seconds
        while not over.wait(patience):
            patience = _POLL
            with _lock:
                mine = [call for call in _calls if call.thread == thread]
            if mine:
                mine[0].stop(f"it takes longer than {seconds:g} s")

    yield from _beside(watch, over)


def _beside(watch: Callable[[], None], over: threading.Event) -> Iterator[None]:
    watcher = threading.Thread(target=watch, name="plug-in watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def called(owner: object, hook: str, function: Callable[_P, _Result], *args: _P.args, **kwargs: _P.kwargs) -> _Result:
    """Call a function of an attack or a mitigation.

    Args:
        owner: The attack or the mitigation.
        hook: Name of the method of the contract that is called, or stands behind the call.
        function: To be called.
        *args: Its arguments.
        **kwargs: Its arguments.

    Returns:
        What it returns.

    Raises:
        PluginError: Whatever goes wrong in a plug-in; it names the file, the line and the exception. An `AdvguiError`
            from behind the plug-in, and what goes wrong in code of the program, are raised as they are.
    """
    path = _files.get(type(owner))
    if path is None:
        return function(*args, **kwargs)
    kind = "attack" if hook in _OF_ATTACKS else "mitigation"
    call = Call(f"'{hook}' of the {kind} '{getattr(owner, 'name', '')}'", path)
    line = _line_of(owner, hook, path)
    return guarded(call, _EXPECTED[hook], line, functools.partial(function, *args, **kwargs))


def guarded(call: Call, expected: str, line: int | None, function: Callable[[], _Result]) -> _Result:
    """Call a function of a plug-in; what goes wrong becomes a `PluginError`.

    Args:
        call: What is called.
        expected: What the contract expects of it, as a clause.
        line: Where it stands in the file, for an error that comes from no line in it.
        function: To be called.
    """
    error: BaseException | None = None
    try:
        with _lock:
            _calls.append(call)
        try:
            result = function()
        except BaseException as caught:
            error = caught
        _ended(call)
    except _Stopped as late:  # between the call's end and the note of it
        error = late
        _ended(call)
    if error is None:
        return result
    raise _told(call, error, expected, line)


def _ended(call: Call) -> None:
    with _lock:
        if call in _calls:
            _calls.remove(call)
        if call._reason and not any(other.thread == call.thread for other in _calls):
            _raise_in(call.thread, None)  # what was not delivered yet would hit something else


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )


def _told(call: Call, error: BaseException, expected: str, line: int | None) -> BaseException:
    """Return the error to be raised in place of one that a plug-in's code gave."""
    if isinstance(error, KeyboardInterrupt | PluginError):
        return error
    if isinstance(error, AdvguiError) and not isinstance(error, ContractError):
        return error
    found = _last_line(error.__traceback__, call.path)
    where = line if found is None else found
    if isinstance(error, _Stopped):
        what = f"{call.what}: {call._reason}"
    elif isinstance(error, ContractError):
        what = str(error).rstrip(".")
    else:
        what = f"{exception_text(error)}, in {call.what}"
    told = PluginError(
        f"{_place(call.path, where)}: {what}. Expected: {expected}. Correct the file and save it.",
        call.path,
        where,
    )
    told.__cause__ = error
    return told


def exception_text(error: BaseException) -> str:
    """Return kind and text of an exception in one line."""
    text = " ".join(str(error).split())
    return shown(f"{type(error).__name__}: {text}" if text else type(error).__name__, _LONGEST_MESSAGE)


def _place(path: Path, line: int | None) -> str:
    name = printable(path.name)
    return name if line is None else f"{name}, line {line}"


def _last_line(traceback: TracebackType | None, path: Path) -> int | None:
    """Return the innermost line of a file in a traceback."""
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == str(path):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _line_of(owner: object, hook: str, path: Path) -> int | None:
    """Return where a plug-in defines a method, or else the one that stands for it."""
    for name in (hook, "drawn", "forward"):
        code = getattr(getattr(type(owner), name, None), "__code__", None)
        if code is not None and code.co_filename == str(path):
            return int(code.co_firstlineno)
    return None
