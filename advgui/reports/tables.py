"""Reports as tables for people: text for a terminal, Markdown, LaTeX; and CSV for other programs."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from advgui.attacks import ATTACKS
from advgui.defenses import DEFENSES
from advgui.evaluation.intervals import Tally
from advgui.evaluation.report import Report, Run, mitigations
from advgui.reports import sanity
from advgui.reports.command import as_text, commands
from advgui.reports.published import PublishedTable, published_tables
from advgui.scenarios import (
    attack_label,
    attacker,
    heading,
    protocol_text,
    settings_text,
    starts_standardized,
    strength_text,
)
from advgui.types import PAPER_CHAIN, Scenario, columns_of

# What means something else in LaTeX than itself.
_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}"}
)

# With this many images the second digit behind the point is worth printing, as the author's notebooks do.
_MANY = 1000


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
        title: The protocol, with the reading of the attack where there are two.
        rows: The control first, published figures beneath the measured ones.
    """

    attack: str
    title: str
    rows: tuple[Row, ...]


def sections(report: Report) -> tuple[Section, ...]:
    """Put the runs of a report in the order of a table, with the published figures beneath."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in report.runs:
        groups.setdefault((run.scenario.attack.name, protocol_text(run.scenario)), []).append(run)
    found = []
    for (attack, title), runs in groups.items():
        rows = [Row(run_label(run), run) for run in runs]
        last_of_attack = [key for key in groups if key[0] == attack][-1] == (attack, title)
        for table in published_tables() if _is_the_papers(report) else ():
            beside = any(table.stands_beside(run.scenario) for run in runs)
            # Where no run does the same, the figures still end the attack's rows, for comparison.
            homeless = not any(table.stands_beside(run.scenario) for run in report.runs)
            if beside or (homeless and last_of_attack and table.attack == attack):
                rows.append(Row(published_label(table), table))
        found.append(Section(attack, title, tuple(rows)))
    return tuple(found)


def _is_the_papers(report: Report) -> bool:
    return [column.key for column in report.columns] == [column.key for column in columns_of(PAPER_CHAIN)]


def run_label(run: Run) -> str:
    """Return what stands before a run's row."""
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
    return f"L-infinity {run.linf:.4g}{unit}, {100 * run.clipped_share:.1f} % of values clipped"


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
    attackers = {(run.scenario.attack.name, attacker(run.scenario)) for run in report.runs}
    for name, words in sorted(attackers, key=lambda one: (list(ATTACKS).index(one[0]), one[1])):
        lines.append(f"Threat model of {attack_label(name)}: {words}.")
    standing = {link.name for link in first.chain if link.on}
    if any(standing - set(run.scenario.attacker_knows) for run in report.runs):
        lines.append(
            f"An attacker who knows the mitigations can get past {'both' if len(standing) == 2 else 'them'} "
            "(Athalye, Carlini and Wagner 2018): the accuracies under attack are upper bounds."
        )
    made_by = report.provenance
    packages = ", ".join(f"{name} {version}" for name, version in made_by.packages.items())
    networks = ", ".join(f"{role} {network.sha256[:12]}" for role, network in made_by.networks.items())
    lines.append(foreign(f"AdvGUI {made_by.advgui} on {made_by.device}, {made_by.platform}, {packages}."))
    if networks:
        lines.append(f"Networks (SHA-256): {foreign(networks)}.")
    if made_by.plugins:
        listed = ", ".join(f"{name} of {file.name} {file.sha256[:12]}" for name, file in made_by.plugins.items())
        lines.append(f"Plug-ins (SHA-256): {foreign(listed)}.")
    return lines


def _draws_text(scenario: Scenario) -> str:
    random = [link.name for link in scenario.chain if link.name in DEFENSES and DEFENSES[link.name].is_random]
    if not random:
        return ""
    what = "the randomization layer" if random == ["randomization"] else "every random mitigation"
    return f", {scenario.draws} {'draw' if scenario.draws == 1 else 'draws averaged'} of {what}"


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
        lines.append(section.title)
        for row in section.rows:
            if isinstance(row.source, PublishedTable):
                lines.append(line(f"  {row.label}", {c: f"{p:g}" for c, p in row.source.percent.items()}))
                continue
            run = row.source
            tallies = {key: report.tally(run, key) for key in run.predictions}
            lines.append(line(f"  {row.label}", {c: percent(tally) for c, tally in tallies.items()}))
            lines.append(line("    95 % interval", {c: interval(tally) for c, tally in tallies.items()}))
            changes = {c: report.paired(run, c).counts for c in mitigations(run)}
            lines.append(line("    fixed/broken", {c: f"{n['fixed']}/{n['broken']}" for c, n in changes.items()}))
            if run.linf:
                lines.append(f"    {perturbation(run)}")
    again = [f"To reproduce: {command}" for command in commands(report)]
    return "\n".join([*lines[1:], "", *about(report), *again, *sanity.as_text(report)]) + "\n"


