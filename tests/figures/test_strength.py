"""Accuracy against strength: the SVG, read back, says the numbers of the report."""

from dataclasses import replace

import numpy as np
import pytest

from advgui import resources
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.figures import security
from advgui.figures.strength import strength_figure
from advgui.reports import storage
from advgui.types import ProtocolName
from tests import toy
from tests.figures import svg

STRENGTHS = {"gaussian": [0.05, 0.1, 0.2], "fgsm": [2 / 255, 8 / 255, 16 / 255]}


@pytest.fixture(scope="module")
def report() -> Report:
    return toy.report(toy.pipeline(), toy.data(40), Plan.of(strengths=STRENGTHS))


@pytest.fixture(scope="module")
def committed() -> Report:
    return storage.load(resources.trained() / "evaluation.json")


def check(chart: svg.Chart, number: int, report: Report, name: str) -> None:
    runs = security.charts(report)[name].runs
    for column in runs[0].predictions:
        wanted = [(run.scenario.strength, 100 * report.tally(run, column).accuracy) for run in runs]
        assert np.allclose(chart.values(f"chart-{number}-{column}"), wanted, rtol=0, atol=(1e-4, 1e-3))


@pytest.mark.parametrize(
    ("name", "ticks"),
    [
        ("FGSM, corrected", {"0", "4/255", "8/255", "12/255", "16/255"}),
        ("Gaussian noise, corrected", {"0", "0.05", "0.1", "0.15", "0.2"}),
    ],
)
def test_ticks_and_points_are_the_numbers_of_the_report(report: Report, name: str, ticks: set[str]) -> None:
    (chart,) = svg.charts(strength_figure(report, name).file("svg"))
    assert ticks <= set(chart.x_ticks)
    assert list(chart.y_ticks) == ["0", "20", "40", "60", "80", "100"]
    check(chart, 0, report, name)


def test_every_attack_and_protocol_has_its_chart(committed: Report) -> None:
    content = strength_figure(committed).file("svg")
    charts = svg.charts(content)
    names = list(security.charts(committed))
    assert len(charts) == len(names) == 5
    assert set(names) <= set(svg.texts(content))
    for number, (chart, name) in enumerate(zip(charts, names, strict=True)):
        check(chart, number, committed, name)


def test_it_says_how_it_came_to_be(committed: Report) -> None:
    content = strength_figure(committed, "FGSM, as published").file("svg")
    text = " ".join(svg.texts(content))
    for part in (
        "Accuracy against strength: FGSM, as published",
        "10,000 images (CIFAR-10 test), seed 0",
        "Wilson 95 % interval",
        "Threat model of FGSM: white box",
        "upper bounds",
        committed.provenance.networks["classifier"].sha256[:12],
        "epsilon",
        "(c) autoencoder",
        "published, Table 2",
    ):
        assert part in text
    assert "Threat model of Gaussian" not in text
    assert "PARTIAL" not in text
    assert svg.title(content) == "Accuracy against strength: FGSM, as published"


def test_a_partial_result_says_so_and_an_empty_one_is_drawn(report: Report) -> None:
    partial = replace(report, ranges=((0, 100),))
    assert "PARTIAL RESULT: 40 of 100 planned images were evaluated." in svg.texts(strength_figure(partial).file("svg"))
    nothing = replace(
        report,
        indices=report.indices[:0],
        labels=report.labels[:0],
        runs=tuple(
            replace(run, predictions={column: found[:0] for column, found in run.predictions.items()})
            for run in report.runs
        ),
    )
    content = strength_figure(nothing).file("svg")
    assert all(not chart.lines for chart in svg.charts(content))
    assert any(text.startswith("PARTIAL RESULT: 0 of 40") for text in svg.texts(content))


def test_columns_that_were_not_computed_are_left_out() -> None:
    plan = Plan.of((ProtocolName.CORRECTED,), ("fgsm",), STRENGTHS | {"gaussian": []}).without_autoencoder()
    content = strength_figure(toy.report(toy.pipeline(), toy.data(), plan)).file("svg")
    assert len(svg.charts(content)[0].lines) == 3
    assert "(c) autoencoder" not in svg.texts(content)


def test_a_control_alone_has_an_axis() -> None:
    plan = Plan.of((ProtocolName.CORRECTED,), ("fgsm",), {"fgsm": [0.0]})
    (chart,) = svg.charts(strength_figure(toy.report(toy.pipeline(), toy.data(), plan)).file("svg"))
    assert "8/255" in chart.x_ticks


def test_a_chart_that_is_not_there_is_an_error(report: Report) -> None:
    with pytest.raises(KeyError):
        strength_figure(report, "FGSM, as published")
