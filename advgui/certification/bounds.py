"""What a vote proves."""

from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

from advgui.types import IntArray

# Of the risk that a certificate is wrong (Cohen et al., section 4: 0.001).
ALPHA = 0.001


class Certificate(NamedTuple):
    """What is proven for one image.

    Attributes:
        predicted: The class of the smoothed classifier, or None where it abstains.
        share: Lower bound of the probability that one noisy copy is given the class that leads, in [0, 1].
        radius: No change of a shorter L2 length alters the class; 0 where it abstains.
    """

    predicted: int | None
    share: float
    radius: float


@lru_cache(maxsize=100_000)  # the images of a data set have the same counts again and again
def lower_bound(successes: int, trials: int, alpha: float = ALPHA) -> float:
    """Return the one-sided Clopper-Pearson lower bound of a probability, with confidence 1 - alpha.

    Args:
        successes: From 0 to `trials`.
        trials: At least 1.
        alpha: In (0, 1).
    """
    from scipy.stats import binomtest  # takes a second, which a window that may never need it does not wait for

    test = binomtest(successes, trials, alternative="greater")
    return float(test.proportion_ci(confidence_level=1 - alpha, method="exact").low)


def certificate(choosing: IntArray, estimating: IntArray, sigma: float, alpha: float = ALPHA) -> Certificate:
    """Return what two votes prove: *Certify* of Cohen et al. (section 3.2.2).

    The first vote chooses the class, the second one, of other noise, bounds its share from below: one vote for both
    would favour the class that was lucky, and the bound would not hold.

    Args:
        choosing: int64 (classes,), votes of the first.
        estimating: int64 (classes,), votes of the second, at least one.
        sigma: Standard deviation of the noise.
        alpha: Risk, in (0, 1), that the radius is too large.
    """
    leading = int(choosing.argmax())
    share = lower_bound(int(estimating[leading]), int(estimating.sum()), alpha)
    if share <= 0.5:
        return Certificate(None, share, 0.0)
    return Certificate(leading, share, sigma * NormalDist().inv_cdf(share))


def largest_radius(sigma: float, trials: int, alpha: float = ALPHA) -> float:
    """Return the radius that a vote without a single dissent proves: more copies prove more."""
    return max(0.0, sigma * NormalDist().inv_cdf(lower_bound(trials, trials, alpha)))
