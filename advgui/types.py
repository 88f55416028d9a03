"""The words of the application as small frozen dataclasses. Plain Python and NumPy, nothing heavy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advgui.parameters import NO_SETTINGS, Settings, Value

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

# Keys of the first two columns; the others are named after the mitigations.
CLEAN = "clean"
ATTACKED = "attacked"
RESERVED = (CLEAN, ATTACKED, "both", "all")


class ProtocolName(StrEnum):
    """How images are scaled on their way through the pipeline (README, *Protocols: corrected and as published*)."""

    CORRECTED = "corrected"
    # Noise on standardized pixels, then clipped to [0, 1]: the notebook.
    AS_PUBLISHED = "as-published"
    # Noise on x/255, clipped to [0, 1]: probably table 1. Gaussian noise alone.
    AS_PUBLISHED_SCALED = "as-published-scaled"


class VoteRule(StrEnum):
    """How the answers for several draws of random mitigations become one."""

    # The mean of their probabilities, as Xie et al. (ICLR 2018).
    MEAN = "mean"
    # The class that most draws are given; the shares of the votes stand for probabilities.
    MAJORITY = "majority"


@dataclass(frozen=True)
class Bounds:
    """The range of a pixel value; it travels with the classifier, so that no function guesses it."""

    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class NetworkFile:
    """A network's file.

    Attributes:
        name: Without folder and suffix.
        sha256: In hexadecimal.
    """

    name: str
    sha256: str


@dataclass(frozen=True)
class PluginFile:
    """A plug-in's file.

    Attributes:
        name: Without folder.
        sha256: In hexadecimal.
    """

    name: str
    sha256: str


@dataclass(frozen=True)
class Setup:
    """An attack with its settings.

    Attributes:
        name: In the registry.
        settings: A value for each of its parameters; of an attack the first is the strength.
    """

    name: str
    settings: Settings = NO_SETTINGS


@dataclass(frozen=True)
class Link(Setup):
    """A mitigation in a chain, with its settings.

    Attributes:
        on: Whether images go through it. A link that is off keeps its place, so that the others keep their letters.
    """

    on: bool = True


# Over how many draws of random mitigations an attacker averages its gradient, if nobody says otherwise.
ATTACKER_DRAWS = 10

# The paper's two mitigations, in its order.
PAPER_CHAIN = (Link("autoencoder"), Link("randomization"))


@dataclass(frozen=True)
class Column:
    """One of the images (a), (b), (c) ... that a scenario gives.

    Attributes:
        key: "clean", "attacked", the name of a mitigation, or "both" ("all") for all of them together.
        letter: "a", "b", ...
        links: Names of the mitigations that the attacked image goes through, in this order.
        on: Whether it is computed.
    """

    key: str
    letter: str
    links: tuple[str, ...] = ()
    on: bool = True


def columns_of(chain: tuple[Link, ...]) -> tuple[Column, ...]:
    """Return the columns of a chain: (a) original, (b) attacked, one for each link, and all links together.

    The paper's five columns come out of `PAPER_CHAIN`. The last column is there for two links or more, and is on where
    two links or more are.
    """
    alone = [(link.name, (link.name,), link.on) for link in chain]
    together = tuple(link.name for link in chain if link.on)
    found: list[tuple[str, tuple[str, ...], bool]] = [(CLEAN, (), True), (ATTACKED, (), True), *alone]
    if len(chain) > 1:
        found.append(("both" if len(chain) == 2 else "all", together, len(together) > 1))
    return tuple(Column(key, chr(ord("a") + place), links, on) for place, (key, links, on) in enumerate(found))


@dataclass(frozen=True)
class Scenario:
    """Everything besides the images and the networks that determines an outcome.

    Attributes:
        attack: The attack and its settings, strength first.
        chain: The mitigations in the order in which images go through them.
        attacker_knows: Names of the mitigations that the attacker takes into account; besides, every attacker that
            follows a gradient knows the classifier.
        attacker_draws: Draws of random mitigations over which such an attacker averages its gradient, at least 1.
        target: The class that the attacker wants to see, or None for any other than the true one.
        protocol: How images are scaled.
        seed: Of all random numbers, 0 or more.
        draws: Draws of random mitigations that are taken together, at least 1.
        rule: How; with one draw there is no difference.

    Raises:
        ValueError: A value is out of its range, or a mitigation stands in the chain twice or not at all.
    """

    attack: Setup
    chain: tuple[Link, ...] = PAPER_CHAIN
    attacker_knows: tuple[str, ...] = ()
    attacker_draws: int = ATTACKER_DRAWS
    target: int | None = None
    protocol: ProtocolName = ProtocolName.CORRECTED
    seed: int = 0
    draws: int = 1
    rule: VoteRule = VoteRule.MEAN

    VERSION = 2

    def __post_init__(self) -> None:
        if not (self.attack.settings and np.isfinite(self.strength) and self.strength >= 0):
            raise ValueError(f"The attack is {self.attack}, expected a finite strength of at least 0 as first setting.")
        if self.seed < 0 or self.draws < 1 or self.attacker_draws < 1:
            raise ValueError(
                f"seed is {self.seed}, draws {self.draws}, attacker_draws {self.attacker_draws}, "
                "expected at least 0, 1 and 1."
            )
        if self.target is not None and self.target < 0:
            raise ValueError(f"The target is class {self.target}, expected a class of at least 0.")
        names = [link.name for link in self.chain]
        if len(set(names)) < len(names) or set(names) & set(RESERVED):
            raise ValueError(f"The chain is {', '.join(names)}; expected different mitigations.")
        if not set(self.attacker_knows) <= set(names):
            raise ValueError(
                f"The attacker knows {', '.join(self.attacker_knows)}; expected mitigations of the chain "
                f"({', '.join(names) or 'empty'})."
            )
        # One order and one name for the same, so that equal scenarios are equal.
        object.__setattr__(self, "rule", VoteRule(self.rule) if self.draws > 1 else VoteRule.MEAN)
        object.__setattr__(self, "attacker_knows", tuple(name for name in names if name in self.attacker_knows))

    @property
    def strength(self) -> float:
        """The attack's first setting."""
        return float(next(iter(self.attack.settings.values())))

    def at(self, strength: float) -> "Scenario":
        """Return the scenario with another strength."""
        settings = self.attack.settings
        return replace(
            self, attack=replace(self.attack, settings=settings.replaced(**{next(iter(settings)): strength}))
        )

    @property
    def without_mitigations(self) -> "Scenario":
        """The scenario with nothing in front of the classifier that the attacker does not know, and one draw.

        The attacked images of (b) are the same.
        """
        known = tuple(link for link in self.chain if link.on and link.name in self.attacker_knows)
        names = tuple(link.name for link in known)
        return replace(self, chain=known, attacker_knows=names, draws=1, rule=VoteRule.MEAN)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Every column of the chain, those of links that are off included."""
        return columns_of(self.chain)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are computed; (a) and (b) always are."""
        return tuple(column for column in self.all_columns if column.on)

    @property
    def known_links(self) -> tuple[Link, ...]:
        """The links in front of the classifier that the attacker takes into account."""
        return tuple(link for link in self.chain if link.on and link.name in self.attacker_knows)

    def to_json(self) -> str:
        """Return the scenario as JSON text with its version."""
        values: dict[str, Any] = {"version": self.VERSION}
        for each in fields(self):
            values[each.name] = _as_json(getattr(self, each.name))
        if self.rule is VoteRule.MEAN:  # the only one there was: such a scenario has the same text as ever
            del values["rule"]
        return json.dumps(values)

    @classmethod
    def from_json(cls, text: str) -> "Scenario":
        """Return the scenario that `to_json` wrote, in this version or in version 1.

        Raises:
            ValueError: Not JSON, another version, unknown or missing fields, or a value of another kind.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            version = values.pop("version")
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError("This is not a scenario: expected a JSON object with a 'version'.") from error
        if version == 1:
            return _from_version_1(values)
        if version != cls.VERSION:
            raise ValueError(f"A scenario of version {version!r}; this program reads 1 and {cls.VERSION}.")
        values = {"rule": VoteRule.MEAN.value, **values}
        _check_fields(values, {each.name: _KINDS[each.name] for each in fields(cls)})
        _check_fields(values["attack"], _SETUP)
        for link in values["chain"]:
            _check_fields(link, _LINK)
        if not all(isinstance(name, str) for name in values["attacker_knows"]):
            raise ValueError(f"The attacker knows {values['attacker_knows']!r}, expected names of mitigations.")
        return cls(
            **values
            | {
                "attack": Setup(values["attack"]["name"], _settings(values["attack"]["settings"])),
                "chain": tuple(Link(link["name"], _settings(link["settings"]), link["on"]) for link in values["chain"]),
                "attacker_knows": tuple(values["attacker_knows"]),
                "protocol": ProtocolName(values["protocol"]),
                "rule": VoteRule(values["rule"]),
            }
        )


_Kinds = Mapping[str, tuple[type, ...]]
_KINDS: _Kinds = {
    "attack": (dict,),
    "chain": (list,),
    "attacker_knows": (list,),
    "attacker_draws": (int,),
    "target": (int, type(None)),
    "protocol": (str,),
    "seed": (int,),
    "draws": (int,),
    "rule": (str,),
}
_SETUP: _Kinds = {"name": (str,), "settings": (dict,)}
_LINK: _Kinds = {**_SETUP, "on": (bool,)}
_VERSION_1: _Kinds = {
    "attack": (str,),
    "strength": (float, int),
    "autoencoder": (bool,),
    "randomization": (bool,),
    "protocol": (str,),
    "reading": (str,),
    "seed": (int,),
    "draws": (int,),
}
# Version 1 knew two attacks, each with one number.
_STRENGTHS_1 = {"gaussian": "noise_param", "fgsm": "epsilon"}


def _as_json(value: object) -> Any:
    if isinstance(value, Setup):
        described: dict[str, Any] = {"name": value.name, "settings": dict(value.settings)}
        return described | {"on": value.on} if isinstance(value, Link) else described
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    return value


def _check_fields(values: object, kinds: _Kinds) -> None:
    if not isinstance(values, dict) or set(values) != set(kinds):
        raise ValueError(f"A part of the scenario is {values!r}, expected the fields {', '.join(kinds)}.")
    for name, allowed in kinds.items():
        if type(values[name]) not in allowed:
            expected = " or ".join(kind.__name__ for kind in allowed)
            raise ValueError(f"The scenario's '{name}' is {values[name]!r}, expected {expected}.")


def _settings(values: Mapping[str, Any]) -> Settings:
    for name, value in values.items():
        if not isinstance(value, float | int | bool | str):
            raise ValueError(f"The setting '{name}' is {value!r}, expected a number, a text, true or false.")
    return Settings(tuple(values.items()))


def _from_version_1(values: dict[str, Any]) -> Scenario:
    """Read a scenario of the time when there were two attacks, each with one number, and two mitigations."""
    _check_fields(values, _VERSION_1)
    if values["attack"] not in _STRENGTHS_1:
        raise ValueError(f"The scenario's attack is '{values['attack']}', expected {' or '.join(_STRENGTHS_1)}.")
    if values["protocol"] not in ("corrected", "as-published") or values["reading"] not in ("standardized", "scaled"):
        raise ValueError(f"A protocol '{values['protocol']}' with the reading '{values['reading']}'.")
    # Only the published Gaussian attack had two readings.
    scaled = (values["protocol"], values["attack"], values["reading"]) == ("as-published", "gaussian", "scaled")
    strength: Value = float(values["strength"])
    return Scenario(
        attack=Setup(values["attack"], Settings(((_STRENGTHS_1[values["attack"]], strength),))),
        chain=tuple(Link(link.name, on=values[link.name]) for link in PAPER_CHAIN),
        protocol=ProtocolName.AS_PUBLISHED_SCALED if scaled else ProtocolName(values["protocol"]),
        seed=values["seed"],
        draws=values["draws"],
    )
