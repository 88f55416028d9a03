"""What a screen reader hears of widgets that paint themselves; Qt knows nothing of them but their names."""

from functools import cache

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from typing_extensions import override

_PICTURE = "advgui_picture"


def as_picture(widget: QWidget) -> None:
    """Let a widget be a picture to a screen reader, whose value is the widget's description."""
    _install()
    widget.setProperty(_PICTURE, True)


class _Picture(QAccessibleWidget):
    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.Graphic)

    @override
    def text(self, kind: QAccessible.Text) -> str:
        return super().text(QAccessible.Text.Description if kind == QAccessible.Text.Value else kind)


def _interface(_name: str, thing: QObject) -> QAccessibleWidget | None:
    return _Picture(thing) if isinstance(thing, QWidget) and thing.property(_PICTURE) else None


@cache  # once is enough for the process
def _install() -> None:
    """Let Qt ask here first."""
    QAccessible.installFactory(_interface)
