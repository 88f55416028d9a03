"""The attacks, by name. A new attack is a new entry here; the window builds its controls from `parameter`."""

from advgui.attacks.base import Attack, Target
from advgui.attacks.gradient import FastGradientSign
from advgui.attacks.noise import GaussianNoise

ATTACKS: dict[str, Attack] = {attack.name: attack for attack in (GaussianNoise(), FastGradientSign())}

__all__ = ["ATTACKS", "Attack", "FastGradientSign", "GaussianNoise", "Target"]
