"""Reports as LaTeX."""

from collections.abc import Sequence

from advgui.evaluation.report import Report
from advgui.reports import sanity
from advgui.reports.command import commands
from advgui.reports.matrix import NO_SIGN, ROWS, TO_QUOTE, UPPER_BOUND, Signs
from advgui.reports.published import PublishedTable
from advgui.reports.tables import Section, about, headings, interval, percent, sections
from advgui.scenarios import attack_label

# What means something else in LaTeX than itself.
_CHARACTERS = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}"}
)

_SIGNS = Signs(r"\textbf{{{}}}", r"\ensuremath{{\leq}} {}")


def to_latex(report: Report) -> str:
    r"""Return LaTeX: a `tabular` for each attack, for the package booktabs."""
    lines = ["% Needs \\usepackage{booktabs}.", *(f"% {text}" for text in about(report, escaped_text))]
    lines += [f"% To reproduce: {command}" for command in commands(report)]
    lines += sanity.as_comments(report, escaped_text)
    everything = sections(report)
    if any(section.is_matrix for section in everything):
        lines += [f"% Bold: {TO_QUOTE}.", f"% At most: {UPPER_BOUND}.", f"% No sign: {NO_SIGN}."]
    for attack in dict.fromkeys(section.attack for section in everything):
        width = len(report.columns)
        lines += ["", rf"\begin{{tabular}}{{l{'r' * width}}}", r"\toprule"]
        lines.append(_row([attack_label(attack), *headings(report)]))
        for section in everything:
            if section.attack == attack:
                title = f"{section.title} ({ROWS})" if section.is_matrix else section.title
                lines += [r"\midrule", rf"\multicolumn{{{width + 1}}}{{l}}{{\emph{{{_escaped(title)}}}}} \\"]
                lines += _rows(report, section)
        lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def _rows(report: Report, section: Section) -> list[str]:
    lines = []
    for row in section.rows:
        if isinstance(row.source, PublishedTable):
            lines.append(_row([row.label, *(f"{row.source.percent[column.key]:g}" for column in report.columns)]))
            continue
        run = row.source
        numbers, intervals = [], []
        for column in report.columns:
            tally = report.tally(run, column.key) if column.key in run.predictions else None
            number = percent(tally) if tally else ""
            numbers.append(_SIGNS.written(number, run, column) if tally and section.is_matrix else number)
            intervals.append(f"[{interval(tally)}]" if tally else "")
        lines.append(" & ".join([_escaped(row.label), *numbers]) + r" \\")
        lines.append(_row(["", *intervals]))
    return lines


def _row(cells: Sequence[str]) -> str:
    return " & ".join(_escaped(cell) for cell in cells) + r" \\"


def _escaped(text: str) -> str:
    return escaped_text(text).replace("-", "--") if text[:1] == "[" else escaped_text(text)


def escaped_text(text: str) -> str:
    """Return a text so that LaTeX shows it as it is."""
    return text.translate(_CHARACTERS)
