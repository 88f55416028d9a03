"""The contract of an attack."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple, Protocol, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from advgui import foreign_code
from advgui import parameters as params
from advgui.errors import ContractError
from advgui.outcomes import Effort
from advgui.parameters import Parameter, Settings, Value
from advgui.types import Bounds, FloatArray, IntArray

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, eq=False)
class Examples:
    """A batch under attack.

    Attributes:
        images: float32 (N, H, W, C), where the attack starts.
        labels: int64 (N,), the true classes.
        indices: int64 (N,), the images' indices; an image's random numbers depend on its index and the seed alone.
        seed: Of the random numbers, 0 or more.
        target: The class that the attacker wants to see, or None for any other than the true one.

    Raises:
        ValueError: Shapes, dtypes or values do not fit.
    """

    images: FloatArray
    labels: IntArray
    indices: IntArray
    seed: int = 0
    target: int | None = None

    def __post_init__(self) -> None:
        images, count = self.images, len(self.images)
        if images.ndim != 4 or images.dtype != np.float32 or not np.isfinite(images).all():
            raise ValueError(
                f"Images are {images.dtype} {images.shape}, expected finite float32 of shape (N, H, W, C)."
            )
        if self.labels.shape != (count,) or self.indices.shape != (count,):
            raise ValueError(
                f"{count} images come with labels {self.labels.shape} and indices {self.indices.shape}, "
                f"expected ({count},) for both."
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def goal_labels(self) -> IntArray:
        """int64 (N,), the classes that decide on the attack's success: the target's, or the true ones."""
        return self.labels if self.target is None else np.full(len(self), self.target, np.int64)

    def some(self, which: NDArray[np.bool_] | IntArray) -> "Examples":
        """Return a part of the batch, given bool (N,) or places int64 (n,)."""
        return replace(self, images=self.images[which], labels=self.labels[which], indices=self.indices[which])


class Loss(StrEnum):
    """What an attacker who follows gradients raises."""

    # The cross-entropy of the true class; where the softmax is saturated, its gradient vanishes.
    CROSS_ENTROPY = "cross-entropy"
    # The largest other logit less that of the true class (Carlini and Wagner, IEEE S&P 2017), which has no softmax.
    MARGIN = "margin"


class Ascent(NamedTuple):
    """What a gradient costs one pass for.

    Attributes:
        gradient: float32 (N, H, W, C), as `Target.loss_gradient` gives it.
        margin: float32 (N,), as `Target.margin` gives it, at the images that the gradient was taken at.
    """

    gradient: FloatArray
    margin: FloatArray


class Target(Protocol):
    """What an attack may ask of what it attacks: a classifier, perhaps behind mitigations."""

    bounds: Bounds

    def loss_gradient(self, images: FloatArray, examples: Examples, loss: Loss = Loss.CROSS_ENTROPY) -> FloatArray:
        """Return the gradient of the loss that the attacker wants to raise, with respect to the images.

        It is summed over the batch, so that an image's gradient does not depend on its neighbours. For an untargeted
        attack the loss is that of the true class, for a targeted one the negative one of the target.

        Args:
            images: float32 (N, H, W, C) within the bounds.
            examples: What is attacked; `images` are N variants of its images.
            loss: Which one.

        Returns:
            float32 (N, H, W, C).
        """
        ...

    def ascent(self, images: FloatArray, examples: Examples, loss: Loss = Loss.CROSS_ENTROPY) -> Ascent:
        """Return `loss_gradient` and, at no further cost, the `margin` at the same images."""
        ...

    def margin(self, images: FloatArray, examples: Examples) -> FloatArray:
        """Return how far the attacker has got, float32 (N,): larger than 0 where the goal is reached.

        For an untargeted attack it is the largest logit of another class less that of the true one, for a targeted one
        the target's logit less the largest other one; with random mitigations its mean over the attacker's draws.
        """
        ...

    def probabilities(self, images: FloatArray, examples: Examples) -> FloatArray:
        """Return what a query brings back, float32 (N, classes): all that an attack without gradients may look at."""
        ...


def margins(logits: FloatArray, examples: Examples) -> FloatArray:
    """Return how far the attacker has got, as `Target.margin` does.

    Args:
        logits: float32 (N, classes), or the logarithms of probabilities: what all classes have in common falls out.
        examples: What is attacked.

    Returns:
        float32 (N,), larger than 0 where the goal is reached.
    """
    rows, goals = np.arange(len(logits)), examples.goal_labels
    others = logits.copy()
    others[rows, goals] = -np.inf
    margin: FloatArray = others.max(axis=1) - logits[rows, goals]
    return margin if examples.target is None else -margin


class Access(StrEnum):
    """What an attack uses of what it attacks."""

    NOTHING = "nothing"
    PROBABILITIES = "probabilities"
    GRADIENT = "gradient"


class Memo:
    """Keeps what an attack computes for a batch and does not depend on its strength, while a slider moves.

    Args:
        earlier: What an earlier call kept; this one shares it.
        spent: Tells what this call has cost so far.

    Attributes:
        saved: What it would have cost to compute what was kept already. An attack costs what it costs alone, whatever
            ran before it.
    """

    def __init__(self, earlier: "Memo | None" = None, spent: Callable[[], Effort] = Effort) -> None:
        self._kept: dict[Hashable, tuple[FloatArray, Effort]] = {} if earlier is None else earlier._kept
        self._new: set[Hashable] = set()
        self._spent = spent
        self.saved = Effort()

    def once(self, key: Hashable, compute: Callable[[], FloatArray]) -> FloatArray:
        """Return what was kept under `key`, or compute and keep it."""
        if key not in self._kept:
            before = self._spent()
            result = compute()
            self._kept[key] = result, self._spent() - before
            self._new.add(key)
        elif key not in self._new:
            self._new.add(key)
            self.saved += self._kept[key][1]
        return self._kept[key][0]


class Attacked(NamedTuple):
    """What an attack gives.

    Attributes:
        images: float32 (N, H, W, C), within the bounds and the ball.
        clipped: float32 (N,), share of values that were outside the bounds before clipping, in [0, 1].
    """

    images: FloatArray
    clipped: FloatArray


class Iterate(NamedTuple):
    """Where an iterated attack stands.

    Attributes:
        images: float32 (N, H, W, C), within the bounds and the ball.
        clipped: float32 (N,), share of values that are on a bound by now and were not at the start, in [0, 1].
        step: How many steps are done, from 1.
        steps: How many there are to be.
    """

    images: FloatArray
    clipped: FloatArray
    step: int
    steps: int


class Attack(ABC):
    """An attack: one free hook, `perturbed`, and a final call that keeps every attack to the rules.

    Hyper-parameters are declared as data, and come with the call as settings.

    Attributes:
        name: Identifier.
        label: Name on screen.
        parameters: What may be set; the first is the strength, a `Real` that starts at 0, in units of the pixel range.
        help: One sentence for the tooltip.
        summary: What kind of attack it is, for the threat model, such as "white box, one step, L∞".
        norm: The norm in which the change never exceeds the strength, or None where the strength is no such bound.
        access: What it uses of what it attacks.
        is_random: Whether it draws random numbers from the examples' seed.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    help: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    norm: ClassVar[Literal["linf", "l2"] | None] = None
    access: ClassVar[Access] = Access.GRADIENT
    is_random: ClassVar[bool] = True

    @abstractmethod
    def perturbed(self, target: Target, examples: Examples, settings: Settings, memo: Memo) -> FloatArray:
        """Return attacked images, float32 (N, H, W, C); the caller clips them to the ball and to the bounds.

        Each image's result must not depend on its neighbours in the batch.

        Args:
            target: What is attacked.
            examples: The batch.
            settings: A value for each of `parameters`.
            memo: Keeps what does not depend on the strength; it belongs to these examples and other settings.
        """

    @final
    def __call__(
        self, target: Target, examples: Examples, settings: Settings | None = None, memo: Memo | None = None
    ) -> Attacked:
        """Attack a batch.

        Args:
            target: What is attacked.
            examples: The batch.
            settings: Values of parameters; None, and what is missing, are the defaults.
            memo: What an earlier call with the same examples and settings, strength aside, kept.

        Returns:
            Images within the bounds. With a norm, the change has at most the length of the strength in it: for "linf"
            `abs(result - images) <= strength` holds in float32 arithmetic for images within the bounds.

        Raises:
            ValueError: A setting is unknown or out of its range.
            ContractError: `perturbed` returned something else than images.
            PluginError: It is a plug-in's, and its code went wrong.
        """
        return finished(self.running(target, examples, settings, memo))

    def running(
        self, target: Target, examples: Examples, settings: Settings | None = None, memo: Memo | None = None
    ) -> Generator[Iterate, None, Attacked]:
        """Attack a batch a step at a time; an attack that is not iterated has no steps.

        Args and errors are those of a call, and so is what is returned.

        Yields:
            Where it stands, after each step.
        """
        checked = params.settings(self.parameters, settings or {})
        kept = Memo() if memo is None else memo
        moved = foreign_code.called(self, "perturbed", self._moved, target, examples, checked, kept)
        images, bounds = examples.images, target.bounds
        outside = (moved < bounds.low) | (moved > bounds.high)
        return Attacked(
            self.kept_within(bounds, images, moved, float(next(iter(checked.values())))),
            outside.reshape(len(images), -1).mean(axis=1, dtype=np.float32),
        )
        yield  # a generator without steps

    @final
    def kept_within(self, bounds: Bounds, images: FloatArray, moved: FloatArray, strength: float) -> FloatArray:
        """Return moved images clipped to this attack's ball around `images`, then to the bounds."""
        if self.norm == "linf":
            moved = within_linf(moved, images, strength)
        elif self.norm == "l2":
            moved = within_l2(moved, images, strength)
        return np.clip(moved, np.float32(bounds.low), np.float32(bounds.high))

    def _moved(self, target: Target, examples: Examples, settings: Settings, memo: Memo) -> FloatArray:
        """Return what `perturbed` gave, if it keeps to the contract."""
        return self._checked(self.perturbed(target, examples, settings, memo), examples)

    def _checked(self, moved: object, examples: Examples) -> FloatArray:
        images = examples.images
        if not isinstance(moved, np.ndarray) or moved.dtype != np.float32 or moved.shape != images.shape:
            raise ContractError(f"The attack '{self.name}' returned {described(moved)}, expected {described(images)}.")
        if not np.isfinite(moved).all():
            raise ContractError(f"The attack '{self.name}' returned values that are not finite numbers.")
        return moved

    @property
    def strength(self) -> params.Real:
        """The first parameter."""
        first = self.parameters[0]
        assert isinstance(first, params.Real)
        return first

    def settings(self, strength: Value | None = None, **values: Value) -> Settings:
        """Return checked settings; what is not given is at its default.

        Raises:
            ValueError: A setting is unknown or out of its range.
        """
        if strength is not None:
            values = {self.parameters[0].name: strength, **values}
        return params.settings(self.parameters, values)


