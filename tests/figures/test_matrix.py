"""What the attacker knows against mitigations: the SVG, read back, says the numbers of the report."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui import resources
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.figures.matrix import cell_text, columns, is_dark, is_to_quote, matrices, matrix_figure, row_label, shade
from advgui.reports import storage
from advgui.reports.tables import interval, percent
from advgui.scenarios import attackers, is_adaptive, is_upper_bound, knowledge
from advgui.types import ATTACKED, CLEAN, PAPER_CHAIN, ProtocolName
from tests import toy
from tests.figures import svg

NAME = "FGSM, ε = 8/255, corrected"


@pytest.fixture(scope="module")
def report() -> Report:
    plan = Plan.of(
        attacks=("gaussian", "fgsm"),
        strengths={"gaussian": [0.1], "fgsm": [4 / 255, 8 / 255]},
        knows=attackers(PAPER_CHAIN),
        attacker_draws=2,
    )
    return toy.report(toy.pipeline(), toy.data(40), plan)


def test_rows_are_the_attackers_and_the_diagonal_is_framed(report: Report) -> None:
    found = matrices(report)
    assert list(found) == ["Gaussian noise, noise_param = 0.1, corrected", "FGSM, ε = 4/255, corrected", NAME]
    rows = found[NAME]
    assert [column.key for column in columns(rows)] == [column.key for column in report.columns if column.key != CLEAN]
    control, *others = rows
    assert control.is_control
    assert row_label(control) == "no attack"
    assert [row_label(run) for run in others] == [knowledge(run.scenario) for run in others]
    framed = [[is_to_quote(run, column) for column in columns(rows)] for run in rows]
    assert framed == [[False] * 4, *([row == place for place in range(4)] for row in range(4))]
    # Noise knows nothing: one row, with nothing to quote.
    assert [row_label(run) for run in found["Gaussian noise, noise_param = 0.1, corrected"]] == [
        "no attack",
        "the attacker knows neither the classifier nor the mitigations",
    ]


def test_every_cell_says_its_number_its_interval_and_whether_it_is_a_bound(report: Report) -> None:
    rows = matrices(report)[NAME]
    content = matrix_figure(report, NAME).file("svg")
    texts = svg.texts(content)
    wanted = []
    for run in rows:
        for column in columns(rows):
            tally = report.tally(run, column.key)
            bound = "≤ " if is_upper_bound(run.scenario, column) else ""
            assert cell_text(report, run, column) == f"{bound}{percent(tally)}"
            wanted += [f"{bound}{percent(tally)}", interval(tally).replace("-", "\N{EN DASH}")]
    begin = texts.index(wanted[0])
    assert texts[begin : begin + len(wanted)] == wanted
    frames = [name for name in _names(content) if name.endswith("-framed")]
    assert frames == [
        f"matrix-0-{row}-{column.key}-framed"
        for row, run in enumerate(rows)
        for column in columns(rows)
        if not run.is_control and is_adaptive(run.scenario, column)
    ]
    together = " ".join(texts)
    for part in ("40 images (toy images), seed 0", "Wilson 95 % interval", "the accuracy to quote", "upper bound"):
        assert part in together
    assert svg.title(content) == f"Accuracy by what the attacker knows: {NAME}"


def _names(content: bytes) -> Iterator[str]:
    return (element.get("id", "") for element in svg.root(content).iter(f"{svg.SVG}g"))


def test_all_matrices_are_drawn_and_those_that_are_not_there_are_an_error(report: Report) -> None:
    content = matrix_figure(report).file("svg")
    assert set(matrices(report)) <= set(svg.texts(content))
    with pytest.raises(KeyError):
        matrix_figure(report, "PGD")


def test_a_targeted_attack_says_so() -> None:
    plan = Plan.of(attacks=("fgsm",), target=6, strengths={"fgsm": [8 / 255]})
    found = matrices(toy.report(toy.pipeline(), toy.data(), plan))
    assert list(found) == ["FGSM, ε = 8/255, towards 'frog', corrected"]


def test_partial_and_empty_reports_and_reports_without_an_attack_are_drawn(report: Report) -> None:
    partial = replace(report, ranges=((0, 100),))
    assert "PARTIAL RESULT: 40 of 100 planned images were evaluated." in svg.texts(matrix_figure(partial).file("svg"))
    nothing = replace(
        report,
        indices=report.indices[:0],
        labels=report.labels[:0],
        runs=tuple(
            replace(run, predictions={column: found[:0] for column, found in run.predictions.items()})
            for run in report.runs
        ),
    )
    assert "-" in svg.texts(matrix_figure(nothing, NAME).file("svg"))
    controls = replace(report, runs=tuple(run for run in report.runs if run.is_control))
    assert matrices(controls) == {}
    matrix_figure(controls).file("svg")


def test_columns_that_were_not_computed_are_left_out() -> None:
    plan = Plan.of((ProtocolName.CORRECTED,), ("fgsm",)).without_autoencoder()
    (rows,) = matrices(toy.report(toy.pipeline(), toy.data(), plan)).values()
    assert [column.key for column in columns(rows)] == [ATTACKED, "randomization"]


def test_the_committed_results_have_a_matrix_for_each_attack_and_strength() -> None:
    committed = storage.load(resources.trained() / "evaluation.json")
    found = matrices(committed)
    assert sum(len(rows) - 1 for rows in found.values()) == sum(not run.is_control for run in committed.runs)


def _luminance(share: float) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (value / 255 for value in shade(share))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_shades_are_ordered_for_every_eye() -> None:
    luminances = [_luminance(step / 100) for step in range(101)]
    assert all(lower < higher for lower, higher in pairwise(luminances))


@given(st.floats(0, 1))
def test_numbers_can_be_read_on_every_shade(share: float) -> None:
    """Contrast of at least 4.5 (WCAG 2.2, level AA)."""
    luminance = _luminance(share)
    contrast = 1.05 / (luminance + 0.05) if is_dark(shade(share)) else (luminance + 0.05) / 0.05
    assert contrast >= 4.5
