"""The signs of panels: what is said in colour is said in a shape, too."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from advgui.gui.panels.prediction import Verdict


def paint_verdict(painter: QPainter, verdict: Verdict, box: QRectF, color: QColor) -> None:
    """Draw a verdict's sign; lines instead of letters, because not every font has them."""
    pen = QPen(color, max(box.width() * 0.2, 2))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.left() + x * box.width(), box.top() + y * box.height())

    if verdict is Verdict.RIGHT:
        painter.drawPolyline([at(0, 0.55), at(0.36, 0.92), at(1, 0.1)])
    elif verdict is Verdict.WRONG:
        painter.drawLine(at(0.08, 0.08), at(0.92, 0.92))
        painter.drawLine(at(0.92, 0.08), at(0.08, 0.92))
    elif verdict is Verdict.UNKNOWN:
        painter.drawPolyline([at(0.2, 0.25), at(0.35, 0.05), at(0.65, 0.05), at(0.8, 0.3), at(0.5, 0.5), at(0.5, 0.65)])
        painter.drawPoint(at(0.5, 0.98))
    else:
        painter.drawLine(at(0.05, 0.32), at(0.95, 0.32))
        painter.drawLine(at(0.05, 0.72), at(0.95, 0.72))
        if verdict is Verdict.CHANGED:
            painter.drawLine(at(0.25, 1.02), at(0.75, 0.02))


def paint_flag(painter: QPainter, box: QRectF, color: QColor) -> None:
    """Draw the flag of the class that the attacker wants to see."""
    painter.save()
    painter.setPen(QPen(color, max(box.height() * 0.12, 1)))
    painter.drawLine(box.topLeft(), box.bottomLeft())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    tip = QPointF(box.right(), box.top() + box.height() * 0.3)
    painter.drawPolygon(QPolygonF([box.topLeft(), tip, QPointF(box.left(), box.top() + box.height() * 0.6)]))
    painter.restore()
