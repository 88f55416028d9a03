"""Reports as files: JSON that comes back complete, and tables whose numbers are those of the report."""

import argparse
import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.commands import evaluate as command_line
from advgui.data.cifar10 import load_samples
from advgui.errors import DataError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report, Run, mitigations
from advgui.protocols import supports
from advgui.reports import comma_separated, latex, storage, tables
from advgui.reports.command import SAMPLES, commands
from advgui.reports.published import published_tables
from advgui.scenarios import attackers, scenario, strength_text, without
from advgui.types import PAPER_CHAIN, ProtocolName, Scenario
from tests import toy
from tests.columns import KEYS
from tests.toy import made_up

BOTH = tuple(ProtocolName)


@pytest.fixture(scope="module")
def report() -> Report:
    return toy.report(toy.pipeline(), toy.data(), Plan.of(BOTH))


@st.composite
def plans(draw: st.DrawFn) -> tuple[Scenario, ...]:
    """Scenarios of one evaluation: one seed, one chain."""
    chain = draw(
        st.sampled_from(
            [
                PAPER_CHAIN,
                without(PAPER_CHAIN, "autoencoder"),
                without(PAPER_CHAIN, "randomization"),
                (),
                PAPER_CHAIN[:1],
            ]
        )
    )
    seed, draws = draw(st.integers(0, 2**40)), draw(st.integers(1, 30))
    attack = st.tuples(
        st.sampled_from([("gaussian", 1.0), ("fgsm", 0.3), ("pgd", 0.3), ("pgd_l2", 5.0)]), st.floats(0, 1)
    )
    knows = st.sets(st.sampled_from(PAPER_CHAIN)).map(lambda links: {one.name for one in links})
    attacker = st.tuples(knows, st.integers(1, 3), st.none() | st.integers(0, 9))
    chosen = draw(st.lists(st.tuples(attack, st.sampled_from(ProtocolName), attacker), min_size=1, max_size=4))
    return tuple(
        dict.fromkeys(
            scenario(
                name,
                share * most,
                chain=chain,
                protocol=protocol,
                seed=seed,
                draws=draws,
                attacker_draws=averaged,
                target=target,
                attacker_knows=tuple(link.name for link in chain if link.name in known),
            )
            for ((name, most), share), protocol, (known, averaged, target) in chosen
            if supports(protocol, name)
        )
    ) or (scenario(chain=chain, seed=seed, draws=draws),)


@given(images=st.integers(0, 30), scenarios=plans(), missing=st.integers(0, 5))
def test_json_comes_back_complete(images: int, scenarios: tuple[Scenario, ...], missing: int) -> None:
    report = made_up(images, scenarios, images + missing or 1)
    again = storage.from_json(storage.to_json(report))
    assert storage.to_json(again) == storage.to_json(report)
    assert [run.scenario for run in again.runs] == list(scenarios)
    assert again.provenance == report.provenance
    assert again.complete == report.complete
    assert again.labels.tolist() == report.labels.tolist()
    for run, other in zip(again.runs, report.runs, strict=True):
        assert run.predictions.keys() == other.predictions.keys()
        assert all(np.array_equal(run.predictions[c], other.predictions[c]) for c in run.predictions)


@given(images=st.integers(0, 30), scenarios=plans())
def test_every_table_can_be_made_of_every_report(images: int, scenarios: tuple[Scenario, ...]) -> None:
    report = made_up(images, scenarios, images or 1)
    for text in (
        tables.to_text(report),
        tables.to_markdown(report),
        latex.to_latex(report),
        comma_separated.to_csv(report),
    ):
        assert "nan" not in text
        assert text.endswith("\n")


