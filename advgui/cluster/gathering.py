"""What comes back from workers, put together as it comes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from advgui.cluster.engine import ATTEMPTS, Engine
from advgui.errors import AdvguiError

_Shard = TypeVar("_Shard")
_Result = TypeVar("_Result")

# Of failed shards, those whose causes are told.
_TOLD = 3


@dataclass(frozen=True, eq=False)
class Gathered(Generic[_Result]):
    """Where work on a cluster stands.

    Attributes:
        result: What was found so far.
        done: Shards that are.
        shards: How many there are.
        again: How many times a shard had to be tried again: its worker was killed, its node has gone, or it failed.
        workers: How many shards can be at work at once.
    """

    result: _Result
    done: int
    shards: int
    again: int
    workers: int

    @property
    def text(self) -> str:
        """In a few words, such as "8 workers, 12 of 50 shards, 1 tried again"."""
        words = [
            f"{self.workers} {'worker' if self.workers == 1 else 'workers'}",
            f"{self.done} of {self.shards} shards",
        ]
        return ", ".join([*words, *([f"{self.again} tried again"] if self.again else [])])


def gather(
    engine: Engine,
    work: Callable[..., _Result],
    order: object,
    shards: Sequence[_Shard],
    start: _Result,
    merged: Callable[[_Result, _Result], _Result],
) -> Iterator[Gathered[_Result]]:
    """Run shards and put their results together.

    Args:
        engine: Runs them.
        work: Called in a worker with the order and a shard.
        order: What they have in common.
        shards: What there is to do.
        start: What is there already.
        merged: Puts two results together.

    Yields:
        Where it stands: at the beginning, after each event, and where nothing has happened in a while.

    Raises:
        AdvguiError: Shards have failed for good; all others are in the last result.
    """
    result, done, again, failed = start, 0, 0, []
    yield Gathered(result, done, len(shards), again, engine.workers)
    for event in engine.run(work, order, shards):
        if event is None:
            pass
        elif event.result is not None:
            result, done = merged(result, event.result), done + 1
        elif event.again:
            again += 1
        else:
            failed.append(f"{event.shard}: {str(event.error).rstrip('.')}")
        yield Gathered(result, done, len(shards), again, engine.workers)
    if failed:
        more = f" and {len(failed) - _TOLD} more" if len(failed) > _TOLD else ""
        raise AdvguiError(
            f"{len(failed)} of {len(shards)} shards failed, each {ATTEMPTS} times: {'; '.join(failed[:_TOLD])}{more}. "
            "The others are in the result. Mend that, and go on from there (--resume)."
        )
