"""What an evaluation costs is known before it is begun: the counts are those that the pipeline then counts."""

import numpy as np
import pytest

from advgui.attacks import ATTACKS, Access
from advgui.evaluation.effort import expected, passes
from advgui.evaluation.plan import Plan
from advgui.outcomes import Effort
from advgui.pipeline import Pipeline
from advgui.scenarios import attackers
from advgui.types import PAPER_CHAIN
from tests import toy


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return toy.pipeline()


def spent(pipeline: Pipeline, plan: Plan, count: int) -> int:
    runs = toy.report(pipeline, toy.data(count), plan).runs
    return sum(run.effort.gradients for run in runs if run.effort is not None)


@pytest.mark.parametrize(
    ("attack", "settings"),
    [("fgsm", {}), ("pgd", {"steps": 3}), ("pgd", {"steps": 2, "restarts": 3}), ("mi_fgsm", {"steps": 4}),
     ("gaussian", {}), ("random_signs", {})],
)  # fmt: skip
@pytest.mark.parametrize("draws", [1, 4])
def test_gradients_are_those_that_the_attacks_ask_for(
    pipeline: Pipeline, attack: str, settings: dict[str, int], draws: int
) -> None:
    plan = Plan.of(
        attacks=(attack,),
        strengths={attack: [4 / 255, 8 / 255]},
        settings={attack: settings},
        knows=attackers(PAPER_CHAIN),
        attacker_draws=draws,
    )
    assert expected(plan, 5).gradients == spent(pipeline, plan, 5)


def test_effort_grows_with_images_and_draws() -> None:
    plan = Plan.of(attacks=("pgd",), settings={"pgd": {"steps": 5}}, knows=[("randomization",)], attacker_draws=3)
    assert expected(plan, 10).gradients == 10 * 5 * 3
    # Five columns of the control and of the attack.
    assert expected(plan, 10).queries == 10 * 10
    averaged = Plan.of(attacks=("pgd",), draws=4)
    assert expected(averaged, 1).queries == 2 * (3 + 2 * 4)
    assert np.isclose(passes(expected(plan, 20)), 2 * passes(expected(plan, 10)))


def test_every_attack_has_an_effort() -> None:
    for name, attack in ATTACKS.items():
        effort = expected(Plan.of(attacks=(name,)), 1)
        assert (effort.gradients > 0) == (attack.access is Access.GRADIENT)
        assert effort.queries >= 10


def test_an_attack_without_gradients_asks_as_often_as_it_may() -> None:
    plan = Plan.of(attacks=("square",), settings={"square": {"queries": 40}})
    # Five columns of the control and of the attack.
    assert expected(plan, 3) == Effort(queries=3 * (40 + 10))
