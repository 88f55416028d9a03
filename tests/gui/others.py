"""An attack with a parameter of each kind, and mitigations with parameters, as a user may add them."""

import numpy as np
import pytest

from advgui.attacks import ATTACKS, Attack, Examples, Memo, Target
from advgui.defenses import DEFENSES, Defense
from advgui.parameters import Choice, Flag, Real, Settings, Whole
from advgui.types import FloatArray


class FourKinds(Attack):
    """Steps up or down, by the sign of the gradient or of nothing."""

    name = "four"
    label = "Four kinds"
    help = "Has a parameter of each kind."
    summary = "white box"
    norm = "linf"
    is_random = False
    parameters = (
        Real("size", "size", 0.0, 0.3, 8 / 255, 1 / 255, "Largest change of a value.", in_255ths=True),
        Whole("steps", "steps", 1, 20, 4, "How many steps."),
        Flag("down", "downwards", False, "Whether the loss goes down instead of up."),
        Choice("sign", "direction", ("gradient", "all alike"), "gradient", "Where the steps go."),
    )

    def perturbed(self, target: Target, examples: Examples, settings: Settings, memo: Memo) -> FloatArray:
        moved = examples.images
        step = np.float32(settings.real("size") / settings.whole("steps") * (-1 if settings["down"] else 1))
        for _ in range(settings.whole("steps")):
            gradient = target.loss_gradient(moved, examples)
            moved = moved + step * (np.sign(gradient) if settings["sign"] == "gradient" else np.ones_like(gradient))
        return moved


class Shades(Defense):
    """Fewer shades of each colour."""

    name = "shades"
    label = "Shades"
    help = "Rounds each value to one of a few."
    parameters = (Whole("count", "count", 2, 64, 8, "How many shades of each colour."),)

    def forward(self, images: FloatArray, settings: Settings) -> FloatArray:
        most = np.float32(settings.whole("count") - 1)
        rounded: FloatArray = np.round(images * most) / most
        return rounded


class Grey(Defense):
    """Some way to grey."""

    name = "grey"
    label = "Grey"
    help = "Takes a share of the colour away."
    parameters = (Real("share", "share", 0.0, 1.0, 0.5, 0.05, "How much of the colour is taken away."),)

    def forward(self, images: FloatArray, settings: Settings) -> FloatArray:
        share = np.float32(settings.real("share"))
        mixed: FloatArray = images * (1 - share) + share * images.mean(axis=3, keepdims=True)
        return mixed


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are there for one test."""
    monkeypatch.setitem(ATTACKS, FourKinds.name, FourKinds())
    for defense in (Shades(), Grey()):
        monkeypatch.setitem(DEFENSES, defense.name, defense)
