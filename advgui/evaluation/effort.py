"""What an evaluation is going to cost, before it is begun."""

from advgui import foreign_code
from advgui.attacks import ATTACKS, Access, IteratedAttack
from advgui.defenses import DEFENSES
from advgui.evaluation.plan import Plan
from advgui.outcomes import Effort
from advgui.scenarios import averaged_draws
from advgui.types import Column, Scenario

# A query takes an image forward through the classifier, a gradient forward and backward.
_PASSES_OF_A_QUERY, _PASSES_OF_A_GRADIENT = 1, 2


def expected(plan: Plan, images: int) -> Effort:
    """Return what a plan is going to cost: gradients are images x steps x the attacker's draws x scenarios.

    Each attack is counted as if it ran alone; what an attack in one step needs for several strengths is computed once.
    Queries are all answers without a gradient, those that fill the table among them. An attack that stops early costs
    less than this.

    Args:
        plan: What is to be evaluated.
        images: How many.

    Raises:
        PluginError: An attack from a plug-in does not say how many steps it has.
    """
    one = sum((of_attack(scenario) + of_columns(scenario) for scenario in plan.scenarios), Effort())
    return Effort(gradients=one.gradients * images, queries=one.queries * images)


def passes(effort: Effort) -> int:
    """Return an effort as one number that grows with the time it takes: passes of an image through the classifier."""
    return _PASSES_OF_A_QUERY * effort.queries + _PASSES_OF_A_GRADIENT * effort.gradients


def of_attack(scenario: Scenario) -> Effort:
    """Return what the attack is going to cost for one image.

    Raises:
        PluginError: An attack from a plug-in does not say how many steps it has.
    """
    attack = ATTACKS.get(scenario.attack.name)
    if attack is None or attack.access is Access.NOTHING:
        return Effort()
    asked = 1
    if isinstance(attack, IteratedAttack):
        if not scenario.strength:
            return Effort()  # an attack in one step has its gradient taken even then
        steps = foreign_code.called(attack, "steps", attack.steps, scenario.attack.settings)
        asked = steps * attack.in_step
    if attack.access is Access.PROBABILITIES:
        return Effort(queries=asked)
    return Effort(gradients=asked * averaged_draws(scenario))


def of_columns(scenario: Scenario) -> Effort:
    """Return what it costs to classify every column of one image."""
    return Effort(queries=sum(scenario.draws if _is_random(column) else 1 for column in scenario.columns))


def _is_random(column: Column) -> bool:
    return any(name in DEFENSES and DEFENSES[name].is_random for name in column.links)
