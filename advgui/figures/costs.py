"""What each defence buys and costs, from reports of evaluations: a dot for each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advgui.errors import AdvguiError
from advgui.evaluation.costs import Worth, worths
from advgui.evaluation.intervals import Tally
from advgui.evaluation.report import Report
from advgui.figures import drawing
from advgui.figures.drawing import GAP, INK, LINE, MUTED, SMALL, TITLE, Sheet
from advgui.reports.command import commands

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDE, _KEY = 520, 430  # of the frame, and the width of the list beside it, in 1/100 inch
_LEFT, _BELOW = 66, 66
# Okabe and Ito's colours, and markers that tell them apart in grey.
STYLES = (
    ("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), ("#cc79a7", "D"),
    ("#e69f00", "v"), ("#56b4e9", "P"), ("#000000", "X"), ("#999933", "*"),
)  # fmt: skip
MOST = len(STYLES)


@drawing.style()
def costs_figure(reports: Sequence[Report]) -> Sheet:
    """Draw accuracy without an attack (across) against what the attacker leaves who knows the defence (up).

    Crosses are Wilson 95 % intervals. On the dotted line an attack would change nothing. Beneath stands how each report
    was made.

    Args:
        reports: With attacks whose attacker knows exactly what stands in front of the classifier.

    Raises:
        AdvguiError: There is no such attack in any of them, or there are more defences than can be told apart.
    """
    dots = worths(reports)
    if not 0 < len(dots) <= MOST:
        raise AdvguiError(
            f"There are {len(dots)} defences with an attacker who knows them and a control row, expected 1 to {MOST}. "
            "Evaluate with --knows matrix, or give fewer reports."
        )
    title = "What each defence buys and costs"
    width = _LEFT + _SIDE + _KEY + 3 * GAP
    lines = [line for text in _about(dots, reports) for line in drawing.wrapped(text, width - 2 * GAP, SMALL)]
    sheet = Sheet(title, width, 2 * GAP + 1.5 * LINE + _SIDE + _BELOW + LINE + 18 * len(lines))
    sheet.text(GAP, GAP + 14, title, size=TITLE, bold=True)
    top = GAP + 1.5 * LINE
    _draw(sheet.axes(GAP + _LEFT, top, _SIDE, _SIDE), dots)
    _list(sheet, 2 * GAP + _LEFT + _SIDE, top, dots)
    base = top + _SIDE + _BELOW + LINE
    for line in lines:
        sheet.text(GAP, base, line, size=SMALL, color=MUTED)
        base += 18
    return sheet


def _about(dots: Sequence[Worth], reports: Sequence[Report]) -> list[str]:
    images = sorted({dot.images for dot in dots})
    return [
        f"{' and '.join(f'{count:,}' for count in images)} images; "
        f"{'; '.join(dict.fromkeys(dot.attack for dot in dots))}, by an attacker who knows exactly what stands there. "
        "Crosses: Wilson 95 % intervals.",
        *(f"Made by: {command}" for report in reports for command in commands(report)),
    ]


def _draw(axes: "Axes", dots: Sequence[Worth]) -> None:
    axes.set_xlim(-2, 102)
    axes.set_ylim(-2, 102)
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel("accuracy without an attack (%)")
    axes.set_ylabel("accuracy under the attacker who knows it (%)")
    axes.grid(True)
    axes.plot((0, 100), (0, 100), linestyle=":", color=MUTED, linewidth=1.2)
    for dot, (color, marker) in zip(dots, STYLES, strict=False):
        across, up = dot.clean, dot.attacked
        container = axes.errorbar(
            [100 * across.accuracy],
            [100 * up.accuracy],
            xerr=[[100 * (across.accuracy - across.low)], [100 * (across.high - across.accuracy)]],
            yerr=[[100 * (up.accuracy - up.low)], [100 * (up.high - up.accuracy)]],
            color=color,
            marker=marker,
            markersize=8,
            capsize=3,
            clip_on=False,
        )
        container.lines[0].set_gid(f"dot {dot.name}")


def _list(sheet: Sheet, left: float, top: float, dots: Sequence[Worth]) -> None:
    """Write what each dot is beside the frame: beside the dots, names would lie over one another."""
    for place, (dot, (color, marker)) in enumerate(zip(dots, STYLES, strict=False)):
        base = top + 20 + place * 3 * LINE
        axes = sheet.axes(left, base - 15, 18, 18)
        axes.set_axis_off()
        axes.plot([0], [0], color=color, marker=marker, markersize=8)
        sheet.text(left + 28, base, dot.name, bold=True, color=INK)
        sheet.text(left + 28, base + 20, f"{_said(dot.clean)} without an attack,", size=SMALL, color=MUTED)
        sheet.text(left + 28, base + 38, f"{_said(dot.attacked)} under it", size=SMALL, color=MUTED)


def _said(tally: Tally) -> str:
    return f"{100 * tally.accuracy:.1f} % ({100 * tally.low:.1f} to {100 * tally.high:.1f})"
