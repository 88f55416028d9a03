"""Projected gradient descent, the field's standard attack, in L∞ and in L2."""

import numpy as np

from advgui.attacks.ascent import LOSS, RANDOM_START, RESTARTS, STEPS, GradientAscent, divided, epsilon, path
from advgui.parameters import Settings
from advgui.types import FloatArray


class PGD(GradientAscent):
    """x + step size * sign(gradient), back into the ball, many times (Madry et al., ICLR 2018, section 2.1)."""

    name = "pgd"
    label = "PGD"
    parameters = (epsilon(), STEPS, path(2.5), RANDOM_START, RESTARTS, LOSS)
    help = "Follows the sign of the gradient in many small steps, and never moves a value by more than epsilon."
    summary = "white box, iterated, L∞"
    norm = "linf"

    def direction(self, gradient: FloatArray, memory: FloatArray, settings: Settings) -> tuple[FloatArray, FloatArray]:
        """Return the sign of the gradient."""
        return np.sign(gradient), memory


class PGDL2(GradientAscent):
    """x + step size * gradient / its length, back into the ball (Madry et al., ICLR 2018, section 2.1)."""

    name = "pgd_l2"
    label = "PGD, L2"
    parameters = (
        epsilon(default=0.5, high=5.0, step=0.05, in_255ths=False), STEPS, path(2.5), RANDOM_START, RESTARTS, LOSS
    )  # fmt: skip
    help = "Follows the gradient in many small steps; the change of the whole image is never longer than epsilon."
    summary = "white box, iterated, L2"
    norm = "l2"

    def direction(self, gradient: FloatArray, memory: FloatArray, settings: Settings) -> tuple[FloatArray, FloatArray]:
        """Return the gradient with a length of 1."""
        length = np.sqrt(np.square(gradient.reshape(len(gradient), -1), dtype=np.float64).sum(axis=1))
        return divided(gradient, length), memory
