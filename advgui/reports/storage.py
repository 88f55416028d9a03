"""Reports as JSON: complete, versioned, and readable by people and other programs."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from advgui.errors import DataError
from advgui.evaluation.intervals import Paired, Tally
from advgui.evaluation.report import Report, Run, mitigations
from advgui.files import read_text
from advgui.reports import sanity
from advgui.reports.kinds import Unfit
from advgui.reports.parsing import report_from
from advgui.text import printable, shown
from advgui.types import ProtocolName

KIND = "advgui evaluation"
VERSION = 2
_READ = (1, 2)
LARGEST = 64 << 20  # bytes; the ten runs of the published tables on 10,000 images have 1.6 million
# A report is mostly numbers; millions of empty lists would take a minute and gigabytes to read.
_MOST_LISTS = 2_000_000
_LONGEST_REASON = 300
# A sentence may be worded anew, and then says the same.
_WORDS = {"threat_model", "numbers", "meaning"}
# What another machine rounds otherwise, and a float32 number written as itself, are still the same number.
_CLOSE = 1e-7
_MOST = 1e9  # beyond any figure; a whole number of 400 digits is not a float


def to_json(report: Report) -> str:
    """Return a report as JSON text.

    It holds the predictions of every image, and the numbers that are derived from them for those who only want to
    read: `from_json` derives them anew, and refuses a file whose numbers are others. Only words are neither read nor
    compared: `threat_model`, which is a scenario in words, and what the sanity lights say. There is no time in the
    text: the same evaluation on the same machine gives the same text.
    """
    runs = [_run(report, run) for run in report.runs]
    return pretty(_head(report) | _sanity(report) | {"runs": runs} | _images(report)) + "\n"


def _head(report: Report) -> dict[str, Any]:
    return {
        "kind": KIND,
        "version": VERSION,
        "complete": report.complete,
        "dataset": report.dataset,
        "images": report.images,
        "planned": report.planned,
        "ranges": [list(span) for span in report.ranges],
        "provenance": _provenance(report),
    }


def _provenance(report: Report) -> dict[str, Any]:
    values = asdict(report.provenance)
    values["machines"] = list(values["machines"])
    for name in ("plugins", "machines"):
        if not values[name]:  # a report without has the same text as ever
            del values[name]
    return values


def _sanity(report: Report) -> dict[str, Any]:
    """Return the lights; a report of an earlier version, which did not count what they need, has none in its text."""
    return {"sanity": sanity.as_values(report)} if any(run.effort is not None for run in report.runs) else {}


def _images(report: Report) -> dict[str, Any]:
    return {
        "class_names": list(report.class_names),
        "indices": report.indices.tolist(),
        "labels": report.labels.tolist(),
    }


def _run(report: Report, run: Run) -> dict[str, Any]:
    scenario = run.scenario
    values = {
        "protocol": str(scenario.protocol),
        "attack": scenario.attack.name,
        "strength": scenario.strength,
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
        "predictions": {str(column): predicted.tolist() for column, predicted in run.predictions.items()},
    }
    # What earlier versions did not record: a report without it has the same text as ever.
    if run.l2 is not None:
        values["l2"] = run.l2
    if run.effort is not None:
        values["effort"] = asdict(run.effort) | {"zero_share": run.effort.zero_share}
    if scenario.target is not None:
        values["success"] = {column: _success(report.success(run, column)) for column in run.predictions}
    return values


def _as_version_1(derived: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's figures as version 1 had them: two readings of one protocol, and its own scenario."""
    readings = {ProtocolName.AS_PUBLISHED: "standardized", ProtocolName.AS_PUBLISHED_SCALED: "scaled"}
    protocol = ProtocolName(derived["protocol"])
    reading = readings.get(protocol) if derived["attack"] == "gaussian" else None
    published = protocol is not ProtocolName.CORRECTED
    return {
        **derived,
        "protocol": str(ProtocolName.AS_PUBLISHED if published else protocol),
        "reading": reading,
        "scenario": stored["scenario"],  # the report's own scenarios were read from it
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


def _success(tally: Tally) -> dict[str, Any]:
    rate = tally.accuracy if tally.total else None
    return {"reached": tally.correct, "total": tally.total, "rate": rate, "low": tally.low, "high": tally.high}


def _paired(paired: Paired) -> dict[str, Any]:
    # The images that did not change sides would fill most of the file; the predictions tell them too.
    changed = {"fixed_indices": paired.fixed.tolist(), "broken_indices": paired.broken.tolist()}
    return paired.counts | changed


def pretty(value: Any, indent: str = "") -> str:
    """Return indented JSON with each list of numbers or names, and each row of a matrix, on one line."""
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        items = [f"{deeper}{json.dumps(key)}: {pretty(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, list | Mapping) for item in value):
        return "[\n" + ",\n".join(deeper + pretty(item, deeper) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Report:
    """Return the report that `to_json` wrote.

    Raises:
        DataError: The text is not a report, of another version, incomplete or contradicts itself.
    """
    try:
        if text.count("[") + text.count("{") > _MOST_LISTS:
            raise Unfit(f"it has more than {_MOST_LISTS:,} lists and objects")
        values = json.loads(text, object_pairs_hook=_object, parse_constant=_refused)
        if not isinstance(values, dict) or values.get("kind") != KIND:
            raise Unfit(f"its kind is not '{KIND}'")
        if values.get("version") not in _READ or isinstance(values["version"], bool | float):
            raise Unfit(f"its version is {shown(values.get('version'))}, this program reads 1 and {VERSION}")
        report = report_from(values)
        _compare(values, report)
    except (RecursionError, ValueError) as error:  # of which Unfit is one
        raise DataError(
            f"This is not a report of an evaluation: {shown(str(error), _LONGEST_REASON)}. Expected the JSON that "
            "'advgui evaluate --json' or the window's export wrote, unchanged. Choose another file, or evaluate again."
        ) from error
    return report


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {printable(key): value for key, value in pairs}
    if len(found) < len(pairs):  # some programs would read the first of two, some the last
        raise Unfit("a name is there twice in one object")
    return found


def _refused(constant: str) -> Any:
    raise Unfit(f"{constant} is not a number")


def _compare(stored: Mapping[str, Any], report: Report) -> None:
    """Hold every figure of a file against what follows from its predictions.

    Raises:
        Unfit: Names the first that is another.
    """
    stored = dict(stored)
    runs = stored.pop("runs")
    is_first_version = stored["version"] == 1
    _hold(stored, _head(report) | _sanity(report) | _images(report) | {"version": stored["version"]}, "")
    # One by one: a file that is not whole costs no more than what it has.
    for place, (values, run) in enumerate(zip(runs, report.runs, strict=True)):
        derived = _run(report, run)
        if is_first_version:
            derived = _as_version_1(derived, values)
        _hold(values, derived, f"runs[{place}]")


def _hold(stored: Any, derived: Any, where: str) -> None:
    if isinstance(derived, Mapping):
        if not isinstance(stored, Mapping):
            raise Unfit(f"'{where}' is {shown(stored)}, not an object")
        for names, what in ((derived.keys() - stored.keys(), "lacks"), (stored.keys() - derived.keys(), "also has")):
            if names:
                raise Unfit(f"'{where or 'the file'}' {what} {', '.join(sorted(names))}")
        for key, value in derived.items():
            if key not in _WORDS:
                _hold(stored[key], value, f"{where}.{key}" if where else key)
    elif not _equal(stored, derived):
        short = isinstance(derived, str | int | float) or derived is None
        raise Unfit(
            f"'{where}' is {shown(stored)}, but the rest of the file gives {shown(derived)}"
            if short
            else f"'{where}' does not follow from the rest of the file"
        )


def _equal(stored: Any, derived: Any) -> bool:
    if isinstance(derived, float):
        return (
            isinstance(stored, int | float) and abs(stored) <= _MOST and math.isclose(stored, derived, rel_tol=_CLOSE)
        )
    if isinstance(derived, str):
        return isinstance(stored, str) and printable(stored) == derived
    if isinstance(derived, list) and derived and isinstance(derived[0], str):
        return isinstance(stored, list) and len(stored) == len(derived) and all(map(_equal, stored, derived))
    return bool(stored == derived)


def load(path: Path) -> Report:
    """Read a report.

    Args:
        path: A regular file of at most 64 MB.

    Raises:
        DataError: The file cannot be read, or is not a report.
    """
    try:
        return from_json(read_text(path, LARGEST))
    except OSError as error:
        raise DataError(
            f"'{path}' cannot be read ({error.strerror or error}). Expected the JSON of an evaluation. Choose a file "
            "that is there and that you may read."
        ) from error
    except DataError as error:
        raise DataError(f"'{path}': {error}") from error
