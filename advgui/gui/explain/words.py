"""What a panel shows, and what the whole window shows, in words; all of it follows from the scenario."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from advgui.attacks import ATTACKS, Access
from advgui.defenses import DEFENSES
from advgui.figures.images import title
from advgui.gui.networks import STANDARD, network_label
from advgui.scenarios import (
    attack_label,
    attack_text,
    defense_label,
    goal,
    has_goal,
    heading,
    knowledge,
    known_names,
    protocol_text,
    upper_bounds,
    vote_text,
)
from advgui.types import ATTACKED, CLEAN, Column, Scenario


class Kind(Enum):
    """What a box of a sketch stands for."""

    IMAGE = "image"
    ATTACK = "attack"
    MITIGATION = "mitigation"
    CLASSIFIER = "classifier"


@dataclass(frozen=True)
class Box:
    """One box of a sketch.

    Attributes:
        kind: What it stands for.
        label: What is written in it.
        is_used: Whether the attacker uses it.
    """

    kind: Kind
    label: str
    is_used: bool = False


@dataclass(frozen=True)
class Explanation:
    """What a panel shows.

    Attributes:
        title: Its caption.
        words: About thirty.
        boxes: What the image goes through, from left to right.
    """

    title: str
    words: str
    boxes: tuple[Box, ...]


def explanation(column: Column, scenario: Scenario) -> Explanation:
    """Return what a column of a scenario shows."""
    return Explanation(title(column, scenario.attack.name), _words(column, scenario), boxes(column, scenario))


def boxes(column: Column, scenario: Scenario) -> tuple[Box, ...]:
    """Return what the image of a column goes through."""
    image, classifier = Box(Kind.IMAGE, "image"), Kind.CLASSIFIER
    if column.key == CLEAN:
        return image, Box(classifier, "classifier")
    known, name = known_names(scenario), scenario.attack.name
    passed = [Box(Kind.MITIGATION, defense_label(link), link in known) for link in column.links]
    looks = name in ATTACKS and ATTACKS[name].access is not Access.NOTHING
    return image, Box(Kind.ATTACK, attack_label(name)), *passed, Box(classifier, "classifier", looks)


def _words(column: Column, scenario: Scenario) -> str:
    if column.key == CLEAN:
        return (
            "The image as it is: nothing is added to it, and nothing stands in front of the classifier. What the "
            "classifier says here is what the other panels are compared with."
        )
    name = scenario.attack.name
    if column.key == ATTACKED:
        does = ATTACKS[name].help if name in ATTACKS else ""
        last = "The classifier gets the attacked image as it is, with no mitigation in between."
        return " ".join(filter(None, (does, last)))
    through = " and then the ".join(heading(Column(link, "")) for link in column.links)
    first = f"The attacked image of (b) goes through the {through} before the classifier gets it."
    if len(column.links) != 1:
        return f"{first} Each mitigation works on what the one before it has made; their order is that of the list."
    does = DEFENSES[column.key].help if column.key in DEFENSES else ""
    last = "Is the answer that of (a) again?"
    return " ".join(filter(None, (first, does, last)))


def whole_window(
    image: str, truth: str, scenarios: Sequence[Scenario], networks: Sequence[str], class_names: Sequence[str]
) -> str:
    """Return what the window shows, as HTML.

    Args:
        image: What the image is called.
        truth: What is known of its class, as the window says it.
        scenarios: One for each row of panels, at least one.
        networks: As in `advgui.gui.networks`, one for each; none where all are the standard one.
        class_names: Of the classifier; none before it is loaded.
    """
    shown = networks or [STANDARD] * len(scenarios)
    parts = [
        _part("The image", [". ".join(filter(None, (image, truth[:1].upper() + truth[1:]))) + "."]),
        *(_row(each, network, class_names) for each, network in zip(scenarios, shown, strict=True)),
        _part("Who knows what", [_knowledge(each) for each in dict.fromkeys(scenarios)]),
        _columns(scenarios[0]),
        _part("In each panel", _PANEL),
        _part("Under the panels", _BENEATH),
    ]
    return "".join(parts)


_PANEL = (
    "Under the picture stand the class that the classifier finds likeliest, its probability, and a sign: a tick for "
    "right, a cross for wrong; where the true class is not known, = and ≠ compare with (a).",
    "The bars are the probabilities of the classes; the name of the true class is bold.",
)
_BENEATH = (
    "At the left is the probability of the true class at every strength of the attack; the handle is the strength that "
    "the panels show. At the right is what the attack added to the image, amplified around grey.",
)


def _row(scenario: Scenario, network: str, class_names: Sequence[str]) -> str:
    name = scenario.attack.name
    on = f" on the {network_label(network)} network" if network != STANDARD else ""
    said = []
    if name in ATTACKS:
        strength = ATTACKS[name].strength
        said = [ATTACKS[name].help, f"{strength.label.capitalize()}: {strength.help}"]
    if scenario.strength == 0:
        said.append("The strength is 0: nothing is changed.")
    if has_goal(scenario):
        said.append(f"Its goal: {goal(scenario, class_names)}.")
    made = f"Random numbers come from seed {scenario.seed}, with {vote_text(scenario)} for each image."
    return _part(f"The attack: {attack_text(scenario)}{on}", [*said, f"{made} Protocol: {protocol_text(scenario)}."])


def _knowledge(scenario: Scenario) -> str:
    known = knowledge(scenario)
    said = f"{attack_label(scenario.attack.name)}: {known}."
    bounds = upper_bounds(scenario)
    if bounds:
        said += f" In {bounds} it does not know all that stands there: one who does can do better."
    return said


def _columns(scenario: Scenario) -> str:
    rows = "".join(
        f"<tr><td><b>{html.escape(each.title)}</b></td><td>{html.escape(each.words if column.on else 'Switched off.')}"
        "</td></tr>"
        for column in scenario.all_columns
        for each in (explanation(column, scenario),)
    )
    return f"<h3>The columns</h3><table cellpadding='4'>{rows}</table>"


def _part(heading_words: str, sentences: Sequence[str]) -> str:
    paragraphs = "".join(f"<p>{html.escape(each)}</p>" for each in sentences if each)
    return f"<h3>{html.escape(heading_words)}</h3>{paragraphs}"
