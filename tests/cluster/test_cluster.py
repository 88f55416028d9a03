"""A local Ray with two workers: what comes back is what one process finds, whatever happens to workers."""

import json
import os
import signal
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from advgui.certification.run import begun, certify, scenarios_of
from advgui.certification.smoothing import Smoothing
from advgui.cli import main
from advgui.cluster import certifying, engine
from advgui.cluster.evaluating import Order, evaluate_on
from advgui.cluster.gathering import gather
from advgui.cluster.sources import expected
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan
from advgui.evaluation.run import evaluate, provenance_of
from advgui.reports import certified_storage
from advgui.reports.storage import from_json, to_json
from tests import toy
from tests.cluster import sources

pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = [pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")]

PLAN = Plan.of(attacks=("fgsm", "pgd"), strengths={"fgsm": (0.1,), "pgd": (0.1,)})


@pytest.fixture(scope="module")
def workers():
    # Workers import what the driver names.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    os.environ["RAY_ADDRESS"] = "127.0.0.1:1"  # of another cluster, which nobody asked for
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own
        with engine.opened(engine.LOCAL, workers=2) as opened:
            yield opened
    os.environ.pop("RAY_ADDRESS")
    os.environ.pop("PYTHONPATH")
    if before is not None:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="module")
def pipeline():
    return toy.pipeline()


def order_of(source, pipeline, plan=PLAN):
    return Order(source, expected(provenance_of(pipeline, plan.scenarios), toy.data()), plan, 3)


def first_report(pipeline):
    return next(evaluate(pipeline, toy.data(), PLAN, provenance_of(pipeline, PLAN.scenarios))).report


def without_machines(report):
    assert report.provenance.machines
    return to_json(replace(report, provenance=replace(report.provenance, machines=())))


def one_process(pipeline):
    steps = list(evaluate(pipeline, toy.data(), PLAN, provenance_of(pipeline, PLAN.scenarios)))
    return to_json(steps[-1].report)


def test_the_bytes_are_those_of_one_process(workers, pipeline):
    order = order_of(sources.Toy(), pipeline)
    steps = list(evaluate_on(workers, order, toy.data(), first_report(pipeline), size=4))
    assert sorted({step.cluster.done for step in steps}) == [0, 1, 2, 3]
    assert workers.workers == steps[0].cluster.workers == 2
    assert without_machines(steps[-1].report) == one_process(pipeline)
    stored = to_json(steps[-1].report)
    assert json.loads(stored)["provenance"]["machines"]
    assert to_json(from_json(stored)) == stored
    # Stopped after any shard, it goes on to the same bytes.
    one_shard = next(step for step in steps if step.cluster.done == 1)
    again = list(evaluate_on(workers, order, toy.data(), from_json(to_json(one_shard.report)), size=4))
    assert again[-1].cluster.shards == 2
    assert without_machines(again[-1].report) == one_process(pipeline)


def test_a_killed_workers_shard_runs_again(workers, pipeline, tmp_path):
    order = order_of(sources.KilledOnce(marker=tmp_path / "killed"), pipeline)
    steps = list(evaluate_on(workers, order, toy.data(), first_report(pipeline), size=6))
    assert (tmp_path / "killed").exists()
    assert steps[-1].cluster.again >= 1
    assert "tried again" in steps[-1].cluster.text
    assert without_machines(steps[-1].report) == one_process(pipeline)


@pytest.mark.parametrize(
    ("source", "said"),
    [(sources.Toy(seed=1), "other images"), (sources.Missing(), "CIFAR-10 was not found")],
)
def test_a_worker_that_has_something_else_counts_nothing(workers, pipeline, source, said):
    steps = []
    with pytest.raises(AdvguiError, match=rf"2 of 2 shards failed, each 3 times: .*on .*{said}"):
        steps.extend(evaluate_on(workers, order_of(source, pipeline), toy.data(), first_report(pipeline), size=6))
    assert [step.done for step in steps] == [0] * len(steps)


def test_networks_are_held_against_the_drivers(workers, pipeline):
    order = order_of(sources.Toy(), pipeline)
    other = replace(order.expected, networks=(("classifier", "f" * 64),))
    with pytest.raises(AdvguiError, match=r"other networks \(.*\) than the driver's \(classifier ffffffffffff\)"):
        list(evaluate_on(workers, replace(order, expected=other), toy.data(), first_report(pipeline), size=12))


def test_a_shard_that_fails_leaves_the_others(workers, pipeline):
    order = order_of(sources.Toy(), pipeline)
    found = []
    with pytest.raises(AdvguiError, match=r"1 of 3 shards failed, each 3 times: \(4, 8\): this shard is cursed"):
        found.extend(gather(workers, sources.fails_in_the_middle, order, [(0, 4), (4, 8), (8, 12)], None, _last))
    assert (found[-1].done, found[-1].again) == (2, 2)


def test_who_stops_listening_has_the_rest_cancelled_and_can_begin_again(workers, pipeline, tmp_path):
    events = workers.run(sources.touch, tmp_path, range(100))
    assert next(event for event in events if event is not None).error is None
    events.close()
    (last,) = (event for event in workers.run(sources.touch, tmp_path, [1000]) if event is not None)
    assert last.result == 1000
    # What was handed out before the first result came back, and the last one.
    assert len(list(tmp_path.iterdir())) <= 2 * workers.workers + 1
    order = order_of(sources.Toy(), pipeline)
    steps = evaluate_on(workers, order, toy.data(), first_report(pipeline), size=2)
    part = next(step for step in steps if step.done).report
    steps.close()
    rest = list(evaluate_on(workers, order, toy.data(), part, size=4))
    assert without_machines(rest[-1].report) == one_process(pipeline)


def _last(_before, part):
    return part


def test_certificates_are_those_of_one_process(workers, pipeline):
    smoothing, dataset = Smoothing(0.1, choosing=5, estimating=20), toy.data()
    start = begun(pipeline, dataset, smoothing, dataset.indices.argsort())
    order = certifying.Order(sources.Toy(), expected(start.provenance, dataset), smoothing)
    *_, last = certifying.certify_on(workers, order, start, size=5)
    *_, alone = certify(pipeline, dataset, start)
    assert last.report.provenance.machines
    plain = replace(last.report, provenance=alone.report.provenance)
    assert certified_storage.to_json(plain) == certified_storage.to_json(alone.report)
    assert provenance_of(pipeline, scenarios_of(smoothing)) == start.provenance


# Killed when some shards have come back, and the last one of them is not written down yet.
KILLED = """
import os, signal, sys
from advgui.commands import evaluate
show = evaluate.progress_text

def die(progress):
    if progress.done >= 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return show(progress)

evaluate.progress_text = die
from advgui.cli import main
sys.exit(main())
"""


def test_a_killed_driver_loses_one_shard_at_most(tmp_path):
    path, whole = tmp_path / "partial.json", tmp_path / "whole.json"
    options = ["evaluate", "--samples", "--attack", "fgsm", "--strength", "8/255", "--json"]
    spread = ["--cluster", "local", "--workers", "2", "--shard", "2"]
    command = [sys.executable, "-W", "ignore", "-c", KILLED, *options, str(path), *spread]
    done = subprocess.run(command, capture_output=True, check=False, timeout=600)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = from_json(path.read_text(encoding="utf-8"))
    assert 8 <= left.images + 2 < left.planned
    assert main([*options, str(path), "--resume"]) == 0
    assert main([*options, str(whole)]) == 0
    assert without_machines(from_json(path.read_text(encoding="utf-8"))) == whole.read_text(encoding="utf-8")
