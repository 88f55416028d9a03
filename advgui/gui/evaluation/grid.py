"""Tables of accuracies: cells in the colour of their accuracy, and frames around those that are to be seen first."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)
from typing_extensions import override

from advgui.figures import matrix
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width
from advgui.scenarios import heading
from advgui.types import Column

# Of an item's data: whether it is framed.
FRAMED = Qt.ItemDataRole.UserRole + 1
_FRAME = 3
# Of the column that says what a row is; longer texts take more lines.
_LABEL, _NARROWEST_LABEL = 270, 150
_MARGINS = 12  # of a cell, left and right together


class Grid(QTableWidget):
    """A table of columns (a), (b) ... behind one that says what a row is; where it is narrow it scrolls.

    Args:
        widest: The longest text of a usual cell.
        parent: Qt's owner.
    """

    def __init__(self, widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widest = widest
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(True)
        self.verticalHeader().hide()
        theme.enlarge(self.horizontalHeader(), 1.0)  # whatever the numbers have
        self.setItemDelegate(FrameDelegate(self))

    def set_columns(self, corner: str, columns: Sequence[Column]) -> None:
        """Write what stands over the columns.

        Args:
            corner: What the rows are.
            columns: All others.
        """
        self.setColumnCount(1 + len(columns))
        self.setHorizontalHeaderLabels([corner, *(f"({column.letter})\n{heading(column)}" for column in columns)])
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self._share()

    def fit_row(self, row: int) -> None:
        """Make a row as high as its texts."""
        self.resizeRowToContents(row)

    def _share(self) -> None:
        """Give the label what the other columns leave."""
        header, others = self.horizontalHeader(), self.columnCount() - 1
        if others < 1:
            return
        headings = [text_width(header.font(), self._heading(place)) for place in range(1, 1 + others)]
        least = max(text_width(self.font(), self._widest), *headings) + _MARGINS
        header.setMinimumSectionSize(least)
        label = min(_LABEL, max(_NARROWEST_LABEL, self.viewport().width() - others * least))
        if label != self.columnWidth(0):
            self.setColumnWidth(0, label)
            for row in range(self.rowCount()):
                self.fit_row(row)

    def _heading(self, place: int) -> str:
        item = self.horizontalHeaderItem(place)
        return "" if item is None else item.text().splitlines()[-1]

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out anew."""
        super().resizeEvent(event)
        self._share()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Cut nothing off when letters have another size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._share()


def shade(item: QTableWidgetItem, accuracy: float | None) -> None:
    """Give a cell the colour of an accuracy in [0, 1], the same in every theme; its usual colour for None."""
    if accuracy is None:
        for role in (Qt.ItemDataRole.BackgroundRole, Qt.ItemDataRole.ForegroundRole):
            item.setData(role, None)
        return
    color = matrix.shade(accuracy)
    item.setBackground(QColor(*color))
    item.setForeground(QColor("white" if matrix.is_dark(color) else "black"))


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
            pen = QPen(color, _FRAME)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(option.rect.adjusted(3, 3, -4, -4))
            painter.restore()
