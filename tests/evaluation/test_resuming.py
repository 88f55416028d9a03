"""An evaluation that was stopped goes on to the end that it would have had."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.attacks import finished
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import merge
from advgui.evaluation.resuming import differences, missing, resume
from advgui.evaluation.run import evaluate
from advgui.reports.storage import from_json, to_json
from advgui.types import NetworkFile, PluginFile
from tests import toy

PLAN = Plan.of(attacks=("fgsm", "pgd"), strengths={"fgsm": (0.1,), "pgd": (0.1,)}, knows=((), ("autoencoder",)), stop=9)


@pytest.fixture(scope="module")
def pipeline():
    return toy.pipeline()


@pytest.fixture(scope="module")
def dataset():
    return toy.data()


@pytest.fixture(scope="module")
def whole(pipeline, dataset):
    return toy.report(pipeline, dataset, PLAN)


def stopped(pipeline, dataset, images, plan=PLAN):
    """What there is when an evaluation is stopped after so many images."""
    steps = evaluate(pipeline, dataset, plan, toy.PROVENANCE, 1)
    return next(step.report for step in steps if step.done == images)


@settings(deadline=None, max_examples=8)
@given(images=st.integers(0, 9), batch_size=st.integers(1, 9))
def test_the_end_is_that_of_one_without_a_stop(pipeline, dataset, whole, images, batch_size):
    earlier = from_json(to_json(stopped(pipeline, dataset, images)))
    steps = list(resume(pipeline, dataset, PLAN, toy.PROVENANCE, earlier, batch_size))
    assert to_json(steps[-1].report) == to_json(whole)
    assert all(step.done == step.report.images >= images for step in steps)
    assert all(before.fraction <= after.fraction for before, after in itertools.pairwise(steps))
    assert (steps[0].fraction, steps[-1].fraction) == (images / 9, 1)


def test_it_can_be_stopped_again_and_again(pipeline, dataset, whole):
    report = stopped(pipeline, dataset, 0)
    for images in (2, 3, 7, 9):
        steps = resume(pipeline, dataset, PLAN, toy.PROVENANCE, report, 1)
        report = from_json(to_json(next(step.report for step in steps if step.done == images)))
    assert to_json(report) == to_json(whole)


@settings(deadline=None, max_examples=8)
@given(there=st.sets(st.integers(0, 8)))
def test_any_images_may_be_missing(pipeline, dataset, whole, there):
    parts = [toy.report(pipeline, dataset, replace(PLAN, start=place, stop=place + 1)) for place in sorted(there)]
    earlier = replace(merge(parts) if parts else whole, ranges=((0, 9),))
    ranges = missing(earlier, PLAN, dataset)
    lacking = set(range(9)) - there if parts else set()
    assert {place for start, stop in ranges for place in range(start, stop)} == lacking
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ranges))
    assert to_json(finished(resume(pipeline, dataset, PLAN, toy.PROVENANCE, earlier, 3))) == to_json(whole)


def _other_network(provenance):
    return replace(provenance, networks={"classifier": NetworkFile("tiny", "1" * 64)})


def _other_plugin(provenance):
    return replace(provenance, plugins={"fgsm": PluginFile("mine.py", "2" * 64)})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: replace(r, dataset="others"), "data set 'others' there, 'toy images' now"),
        (lambda r: replace(r, ranges=((0, 12),)), "images 0:12 there, 0:9 now"),
        (
            lambda r: replace(r, provenance=_other_network(r.provenance)),
            f"networks classifier {'1' * 12} there, classifier {'0' * 12} now",
        ),
        (lambda r: replace(r, provenance=_other_plugin(r.provenance)), f"plug-ins fgsm {'2' * 12} there, none now"),
        (lambda r: replace(r, runs=r.runs[:-1]), "scenarios 5 there, 6 now, of which new: {"),
        (lambda r: replace(r, runs=r.runs[::-1]), "scenarios 6 there, 6 now"),
        (lambda r: replace(r, labels=(r.labels + 1) % 10), "other images or labels"),
        (lambda r: replace(r, indices=np.arange(r.images)), "other images or labels"),
    ],
)
def test_something_else_is_not_gone_on_with(pipeline, dataset, change, said):
    earlier = stopped(pipeline, dataset, 4)
    assert differences(earlier, PLAN, dataset, toy.PROVENANCE) == []
    different = differences(change(earlier), PLAN, dataset, toy.PROVENANCE)
    assert any(each.startswith(said) for each in different), different
    with pytest.raises(AdvguiError, match="of something else"):
        finished(resume(pipeline, dataset, PLAN, toy.PROVENANCE, change(earlier)))
