"""Scenarios put together by name, and put into words."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from advgui import paper
from advgui.attacks import ATTACKS, Access
from advgui.defenses import DEFENSES
from advgui.errors import AdvguiError
from advgui.parameters import Parameter, Real, Value
from advgui.types import (
    ATTACKED,
    ATTACKER_DRAWS,
    CLEAN,
    PAPER_CHAIN,
    Column,
    Link,
    ProtocolName,
    Scenario,
    Setup,
    VoteRule,
    columns_of,
)

# How parameters are written in formulas, where that is not their name.
_SYMBOLS: Mapping[str, str] = {"epsilon": "ε"}
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
    attacker_draws: int = ATTACKER_DRAWS,
    target: int | None = None,
    protocol: ProtocolName = ProtocolName.CORRECTED,
    seed: int = 0,
    draws: int = 1,
    rule: VoteRule = VoteRule.MEAN,
) -> Scenario:
    """Return a scenario with checked settings.

    Args:
        attack: Name in `advgui.attacks.ATTACKS`.
        strength: The attack's first setting; None for its default.
        settings: Its other settings; what is not given is at its default.
        chain: The mitigations.
        attacker_knows: Which of them the attacker takes into account; an attack that uses nothing of what it attacks
            takes none.
        attacker_draws: Draws of random mitigations that it averages its gradient over, at least 1.
        target: The class that it wants to see, or None for any other than the true one.
        protocol: How images are scaled.
        seed: Of all random numbers.
        draws: Draws of random mitigations that are taken together.
        rule: How.

    Raises:
        AdvguiError: There is no such attack.
        ValueError: A value is out of its range.
    """
    if attack not in ATTACKS:
        raise AdvguiError(f"There is no attack '{attack}'; there are {', '.join(ATTACKS)}.")
    return Scenario(
        attack=Setup(attack, ATTACKS[attack].settings(strength, **settings or {})),
        chain=chain,
        attacker_knows=attacker_knows if ATTACKS[attack].access is not Access.NOTHING else (),
        attacker_draws=attacker_draws,
        target=target if ATTACKS[attack].access is not Access.NOTHING else None,
        protocol=protocol,
        seed=seed,
        draws=draws,
        rule=rule,
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


def starts_standardized(scenario: Scenario) -> bool:
    """Return whether the attack starts from standardized pixels, so that its changes are in standard deviations."""
    published = paper.published(scenario.protocol, scenario.attack.name)
    return published is not None and published.on_standardized


def strength_text(attack: str, strength: float) -> str:
    """Return a strength as people write it, such as "8/255 (0.0314)", "12.75/255 (0.05)" or "0.1"."""
    if strength == 0 or attack not in ATTACKS or not ATTACKS[attack].strength.in_255ths:
        return f"{strength:.4g}"
    return f"{strength * 255:.4g}/255 ({strength:.3g})"


def symbol(attack: str) -> str:
    """Return how an attack's strength is written in formulas, such as "ε"; its own name where it is not known."""
    name = ATTACKS[attack].strength.name if attack in ATTACKS else attack
    return _SYMBOLS.get(name, name)


def strength_phrase(attack: str, strength: float) -> str:
    """Return a strength with its name, short enough for a caption: "ε = 8/255" or "noise_param = 0.1"."""
    if attack not in ATTACKS:
        return f"{strength:.4g}"
    parameter = ATTACKS[attack].strength
    text = f"{strength * 255:.4g}/255" if parameter.in_255ths and strength else f"{strength:.4g}"
    return f"{symbol(attack)} = {text}"


def settings_text(setup: Setup, parameters: tuple[Parameter, ...], everything: bool = False) -> str:
    """Return settings such as "steps 20, step size 0.01"; "" if there are none.

    Args:
        setup: Whose settings.
        parameters: Those that are meant.
        everything: Whether settings at their defaults are named too.
    """
    return ", ".join(
        f"{parameter.label} {_value_text(parameter, setup.settings.get(parameter.name, parameter.default))}"
        for parameter in parameters
        if everything or setup.settings.get(parameter.name, parameter.default) != parameter.default
    )


