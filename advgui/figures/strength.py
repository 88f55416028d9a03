"""Accuracy against strength, from an evaluation's report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from advgui.attacks import ATTACKS
from advgui.evaluation.report import Report, Run
from advgui.figures import drawing
from advgui.figures.drawing import GAP, INK, LINE, MUTED, SMALL, TEXT, TITLE, WRONG, Sheet
from advgui.parameters import Real
from advgui.reports.published import published_tables
from advgui.reports.tables import about
from advgui.scenarios import attack_label, heading, protocol_text, settings_text
from advgui.types import Column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours (Color universal design, 2008), and a mark each, so that colour is never the only difference.
# By the place of a column; the paper's five come first.
_STYLES: Sequence[tuple[str, str]] = (
    (INK, "o"), ("#d55e00", "s"), ("#009e73", "v"), ("#56b4e9", "D"), ("#cc79a7", "*"), ("#e69f00", "^"),
    ("#0072b2", "P"), ("#8c6bb1", "X"),
)  # fmt: skip


def style_of(column: Column) -> tuple[str, str]:
    """Return the colour and the mark of a column's line."""
    return _STYLES[(ord(column.letter) - ord("a")) % len(_STYLES)]


_WIDTH, _HEIGHT = 560, 360  # of a chart's frame, in 1/100 inch
_LEFT, _BELOW = 66, 58  # room for the numbers and names of the axes
_FEW = 3  # with fewer strengths nothing is known of the course between them


def groups(report: Report) -> dict[str, tuple[Run, ...]]:
    """Return the runs that belong into one chart, by its name: those of one attack and protocol, weakest first."""
    found: dict[str, list[Run]] = {}
    for run in report.runs:
        found.setdefault(_group_name(run), []).append(run)
    return {name: tuple(sorted(runs, key=lambda run: run.scenario.strength)) for name, runs in found.items()}


def _group_name(run: Run) -> str:
    attack = run.scenario.attack
    others = settings_text(attack, ATTACKS[attack.name].parameters[1:])
    return ", ".join(filter(None, (attack_label(attack.name), others, protocol_text(run.scenario))))


