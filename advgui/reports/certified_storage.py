"""Certifications as JSON: the votes for each image, and what follows from them for those who only want to read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from advgui.certification.report import Certification
from advgui.certification.smoothing import Smoothing
from advgui.errors import DataError
from advgui.files import read_text
from advgui.reports.kinds import (
    Unfit,
    item,
    json_list,
    json_object,
    json_text,
    provenance_from,
    whole_numbers,
)
from advgui.reports.parsing import LONGEST_NAME, MOST_CLASSES
from advgui.reports.storage import pretty
from advgui.text import shown
from advgui.types import IntArray

KIND = "advgui certification"
VERSION = 1
_LARGEST = 64 << 20  # bytes
_MOST_IMAGES = 1_000_000
_LONGEST_REASON = 300


def to_json(report: Certification) -> str:
    """Return a certification as JSON text; the same certification on the same machine gives the same text."""
    values = {
        "kind": KIND,
        "version": VERSION,
        "complete": report.complete,
        "dataset": report.dataset,
        "images": report.images,
        "provenance": _stored(asdict(report.provenance)),
        "smoothing": asdict(report.smoothing),
        "largest_radius": report.largest_radius,
        "abstained": report.abstained,
        "certified": [
            {"radius": radius, "correct": tally.correct, "total": tally.total, "low": tally.low, "high": tally.high}
            for radius, tally in ((radius, report.certified(radius)) for radius in report.radii)
        ],
        "class_names": list(report.class_names),
        "planned": report.planned.tolist(),
        "indices": report.indices.tolist(),
        "labels": report.labels.tolist(),
        "predicted": [one.predicted for one in report.certificates],
        "radii": [one.radius for one in report.certificates],
        "choosing": report.choosing.tolist(),
        "estimating": report.estimating.tolist(),
    }
    return pretty(values) + "\n"


def _stored(provenance: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a certification never has, or has not."""
    values = {name: value for name, value in provenance.items() if name not in ("plugins", "machines")}
    return values | ({"machines": list(provenance["machines"])} if provenance["machines"] else {})


def from_json(text: str) -> Certification:
    """Return the certification that `to_json` wrote; what follows from the votes is derived anew, and held against it.

    Raises:
        DataError: The text is not a certification, of another version, incomplete or contradicts itself.
    """
    try:
        values = json_object(json.loads(text), "the file")
        if values.get("kind") != KIND or values.get("version") != VERSION:
            raise Unfit(f"its kind is {shown(values.get('kind'))}, of version {shown(values.get('version'))}")
        report = _report(values)
        if json.loads(to_json(report)) != values:
            raise Unfit("what it says of the votes does not follow from them")
    except (RecursionError, ValueError) as error:  # of which Unfit is one
        raise DataError(
            f"This is not a certification: {shown(str(error), _LONGEST_REASON)}. Expected the JSON that 'advgui "
            "certify --json' wrote, unchanged. Choose another file, or certify again."
        ) from error
    return report


def _report(values: Mapping[str, Any]) -> Certification:
    names = json_list(values, "class_names", MOST_CLASSES, least=2)
    smoothing = _smoothing(json_object(item(values, "smoothing"), "smoothing"))
    planned, indices = (whole_numbers(values, key) for key in ("planned", "indices"))
    for key, numbers in (("planned", planned), ("indices", indices)):
        if (np.diff(numbers) <= 0).any():
            raise Unfit(f"'{key}' is not in ascending order")
    if not np.isin(indices, planned).all():
        raise Unfit("it has images that were not planned")
    return Certification(
        dataset=json_text(item(values, "dataset"), "dataset"),
        class_names=tuple(json_text(name, "class_names", LONGEST_NAME) for name in names),
        smoothing=smoothing,
        planned=planned,
        indices=indices,
        labels=whole_numbers(values, "labels", len(indices), len(names)),
        choosing=_votes(values, "choosing", len(indices), len(names), smoothing.choosing),
        estimating=_votes(values, "estimating", len(indices), len(names), smoothing.estimating),
        provenance=provenance_from(item(values, "provenance")),
    )


def _smoothing(values: Mapping[str, Any]) -> Smoothing:
    kinds = {field.name: type(field.default) for field in fields(Smoothing)}
    if set(values) != set(kinds) or any(type(values[name]) is not kind for name, kind in kinds.items()):
        raise Unfit(f"'smoothing' is {shown(dict(values))}, not {', '.join(kinds)}")
    return Smoothing(**values)


def _votes(values: Mapping[str, Any], key: str, images: int, classes: int, copies: int) -> IntArray:
    rows = json_list(values, key, _MOST_IMAGES)
    if len(rows) != images:
        raise Unfit(f"'{key}' has {len(rows):,} rows for {images:,} images")
    found = [whole_numbers({key: row}, key) for row in rows]
    if any(len(row) != classes or row.sum() != copies for row in found):
        raise Unfit(f"'{key}' has a row that does not share {copies:,} votes out to {classes} classes")
    return np.array(found, np.int64).reshape(images, classes)


def load(path: Path) -> Certification:
    """Read a certification.

    Raises:
        DataError: The file cannot be read, or is not a certification.
    """
    try:
        return from_json(read_text(path, _LARGEST))
    except OSError as error:
        raise DataError(
            f"'{path}' cannot be read ({error.strerror or error}). Expected the JSON of a certification. Choose a file "
            "that is there and that you may read."
        ) from error
    except DataError as error:
        raise DataError(f"'{path}': {error}") from error
