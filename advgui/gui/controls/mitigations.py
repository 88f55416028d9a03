"""The chain of mitigations: which are on, what is set of them, and their order."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QGroupBox, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from advgui.defenses import DEFENSES, Defense
from advgui.gui.controls.groups import filled
from advgui.gui.controls.mnemonics import Mnemonics
from advgui.gui.controls.rows import SettingsRows
from advgui.gui.session import DemoState, Session, fitting
from advgui.gui.widgets import theme
from advgui.scenarios import defense_label
from advgui.types import Link

_NO_FILE = "Its file cannot be used."
_GONE = "It is not there any more: its plug-in was closed."


def why_unusable(name: str, missing: Collection[str]) -> str:
    """Return why a mitigation cannot be used, "" if it can.

    Args:
        name: Of the mitigation.
        missing: Mitigations whose networks are not there.
    """
    return _GONE if name not in DEFENSES else _NO_FILE if name in missing else ""


class LinkRow(QWidget):
    """A mitigation of the chain: a check box, buttons to move and remove it, and its rows while it is on.

    Signals:
        toggled: Whether it is on.
        move_asked: By how many places it is to be moved: -1 or 1.
        remove_asked: It is to leave the chain.
        changed: As in `SettingsRows`.
        entered: As in `SettingsRows`.
    """

    toggled = Signal(bool)
    move_asked = Signal(int)
    remove_asked = Signal()
    changed = Signal(str, object, object)
    entered = Signal()

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        label = defense_label(name)
        self.box = QCheckBox(text)
        self.box.toggled.connect(self.toggled)
        self.up = _small(Qt.ArrowType.UpArrow, f"Move {label} up: images go through it earlier.")
        self.down = _small(Qt.ArrowType.DownArrow, f"Move {label} down: images go through it later.")
        self.remove = _small(None, f"Remove {label} from the chain.")
        self.up.clicked.connect(partial(self.move_asked.emit, -1))
        self.down.clicked.connect(partial(self.move_asked.emit, 1))
        self.remove.clicked.connect(partial(self.remove_asked.emit))
        line = QHBoxLayout()
        line.setSpacing(0)
        line.addWidget(self.box, 1)
        for button in (self.up, self.down, self.remove):
            line.addWidget(button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SMALL_GAP)
        self._column.addLayout(line)
        self._built_for: Defense | None = None
        self.rows: SettingsRows | None = None

    def show_link(self, link: Link, is_missing: bool, is_first: bool, is_last: bool) -> None:
        """Show a link of the chain.

        Args:
            link: Of this mitigation.
            is_missing: Whether its network is not there.
            is_first: Whether nothing stands before it.
            is_last: Whether nothing stands behind it.
        """
        defense = DEFENSES.get(self.name)
        if defense is not self._built_for:
            self._build(defense)
        self.box.setEnabled(defense is not None and not is_missing)
        with QSignalBlocker(self.box):
            self.box.setChecked(link.on and self.box.isEnabledTo(self))
        why = why_unusable(self.name, (self.name,) if is_missing else ())
        self.box.setToolTip(" ".join(filter(None, (defense.help if defense is not None else "", why))))
        for button, enabled in ((self.up, not is_first), (self.down, not is_last)):
            if button.hasFocus() and not enabled:
                self.box.setFocus(Qt.FocusReason.OtherFocusReason)  # not into another mitigation
            button.setEnabled(enabled)
        if self.rows is not None and defense is not None:
            self.rows.show_settings(fitting(link.settings, defense.parameters))
            self.rows.setVisible(self.box.isChecked())

    def _build(self, defense: Defense | None) -> None:
        if self.rows is not None:
            self.rows.hide()
            self.rows.deleteLater()
            self.rows = None
        self._built_for = defense
        if defense is not None and defense.parameters:
            self.rows = SettingsRows(defense.parameters)
            self.rows.setContentsMargins(theme.MARGIN * 2, 0, 0, 0)
            self.rows.changed.connect(self.changed)
            self.rows.entered.connect(self.entered)
            self._column.addWidget(self.rows)


class MitigationBox(QGroupBox):
    """The chain, with a button to add a mitigation.

    Args:
        session: The single source of truth.
        mnemonics: Letters for the check boxes.
        parent: Qt's owner.

    Signals:
        entered: The return key was pressed on a number that is taken.
    """

    entered = Signal()

    def __init__(self, session: Session, mnemonics: Mnemonics, parent: QWidget | None = None) -> None:
        super().__init__("Mitigation", parent)
        self._session, self._mnemonics = session, mnemonics
        self.links: dict[str, LinkRow] = {}
        self.add = QPushButton("Add")
        self.add.setToolTip("Adds another mitigation at the end of the chain, and with it another column.")
        self.add.setAccessibleName("Add a mitigation")
        self.menu = QMenu(self.add)
        self.menu.aboutToShow.connect(self._offer)
        self.menu.triggered.connect(self._on_add)
        self.add.setMenu(self.menu)
        self._column = filled(self)
        self._column.addWidget(self.add)

    def follow(self, state: DemoState, missing: Collection[str]) -> None:
        """Show a state, and the mitigations that there are by now.

        Args:
            state: Of the session.
            missing: Mitigations whose networks are not there.
        """
        names = [link.name for link in state.chain]
        for name in [name for name in self.links if name not in names]:
            gone = self.links.pop(name)
            self._mnemonics.release(gone.box.text())
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, link in enumerate(state.chain):
            if link.name not in self.links:
                self._add_row(link.name)
            row = self.links[link.name]
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
            row.show_link(link, link.name in missing, place == 0, place == len(names) - 1)
        self.add.setEnabled(any(name not in names for name in DEFENSES))

    def _add_row(self, name: str) -> None:
        row = self.links[name] = LinkRow(name, self._mnemonics.underlined(defense_label(name)))
        row.toggled.connect(partial(self._toggle, name))
        row.move_asked.connect(partial(self._move, name))
        row.remove_asked.connect(partial(self._remove, name))
        row.changed.connect(partial(self._set, name))
        row.entered.connect(self.entered)
        self._column.insertWidget(0, row)

    @Slot()
    def _offer(self) -> None:
        self.menu.clear()
        standing = [link.name for link in self._session.state.chain]
        for name, defense in DEFENSES.items():
            if name not in standing:
                action = self.menu.addAction(defense.label.replace("&", "&&"))
                action.setToolTip(defense.help)
                action.setData(name)

    @Slot(QAction)
    def _on_add(self, action: QAction) -> None:
        self.add_link(action.data())

    def add_link(self, name: str) -> None:
        """Put a mitigation at the end of the chain."""
        link = Link(name, DEFENSES[name].settings())
        self._session.change(f"add {defense_label(name)}", chain=(*self._session.state.chain, link))

    # Connected to widgets of the GUI thread alone, so partial functions of them are as safe as slots.
    def _toggle(self, name: str, on: bool) -> None:
        self._session.apply(self._session.state.with_link(name, on=on), defense_label(name))

    def _move(self, name: str, by: int) -> None:
        chain = list(self._session.state.chain)
        place = next(place for place, link in enumerate(chain) if link.name == name)
        if 0 <= place + by < len(chain):
            chain.insert(place + by, chain.pop(place))
            self._session.change(f"move {defense_label(name)}", chain=tuple(chain))

    def _remove(self, name: str) -> None:
        left = tuple(link for link in self._session.state.chain if link.name != name)
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)  # the button that was pressed goes away
        self._session.change(f"remove {defense_label(name)}", chain=left)

    def _set(self, name: str, setting: str, value: float | int | bool | str, gesture: object) -> None:
        state, parameters = self._session.state, DEFENSES[name].parameters
        link = next(link for link in state.chain if link.name == name)
        settings = fitting(link.settings, parameters).replaced(**{setting: value})
        label = next(each.label for each in parameters if each.name == setting)
        chain = tuple(replace(one, settings=settings) if one is link else one for one in state.chain)
        self._session.apply(replace(state, chain=chain), label, gesture)


class _SmallButton(QToolButton):
    """A square that is as high as a line of text."""

    @override
    def sizeHint(self) -> QSize:
        """Return the size of a line, and some room around it."""
        side = max(20, self.fontMetrics().height() + 2)
        return QSize(side, side)


def _small(arrow: Qt.ArrowType | None, help_text: str) -> QToolButton:
    button = _SmallButton()
    if arrow is None:
        button.setText("\N{MULTIPLICATION SIGN}")
    else:
        button.setArrowType(arrow)
    button.setAutoRaise(True)
    button.setToolTip(help_text)
    button.setAccessibleName(help_text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
