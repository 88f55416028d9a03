"""The published accuracies, as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from advgui import resources
from advgui.types import Column, ProtocolName, Reading, Scenario


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A published row of accuracies on the test set of CIFAR-10.

    Attributes:
        name: Short, for tables.
        source: Where it was published.
        attack: Name of the attack.
        reading: Which reading of the Gaussian attack it belongs to; None where there is only one.
        strength: Of the attack; None where it was not stated.
        percent: Accuracy for each column, in per cent.
    """

    name: str
    source: str
    attack: str
    reading: Reading | None
    strength: float | None
    percent: Mapping[Column, float]

    def stands_beside(self, scenario: Scenario) -> bool:
        """Whether a scenario does the same thing as these figures, as far as was published."""
        return (
            scenario.protocol is ProtocolName.AS_PUBLISHED
            and scenario.attack == self.attack
            and self.reading in (None, scenario.reading)
            and scenario.strength > 0
            and self.strength in (None, scenario.strength)
        )


@cache
def published_tables() -> tuple[PublishedTable, ...]:
    """Read the published figures from `assets/published.json`."""
    stored = json.loads((resources.assets() / "published.json").read_text(encoding="utf-8"))
    return tuple(
        PublishedTable(
            name=table["name"],
            source=table["source"],
            attack=table["attack"],
            reading=None if table["reading"] is None else Reading(table["reading"]),
            strength=table["strength"],
            percent={Column(name): percent for name, percent in table["percent"].items()},
        )
        for table in stored["tables"]
    )
