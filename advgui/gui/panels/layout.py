"""Where the parts of a panel are, from its size alone."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

PAD = 4
_GAP = 10  # between two columns of bars
_SMALLEST_COLUMN = 125  # of bars whose names can be read
_SMALLEST_WITH_NOTE = 140  # of two rows of panels


@dataclass(frozen=True)
class Layout:
    """Where the parts of a panel are, in device-independent pixels. Panels of one size have one layout.

    The bars have one column, or two where a wide and short panel would otherwise have a small picture.
    """

    caption: QRect
    note: QRect
    picture: QRect
    verdict: QRect
    goal: QRect
    columns: tuple[QRect, ...]
    rows: int
    caption_font: int
    note_font: int
    verdict_font: int
    bar_font: int
    compact: bool

    @staticmethod
    def verdict_height(width: int, compact: bool) -> int:
        """Return the height of the verdict in a panel of some width."""
        if compact:
            return round(min(max(width * 0.18, 26), 100))
        # Where panels are wide, the words fit without so much height.
        return round(max(min(width * 0.4, 60 + width * 0.18), 26))

    @staticmethod
    def caption_height(width: int) -> int:
        """Return the height of the caption in a panel of some width."""
        return round(min(max(width * 0.13, 20), 56))

    @staticmethod
    def note_height(width: int, compact: bool) -> int:
        """Return the height of the line beneath the caption in a panel of some width; where all is small, it is 0."""
        if compact and width < _SMALLEST_WITH_NOTE:
            return 0
        return round(min(max(width * 0.075, 13), 32))

    @classmethod
    def ideal_height(cls, width: int, classes: int, compact: bool) -> int:
        """Return the height at which the picture is as wide as the panel and the bars are easy to read."""
        row = min(max(width // 6, 14), 54)
        words = cls.caption_height(width) + cls.note_height(width, compact) + cls.verdict_height(width, compact)
        return words + width - 2 * PAD + row * classes + 4 * PAD

    @classmethod
    def fit(cls, size: QSize, classes: int, compact: bool, with_goal: bool = False) -> "Layout":
        """Share out a panel: the picture first, but never so that the bars cannot be read.

        Args:
            size: Of the panel.
            classes: How many have a bar.
            compact: Whether the verdict has one line instead of two.
            with_goal: Whether there is a line beneath the verdict for whether a target is reached; the bars make room.
        """
        width, height = size.width(), size.height()
        caption, note = cls.caption_height(width), cls.note_height(width, compact)
        verdict = cls.verdict_height(width, compact)
        rest = height - caption - note - verdict - 4 * PAD
        smallest_row = min(max(width // 17, 10), 30)
        inner = width - 2 * PAD
        columns, rows = 1, classes
        if rest - rows * smallest_row < inner * 0.6 and (inner - _GAP) // 2 >= _SMALLEST_COLUMN:
            columns, rows = 2, -(-classes // 2)
        side = max(min(inner, rest - rows * smallest_row), 24)
        top = PAD // 2
        caption_box = QRect(PAD, top, inner, caption)
        top += caption
        note_box = QRect(PAD, top - PAD // 2, inner, note)
        top += note
        picture = QRect(PAD + (inner - side) // 2, top, side, side)
        top += side + PAD
        verdict_box = QRect(PAD, top, inner, verdict)
        top += verdict
        goal_box = QRect(PAD, top, inner, cls.note_height(width, compact=False) + PAD if with_goal else 0)
        top += goal_box.height() + PAD
        bars = max(height - top - PAD, 0)
        each = (inner - (columns - 1) * _GAP) // columns
        return cls(
            caption=caption_box,
            note=note_box,
            picture=picture,
            verdict=verdict_box,
            goal=goal_box,
            columns=tuple(QRect(PAD + number * (each + _GAP), top, each, bars) for number in range(columns)),
            rows=rows,
            caption_font=round(min(max(width * 0.075, 11), 36)),
            note_font=round(min(max(width * 0.06, 10), 26)),
            verdict_font=round(verdict * (0.62 if compact else 0.40)),
            bar_font=round(min(max(bars / rows * 0.78, 8), max(width * 0.07, 10), 32)),
            compact=compact,
        )
