"""Words in the room that there is."""

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from advgui.gui.panels.layout import SMALLEST_FONT
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width

_MOST = 12  # of the widest names: more have no bar
WORDS = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)


def elided(painter: QPainter, text: str, box: QRect) -> str:
    """Return as much of a text as there is room for in a box."""
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())


def fitting_words(widget: QWidget, words: str, box: QRect, largest: int, smallest: int = SMALLEST_FONT) -> int:
    """Return the largest font size at which a sentence, broken into lines between words, fits into a box."""
    size = fitting_texts(widget.font(), tuple(words.split()), box.width(), largest, smallest=smallest)
    while size > smallest:
        if QFontMetrics(theme.font(widget.font(), size)).boundingRect(box, WORDS, words).height() <= box.height():
            break
        size -= 1
    return size


def widest(font: QFont, texts: Sequence[str]) -> int:
    """Return the width of the widest of some texts, 0 without any."""
    return max((text_width(font, text) for text in texts), default=0)


def longest(widget: QWidget, names: Sequence[str]) -> tuple[str, ...]:
    """Return the widest names, which sizes follow."""
    metrics = QFontMetricsF(theme.font(widget.font(), 100, bold=True))
    return tuple(sorted(names, key=metrics.horizontalAdvance)[-_MOST:])


@lru_cache(maxsize=256)
def fitting_texts(
    base: QFont, texts: tuple[str, ...], width: float, largest: int, ems: float = 0, smallest: int = SMALLEST_FONT
) -> int:
    """Return the largest bold font size at which every text, and `ems` times that size, fit into a width."""
    trial = widest(theme.font(base, 100, bold=True), texts)
    size = min(largest, int(width / (trial / 100 + ems + 0.01)) + 1)
    # Small sizes are not exactly as wide as large ones shrunk.
    while size > smallest and widest(theme.font(base, size, bold=True), texts) + ems * size > width:
        size -= 1
    return max(size, smallest)