def _value_text(parameter: Parameter, value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value * 255:.4g}/255" if isinstance(parameter, Real) and parameter.in_255ths else f"{value:.4g}"
    return str(value)


def scenario_text(*scenarios: Scenario, class_names: Sequence[str] = ()) -> str:
    """Return what was done in one line, such as "FGSM, ε = 8/255 · knows the autoencoder · seed 0 · corrected".

    What an attacker knows besides the classifier, and its goal, are told where there is such a thing.

    Args:
        scenarios: One, or several that differ in their attack; of several only the strengths are named.
        class_names: Of the classifier.
    """
    first = scenarios[0]
    strengths = list(dict.fromkeys(strength_phrase(each.attack.name, each.strength) for each in scenarios))
    if len(scenarios) == 1:
        strengths = [attack_text(first)]
    draws = [vote_text(first)] if first.draws > 1 else []
    # Attacks that use nothing know nothing and have no goal, whatever the others have.
    known, standing = max(map(known_names, scenarios), key=len), [link.name for link in first.chain if link.on]
    knows = [f"knows {'everything' if len(known) == len(standing) else f'the {_listed(known)}'}"] if known else []
    towards = [goal(each, class_names) for each in scenarios if each.target is not None][:1]
    protocol = max(map(protocol_text, scenarios), key=len)  # that of Gaussian noise may say more
    return " · ".join([*strengths, *knows, *towards, f"seed {first.seed}", *draws, protocol])


def vote_text(scenario: Scenario) -> str:
    """Return how many draws are taken together, and how, such as "1 draw", "20 draws averaged", "majority of 20"."""
    if scenario.draws == 1:
        return "1 draw"
    majority = scenario.rule is VoteRule.MAJORITY
    return f"majority of {scenario.draws} draws" if majority else f"{scenario.draws} draws averaged"


def spoken_text(scenarios: Sequence[Scenario]) -> str:
    """Return what was done for people who hear of it for the first time, with what the attacker knows in any case."""
    known = knowledge(max(scenarios, key=_knows_of)).removeprefix("the attacker ")
    protocol = [] if scenarios[0].protocol is ProtocolName.CORRECTED else [protocol_text(scenarios[0])]
    said = [attack_text(each) for each in scenarios]
    return " · ".join([*said, known, f"seed {scenarios[0].seed}", *protocol])


def _knows_of(scenario: Scenario) -> int:
    """Return how much an attacker uses of what it attacks, to find the one that uses most."""
    return len(known_names(scenario)) + has_goal(scenario)


def attack_text(scenario: Scenario) -> str:
    """Return the attack with its strength and the settings that are not usual, such as "FGSM, ε = 8/255"."""
    name = scenario.attack.name
    others = settings_text(scenario.attack, ATTACKS[name].parameters[1:]) if name in ATTACKS else ""
    return ", ".join(filter(None, (attack_label(name), strength_phrase(name, scenario.strength), others)))


def knowledge(scenario: Scenario) -> str:
    """Return what the attacker knows, such as "the attacker knows the classifier, not the mitigations"."""
    attack = ATTACKS[scenario.attack.name]
    standing = [link.name for link in scenario.chain if link.on]
    if attack.access is Access.NOTHING:
        return "the attacker knows neither the classifier nor the mitigations"
    seen = attack.access is Access.PROBABILITIES
    knows = "the attacker sees the probabilities of" if seen else "the attacker knows"
    known = [link.name for link in scenario.known_links]
    if not known:
        unknown_to_it = " alone" if seen else ", not the mitigations"
        return f"{knows} the classifier{unknown_to_it if standing else ''}"
    told = f"{knows} the classifier {'behind' if seen else 'and'} the {_listed(known)}"
    draws = averaged_draws(scenario)
    if draws > 1 and not seen:
        told += f" ({draws} draws averaged)"
    unknown = [name for name in standing if name not in known]
    return f"{told}, not the {_listed(unknown)}" if unknown else told


