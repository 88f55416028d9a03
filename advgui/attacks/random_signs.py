"""Random signs, the twin of FGSM: a change of the same size that knows nothing."""

import numpy as np

from advgui.attacks.base import Access, DirectionAttack, Examples, Target
from advgui.parameters import Real
from advgui.randomness import Stream, generator
from advgui.types import FloatArray


class RandomSigns(DirectionAttack):
    """x + epsilon * s, s being -1 or 1 at random for every pixel and channel, clipped.

    It shows how much of what FGSM does is its direction, and how much would come from any change of that size.
    """

    name = "random_signs"
    label = "Random signs"
    parameters = (
        Real(
            name="epsilon",
            label="epsilon",
            low=0.0,
            high=0.3,
            default=8 / 255,
            step=1 / 255,
            help="Change of every pixel value, up or down, in units of the range [0, 1]; FGSM's default is 8/255 too.",
            in_255ths=True,
        ),
    )
    help = "Moves every pixel value by epsilon, up or down at random; it does not look at the classifier."
    summary = "random noise, L∞"
    norm = "linf"
    access = Access.NOTHING

    def direction(self, target: Target, examples: Examples) -> FloatArray:
        """Return -1 or 1 for every value."""
        shape = examples.images.shape[1:]
        signs = [
            generator(examples.seed, Stream.NOISE, int(index)).choice([-1, 1], shape) for index in examples.indices
        ]
        return np.stack(signs).astype(np.float32)
