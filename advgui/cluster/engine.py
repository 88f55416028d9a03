"""Runs pieces of work in other processes, on this machine or on others, with Ray."""

import importlib.util
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Generic, TypeVar

from advgui.errors import AdvguiError

_Shard = TypeVar("_Shard")
_Result = TypeVar("_Result")

LOCAL = "local"  # as Ray calls it
ATTEMPTS = 3
# How long the engine waits for a result before it lets others have a look, in seconds.
_PATIENCE = 0.5
# For each worker, how many shards are handed out: one at work, and one that it finds when it has finished.
_AHEAD = 2


@dataclass(frozen=True, eq=False)
class Event(Generic[_Shard, _Result]):
    """What happened to a shard.

    Attributes:
        shard: The shard.
        result: What it gave; None where it failed.
        error: Why it failed; None where it did not.
        again: Whether it is tried again.
    """

    shard: _Shard
    result: _Result | None = None
    error: Exception | None = None
    again: bool = False


@dataclass
class Engine:
    """Workers that take shards.

    Attributes:
        workers: How many there are room for now.
    """

    _ray: ModuleType = field(repr=False)
    _options: dict[str, Any] = field(repr=False)

    @property
    def workers(self) -> int:
        """How many shards can be at work at once; nodes may come and go."""
        there = self._ray.cluster_resources()
        rooms = [there.get("CPU", 0.0) / self._options["num_cpus"]]
        if self._options.get("num_gpus"):
            rooms.append(there.get("GPU", 0.0) / self._options["num_gpus"])
        return max(1, int(min(rooms)))

    def run(
        self, work: Callable[..., _Result], order: object, shards: Sequence[_Shard]
    ) -> Iterator[Event[_Shard, _Result] | None]:
        """Run shards in any order; whoever stops listening has the rest cancelled.

        A shard whose worker was killed or whose node has gone, or that raised an error, is tried again, `ATTEMPTS`
        times in all: what is missing on one node may be there on the next.

        Args:
            work: Called in a worker with the order and a shard; a function of a module, which workers import.
            order: What all shards have in common; sent once.
            shards: What there is to do.

        Yields:
            What happens, as it happens; None where nothing has happened in a while, so that one can stop listening.
        """
        ray = self._ray
        # Ray's own repetitions would go unseen.
        remote = ray.remote(**self._options, max_retries=0)(_prepared(work))
        sent = ray.put(order)
        waiting = [(shard, 1) for shard in reversed(shards)]
        running: dict[Any, tuple[_Shard, int]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < _AHEAD * self.workers:
                    shard, attempt = waiting.pop()
                    running[remote.remote(sent, shard)] = shard, attempt
                ended, _ = ray.wait(list(running), timeout=_PATIENCE)
                if not ended:
                    yield None
                for one in ended:
                    shard, attempt = running.pop(one)
                    try:
                        event: Event[_Shard, _Result] = Event(shard, result=ray.get(one))
                    except Exception as error:  # of the work, or of the worker; the user is told
                        again = attempt < ATTEMPTS
                        if again:
                            waiting.append((shard, attempt + 1))
                        event = Event(shard, error=_cause(error), again=again)
                    yield event
        finally:
            for one in running:
                ray.cancel(one, force=True)


def _cause(error: Exception) -> Exception:
    """Return what was raised in the worker, where that is why."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, Exception) else error


def _prepared(work: Callable[..., _Result]) -> Callable[..., _Result]:
    """Return the work for a worker that computes with as many threads as it was given cores."""

    def prepared(order: object, shard: object) -> _Result:
        import ray

        cores = max(1, int(ray.get_runtime_context().get_assigned_resources().get("CPU", 1)))
        # TensorFlow reads it when it is imported, which only the work does.
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(cores))
        return work(order, shard)

    return prepared


def is_installed() -> bool:
    """Return whether Ray is there."""
    return importlib.util.find_spec("ray") is not None


@contextmanager
def opened(address: str, workers: int | None = None, gpus: float = 0.0) -> Iterator[Engine]:
    """Connect to a cluster, or start one on this machine; it is left, or ended, at the end.

    Args:
        address: "local", or of a running cluster, such as 10.0.0.1:6379 or ray://10.0.0.1:10001.
        workers: Processes of one core each, on this machine; None for as many as there are cores.
        gpus: GPUs for each worker; a part of one where several share it.

    Raises:
        AdvguiError: Ray is not installed, or the cluster cannot be reached.
    """
    # A cluster of one machine for one user needs no token, and Ray would print that there is one.
    if address == LOCAL:
        os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    try:
        import ray
    except ImportError as error:
        raise AdvguiError(
            f"--cluster needs Ray, which is not installed ({error}). Install it with: pip install 'advgui[cluster]'"
        ) from error
    where: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False} if address == LOCAL else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **where)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise AdvguiError(
            f"The cluster '{address}' cannot be used ({error}). Expected '{LOCAL}', or the address of a running Ray "
            "cluster, such as 10.0.0.1:6379. Start one with 'ray start --head'."
        ) from error
    try:
        yield Engine(ray, {"num_cpus": 1} | ({"num_gpus": gpus} if gpus else {}))
    finally:
        ray.shutdown()
