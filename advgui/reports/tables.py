"""Reports as tables for people: what stands in them, and how they look on a terminal and in Markdown."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from advgui.attacks import ATTACKS
from advgui.defenses import DEFENSES
from advgui.evaluation.intervals import Tally
from advgui.evaluation.report import Provenance, Report, Run, mitigations
from advgui.reports import sanity
from advgui.reports.command import commands
from advgui.reports.matrix import (
    NO_SIGN,
    ROWS,
    TO_QUOTE,
    UPPER_BOUND,
    Signs,
    is_matrix,
    known_label,
    matrices,
    upper_bounds,
)
from advgui.reports.published import PublishedTable, published_tables
from advgui.scenarios import (
    attack_label,
    attacker,
    goal,
    heading,
    known_names,
    protocol_text,
    settings_text,
    starts_standardized,
    strength_text,
    vote_text,
)
from advgui.types import PAPER_CHAIN, Column, Scenario, columns_of

# With this many images the second digit behind the point is worth printing, as the author's notebooks do.
_MANY = 1000

_TEXT_SIGNS = Signs("{}*", "<={} ", "{} ")
_MARKDOWN_SIGNS = Signs("**{}**", "≤ {}")


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a table: a run, or published figures.

    Attributes:
        label: What stands before the row.
        source: The run, or the published table.
    """

    label: str
    source: Run | PublishedTable


@dataclass(frozen=True, eq=False)
class Section:
    """Rows of one attack under one protocol.

    Attributes:
        attack: Name of the attack.
        title: The protocol, with the reading of the attack where there are two; of a matrix, the strength too.
        rows: The control first, published figures beneath the measured ones.
        is_matrix: Whether the rows differ in what the attacker knows, and not in strength.
    """

    attack: str
    title: str
    rows: tuple[Row, ...]
    is_matrix: bool = False


def sections(report: Report) -> tuple[Section, ...]:
    """Put the runs of a report in the order of a table, with the published figures beneath."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in report.runs:
        groups.setdefault((run.scenario.attack.name, protocol_text(run.scenario)), []).append(run)
    found = []
    for (attack, protocol), runs in groups.items():
        *before, (title, rows) = _parts(report, protocol, runs)
        found += [Section(attack, of_part, tuple(part), is_matrix=True) for of_part, part in before]
        last_of_attack = [key for key in groups if key[0] == attack][-1] == (attack, protocol)
        for table in published_tables() if is_the_papers(report) else ():
            beside = any(table.stands_beside(run.scenario) for run in runs)
            # Where no run does the same, the figures still end the attack's rows, for comparison.
            homeless = not any(table.stands_beside(run.scenario) for run in report.runs)
            if beside or (homeless and last_of_attack and table.attack == attack):
                rows.append(Row(published_label(table), table))
        found.append(Section(attack, title, tuple(rows), is_matrix(runs)))
    return tuple(found)


def _parts(report: Report, protocol: str, runs: Sequence[Run]) -> list[tuple[str, list[Row]]]:
    """Return the runs of one attack and protocol as titles with rows: one part, or more where they are matrices."""
    if not is_matrix(runs):
        known = known_label(runs[-1].scenario) if known_names(runs[-1].scenario) else ""
        title = f"{protocol}, the attacker knows {known.removeprefix('+ ')}" if known else protocol
        return [(title, [Row(_strength_label(run), run) for run in runs])]
    return [
        (
            ", ".join([protocol, _strength_label(part[-1])]),
            [Row(_strength_label(run) if run.is_control else known_label(run.scenario), run) for run in part],
        )
        for part in matrices(runs)
    ]


def is_the_papers(report: Report) -> bool:
    """Return whether a report has the paper's columns, so that its figures stand beneath the measured ones."""
    return [column.key for column in report.columns] == [column.key for column in columns_of(PAPER_CHAIN)]


def run_label(run: Run) -> str:
    """Return what tells a run from the others of its protocol."""
    known = known_names(run.scenario)
    return _strength_label(run) + (f", attacker knows {known_label(run.scenario).removeprefix('+ ')}" if known else "")


def _strength_label(run: Run) -> str:
    if run.is_control:
        return "control: no attack"
    attack = run.scenario.attack
    parameters = ATTACKS[attack.name].parameters
    others = settings_text(attack, parameters[1:])
    label = f"{parameters[0].name} {strength_text(attack.name, run.scenario.strength)}"
    return f"{label}, {others}" if others else label


def published_label(table: PublishedTable) -> str:
    """Return what stands before a row of published figures."""
    strength = "strength not stated" if table.strength is None else f"{table.strength:g}"
    return f"{table.name} ({strength})"


