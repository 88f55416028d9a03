"""The fast gradient sign method, the paper's second attack."""

import numpy as np

from advgui.attacks.base import DirectionAttack, Examples, Target
from advgui.parameters import Real
from advgui.types import FloatArray


class FastGradientSign(DirectionAttack):
    """x + epsilon * sign(gradient of the cross-entropy with respect to x), clipped.

    Goodfellow, Shlens and Szegedy, *Explaining and harnessing adversarial examples*, ICLR 2015.
    """

    name = "fgsm"
    label = "FGSM"
    parameters = (
        Real(
            name="epsilon",
            label="epsilon",
            low=0.0,
            high=0.3,
            default=8 / 255,
            step=1 / 255,
            help="Largest change of any pixel value, in units of the range [0, 1]; usual for CIFAR-10 is 8/255.",
            in_255ths=True,
        ),
    )
    help = "Moves every pixel value by epsilon, up or down, whichever raises the classifier's loss."
    summary = "white box, one step, L∞"
    norm = "linf"
    is_random = False

    def direction(self, target: Target, examples: Examples) -> FloatArray:
        """Return the sign of the gradient: -1, 0 or 1 for every value."""
        return np.sign(target.loss_gradient(examples.images, examples))
