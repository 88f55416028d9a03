"""Counts and intervals: known values, and properties that no implementation may miss."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from advgui.evaluation.intervals import Paired, Tally, confusion, paired, tally, wilson


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 1998, table I, method 3 (the score method without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_values(correct: int, total: int, low: float, high: float) -> None:
    assert wilson(correct, total) == pytest.approx((low, high), abs=5e-5)


counts = st.integers(1, 20_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@given(counts, st.floats(0.5, 0.999))
def test_wilson_agrees_with_scipy(count: tuple[int, int], confidence: float) -> None:
    expected = binomtest(*count).proportion_ci(confidence, method="wilson")
    assert wilson(*count, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(counts)
def test_interval_holds_the_share_and_stays_within_bounds(count: tuple[int, int]) -> None:
    correct, total = count
    low, high = wilson(correct, total)
    assert 0 <= low <= correct / total <= high <= 1
    assert low < high


@given(counts)
def test_intervals_mirror_each_other(count: tuple[int, int]) -> None:
    correct, total = count
    low, high = wilson(correct, total)
    assert wilson(total - correct, total) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts)
def test_more_images_make_a_narrower_interval(count: tuple[int, int]) -> None:
    correct, total = count
    low, high = wilson(correct, total)
    low_of_more, high_of_more = wilson(4 * correct, 4 * total)
    assert high_of_more - low_of_more < high - low


def test_nothing_counted_means_nothing_known() -> None:
    assert wilson(0, 0) == (0, 1)
    assert isnan(Tally(0, 0).accuracy)


@pytest.mark.parametrize("wrong", [(-1, 5), (6, 5), (0, -1), (1, 2, 0.0), (1, 2, 1.0)])
def test_impossible_counts_are_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        wilson(*wrong)  # type: ignore[arg-type]


Triples = list[tuple[int, int, int]]
labelled = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@given(labelled)
def test_each_image_is_in_exactly_one_paired_count(triples: Triples) -> None:
    labels, before, after = np.array(triples).T
    indices = np.arange(len(labels)) * 7 + 3
    found = paired(indices, before == labels, after == labels)
    assert sorted(np.concatenate([getattr(found, name) for name in Paired.NAMES])) == indices.tolist()
    right_before, right_after = tally(labels, before).correct, tally(labels, after).correct
    assert found.counts["fixed"] + found.counts["still_right"] == right_after
    assert found.counts["broken"] + found.counts["still_right"] == right_before


@given(labelled)
def test_confusion_matrix_holds_every_image_and_the_right_ones_in_its_diagonal(triples: Triples) -> None:
    labels, predictions, _ = np.array(triples).T
    matrix = confusion(labels, predictions, 5)
    assert matrix.sum(axis=1).tolist() == np.bincount(labels, minlength=5).tolist()
    assert matrix.sum(axis=0).tolist() == np.bincount(predictions, minlength=5).tolist()
    assert np.trace(matrix) == tally(labels, predictions).correct
