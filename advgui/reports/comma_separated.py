"""Reports as CSV, for other programs."""

import csv
import io

from advgui.evaluation.report import Report, Run, mitigations
from advgui.reports.command import as_text
from advgui.reports.published import published_tables
from advgui.reports.tables import is_the_papers
from advgui.scenarios import averaged_draws, is_adaptive, is_upper_bound
from advgui.types import Column

CSV_FIELDS = (
    "source", "protocol", "attack", "settings", "strength", "attacker_knows", "attacker_draws", "target", "seed",
    "draws", "rule", "images", "complete", "column", "letter", "adaptive", "upper_bound", "correct", "total",
    "accuracy", "low", "high", "fixed", "broken", "still_wrong", "still_right", "success", "success_low",
    "success_high", "linf", "l2", "clipped_share", "gradients", "queries", "zero_gradient_share",
)  # fmt: skip


def to_csv(report: Report) -> str:
    """Return CSV with a header: one row for each column of each run, then one for each published figure.

    Accuracies, rates of success and intervals are shares in [0, 1]; gradients and queries are those for all images.
    `adaptive` says that the attacker knows exactly what stands in front of the classifier, `upper_bound` that it does
    not know all of it. Fields that do not apply are empty.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for run in report.runs:
        of_run = _of_run(report, run)
        for column in run.scenario.columns:
            writer.writerow(of_run | _of_column(report, run, column))
    letters = {column.key: column.letter for column in report.columns}
    attacks = {run.scenario.attack.name for run in report.runs} if is_the_papers(report) else set()
    for table in published_tables():
        for key, value in table.percent.items() if table.attack in attacks else ():
            writer.writerow(
                {
                    "source": table.name,
                    "protocol": table.protocol,
                    "attack": table.attack,
                    "strength": "" if table.strength is None else table.strength,
                    "column": key,
                    "letter": letters[key],
                    "accuracy": round(value / 100, 4),
                }
            )
    return text.getvalue()


def _of_run(report: Report, run: Run) -> dict[str, object]:
    scenario = run.scenario
    values: dict[str, object] = {
        "source": "measured",
        "protocol": scenario.protocol,
        "attack": scenario.attack.name,
        "settings": " ".join(f"{name}={as_text(value)}" for name, value in scenario.attack.settings.pairs[1:]),
        "strength": scenario.strength,
        "attacker_knows": " ".join(scenario.attacker_knows),
        "seed": scenario.seed,
        "draws": scenario.draws,
        "rule": scenario.rule if scenario.draws > 1 else "",
        "images": report.images,
        "complete": _yes(report.complete),
        "linf": run.linf,
        "clipped_share": run.clipped_share,
    }
    if averaged_draws(scenario) > 1:
        values["attacker_draws"] = scenario.attacker_draws
    if scenario.target is not None:
        values["target"] = scenario.target
    if run.l2 is not None:
        values["l2"] = run.l2
    if run.effort is not None:
        values |= {"gradients": run.effort.gradients, "queries": run.effort.queries}
        if run.effort.gradient_values:
            values["zero_gradient_share"] = run.effort.zero_share
    return values


def _of_column(report: Report, run: Run, column: Column) -> dict[str, object]:
    tally = report.tally(run, column.key)
    values: dict[str, object] = {
        "column": column.key,
        "letter": column.letter,
        "adaptive": _yes(is_adaptive(run.scenario, column)),
        "upper_bound": _yes(is_upper_bound(run.scenario, column)),
        "correct": tally.correct,
        "total": tally.total,
        "accuracy": tally.accuracy if tally.total else "",
        "low": tally.low,
        "high": tally.high,
    }
    if run.scenario.target is not None:
        reached = report.success(run, column.key)
        values |= {
            "success": reached.accuracy if reached.total else "",
            "success_low": reached.low,
            "success_high": reached.high,
        }
    return values | (report.paired(run, column.key).counts if column.key in mitigations(run) else {})


def _yes(value: bool) -> str:
    return str(value).lower()
