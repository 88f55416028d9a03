"""From the values of a JSON file to a report: everything is of its kind and within its range, or there is no report."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from advgui.attacks import ATTACKS
from advgui.defenses import DEFENSES
from advgui.errors import DataError
from advgui.evaluation.report import Provenance, Report, Run, as_measured, largest_change
from advgui.outcomes import Effort
from advgui.reports.kinds import (
    LARGEST,
    Unfit,
    item,
    json_list,
    json_object,
    json_text,
    provenance_from,
    whole_number,
    whole_numbers,
)
from advgui.text import shown
from advgui.types import Scenario

# Far more than an evaluation has; what is larger would take minutes to show.
MOST_RUNS = 1000
MOST_RANGES = 1000
MOST_CLASSES = 200
LONGEST_NAME = 255  # of a class
# The data sets whose images have their positions as indices.
_BY_POSITION = ("samples", "CIFAR-10 test")


def report_from(values: Any) -> Report:
    """Return the report that the values of a file describe; figures that follow from the predictions are not looked at.

    Raises:
        Unfit: Something is missing, of another kind or out of its range.
        DataError: It was made with a plug-in that is not open.
    """
    values = json_object(values, "the file")
    class_names = tuple(
        json_text(name, "class_names", LONGEST_NAME) for name in json_list(values, "class_names", MOST_CLASSES, least=1)
    )
    indices = whole_numbers(values, "indices")
    labels = whole_numbers(values, "labels", len(indices), len(class_names))
    provenance = provenance_from(item(values, "provenance"))
    _check_plugins(provenance)
    ranges = _ranges(values)
    report = Report(
        dataset=json_text(item(values, "dataset"), "dataset"),
        class_names=class_names,
        ranges=ranges,
        indices=indices,
        labels=labels,
        runs=tuple(
            _run(run, f"runs[{place}]", len(indices), len(class_names))
            for place, run in enumerate(json_list(values, "runs", MOST_RUNS, least=1))
        ),
        provenance=provenance,
    )
    _check_images(report)
    _check_scenarios(report)
    return report


def _check_plugins(provenance: Provenance) -> None:
    for name, file in provenance.plugins.items():
        if name not in ATTACKS and name not in DEFENSES:
            raise DataError(
                f"This report was made with '{shown(name)}' of the plug-in '{shown(file.name)}' (SHA-256 "
                f"{shown(file.sha256[:12])}), which is not open. Open the plug-in first (--plugin FILE, or File, Open "
                "plug-in), then the report."
            )


def _check_images(report: Report) -> None:
    if np.any(np.diff(report.indices) <= 0):
        raise Unfit("'indices' do not rise")
    if report.images > report.planned:
        raise Unfit(f"it has {report.images} images, of {report.planned} planned")
    if report.dataset in _BY_POSITION:
        starts, stops = np.array(report.ranges).T
        place = np.searchsorted(starts, report.indices, side="right") - 1
        if np.any(place < 0) or np.any(report.indices >= stops[place]):
            raise Unfit("'indices' are outside 'ranges'")
    values = {run.values for run in report.runs}
    if len(values) > 1 or values.pop() % max(report.images, 1):
        raise Unfit("'values' is not the same for every image and run")


def _check_scenarios(report: Report) -> None:
    scenarios = [run.scenario for run in report.runs]
    if len(set(scenarios)) < len(scenarios):
        raise Unfit("a scenario is there twice")
    if len({(scenario.seed, scenario.draws, scenario.rule, scenario.chain) for scenario in scenarios}) > 1:
        raise Unfit("its runs have different seeds, draws or mitigations")


def _run(value: Any, where: str, images: int, classes: int) -> Run:
    values = json_object(value, where)
    scenario = _scenario(item(values, "scenario", where), where)
    stored = json_object(item(values, "predictions", where), f"{where}.predictions")
    columns = [column.key for column in scenario.columns]
    if set(stored) != set(columns):
        raise Unfit(f"'{where}.predictions' has other columns than the scenario")
    linf = as_measured(_length(values, "linf", where), scenario.strength)
    if images and linf > largest_change(scenario):
        raise Unfit(f"'{where}.linf' is {linf:.9g}, more than the attack may change")
    count = whole_number(values, "values", where)
    if scenario.target is not None and scenario.target >= classes:
        raise Unfit(f"'{where}.scenario' has the target {scenario.target}, not one of {classes} classes")
    return Run(
        scenario=scenario,
        predictions={
            column: whole_numbers(stored, column, images, classes, f"{where}.predictions").astype(np.int16)
            for column in columns
        },
        linf=linf,
        clipped=whole_number(values, "clipped", where, count),
        values=count,
        l2=_l2(values, where, scenario, linf, images) if "l2" in values else None,
        effort=_effort(values, where) if "effort" in values else None,
    )


def _l2(values: Mapping[str, Any], where: str, scenario: Scenario, linf: float, images: int) -> float:
    """Return the largest Euclidean length of a change, given the largest change of a value."""
    l2 = as_measured(_length(values, "l2", where), scenario.strength)
    if ATTACKS[scenario.attack.name].norm == "l2" and l2 > scenario.strength:
        raise Unfit(f"'{where}.l2' is {l2:.9g}, more than the attack may change")
    each = values["values"] // max(images, 1)
    # Measured in float32.
    if images and not linf * (1 - 1e-5) <= l2 <= linf * math.sqrt(each) * (1 + 1e-5):
        raise Unfit(f"'{where}.l2' is {l2:.9g}, which does not go with {linf:.9g} in one of {each:,} values")
    return l2


def _effort(values: Mapping[str, Any], where: str) -> Effort:
    place = f"{where}.effort"
    stored = json_object(values["effort"], place)
    effort = Effort(**{name: whole_number(stored, name, place) for name in (field.name for field in fields(Effort))})
    if effort.zero_values > effort.gradient_values:
        raise Unfit(f"'{place}.zero_values' is {effort.zero_values:,}, of {effort.gradient_values:,} values")
    # A mean over draws is one gradient to the attacker, and has a value for each of the image.
    if bool(effort.gradients) != bool(effort.gradient_values):
        raise Unfit(f"'{place}' has {effort.gradients:,} gradients with {effort.gradient_values:,} values")
    return effort


def _length(values: Mapping[str, Any], key: str, where: str) -> float:
    value = item(values, key, where)
    if type(value) not in (int, float) or not 0 <= value <= 1e6:
        raise Unfit(f"'{where}.{key}' is {shown(value)}, not a finite number of at least 0")
    return float(value)


def _scenario(value: Any, where: str) -> Scenario:
    try:
        scenario = Scenario.from_json(json.dumps(value))
    except (OverflowError, TypeError, ValueError) as error:
        raise Unfit(f"'{where}.scenario': {shown(str(error), 200)}") from error
    attack = scenario.attack
    if attack.name not in ATTACKS:
        raise Unfit(
            f"'{where}.scenario' has the attack {shown(attack.name)}, not one of {', '.join(ATTACKS)}; "
            "if it is a plug-in's, that has to be open"
        )
    if max(scenario.seed, scenario.draws, scenario.attacker_draws) > LARGEST:
        raise Unfit(f"'{where}.scenario' has a seed or draws beyond {LARGEST}")
    # Earlier versions took strengths beyond the slider's end.
    if scenario.strength > max(1.0, ATTACKS[attack.name].strength.high):
        raise Unfit(f"'{where}.scenario' has the strength {scenario.strength:g}, not one from 0 to 1")
    try:
        settings = ATTACKS[attack.name].settings(**dict(attack.settings.pairs[1:]))
        # A whole number in the file, or -0.0, is the same strength.
        settings = settings.replaced(**{next(iter(attack.settings)): scenario.strength + 0.0})
        for link in scenario.chain:
            if link.name not in DEFENSES:
                raise ValueError(f"the mitigation {shown(link.name)}, not one of {', '.join(DEFENSES)}")
            DEFENSES[link.name].settings(**link.settings)
    except (TypeError, ValueError) as error:
        raise Unfit(f"'{where}.scenario': {shown(str(error), 200)}") from error
    if settings != attack.settings:
        raise Unfit(f"'{where}.scenario.attack' has other settings than '{attack.name}'")
    return replace(scenario, attack=replace(attack, settings=settings))


def _ranges(values: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    last = 0
    for span in json_list(values, "ranges", MOST_RANGES, least=1):
        sound = isinstance(span, list) and len(span) == 2 and {type(end) for end in span} == {int}
        if not sound or not last <= span[0] < span[1] <= LARGEST:
            raise Unfit(f"'ranges' has {shown(span)}, not two whole numbers that rise from one range to the next")
        last = span[1]
        ranges.append((span[0], span[1]))
    return tuple(ranges)
