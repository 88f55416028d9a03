"""What the boxes of the controls have in common."""

from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGroupBox, QLayout, QRadioButton, QVBoxLayout, QWidget

from advgui.gui.widgets import theme


def filled(box: QGroupBox) -> QVBoxLayout:
    """Return the layout of a box, with the usual margins."""
    column = QVBoxLayout(box)
    column.setContentsMargins(theme.GAP, theme.SMALL_GAP, theme.GAP, theme.SMALL_GAP)
    column.setSpacing(theme.SMALL_GAP)
    return column


def only_checked_takes_tab(buttons: Iterable[QRadioButton]) -> None:
    """Let Tab lead to the choice that is made; Qt leads to the first, where the space bar makes another choice."""
    for button in buttons:
        policy = Qt.FocusPolicy.StrongFocus if button.isChecked() else Qt.FocusPolicy.ClickFocus
        button.setFocusPolicy(policy)


def focusable(layout: QLayout) -> Iterator[QWidget]:
    """Yield the widgets in a layout that take keys, in the order in which they are laid out."""
    for place in range(layout.count()):
        item = layout.itemAt(place)
        assert item is not None  # places below the count have one
        widget, inner = item.widget(), item.layout()
        if widget is not None and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            yield widget
        else:
            inner = inner if widget is None else widget.layout()
            if inner is not None:
                yield from focusable(inner)
