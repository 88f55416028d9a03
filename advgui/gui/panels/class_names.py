"""The names of the classes, once for all panels of a row."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget
from typing_extensions import override

from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.panels.layout import Layout
from advgui.gui.widgets import access, theme
from advgui.gui.widgets.elided import as_tooltip

ROOM = 6  # pixels between a name and the panel at its right


class ClassNames(QWidget):
    """Stands at the left of a panel, with a name beside each of its bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel: ImagePanel | None = None
        self.setAccessibleName("Classes")
        access.as_picture(self)

    def stand_beside(self, panel: ImagePanel) -> None:
        """Write the names for the bars of a panel, which is as high and stands at the right of this."""
        self._panel = panel
        self.setAccessibleDescription(", ".join(name for name, _, _ in panel.bar_rows()))
        self.update()

    def names_shown(self) -> Sequence[tuple[str, str, QRect, bool]]:
        """Return each name, as much of it as there is room for, its place, and whether it is that of the true class."""
        if self._panel is None:
            return []
        room = self.width() - ROOM
        metrics = QFontMetrics(self._panel.bar_font())
        return [
            (
                name,
                metrics.elidedText(name, Qt.TextElideMode.ElideRight, room),
                box.translated(-box.left(), 0),
                is_label,
            )
            for name, box, is_label in self._panel.bar_rows(room)
        ]

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the name of the true class in bold."""
        if self._panel is None:
            return
        painter, colors, bold = QPainter(self), theme.colors(self.palette()), self._panel.bar_font()
        plain = theme.font(self.font(), bold.pixelSize())
        for _, shown, box, is_label in self.names_shown():
            painter.setFont(bold if is_label else plain)
            painter.setPen(colors.text if is_label else colors.muted)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)

    @override
    def event(self, event: QEvent) -> bool:
        """Say all of a name that is cut."""
        if isinstance(event, QHelpEvent):
            for name, shown, box, _ in self.names_shown():
                if box.contains(event.pos()) and shown != name:
                    QToolTip.showText(event.globalPos(), as_tooltip(name), self)
                    return True
        return super().event(event)


def width_for(panel: ImagePanel, layout: Layout, most: int) -> int:
    """Return how wide the names of all classes are beside a panel with some layout, with the room at their right."""
    widest = panel.widest_name(layout)
    return min(widest + ROOM, most) if widest else 0
