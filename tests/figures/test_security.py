"""The security curve: which lines it has, where its strengths stand, and that the drawing says the report's numbers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.attacks import ATTACKS
from advgui.evaluation.plan import Plan, security_curve
from advgui.evaluation.report import Report
from advgui.figures import security
from advgui.figures.security import Axis, charts, meaning
from advgui.figures.strength import strength_figure
from advgui.scenarios import attackers, is_adaptive, is_upper_bound, knowledge, known_names
from advgui.types import CLEAN, PAPER_CHAIN
from tests import toy
from tests.figures import svg

EPSILON = ATTACKS["pgd"].strength


@pytest.fixture(scope="module")
def report() -> Report:
    """Four attackers at the strengths of a security curve."""
    plan = Plan.of(
        attacks=("fgsm",),
        strengths={"fgsm": security_curve(ATTACKS["fgsm"].strength)},
        knows=attackers(PAPER_CHAIN),
        attacker_draws=2,
    )
    return toy.report(toy.pipeline(), toy.data(40), plan)


def drawn_strengths(chart: svg.Chart, name: str) -> np.ndarray:
    """Strengths and accuracies of a line, read off a logarithmic axis between its ticks."""
    places = list(chart.x_ticks.values())
    points = chart.lines[name]
    numbers = [eval(text, {}) for text in chart.x_ticks]  # "8/255"
    assert all(np.abs(np.array(places) - x).min() < 1e-2 for x in points[:, 0])  # every point stands at a tick
    strengths = [numbers[int(np.abs(np.array(places) - x).argmin())] for x in points[:, 0]]
    height = np.polyfit(list(chart.y_ticks.values()), [float(text) for text in chart.y_ticks], 1)
    return np.stack([strengths, np.polyval(height, points[:, 1])], axis=1)


def test_every_attacker_has_a_chart_and_the_first_holds_the_accuracies_to_quote(report: Report) -> None:
    found = charts(report)
    first, *others = found
    assert first == f"FGSM, corrected: {security.TO_QUOTE}"
    by_knowledge = {known_names(run.scenario): run for run in report.runs if not run.is_control}
    assert others == [f"FGSM, corrected: {knowledge(run.scenario)}" for run in by_knowledge.values()]
    for line in found[first].lines:
        control, *attacks = line.runs
        assert control.is_control
        assert [run.scenario.strength for run in attacks] == list(security_curve(EPSILON))
        for run in attacks:
            assert line.is_bound == is_upper_bound(run.scenario, line.column)
            assert line.is_bound != (line.column.key == CLEAN or is_adaptive(run.scenario, line.column))
    solid = [line.column.key for line in found[first].lines if not line.is_bound]
    assert solid == [column.key for column in report.columns]


def test_a_drawn_curve_is_the_numbers_of_the_report_at_the_strengths_of_its_ticks(report: Report) -> None:
    for name, model in charts(report).items():
        content = strength_figure(report, name).file("svg")
        (chart,) = svg.charts(content)
        assert list(chart.x_ticks) == ["0", "1/255", "2/255", "4/255", "8/255", "16/255", "32/255", "64/255"]
        assert len(chart.lines) == len(model.lines)
        for line in model.lines:
            wanted = [(run.scenario.strength, 100 * report.tally(run, line.column.key).accuracy) for run in line.runs]
            assert np.allclose(drawn_strengths(chart, f"chart-0-{line.name}"), wanted, rtol=0, atol=1e-3)
        texts = svg.texts(content)
        assert "chance (10 %)" in texts
        assert any("hollow" in text for text in texts) == any(line.is_bound for line in model.lines)
        assert svg.title(content) == f"Accuracy against strength: {name}"


def test_chance_is_that_of_the_classes(report: Report) -> None:
    assert security.chance(report) == 10
    assert security.chance(replace(report, class_names=("cat", "dog"))) == 50


def test_every_cell_means_something(report: Report) -> None:
    for run in report.runs:
        for column in report.columns:
            words = meaning(run.scenario, column)
            assert bool(words) == (column.key != CLEAN)
            if not run.is_control and column.key != CLEAN:
                assert ("upper bound" in words) == is_upper_bound(run.scenario, column)
                assert (security.TO_QUOTE in words) == is_adaptive(run.scenario, column)


@given(st.lists(st.floats(1e-4, 0.3), min_size=1, max_size=30, unique=True))
def test_an_axis_keeps_the_order_and_its_ticks_stand_apart(strengths: list[float]) -> None:
    axis = Axis(EPSILON, tuple(sorted([0.0, *strengths])))
    places = [axis.place(strength) for strength in axis.strengths]
    assert places == sorted(places)
    assert places[0] == 0
    assert axis.end == places[-1]
    if axis.is_logarithmic:
        gaps = np.diff([place for place, _ in axis.ticks])
        assert (gaps >= axis.end / 12 * (1 - 1e-9)).all()
        assert axis.ticks[0] == (0, "0")
    else:
        assert np.allclose(places, 255 * np.array(axis.strengths))


@pytest.mark.parametrize("name", ATTACKS)
def test_a_security_curve_doubles_to_the_end_of_the_range(name: str) -> None:
    strength = ATTACKS[name].strength
    found = security_curve(strength)
    assert strength.default in found
    assert found[0] == strength.default / 8
    assert np.allclose(np.divide(found[1:], found[:-1]), 2, rtol=1e-12)
    assert strength.low < found[-1] <= strength.high < 2 * found[-1]


def test_a_security_curve_of_an_epsilon_is_in_whole_255ths() -> None:
    assert security_curve(EPSILON) == tuple(count / 255 for count in (1, 2, 4, 8, 16, 32, 64))