def percent(tally: Tally) -> str:
    """Return an accuracy in per cent without its unit, or "-" where nothing was counted."""
    if not tally.total:
        return "-"
    return f"{100 * tally.accuracy:.{2 if tally.total >= _MANY else 1}f}"


def perturbation(run: Run) -> str:
    """Return how far the attack went, measured."""
    unit = " standard deviations" if starts_standardized(run.scenario) else ""
    l2 = f"L2 {run.l2:.4g}, " if ATTACKS[run.scenario.attack.name].norm == "l2" and run.l2 is not None else ""
    return f"{l2}L-infinity {run.linf:.4g}{unit}, {100 * run.clipped_share:.1f} % of values clipped"


def cost(report: Report, run: Run) -> str:
    """Return what the attack took for an image on average, such as "20 gradients, 1 query an image"; "" for nothing."""
    if run.effort is None or not report.images:
        return ""
    counts = {
        ("gradient", "gradients"): run.effort.gradients / report.images,
        ("query", "queries"): run.effort.queries / report.images,
    }
    told = [f"{count:,.4g} {one if count == 1 else more}" for (one, more), count in counts.items() if count]
    return f"{', '.join(told)} an image" if told else ""


def interval(tally: Tally) -> str:
    """Return the Wilson 95 % interval in per cent, such as "91.1-92.2"."""
    return f"{100 * tally.low:.1f}-{100 * tally.high:.1f}"


def about(report: Report, foreign: Callable[[str], str] = str) -> list[str]:
    """Return the lines that say how a report came to be.

    Args:
        report: That they tell of.
        foreign: Turns a text from a file into one that the format takes as text; plain text needs nothing.
    """
    first = report.runs[0].scenario
    lines = []
    if not report.complete:
        lines.append(f"PARTIAL RESULT: {report.images:,} of {report.planned:,} planned images were evaluated.")
    lines += [
        f"{report.images:,} images ({foreign(report.dataset)}), seed {first.seed}{_draws_text(first)}. "
        "Accuracy in % with its Wilson 95 % interval.",
    ]
    lines += _threat_models(report, foreign)
    lines += filter(None, [upper_bounds(report)])
    lines += made_with(report.provenance, foreign)
    return lines


def made_with(provenance: Provenance, foreign: Callable[[str], str] = str) -> list[str]:
    """Return the lines that say what ran, where (see `about`)."""
    packages = ", ".join(f"{name} {version}" for name, version in provenance.packages.items())
    networks = ", ".join(f"{role} {network.sha256[:12]}" for role, network in provenance.networks.items())
    lines = [foreign(f"AdvGUI {provenance.advgui} on {provenance.device}, {provenance.platform}, {packages}.")]
    if networks:
        lines.append(f"Networks (SHA-256): {foreign(networks)}.")
    if provenance.plugins:
        listed = ", ".join(f"{name} of {file.name} {file.sha256[:12]}" for name, file in provenance.plugins.items())
        lines.append(f"Plug-ins (SHA-256): {foreign(listed)}.")
    return lines


def _threat_models(report: Report, foreign: Callable[[str], str]) -> list[str]:
    """Return a line for each different attacker."""
    attackers: dict[str, list[Run]] = {}
    for run in [run for run in report.runs if not run.is_control] or report.runs:
        scenario = run.scenario
        words = f"Threat model of {attack_label(scenario.attack.name)}: {attacker(scenario)}"
        if scenario.target is not None:
            words += f"; it leads {foreign(goal(scenario, report.class_names))}"
        attackers.setdefault(words, []).append(run)
    lines = []
    for words, runs in attackers.items():
        costs = {text: run.effort for run in runs if run.effort is not None and (text := cost(report, run))}
        most = max(costs, key=lambda text: costs[text].gradients + costs[text].queries, default="")
        lines.append("; ".join(filter(None, [words, f"up to {most}" if len(costs) > 1 else most])) + ".")
    return lines


def _draws_text(scenario: Scenario) -> str:
    random = [link.name for link in scenario.chain if link.name in DEFENSES and DEFENSES[link.name].is_random]
    if not random:
        return ""
    what = "the randomization layer" if random == ["randomization"] else "every random mitigation"
    return f", {vote_text(scenario)} of {what}"


