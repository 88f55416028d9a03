"""The classifiers that can be looked at side by side, and what a row of panels is called."""

from collections.abc import Collection, Sequence

from advgui.scenarios import attack_label
from advgui.types import Scenario

STANDARD = "standard"  # the bundled one, or one that the user has opened
ROBUST = "robust"
CHOICES = ((STANDARD,), (ROBUST,), (STANDARD, ROBUST))
_LABELS = {STANDARD: "standard", ROBUST: "adversarially trained"}


def network_label(*networks: str) -> str:
    """Return what networks are called in a list, such as "adversarially trained"."""
    return " and ".join(_LABELS.get(name, name) for name in networks)


def attack_words(attack: str, network: str) -> str:
    """Return an attack's name on screen, with what it attacks where that is not the standard network."""
    label = attack_label(attack)
    return label if network == STANDARD else f"{label} on the {network_label(network)} network"


def row_name(attack: str, network: str) -> str:
    """Return a name for the row of an attack on a network."""
    return attack if network == STANDARD else f"{attack} {network}"


def row_names(scenarios: Sequence[Scenario], networks: Sequence[str]) -> list[str]:
    """Return names for the rows of scenarios, each with its network; all on the standard one if none are given."""
    at = networks or [STANDARD] * len(scenarios)
    return [row_name(each.attack.name, network) for each, network in zip(scenarios, at, strict=True)]


def row_parts(name: str) -> tuple[str, str]:
    """Return the attack and the network of a row."""
    attack, _, network = name.partition(" ")
    return attack, network or STANDARD


def shown_networks(wished: Sequence[str], there: Collection[str]) -> tuple[str, ...]:
    """Return those of some networks that are there; the standard one always is."""
    return tuple(name for name in wished if name in there) or (STANDARD,)
