"""Values of a JSON file, each of its kind and within its range, or refused in a few words."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from advgui.evaluation.report import Provenance
from advgui.text import printable, shown
from advgui.types import IntArray, NetworkFile, PluginFile

LONGEST_TEXT = 2000  # merged reports name every device
_MOST_ENTRIES = 100
_MOST_MACHINES = 10_000
LARGEST = 2**63 - 1


class Unfit(ValueError):
    """Says in a few words what is wrong with a file's content."""


def provenance_from(value: Any) -> Provenance:
    """Return the provenance that a file's values describe."""
    where = "provenance"
    values = json_object(value, where)
    networks = {role: NetworkFile(*pair) for role, pair in hashed(values, "networks", where)}
    used = {name: PluginFile(*pair) for name, pair in hashed({"plugins": {}} | dict(values), "plugins", where)}
    advgui, device, platform = (
        json_text(item(values, key, where), f"{where}.{key}") for key in ("advgui", "device", "platform")
    )
    return Provenance(
        advgui=advgui,
        device=device,
        platform=platform,
        packages={
            name: json_text(each, f"{where}.packages.{name}") for name, each in entries(values, "packages", where)
        },
        networks=networks,
        plugins=used,
        machines=tuple(_machines(values, where)),
    )


def _machines(values: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield the names of a cluster's machines; a report of one process has none."""
    if "machines" in values:
        for place, name in enumerate(json_list(values, "machines", _MOST_MACHINES)):
            yield json_text(name, f"{where}.machines[{place}]")


def hashed(values: Mapping[str, Any], key: str, where: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield names and SHA-256 of files, by what they are for."""
    for role, file in entries(values, key, where):
        place = f"{where}.{key}.{role}"
        stored = json_object(file, place)
        name, sha256 = (json_text(item(stored, each, place), f"{place}.{each}") for each in ("name", "sha256"))
        yield role, (name, sha256)


def entries(values: Mapping[str, Any], key: str, where: str) -> list[tuple[str, Any]]:
    """Return what an object of any names holds, by name."""
    found = json_object(item(values, key, where), f"{where}.{key}")
    if len(found) > _MOST_ENTRIES:
        raise Unfit(f"'{where}.{key}' has {len(found):,} entries, more than {_MOST_ENTRIES}")
    return [(json_text(name, f"{where}.{key}"), each) for name, each in found.items()]


def json_object(value: Any, where: str) -> Mapping[str, Any]:
    """Return a value that is an object."""
    if not isinstance(value, dict):
        raise Unfit(f"'{where}' is {shown(value)}, not an object")
    return value


def item(values: Mapping[str, Any], key: str, where: str = "") -> Any:
    """Return a value that has to be there."""
    if key not in values:
        raise Unfit(f"'{path(where, key)}' is missing")
    return values[key]


def path(where: str, key: str) -> str:
    """Return how a message names a value."""
    return f"{where}.{key}" if where else key


def json_list(values: Mapping[str, Any], key: str, most: int, least: int = 0) -> list[Any]:
    """Return a list of some length."""
    value = item(values, key)
    if not isinstance(value, list) or not least <= len(value) <= most:
        size = f"a list of {len(value):,}" if isinstance(value, list) else shown(value)
        raise Unfit(f"'{key}' is {size}, not a list of {least} to {most:,}")
    return value


def json_text(value: Any, where: str, longest: int = LONGEST_TEXT) -> str:
    """Return a value that is a text, as it may be printed."""
    if not isinstance(value, str) or len(value) > longest:
        raise Unfit(f"'{where}' has {shown(value)}, not a text of at most {longest} characters")
    return printable(value)


def whole_number(values: Mapping[str, Any], key: str, where: str, most: int = LARGEST) -> int:
    """Return a whole number of at least 0."""
    value = item(values, key, where)
    if type(value) is not int or not 0 <= value <= most:
        raise Unfit(f"'{path(where, key)}' is {shown(value)}, not a whole number from 0 to {most}")
    return value


def whole_numbers(
    values: Mapping[str, Any], key: str, size: int | None = None, classes: int | None = None, where: str = ""
) -> IntArray:
    """Return a list of whole numbers of at least 0, of a size and below a number of classes where they are given."""
    value, name = item(values, key, where), path(where, key)
    # By their types: NumPy would take 3.0, true and "3" too.
    if not isinstance(value, list) or not set(map(type, value)) <= {int}:
        raise Unfit(f"'{name}' is not a list of whole numbers")
    if size is not None and len(value) != size:
        raise Unfit(f"'{name}' has {len(value):,} numbers for {size:,} images")
    below = math.inf if classes is None else classes
    if value and not (min(value) >= 0 and max(value) < min(below, LARGEST)):
        raise Unfit(f"'{name}' has a number that is not from 0 to below {below:g}")
    return np.array(value, np.int64)
