"""Certifying images: the votes are reproducible, belong to their image, and prove what no attack breaks."""

import json

import numpy as np
import pytest
from scipy.stats import beta, norm

from advgui.certification.report import merge
from advgui.certification.run import begun, certify, smoothed
from advgui.certification.smoothing import Smoothing, Vote
from advgui.errors import DataError
from advgui.figures.certified import certified_figure
from advgui.images import to_float
from advgui.reports import certified, certified_storage
from tests import tiny

SMALL = Smoothing(sigma=0.1, choosing=20, estimating=150)


def finished(pipeline, samples, smoothing=SMALL, positions=(0, 3, 7), start=None):
    start = start or begun(pipeline, samples, smoothing, np.array(positions))
    *_, last = certify(pipeline, samples, start)
    return last.report


@pytest.fixture(scope="module")
def pipeline():
    return tiny.pipeline()


@pytest.fixture(scope="module")
def report(pipeline, samples):
    return finished(pipeline, samples)


def test_the_same_seed_gives_the_same_votes_whatever_else_is_certified(pipeline, samples, report):
    alone = [finished(pipeline, samples, positions=(place,)) for place in (7, 0, 3)]
    assert certified_storage.to_json(merge(alone)) == certified_storage.to_json(report)


def test_an_interrupted_certification_goes_on_to_the_same_bytes(pipeline, samples, report):
    steps = certify(pipeline, samples, begun(pipeline, samples, SMALL, np.array([0, 3, 7])))
    partial = next(step.report for step in steps if step.done == 1)
    assert not partial.complete
    read = certified_storage.from_json(certified_storage.to_json(partial))
    whole = finished(pipeline, samples, start=read)
    assert certified_storage.to_json(whole) == certified_storage.to_json(report)


def test_every_figure_follows_from_the_raw_counts(report):
    """Recomputed from the file alone, with the beta distribution in place of our function."""
    stored = json.loads(certified_storage.to_json(report))
    sigma, alpha = stored["smoothing"]["sigma"], stored["smoothing"]["alpha"]
    radii = []
    for choosing, estimating, predicted, radius in zip(
        stored["choosing"], stored["estimating"], stored["predicted"], stored["radii"], strict=True
    ):
        leading = int(np.argmax(choosing))
        votes, copies = estimating[leading], sum(estimating)
        share = beta.ppf(alpha, votes, copies - votes + 1) if votes else 0.0
        expected = sigma * norm.ppf(share) if share > 0.5 else 0.0
        assert predicted == (leading if share > 0.5 else None)
        assert radius == pytest.approx(expected, rel=1e-6)
        radii.append((predicted, expected))
    for row in stored["certified"]:
        pairs = zip(radii, stored["labels"], strict=True)
        right = sum(predicted == label and radius >= row["radius"] for (predicted, radius), label in pairs)
        assert row["correct"] == right


def test_the_two_votes_have_noise_of_their_own(pipeline, samples):
    target = smoothed(pipeline, SMALL)
    image = to_float(samples.images[0])
    first, second = (next(target.noisy(image, 0, vote)) for vote in Vote)
    other = next(target.noisy(image, 1, Vote.CHOOSING))
    assert not np.array_equal(first, second[: len(first)])
    assert not np.array_equal(first, other)
    inside = (first > 0) & (first < 1)
    assert np.std((first - image)[inside]) == pytest.approx(SMALL.sigma, rel=0.1)
    assert first.min() >= 0
    assert first.max() <= 1


def test_no_change_inside_the_radius_alters_the_vote(bundled, samples):
    """As far as an attack can tell: random directions and the loss' own, as long as the certificate allows."""
    how = Smoothing(sigma=0.1, choosing=50, estimating=200)
    target = smoothed(bundled, how)
    random = np.random.default_rng(0)
    tried = 0
    for place in range(4):
        image, index = to_float(samples.images[place]), int(samples.indices[place])
        report = finished(bundled, samples, how, (place,))
        (proven,) = report.certificates
        if proven.predicted is None:
            continue
        label = np.array([proven.predicted])
        gradient = bundled.classifier.loss_gradient_and_logits(image[np.newaxis], label)[0][0]
        for direction in (gradient, random.standard_normal(image.shape).astype(np.float32)):
            step = 0.99 * proven.radius * direction / np.sqrt(np.square(direction).sum())
            moved = np.clip(image + step, 0, 1).astype(np.float32)
            *_, votes = target.votes(moved, index + 10_000, Vote.ESTIMATING)
            assert int(votes.argmax()) == proven.predicted
            tried += 1
    assert tried >= 4


def test_reports_on_other_things_are_not_put_together(pipeline, samples, report):
    other = finished(pipeline, samples, Smoothing(sigma=0.2, choosing=20, estimating=150), (5,))
    with pytest.raises(ValueError, match="made otherwise"):
        merge([report, other])
    with pytest.raises(ValueError, match="in common"):
        merge([report, report])


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values["smoothing"].pop("alpha"),
        lambda values: values["choosing"][0].append(1),
        lambda values: values["estimating"][0].__setitem__(0, values["estimating"][0][0] + 1),
        lambda values: values["radii"].__setitem__(0, 9.0),
        lambda values: values["indices"].__setitem__(0, 1),
        lambda values: values["smoothing"].__setitem__("sigma", -1.0),
        lambda values: values.__setitem__("version", 2),
        lambda values: values.__setitem__("labels", [True, 1, 2]),
    ],
)
def test_a_file_that_was_changed_is_refused(report, change):
    values = json.loads(certified_storage.to_json(report))
    change(values)
    with pytest.raises(DataError, match="This is not a certification"):
        certified_storage.from_json(json.dumps(values))


@pytest.mark.parametrize("written", [certified.to_text, certified.to_markdown, certified.to_latex, certified.to_csv])
def test_each_table_has_every_radius(report, written):
    text = written(report)
    for radius in report.radii:
        assert f"{radius:g}" in text
    assert len(report.radii) >= 3
    assert max(report.radii) <= report.largest_radius


def test_a_figure_is_the_same_to_the_byte_and_a_partial_one_says_so(pipeline, samples, report):
    assert certified_figure(report).file("svg") == certified_figure(report).file("svg")
    nothing = begun(pipeline, samples, SMALL, np.array([0, 3]))
    assert b"PARTIAL RESULT" in certified_figure(nothing).file("svg")