def to_markdown(report: Report) -> str:
    """Return Markdown: a table for each attack with the protocols together, published figures beneath measured ones."""
    blocks: list[str] = []
    everything = sections(report)
    for attack in dict.fromkeys(section.attack for section in everything):
        header = [f"**{_markdown(attack_label(attack))}**", *_headings(report)]
        rows = [_markdown_row(header), _markdown_row(["---", *["---:"] * len(report.columns)])]
        for section in everything:
            if section.attack != attack:
                continue
            for row in section.rows:
                if isinstance(row.source, PublishedTable):
                    cells = [f"*{row.source.percent[column.key]:g}*" for column in report.columns]
                    rows.append(_markdown_row([f"*{row.label}*", *cells]))
                else:
                    cells = [_markdown_cell(report, row.source, column.key) for column in report.columns]
                    rows.append(_markdown_row([f"**{section.title}**<br>{_code(row)}", *cells]))
        blocks.append("\n".join(rows))
    made = " ".join(f"`{command}`" for command in commands(report))
    return (
        "\n\n".join(
            [
                *blocks,
                "\n".join([*(f"{text}  " for text in about(report, _markdown)), f"Made by {made}"]),
                sanity.as_list(report, _markdown),
            ]
        )
        + "\n"
    )


def _headings(report: Report) -> list[str]:
    return [f"({column.letter}) {heading(column)}" for column in report.columns]


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(report: Report, run: Run, key: str) -> str:
    if key not in run.predictions:
        return ""
    tally = report.tally(run, key)
    return f"{percent(tally)}<br>{interval(tally)}"


def _code(row: Row) -> str:
    # Markdown would take the underscore of noise_param for emphasis.
    return row.label.replace("noise_param", "`noise_param`")


def to_latex(report: Report) -> str:
    r"""Return LaTeX: a `tabular` for each attack, for the package booktabs."""
    lines = ["% Needs \\usepackage{booktabs}.", *(f"% {text}" for text in about(report, _latex))]
    lines += [f"% To reproduce: {command}" for command in commands(report)]
    lines += sanity.as_comments(report, _latex)
    everything = sections(report)
    for attack in dict.fromkeys(section.attack for section in everything):
        width = len(report.columns)
        lines += ["", rf"\begin{{tabular}}{{l{'r' * width}}}", r"\toprule"]
        lines.append(_latex_row([attack_label(attack), *_headings(report)]))
        for section in everything:
            if section.attack != attack:
                continue
            lines += [r"\midrule", rf"\multicolumn{{{width + 1}}}{{l}}{{\emph{{{_escaped(section.title)}}}}} \\"]
            for row in section.rows:
                if isinstance(row.source, PublishedTable):
                    figures = [f"{row.source.percent[column.key]:g}" for column in report.columns]
                    lines.append(_latex_row([row.label, *figures]))
                    continue
                run = row.source
                tallies = [
                    report.tally(run, column.key) if column.key in run.predictions else None
                    for column in report.columns
                ]
                lines.append(_latex_row([row.label, *(percent(tally) if tally else "" for tally in tallies)]))
                lines.append(_latex_row(["", *(f"[{interval(tally)}]" if tally else "" for tally in tallies)]))
        lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(_escaped(cell) for cell in cells) + r" \\"


def _escaped(text: str) -> str:
    return _latex(text).replace("-", "--") if text[:1] == "[" else _latex(text)


def _latex(text: str) -> str:
    return text.translate(_LATEX)


def _markdown(text: str) -> str:
    return re.sub(r"[][\\`*_{}<>()#!|~$&:@^]", r"\\\g<0>", text)


CSV_FIELDS = (
    "source", "protocol", "attack", "settings", "strength", "attacker_knows", "seed", "draws", "images", "complete",
    "column", "letter", "correct", "total", "accuracy", "low", "high", "fixed", "broken", "still_wrong", "still_right",
    "linf", "clipped_share",
)  # fmt: skip


def to_csv(report: Report) -> str:
    """Return CSV with a header: one row for each column of each run, then one for each published figure.

    Accuracies and intervals are shares in [0, 1]. Fields that do not apply are empty.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    letters = {column.key: column.letter for column in report.columns}
    for run in report.runs:
        others = run.scenario.attack.settings.pairs[1:]
        for key in run.predictions:
            tally = report.tally(run, key)
            changes = report.paired(run, key).counts if key in mitigations(run) else {}
            writer.writerow(
                {
                    "source": "measured",
                    "protocol": run.scenario.protocol,
                    "attack": run.scenario.attack.name,
                    "settings": " ".join(f"{name}={as_text(value)}" for name, value in others),
                    "strength": run.scenario.strength,
                    "attacker_knows": " ".join(run.scenario.attacker_knows),
                    "seed": run.scenario.seed,
                    "draws": run.scenario.draws,
                    "images": report.images,
                    "complete": str(report.complete).lower(),
                    "column": key,
                    "letter": letters[key],
                    "correct": tally.correct,
                    "total": tally.total,
                    "accuracy": tally.accuracy if tally.total else "",
                    "low": tally.low,
                    "high": tally.high,
                    "linf": run.linf,
                    "clipped_share": run.clipped_share,
                    **changes,
                }
            )
    attacks = {run.scenario.attack.name for run in report.runs} if _is_the_papers(report) else set()
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
