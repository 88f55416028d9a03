"""Accuracy against strength, from an evaluation's report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from advgui.evaluation.report import Report
from advgui.figures import drawing, security
from advgui.figures.drawing import GAP, INK, LINE, MUTED, SMALL, TEXT, TITLE, WRONG, Sheet
from advgui.figures.security import Axis, Chart, Line, tick_text
from advgui.reports.published import published_tables
from advgui.reports.tables import about
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
# Dashes of a line that is an upper bound, and of the accuracy of guessing.
_BOUND, _CHANCE = (0, (5, 2)), (0, (1, 2))
_FEW = 3  # with fewer strengths nothing is known of the course between them


@drawing.style()
def strength_figure(report: Report, name: str | None = None) -> Sheet:
    """Draw the accuracy of every column against the strength of the attack, with Wilson intervals, down to chance.

    Beneath stands what is needed to judge and to repeat it: number of images, seed, threat model, networks.

    Args:
        report: Of an evaluation, whole or partial.
        name: The only chart to draw, of `security.charts`; None for all of them, side by side.

    Raises:
        KeyError: There is no such chart.
    """
    everything = security.charts(report)
    drawn = everything if name is None else {name: everything[name]}
    across = len(drawn) if len(drawn) < 4 else 2 if len(drawn) == 4 else 3
    width = across * (_LEFT + _WIDTH + GAP) + 2 * GAP
    title = f"Accuracy against strength: {next(iter(drawn))}" if len(drawn) == 1 else "Accuracy against strength"
    titles = drawing.wrapped(title, width - 2 * GAP, TITLE, bold=True)
    headings = {each: drawing.wrapped(each, _LEFT + _WIDTH - GAP, bold=True) for each in drawn if len(drawn) > 1}
    above = LINE * (len(titles) - 1 + max(map(len, headings.values()), default=1))
    runs = dict.fromkeys(run for chart in drawn.values() for run in chart.runs)
    words = about(replace(report, runs=tuple(run for run in report.runs if run in runs)))
    lines = [
        (line, MUTED if report.complete or number else WRONG)  # the first line of a partial report says so
        for number, text in enumerate(words)
        for line in drawing.wrapped(text, width - 2 * GAP, SMALL)
    ]
    panel = above + _HEIGHT + _BELOW
    keys = _keys(drawn.values(), report)
    key_rows = _arranged(keys, width - 2 * GAP)
    down = -(-len(drawn) // across)
    height = 2 * GAP + LINE + down * (panel + LINE) + (len(key_rows) + 0.5) * LINE + 18 * len(lines)
    sheet = Sheet(title, width, height)
    for number, line in enumerate(titles):
        sheet.text(GAP, GAP + 14 + number * LINE, line, size=TITLE, bold=True)
    for number, (each, chart) in enumerate(drawn.items()):
        left = GAP + _LEFT + number % across * (_LEFT + _WIDTH + GAP)
        frame = GAP + LINE + above + number // across * (panel + LINE)
        for row, line in enumerate(reversed(headings.get(each, []))):
            sheet.text(left, frame - 10 - row * LINE, line, bold=True)
        _draw(sheet.axes(left, frame, _WIDTH, _HEIGHT), report, chart, number)
    top: float = GAP + 1.5 * LINE + down * (panel + LINE)
    for key_row in key_rows:
        _draw_keys(sheet, key_row, top)
        top += LINE
    top += LINE / 2
    for line, color in lines:
        sheet.text(GAP, top, line, size=SMALL, color=color, bold=color == WRONG)
        top += 18
    return sheet


def _draw(axes: "Axes", report: Report, chart: Chart, number: int) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator

    axis = chart.axis
    parameter = axis.parameter
    axes.set_xlim(-0.03 * axis.end, 1.03 * axis.end)
    axes.set_ylim(-2, 102)
    if axis.is_logarithmic:
        axes.xaxis.set_major_locator(FixedLocator([place for place, _ in axis.ticks]))
        axes.xaxis.set_major_formatter(FixedFormatter([text for _, text in axis.ticks]))
    else:
        steps = [1, 2, 4, 8, 10] if parameter.in_255ths else [1, 2, 5, 10]
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=steps))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda place, _: tick_text(parameter, place)))
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel(axis.label)
    axes.set_ylabel("accuracy (%)")
    axes.grid(True)
    axes.axhline(security.chance(report), color=MUTED, linestyle=_CHANCE, linewidth=1.2)
    if not report.images:
        return
    for each in chart.lines:
        _draw_line(axes, report, axis, each, f"chart-{number}-{each.name}")
    for run in chart.runs:
        place = axis.place(run.scenario.strength)
        for table in published_tables():
            if table.stands_beside(run.scenario):
                for column in report.columns:
                    value, (color, _) = table.percent[column.key], style_of(column)
                    axes.plot([place], [value], "x", color=color, markersize=9, markeredgewidth=1.8)


def _draw_line(axes: "Axes", report: Report, axis: Axis, line: Line, name: str) -> None:
    places = [axis.place(run.scenario.strength) for run in line.runs]
    few = len(places) < _FEW
    color, mark = style_of(line.column)
    tallies = [report.tally(run, line.column.key) for run in line.runs]
    middle, low, high = (
        np.array([100 * getattr(tally, name) for tally in tallies]) for name in ("accuracy", "low", "high")
    )
    if few:
        ends = (middle - low, high - middle)
        axes.errorbar(places, middle, yerr=ends, fmt="none", ecolor=color, elinewidth=1.5, capsize=4)
    else:
        axes.fill_between(places, low, high, color=color, alpha=0.18, linewidth=0)
    (drawn,) = axes.plot(
        places, middle, color=color, marker=mark, markersize=9 if mark == "*" else 6,
        markerfacecolor="white" if line.is_bound else color, markeredgewidth=1.5,
        linewidth=1 if few else 2, linestyle=(0, (2, 3)) if few else _BOUND if line.is_bound else "-",
    )  # fmt: skip
    drawn.set_gid(name)


@dataclass(frozen=True)
class _Key:
    """What stands for what, beneath the charts.

    Attributes:
        text: What it means.
        color: Of its line and its mark.
        mark: Of a point; "" for a line.
        is_bound: Whether the mark is hollow.
    """

    text: str
    color: str
    mark: str = ""
    is_bound: bool = False

    @property
    def width(self) -> float:
        """How much room it takes."""
        return 30 + drawing.width_of(self.text, TEXT) + GAP


def _keys(drawn: Iterable[Chart], report: Report) -> list[_Key]:
    lines = [line for chart in drawn for line in chart.lines]
    keys = [_Key(line.label, *style_of(line.column)) for line in {line.column: line for line in lines}.values()]
    if any(line.is_bound for line in lines):
        keys.append(_Key("hollow: an upper bound", INK, "o", is_bound=True))
    scenarios = [run.scenario for line in lines for run in line.runs]
    beside = [table for table in published_tables() if any(map(table.stands_beside, scenarios))]
    keys += [_Key(name, INK, "x") for name in dict.fromkeys(table.name for table in beside)]
    return [*keys, _Key(f"chance ({security.chance(report):.3g} %)", MUTED)]


def _arranged(keys: Sequence[_Key], width: float) -> list[list[_Key]]:
    """Share keys out to rows of at most some width."""
    rows: list[list[_Key]] = [[]]
    for key in keys:
        if rows[-1] and sum(each.width for each in [*rows[-1], key]) > width:
            rows.append([])
        rows[-1].append(key)
    return rows


def _draw_keys(sheet: Sheet, keys: Sequence[_Key], base: float) -> None:
    axes = sheet.axes(0, base - 14, sheet.width, LINE)
    axes.set_axis_off()
    axes.set_xlim(0, sheet.width)
    axes.set_ylim(0, LINE)
    left: float = GAP
    for key in keys:
        if key.mark:
            axes.plot(
                [left + 10], [LINE - 8], key.mark, color=key.color, markersize=9,
                markerfacecolor="white" if key.is_bound else key.color,
                markeredgewidth=1.8 if key.is_bound or key.mark == "x" else 0,
            )  # fmt: skip
        else:
            axes.plot([left, left + 20], [LINE - 8] * 2, color=key.color, linestyle=_CHANCE, linewidth=1.2)
        sheet.text(left + 26, base, key.text)
        left += key.width