@drawing.style()
def strength_figure(report: Report, group: str | None = None) -> Sheet:
    """Draw the accuracy of every column against the strength of the attack, with Wilson intervals.

    Beneath stands what is needed to judge and to repeat it: number of images, seed, threat model, networks.

    Args:
        report: Of an evaluation, whole or partial.
        group: Name of the only one to draw, of `groups`; None for a chart of each, side by side.

    Raises:
        KeyError: There is no such group.
    """
    drawn = groups(report) if group is None else {group: groups(report)[group]}
    across = len(drawn) if len(drawn) < 4 else 2 if len(drawn) == 4 else 3
    width = across * (_LEFT + _WIDTH + GAP) + 2 * GAP
    title = f"Accuracy against strength: {next(iter(drawn))}" if len(drawn) == 1 else "Accuracy against strength"
    words = about(replace(report, runs=tuple(run for runs in drawn.values() for run in runs)))
    lines = [
        (line, MUTED if report.complete or number else WRONG)  # the first line of a partial report says so
        for number, text in enumerate(words)
        for line in drawing.wrapped(text, width - 2 * GAP, SMALL)
    ]
    panel = LINE + _HEIGHT + _BELOW
    keys = _keys(drawn)
    key_rows = _arranged(keys, width - 2 * GAP)
    down = -(-len(drawn) // across)
    height = 2 * GAP + LINE + down * (panel + LINE) + (len(key_rows) + 0.5) * LINE + 18 * len(lines)
    sheet = Sheet(title, width, height)
    top: float = GAP + 14
    sheet.text(GAP, top, title, size=TITLE, bold=True)
    for number, (name, runs) in enumerate(drawn.items()):
        left = GAP + _LEFT + number % across * (_LEFT + _WIDTH + GAP)
        above = GAP + 2 * LINE + number // across * (panel + LINE)
        if len(drawn) > 1:
            sheet.text(left, above - 10, name, bold=True)
        _draw(sheet.axes(left, above, _WIDTH, _HEIGHT), report, runs, number)
    top = GAP + 1.5 * LINE + down * (panel + LINE)
    for row in key_rows:
        _draw_keys(sheet, row, top)
        top += LINE
    top += LINE / 2
    for line, color in lines:
        sheet.text(GAP, top, line, size=SMALL, color=color, bold=color == WRONG)
        top += 18
    return sheet


def in_axis_units(parameter: Real, strength: float) -> float:
    """Return a strength's place on an axis: in 255ths where people count so."""
    return strength * 255 if parameter.in_255ths else strength


def tick_text(parameter: Real, place: float) -> str:
    """Return what stands at a place of an axis, such as "8/255" or "0.1"."""
    number = f"{place:.6g}"
    return f"{number}/255" if parameter.in_255ths and place else number


def _draw(axes: "Axes", report: Report, runs: Sequence[Run], number: int) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    parameter = ATTACKS[runs[0].scenario.attack.name].strength
    places = [in_axis_units(parameter, run.scenario.strength) for run in runs]
    end = max(places) or in_axis_units(parameter, parameter.default)
    axes.set_xlim(-0.03 * end, 1.03 * end)
    axes.set_ylim(-2, 102)
    steps = [1, 2, 4, 8, 10] if parameter.in_255ths else [1, 2, 5, 10]
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda place, _: tick_text(parameter, place)))
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel(parameter.name)
    axes.set_ylabel("accuracy (%)")
    axes.grid(True)
    if not report.images:
        return
    few = len(runs) < _FEW
    for column in runs[0].scenario.columns:
        color, mark = style_of(column)
        tallies = [report.tally(run, column.key) for run in runs]
        middle, low, high = (
            np.array([100 * getattr(tally, name) for tally in tallies]) for name in ("accuracy", "low", "high")
        )
        if few:
            ends = (middle - low, high - middle)
            axes.errorbar(places, middle, yerr=ends, fmt="none", ecolor=color, elinewidth=1.5, capsize=4)
        else:
            axes.fill_between(places, low, high, color=color, alpha=0.18, linewidth=0)
        (line,) = axes.plot(
            places, middle, color=color, marker=mark, markersize=9 if mark == "*" else 6,
            linewidth=1 if few else 2, linestyle=(0, (2, 3)) if few else "-",
        )  # fmt: skip
        line.set_gid(f"chart-{number}-{column.key}")
    for run, place in zip(runs, places, strict=True):
        for table in published_tables():
            if table.stands_beside(run.scenario):
                for column in report.columns:
                    value, (color, _) = table.percent[column.key], style_of(column)
                    axes.plot([place], [value], "x", color=color, markersize=9, markeredgewidth=1.8)


# What stands for what, beneath the charts: text, colour and mark.
_Key = tuple[str, str, str]


def _keys(drawn: Mapping[str, Sequence[Run]]) -> list[_Key]:
    runs = [run for each in drawn.values() for run in each]
    columns = dict.fromkeys(column for run in runs for column in run.scenario.columns)
    keys = [(f"({column.letter}) {heading(column)}", *style_of(column)) for column in columns]
    beside = [table for table in published_tables() if any(table.stands_beside(run.scenario) for run in runs)]
    return keys + [(name, INK, "x") for name in dict.fromkeys(table.name for table in beside)]


def _key_width(key: _Key) -> float:
    return 30 + drawing.width_of(key[0], TEXT) + GAP


def _arranged(keys: Sequence[_Key], width: float) -> list[list[_Key]]:
    """Share keys out to rows of at most some width."""
    rows: list[list[_Key]] = [[]]
    for key in keys:
        if rows[-1] and sum(map(_key_width, [*rows[-1], key])) > width:
            rows.append([])
        rows[-1].append(key)
    return rows


def _draw_keys(sheet: Sheet, keys: Sequence[_Key], base: float) -> None:
    axes = sheet.axes(0, base - 14, sheet.width, LINE)
    axes.set_axis_off()
    axes.set_xlim(0, sheet.width)
    axes.set_ylim(0, LINE)
    left: float = GAP
    for text, color, mark in keys:
        axes.plot([left + 10], [LINE - 8], mark, color=color, markersize=9, markeredgewidth=1.8 if mark == "x" else 0)
        sheet.text(left + 26, base, text)
        left += _key_width((text, color, mark))
