"""Accuracy against the number of draws that are taken together, from reports of evaluations with different numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from advgui.defenses import DEFENSES
from advgui.errors import AdvguiError
from advgui.evaluation.intervals import Tally
from advgui.evaluation.report import Report, hashes
from advgui.figures import drawing
from advgui.figures.drawing import GAP, LINE, MUTED, SMALL, TITLE, Sheet
from advgui.figures.strength import style_of
from advgui.reports.command import commands
from advgui.scenarios import attack_text, heading, knowledge
from advgui.types import Column, Scenario, VoteRule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT, _KEY = 560, 360, 330  # of the frame, and the width of the list beside it, in 1/100 inch
_LEFT, _BELOW = 66, 66
_DASHES = {VoteRule.MEAN: "-", VoteRule.MAJORITY: (0, (4, 2))}
_MOST = 8  # lines that can be told apart


@dataclass(frozen=True)
class VoteLine:
    """Accuracy of one column against the number of draws.

    Attributes:
        scenario: With one draw.
        column: Behind a random mitigation.
        rule: How draws are taken together.
        points: Numbers of draws in ascending order, each with what was counted.
    """

    scenario: Scenario
    column: Column
    rule: VoteRule
    points: tuple[tuple[int, Tally], ...]

    @property
    def label(self) -> str:
        """What stands in the key, such as "(d) randomization, averaged"."""
        return f"({self.column.letter}) {heading(self.column)}, {_RULES[self.rule]}"


_RULES = {VoteRule.MEAN: "averaged", VoteRule.MAJORITY: "majority"}


def vote_lines(reports: Sequence[Report]) -> list[VoteLine]:
    """Return a line for each attack, random column and rule; one draw belongs to both rules.

    Args:
        reports: Of the same images and networks.

    Raises:
        AdvguiError: They are of different images or networks.
    """
    first = reports[0]
    for other in reports[1:]:
        if not np.array_equal(other.indices, first.indices) or hashes(other.provenance) != hashes(first.provenance):
            raise AdvguiError(
                "The results are of different images or networks. Expected the same `advgui evaluate` with different "
                "--draws."
            )
    found: dict[tuple[Scenario, Column, VoteRule], dict[int, Tally]] = {}
    for report in reports:
        for run in report.runs:
            for column in run.scenario.columns:
                if not any(name in DEFENSES and DEFENSES[name].is_random for name in column.links):
                    continue
                alone = replace(run.scenario, draws=1)
                for rule in VoteRule if run.scenario.draws == 1 else (run.scenario.rule,):
                    points = found.setdefault((alone, column, rule), {})
                    points[run.scenario.draws] = report.tally(run, column.key)
    return [
        VoteLine(scenario, column, rule, tuple(sorted(points.items())))
        for (scenario, column, rule), points in found.items()
        if len(points) > 1
    ]


@drawing.style()
def votes_figure(reports: Sequence[Report]) -> Sheet:
    """Draw accuracy against the number of draws that are taken together, with Wilson 95 % intervals.

    Args:
        reports: Of the same images and networks, with different numbers of draws.

    Raises:
        AdvguiError: They do not belong together, no random mitigation has different numbers of draws, or there are
            more lines than can be told apart.
    """
    lines = vote_lines(reports)
    if not 0 < len(lines) <= _MOST:
        raise AdvguiError(
            f"There are {len(lines)} random columns with different numbers of draws, expected 1 to {_MOST}. Give "
            "results of the same `advgui evaluate` with different --draws, and of fewer attacks and strengths."
        )
    title = "Accuracy against the number of draws that are taken together"
    width = _LEFT + _WIDTH + _KEY + 3 * GAP
    words = [line for text in _about(lines, reports) for line in drawing.wrapped(text, width - 2 * GAP, SMALL)]
    sheet = Sheet(title, width, 2 * GAP + 1.5 * LINE + _HEIGHT + _BELOW + LINE + 18 * len(words))
    sheet.text(GAP, GAP + 14, title, size=TITLE, bold=True)
    top = GAP + 1.5 * LINE
    axes = sheet.axes(GAP + _LEFT, top, _WIDTH, _HEIGHT)
    _draw(axes, lines)
    several = len({line.scenario for line in lines}) > 1
    for place, line in enumerate(lines):
        base = top + 20 + place * (2 if several else 1) * LINE
        key = sheet.axes(2 * GAP + _LEFT + _WIDTH, base - 12, 30, 14)
        key.set_axis_off()
        key.plot([0, 0.5, 1], [0, 0, 0], markevery=[1], **_style(line))
        sheet.text(2 * GAP + _LEFT + _WIDTH + 38, base, line.label)
        if several:
            sheet.text(2 * GAP + _LEFT + _WIDTH + 38, base + 18, attack_text(line.scenario), size=SMALL, color=MUTED)
    base = top + _HEIGHT + _BELOW + LINE
    for text in words:
        sheet.text(GAP, base, text, size=SMALL, color=MUTED)
        base += 18
    return sheet


def _style(line: VoteLine) -> dict[str, Any]:
    color, mark = style_of(line.column)
    return {
        "color": color,
        "marker": mark,
        "markerfacecolor": color if line.scenario.strength else "white",  # hollow where nothing is attacked
        "linestyle": _DASHES[line.rule],
        "markersize": 7,
        "linewidth": 2,
    }


def _draw(axes: "Axes", lines: Sequence[VoteLine]) -> None:
    numbers = sorted({number for line in lines for number, _ in line.points})
    axes.set_xscale("log")
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.minorticks_off()
    axes.set_xlim(numbers[0] * 0.85, numbers[-1] * 1.18)
    axes.set_ylim(0, 100)
    axes.set_xlabel("draws")
    axes.set_ylabel("accuracy (%)")
    axes.grid(True)
    for line in lines:
        places = [number for number, _ in line.points]
        tallies = [tally for _, tally in line.points]
        low, high = ([100 * getattr(tally, end) for tally in tallies] for end in ("low", "high"))
        style = _style(line)
        axes.fill_between(places, low, high, color=style["color"], alpha=0.12, linewidth=0)
        (drawn,) = axes.plot(places, [100 * tally.accuracy for tally in tallies], **style)
        drawn.set_gid(f"line {line.label}")


def _about(lines: Sequence[VoteLine], reports: Sequence[Report]) -> list[str]:
    attacks = dict.fromkeys(f"{attack_text(line.scenario)}, {knowledge(line.scenario)}" for line in lines)
    return [
        f"{reports[0].images:,} images; {'; '.join(attacks)}. Bands: Wilson 95 % intervals; hollow marks: "
        "without an attack.",
        *(f"Made by: {command}" for report in reports for command in commands(report)),
    ]