def test_json_has_the_promised_shape(report: Report) -> None:
    values = json.loads(storage.to_json(report))
    assert values["complete"] is True
    assert len(values["runs"]) == len(report.runs)
    for run in values["runs"]:
        assert run["protocol"] in list(ProtocolName)
        assert run["attack"] in ("gaussian", "fgsm")
        assert isinstance(run["strength"], float)
        assert (run["seed"], run["images"]) == (0, 12)
        assert list(run["columns"]) == ["clean", "attacked", "autoencoder", "randomization", "both"]
        for column, counts in run["columns"].items():
            assert set(counts) == {"correct", "total", "accuracy", "low", "high"}
            assert counts["total"] == 12
            assert counts["accuracy"] == counts["correct"] / 12
            assert 0 <= counts["low"] <= counts["accuracy"] <= counts["high"] <= 1
            right = np.equal(run["predictions"][column], values["labels"])
            assert right.sum() == counts["correct"]
        for column, changes in run["paired"].items():
            right = np.equal(run["predictions"][column], values["labels"])
            before = np.equal(run["predictions"]["attacked"], values["labels"])
            assert changes["fixed_indices"] == np.array(values["indices"])[right & ~before].tolist()
            assert changes["broken_indices"] == np.array(values["indices"])[before & ~right].tolist()
            assert sum(changes[kind] for kind in ("fixed", "broken", "still_wrong", "still_right")) == 12
    controls = [run for run in values["runs"] if run["strength"] == 0]
    assert all(run["control"] for run in controls)
    assert len(controls) == 5


def test_an_empty_partial_report_is_valid_json() -> None:
    values = json.loads(storage.to_json(made_up(0, planned=5)))
    assert values["complete"] is False
    empty = {"correct": 0, "total": 0, "accuracy": None, "low": 0.0, "high": 1.0}
    assert values["runs"][0]["columns"]["clean"] == empty


@pytest.mark.parametrize(
    "damage",
    [
        lambda v: v.update(version=3),
        lambda v: v.update(kind="something else"),
        lambda v: v.pop("labels"),
        lambda v: v["labels"].pop(),
        lambda v: v["labels"].__setitem__(0, 10),
        lambda v: v["labels"].__setitem__(0, -1),
        lambda v: v.update(runs=7),
        lambda v: v["runs"][0]["predictions"]["clean"].pop(),
        lambda v: v["runs"][0]["predictions"].update(unknown=[]),
        lambda v: v["runs"][1]["columns"]["both"].update(correct=0),
        lambda v: v["runs"][0]["scenario"].update(strength=-1),
        lambda v: v["runs"][0].update(linf=None),
        lambda v: v["provenance"].update(surprise=1),
        lambda v: v.update(ranges=[[0, 2]]),
    ],
)
def test_damaged_reports_are_refused(damage: object) -> None:
    values = json.loads(storage.to_json(made_up(5)))
    damage(values)  # type: ignore[operator]
    with pytest.raises(DataError):
        storage.from_json(json.dumps(values))


@given(st.text() | st.sampled_from(["[]", "{}", "null", "1", '{"kind": 1, "version": 1}']))
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"not a report|expected"):
        storage.from_json(text)


def test_unreadable_files_are_named(tmp_path: object) -> None:
    path = tmp_path / "report.json"  # type: ignore[operator]
    with pytest.raises(DataError, match=r"report\.json"):
        storage.load(path)
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(DataError, match=r"report\.json"):
        storage.load(path)


def test_csv_holds_the_numbers_of_the_report(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(comma_separated.to_csv(report))))
    measured = [row for row in rows if row["source"] == "measured"]
    assert len(measured) == len(report.runs) * len(KEYS)
    cells = [(run, column) for run in report.runs for column in KEYS]
    for row, (run, column) in zip(measured, cells, strict=True):
        tally = report.tally(run, column)
        scenario = run.scenario
        assert (row["protocol"], row["attack"], row["column"]) == (scenario.protocol, scenario.attack.name, column)
        assert float(row["strength"]) == run.scenario.strength
        assert (int(row["correct"]), int(row["total"])) == (tally.correct, tally.total)
        assert (float(row["low"]), float(row["high"])) == (tally.low, tally.high)
        assert (row["adaptive"], row["upper_bound"]) == _aimed(run, column)
        if run.effort is not None:
            assert (int(row["gradients"]), int(row["queries"])) == (run.effort.gradients, run.effort.queries)
        if column in mitigations(run):
            assert int(row["fixed"]) == len(report.paired(run, column).fixed)
    published = [row for row in rows if row["source"] != "measured"]
    assert len(published) == 4 * len(KEYS)
    attacked = {row["accuracy"] for row in published if row["column"] == "attacked"}
    assert attacked == {"0.174", "0.4672", "0.06", "0.0685"}