class DirectionAttack(Attack):
    """An attack in one step, along a direction that does not depend on the strength: a slider computes it once."""

    @abstractmethod
    def direction(self, target: Target, examples: Examples) -> FloatArray:
        """Return the direction for a strength of 1, float32 (N, H, W, C)."""

    def perturbed(self, target: Target, examples: Examples, settings: Settings, memo: Memo) -> FloatArray:
        """Return images + strength * direction."""
        direction = memo.once("direction", lambda: self.direction(target, examples))
        moved: FloatArray = examples.images + np.float32(next(iter(settings.values()))) * direction
        return moved


def finished(steps: Generator[object, None, _Entry]) -> _Entry:
    """Return what a generator returns, without looking at its steps."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _Entry = end.value
            return result


def within_linf(moved: FloatArray, images: FloatArray, radius: float) -> FloatArray:
    """Return `moved` with no value further than `radius` from `images`, not by one float."""
    size = np.float32(radius)
    moved = np.clip(moved, images - size, images + size)
    # Rounding can end one float beyond the ball; the next float towards the image is inside.
    outside = np.abs(moved - images) > size
    return np.where(outside, np.nextafter(moved, images), moved)


def within_l2(moved: FloatArray, images: FloatArray, radius: float) -> FloatArray:
    """Return `moved` with no image further than `radius` from that in `images`, in Euclidean length."""
    change = (moved - images).reshape(len(images), -1)
    length = np.sqrt(np.square(change, dtype=np.float64).sum(axis=1))
    # A little less than the radius: adding the change to the image rounds again.
    factor = np.where(length > radius, radius * (1 - 1e-6) / np.maximum(length, 1e-30), 1.0).astype(np.float32)
    if (factor == 1).all():
        return moved
    scaled: FloatArray = images + (change * factor[:, None]).reshape(images.shape)
    return np.where((factor == 1)[:, None, None, None], moved, scaled)


def described(value: object) -> str:
    """Return what a value is, such as "float32 (4, 32, 32, 3)" or "a list"."""
    if isinstance(value, np.ndarray):
        array: NDArray[np.generic] = value
        return f"{array.dtype} {array.shape}"
    return f"{type(value).__name__} {value!r}"[:80]
