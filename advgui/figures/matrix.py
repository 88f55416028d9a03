"""What the attacker knows against what stands in front of the classifier, as a heat map with its numbers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from advgui.errors import AdvguiError
from advgui.evaluation.report import Report, Run
from advgui.figures import drawing
from advgui.figures.drawing import GAP, INK, LINE, MUTED, SMALL, TITLE, WRONG, Sheet
from advgui.reports import matrix
from advgui.reports.tables import about, interval, percent
from advgui.scenarios import attack_text, goal, heading, is_adaptive, is_upper_bound, knowledge, protocol_text
from advgui.types import CLEAN, Column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# From dark to light, blue to yellow: people with the common kinds of colour blindness see the order too, and so does
# who prints it in grey (after Nuñez, Anderton and Renslow, *Optimizing colormaps*, PLOS ONE 2018).
_SHADES = ((0, 32, 77), (62, 76, 107), (124, 123, 120), (186, 174, 107), (255, 234, 70))
_LABEL, _CELL, _ROW = 370, 124, 62  # widths of a row's label and of a cell, and its least height, in 1/100 inch
_HEAD = 2.5 * LINE
_LINE = 18  # of a row's label
_FRAME = 4  # from a frame to the cell in it
AT_MOST = "≤"  # before a number that is an upper bound


def matrices(report: Report) -> dict[str, tuple[Run, ...]]:
    """Return the rows of each matrix, by its name: one for each attack, strength, goal and protocol.

    The first row is the control, without an attack; then come the attackers in the order of the report.
    """
    groups: dict[object, list[Run]] = {}
    for run in report.runs:
        scenario = run.scenario
        groups.setdefault((scenario.attack.name, scenario.attack.settings.pairs[1:], scenario.protocol), []).append(run)
    return {_name(report, rows[-1]): rows for runs in groups.values() for rows in matrix.matrices(runs)}


def _name(report: Report, run: Run) -> str:
    scenario = run.scenario
    towards = "" if scenario.target is None else goal(scenario, report.class_names)
    return ", ".join(filter(None, (attack_text(scenario), towards, protocol_text(scenario))))


def row_label(run: Run) -> str:
    """Return what stands before a row."""
    return "no attack" if run.is_control else knowledge(run.scenario)


def columns(rows: Sequence[Run]) -> tuple[Column, ...]:
    """Return the columns of a matrix: those of attacked images. That of the original ones is (b) without an attack."""
    return tuple(column for column in rows[0].scenario.columns if column.key != CLEAN)


def cell_text(report: Report, run: Run, column: Column) -> str:
    """Return an accuracy in per cent, such as "84.0", or "≤ 84.0" where it is an upper bound."""
    number = percent(report.tally(run, column.key))
    return f"{AT_MOST} {number}" if is_upper_bound(run.scenario, column) else number


def shade(share: float) -> tuple[int, int, int]:
    """Return the colour of an accuracy in [0, 1], as red, green and blue from 0 to 255."""
    place = min(max(share, 0.0), 1.0) * (len(_SHADES) - 1)
    lower = min(int(place), len(_SHADES) - 2)
    red, green, blue = (
        round(low + (place - lower) * (high - low))
        for low, high in zip(_SHADES[lower], _SHADES[lower + 1], strict=True)
    )
    return red, green, blue


def is_dark(color: tuple[int, int, int]) -> bool:
    """Return whether white letters are read better than black ones on a colour (WCAG 2.2, relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.179


@drawing.style()
def matrix_figure(report: Report, name: str | None = None) -> Sheet:
    """Draw what is left of the accuracy: a row for each attacker, a column for what stands in front of the classifier.

    The accuracy to quote is framed: there the attacker knows exactly what stands in front.

    Args:
        report: Of an evaluation, whole or partial.
        name: The only matrix to draw, of `matrices`; None for all of them, one beneath the other.

    Raises:
        KeyError: There is no such matrix.
    """
    everything = matrices(report)
    drawn = everything if name is None else {name: everything[name]}
    title = "Accuracy by what the attacker knows"
    if len(drawn) == 1:
        title += f": {next(iter(drawn))}"
    parts = [_Part(report, rows, each if len(drawn) > 1 else "") for each, rows in drawn.items()]
    return _figure([report], parts, title)


@drawing.style()
def networks_figure(reports: Sequence[Report]) -> Sheet:
    """Draw the matrices of several networks, one beneath the other, with the rows of each named by its network.

    Args:
        reports: At least one, with attackers who know different things.

    Raises:
        AdvguiError: One of them has no attacker.
    """
    parts = []
    for report in reports:
        network = report.provenance.networks["classifier"].name
        found = matrices(report)
        if not found:
            raise AdvguiError(
                f"The result of the network '{network}' has no attack. Evaluate it with --knows matrix, or leave "
                "it out."
            )
        parts += [_Part(report, rows, f"{network}: {name}") for name, rows in found.items()]
    return _figure(reports, parts, "Accuracy by network and by what the attacker knows")


class _Part(NamedTuple):
    """One matrix; its name is "" where it needs none."""

    report: Report
    rows: tuple[Run, ...]
    name: str


def _figure(reports: Sequence[Report], parts: Sequence[_Part], title: str) -> Sheet:
    across = max((len(columns(part.rows)) for part in parts), default=0)
    width = max(_LABEL + across * _CELL + 3 * GAP, 8 * _CELL)
    titles = drawing.wrapped(title, width - 2 * GAP, TITLE, bold=True)
    lines = []
    for report in reports:
        runs = {run for part in parts if part.report is report for run in part.rows}
        words = about(replace(report, runs=tuple(run for run in report.runs if run in runs) or report.runs))
        lines += [
            (line, MUTED if report.complete or number else WRONG)  # the first line of a partial report says so
            for number, text in enumerate(words)
            for line in drawing.wrapped(text, width - 2 * GAP, SMALL)
        ]
    heights = [_height(part.rows, bool(part.name)) for part in parts]
    sheet = Sheet(title, width, 2 * GAP + len(titles) * LINE + sum(heights) + 4 * LINE + 18 * len(lines))
    top: float = GAP + 14
    for line in titles:
        sheet.text(GAP, top, line, size=TITLE, bold=True)
        top += LINE
    for number, (part, height) in enumerate(zip(parts, heights, strict=True)):
        _draw(sheet, top, part.report, part.rows, part.name, number)
        top += height
    top = _draw_keys(sheet, top + LINE / 2)
    for line, color in lines:
        sheet.text(GAP, top, line, size=SMALL, color=color, bold=color == WRONG)
        top += 18
    return sheet


def _labels(rows: Sequence[Run]) -> list[list[str]]:
    return [drawing.wrapped(row_label(run), _LABEL - GAP, SMALL + 1) for run in rows]


def _row_height(rows: Sequence[Run]) -> int:
    return max(_ROW, _LINE * max(map(len, _labels(rows))) + 8)


def _height(rows: Sequence[Run], has_name: bool) -> float:
    return _HEAD + len(rows) * _row_height(rows) + LINE * (1 + has_name)


def _draw(sheet: Sheet, top: float, report: Report, rows: Sequence[Run], name: str, number: int) -> None:
    if name:
        sheet.text(GAP, top + 6, name, bold=True)
        top += LINE
    left, cells = GAP + _LABEL, columns(rows)
    sheet.text(GAP, top + _HEAD - 14, "accuracy (%) with its 95 % interval", size=SMALL, color=MUTED)
    for place, column in enumerate(cells):
        middle = left + (place + 0.5) * _CELL
        sheet.text(middle, top + _HEAD - 14 - 20, f"({column.letter})", bold=True, anchor="center")
        sheet.text(middle, top + _HEAD - 14, heading(column), size=11, anchor="center")
    height = _row_height(rows)
    axes = sheet.axes(left, top + _HEAD, len(cells) * _CELL, len(rows) * height)
    axes.set_axis_off()
    axes.set_xlim(0, len(cells) * _CELL)
    axes.set_ylim(len(rows) * height, 0)
    for row, (run, label) in enumerate(zip(rows, _labels(rows), strict=True)):
        base = top + _HEAD + (row + 0.5) * height + 5 - (len(label) - 1) * _LINE / 2
        for line, text in enumerate(label):
            sheet.text(GAP, base + line * _LINE, text, size=SMALL + 1)
        for place, column in enumerate(cells):
            is_framed = is_adaptive(run.scenario, column)
            _draw_cell(axes, (place * _CELL, row * height), height, report, run, column)
            axes.patches[-1].set_gid(f"matrix-{number}-{row}-{column.key}{'-framed' if is_framed else ''}")


def _draw_cell(
    axes: "Axes", corner: tuple[float, float], height: float, report: Report, run: Run, column: Column
) -> None:
    from matplotlib.patches import Rectangle

    tally = report.tally(run, column.key)
    color = shade(tally.accuracy) if tally.total else (217, 217, 217)
    ink = "white" if is_dark(color) else "black"
    (x, y), is_framed = corner, is_adaptive(run.scenario, column)
    if is_framed:
        axes.add_patch(Rectangle((x + 2, y + 2), _CELL - 4, height - 4, fill=False, edgecolor=INK, linewidth=2.5))
    gap = 2 + _FRAME
    face = tuple(value / 255 for value in color)
    axes.add_patch(Rectangle((x + gap, y + gap), _CELL - 2 * gap, height - 2 * gap, facecolor=face, linewidth=0))
    words: dict[str, Any] = {"color": ink, "ha": "center", "va": "center"}
    weight = "bold" if is_framed else "normal"
    axes.text(x + _CELL / 2, y + 0.4 * height, cell_text(report, run, column), fontsize=14, fontweight=weight, **words)
    if tally.total:
        axes.text(
            x + _CELL / 2, y + 0.72 * height, interval(tally).replace("-", "\N{EN DASH}"), fontsize=SMALL, **words
        )


def _draw_keys(sheet: Sheet, top: float) -> float:
    from matplotlib.patches import Rectangle

    axes = sheet.axes(0, top, sheet.width, 3 * LINE)
    axes.set_axis_off()
    axes.set_xlim(0, sheet.width)
    axes.set_ylim(3 * LINE, 0)
    axes.add_patch(Rectangle((GAP, 3), 22, 16, fill=False, edgecolor=INK, linewidth=2.5))
    sheet.text(GAP + 34, top + 16, matrix.TO_QUOTE, size=SMALL + 1)
    sheet.text(GAP + 6, top + LINE + 16, AT_MOST, bold=True)
    sheet.text(GAP + 34, top + LINE + 16, matrix.UPPER_BOUND, size=SMALL + 1)
    steps = 50
    for step in range(steps):
        face = tuple(value / 255 for value in shade(step / (steps - 1)))
        axes.add_patch(Rectangle((GAP + 34 + 4 * step, 2 * LINE + 3), 4.4, 14, facecolor=face, linewidth=0))
    sheet.text(GAP + 26, top + 2 * LINE + 15, "0", size=SMALL, anchor="right")
    sheet.text(GAP + 42 + 4 * steps, top + 2 * LINE + 15, "100 % right", size=SMALL)
    return top + 3 * LINE + 18
