"""An attack and a mitigation of your own. Change this file and save it: AdvGUI reloads it."""

import numpy as np

from advgui.attacks import Attack
from advgui.defenses import Defense
from advgui.parameters import Real, Whole


class SparseSign(Attack):
    """FGSM on those pixels alone that matter most."""

    name = "sparse_sign"
    label = "Sparse FGSM"
    norm = "linf"  # no value moves by more than the strength: AdvGUI sees to that
    is_random = False
    parameters = (  # the first is the strength and starts at 0; then any of Real, Whole, Flag and Choice
        Real("epsilon", "epsilon", low=0, high=0.3, default=0.1, step=0.01, help="Largest change of a value."),
        Real("share", "share of pixels", low=0, high=1, default=0.1, step=0.01, help="How many pixels are moved."),
    )

    def perturbed(self, target, examples, settings, memo):
        """Return the attacked images, float32 (N, height, width, 3)."""
        gradient = target.loss_gradient(examples.images, examples)
        size = np.abs(gradient).sum(axis=3, keepdims=True)
        least = np.quantile(size, 1 - settings["share"], axis=(1, 2), keepdims=True)
        return examples.images + np.float32(settings["epsilon"]) * np.sign(gradient) * (size >= least)


class FewerShades(Defense):
    """Rounds every value to one of a few shades, so that small changes are lost."""

    name = "fewer_shades"
    label = "Fewer shades"
    parameters = (Whole("shades", "shades", low=2, high=64, default=8, help="How many there are."),)

    def forward(self, images, settings):
        """Return what the classifier is to see, float32 (N, height, width, 3) in [0, 1]."""
        steps = np.float32(settings["shades"] - 1)
        return np.round(images * steps) / steps

    def backward(self, images, gradient, settings):
        """Return the gradient for an attacker who knows of this; without this method it is the same."""
        return gradient
