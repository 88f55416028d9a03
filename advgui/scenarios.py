"""Scenarios put together by name, and put into words."""

from collections.abc import Mapping

from advgui import paper
from advgui.attacks import ATTACKS, Access
from advgui.defenses import DEFENSES
from advgui.errors import AdvguiError
from advgui.parameters import Value
from advgui.types import ATTACKED, CLEAN, PAPER_CHAIN, Column, Link, ProtocolName, Scenario, Setup

_PROTOCOLS: Mapping[ProtocolName, str] = {
    ProtocolName.CORRECTED: "corrected",
    ProtocolName.AS_PUBLISHED: "as published",
    ProtocolName.AS_PUBLISHED_SCALED: "as published, x/255",
}


def scenario(
    attack: str = "fgsm",
    strength: float | None = None,
    settings: Mapping[str, Value] | None = None,
    *,
    chain: tuple[Link, ...] = PAPER_CHAIN,
    attacker_knows: tuple[str, ...] = (),
    protocol: ProtocolName = ProtocolName.CORRECTED,
    seed: int = 0,
    draws: int = 1,
) -> Scenario:
    """Return a scenario with checked settings.

    Args:
        attack: Name in `advgui.attacks.ATTACKS`.
        strength: The attack's first setting; None for its default.
        settings: Its other settings; what is not given is at its default.
        chain: The mitigations.
        attacker_knows: Which of them the attacker takes into account.
        protocol: How images are scaled.
        seed: Of all random numbers.
        draws: Draws of random mitigations, averaged.

    Raises:
        AdvguiError: There is no such attack.
        ValueError: A value is out of its range.
    """
    if attack not in ATTACKS:
        raise AdvguiError(f"There is no attack '{attack}'; there are {', '.join(ATTACKS)}.")
    return Scenario(
        attack=Setup(attack, ATTACKS[attack].settings(strength, **settings or {})),
        chain=chain,
        attacker_knows=attacker_knows,
        protocol=protocol,
        seed=seed,
        draws=draws,
    )


def without(scenario_chain: tuple[Link, ...], *names: str) -> tuple[Link, ...]:
    """Return a chain with some mitigations switched off."""
    return tuple(Link(link.name, link.settings, link.on and link.name not in names) for link in scenario_chain)


def attack_label(name: str) -> str:
    """Return an attack's name on screen; its identifier where it is not known, such as that of a closed plug-in."""
    return ATTACKS[name].label if name in ATTACKS else name


def defense_label(name: str) -> str:
    """Return a mitigation's name on screen; its identifier where it is not known."""
    return DEFENSES[name].label if name in DEFENSES else name


def heading(column: Column) -> str:
    """Return what stands over a column of a table, such as "autoencoder"."""
    if column.key == CLEAN:
        return "original"
    if column.key == ATTACKED:
        return "attacked"
    if column.key in DEFENSES:
        label = DEFENSES[column.key].label
        # A name such as "JPEG" keeps its capitals.
        return label[0].lower() + label[1:] if label[1:2].islower() else label
    return column.key


def protocol_text(scenario: Scenario) -> str:
    """Return a scenario's protocol in words, with what the noise is added to where that was published in two ways."""
    published = paper.published(scenario.protocol, scenario.attack.name)
    return published.title if published is not None else _PROTOCOLS[scenario.protocol]


def strength_text(attack: str, strength: float) -> str:
    """Return a strength as people write it, such as "8/255 (0.0314)", "12.75/255 (0.05)" or "0.1"."""
    if strength == 0 or attack not in ATTACKS or not ATTACKS[attack].strength.in_255ths:
        return f"{strength:.4g}"
    return f"{strength * 255:.4g}/255 ({strength:.3g})"


def knowledge(scenario: Scenario) -> str:
    """Return what the attacker knows, such as "the attacker knows the classifier, not the mitigations"."""
    attack = ATTACKS[scenario.attack.name]
    if attack.access is Access.NOTHING:
        return "the attacker knows neither the classifier nor the mitigations"
    standing = [link.name for link in scenario.chain if link.on]
    known = [link.name for link in scenario.known_links]
    if not known:
        return "the attacker knows the classifier, not the mitigations"
    told = f"the attacker knows the classifier and the {_listed(known)}"
    unknown = [name for name in standing if name not in known]
    return f"{told}, not the {_listed(unknown)}" if unknown else told


def _listed(names: list[str]) -> str:
    return " and the ".join(defense_label(name).lower() for name in names)


def attacker(scenario: Scenario) -> str:
    """Return kind and knowledge of a scenario's attacker, strength aside."""
    summary = ATTACKS[scenario.attack.name].summary
    return f"{summary}: {knowledge(scenario)}" if summary else knowledge(scenario)


def threat_model(scenario: Scenario) -> str:
    """Return strength and knowledge of a scenario's attacker, in one line."""
    attack = ATTACKS[scenario.attack.name]
    strength = f"{attack.strength.name} {strength_text(attack.name, scenario.strength)}"
    return f"{attack.label}, {strength}, {attacker(scenario)}"
