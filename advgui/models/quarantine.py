"""Foreign files are tried in a process of their own before anything of them enters the program.

A list of what is allowed cannot tell whether a network hangs, swells, crashes TensorFlow or the HDF5 library, mixes the
images of a batch, or has no finite gradient. Doing it can; `trial` does it, and this module watches it: with
limits of time, and of memory where the system knows them (on Windows and macOS only the limit of time holds). What
passes is written anew over there, and the program opens that: HDF5 never reads a foreign file here, for damage in its
memory does not always show at once.
This is no sandbox: it protects from files that break the program, and a file that takes over the process which tries
it can do what the user can do.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from advgui import resources
from advgui.errors import AdvguiError, Cancelled, DataError, ModelFileError, PictureError
from advgui.models import cards
from advgui.models.archive import ModelFile, Source, advice_for_own, check_lists, telling
from advgui.models.model_files import private_copy

Tell = Callable[[str], None]
ShouldStop = Callable[[], bool]

_POLL = 0.05  # seconds
_LAST_WORDS = 8192  # bytes
# What native code and Python say when there is no more memory.
_NO_MEMORY = ("bad_alloc", "MemoryError", "annot allocate memory", "ut of memory", "failed to allocate", "length_error")


class Kind(StrEnum):
    """What a file is tried as. `MODEL` is either kind of network; `WEIGHTS` only reads what a model file stores."""

    CLASSIFIER = "classifier"
    AUTOENCODER = "autoencoder"
    MODEL = "model"
    WEIGHTS = "weights"
    PICTURE = "picture"
    REPORT = "report"


_ERRORS: dict[Kind, type[AdvguiError]] = {Kind.PICTURE: PictureError, Kind.REPORT: DataError}


@dataclass(frozen=True)
class Limits:
    """What a trial may take.

    Attributes:
        seconds: For one file.
        memory: Bytes of address space above what Python and TensorFlow take themselves.
        start: Seconds for the start of the process, which imports TensorFlow.
        total: Seconds for both together.
    """

    seconds: float = 40
    memory: int = 1_750_000_000
    start: float = 180
    total: float = 220


LIMITS = Limits()
# The last file of each kind that has passed: going back to it takes no second trial.
_passed: dict[Kind, ModelFile] = {}


def admitted(
    source: Source,
    kind: Kind,
    tell: Tell = lambda _: None,
    should_stop: ShouldStop = lambda: False,
    limits: Limits = LIMITS,
) -> ModelFile:
    """Read a model file, once, and try it unless it is the program's own or was the last that passed.

    Args:
        source: Its path; a file that was read before is admitted already.
        kind: What it has to be.
        tell: Told in a few words what is going on.
        should_stop: Asked every now and then whether to give up.
        limits: Of the trial.

    Returns:
        The file, to be opened from memory. Its SHA-256 is that of the file which was tried; its content was written
        anew by the process that tried it, unless it is the program's own.

    Raises:
        ModelFileError: It is missing, damaged, foreign or unsafe, or did not stand the trial.
        Cancelled: `should_stop` said so.
    """
    if isinstance(source, ModelFile):
        return source
    file = ModelFile.read(source)
    if _is_own(file):
        return file
    last = _passed.get(kind)
    if last is None or last.sha256 != file.sha256:
        check_lists(file)  # what shows at once needs no process
        tell(f"Trying {source.name} in a process of its own")
        try:
            last = _passed[kind] = _tried(file, kind, should_stop, limits)
        except ModelFileError as error:
            advice = advice_for_own(source)
            if advice in str(error):
                raise
            raise ModelFileError(f"{error}{advice}") from error
    return replace(last, path=source)


def _tried(file: ModelFile, kind: Kind, should_stop: ShouldStop, limits: Limits) -> ModelFile:
    with telling(file.path), private_copy(file) as copy, Quarantine(limits, should_stop) as quarantine:
        again = copy.with_name("again.keras")
        quarantine.examine(copy, kind, str(file.path), again=again)
        return ModelFile(file.path, ModelFile.read(again).content, file.sha256)


def _is_own(file: ModelFile) -> bool:
    """Whether a file came with the program and is as it was: its card has its SHA-256."""
    if file.path.resolve().parent != resources.trained().resolve():
        return False
    with suppress(AdvguiError):
        return cards.read(file.path).sha256 == file.sha256
    return False


class Quarantine:
    """Tries files, one after the other, in a process that is started when it is needed and again when it died.

    Use it in a `with` block, whose end ends the process.

    Args:
        limits: Of each trial.
        should_stop: Asked every now and then whether to give up.
    """

    def __init__(self, limits: Limits = LIMITS, should_stop: ShouldStop = lambda: False) -> None:
        self._limits = limits
        self._should_stop = should_stop
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._notes: IO[bytes] | None = None
        self.deaths = 0

    def __enter__(self) -> "Quarantine":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def examine(
        self, path: Path, kind: Kind, name: str, tell: Tell = lambda _: None, again: Path | None = None
    ) -> dict[str, Any]:
        """Try one file.

        Args:
            path: Where the process reads it.
            kind: What it has to be.
            name: What the user calls it.
            tell: Told what is being done, as a clause.
            again: Where a model that passes is written anew.

        Returns:
            What was found out about it, by name.

        Raises:
            AdvguiError: It is refused: a `ModelFileError`, `PictureError` or `DataError` by its kind.
            Cancelled: `should_stop` said so; the process is ended.
        """
        error = _ERRORS.get(kind, ModelFileError)
        started = self._started()
        with suppress(OSError):  # a process that has ended says so below
            assert started.stdin is not None
            request = {"kind": kind, "path": str(path), "name": name, "into": str(again) if again else None}
            started.stdin.write(json.dumps(request).encode() + b"\n")
            started.stdin.flush()
        stage = ""
        began = time.monotonic()
        deadline = began + min(self._limits.start, self._limits.total)
        while True:
            answer = self._answer(deadline)
            if answer is None:
                self._end()
                if not stage:
                    raise _not_started(f"it was not there after {time.monotonic() - began:.0f} s")
                raise error(
                    f"'{name}' cannot be used: it takes longer than {self._limits.seconds:.0f} s while {stage}; "
                    f"expected a {_noun(kind)} that is done by then. Choose a smaller or simpler one."
                )
            if answer.get("worn"):
                self._end()
            if "stage" in answer:
                if not stage:
                    deadline = min(time.monotonic() + self._limits.seconds, began + self._limits.total)
                stage = answer["stage"]
                tell(stage)
            elif "accepted" in answer:
                return dict(answer["accepted"])
            elif "refused" in answer:
                raise error(answer["refused"])
            elif "swelled" in answer:
                raise error(self._swelled(name, kind, stage))
            else:
                raise self._death(error, name, kind, stage)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        self._notes = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_end`
        limits = {"memory": self._limits.memory, "processor_seconds": round(self._limits.seconds * 4 + 120)}
        # -P: the folder that the user works in may hold anything, such as a numpy.py.
        command = [sys.executable, "-P", "-m", "advgui.trial", json.dumps(limits)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._notes,
                env=_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise _not_started(str(error)) from error
        self._answers = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(self._process, self._answers), name="quarantine", daemon=True)
        reader.start()
        return self._process

    def _answer(self, deadline: float) -> dict[str, Any] | None:
        """Return the next answer; {} if the process has ended, None if it is too late for one."""
        while True:
            if self._should_stop():
                self._end()
                raise Cancelled("The trial of the file was stopped.")
            if time.monotonic() > deadline:
                return None
            try:
                line = self._answers.get(timeout=_POLL)
            except queue.Empty:
                continue
            if line is None:
                return {}
            with suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict) and found:
                    return found

    def _death(self, error: type[AdvguiError], name: str, kind: Kind, stage: str) -> AdvguiError:
        """Return why the process has ended by itself."""
        assert self._process is not None
        assert self._notes is not None
        code = self._process.wait()
        self._notes.seek(max(0, self._notes.seek(0, os.SEEK_END) - _LAST_WORDS))
        words = self._notes.read().decode("utf-8", "replace")
        self.deaths += 1
        self._end()
        if not stage:
            said = (words.strip() or f"exit code {code}").splitlines()[-1][:200]
            return _not_started(said)
        # Without memory, native code ends the process, and a system that runs out of it kills it.
        if any(sign in words for sign in _NO_MEMORY) or code == -getattr(signal, "SIGKILL", 0):
            return error(self._swelled(name, kind, stage))
        try:
            how = signal.Signals(-code).name
        except ValueError:
            how = f"exit code {code}"
        return error(
            f"'{name}' cannot be used: it crashes the process that tries it ({how}) while {stage}; expected a "
            f"{_noun(kind)} that does not. Choose another file."
        )

    def _swelled(self, name: str, kind: Kind, stage: str) -> str:
        return (
            f"'{name}' cannot be used: it needs more than {self._limits.memory / 1e9:.3g} GB of memory while {stage}; "
            f"expected a {_noun(kind)} that needs less. Choose a smaller one."
        )

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            process.wait()
        if self._notes is not None:
            self._notes.close()
            self._notes = None


def _read(process: "subprocess.Popen[bytes]", answers: "queue.SimpleQueue[bytes | None]") -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            answers.put(line)
    answers.put(None)


def _environment() -> dict[str, str]:
    """Return the environment of the process: it finds the same modules as this one, and no graphics card."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # Each of the allocator's arenas takes address space.
        "MALLOC_ARENA_MAX": "2",
    }


def _noun(kind: Kind) -> str:
    return "model" if kind in (Kind.MODEL, Kind.WEIGHTS) else kind.value


def _not_started(reason: str) -> AdvguiError:
    return AdvguiError(
        f"The process that tries foreign files could not be started ({reason}). Expected a whole installation and "
        "enough memory: close other programs, or install the program again."
    )
