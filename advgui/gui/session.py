"""The single source of truth of the window: what is shown, and how it came to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from advgui.attacks import ATTACKS
from advgui.types import FloatArray, ProtocolName, Reading, Scenario

_DEFAULT_STRENGTHS = MappingProxyType({name: attack.parameter.default for name, attack in ATTACKS.items()})


@dataclass(frozen=True)
class DemoState:
    """Every control of the window.

    Attributes:
        attacks: The attacks that are shown, one row of panels each, in the order of `ATTACKS`.
        strengths: The slider of every attack, whether it is shown or not.
        autoencoder: Whether the autoencoder is on.
        randomization: Whether the randomization layer is on.
        protocol: How images are scaled.
        reading: Of the published Gaussian attack.
        seed: Of noise and randomization layer.
    """

    attacks: tuple[str, ...] = ("fgsm",)
    strengths: Mapping[str, float] = field(default_factory=lambda: _DEFAULT_STRENGTHS)
    autoencoder: bool = True
    randomization: bool = True
    protocol: ProtocolName = ProtocolName.CORRECTED
    reading: Reading = Reading.STANDARDIZED
    seed: int = 0

    def with_strength(self, attack: str, strength: float) -> "DemoState":
        """Return the state with one slider moved."""
        return replace(self, strengths=MappingProxyType({**self.strengths, attack: strength}))

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return one scenario for each row of panels."""
        return tuple(
            Scenario(
                attack=attack,
                strength=self.strengths[attack],
                autoencoder=self.autoencoder,
                randomization=self.randomization,
                protocol=self.protocol,
                reading=self.reading,
                seed=self.seed,
            )
            for attack in self.attacks
        )


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
    """

    pixels: FloatArray
    index: int
    label: int | None
    name: str
    note: str = ""
    class_names: tuple[str, ...] = ()

    def label_among(self, class_names: Sequence[str]) -> int | None:
        """Return the true class as a class of a classifier, or None where its classes are other ones."""
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

    def apply(self, state: DemoState, text: str, gesture: object = None) -> None:
        """Change to `state` as one undoable step (see `change`)."""
        if state != self._state:
            self.undo_stack.push(_Change(self, self._state, state, text, gesture))

    def _show(self, state: DemoState) -> None:
        self._state = state
        self.changed.emit(state)


class _Change(QUndoCommand):
    """From one state to another."""

    _ID = 1

    def __init__(self, session: Session, before: DemoState, after: DemoState, text: str, gesture: object) -> None:
        super().__init__(text)
        self._session, self._before, self._after, self._gesture = session, before, after, gesture

    def id(self) -> int:
        return self._ID

    def redo(self) -> None:
        self._session._show(self._after)

    def undo(self) -> None:
        self._session._show(self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or self._gesture is None or other._gesture is not self._gesture:
            return False
        self._after = other._after
        return True
