"""What images become behind mitigations, and what the classifier makes of them. NumPy alone."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from advgui.defenses import Defense, Step
from advgui.parameters import Settings
from advgui.randomness import Stream
from advgui.types import Column, FloatArray, IntArray, Scenario, VoteRule
from advgui.victim import Classifying, softmax

_Number = TypeVar("_Number", bound=np.generic)


class Passage:
    """The attacked images on their way through mitigations; what columns have in common is computed once."""

    def __init__(
        self,
        scenario: Scenario,
        links: Mapping[str, tuple[Defense, Settings]],
        indices: IntArray,
        attacked: FloatArray,
    ) -> None:
        self._scenario, self._links, self._indices = scenario, links, indices
        self._fixed: dict[tuple[str, ...], FloatArray] = {(): attacked}
        self._draw = 0
        self._random: dict[tuple[str, ...], FloatArray] = {}
        self._steps: dict[Hashable, Step] = {}

    def is_random(self, column: Column) -> bool:
        """Return whether a column passes a random mitigation."""
        return any(self._links[name][0].is_random for name in column.links)

    def passed(self, column: Column) -> Hashable:
        """Return what a column passes, with the settings."""
        return tuple((name, *self._links[name]) for name in column.links)

    def images(self, names: tuple[str, ...], draw: int) -> FloatArray:
        """Return the images behind some mitigations in one draw."""
        if draw != self._draw:
            self._draw = draw
            self._random.clear()
            self._steps.clear()
        return self._behind(names)

    def _behind(self, names: tuple[str, ...]) -> FloatArray:
        is_random = any(self._links[name][0].is_random for name in names)
        kept = self._random if is_random else self._fixed
        if names not in kept:
            before = self._behind(names[:-1])
            kept[names] = self._step(names[-1], before.shape[1:3]).forward(before)
        return kept[names]

    def _step(self, name: str, shape: tuple[int, ...]) -> Step:
        if (name, shape) not in self._steps:
            defense, settings = self._links[name]
            scenario = self._scenario
            self._steps[name, shape] = defense.step(
                settings, (shape[0], shape[1]), scenario.seed, Stream.DEFENDER, self._indices, self._draw
            )
        return self._steps[name, shape]


def classify(classifier: Classifying, columns: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return probabilities for several columns, in one pass for each size."""
    by_size: dict[tuple[int, ...], list[str]] = {}
    for key, images in columns.items():
        by_size.setdefault(images.shape[1:], []).append(key)
    probabilities: dict[str, FloatArray] = {}
    for keys in by_size.values():
        parts = np.split(softmax(classifier.logits(np.concatenate([columns[key] for key in keys]))), len(keys))
        probabilities |= dict(zip(keys, parts, strict=True))
    return probabilities


def together(scenario: Scenario, answers: Sequence[FloatArray]) -> FloatArray:
    """Return what the scenario's rule makes of the answers for several draws, each float32 (N, classes)."""
    is_majority = scenario.rule is VoteRule.MAJORITY
    first, *others = map(_votes, answers) if is_majority else answers
    total = first
    for values in others:
        total = total + values
    return read_only(total / np.float32(len(answers)))


def _votes(probabilities: FloatArray) -> FloatArray:
    """Return 1 for the likeliest class of each image and 0 for the others, float32 (N, classes)."""
    votes = np.zeros_like(probabilities)
    votes[np.arange(len(votes)), probabilities.argmax(axis=1)] = 1
    return votes


def read_only(array: NDArray[_Number]) -> NDArray[_Number]:
    """Return a read-only view: results cross threads by reference, and the caller's array stays the caller's."""
    view = array.view()
    view.flags.writeable = False
    return view