def to_text(report: Report) -> str:
    """Return a table for a terminal: accuracy, interval, then for each mitigation the images it fixed and broke."""
    everything = sections(report)
    label_width = max(24, *(len(row.label) + 2 for section in everything for row in section.rows))

    def line(label: str, cells: Mapping[str, str]) -> str:
        cell_texts = [f"{cells.get(column.key, ''):>15}" for column in report.columns]
        return (f"{label:<{label_width}}" + "".join(cell_texts)).rstrip()

    lines: list[str] = []
    attack = None
    for section in everything:
        if section.attack != attack:
            attack = section.attack
            letters = {column.key: f"({column.letter})" for column in report.columns}
            headings = {column.key: heading(column) for column in report.columns}
            lines += ["", line(attack_label(attack), letters), line("", headings)]
        lines.append(f"{section.title} ({ROWS})" if section.is_matrix else section.title)
        for row in section.rows:
            if isinstance(row.source, PublishedTable):
                lines.append(line(f"  {row.label}", {c: f"{p:g}" for c, p in row.source.percent.items()}))
                continue
            run = row.source
            tallies = {key: report.tally(run, key) for key in run.predictions}
            numbers = {key: percent(tally) for key, tally in tallies.items()}
            if section.is_matrix:
                numbers = {c.key: _TEXT_SIGNS.written(numbers[c.key], run, c) for c in run.scenario.columns}
            lines.append(line(f"  {row.label}", numbers))
            lines.append(line("    95 % interval", {c: interval(tally) for c, tally in tallies.items()}))
            changes = {c: report.paired(run, c).counts for c in mitigations(run)}
            lines.append(line("    fixed/broken", {c: f"{n['fixed']}/{n['broken']}" for c, n in changes.items()}))
            if run.scenario.target is not None:
                rates = {key: percent(report.success(run, key)) for key in run.predictions}
                lines.append(line("    target reached", rates))
            if run.linf:
                lines.append("    " + ", ".join(filter(None, [perturbation(run), cost(report, run)])))
    if any(section.is_matrix for section in everything):
        lines += ["", f"* {TO_QUOTE}", f"<= {UPPER_BOUND}", f"no sign: {NO_SIGN}"]
    again = [f"To reproduce: {command}" for command in commands(report)]
    return "\n".join([*lines[1:], "", *about(report), *again, *sanity.as_text(report)]) + "\n"


def to_markdown(report: Report) -> str:
    """Return Markdown: a table for each attack with the protocols together, published figures beneath measured ones.

    What the attacker knows against mitigations is a table of its own for each strength.
    """
    blocks: list[str] = []
    everything = sections(report)
    for attack in dict.fromkeys(section.attack for section in everything):
        of_attack = [section for section in everything if section.attack == attack]
        together = [section for section in of_attack if not section.is_matrix]
        label = f"**{markdown(attack_label(attack))}**"
        if together:
            blocks.append(_markdown_table(report, label, together))
        for section in of_attack:
            if section.is_matrix:
                blocks.append(_markdown_table(report, f"{label}, {_plain(section.title)}<br>{ROWS}", [section]))
    if any(section.is_matrix for section in everything):
        blocks.append(f"**Bold**: {TO_QUOTE}.  \n≤: {UPPER_BOUND}.  \nNo sign: {NO_SIGN}.")
    made = " ".join(f"`{command}`" for command in commands(report))
    return (
        "\n\n".join(
            [
                *blocks,
                "\n".join([*(f"{text}  " for text in about(report, markdown)), f"Made by {made}"]),
                sanity.as_list(report, markdown),
            ]
        )
        + "\n"
    )


def _markdown_table(report: Report, corner: str, parts: Sequence[Section]) -> str:
    rows = [_markdown_row([corner, *headings(report)]), _markdown_row(["---", *["---:"] * len(report.columns)])]
    for section in parts:
        for row in section.rows:
            if isinstance(row.source, PublishedTable):
                cells = [f"*{row.source.percent[column.key]:g}*" for column in report.columns]
                rows.append(_markdown_row([f"*{row.label}*", *cells]))
            else:
                signs = _MARKDOWN_SIGNS if section.is_matrix else None
                cells = [_markdown_cell(report, row.source, column, signs) for column in report.columns]
                label = _plain(row.label) if section.is_matrix else f"**{section.title}**<br>{_plain(row.label)}"
                rows.append(_markdown_row([label, *cells]))
    return "\n".join(rows)


def headings(report: Report) -> list[str]:
    """Return what stands over the columns, such as "(c) autoencoder"."""
    return [f"({column.letter}) {heading(column)}" for column in report.columns]


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(report: Report, run: Run, column: Column, signs: Signs | None) -> str:
    if column.key not in run.predictions:
        return ""
    tally = report.tally(run, column.key)
    number = percent(tally)
    return f"{signs.written(number, run, column) if signs else number}<br>{interval(tally)}"


def _plain(text: str) -> str:
    # Markdown would take the underscore of noise_param for emphasis.
    return text.replace("noise_param", "`noise_param`")


def markdown(text: str) -> str:
    """Return a text so that Markdown shows it as it is."""
    return re.sub(r"[][\\`*_{}<>()#!|~$&:@^]", r"\\\g<0>", text)