def known_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the mitigations that an attack takes into account: of those that are on, and of a use to the attack."""
    name = scenario.attack.name
    if name in ATTACKS and ATTACKS[name].access is Access.NOTHING:
        return ()
    return tuple(link.name for link in scenario.known_links)


def averaged_draws(scenario: Scenario) -> int:
    """Return over how many draws the attacker averages: 1 where it takes no random mitigation into account."""
    is_random = any(name in DEFENSES and DEFENSES[name].is_random for name in known_names(scenario))
    return scenario.attacker_draws if is_random else 1


def attackers(chain: tuple[Link, ...]) -> tuple[tuple[str, ...], ...]:
    """Return what the attackers of the matrix know: one for each column under attack, who knows what stands there.

    In a table of them against the columns, the diagonal holds the accuracies to quote (see `is_adaptive`).
    """
    return tuple(column.links for column in columns_of(chain) if column.on and column.key != CLEAN)


def is_upper_bound(scenario: Scenario, column: Column) -> bool:
    """Return whether a column's accuracy under attack is only an upper bound.

    It is where the attacker does not know all that stands in front of the classifier: one who does can do better.
    """
    return scenario.strength > 0 and column.key != CLEAN and not set(column.links) <= set(known_names(scenario))


def upper_bounds(scenario: Scenario) -> str:
    """Return the letters of the columns whose accuracy is an upper bound, such as "(c), (d), (e)"; "" if none is."""
    return ", ".join(f"({column.letter})" for column in scenario.columns if is_upper_bound(scenario, column))


def is_adaptive(scenario: Scenario, column: Column) -> bool:
    """Return whether the attacker knows exactly what stands in front of the classifier: the accuracy to quote."""
    attack = ATTACKS.get(scenario.attack.name)
    is_attacked = scenario.strength > 0 and column.key != CLEAN
    knows_something = attack is None or attack.access is not Access.NOTHING
    return is_attacked and knows_something and set(column.links) == set(known_names(scenario))


def has_goal(scenario: Scenario) -> bool:
    """Return whether the attack can have a goal: whether it uses something of what it attacks."""
    name = scenario.attack.name
    return name in ATTACKS and ATTACKS[name].access is not Access.NOTHING


def goal(scenario: Scenario, class_names: Sequence[str] = ()) -> str:
    """Return what the attacker wants, such as "away from the true class" or "towards 'frog'"."""
    target = scenario.target
    if target is None:
        return "away from the true class"
    return f"towards '{class_names[target]}'" if target < len(class_names) else f"towards class {target}"


class Familiarity(NamedTuple):
    """How well the attacker knows what a column shows.

    Attributes:
        words: A few, for a caption.
        meaning: What that means for the column's accuracy, as a sentence.
    """

    words: str
    meaning: str


PARTLY_KNOWN = "partly known to attacker"
UNSAID = Familiarity("", "")
ADAPTIVE = Familiarity(
    "known to attacker",
    "An adaptive attack: the attacker knows exactly what stands here. Accuracy under it is the one to quote.",
)
_UPPER_BOUND = (
    "The attacker does not know all that stands in front of the classifier here: accuracy under this attack is an "
    "upper bound. One who knows it can do better."
)
_ELSEWHERE = Familiarity(
    "attack aimed elsewhere",
    "The attack was made against mitigations that do not stand here: this shows how it transfers.",
)


def familiarity(scenario: Scenario, column: Column) -> Familiarity:
    """Return how well the attacker knows what a column shows; nothing is said where nothing is attacked."""
    known = known_names(scenario)
    if column.key == CLEAN or scenario.strength == 0:
        return UNSAID
    if is_upper_bound(scenario, column):
        return Familiarity(PARTLY_KNOWN if set(column.links) & set(known) else "unknown to attacker", _UPPER_BOUND)
    if is_adaptive(scenario, column):
        return ADAPTIVE
    return _ELSEWHERE if known else UNSAID


def _listed(names: Sequence[str]) -> str:
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
