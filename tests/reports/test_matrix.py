"""What the attacker knows against mitigations: every format says the same, and marks the accuracies to quote."""

import csv
import io
import re
from dataclasses import replace

import pytest

from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.reports import comma_separated, latex, storage, tables
from advgui.reports.matrix import known_label
from advgui.scenarios import attackers, scenario
from advgui.types import PAPER_CHAIN, Link, Scenario
from tests.toy import made_up

CHAIN = (Link("jpeg"), *PAPER_CHAIN)


def matrix(*attacks: str, chain: tuple[Link, ...] = PAPER_CHAIN, **options: object) -> Report:
    plan = Plan.of(attacks=attacks, chain=chain, knows=attackers(chain), **options)  # type: ignore[arg-type]
    return made_up(40, plan.scenarios)


def rows(text: str) -> dict[str, list[str]]:
    """The cells of a matrix on a terminal, by what the attacker knows."""
    lines = text.split("(rows: what the attacker knows)\n")[1].split("\n\n")[0].splitlines()
    split = [re.split(r" {2,}", line.strip()) for line in lines if line[2] != " "]
    return {label: cells for label, *cells in split}


@pytest.mark.parametrize("chain", [PAPER_CHAIN, PAPER_CHAIN[:1], PAPER_CHAIN[::-1], CHAIN])
def test_the_diagonal_is_to_quote_and_an_upper_bound_stands_where_something_is_unknown(chain: tuple[Link, ...]) -> None:
    found = rows(tables.to_text(matrix("pgd", chain=chain)))
    assert list(found)[:2] == ["control: no attack", "classifier"]
    columns = [(), *((link.name,) for link in chain), *([tuple(link.name for link in chain)] if len(chain) > 1 else [])]
    known = dict(zip(list(found)[1:], columns, strict=True))
    for label, cells in found.items():
        for place, cell in enumerate(cells):
            is_attacked = label in known and place > 0
            stands = set(columns[place - 1])
            assert cell.endswith("*") == (is_attacked and stands == set(known[label]))
            assert cell.startswith("<=") == (is_attacked and not stands <= set(known[label]))


def test_rows_are_named_after_what_the_attacker_knows() -> None:
    def label(*names: str, chain: tuple[Link, ...] = CHAIN, attack: str = "fgsm") -> str:
        return known_label(scenario(attack, chain=chain, attacker_knows=names))

    assert label() == "classifier"
    assert label("randomization", "jpeg") == "+ JPEG, randomization"
    assert label("jpeg", "autoencoder", "randomization") == "everything"
    assert label("autoencoder", chain=PAPER_CHAIN[:1]) == "+ autoencoder"
    assert label("jpeg", attack="gaussian") == "classifier"


def marked(cell: str, quoted: str, bound: str) -> str:
    """A cell of a terminal as another format writes it."""
    return re.sub(r"^<=(.*)", bound, re.sub(r"^(.*)\*$", quoted, cell))


def test_every_format_has_the_numbers_of_the_matrix_with_their_marks() -> None:
    report = matrix("pgd")
    text = rows(tables.to_text(report))
    markdown = [line.split(" | ") for line in tables.to_markdown(report).splitlines() if line.startswith("| ")]
    tabular = [
        line.split(" & ") for line in latex.to_latex(report).splitlines() if re.match(r"(classif|\+|every)", line)
    ]
    assert len(markdown) == 2 + 5
    assert len(tabular) == 4
    for line in markdown[3:]:
        cells = text[line[0].removeprefix("| ")]
        assert [cell.split("<br>")[0] for cell in line[1:]] == [marked(cell, r"**\1**", r"≤ \1") for cell in cells]
    for line in tabular:
        cells = text[line[0]]
        expected = [marked(cell, r"\\textbf{\1}", r"\\ensuremath{\\leq} \1") for cell in cells]
        assert [cell.removesuffix(r" \\") for cell in line[1:]] == expected
    signs = {"adaptive": "*", "upper_bound": "<="}
    measured = csv.DictReader(io.StringIO(comma_separated.to_csv(report)))
    for row, cell in zip(list(measured)[5:], [c for label in list(text)[1:] for c in text[label]], strict=True):
        assert float(cell.strip("*<=")) == pytest.approx(100 * float(row["accuracy"]))
        assert {name for name in signs if row[name] == "true"} == {name for name, sign in signs.items() if sign in cell}


def test_each_strength_has_a_matrix_with_the_control_row() -> None:
    report = matrix("fgsm", strengths={"fgsm": (2 / 255, 8 / 255)})
    found = [section for section in tables.sections(report) if section.is_matrix]
    assert [section.title for section in found] == [
        "corrected, epsilon 2/255 (0.00784)", "corrected, epsilon 8/255 (0.0314)",
    ]  # fmt: skip
    names = ["control: no attack", "classifier", "+ autoencoder", "+ randomization", "everything"]
    labels = [row.label for section in found for row in section.rows if not row.label.startswith("published")]
    assert labels == 2 * names
    for written in (tables.to_text, tables.to_markdown, latex.to_latex):
        assert written(report).count("control: no attack") == 2


