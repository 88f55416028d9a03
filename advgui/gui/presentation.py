"""Presentation: panels, one line of large text and a bar of controls, to be read from the last row."""

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget
from typing_extensions import override

from advgui.attacks import ATTACKS
from advgui.gui.gallery.view import Gallery
from advgui.gui.panels.stage import Stage
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width
from advgui.scenarios import attack_label, strength_phrase

# Of the screen's height: the smallest letters that can be read from the last row.
SMALLEST_TEXT = 0.022
_SMALLEST_BAR = 28  # pixels
_MOST_PANELS = 6
# What stands in the list of keys. A clicker's two buttons are Page Down and Page Up: they lead through the strengths.
KEYS = (
    ("more or less strength, one step", "Up, Down; Page Down, Page Up"),
    ("next or previous image", "Right, Left"),
    ("swap original and attacked image", "B"),
    ("one panel large, or all again", f"1 to {_MOST_PANELS}"),
    ("leave", "Esc"),
)


class Presentation(QObject):
    """Steers what is shown, by keys and by a bar of large controls.

    Args:
        session: The single source of truth.
        stage: With the panels.
        gallery: Knows the next image.
        play: Lets the strength grow.
        parent: The window.

    Signals:
        leave_asked: The user wants to see the whole window again.

    Attributes:
        bar: The controls, in the window's column beneath the panels; hidden while there is no presentation.
        is_on: Whether there is one.
    """

    leave_asked = Signal()

    def __init__(self, session: Session, stage: Stage, gallery: Gallery, play: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._stage, self._gallery = session, stage, gallery
        self._gesture: object = None
        self._height = 0
        self.is_on = False
        self.bar = QWidget()
        self.bar.setAccessibleName("Presentation")
        self.bar.hide()
        self.sliders: dict[str, StrengthSlider] = {}
        self.swap_button = self._button("Swap", "Swap original and attacked image", self.swap)
        self.swap_button.setCheckable(True)
        self._line = QHBoxLayout(self.bar)
        self._line.setContentsMargins(theme.MARGIN, theme.SMALL_GAP, theme.MARGIN, theme.SMALL_GAP)
        self._line.setSpacing(theme.MARGIN)
        self._line.addWidget(self._button("◀", "Previous image", gallery.previous))
        self._line.addWidget(self._button("▶", "Next image", gallery.next))
        self._line.addWidget(self.swap_button)
        self.play_button = QToolButton()
        self.play_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.play_button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
        self.play_button.setDefaultAction(play)
        self.play_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._line.addWidget(self.play_button)
        self._line.addWidget(self._button("Leave", "Leave the presentation (Esc)", self.leave_asked))
        self._keys: dict[Qt.Key, Callable[[], object]] = {
            Qt.Key.Key_Up: partial(self.strengthen, 1),
            Qt.Key.Key_Down: partial(self.strengthen, -1),
            Qt.Key.Key_PageDown: partial(self.strengthen, 1),
            Qt.Key.Key_PageUp: partial(self.strengthen, -1),
            Qt.Key.Key_Right: gallery.next,
            Qt.Key.Key_Left: gallery.previous,
            Qt.Key.Key_B: self.swap,
        }
        for place in range(_MOST_PANELS):
            self._keys[Qt.Key(Qt.Key.Key_1 + place)] = partial(self.enlarge, place)
        session.changed.connect(self._follow)
        self._follow(session.state)

    def set_on(self, on: bool, height: int) -> None:
        """Begin or end.

        Args:
            on: Whether there is to be a presentation.
            height: Of the window in device-independent pixels.
        """
        self.is_on = on
        self.bar.setVisible(on)
        self._height = 0
        self.set_height(height)
        if on:
            self._focus_panel()
        else:
            self._stage.set_presented(0)
            self._frame().setFont(QFont())
            self._gallery.view.setFocus()

    def set_height(self, height: int) -> None:
        """Choose letters for a window of some height."""
        if not self.is_on or height == self._height:
            return
        self._height = height
        size = math.ceil(SMALLEST_TEXT * height)
        # What has no size of its own takes it from here: the bar, and messages above the panels.
        self._frame().setFont(theme.font(QFont(), size))
        self.bar.setMinimumHeight(max(_SMALLEST_BAR, 2 * size))
        self._stage.set_presented(size)

    def pressed(self, event: QKeyEvent) -> bool:
        """Do what a key asks for that no widget took; return whether it asks for anything."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        action = self._keys.get(Qt.Key(event.key())) if plain and self.is_on else None
        if action is None:
            return False
        if not event.isAutoRepeat():
            self._gesture = object()  # while a key is held down, its steps are one to undo
        elif event.key() == Qt.Key.Key_B:
            return True  # a picture must not flicker
        action()
        return True

    def strengthen(self, steps: int) -> None:
        """Change the strength of every attack that is shown by a number of its steps."""
        state = self._session.state
        for name in state.attacks:
            strength = ATTACKS[name].strength
            now = state.settings_of(name).real(strength.name) / strength.step
            # From between two steps to the next of them.
            wanted = (math.floor(now + 1e-6) if steps > 0 else math.ceil(now - 1e-6)) + steps
            state = state.with_strength(name, min(max(wanted * strength.step, strength.low), strength.high))
        self._session.apply(state, "strength", self._gesture)

    @Slot()
    def swap(self) -> None:
        """Let original and attacked image change places, or go back."""
        self._stage.set_swapped(not self._stage.is_swapped)
        self.swap_button.setChecked(self._stage.is_swapped)

    def enlarge(self, place: int) -> None:
        """Show a panel alone, or all of them if it is alone."""
        self._stage.show_only(-1 if place == self._stage.shown_alone else place)
        self._focus_panel()

    def show_all(self) -> bool:
        """Show all panels again; return whether one was alone."""
        was_alone = self._stage.shown_alone >= 0
        self._stage.show_only(-1)
        return was_alone

    @Slot(object)
    def _follow(self, state: DemoState) -> None:
        for name in [name for name in self.sliders if name not in state.attacks]:
            gone = self.sliders.pop(name)
            gone.hide()
            gone.deleteLater()
        for name in state.attacks:
            if name not in self.sliders:
                made = self.sliders[name] = StrengthSlider(name, self.bar)
                made.moved.connect(partial(self._set, name))
                self._line.insertWidget(self._line.count() - 3, made, 1)
            self.sliders[name].show_strength(state.strength_of(name), state.reach(name))

    # Connected to widgets of the GUI thread alone, so a partial function of it is as safe as a slot.
    def _set(self, attack: str, strength: float, gesture: object) -> None:
        self._session.apply(
            self._session.state.with_strength(attack, strength), ATTACKS[attack].strength.label, gesture
        )

    def _button(self, text: str, name: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrow keys to the presentation
        button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
        button.clicked.connect(slot)
        return button

    def _frame(self) -> QWidget:
        """Return the part of the window that is seen."""
        frame = self.bar.parentWidget()
        return self.bar if frame is None else frame

    def _focus_panel(self) -> None:
        panel = self._stage.first_panel
        if panel is not None:
            panel.setFocus(Qt.FocusReason.OtherFocusReason)


class StrengthSlider(QWidget):
    """The strength of an attack as a wide slider, with its name and value.

    Args:
        attack: Name in `ATTACKS`.

    Signals:
        moved: As in `ParameterSlider`.
    """

    moved = Signal(float, object)

    def __init__(self, attack: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attack, self._strength = attack, ATTACKS[attack].strength
        self._gesture: object = None
        self.words = QLabel()
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setAccessibleName(f"Strength of {attack_label(attack)}")
        self.slider.setAccessibleDescription(self._strength.help)
        self.slider.setToolTip(self._strength.help)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.words)
        line.addWidget(self.slider, 1)
        self.slider.sliderPressed.connect(self._on_press)
        self.slider.sliderReleased.connect(self._on_release)
        self.slider.valueChanged.connect(self._on_slide)

    def show_strength(self, strength: float, end: float) -> None:
        """Show a strength on an axis with some end, without a signal."""
        self.words.setText(strength_phrase(self.attack, strength))
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, math.ceil((end - self._strength.low) / self._strength.step - 1e-9))
            self.slider.setValue(round((strength - self._strength.low) / self._strength.step))

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Keep room for the widest value, so that the slider stays where it is."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.words.setMinimumWidth(text_width(self.font(), strength_phrase(self.attack, 88.88 / 255)))

    @Slot()
    def _on_press(self) -> None:
        self._gesture = object()

    @Slot()
    def _on_release(self) -> None:
        self._gesture = None

    @Slot(int)
    def _on_slide(self, position: int) -> None:
        value = min(self._strength.low + position * self._strength.step, self._strength.high)
        self.moved.emit(value, self._gesture)
