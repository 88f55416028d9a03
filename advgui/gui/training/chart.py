"""A chart of learning curves, with the values of one epoch beneath."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

from advgui.figures import curves
from advgui.figures.curves import Axis, Chart, Curve
from advgui.gui.widgets import charts, theme

_LINE, _MARK, _MARK_HERE = 2.0, 9, 14  # in device-independent pixels
_MEANING = (
    "Training values are means over an epoch, while the network still changes, and for a classifier with augmentation "
    "and dropout at work. Validation values are measured after the epoch, without either."
)


class CurveChart(QWidget):
    """Curves against epochs. A line marks one epoch; its values stand beneath, beside what each curve is.

    Signals:
        hovered: The mouse points at an epoch: its index.
    """

    hovered = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart: Chart | None = None
        self._axis: Axis | None = None
        self._logarithmic = False
        self._index = 0
        self.plot = charts.plot(name)
        self.plot.setMinimumSize(300, 200)
        # Room for the texts of ticks at the ends, which are hidden otherwise.
        self.plot.getPlotItem().layout.setContentsMargins(4, 10, 14, 4)
        for side in ("bottom", "left"):
            self.plot.getPlotItem().getAxis(side).setStyle(hideOverlappingLabels=False)
        # The epoch is chosen with a slider beside the chart; the chart itself takes no keys.
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse)
        self._cursor = pg.InfiniteLine(angle=90)
        self._here = pg.ScatterPlotItem(pen=None)
        self._rows = QGridLayout()
        self._rows.setColumnStretch(1, 1)
        self._rows.setHorizontalSpacing(theme.MARGIN)
        self._rows.setVerticalSpacing(theme.SMALL_GAP)
        self.values: list[QLabel] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot, 1)
        column.addLayout(self._rows)

    def show_chart(self, chart: Chart, logarithmic: bool) -> None:
        """Show curves; without any, the whole chart hides.

        Args:
            chart: What to show.
            logarithmic: Whether the vertical axis is, where that is possible.
        """
        before = [] if self._chart is None else [curve.label for curve in self._chart.curves]
        self._chart, self._logarithmic = chart, logarithmic
        self._index = min(self._index, len(chart.epochs) - 1)
        if before != [curve.label for curve in chart.curves]:
            self._name_curves(chart)
        self.setVisible(bool(chart.curves))
        self._draw()

    def mark_epoch(self, index: int) -> None:
        """Move the line to an epoch and show its values."""
        self._index = index
        chart, axis = self._chart, self._axis
        if chart is None or axis is None:
            return
        epoch = chart.epochs[index]
        colors = theme.colors(self.palette())
        self._cursor.setPos(epoch)
        self._here.setData(
            [
                {
                    "pos": (epoch, axis.places(curve.values)[index]),
                    "symbol": _symbol(curve),
                    "size": _MARK_HERE,
                    "brush": _color(colors, curve),
                    "pen": pg.mkPen(colors.surface, width=1.5),
                }
                for curve in chart.curves
            ]
        )
        for label, curve in zip(self.values, chart.curves, strict=True):
            label.setText(chart.text(curve.values[index]))
            label.setAccessibleName(f"{curve.label} in epoch {epoch:.0f}: {label.text()}")

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Follow the window's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "values"):
            self._draw()

    @Slot(object)
    def _on_mouse(self, place: QPointF) -> None:
        box = self.plot.getPlotItem().getViewBox()
        if self._chart is not None and box.sceneBoundingRect().contains(place):
            distances = np.abs(self._chart.epochs - box.mapSceneToView(place).x())
            self.hovered.emit(int(distances.argmin()))

    def _name_curves(self, chart: Chart) -> None:
        while (taken := self._rows.takeAt(0)) is not None:
            widget = taken.widget()
            if widget is not None:
                widget.deleteLater()
        self.values = []
        for row, curve in enumerate(chart.curves):
            label, value = QLabel(curve.label), QLabel()
            label.setTextFormat(Qt.TextFormat.PlainText)  # the name of a column in a file
            label.setToolTip(_MEANING)
            value.setFont(theme.tabular(self.font()))
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("000.00 % "))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._rows.addWidget(_Sample(curve), row, 0)
            self._rows.addWidget(label, row, 1)
            self._rows.addWidget(value, row, 2)
            self.values.append(value)

    def _draw(self) -> None:
        colors = theme.colors(self.palette())
        charts.paint(self.plot, colors)
        item = self.plot.getPlotItem()
        item.clear()
        chart = self._chart
        if chart is None:
            return
        self._axis = axis = chart.axis(self._logarithmic)
        first, last = float(chart.epochs[0]), float(chart.epochs[-1])
        left, right = (first, last) if first < last else (first - 1, last + 1)
        charts.label(self.plot, "bottom", "epoch", colors)
        charts.label(self.plot, "left", f"{chart.title}{', logarithmic' * axis.logarithmic}", colors)
        item.setXRange(left, right, padding=0.03)
        item.setYRange(axis.low, axis.high, padding=0.02)
        item.getAxis("bottom").setTicks([curves.ticks(first, right, 10, whole=True), []])
        item.getAxis("left").setTicks([axis.ticks, []])
        self._cursor.setPen(pg.mkPen(colors.muted, width=1))
        item.addItem(self._cursor)
        for curve in chart.curves:
            color, places = _color(colors, curve), axis.places(curve.values)
            item.plot(chart.epochs, places, pen=pg.mkPen(color, width=_LINE), antialias=True)
            item.plot(
                chart.epochs[chart.marked],
                places[chart.marked],
                pen=None,
                symbol=_symbol(curve),
                symbolSize=_MARK,
                symbolBrush=color,
                symbolPen=None,
                antialias=True,
            )
        item.addItem(self._here)
        self.mark_epoch(self._index)


class _Sample(QWidget):
    """A piece of a curve, for its name."""

    def __init__(self, curve: Curve) -> None:
        super().__init__()
        self._curve = curve
        self.setFixedSize(QSize(34, 16))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = _color(theme.colors(self.palette()), self._curve)
        painter.setPen(QPen(color, _LINE))
        middle = self.rect().toRectF().center()
        painter.drawLine(QPointF(0, middle.y()), QPointF(self.width(), middle.y()))
        painter.translate(middle)
        painter.scale(_MARK, _MARK)
        painter.fillPath(_symbol(self._curve), color)


def _color(colors: theme.Colors, curve: Curve) -> QColor:
    return colors.series[curve.style % len(colors.series)]


def _symbol(curve: Curve) -> QPainterPath:
    """Return the curve's mark within a square of side 1."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x / 2, y / 2) for x, y in curve.mark]))
    path.closeSubpath()
    return path
