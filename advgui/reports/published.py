"""The published accuracies, as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from advgui import resources
from advgui.types import PAPER_CHAIN, ProtocolName, Scenario


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A published row of accuracies on the test set of CIFAR-10.

    Attributes:
        name: Short, for tables.
        source: Where it was published.
        attack: Name of the attack.
        protocol: Under which this program does the same.
        strength: Of the attack; None where it was not stated.
        percent: Accuracy for the key of each column, in per cent.
    """

    name: str
    source: str
    attack: str
    protocol: ProtocolName
    strength: float | None
    percent: Mapping[str, float]

    def stands_beside(self, scenario: Scenario) -> bool:
        """Whether a scenario does the same thing as these figures, as far as was published."""
        return (
            scenario.protocol is self.protocol
            and scenario.attack.name == self.attack
            and [link.name for link in scenario.chain] == [link.name for link in PAPER_CHAIN]
            and scenario.strength > 0
            and not scenario.attacker_knows
            and scenario.target is None
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
            protocol=ProtocolName(table["protocol"]),
            strength=table["strength"],
            percent=table["percent"],
        )
        for table in stored["tables"]
    )