def _aimed(run: Run, column: str) -> tuple[str, str]:
    """Whether a column is what the attacker of the paper's attacks aims at, and an upper bound."""
    is_attacked = run.scenario.strength > 0
    adaptive = is_attacked and run.scenario.attack.name == "fgsm" and column == "attacked"
    return str(adaptive).lower(), str(is_attacked and column not in ("clean", "attacked")).lower()


def test_markdown_tables_are_rectangular_and_hold_every_accuracy() -> None:
    report = made_up(2000)
    text = tables.to_markdown(report)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {len(KEYS) + 2}
    for run in report.runs:
        for column in KEYS:
            tally = report.tally(run, column)
            assert f"| {100 * tally.accuracy:.2f}<br>{100 * tally.low:.1f}-{100 * tally.high:.1f} |" in text
    assert "`advgui evaluate --protocol both --attack both --seed 0 --images 2000" in text
    assert "L∞" in text
    assert text.count("control: no attack") == 5


def test_published_figures_stand_beneath_the_measured_ones() -> None:
    def labels(*protocols: ProtocolName) -> list[str]:
        text = tables.to_text(made_up(20, Plan.of(protocols).scenarios))
        wanted = ("published", "as published", "corrected", "noise_param", "epsilon")
        return [line[:44].split("   ")[0].strip() for line in text.split("\n\n20 images")[0].splitlines()
                if line.strip().startswith(wanted)]  # fmt: skip

    assert labels(*BOTH) == [
        "corrected",
        "noise_param 0.1",
        "as published, noise on standardized pixels",
        "noise_param 0.1",
        "published, notebook (0.1)",
        "as published, noise on x/255",
        "noise_param 0.1",
        "published, Table 1 (0.1)",
        "corrected",
        "epsilon 8/255 (0.0314)",
        "as published",
        "epsilon 12.75/255 (0.05)",
        "published, Table 2 (strength not stated)",
        "published, notebook (0.05)",
    ]
    assert labels(ProtocolName.CORRECTED) == [
        "corrected",
        "noise_param 0.1",
        "published, Table 1 (0.1)",
        "published, notebook (0.1)",
        "corrected",
        "epsilon 8/255 (0.0314)",
        "published, Table 2 (strength not stated)",
        "published, notebook (0.05)",
    ]


def test_latex_is_balanced_and_escaped(report: Report) -> None:
    body = [line for line in latex.to_latex(report).splitlines() if line and not line.startswith("%")]
    assert body.count(r"\begin{tabular}{lrrrrr}") == body.count(r"\end{tabular}") == 2
    for line in body:
        assert line.count("{") == line.count("}")
        assert line.count("&") in (0, len(KEYS))
        for special in "%_#$":
            assert line.replace("\\" + special, "").count(special) == 0


@pytest.mark.parametrize("make", [tables.to_text, tables.to_markdown, latex.to_latex])
def test_partial_results_say_so(make: object) -> None:
    assert "PARTIAL RESULT: 20 of 50 planned images" in make(made_up(20, planned=50))  # type: ignore[operator]
    assert "PARTIAL" not in make(made_up(20))  # type: ignore[operator]


@pytest.mark.parametrize(
    "plan",
    [
        Plan.of(),
        Plan.of(BOTH, seed=7),
        Plan.of((ProtocolName.AS_PUBLISHED,), ("fgsm",), draws=30),
        Plan.of(BOTH, strengths={"gaussian": (0.1,), "fgsm": (0.1,)}),
        Plan.of(attacks=("fgsm",), strengths={"fgsm": (2 / 255, 8 / 255, 0.05)}),
        Plan.of(attacks=("gaussian",), strengths={"gaussian": (0.0,)}),
        Plan.of(BOTH[1:], ("gaussian",)),
        Plan.of(chain=PAPER_CHAIN[::-1]),
        Plan.of(chain=PAPER_CHAIN[:1]),
        Plan.of(chain=()),
        Plan.of(attacks=("fgsm",), knows=attackers(PAPER_CHAIN)),
        Plan.of(attacks=("fgsm", "gaussian"), knows=attackers(PAPER_CHAIN), target=6),
        Plan.of(BOTH, ("fgsm",), knows=[(), ("autoencoder",)], attacker_draws=3),
        Plan.of(attacks=("mi_fgsm",), settings={"mi_fgsm": {"steps": 7}}, knows=[("randomization",)], target=0),
        Plan.of(attacks=("pgd", "pgd_l2"), knows=[("autoencoder", "randomization")], attacker_draws=1),
        Plan.of(attacks=("fgsm",), strengths={"fgsm": (0.01, 0.02)}, knows=[("autoencoder",), ()]),
        Plan.of(chain=PAPER_CHAIN[:1], knows=attackers(PAPER_CHAIN[:1])),
    ],
)
@pytest.mark.parametrize("span", [(0, 20), (20, 50)])
def test_the_command_line_of_a_report_makes_it_again(plan: Plan, span: tuple[int, int]) -> None:
    report = replace(made_up(span[1] - span[0], plan.scenarios), ranges=(span,))
    assert [set(plan_of(command)[0].scenarios) for command in commands(report)] == [set(plan.scenarios)]
    assert [plan_of(command)[1] for command in commands(report)] == [span]


