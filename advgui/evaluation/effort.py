"""What an evaluation is going to cost, before it is begun."""

from collections.abc import Hashable
from dataclasses import replace

from advgui import foreign_code
from advgui.attacks import ATTACKS, Access, DirectionAttack, IteratedAttack
from advgui.defenses import DEFENSES
from advgui.evaluation.plan import Plan
from advgui.scenarios import known_names
from advgui.types import Effort, Scenario, Setup

# To run an image forward through the classifier, and to run it forward and backward.
_PASSES_OF_A_QUERY, _PASSES_OF_A_GRADIENT = 1, 2


def expected(plan: Plan, images: int) -> Effort:
    """Return what a plan is going to cost: gradients are images x steps x the attacker's draws x scenarios.

    What an attack in one step needs is the same at every strength, and is counted once where strengths follow each
    other. Queries here are all answers that are asked for, those that fill the table among them. An attack that stops
    early, or asks for more than its steps, costs less or more than this.

    Args:
        plan: What is to be evaluated.
        images: How many.

    Raises:
        PluginError: An attack from a plug-in does not say how many steps it has.
    """
    total = Effort()
    before: dict[Hashable, Scenario] = {}
    for scenario in plan.scenarios:
        place = scenario.attack.name, scenario.protocol
        attack = ATTACKS[scenario.attack.name]
        at_any_strength = replace(scenario, attack=Setup(attack.name, attack.settings(1e-9, **_others(scenario))))
        kept = isinstance(attack, DirectionAttack) and before.get(place) == at_any_strength
        if scenario.strength and not kept:
            total += _of_attack(scenario)
            before[place] = at_any_strength
        total += Effort(queries=sum(_answers(scenario, column.links) for column in scenario.columns))
    return Effort(gradients=total.gradients * images, queries=total.queries * images)


def passes(effort: Effort) -> int:
    """Return an effort as one number, to tell how long another one takes: passes of an image through a classifier."""
    return _PASSES_OF_A_QUERY * effort.queries + _PASSES_OF_A_GRADIENT * effort.gradients


def _others(scenario: Scenario) -> dict[str, float | int | bool | str]:
    return dict(scenario.attack.settings.pairs[1:])


def _of_attack(scenario: Scenario) -> Effort:
    attack = ATTACKS[scenario.attack.name]
    steps = 1
    if isinstance(attack, IteratedAttack):
        steps = int(foreign_code.called(attack, "steps", attack.steps, scenario.attack.settings))
    if attack.access is Access.NOTHING:
        return Effort()
    if attack.access is Access.PROBABILITIES:
        return Effort(queries=steps)
    return Effort(gradients=steps * (scenario.attacker_draws if _is_random(known_names(scenario)) else 1))


def _answers(scenario: Scenario, links: tuple[str, ...]) -> int:
    return scenario.draws if _is_random(links) else 1


def _is_random(names: tuple[str, ...]) -> bool:
    return any(name in DEFENSES and DEFENSES[name].is_random for name in names)
