"""An evaluation is a function of plan, data and networks: not of batch size, interruption or division into shards."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui import paper
from advgui.attacks import Loss, finished
from advgui.errors import AdvguiError
from advgui.evaluation import run as evaluation
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report, merge, mitigations
from advgui.evaluation.run import evaluate, provenance_of
from advgui.outcomes import Effort
from advgui.pipeline import Pipeline
from advgui.protocols import AsPublished, supports
from advgui.reports.storage import from_json, to_json
from advgui.scenarios import attackers
from advgui.scenarios import scenario as make
from advgui.types import PAPER_CHAIN, ProtocolName, Scenario
from tests import toy
from tests.columns import KEYS

BOTH = tuple(ProtocolName)
STRENGTHS = {"gaussian": (0.1, 0.3), "fgsm": (4 / 255, 0.1)}


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return toy.pipeline()


@pytest.fixture(scope="module")
def dataset() -> toy.ToyData:
    return toy.data()


@pytest.fixture(scope="module")
def whole(pipeline: Pipeline, dataset: toy.ToyData) -> Report:
    return toy.report(pipeline, dataset, Plan.of(BOTH, strengths=STRENGTHS))


@settings(deadline=None, max_examples=8)
@given(batch_size=st.integers(1, 15))
def test_report_does_not_depend_on_the_batch_size(
    pipeline: Pipeline, dataset: toy.ToyData, whole: Report, batch_size: int
) -> None:
    again = toy.report(pipeline, dataset, Plan.of(BOTH, strengths=STRENGTHS), batch_size)
    assert to_json(again) == to_json(whole)


@settings(deadline=None, max_examples=8)
@given(asked=st.integers(0, 60), batch_size=st.integers(1, 12))
def test_interruption_keeps_exactly_what_was_counted(
    pipeline: Pipeline, dataset: toy.ToyData, whole: Report, asked: int, batch_size: int
) -> None:
    plan = Plan.of(BOTH, strengths=STRENGTHS)
    # The first step is the beginning; whoever stops listening after `asked` more has what was counted by then.
    steps = list(itertools.islice(evaluate(pipeline, dataset, plan, toy.PROVENANCE, batch_size), asked + 1))
    partial = steps[-1].report
    batches_done = asked // len(plan.scenarios)
    assert partial.images == min(batches_done * batch_size, len(dataset.labels))
    assert partial.complete == (partial.images == len(dataset.labels))
    kept = np.isin(whole.indices, dataset.indices[: partial.images])
    assert partial.indices.tolist() == whole.indices[kept].tolist()
    for mine, all_of_it in zip(partial.runs, whole.runs, strict=True):
        for column in mine.predictions:
            assert mine.predictions[column].tolist() == all_of_it.predictions[column][kept].tolist()


@settings(deadline=None, max_examples=8)
@given(cuts=st.sets(st.integers(1, 11), max_size=4), order=st.randoms(use_true_random=False))
def test_merged_shards_equal_the_whole(pipeline: Pipeline, dataset: toy.ToyData, cuts: set[int], order: object) -> None:
    plan = Plan.of(attacks=("fgsm",))
    edges = [0, *sorted(cuts), len(dataset.labels)]
    shards = [
        toy.report(pipeline, dataset, replace(plan, start=start, stop=stop))
        for start, stop in itertools.pairwise(edges)
    ]
    order.shuffle(shards)  # type: ignore[attr-defined]
    assert to_json(merge(shards)) == to_json(toy.report(pipeline, dataset, plan))
    if len(shards) > 2:
        assert to_json(merge([merge(shards[1:]), shards[0]])) == to_json(merge(shards))


def test_merging_refuses_what_does_not_belong_together(pipeline: Pipeline, dataset: toy.ToyData) -> None:
    plan = Plan.of(attacks=("gaussian",), stop=4)
    first = toy.report(pipeline, dataset, plan)
    second = toy.report(pipeline, dataset, replace(plan, start=4, stop=8))
    other_networks = replace(second, provenance=replace(second.provenance, networks={}))
    other_seed = toy.report(pipeline, dataset, Plan.of(attacks=("gaussian",), seed=1, start=4, stop=8))
    for others, complaint in [
        ([first, first], "in common"),
        ([first, replace(second, dataset="other")], "same data set"),
        ([first, other_networks], "different networks"),
        ([first, other_seed], "different scenarios"),
        ([], "nothing to merge"),
    ]:
        with pytest.raises(ValueError, match=complaint):
            merge(others)


def test_merging_partial_reports_stays_partial(pipeline: Pipeline, dataset: toy.ToyData) -> None:
    plan = Plan.of(attacks=("gaussian",), stop=6)
    steps = evaluate(pipeline, dataset, plan, toy.PROVENANCE, 4)
    partial = next(progress.report for progress in steps if progress.done == 4)
    rest = toy.report(pipeline, dataset, replace(plan, start=6, stop=12))
    merged = merge([partial, rest])
    assert (merged.images, merged.planned, merged.complete) == (4 + 6, 12, False)


def test_control_row_equals_clean_exactly_under_the_corrected_protocol(whole: Report) -> None:
    controls = [run for run in whole.runs if run.is_control and run.scenario.protocol is ProtocolName.CORRECTED]
    assert [run.scenario.attack.name for run in controls] == list(paper.FIGURES)
    for run in controls:
        assert run.predictions["attacked"].tolist() == run.predictions["clean"].tolist()
        assert (run.linf, run.clipped) == (0.0, 0)


def test_every_attack_and_protocol_has_a_control_row(whole: Report) -> None:
    def key(scenario: Scenario) -> tuple[str, str]:
        return scenario.attack.name, scenario.protocol

    controls = {key(run.scenario) for run in whole.runs if run.is_control}
    assert controls == {key(run.scenario) for run in whole.runs}
    assert len(controls) == 2 + 1 + 2  # corrected; as published FGSM, and Gaussian noise in two ways


@settings(deadline=None, max_examples=10)
@given(strength=st.floats(0, 0.3), protocol=st.sampled_from([name for name in ProtocolName if supports(name, "fgsm")]))
def test_fgsm_never_leaves_its_ball(
    pipeline: Pipeline, dataset: toy.ToyData, strength: float, protocol: ProtocolName
) -> None:
    found = toy.report(pipeline, dataset, Plan.of((protocol,), ("fgsm",), {"fgsm": (strength,)}))
    for run in found.runs:
        assert np.float32(run.linf) <= np.float32(run.scenario.strength)


def test_draws_and_seed_are_reproducible_and_matter(pipeline: Pipeline, dataset: toy.ToyData) -> None:
    def predictions(**changes: int) -> list[list[int]]:
        run = toy.report(toy.pipeline(), dataset, Plan.of(attacks=("gaussian",), **changes)).runs[-1]  # type: ignore[arg-type]
        return [run.predictions[column].tolist() for column in KEYS]

    assert predictions(draws=5) == predictions(draws=5)
    # A wide spread of logits: twelve images do not agree by chance.
    assert predictions(draws=5) != predictions(draws=1)
    assert predictions(seed=1) != predictions(seed=2)


def test_a_gradient_is_computed_once_for_all_strengths(dataset: toy.ToyData, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = toy.pipeline()
    classifier = pipeline.procedures[ProtocolName.CORRECTED].classifier
    sizes = []
    gradient = classifier.loss_gradient_and_logits

    def counted(images: np.ndarray, labels: np.ndarray, loss: Loss) -> tuple[np.ndarray, np.ndarray]:
        sizes.append(len(images))
        return gradient(images, labels, loss)

    monkeypatch.setattr(classifier, "loss_gradient_and_logits", counted)
    plan = Plan.of(attacks=("gaussian", "fgsm"), strengths={"gaussian": (0.1, 0.2), "fgsm": (0.01, 0.02, 0.03, 0.04)})
    report = toy.report(pipeline, dataset, plan, batch_size=5)
    assert sizes == [5, 5, 2]
    # What an attack costs does not depend on what ran before it.
    assert {run.effort.gradients for run in report.runs if run.scenario.attack.name == "fgsm"} == {12}
    assert {run.effort for run in report.runs if run.scenario.attack.name == "gaussian"} == {Effort()}


MATRIX = Plan.of(
    attacks=("pgd",),
    settings={"pgd": {"steps": 3}},
    knows=attackers(PAPER_CHAIN),
    attacker_draws=3,
)


@pytest.fixture(scope="module")
def matrix(pipeline: Pipeline, dataset: toy.ToyData) -> Report:
    return toy.report(pipeline, dataset, MATRIX)


@settings(deadline=None, max_examples=4)
@given(batch_size=st.integers(1, 40))
def test_an_iterated_attack_that_averages_draws_does_not_depend_on_the_batch_size(
    pipeline: Pipeline, dataset: toy.ToyData, matrix: Report, batch_size: int
) -> None:
    again = toy.report(pipeline, dataset, MATRIX, batch_size)
    for run, other in zip(again.runs, matrix.runs, strict=True):
        assert run.effort == other.effort
        for key, predicted in run.predictions.items():
            assert predicted.tolist() == other.predictions[key].tolist()


def test_a_matrix_is_what_its_attackers_do_one_by_one(pipeline: Pipeline, dataset: toy.ToyData, matrix: Report) -> None:
    assert [run.scenario.attacker_knows for run in matrix.runs[1:]] == list(attackers(PAPER_CHAIN))
    for run in matrix.runs[1:]:
        alone = Plan.of(
            attacks=("pgd",), settings={"pgd": {"steps": 3}}, knows=[run.scenario.attacker_knows], attacker_draws=3
        )
        control, other = toy.report(pipeline, dataset, alone, batch_size=12).runs
        assert other.scenario == run.scenario
        assert (other.effort, other.linf) == (run.effort, run.linf)
        for key, predicted in run.predictions.items():
            assert predicted.tolist() == other.predictions[key].tolist()
            assert control.predictions[key].tolist() == matrix.runs[0].predictions[key].tolist()


def test_a_step_of_an_iterated_attack_is_a_step_of_the_evaluation(
    pipeline: Pipeline, dataset: toy.ToyData, matrix: Report
) -> None:
    seen = list(evaluate(pipeline, dataset, MATRIX, toy.PROVENANCE, batch_size=12))
    # Four images a batch, so that a step has no more than twelve gradients; four attackers with three steps each.
    assert len(seen) == 1 + 3 * (1 + 4 * (3 + 1))
    for before, after in itertools.pairwise(seen):
        assert before.fraction < after.fraction
        assert after.done in (before.done, before.done + 4)
        if after.done == before.done:
            assert after.report is before.report
    assert seen[-1].fraction == 1
    middle = seen[-3]  # within the last attack
    assert (middle.done, middle.report.complete) == (8, False)
    kept = np.isin(matrix.indices, dataset.indices[:8])
    for partial, run in zip(middle.report.runs, matrix.runs, strict=True):
        for key, predicted in run.predictions.items():
            assert partial.predictions[key].tolist() == predicted[kept].tolist()
    rest = toy.report(pipeline, dataset, replace(MATRIX, start=8))
    whole = merge([replace(middle.report, ranges=((0, 8),)), rest])
    assert [run.effort for run in whole.runs] == [run.effort for run in matrix.runs]
    assert to_json(from_json(to_json(middle.report))) == to_json(middle.report)


def test_a_target_is_reached_by_images_of_other_classes(pipeline: Pipeline, dataset: toy.ToyData) -> None:
    plan = Plan.of(attacks=("fgsm",), strengths={"fgsm": (0.1,)}, target=3)
    report = toy.report(pipeline, dataset, plan)
    for run in report.runs:
        for key, predicted in run.predictions.items():
            others = report.labels != 3
            rate = report.success(run, key)
            assert (rate.correct, rate.total) == (np.sum(predicted[others] == 3), np.sum(others))
    assert report.success(report.runs[1], "attacked").correct > report.success(report.runs[0], "attacked").correct
    untargeted = toy.report(pipeline, dataset, Plan.of(attacks=("gaussian",)))
    with pytest.raises(ValueError, match="no target"):
        untargeted.success(untargeted.runs[0], "attacked")


def test_progress_only_grows_and_ends_complete(pipeline: Pipeline, dataset: toy.ToyData) -> None:
    plan = Plan.of()
    seen = list(evaluate(pipeline, dataset, plan, toy.PROVENANCE, batch_size=5))
    assert seen[0].done == 0
    assert seen[0].report.images == 0
    assert len(seen) == 1 + 3 * len(plan.scenarios)
    for before, after in itertools.pairwise(seen):
        assert before.done <= after.done
        assert before.fraction < after.fraction
    last = seen[-1]
    assert (last.done, last.total, last.fraction, last.seconds_left) == (12, 12, 1.0, 0.0)
    assert last.report.complete
    assert [progress.report.images for progress in seen] == [progress.done for progress in seen]


def test_earlier_reports_do_not_change_while_the_evaluation_goes_on(pipeline: Pipeline, dataset: toy.ToyData) -> None:
    steps = evaluate(pipeline, dataset, Plan.of(), toy.PROVENANCE, batch_size=4)
    report = next(progress.report for progress in steps if progress.done == 4)
    text = to_json(report)
    finished(steps)
    assert to_json(report) == text


def test_a_pause_does_not_count_as_computing(
    pipeline: Pipeline, dataset: toy.ToyData, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = itertools.count(step=1.0)  # every look at the clock finds a second gone: a step takes one
    monkeypatch.setattr(evaluation.time, "monotonic", lambda: next(now))
    plan = Plan.of(attacks=("gaussian",))
    for number, progress in enumerate(evaluate(pipeline, dataset, plan, toy.PROVENANCE, batch_size=4)):
        for _ in range(50):
            next(now)
        if number:
            assert progress.images_per_second == pytest.approx(4 / 2)  # two scenarios of four images, one second each
            assert progress.seconds_left == pytest.approx(3 * 2 - number)


def test_numbers_of_a_report_agree_with_each_other(whole: Report) -> None:
    for run in whole.runs:
        for column in run.predictions:
            tally = whole.tally(run, column)
            matrix = whole.confusion(run, column)
            classes = whole.per_class(run, column)
            assert tally.total == whole.images == matrix.sum()
            assert tally.correct == np.trace(matrix) == sum(one.correct for one in classes)
            assert [one.total for one in classes] == matrix.sum(axis=1).tolist()
        for column in mitigations(run):
            changes = whole.paired(run, column).counts
            gained = changes["fixed"] - changes["broken"]
            assert gained == whole.tally(run, column).correct - whole.tally(run, "attacked").correct
            for index in whole.paired(run, column).fixed:
                place = whole.indices.tolist().index(index)
                assert run.predictions["attacked"][place] != whole.labels[place]
                assert run.predictions[column][place] == whole.labels[place]


def test_reports_are_read_only(whole: Report) -> None:
    for array in (whole.labels, whole.indices, *whole.runs[0].predictions.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_usual_strengths_differ_between_the_protocols() -> None:
    strengths = {(s.protocol, s.attack.name): s.strength for s in Plan.of(BOTH).scenarios if s.strength}
    assert strengths == {
        (ProtocolName.CORRECTED, "gaussian"): 0.1,
        (ProtocolName.CORRECTED, "fgsm"): 8 / 255,
        (ProtocolName.AS_PUBLISHED, "gaussian"): 0.1,
        (ProtocolName.AS_PUBLISHED, "fgsm"): 0.05,
        (ProtocolName.AS_PUBLISHED_SCALED, "gaussian"): 0.1,
    }


def test_what_was_not_published_stands_under_the_corrected_protocol_alone() -> None:
    with pytest.raises(AdvguiError, match="FGSM cannot be made as published"):
        Plan.of((ProtocolName.AS_PUBLISHED_SCALED,), ("fgsm",))
    protocols = {one.protocol for one in Plan.of(tuple(ProtocolName), ("fgsm",)).scenarios}
    assert protocols == {ProtocolName.CORRECTED, ProtocolName.AS_PUBLISHED}


def test_impossible_plans_are_refused(pipeline: Pipeline, dataset: toy.ToyData) -> None:
    with pytest.raises(ValueError, match="scenarios"):
        Plan(())
    with pytest.raises(ValueError, match="none twice"):
        Plan((make(), make()))
    with pytest.raises(ValueError, match="different chains"):
        Plan((make(), make(chain=PAPER_CHAIN[::-1])))
    with pytest.raises(ValueError, match="later stop"):
        Plan((make(),), start=3, stop=3)
    for plan in (Plan((make(),), stop=13), Plan((make(),), start=12)):
        with pytest.raises(AdvguiError, match="has 12 images"):
            toy.report(pipeline, dataset, plan)
    with pytest.raises(ValueError, match="batch size"):
        toy.report(pipeline, dataset, Plan((make(),)), batch_size=0)


def test_provenance_names_the_networks_that_are_used(pipeline: Pipeline) -> None:
    corrected = provenance_of(pipeline, Plan.of().scenarios)
    assert set(corrected.networks) == {"classifier", "autoencoder"}
    assert corrected.networks["classifier"].sha256 == "0" * 64
    assert set(corrected.packages) == {"python", "tensorflow", "keras", "numpy"}
    published = provenance_of(pipeline, Plan.of(BOTH[1:]).scenarios)
    assert set(published.networks) == {"classifier", "gaussian-standardized", "gaussian-scaled", "fgsm"}


def test_a_missing_autoencoder_is_reported_before_anything_runs(pipeline: Pipeline) -> None:
    published = pipeline.procedures[ProtocolName.AS_PUBLISHED]
    assert isinstance(published, AsPublished)
    without = Pipeline({ProtocolName.AS_PUBLISHED: replace(published, open_autoencoder=lambda _: None)})
    with pytest.raises(AdvguiError, match="FGSM are not there"):
        provenance_of(without, Plan.of((ProtocolName.AS_PUBLISHED,), ("fgsm",)).scenarios)


def test_missing_networks_are_reported_before_anything_runs(pipeline: Pipeline) -> None:
    alone = Pipeline({ProtocolName.CORRECTED: pipeline.procedures[ProtocolName.CORRECTED]})
    with pytest.raises(AdvguiError, match="as-published"):
        provenance_of(alone, Plan.of(BOTH).scenarios)
