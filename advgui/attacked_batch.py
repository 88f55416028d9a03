"""Attacked images, and what was computed from them, which the next scenario may need again."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field

import numpy as np

from advgui.columns import read_only
from advgui.outcomes import Effort
from advgui.types import FloatArray

# Columns that are kept for another look: switching a mitigation off and on again computes nothing.
_KEPT_COLUMNS = 16
# The same of single draws, all columns together: a hundred of them are as many images.
_KEPT_DRAWS = 400


@dataclass
class AttackedBatch:
    """An attacked batch, and the columns that were computed from it.

    Attributes:
        key: Everything that the attacked images depend on.
        images: The attacked images.
        is_unchanged: Whether the classifier is fed exactly what it is fed for column (a).
        measured: `linf`, `l2` and `clipped` of an outcome.
        effort: What the attack cost.
        columns: Images and probabilities by what they depend on.
        draws: The same for each draw so far, where they are kept.
    """

    key: Hashable
    images: FloatArray
    is_unchanged: bool
    measured: dict[str, FloatArray]
    effort: Effort
    columns: dict[Hashable, tuple[FloatArray, FloatArray]] = field(default_factory=dict)
    draws: dict[Hashable, list[tuple[FloatArray, FloatArray]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        key: Hashable,
        start: FloatArray,
        attacked: FloatArray,
        clipped: FloatArray,
        fed: FloatArray,
        effort: Effort,
    ) -> "AttackedBatch":
        """Measure an attacked batch, of which no column is computed yet.

        Args:
            key: Everything that the attacked images depend on.
            start: float32 (N, H, W, 3), the images before the attack.
            attacked: float32 (N, H, W, 3), the images after it.
            clipped: float32 (N,), share of each image's values that were clipped.
            fed: float32 (N, H, W, 3), what the classifier is fed for column (a).
            effort: What the attack cost.
        """
        change = np.abs(attacked - start).reshape(len(start), -1)
        l2 = np.sqrt(np.square(change, dtype=np.float64).sum(axis=1)).astype(np.float32)
        measured = {"linf": read_only(change.max(axis=1)), "l2": read_only(l2), "clipped": read_only(clipped)}
        return cls(key, read_only(attacked), np.array_equal(attacked, fed), measured, effort)

    def forget_all_but(self, needed: Collection[Hashable]) -> None:
        """Let go of the columns that were computed longest ago, where there are many, but for those that are needed."""
        for old in list(self.columns)[:-_KEPT_COLUMNS]:
            if old not in needed:
                del self.columns[old]
        for old in list(self.draws):
            if old not in needed and sum(map(len, self.draws.values())) > _KEPT_DRAWS:
                del self.draws[old]
