"""Two reports held against each other: only what both have, image by image."""

from dataclasses import replace

import numpy as np
import pytest

from advgui import resources
from advgui.errors import AdvguiError
from advgui.evaluation.changes import changes
from advgui.evaluation.intervals import sign_test
from advgui.evaluation.plan import Plan
from advgui.reports import storage
from advgui.types import Link
from tests import toy

PLAN = Plan.of(attacks=("gaussian", "fgsm"), knows=((), ("autoencoder",)))


@pytest.fixture
def report():
    return toy.made_up(60, PLAN.scenarios)


def test_a_report_differs_from_itself_in_nothing(report):
    found = changes(report, report)
    assert found.images == 60
    assert len(found.found) == sum(len(run.predictions) for run in report.runs)
    assert {(one.gained, one.lost, one.points) for one in found.found} == {(0, 0, 0)}
    assert not any(one.is_beyond_chance for one in found.found)


def test_differences_are_counted_on_the_images_of_both(report):
    wrong = (report.labels + 1) % 10
    runs = list(report.runs)
    # Ten images of the first run's (b) become wrong, of which seven are among the first forty.
    spoilt = np.array([3, 9, 12, 20, 25, 30, 39, 45, 50, 55])
    predictions = dict(runs[0].predictions)
    predictions["attacked"] = report.labels.astype(np.int16)
    better = replace(report, runs=(replace(runs[0], predictions=dict(predictions)), *runs[1:]))
    predictions["attacked"] = np.where(np.isin(report.indices, spoilt), wrong, report.labels).astype(np.int16)
    worse = replace(report, runs=(replace(runs[0], predictions=predictions), *runs[1:]))
    first = storage.from_json(storage.to_json(better))
    part = slice(0, 40)
    second = replace(
        worse,
        ranges=((0, 40),),
        indices=worse.indices[part],
        labels=worse.labels[part],
        runs=tuple(
            replace(run, predictions={key: each[part] for key, each in run.predictions.items()}) for run in worse.runs
        ),
    )
    found = changes(first, second)
    assert found.images == 40
    (one,) = [each for each in found.found if each.run is first.runs[0] and each.column.key == "attacked"]
    assert (one.before.correct, one.after.correct, one.before.total) == (40, 33, 40)
    assert (one.gained, one.lost) == (0, 7)
    assert one.points == pytest.approx(-17.5)
    assert one.probability == pytest.approx(2 * sign_test(7, 0))
    assert one.is_beyond_chance


def test_what_only_one_has_is_left_out(report):
    short = Plan.of(attacks=("fgsm",), chain=(Link("autoencoder"),), knows=(("autoencoder",),), seed=4)
    found = changes(report, toy.made_up(60, short.scenarios)).found
    assert {one.run.scenario.attack.name for one in found} == {"fgsm"}
    assert {one.column.key for one in found} == {"clean", "attacked", "autoencoder"}
    assert {one.run.scenario.attacker_knows for one in found if not one.run.is_control} == {("autoencoder",)}


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda report: replace(report, dataset="others"), "'toy images', the other on 'others'"),
        (lambda report: replace(report, indices=report.indices + 60), "0 images in common"),
        (lambda report: replace(report, labels=(report.labels + 1) % 10), "equal true classes"),
        (lambda _: toy.made_up(60, Plan.of(attacks=("pgd",)).scenarios), "no attack and strength in common"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(report, other, words):
    with pytest.raises(AdvguiError, match=words):
        changes(report, other(report))


def test_adversarial_training_shows_in_what_comes_with_the_program():
    usual, robust = (storage.load(resources.trained() / f"{name}.json") for name in ("matrix", "robust"))
    found = changes(usual, robust)
    assert found.images == 1000
    (attacked,) = [
        one
        for one in found.found
        if one.run.scenario.attack.name == "pgd" and not one.run.is_control and one.column.key == "attacked"
        and not one.run.scenario.attacker_knows
    ]  # fmt: skip
    assert attacked.points > 40
    assert attacked.is_beyond_chance
