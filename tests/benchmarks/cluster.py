"""How much of a machine's rate is left when its cores are Ray's workers, and what that means for more of them.

Run it alone on an idle machine with CIFAR-10: `python -m tests.benchmarks.cluster`. Workers of one core each take
shards of 100 images under FGSM and PGD-5, against one process that has all cores; both have loaded their networks
before. The table for more workers is calculated from the time of a shard and what the driver needs for one.
"""

import os
import sys
import time
from collections.abc import Sequence

from advgui.attacks import finished
from advgui.cluster import engine
from advgui.cluster.evaluating import Order, evaluate_shard
from advgui.cluster.sources import Files, expected
from advgui.data import cifar10
from advgui.evaluation.plan import Plan
from advgui.evaluation.run import BATCH_SIZE, evaluate, provenance_of

SHARD, SHARDS = 100, 12
EMPTY = 200
RATIO = 0.9
MORE = (8, 64)
IMAGES = 10_000


def nothing(_order: object, _shard: object) -> int:
    """Return at once: what is left is what the driver needs for a shard."""
    return 0


def main() -> int:
    """Measure, print, and return 0 if the aim is met."""
    from advgui.models.loading import load_pipeline

    pipeline, dataset = load_pipeline(), cifar10.load("test")
    strengths = {"fgsm": [8 / 255], "pgd": [8 / 255]}
    plan = Plan.of(attacks=tuple(strengths), strengths=strengths, settings={"pgd": {"steps": 5}})
    provenance = provenance_of(pipeline, plan.scenarios)

    def alone(start: int, stop: int) -> float:
        part = Plan(plan.scenarios, start, stop)
        began = time.perf_counter()
        finished(evaluate(pipeline, dataset, part, provenance, BATCH_SIZE))
        return time.perf_counter() - began

    alone(0, SHARD)  # compiles
    single = SHARD * SHARDS / alone(0, SHARD * SHARDS)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    order = Order(Files(None, None, None, False), expected(provenance, dataset), plan)
    with engine.opened(engine.LOCAL, cores) as running:

        def all_of(shards: Sequence[tuple[int, int]]) -> float:
            began = time.perf_counter()
            for event in running.run(evaluate_shard, order, shards):
                if event is not None and event.error is not None:
                    raise event.error
            return time.perf_counter() - began

        shards = [(start, start + SHARD) for start in range(0, SHARD * SHARDS, SHARD)]
        all_of(shards[: 2 * cores])  # every worker loads
        seconds = all_of(shards)
        began = time.perf_counter()
        list(running.run(nothing, None, list(range(EMPTY))))
        overhead = (time.perf_counter() - began) / EMPTY
    together = SHARD * SHARDS / seconds
    a_shard = seconds * cores / SHARDS
    print(f"one process, {cores} cores          {single:.1f} images a second")
    met = together / single >= RATIO
    print(f"Ray, {cores} workers of one core   {together:.1f} images a second: {together / single:.2f} times", end=" ")
    print("aim met" if met else "AIM MISSED")
    print(f"a shard of {SHARD} images        {a_shard:.1f} s on one core; {1000 * overhead:.0f} ms for the driver")
    print("\n| workers | 10,000 images (calculated) |\n|---:|---:|")
    for workers in MORE:
        # The driver hands shards out one by one: it is the limit where workers are many.
        count = IMAGES / SHARD
        whole = max(-(-count // workers) * (a_shard + overhead), count * overhead)
        print(f"| {workers} | {whole / 60:.1f} min |")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