def test_a_report_with_a_strength_list_for_each_attack_takes_two_command_lines() -> None:
    plan = Plan.of(strengths={"gaussian": (0.2,), "fgsm": (0.01, 0.02)})
    found = [plan_of(command)[0].scenarios for command in commands(made_up(20, plan.scenarios))]
    assert len(found) == 2
    assert {scenario for scenarios in found for scenario in scenarios} == set(plan.scenarios)


def test_attackers_that_differ_between_strengths_take_two_command_lines() -> None:
    plans = [Plan.of(attacks=("fgsm",), strengths={"fgsm": (s,)}, knows=[k])
             for s, k in [(0.01, ()), (0.02, ("autoencoder",))]]  # fmt: skip
    scenarios = tuple(dict.fromkeys(scenario for plan in plans for scenario in plan.scenarios))
    found = [plan_of(command)[0].scenarios for command in commands(made_up(20, scenarios))]
    assert [set(one) for one in found] == [set(plan.scenarios) for plan in plans]


def test_the_command_line_names_samples_and_other_networks() -> None:
    assert load_samples().name == SAMPLES
    assert " --samples" in commands(replace(made_up(20), dataset=SAMPLES))[0]
    assert " --samples" not in commands(made_up(20))[0]
    assert " --classifier tiny.keras" in commands(made_up(20))[0]


def plan_of(command: str) -> tuple[Plan, tuple[int, int]]:
    """What a command line of `advgui evaluate` asks for."""
    parser = argparse.ArgumentParser()
    command_line.add_arguments(parser)
    args = parser.parse_args(command.split()[2:])
    return command_line.plan_for(args), args.images


def test_strengths_are_written_as_people_write_them() -> None:
    assert strength_text("fgsm", 8 / 255) == "8/255 (0.0314)"
    assert strength_text("fgsm", 0.05) == "12.75/255 (0.05)"
    assert strength_text("gaussian", 0.1) == "0.1"
    assert strength_text("fgsm", 0.0) == "0"


def test_published_figures_are_those_of_the_paper_and_its_notebooks() -> None:
    def row(percent: dict[str, float]) -> list[float]:
        return [percent[column] for column in KEYS]

    assert {(t.attack, t.strength, t.protocol, *row(dict(t.percent))) for t in published_tables()} == {
        ("gaussian", 0.1, "as-published-scaled", 91.6, 17.4, 39.6, 15.3, 21.2),
        ("fgsm", None, "as-published", 91.7, 6, 31.7, 10.8, 20.6),
        ("gaussian", 0.1, "as-published", 91.7, 46.72, 48.15, 30.08, 27.23),
        ("fgsm", 0.05, "as-published", 91.7, 6.85, 33.17, 10.99, 19.78),
    }


def test_published_figures_of_another_strength_stand_once_at_the_end() -> None:
    plan = Plan.of(BOTH, ("gaussian",), {"gaussian": (0.2,)})
    lines = tables.to_text(made_up(20, plan.scenarios)).split("\n\n20 images")[0].splitlines()
    published = [number for number, line in enumerate(lines) if line.strip().startswith("published")]
    assert published == [len(lines) - 2, len(lines) - 1]
