"""Certified accuracy against radius, from a certification."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from advgui.certification.report import Certification
from advgui.evaluation.intervals import Tally
from advgui.figures import drawing
from advgui.figures.drawing import GAP, LINE, MUTED, SMALL, TITLE, WRONG, Sheet
from advgui.reports.certified import about
from advgui.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 720, 420  # of the frame, in 1/100 inch
_LEFT, _BELOW = 66, 58
_COLOR = "#0072b2"


def curve(report: Certification) -> tuple[list[float], list[Tally]]:
    """Return where certified accuracy falls, and what it is up to there: a step for each different radius."""
    radii = {one.radius for one in report.certificates if one.predicted is not None}
    places = sorted({0.0, *radii})
    return places, [report.certified(place) for place in places]


@drawing.style()
def certified_figure(report: Certification) -> Sheet:
    """Draw the share of images whose class is right and cannot be changed within an L2 radius, with its interval.

    Beneath stands what is needed to judge and to repeat it.
    """
    title = "Certified accuracy against L2 radius"
    width = _LEFT + _WIDTH + 2 * GAP
    words = [
        (line, MUTED if report.complete or number else WRONG)  # the first line of a partial result says so
        for number, text in enumerate(about(report))
        for line in drawing.wrapped(text, width - 2 * GAP, SMALL)
    ]
    sheet = Sheet(title, width, 2 * GAP + 1.5 * LINE + _HEIGHT + _BELOW + LINE + 18 * len(words))
    sheet.text(GAP, GAP + 14, title, size=TITLE, bold=True)
    top = GAP + 1.5 * LINE
    _draw(sheet.axes(GAP + _LEFT, top, _WIDTH, _HEIGHT), report)
    base = top + _HEIGHT + _BELOW + LINE
    for line, color in words:
        sheet.text(GAP, base, line, size=SMALL, color=color, bold=color == WRONG)
        base += 18
    return sheet


def _draw(axes: "Axes", report: Certification) -> None:
    end = max(report.largest_radius, 0.05)
    axes.set_xlim(-0.02 * end, 1.05 * end)
    axes.set_ylim(-2, 102)
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel("L2 radius")
    axes.set_ylabel("certified accuracy (%)")
    axes.grid(True)
    if not report.images:
        return
    places, tallies = curve(report)
    # Up to each radius, what is certified there; beyond the last one, nothing is.
    places, tallies = [*places, end], [*tallies, Tally(0, report.images)]
    middle, low, high = (_percent(tallies, name) for name in ("accuracy", "low", "high"))
    axes.fill_between(places, low, high, step="pre", color=_COLOR, alpha=0.18, linewidth=0)
    (line,) = axes.plot(places, middle, drawstyle="steps-pre", color=_COLOR, linewidth=2)
    line.set_gid("certified")


def _percent(tallies: Sequence[Tally], name: str) -> FloatArray:
    return np.array([100 * getattr(tally, name) for tally in tallies], np.float32)
