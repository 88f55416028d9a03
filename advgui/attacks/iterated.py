"""The contract of an attack in many steps."""

from abc import abstractmethod
from collections.abc import Generator
from typing import ClassVar, NamedTuple

import numpy as np

from advgui import foreign_code
from advgui import parameters as params
from advgui.attacks.base import Attack, Attacked, Examples, Iterate, Memo, Target, finished
from advgui.parameters import Settings
from advgui.types import Bounds, FloatArray


class IteratedAttack(Attack):
    """An attack in many steps, as a generator of them: whoever watches can show each, and stop between two.

    Attributes:
        in_step: How often a step asks for an image's gradient, or for its probabilities.
    """

    in_step: ClassVar[int] = 1

    @abstractmethod
    def iterates(
        self, target: Target, examples: Examples, settings: Settings
    ) -> Generator[FloatArray, None, FloatArray | None]:
        """Yield the images after each step, float32 (N, H, W, C).

        Each is clipped to the ball and to the bounds before it is used; `kept_within` does the same on the way. Each
        image's result must not depend on its neighbours in the batch.

        Args:
            target: What is attacked.
            examples: The batch.
            settings: A value for each of `parameters`.

        Returns:
            The result; None where it is what was yielded last.
        """

    @abstractmethod
    def steps(self, settings: Settings) -> int:
        """Return how many steps there are to be, at least 1; an attack may end before."""

    def perturbed(self, target: Target, examples: Examples, settings: Settings, memo: Memo) -> FloatArray:
        """Return the images after all steps."""
        return finished(self.running(target, examples, settings, memo)).images

    def running(
        self, target: Target, examples: Examples, settings: Settings | None = None, memo: Memo | None = None
    ) -> Generator[Iterate, None, Attacked]:
        """Attack a batch a step at a time (see `Attack.running`).

        The share of clipped values is that of values which the attack moved onto a bound.
        """
        checked = params.settings(self.parameters, settings or {})
        bounds, start = target.bounds, examples.images
        strength = float(next(iter(checked.values())))
        if strength == 0:
            return Attacked(start, np.zeros(len(start), np.float32))
        planned = foreign_code.called(self, "steps", self.steps, checked)
        iterates = foreign_code.called(self, "iterates", self.iterates, target, examples, checked)
        images, step = start, 0
        while True:
            found = foreign_code.called(self, "iterates", self._next, iterates, examples)
            if found.images is not None:
                images = self.kept_within(bounds, start, found.images, strength)
            if found.is_last:
                break
            step += 1
            yield Iterate(images, _moved_onto_bound(bounds, start, images), step, max(planned, step))
        return Attacked(images, _moved_onto_bound(bounds, start, images))

    def _next(self, iterates: Generator[FloatArray, None, FloatArray | None], examples: Examples) -> "_Found":
        """Return the next images, if they keep to the contract."""
        try:
            return _Found(self._checked(next(iterates), examples), is_last=False)
        except StopIteration as end:
            return _Found(None if end.value is None else self._checked(end.value, examples), is_last=True)


def _moved_onto_bound(bounds: Bounds, start: FloatArray, images: FloatArray) -> FloatArray:
    """Return each image's share of values that were moved onto a bound, float32 (N,)."""
    moved = ((images <= bounds.low) | (images >= bounds.high)) & (images != start)
    share: FloatArray = moved.reshape(len(images), -1).mean(axis=1, dtype=np.float32)
    return share


class _Found(NamedTuple):
    """What an iterated attack gave next."""

    images: FloatArray | None
    is_last: bool
