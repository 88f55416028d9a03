"""FGSM in many steps with momentum."""

import numpy as np

from advgui.attacks.ascent import LOSS, STEPS, GradientAscent, divided, epsilon, path
from advgui.parameters import Real, Settings
from advgui.types import FloatArray

_MOMENTUM = Real(
    "momentum",
    "momentum",
    low=0.0,
    high=1.0,
    default=1.0,
    step=0.05,
    help="How much of the directions so far each step keeps; 0 is FGSM in many steps.",
)


class MIFGSM(GradientAscent):
    """Follows the sign of the accumulated gradient (Dong et al., *Boosting adversarial attacks with momentum*, 2018).

    Each gradient is divided by the sum of its absolute values before it is added (their equation 6).
    """

    name = "mi_fgsm"
    label = "MI-FGSM"
    parameters = (epsilon(), STEPS, path(1.0), _MOMENTUM, LOSS)
    help = "Follows the gradient in many small steps with momentum, and never moves a value by more than epsilon."
    summary = "white box, iterated with momentum, L∞"
    norm = "linf"
    is_random = False

    def direction(self, gradient: FloatArray, memory: FloatArray, settings: Settings) -> tuple[FloatArray, FloatArray]:
        """Return the sign of the accumulated gradient, and that gradient."""
        length = np.abs(gradient.reshape(len(gradient), -1)).sum(axis=1)
        memory = np.float32(settings.real("momentum")) * memory + divided(gradient, length)
        return np.sign(memory), memory
