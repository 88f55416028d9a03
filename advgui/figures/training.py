"""The paper's figure 1: how a training went."""

import numpy as np

from advgui.figures import curves, drawing
from advgui.figures.curves import Chart
from advgui.figures.drawing import GAP, LINE, TEXT, TITLE, Sheet, plain
from advgui.figures.histories import History

_WIDTH, _HEIGHT = 520, 320  # of a chart's frame, in 1/100 inch
_TICKS = 72  # room for the numbers at the vertical axis
_SAMPLE = 52  # room for the line that stands for a curve beneath its chart
_WIDEST = 3.5  # decades in which more than the powers of ten have a tick


@drawing.style()
def training_figure(history: History, logarithmic: bool | None = None) -> Sheet:
    """Draw a history's accuracies and losses against epochs, side by side, with the values of the last epoch.

    Args:
        history: Of one training.
        logarithmic: Whether the axis of the losses is, where that is possible; None to decide by their sizes.

    Raises:
        AdvguiError: The history has neither.
    """
    charts = [chart for chart in curves.charts(history) if chart.curves]
    epochs = len(history.epochs)
    title = f"Figure 1. Learning curves of {history.name}, {epochs} epoch{'s' if epochs > 1 else ''}"
    widths = [max(_WIDTH, _SAMPLE + max(map(_name_width, _names(chart)))) for chart in charts]
    width = GAP + sum(_TICKS + each + GAP for each in widths)
    lines = drawing.wrapped(title, width - 2 * GAP, TITLE, bold=True)
    top = GAP + (len(lines) + 1) * LINE + 12
    sheet = Sheet(title, width, top + _HEIGHT + (2.9 + max(len(chart.curves) for chart in charts)) * LINE + GAP)
    for number, line in enumerate(lines):
        sheet.text(GAP, GAP + 14 + number * LINE, line, size=TITLE, bold=True)
    left: float = GAP
    for chart, each in zip(charts, widths, strict=True):
        _draw(sheet, chart, left + _TICKS, top, chart.is_wide if logarithmic is None else logarithmic)
        left += _TICKS + each + GAP
    return sheet


def _names(chart: Chart) -> list[str]:
    return [plain(f"{curve.label}, last {chart.text(curve.values[-1])}") for curve in chart.curves]


def _name_width(name: str) -> float:
    return drawing.width_of(name, TEXT)


def _draw(sheet: Sheet, chart: Chart, left: float, top: float, logarithmic: bool) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

    frame = chart.axis(logarithmic)
    axes = sheet.axes(left, top, _WIDTH, _HEIGHT)
    sheet.text(left, top - 12, chart.title + (", logarithmic" if frame.logarithmic else ""), bold=True)
    if frame.logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(10**frame.low, 10**frame.high)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if frame.high - frame.low < _WIDEST else (1,)))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(frame.low, frame.high)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.8g}"))
    first, last = float(chart.epochs[0]), float(chart.epochs[-1])
    margin = 0.03 * (last - first) or 1.0  # so that marks do not touch the frame
    axes.set_xlim(first - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("epoch")
    axes.grid(True)
    for number, (curve, name) in enumerate(zip(chart.curves, _names(chart), strict=True)):
        (line,) = axes.plot(
            chart.epochs,
            curve.values,
            color=curves.COLORS[curve.style % len(curves.COLORS)],
            linewidth=1.8,
            marker=np.array(curve.mark) * (1, -1),  # upwards is up
            markersize=7,
            markeredgewidth=0,
            markevery=chart.marked,
            label=name,
            clip_on=False,
        )
        line.set_gid(f"{chart.kind}-{number}")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -2.3 * LINE / _HEIGHT), borderpad=0, borderaxespad=0)
