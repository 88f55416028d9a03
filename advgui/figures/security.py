"""Accuracy against strength: which lines stand in a chart, and where on its axis. The window and the figures ask here.

Accuracy against growing strength until it is at chance is the *security evaluation curve* of Biggio, Fumera and Roli
(*Security evaluation of pattern classifiers under attack*, IEEE TKDE 2014).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from advgui.attacks import ATTACKS
from advgui.evaluation.report import Report, Run
from advgui.parameters import Real
from advgui.scenarios import (
    attack_label,
    goal,
    heading,
    is_adaptive,
    is_upper_bound,
    knowledge,
    known_names,
    protocol_text,
    settings_text,
)
from advgui.types import CLEAN, Column, Scenario

# Strengths that differ so much lie too close together on a linear axis, if there are as many.
_WIDE, _MANY = 16, 4
TO_QUOTE = "the accuracy to quote"
KNOWS_ALL = f"{TO_QUOTE}: the attacker knows exactly what stands in front of the classifier"
IS_BOUND = "upper bound: the attacker does not know all that stands in front of the classifier"
IS_ASIDE = "the attacker takes more into account than stands in front of the classifier: another one may do better"


def chance(report: Report) -> float:
    """Return the accuracy of guessing, in per cent."""
    return 100 / len(report.class_names)


def meaning(scenario: Scenario, column: Column) -> str:
    """Return what the accuracy of a column is worth, in one clause; "" for that of the original images."""
    if column.key == CLEAN:
        return ""
    if not scenario.strength:
        return "no attack: what the mitigation costs" if column.links else "no attack"
    if is_adaptive(scenario, column):
        return KNOWS_ALL
    return IS_BOUND if is_upper_bound(scenario, column) else IS_ASIDE


@dataclass(frozen=True, eq=False)
class Line:
    """The accuracy of one column under one attacker.

    Attributes:
        name: Within its chart.
        column: Which one.
        runs: Weakest attack first.
        is_bound: Whether it is only an upper bound.
    """

    name: str
    column: Column
    runs: tuple[Run, ...]
    is_bound: bool

    @property
    def label(self) -> str:
        """Such as "(c) autoencoder"."""
        return f"({self.column.letter}) {heading(self.column)}"


@dataclass(frozen=True)
class Axis:
    """The axis of strengths: in 255ths where people count so, and logarithmic where they are far apart.

    Attributes:
        parameter: The strength.
        strengths: All that are shown, in ascending order.
    """

    parameter: Real
    strengths: tuple[float, ...]

    @property
    def is_logarithmic(self) -> bool:
        """Whether each doubling is as long as the next; a strength of 0 then stands where the next halving would."""
        attacks = [strength for strength in self.strengths if strength]
        return len(attacks) >= _MANY and attacks[-1] >= _WIDE * attacks[0]

    @property
    def label(self) -> str:
        """What the axis has."""
        return f"{self.parameter.name}{' (logarithmic, and 0)' if self.is_logarithmic else ''}"

    @property
    def end(self) -> float:
        """The place of the largest strength, or of the usual one where there is no attack."""
        return self.place(max(self.strengths, default=0.0) or self.parameter.default)

    def place(self, strength: float) -> float:
        """Return where a strength stands."""
        if not self.is_logarithmic:
            return in_axis_units(self.parameter, strength)
        first = next(each for each in self.strengths if each)
        return math.log2(strength / first) + 1 if strength else 0.0

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Place and text of each tick of a logarithmic axis: the strengths themselves, as far as there is room."""
        tick, places = [], [(self.place(each), each) for each in self.strengths]
        last = -math.inf
        for place, strength in places:
            if place - last >= places[-1][0] / 12:
                tick.append((place, tick_text(self.parameter, in_axis_units(self.parameter, strength))))
                last = place
        return tuple(tick)


@dataclass(frozen=True, eq=False)
class Chart:
    """Lines of one attack under one protocol.

    Attributes:
        runs: All that the lines are made of, weakest first.
        lines: In the order of the columns.
    """

    runs: tuple[Run, ...]
    lines: tuple[Line, ...]

    @property
    def axis(self) -> Axis:
        """Of the strengths."""
        strengths = sorted({run.scenario.strength for run in self.runs})
        return Axis(ATTACKS[self.runs[0].scenario.attack.name].strength, tuple(strengths))


def charts(report: Report) -> dict[str, Chart]:
    """Return the charts of a report, by name: one for each attack, protocol and attacker.

    Where several attackers know different things, the first chart of the attack holds each column against the attacker
    who knows exactly what stands in front of the classifier, and against the one who knows least.
    """
    groups: dict[str, list[Run]] = {}
    for run in report.runs:
        groups.setdefault(_name(report, run), []).append(run)
    found = {}
    for name, runs in groups.items():
        runs.sort(key=lambda run: run.scenario.strength)
        controls = [run for run in runs if run.is_control]
        by_attacker: dict[tuple[str, ...], list[Run]] = {}
        for run in runs:
            if not run.is_control:
                by_attacker.setdefault(known_names(run.scenario), list(controls)).append(run)
        if len(by_attacker) < 2:
            found[name] = _of_one_attacker(runs)
            continue
        found[f"{name}: {TO_QUOTE}"] = _to_quote(list(by_attacker.values()))
        for each in by_attacker.values():
            found[f"{name}: {knowledge(each[-1].scenario)}"] = _of_one_attacker(each)
    return found


def _name(report: Report, run: Run) -> str:
    scenario = run.scenario
    others = settings_text(scenario.attack, ATTACKS[scenario.attack.name].parameters[1:])
    towards = "" if scenario.target is None else goal(scenario, report.class_names)
    return ", ".join(filter(None, (attack_label(scenario.attack.name), others, towards, protocol_text(scenario))))


def _of_one_attacker(runs: Sequence[Run]) -> Chart:
    strongest = runs[-1].scenario
    lines = (
        Line(column.key, column, tuple(runs), is_upper_bound(strongest, column)) for column in runs[0].scenario.columns
    )
    return Chart(tuple(runs), tuple(lines))


def _to_quote(attackers: Sequence[Sequence[Run]]) -> Chart:
    least = min(attackers, key=lambda runs: len(known_names(runs[-1].scenario)))
    lines = []
    for column in least[-1].scenario.columns:
        for runs in attackers:
            if is_adaptive(runs[-1].scenario, column) or (column.key == CLEAN and runs is least):
                lines.append(Line(column.key, column, tuple(runs), is_bound=False))
        if is_upper_bound(least[-1].scenario, column):
            lines.append(Line(f"{column.key}-bound", column, tuple(least), is_bound=True))
    used = dict.fromkeys(run for line in lines for run in line.runs)
    return Chart(tuple(sorted(used, key=lambda run: run.scenario.strength)), tuple(lines))


def in_axis_units(parameter: Real, strength: float) -> float:
    """Return a strength's place on a linear axis: in 255ths where people count so."""
    return strength * 255 if parameter.in_255ths else strength


def tick_text(parameter: Real, place: float) -> str:
    """Return what stands at a place of a linear axis, such as "8/255" or "0.1"."""
    number = f"{place:.6g}"
    return f"{number}/255" if parameter.in_255ths and place else number
