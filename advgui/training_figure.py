"""The paper's figure 1: how a training went, as PNG and SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from advgui import curves
from advgui.curves import Axis, Chart, Curve
from advgui.figures import GAP, INK, LINE, TEXT_SIZE, Text, png_file, svg_file
from advgui.histories import History

_WIDTH, _HEIGHT = 520, 320  # of a chart's frame, in pixels of the figure
_TICKS = 72  # room for the texts at the vertical axis
_GRID = "#d9d9d9"
_STROKE, _MARK = 2.5, 5.0
_SAMPLE = 40  # length of the line that stands for a curve beneath its chart
# Pillow draws hard edges: lines are drawn larger and made smaller.
_FINER = 4

_Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Line:
    points: _Points
    color: str
    width: float


@dataclass(frozen=True)
class _Mark:
    points: _Points
    color: str


@dataclass(frozen=True, eq=False)
class TrainingFigure:
    """Lines, marks and texts at their places; drawn alike as PNG and as SVG.

    Attributes:
        width: In pixels.
        height: In pixels.
        title: What the figure shows, in one line.
        lines: Polygonal lines, from back to front.
        marks: Filled polygons, in front of all lines.
        texts: The lines of text.
    """

    width: int
    height: int
    title: str
    lines: Sequence[_Line]
    marks: Sequence[_Mark]
    texts: Sequence[Text]

    def png(self) -> bytes:
        """Return the figure as a PNG file."""
        large = Image.new("RGB", (self.width * _FINER, self.height * _FINER), "white")
        draw = ImageDraw.Draw(large)
        for line in self.lines:
            draw.line(_finer(line.points), fill=line.color, width=round(line.width * _FINER), joint="curve")
        for mark in self.marks:
            draw.polygon(_finer(mark.points), fill=mark.color)
        picture = large.resize((self.width, self.height), Image.Resampling.BOX)
        draw = ImageDraw.Draw(picture)
        for text in self.texts:
            text.paint(draw)
        return png_file(picture)

    def svg(self) -> str:
        """Return the figure as an SVG file: text stays text."""
        elements = [
            f'  <polyline points="{_listed(line.points)}" fill="none" stroke="{line.color}" '
            f'stroke-width="{line.width:g}" stroke-linejoin="round"/>'
            for line in self.lines
        ]
        elements += [f'  <polygon points="{_listed(mark.points)}" fill="{mark.color}"/>' for mark in self.marks]
        return svg_file(self.width, self.height, self.title, [*elements, *(text.svg() for text in self.texts)])


def training_figure(history: History) -> TrainingFigure:
    """Draw a history's accuracies and losses against epochs, side by side, with the values of the last epoch.

    Raises:
        AdvguiError: The history has neither.
    """
    charts = [chart for chart in curves.charts(history) if chart.curves]
    epochs = len(history.epochs)
    title = f"Figure 1. Learning curves of {history.name}, {epochs} epoch{'s' if epochs > 1 else ''}"
    top = GAP + 12 + LINE
    parts = [
        _Panel(chart, GAP + _TICKS + place * (_TICKS + _WIDTH + GAP), top + LINE) for place, chart in enumerate(charts)
    ]
    width = GAP + len(parts) * (_TICKS + _WIDTH + GAP)
    title_width = ImageFont.load_default(TEXT_SIZE).getlength(title)
    return TrainingFigure(
        width=max(width, round(title_width) + 3 * GAP),
        height=round(max(part.bottom for part in parts)) + GAP,
        title=title,
        lines=[line for part in parts for line in part.lines],
        marks=[mark for part in parts for mark in part.marks],
        texts=[Text(GAP, GAP + 12, title, bold=True, anchor="start"), *(text for part in parts for text in part.texts)],
    )


class _Panel:
    """A chart whose frame has its corner at (`left`, `top`), its axes, and what its curves stand for beneath."""

    def __init__(self, chart: Chart, left: float, top: float) -> None:
        self.lines: list[_Line] = []
        self.marks: list[_Mark] = []
        self.texts: list[Text] = []
        self._chart, self._left, self._top = chart, left, top
        self._axis: Axis = chart.axis(chart.is_wide)
        first, last = float(chart.epochs[0]), float(chart.epochs[-1])
        self._first, self._last = (first, last) if first < last else (first - 1, last + 1)
        self._draw_axes()
        for row, curve in enumerate(chart.curves):
            self._draw_curve(curve, row)
        self.bottom = top + _HEIGHT + (2.5 + len(chart.curves)) * LINE

    def _x(self, epoch: float) -> float:
        margin = 0.03 * _WIDTH  # so that marks do not touch the frame
        share = (epoch - self._first) / (self._last - self._first)
        return self._left + margin + share * (_WIDTH - 2 * margin)

    def _y(self, place: float) -> float:
        return self._top + _HEIGHT * (self._axis.high - place) / (self._axis.high - self._axis.low)

    def _draw_axes(self) -> None:
        left, right, top, bottom = self._left, self._left + _WIDTH, self._top, self._top + _HEIGHT
        scale = ", logarithmic" if self._axis.logarithmic else ""
        self.texts.append(Text(left, top - 10, self._chart.title + scale, bold=True, anchor="start"))
        for place, text in self._axis.ticks:
            y = self._y(place)
            self.lines.append(_Line([(left, y), (right, y)], _GRID, 1))
            self.texts.append(Text(left - 10, y + 6, text, anchor="end"))
        for epoch, text in curves.ticks(float(self._chart.epochs[0]), self._last, 10, whole=True):
            x = self._x(epoch)
            self.lines.append(_Line([(x, bottom), (x, bottom + 5)], INK, 1))
            self.texts.append(Text(x, bottom + LINE, text))
        frame = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        self.lines.append(_Line(frame, INK, 1))
        self.texts.append(Text(left + _WIDTH / 2, bottom + 1.9 * LINE, "epoch"))

    def _draw_curve(self, curve: Curve, row: int) -> None:
        color = curves.COLORS[curve.style % len(curves.COLORS)]
        places = self._axis.places(curve.values)
        points = [
            (self._x(epoch), self._y(place))
            for epoch, place in zip(self._chart.epochs.tolist(), places.tolist(), strict=True)
        ]
        y = self._top + _HEIGHT + (3 + row) * LINE
        sample = [(self._left, y - 6), (self._left + _SAMPLE, y - 6)]
        words = f"{curve.label}, last {self._chart.text(curve.values[-1])}"
        self.texts.append(Text(self._left + _SAMPLE + 12, y, words, anchor="start"))
        self.lines += [_Line(line, color, _STROKE) for line in (points, sample) if len(line) > 1]
        middle = (self._left + _SAMPLE / 2, y - 6)
        for x, height in [*points[self._chart.marked], middle]:
            corners = [(x + _MARK * right, height + _MARK * down) for right, down in curve.mark]
            self.marks.append(_Mark(corners, color))


def _finer(points: _Points) -> list[tuple[float, float]]:
    return [(x * _FINER, y * _FINER) for x, y in points]


def _listed(points: _Points) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
