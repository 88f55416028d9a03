"""What a curve of strengths says, in a sentence."""

from collections.abc import Sequence

import numpy as np

from advgui.attacks import ATTACKS
from advgui.gui.threads.live_curve import Curve
from advgui.outcomes import Sweep
from advgui.scenarios import heading, symbol
from advgui.types import ATTACKED, Column


def strength_words(attack: str, strength: float) -> str:
    """Return a strength as short as can be: "8/255" or "0.1"."""
    if strength and _in_255ths(attack):
        return f"{strength * 255:.4g}/255"
    return f"{strength:.3g}"


def _in_255ths(attack: str) -> bool:
    return attack in ATTACKS and ATTACKS[attack].strength.in_255ths  # the plug-in of one that is shown may be closed


def axis_words(attack: str) -> str:
    """Return what an axis of strengths has, such as "ε in 255ths"."""
    return symbol(attack) + (" in 255ths" if _in_255ths(attack) else "")


def flips(sweep: Sweep, column: str) -> list[int]:
    """Return the places in `strengths` at which a column is right and was wrong one place before, or the reverse."""
    places: list[int] = (np.flatnonzero(np.diff(sweep.correct(column).astype(np.int8))) + 1).tolist()
    return places


def first_wrong(sweep: Sweep, column: str) -> int | None:
    """Return the first place in `strengths` at which a column is wrong, or None if it is right at all of them."""
    wrong = np.flatnonzero(~sweep.correct(column))
    return int(wrong[0]) if len(wrong) else None


def sentence(curve: Curve, class_names: Sequence[str]) -> str:
    """Return what happens along a curve, such as "dog from 1/255; the autoencoder holds up to 11/255"."""
    attack, sweep = curve.scenario.attack.name, curve.sweep
    attacked = first_wrong(sweep, ATTACKED)
    end = strength_words(attack, sweep.strengths[-1])
    parts = [_attacked(sweep, attacked, attack, class_names, end)]
    if attacked is not None:
        columns = [column for column in curve.scenario.columns if column.links]
        held: list[str] = []
        for column in columns:
            held += _held(sweep, column, attacked, attack, end, is_first=not held)
        if held:
            parts.append(", ".join(held))
        elif columns:
            parts.append("no mitigation holds longer")
    if not curve.is_complete:
        parts.append("still looking")
    elif curve.points < _MANY:
        parts.append(f"looked at {curve.points} strengths only")
    return "; ".join(parts)


_MANY = 30


def _attacked(sweep: Sweep, place: int | None, attack: str, class_names: Sequence[str], end: str) -> str:
    if place is None:
        return f"{class_names[sweep.label]} at every strength up to {end}"
    seen = class_names[int(sweep.predictions(ATTACKED)[place])]
    if place == 0:
        return f"{seen} even without an attack"
    return f"{seen} from {strength_words(attack, sweep.strengths[place])}"


def _held(sweep: Sweep, column: Column, attacked: int, attack: str, end: str, is_first: bool) -> list[str]:
    """Return how long a column holds, if that is longer than without any mitigation."""
    place = first_wrong(sweep, column.key)
    if place is not None and place <= attacked:
        return []
    last = end if place is None else strength_words(attack, sweep.strengths[place - 1])
    name = heading(column)
    is_whole = name in ("both", "all")
    verb = f" {'hold' if is_whole else 'holds'}" if is_first else ""
    return [f"{'' if is_whole else 'the '}{name}{verb} up to {last}"]
