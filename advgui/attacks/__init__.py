"""The attacks, by name. A new attack is a new file in this folder, and nothing else."""

from advgui.attacks.base import (
    Access,
    Ascent,
    Attack,
    Attacked,
    DirectionAttack,
    Examples,
    Iterate,
    Loss,
    Memo,
    Target,
    finished,
    margins,
)
from advgui.attacks.iterated import IteratedAttack
from advgui.registry import bundled

ATTACKS: dict[str, Attack] = bundled(__name__, __path__, Attack, first=("gaussian", "fgsm"))  # type: ignore[type-abstract]

__all__ = [
    "ATTACKS",
    "Access",
    "Ascent",
    "Attack",
    "Attacked",
    "DirectionAttack",
    "Examples",
    "Iterate",
    "IteratedAttack",
    "Loss",
    "Memo",
    "Target",
    "finished",
    "margins",
]
