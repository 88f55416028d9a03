"""The single source of truth of the window: what is shown, and how it came to be."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from typing_extensions import override

from advgui.attacks import ATTACKS, Access
from advgui.certification.smoothing import Smoothing
from advgui.data.cifar10 import CLASS_NAMES
from advgui.defenses import DEFENSES
from advgui.gui.networks import ROBUST, STANDARD, shown_networks
from advgui.parameters import Parameter, Settings, Value, checked
from advgui.protocols import supports
from advgui.scenarios import scenario, without
from advgui.types import ATTACKER_DRAWS, PAPER_CHAIN, FloatArray, Link, ProtocolName, Scenario, VoteRule

# Of noise that the denoiser learned from, this certified most validation images (README, *Defences that last*).
_SMOOTHING = Smoothing(sigma=0.18)
# Where a protocol cannot be had, the next one that is most like it.
_NEXT = {
    ProtocolName.AS_PUBLISHED_SCALED: ProtocolName.AS_PUBLISHED,
    ProtocolName.AS_PUBLISHED: ProtocolName.CORRECTED,
}


def possible(
    wished: Scenario, protocols: Collection[ProtocolName] = tuple(ProtocolName), missing: Collection[str] = ()
) -> Scenario:
    """Return what of a scenario can be computed: the one rule for what is asked for and for what controls show.

    Args:
        wished: What the controls say.
        protocols: Those whose networks are there; *corrected* at least.
        missing: Mitigations whose networks are not there.

    Returns:
        The scenario without mitigations that are missing or whose plug-in was closed, and under the nearest protocol
        that is there and has its attack.
    """
    protocol = wished.protocol
    while protocol in _NEXT and not (protocol in protocols and supports(protocol, wished.attack.name)):
        protocol = _NEXT[protocol]
    closed = [link.name for link in wished.chain if link.name not in DEFENSES]
    return replace(wished, protocol=protocol, chain=without(wished.chain, *missing, *closed))


def aimed_among(classes: int, wished: Scenario) -> Scenario:
    """Return a scenario without a target that a classifier of so many classes does not have.

    While another classifier is loaded, a request for the one before it may wait.
    """
    return wished if wished.target is None or wished.target < classes else replace(wished, target=None)


# What a gradient attack is compared with: a change of the same size that knows nothing.
TWIN = "random_signs"
# Most happens in the first sixteenth of the pixel range; beyond, there is more on request.
_NEAR = 16 / 255
_NEAR_DEFAULTS = 3  # the same for a strength that is not counted in 255ths, in its defaults


def fitting(settings: Mapping[str, Value], parameters: Iterable[Parameter]) -> Settings:
    """Return a value for each parameter: the one in `settings` where it still fits, else the default."""
    return Settings(tuple((each.name, _or_default(settings.get(each.name, each.default), each)) for each in parameters))


def _or_default(value: Value, parameter: Parameter) -> Value:
    try:
        return checked(parameter, value)
    except ValueError:
        return parameter.default


@dataclass(frozen=True)
class DemoState:
    """Every control of the window.

    Attributes:
        attacks: Names of the attacks that are shown, one row of panels each, in the order of `ATTACKS`.
        settings: For each attack, whether it is shown or not, its settings; those of attacks that are missing here are
            at their defaults. Read them with `settings_of`.
        chain: The mitigations, in the order in which images go through them.
        protocol: How images are scaled, as wished; an attack that it does not have is shown under the nearest.
        seed: Of all random numbers.
        attacker_knows: Names of mitigations that the attacker takes into account, whether they are on or not.
        attacker_draws: Draws of random mitigations over which such an attacker averages its gradient.
        target: The class that the attacker wants to see, or None for any other than the true one.
        draws: Draws of random mitigations that are taken together, while one is on.
        rule: How.
        twin: Whether random signs of the same size are shown beside an attack, where that makes sense.
        wide: Names of attacks whose strengths are shown up to the largest.
        is_smoothed: Whether noisy copies of the image vote (randomized smoothing).
        smoothing: How; the seed is that of all random numbers.
        networks: The classifiers that are attacked; where there are two, the first attack is shown on both.
    """

    attacks: tuple[str, ...] = ("fgsm",)
    settings: Mapping[str, Settings] = field(default_factory=lambda: MappingProxyType({}))
    chain: tuple[Link, ...] = PAPER_CHAIN
    protocol: ProtocolName = ProtocolName.CORRECTED
    seed: int = 0
    attacker_knows: tuple[str, ...] = ()
    attacker_draws: int = ATTACKER_DRAWS
    target: int | None = None
    draws: int = 1
    rule: VoteRule = VoteRule.MEAN
    twin: bool = False
    wide: tuple[str, ...] = ()
    is_smoothed: bool = False
    smoothing: Smoothing = _SMOOTHING
    networks: tuple[str, ...] = (STANDARD,)

    def settings_of(self, attack: str) -> Settings:
        """Return an attack's settings, strength first."""
        return fitting(self.settings.get(attack, {}), ATTACKS[attack].parameters)

    def with_setting(self, attack: str, name: str, value: Value) -> "DemoState":
        """Return the state with one setting of an attack changed."""
        changed = self.settings_of(attack).replaced(**{name: value})
        kept = {other: settings for other, settings in self.settings.items() if other != attack}
        if changed != ATTACKS[attack].settings():
            kept[attack] = changed
        return replace(self, settings=MappingProxyType(kept))

    def with_strength(self, attack: str, strength: float) -> "DemoState":
        """Return the state with another strength of an attack."""
        return self.with_setting(attack, ATTACKS[attack].strength.name, float(strength))

    def strength_of(self, attack: str) -> float:
        """Return an attack's strength; the twin has that of what it is compared with."""
        name = self._leader(attack)
        return self.settings_of(name).real(ATTACKS[name].strength.name)

    def with_shown_strength(self, attack: str, strength: float) -> "DemoState":
        """Return the state with another strength in an attack's row; the twin has no strength of its own."""
        return self.with_strength(self._leader(attack), strength)

    def reach(self, attack: str) -> float:
        """Return where the axis of an attack's strength ends: where most happens, or at the largest strength."""
        name = self._leader(attack)
        strength = ATTACKS[name].strength
        near = min(_NEAR if strength.in_255ths else _NEAR_DEFAULTS * strength.default, strength.high) or strength.high
        return near if name not in self.wide and self.strength_of(name) <= near * (1 + 1e-6) else strength.high

    @property
    def shown_smoothing(self) -> Smoothing | None:
        """How copies vote, None where they do not."""
        return replace(self.smoothing, seed=self.seed) if self.is_smoothed else None

    def with_wide(self, attack: str, on: bool) -> "DemoState":
        """Return the state with an attack's strengths shown up to the largest, or only those where most happens."""
        name = self._leader(attack)
        others = tuple(each for each in self.wide if each != name)
        if on:
            return replace(self, wide=(*others, name))
        narrow = replace(self.with_strength(name, 0.0), wide=others)
        return narrow.with_strength(name, min(self.strength_of(name), narrow.reach(name)))

    def _leader(self, attack: str) -> str:
        is_twin = attack == TWIN and self.twin and attack not in self.attacks
        return self.twin_of if is_twin and self.twin_of is not None else attack

    @property
    def twin_of(self) -> str | None:
        """The attack that can be compared with random signs of the same size, or None."""
        if TWIN in self.attacks or TWIN not in ATTACKS:
            return None
        with_size = (name for name in self.attacks if ATTACKS[name].norm == "linf")
        return next((name for name in with_size if ATTACKS[name].access is not Access.NOTHING), None)

    @property
    def shown_attacks(self) -> tuple[str, ...]:
        """The attacks of the rows of panels, the twin included."""
        return (*self.attacks, TWIN) if self.twin and self.twin_of is not None else self.attacks

    def with_link(self, name: str, **changes: Any) -> "DemoState":
        """Return the state with one link of the chain changed, such as `on=False`."""
        return replace(self, chain=tuple(replace(one, **changes) if one.name == name else one for one in self.chain))

    def fitting_chain(self) -> tuple[Link, ...]:
        """Return the chain with a value for each parameter of its mitigations."""
        return tuple(
            replace(one, settings=fitting(one.settings, DEFENSES[one.name].parameters))
            if one.name in DEFENSES
            else replace(one, on=False)  # its plug-in was closed
            for one in self.chain
        )

    @property
    def has_draws(self) -> bool:
        """Whether images go through a random mitigation, so that several draws can be taken together."""
        return any(one.on and one.name in DEFENSES and DEFENSES[one.name].is_random for one in self.chain)

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return one scenario for each row of panels, as far as its attack and protocol go together."""
        return tuple(scenario for scenario, _ in self.rows())

    def rows(self, there: Collection[str] = (STANDARD, ROBUST)) -> tuple[tuple[Scenario, str], ...]:
        """Return the scenario and the network of each row of panels.

        Args:
            there: The networks that can be had.
        """
        networks = shown_networks(self.networks, there)
        attacks = self.shown_attacks[:1] if len(networks) > 1 else self.shown_attacks
        scenarios = self._scenarios_of(attacks)
        return tuple((each, network) for network in networks for each in scenarios)

    def _scenarios_of(self, attacks: Sequence[str]) -> tuple[Scenario, ...]:
        chain = self.fitting_chain()
        names = [link.name for link in chain]
        return tuple(
            possible(
                scenario(
                    attack,
                    self.strength_of(attack),
                    dict(list(self.settings_of(attack).items())[1:]),
                    chain=chain,
                    attacker_knows=tuple(name for name in self.attacker_knows if name in names),
                    attacker_draws=self.attacker_draws,
                    target=self.target,
                    protocol=self.protocol,
                    seed=self.seed,
                    draws=self.draws if self.has_draws else 1,
                    rule=self.rule,
                )
            )
            for attack in attacks
        )


# Nothing is attacked yet: what happens next, the user has done.
START = DemoState().with_strength("fgsm", 0.0)


@dataclass(frozen=True, eq=False)
class Selection:
    """The image at work.

    Attributes:
        pixels: float32 (H, W, 3) in [0, 1], H and W multiples of 8, read-only.
        index: In the official test split, or negative for an opened picture; it chooses the random numbers.
        label: The true class, or None where nobody knows it.
        name: What people call it.
        note: What was done to it, "" if nothing.
        class_names: Of the data set that it is from, empty if it is from none.
        class_name: What is in a picture of one's own, as its owner says; "" where nobody has said it.
    """

    pixels: FloatArray
    index: int
    label: int | None
    name: str
    note: str = ""
    class_names: tuple[str, ...] = ()
    class_name: str = ""

    def label_among(self, class_names: Sequence[str]) -> int | None:
        """Return the true class as a class of a classifier, or None where its classes are other ones."""
        if self.class_name:
            return class_names.index(self.class_name) if self.class_name in class_names else None
        return None if self.class_names and self.class_names != tuple(class_names) else self.label


class Session(QObject):
    """Holds one `DemoState` and one `Selection`, tells of changes, and can undo those of the state.

    Signals:
        changed: A new `DemoState`.
        selected: A new `Selection`.
    """

    changed = Signal(object)
    selected = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._state = DemoState()
        self._selection: Selection | None = None
        self._class_names: tuple[str, ...] = CLASS_NAMES

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the classifier at work; until there is one, those of CIFAR-10."""
        return self._class_names

    def set_class_names(self, names: Sequence[str]) -> None:
        """Say what the classes are called; where they are other ones than before, a target among those is dropped."""
        before, self._class_names = self._class_names, tuple(names)
        if before != self._class_names:
            self._show(self._state, before)

    @property
    def state(self) -> DemoState:
        """The controls as they are now."""
        return self._state

    @property
    def selection(self) -> Selection | None:
        """The image at work, or None before the first."""
        return self._selection

    def select(self, selection: Selection) -> None:
        """Put another image to work."""
        self._selection = selection
        self.selected.emit(selection)

    def change(self, text: str, gesture: object = None, **values: Any) -> None:
        """Change controls as one undoable step.

        Args:
            text: What the step is called in the Edit menu, such as "epsilon".
            gesture: Steps that carry the same object (not None) become one, so that dragging a slider is one step.
            **values: Fields of `DemoState`.
        """
        self.apply(replace(self._state, **values), text, gesture)

    def begin(self, state: DemoState) -> None:
        """Show a state from which everything starts: there is nothing to undo."""
        self.undo_stack.clear()
        self._show(state, self._class_names)

    def apply(self, state: DemoState, text: str, gesture: object = None) -> None:
        """Change to `state` as one undoable step (see `change`)."""
        if state != self._state:
            self.undo_stack.push(_Change(self, self._state, state, text, gesture))

    def refit(self) -> None:
        """Show the state again, with the attacks that there are by now."""
        self._show(self._state, self._class_names)

    def _show(self, state: DemoState, class_names: tuple[str, ...]) -> None:
        """Show a state from a time when the classes had some names."""
        # An earlier state may name an attack whose plug-in was closed since, or a class of another classifier.
        attacks = tuple(name for name in state.attacks if name in ATTACKS) or DemoState().attacks
        settings = {name: settings for name, settings in state.settings.items() if name in ATTACKS}
        standing = [link.name for link in state.chain]
        self._state = replace(
            state,
            attacks=attacks,
            settings=MappingProxyType(settings),
            attacker_knows=tuple(name for name in standing if name in state.attacker_knows),
            target=state.target if class_names == self._class_names else None,
        )
        self.changed.emit(self._state)


class _Change(QUndoCommand):
    """From one state to another."""

    _ID = 1

    def __init__(self, session: Session, before: DemoState, after: DemoState, text: str, gesture: object) -> None:
        super().__init__(text)
        self._session, self._before, self._after, self._gesture = session, before, after, gesture
        self._class_names = session.class_names

    @override
    def id(self) -> int:
        return self._ID

    @override
    def redo(self) -> None:
        self._session._show(self._after, self._class_names)

    @override
    def undo(self) -> None:
        self._session._show(self._before, self._class_names)

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or self._gesture is None or other._gesture is not self._gesture:
            return False
        self._after = other._after
        return True
