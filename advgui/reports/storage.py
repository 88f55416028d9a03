"""Reports as JSON: complete, versioned, and readable by people and other programs."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from advgui.attacks import ATTACKS
from advgui.errors import DataError
from advgui.reports.report import NetworkFile, Provenance, Report, Run, SmallIntArray, mitigations, readings_differ
from advgui.statistics import Paired, Tally
from advgui.types import Column, IntArray, Scenario

KIND = "advgui evaluation"
VERSION = 1


def to_json(report: Report) -> str:
    """Return a report as JSON text.

    It holds the predictions of every image, and the numbers that are derived from them for those who only want to
    read: `from_json` derives them anew. There is no time in it: the same evaluation on the same machine gives the same
    text.
    """
    return (
        _pretty(
            {
                "kind": KIND,
                "version": VERSION,
                "complete": report.complete,
                "dataset": report.dataset,
                "images": report.images,
                "planned": report.planned,
                "ranges": [list(span) for span in report.ranges],
                "provenance": asdict(report.provenance),
                "runs": [_run(report, run) for run in report.runs],
                "class_names": list(report.class_names),
                "indices": report.indices.tolist(),
                "labels": report.labels.tolist(),
            }
        )
        + "\n"
    )


def _run(report: Report, run: Run) -> dict[str, Any]:
    scenario = run.scenario
    return {
        "protocol": str(scenario.protocol),
        "attack": scenario.attack,
        "strength": scenario.strength,
        "reading": str(scenario.reading) if readings_differ(scenario.protocol, scenario.attack) else None,
        "seed": scenario.seed,
        "draws": scenario.draws,
        "images": report.images,
        "control": run.is_control,
        "threat_model": run.threat_model,
        "columns": {str(column): _tally(report.tally(run, column)) for column in run.predictions},
        "paired": {str(column): _paired(report.paired(run, column)) for column in mitigations(run)},
        "linf": run.linf,
        "clipped_share": run.clipped_share,
        "clipped": run.clipped,
        "values": run.values,
        "scenario": json.loads(scenario.to_json()),
        "per_class": {
            str(column): [tally.correct for tally in report.per_class(run, column)] for column in run.predictions
        },
        "confusion": {str(column): report.confusion(run, column).tolist() for column in run.predictions},
        "predictions": {str(column): values.tolist() for column, values in run.predictions.items()},
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "correct": tally.correct,
        "total": tally.total,
        # JSON has no NaN.
        "accuracy": tally.accuracy if tally.total else None,
        "low": tally.low,
        "high": tally.high,
    }


def _paired(paired: Paired) -> dict[str, Any]:
    # The images that did not change sides would fill most of the file; the predictions tell them too.
    changed = {"fixed_indices": paired.fixed.tolist(), "broken_indices": paired.broken.tolist()}
    return paired.counts | changed


def _pretty(value: Any, indent: str = "") -> str:
    """Return indented JSON with each list of numbers or names, and each row of a matrix, on one line."""
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        items = [f"{deeper}{json.dumps(key)}: {_pretty(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, list | Mapping) for item in value):
        return "[\n" + ",\n".join(deeper + _pretty(item, deeper) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Report:
    """Return the report that `to_json` wrote.

    Raises:
        DataError: The text is no report, of another version, incomplete or contradicts itself.
    """
    try:
        values = json.loads(text)
        if values["kind"] != KIND or values["version"] != VERSION:
            raise DataError(
                f"'{values['kind']}' of version {values['version']}, expected '{KIND}' of version {VERSION}."
            )
        report = _report(values)
        for run, stored in zip(report.runs, values["runs"], strict=True):
            if {str(column): _tally(report.tally(run, column)) for column in run.predictions} != stored["columns"]:
                raise DataError("The counts of this report do not follow from its predictions. Evaluate again.")
    except (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise DataError(f"This is no report of an evaluation, or a damaged one ({error!r}).") from error
    return report


def _report(values: Mapping[str, Any]) -> Report:
    class_names = tuple(str(name) for name in values["class_names"])
    labels = np.array(values["labels"], np.int64)
    indices = np.array(values["indices"], np.int64)
    report = Report(
        dataset=str(values["dataset"]),
        class_names=class_names,
        ranges=tuple((int(start), int(stop)) for start, stop in values["ranges"]),
        indices=_checked(indices, len(labels)),
        labels=_checked(labels, len(labels), len(class_names)),
        runs=tuple(_stored_run(run, len(labels), len(class_names)) for run in values["runs"]),
        provenance=_provenance(values["provenance"]),
    )
    if not report.runs or not report.ranges or any(not 0 <= start < stop for start, stop in report.ranges):
        raise ValueError("there are no runs, or the images that were planned are not from somewhere to somewhere")
    if report.images > report.planned:
        raise ValueError(f"{report.images} images of {report.planned} planned")
    return report


def _stored_run(values: Mapping[str, Any], images: int, classes: int) -> Run:
    predictions: dict[Column, SmallIntArray] = {
        Column(name): _checked(np.array(stored, np.int64), images, classes).astype(np.int16)
        for name, stored in values["predictions"].items()
    }
    run = Run(
        scenario=Scenario.from_json(json.dumps(values["scenario"])),
        predictions=predictions,
        linf=float(values["linf"]),
        clipped=int(values["clipped"]),
        values=int(values["values"]),
    )
    if run.scenario.attack not in ATTACKS or set(predictions) != set(run.scenario.columns):
        raise ValueError("an attack that is not known, or other columns than the scenario has")
    if not (math.isfinite(run.linf) and run.linf >= 0 and 0 <= run.clipped <= run.values):
        raise ValueError(f"changes of {run.linf} at most, {run.clipped} of {run.values} values clipped")
    return run


def _provenance(values: Mapping[str, Any]) -> Provenance:
    networks = {role: NetworkFile(**network) for role, network in values["networks"].items()}
    provenance = Provenance(**{**values, "networks": networks})
    texts = [provenance.advgui, provenance.device, provenance.platform, *provenance.packages.values()]
    texts += [text for network in networks.values() for text in (network.name, network.sha256)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("something else than text where it says what ran")
    return provenance


def _checked(array: IntArray, size: int, classes: int | None = None) -> IntArray:
    if array.shape != (size,):
        raise ValueError(f"a list of {array.shape} numbers where {size} were expected")
    if classes is not None and size and not (array.min() >= 0 and array.max() < classes):
        raise ValueError(f"a class beyond the {classes} that have names")
    return array


def load(path: Path) -> Report:
    """Read a report.

    Raises:
        DataError: The file cannot be read, or is no report.
    """
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"'{path}' cannot be read as a report ({error}).") from error
    except DataError as error:
        raise DataError(f"'{path}': {error}") from error
