"""What is to be evaluated: scenarios, and a range of images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from advgui import paper
from advgui.attacks import ATTACKS
from advgui.errors import AdvguiError
from advgui.parameters import Real, Value
from advgui.protocols import supports
from advgui.scenarios import attack_label, scenario, without
from advgui.types import ATTACKER_DRAWS, PAPER_CHAIN, IntArray, Link, ProtocolName, Scenario, VoteRule


class LabelledImages(Protocol):
    """What an evaluation needs of a data set."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def images(self) -> NDArray[np.uint8]:
        """uint8 (N, H, W, 3)."""
        ...

    @property
    def labels(self) -> IntArray:
        """int64 (N,), true classes."""
        ...

    @property
    def indices(self) -> IntArray:
        """int64 (N,), what chooses each image's random numbers."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """One for each class."""
        ...


@dataclass(frozen=True)
class Plan:
    """What is to be evaluated.

    Attributes:
        scenarios: Different from each other, at least one, with one chain of mitigations.
        start: Position of the first image in the data set.
        stop: Position behind the last image; None for the whole data set.

    Raises:
        ValueError: No scenario, the same one twice, different chains, or an empty range.
    """

    scenarios: tuple[Scenario, ...]
    start: int = 0
    stop: int | None = None

    def __post_init__(self) -> None:
        if not self.scenarios or len(set(self.scenarios)) < len(self.scenarios):
            raise ValueError(f"There are {len(self.scenarios)} scenarios, expected at least one and none twice.")
        if len({scenario.chain for scenario in self.scenarios}) > 1:
            raise ValueError(
                "The scenarios have different chains of mitigations, expected one: its columns are a table."
            )
        if self.start < 0 or (self.stop is not None and self.stop <= self.start):
            raise ValueError(f"Images {self.start} to {self.stop}, expected a start of at least 0 and a later stop.")

    @classmethod
    def of(
        cls,
        protocols: Sequence[ProtocolName] = (ProtocolName.CORRECTED,),
        attacks: Sequence[str] = tuple(paper.FIGURES),
        strengths: Mapping[str, Sequence[float]] | None = None,
        *,
        settings: Mapping[str, Mapping[str, Value]] | None = None,
        chain: tuple[Link, ...] = PAPER_CHAIN,
        knows: Sequence[tuple[str, ...]] = ((),),
        attacker_draws: int = ATTACKER_DRAWS,
        target: int | None = None,
        seed: int = 0,
        draws: int = 1,
        rule: VoteRule = VoteRule.MEAN,
        start: int = 0,
        stop: int | None = None,
    ) -> "Plan":
        """Return a plan with a control row, at strength 0, before the strengths of each attack.

        At strength 0 it makes no difference what an attacker knows: there is one control row for all.

        Args:
            protocols: Which ones; an attack that was not published stands under *corrected* alone.
            attacks: Names in `advgui.attacks.ATTACKS`.
            strengths: For each attack; None for the usual one under *corrected* (noise_param 0.1, epsilon 8/255) and
                the published one under *as published* (0.1, 0.05).
            settings: For each attack, its other settings; what is missing is at its default.
            chain: The mitigations.
            knows: What the attacker takes into account: names of mitigations, as often as somebody else is to attack.
            attacker_draws: Draws of random mitigations that the attacker averages its gradient over, at least 1.
            target: The class that the attacker wants to see, or None for any other than the true one.
            seed: Of all random numbers, 0 or more.
            draws: Of random mitigations, taken together, at least 1.
            rule: How they are.
            start: Position of the first image.
            stop: Position behind the last image; None for all.

        Raises:
            AdvguiError: None of the attacks is there under one of the protocols.
            ValueError: A value is out of its range.
        """
        # Without doubles: an attack that uses nothing of what it attacks is the same whatever is known.
        scenarios = tuple(
            dict.fromkeys(
                scenario(
                    attack,
                    strength,
                    (settings or {}).get(attack),
                    chain=chain,
                    attacker_knows=known if strength else (),
                    attacker_draws=attacker_draws,
                    target=target,
                    protocol=protocol,
                    seed=seed,
                    draws=draws,
                    rule=rule,
                )
                for attack in attacks
                for protocol in protocols
                if supports(protocol, attack)
                for strength in sorted({0.0, *_strengths(protocol, attack, strengths)})
                for known in knows
            )
        )
        if attacks and not scenarios:
            raise AdvguiError(
                f"{' and '.join(map(attack_label, attacks))} cannot be made as published: the paper has other attacks. "
                f"Use the protocol '{ProtocolName.CORRECTED}'."
            )
        return cls(scenarios, start, stop)

    def without_autoencoder(self) -> "Plan":
        """Return the plan with the autoencoder switched off."""
        return replace(
            self,
            scenarios=tuple(replace(one, chain=without(one.chain, "autoencoder")) for one in self.scenarios),
        )

    def positions(self, dataset: LabelledImages) -> tuple[int, int]:
        """Return the positions of the first image in a data set and behind the last.

        Raises:
            AdvguiError: The data set has fewer images.
        """
        size = len(dataset.labels)
        stop = size if self.stop is None else self.stop
        if stop > size or self.start >= stop:
            raise AdvguiError(
                f"Images {self.start} to {stop} were asked for, but '{dataset.name}' has {size} images. "
                "Ask for fewer, or choose a larger data set."
            )
        return self.start, stop


def _strengths(protocol: ProtocolName, attack: str, strengths: Mapping[str, Sequence[float]] | None) -> Sequence[float]:
    return (usual_strength(protocol, attack),) if strengths is None else strengths[attack]


def usual_strength(protocol: ProtocolName, attack: str) -> float:
    """Return the strength of the published table under *as published*, and the attack's default otherwise."""
    published = paper.published(protocol, attack)
    return published.strength if published is not None else ATTACKS[attack].strength.default


# The weakest attack of a security curve is weaker than the usual one by this many halvings.
_HALVINGS = 3


def security_curve(strength: Real) -> tuple[float, ...]:
    """Return strengths for a security evaluation curve, from nearly nothing to the most that an attack is made for.

    They double from an eighth of the usual strength on: 1, 2, 4 ... 64/255 for an epsilon. Accuracy is held against
    growing strength until it is at chance (Biggio, Fumera and Roli, IEEE TKDE 2014).

    Args:
        strength: The first parameter of an attack.
    """
    first = (strength.default or strength.high) / 2**_HALVINGS
    return tuple(each for times in range(64) if 0 < (each := first * 2**times) <= strength.high)
