"""What a certification found, as plain data: the votes for each image, from which every number is derived."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from advgui.certification.bounds import Certificate, certificate, largest_radius
from advgui.certification.smoothing import Smoothing
from advgui.evaluation.intervals import Tally
from advgui.evaluation.report import Provenance, hashes, merged_provenance
from advgui.types import IntArray

# L2 radii of a table; those beyond what the number of copies can prove are left out.
_RADII = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True, eq=False)
class Certification:
    """What a certification found.

    Attributes:
        dataset: Name of the data set.
        class_names: One for each class.
        smoothing: How.
        planned: int64 (P,), the indices of the images that were to be certified, in ascending order.
        indices: int64 (N,), those of the images that were, in ascending order.
        labels: int64 (N,), their true classes.
        choosing: int64 (N, classes), votes that chose the class.
        estimating: int64 (N, classes), votes that bound its share.
        provenance: What ran, where.
    """

    dataset: str
    class_names: tuple[str, ...]
    smoothing: Smoothing
    planned: IntArray
    indices: IntArray
    labels: IntArray
    choosing: IntArray
    estimating: IntArray
    provenance: Provenance

    @property
    def images(self) -> int:
        """Number of images that were certified."""
        return len(self.indices)

    @property
    def complete(self) -> bool:
        """Whether every planned image was certified."""
        return self.images == len(self.planned)

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        """What is proven, for each image."""
        sigma, alpha = self.smoothing.sigma, self.smoothing.alpha
        pairs = zip(self.choosing, self.estimating, strict=True)
        return tuple(certificate(choosing, estimating, sigma, alpha) for choosing, estimating in pairs)

    @property
    def largest_radius(self) -> float:
        """The radius that a vote without dissent proves."""
        return largest_radius(self.smoothing.sigma, self.smoothing.estimating, self.smoothing.alpha)

    @property
    def radii(self) -> tuple[float, ...]:
        """The L2 radii of a table: from 0 to what the number of copies can prove."""
        return tuple(radius for radius in _RADII if radius <= self.largest_radius)

    def certified(self, radius: float) -> Tally:
        """Count the images whose class is right, and proven for every change up to a radius.

        At radius 0: that are right, and where the vote does not abstain (Cohen et al., *certified accuracy*).
        """
        below = int(np.searchsorted(self._radii_of_right, radius))
        return Tally(len(self._radii_of_right) - below, self.images)

    @cached_property
    def _radii_of_right(self) -> NDArray[np.float64]:
        """The radii of the images whose class is right, in ascending order."""
        pairs = zip(self.certificates, self.labels.tolist(), strict=True)
        return np.sort(np.array([one.radius for one, label in pairs if one.predicted == label], np.float64))

    @property
    def abstained(self) -> int:
        """Number of images for which the vote says nothing."""
        return sum(one.predicted is None for one in self.certificates)


def differences(earlier: Certification, wanted: Certification) -> list[str]:
    """Return why a certification is not a part of one that is wanted, each reason in a few words; [] if it is."""
    different = [
        f"{name} {there} there, {now} now"
        for name, there, now in (
            ("smoothing", earlier.smoothing, wanted.smoothing),
            ("data set", earlier.dataset, wanted.dataset),
            ("images", f"{len(earlier.planned):,}", f"{len(wanted.planned):,}"),
            ("networks", hashes(earlier.provenance), hashes(wanted.provenance)),
        )
        if there != now
    ]
    if not different and not np.array_equal(earlier.planned, wanted.planned):
        return ["other images"]
    return different


def merge(parts: Sequence[Certification]) -> Certification:
    """Put certifications of different images of one data set together.

    Raises:
        ValueError: They do not belong together, or have images in common.
    """
    first = parts[0]
    for other in parts[1:]:
        if other.smoothing != first.smoothing:
            raise ValueError(f"They were made otherwise: {first.smoothing} and {other.smoothing}; expected the same.")
        if (other.dataset, other.class_names) != (first.dataset, first.class_names):
            raise ValueError(f"They are on '{first.dataset}' and on '{other.dataset}'; expected the same data set.")
        if hashes(other.provenance) != hashes(first.provenance):
            raise ValueError("They come from different networks; expected the same SHA-256 for each.")
    planned = np.concatenate([part.planned for part in parts])
    if len(np.unique(planned)) < len(planned):
        raise ValueError("They have images in common; expected each image in one alone.")
    indices = np.concatenate([part.indices for part in parts])
    order = np.argsort(indices, kind="stable")
    return Certification(
        dataset=first.dataset,
        class_names=first.class_names,
        smoothing=first.smoothing,
        planned=np.sort(planned),
        indices=indices[order],
        labels=np.concatenate([part.labels for part in parts])[order],
        choosing=np.concatenate([part.choosing for part in parts])[order],
        estimating=np.concatenate([part.estimating for part in parts])[order],
        provenance=merged_provenance([part.provenance for part in parts]),
    )
