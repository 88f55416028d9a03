"""Attacks that follow the classifier's gradient."""

from typing import ClassVar

import numpy as np

from advgui.attacks.base import Attack, Target
from advgui.types import FloatArray, IntArray, Parameter


class FastGradientSign(Attack):
    """x + epsilon * sign(gradient of the cross-entropy with respect to x), clipped.

    Goodfellow, Shlens and Szegedy, *Explaining and harnessing adversarial examples*, ICLR 2015; untargeted, one step.
    """

    name: ClassVar[str] = "fgsm"
    label: ClassVar[str] = "FGSM"
    parameter: ClassVar[Parameter] = Parameter(
        name="epsilon",
        label="epsilon",
        low=0.0,
        high=0.3,
        default=8 / 255,
        step=1 / 255,
        help="Largest change of any pixel value, in units of the range [0, 1]; the usual choice for CIFAR-10 is 8/255.",
        in_255ths=True,
    )
    help: ClassVar[str] = "Moves every pixel value by epsilon, up or down, whichever raises the classifier's loss."
    threat_model: ClassVar[str] = "white box, one step, L∞: the attacker knows the classifier, not the mitigations"
    in_linf_ball: ClassVar[bool] = True
    is_random: ClassVar[bool] = False

    def _direction(
        self, target: Target, images: FloatArray, labels: IntArray, seed: int, indices: IntArray
    ) -> FloatArray:
        return np.sign(target.loss_gradient(images, labels))
