"""The contract of a mitigation: images to images, and a gradient back."""

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from advgui import foreign_code
from advgui import parameters as params
from advgui.errors import ContractError
from advgui.parameters import Parameter, Settings, Value
from advgui.randomness import Stream
from advgui.types import FloatArray, IntArray, NetworkFile

# Blending rounds, so that a value may end one float beyond 1.
_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Step:
    """A mitigation for one batch, with everything that was drawn for it.

    Attributes:
        forward: float32 (N, H, W, 3) in [0, 1] to float32 (N, h, w, 3) in [0, 1].
        backward: The images that `forward` was given, and a gradient with respect to its result (N, h, w, 3), to one
            with respect to the images (N, H, W, 3): the exact one, or an estimate where there is no useful one.
    """

    forward: Callable[[FloatArray], FloatArray]
    backward: Callable[[FloatArray, FloatArray], FloatArray]


class Defense(ABC):
    """A mitigation in front of the classifier: free hooks, and a final `step` that keeps every one to the rules.

    A deterministic one gives `forward`, and `backward` if it has a gradient; a random one gives `drawn`.

    Attributes:
        name: Identifier.
        label: Name on screen.
        parameters: What may be set.
        help: One sentence for the tooltip.
        is_random: Whether it draws random numbers.
        known_break: Who got past it, and how; "" where nothing is known.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    help: ClassVar[str] = ""
    is_random: ClassVar[bool] = False
    known_break: ClassVar[str] = ""

    @property
    def file(self) -> NetworkFile | None:
        """The file of its network, for reports; None where it has no network."""
        return None

    def forward(self, images: FloatArray, settings: Settings) -> FloatArray:
        """Return the images as the classifier is to see them, float32 (N, h, w, 3) in [0, 1].

        Args:
            images: float32 (N, H, W, 3) in [0, 1].
            settings: A value for each of `parameters`.
        """
        raise ContractError(f"The mitigation '{self.name}' has neither 'forward' nor 'drawn'; it needs one of them.")

    def backward(self, images: FloatArray, gradient: FloatArray, settings: Settings) -> FloatArray:
        """Return the gradient with respect to the images, given the one with respect to what `forward` returned.

        The default is the identity: what an attacker takes for a step without a useful gradient (BPDA; Athalye, Carlini
        and Wagner, *Obfuscated gradients give a false sense of security*, ICML 2018).

        Args:
            images: What `forward` was given, float32 (N, H, W, 3).
            gradient: float32 (N, h, w, 3).
            settings: As given to `forward`.
        """
        if gradient.shape != images.shape:
            raise ContractError(
                f"The mitigation '{self.name}' changes the size from {images.shape[1:3]} to {gradient.shape[1:3]}, so "
                "it needs a 'backward' of its own: the identity does not fit."
            )
        return gradient

    def drawn(
        self, settings: Settings, shape: tuple[int, int], seed: int, stream: Stream, indices: IntArray, draw: int
    ) -> Step:
        """Make all random choices for a batch; a deterministic mitigation makes none.

        Args:
            settings: A value for each of `parameters`.
            shape: Height and width of the images, in pixels.
            seed: Of the scenario, 0 or more.
            stream: Whose random numbers: the defender's or the attacker's own.
            indices: int64 (N,); what is drawn for an image depends on its index, the seed, the stream and `draw` alone.
            draw: Number of the draw, 0 or more.
        """
        return Step(
            forward=lambda images: self.forward(images, settings),
            backward=lambda images, gradient: self.backward(images, gradient, settings),
        )

    @final
    def step(
        self, settings: Settings, shape: tuple[int, int], seed: int, stream: Stream, indices: IntArray, draw: int
    ) -> Step:
        """Return what `drawn` gives (see there), kept to the contract: this is what everybody calls.

        Raises:
            ContractError: Here, or of the step's functions: something of another kind, shape or range was returned.
            PluginError: The same: it is a plug-in's, and its code went wrong.
        """
        drawn = foreign_code.called(self, "drawn", self._drawn, settings, shape, seed, stream, indices, draw)
        return Step(
            forward=lambda images: foreign_code.called(self, "forward", self._forwarded, drawn, images),
            backward=lambda images, gradient: foreign_code.called(
                self, "backward", self._backwarded, drawn, images, gradient
            ),
        )

    def _drawn(
        self, settings: Settings, shape: tuple[int, int], seed: int, stream: Stream, indices: IntArray, draw: int
    ) -> Step:
        """Return what `drawn` gives, if it keeps to the contract."""
        step = self.drawn(settings, shape, seed, stream, indices, draw)
        if not isinstance(step, Step):
            raise ContractError(f"The mitigation '{self.name}' drew {type(step).__name__}, expected a Step.")
        return step

    def _forwarded(self, drawn: Step, images: FloatArray) -> FloatArray:
        """Return what a step's `forward` gives, if it keeps to the contract."""
        result = drawn.forward(_read_only(images))
        fits = isinstance(result, np.ndarray) and result.dtype == np.float32 and result.ndim == 4
        if not fits or len(result) != len(images) or result.shape[3] != images.shape[3]:
            given = f"{result.dtype} {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
            raise ContractError(
                f"The mitigation '{self.name}' returned {given}, expected float32 ({len(images)}, height, width, "
                f"{images.shape[3]})."
            )
        low, high = float(result.min()), float(result.max())
        if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):  # NaN is neither
            raise ContractError(
                f"The mitigation '{self.name}' returned values from {low:g} to {high:g}, expected 0 to 1."
            )
        return result

    def _backwarded(self, drawn: Step, images: FloatArray, gradient: FloatArray) -> FloatArray:
        """Return what a step's `backward` gives, if it keeps to the contract."""
        result = drawn.backward(_read_only(images), _read_only(gradient))
        if not isinstance(result, np.ndarray) or result.dtype != np.float32 or result.shape != images.shape:
            given = f"{result.dtype} {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
            raise ContractError(
                f"The mitigation '{self.name}' returned the gradient {given}, expected float32 {images.shape}."
            )
        if not np.isfinite(result).all():
            raise ContractError(f"The mitigation '{self.name}' returned a gradient that is not finite.")
        return result

    def settings(self, **values: Value) -> Settings:
        """Return checked settings; what is not given is at its default.

        Raises:
            ValueError: A setting is unknown or out of its range.
        """
        return params.settings(self.parameters, values)


def _read_only(array: FloatArray) -> FloatArray:
    """Return a read-only view: what one mitigation is given may be another's too."""
    view = array.view()
    view.flags.writeable = False
    return view
