"""Frames around the cells of a table that are to be seen first."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from advgui.gui.widgets import theme

# Of an item's data: whether it is framed.
FRAMED = Qt.ItemDataRole.UserRole + 1
_WIDTH = 3


class FrameDelegate(QStyledItemDelegate):
    """Paints a cell as usual, then its frame."""

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint a cell."""
        super().paint(painter, option, index)
        if index.data(FRAMED):
            painter.save()
            # As the numbers in it, which can be read on a cell's own colour.
            numbers = index.data(Qt.ItemDataRole.ForegroundRole)
            color = numbers.color() if isinstance(numbers, QBrush) else theme.colors(option.palette).text
            pen = QPen(color, _WIDTH)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(option.rect.adjusted(3, 3, -4, -4))
            painter.restore()
