"""What a vote proves, held against the binomial distribution itself and against the numbers of Cohen et al."""

from math import comb
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.certification.bounds import certificate, largest_radius, lower_bound


@given(st.integers(1, 60), st.data(), st.sampled_from([0.001, 0.01, 0.05]))
def test_the_bound_is_the_smallest_probability_that_the_count_does_not_contradict(trials, data, alpha):
    successes = data.draw(st.integers(1, trials))
    bound = lower_bound(successes, trials, alpha)
    at_least = sum(comb(trials, k) * bound**k * (1 - bound) ** (trials - k) for k in range(successes, trials + 1))
    assert at_least == pytest.approx(alpha, rel=1e-6)


def test_no_vote_proves_nothing():
    assert lower_bound(0, 100) == 0


def test_the_bound_rarely_lies_above_the_truth():
    """The confidence, by simulation: beyond what alpha allows it would be broken."""
    random, truth, trials, alpha = np.random.default_rng(0), 0.8, 100, 0.05
    counts = random.binomial(trials, truth, 4_000)
    above = sum(lower_bound(int(count), trials, alpha) > truth for count in counts)
    assert above <= 4_000 * alpha + 4 * np.sqrt(4_000 * alpha)


def test_the_published_largest_radius():
    """Cohen et al., section 3.2.2: 100,000 copies of one opinion at alpha 0.001 prove about 3.8 sigma."""
    assert largest_radius(1.0, 100_000) == pytest.approx(3.8, abs=0.02)
    assert largest_radius(0.25, 100_000) == pytest.approx(largest_radius(1.0, 100_000) / 4)


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=5),
    st.lists(st.integers(0, 500), min_size=2, max_size=5),
    st.floats(0.01, 1),
)
def test_a_certificate_is_the_first_votes_class_and_the_second_votes_share(choosing, estimating, sigma):
    size = min(len(choosing), len(estimating))
    first, second = (np.array(counts[:size], np.int64) for counts in (choosing, estimating))
    second[0] += 1
    found = certificate(first, second, sigma)
    leading = int(first.argmax())
    assert found.share == lower_bound(int(second[leading]), int(second.sum()))
    if found.share > 0.5:
        assert found.predicted == leading
        assert NormalDist().cdf(found.radius / sigma) == pytest.approx(found.share, rel=1e-9)
        assert found.radius <= largest_radius(sigma, int(second.sum())) * (1 + 1e-12)
    else:
        assert found == (None, found.share, 0.0)
