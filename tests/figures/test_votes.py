"""Accuracy against the number of draws: what the reports counted, and nothing else."""

import pytest

from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.figures.votes import vote_lines, votes_figure
from advgui.types import VoteRule
from tests import toy
from tests.figures import svg


def report(draws: int, rule: VoteRule = VoteRule.MEAN, stop: int = 12) -> Report:
    plan = Plan.of(attacks=("fgsm",), strengths={"fgsm": [8 / 255]}, draws=draws, rule=rule, stop=stop)
    return toy.report(toy.pipeline(), toy.data(), plan)


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return [report(1), report(3), report(9), report(3, VoteRule.MAJORITY)]


def test_every_point_is_what_its_report_counted(reports: list[Report]) -> None:
    lines = vote_lines(reports)
    numbers = {(line.column.key, line.rule, line.scenario.strength > 0): [n for n, _ in line.points] for line in lines}
    for key in ("randomization", "both"):
        assert numbers[key, VoteRule.MEAN, True] == [1, 3, 9]
        assert numbers[key, VoteRule.MAJORITY, True] == [1, 3]
    for line in lines:
        for number, tally in line.points:
            rule = line.rule if number > 1 else VoteRule.MEAN
            (source,) = (
                each for each in reports if each.runs[0].scenario.draws == number and each.runs[0].scenario.rule is rule
            )
            (run,) = (run for run in source.runs if run.scenario.attack == line.scenario.attack)
            assert tally == source.tally(run, line.column.key)


def test_the_figure_says_how_it_was_made(reports: list[Report]) -> None:
    attacked = [one for one in reports if one is not None]
    said = " ".join(svg.texts(votes_figure(attacked).file("svg")))
    assert "(d) randomization, averaged" in said
    assert "(e) both, majority" in said
    assert "--draws 9" in said
    assert "12 images" in said


def test_what_does_not_belong_together_is_refused(reports: list[Report]) -> None:
    with pytest.raises(AdvguiError, match="different images"):
        votes_figure([reports[0], report(3, stop=8)])
    with pytest.raises(AdvguiError, match="0 random columns"):
        votes_figure([reports[0]])