def test_attacks_that_know_nothing_keep_their_table_beside_a_matrix() -> None:
    report = matrix("gaussian", "pgd")
    assert [(one.attack, one.is_matrix) for one in tables.sections(report)] == [("gaussian", False), ("pgd", True)]
    text = tables.to_text(report)
    gaussian = text.split("PGD  ")[0]
    assert "*" not in gaussian
    assert "<=" not in gaussian


def test_one_attacker_is_named_where_it_knows_more_than_the_classifier() -> None:
    report = made_up(40, Plan.of(attacks=("fgsm",), knows=[("autoencoder",)]).scenarios)
    (section,) = tables.sections(report)
    assert section.title == "corrected, the attacker knows autoencoder"
    assert [row.label for row in section.rows][:2] == ["control: no attack", "epsilon 8/255 (0.0314)"]
    assert tables.run_label(report.runs[1]) == "epsilon 8/255 (0.0314), attacker knows autoencoder"


@pytest.mark.parametrize(
    ("scenarios", "told"),
    [
        (Plan.of().scenarios, "upper bounds in (c), (d) and (e)."),
        (Plan.of(attacks=("pgd",), knows=[("autoencoder",)]).scenarios, "upper bounds in (d) and (e)."),
        (Plan.of(attacks=("pgd",), knows=[("autoencoder", "randomization")]).scenarios, ""),
        (Plan.of(attacks=("pgd",), chain=PAPER_CHAIN[:1]).scenarios, "upper bounds in (c)."),
        (Plan.of(attacks=("pgd",), chain=()).scenarios, ""),
        (Plan.of(attacks=("fgsm",), strengths={"fgsm": (0,)}).scenarios, ""),
        (Plan.of(attacks=("pgd",), knows=attackers(PAPER_CHAIN)).scenarios, "upper bounds where the attacker does"),
    ],
)
def test_upper_bounds_are_told_exactly_where_there_are_some(scenarios: tuple[Scenario, ...], told: str) -> None:
    lines = [line for line in tables.about(made_up(10, scenarios)) if "upper bound" in line]
    assert len(lines) == bool(told)
    assert all(told in line for line in lines)


def test_every_different_attacker_is_told_once_with_what_it_took() -> None:
    report = matrix("fgsm", strengths={"fgsm": (2 / 255, 8 / 255)})
    runs = [replace(run, effort=replace(run.effort, gradients=n * 40, queries=40)) for n, run in enumerate(report.runs)]
    told = [line for line in tables.about(replace(report, runs=tuple(runs))) if line.startswith("Threat model")]
    assert len(told) == len(set(told)) == 4
    # The control is nobody's attack: the rows of 2/255 are 1 to 4, those of 8/255 5 to 8.
    assert [line.split("; ")[-1] for line in told] == [f"up to {n} gradients, 1 query an image." for n in (5, 6, 7, 8)]


def test_a_target_is_told_with_how_often_it_was_reached() -> None:
    report = matrix("fgsm", target=6)
    text = tables.to_text(report)
    assert "it leads towards 'frog'" in text
    run = report.runs[-1]
    rate = report.success(run, "both")
    lines = [line for line in text.splitlines() if line.startswith("    target reached")]
    assert len(lines) == len(report.runs)
    assert lines[-1].split()[-1] == f"{100 * rate.accuracy:.1f}"
    row = list(csv.DictReader(io.StringIO(comma_separated.to_csv(report))))[len(report.runs) * 5 - 1]
    assert (row["target"], float(row["success"])) == ("6", rate.accuracy)
    untargeted = matrix("fgsm")
    assert "target reached" not in tables.to_text(untargeted)
    assert '"success"' not in storage.to_json(untargeted)


def test_a_matrix_comes_back_from_json() -> None:
    report = matrix("gaussian", "pgd", "pgd_l2", target=2)
    assert storage.to_json(storage.from_json(storage.to_json(report))) == storage.to_json(report)


def test_a_matrix_is_escaped_and_balanced() -> None:
    body = [line for line in latex.to_latex(matrix("pgd")).splitlines() if line and not line.startswith("%")]
    for line in body:
        assert line.count("{") == line.count("}")
        assert line.count("&") in (0, 5)
    names = replace(matrix("fgsm", target=6), class_names=tuple(f"$_{n}_|*" for n in range(10)))
    assert r"towards '\$\_6\_|*'" in latex.to_latex(names)
    assert r"towards '\$\_6\_\|\*'" in tables.to_markdown(names)
