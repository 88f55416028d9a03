"""Where the parts of a panel are, from its size alone."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

PAD = 4
_GAP = 10  # between two columns of bars
_SMALLEST_COLUMN = 125  # of bars whose names can be read
_SMALLEST_WITH_NOTE = 140  # of two rows of panels
SMALLEST_FONT = 8  # unless larger letters are asked for
_LARGEST_BUTTON = 24
_LINE = 1.3  # height of a line, as a multiple of its letters


@dataclass(frozen=True)
class Layout:
    """Where the parts of a panel are, in device-independent pixels. Panels of one size have one layout.

    The bars have one column, or two where a wide and short panel would otherwise have a small picture. The strip of
    votes has `marks` marks in a row, each in a square with sides of `mark` pixels. Beside the caption is room for a
    button that explains the panel, where people sit near enough to click on it.
    """

    caption: QRect
    help: QRect
    note: QRect
    picture: QRect
    verdict: QRect
    goal: QRect
    votes: QRect
    strip: QRect
    marks: int
    mark: int
    columns: tuple[QRect, ...]
    rows: int
    caption_font: int
    note_font: int
    verdict_font: int
    bar_font: int
    smallest_font: int
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

    @staticmethod
    def strip_of(width: int, draws: int, compact: bool) -> tuple[int, int, int]:
        """Return how many marks stand in a row, how many rows there are, and the side of a mark, for so many draws."""
        inner, easy, smallest = width - 2 * PAD, max(width // 14, 10), max(8, width // 40)
        # Easy to hit in one row or two; many are small, and so are they where there is little height.
        side = smallest - 1 if compact else easy
        rows = next((rows for rows in (1, 2) if inner // -(-draws // rows) >= side), -(-draws // (inner // smallest)))
        each = -(-draws // rows)
        return each, rows, min(inner // each, easy)

    @classmethod
    def votes_height(cls, width: int, draws: int, compact: bool, line: int = 0) -> int:
        """Return the height of what is said, in a line of some height at least, and shown of single draws."""
        if draws < 2:
            return 0
        _, rows, side = cls.strip_of(width, draws, compact)
        return max(cls.note_height(width, compact=False), line) + PAD + rows * side

    @classmethod
    def _votes(cls, box: QRect, width: int, draws: int, compact: bool) -> tuple[QRect, QRect, int, int]:
        """Share out the room for single draws: words, marks, and how many marks of what side stand in a row."""
        each, rows, side = cls.strip_of(width, draws, compact) if box.height() > 0 else (1, 0, 0)
        words = QRect(box.left(), box.top(), box.width(), box.height() - rows * side)
        left = box.left() + (box.width() - each * side) // 2
        return words, QRect(left, box.top() + words.height(), each * side, rows * side), each, side

    def mark_box(self, draw: int) -> QRect:
        """Return where the mark of a draw is, in a strip."""
        row, place = divmod(draw, self.marks)
        return QRect(self.strip.left() + place * self.mark, self.strip.top() + row * self.mark, self.mark, self.mark)

    @classmethod
    def ideal_height(cls, width: int, classes: int, compact: bool, draws: int = 1) -> int:
        """Return the height at which the picture is as wide as the panel and the bars are easy to read."""
        row = min(max(width // 6, 14), 54)
        words = cls.caption_height(width) + cls.note_height(width, compact) + cls.verdict_height(width, compact)
        return words + width - 2 * PAD + row * classes + 4 * PAD + cls.votes_height(width, draws, compact)

    @staticmethod
    def most_bars(size: QSize, compact: bool, smallest: int, draws: int = 1) -> int:
        """Return how many bars leave a good part of a panel to its picture; three at least."""
        width, line = size.width(), _LINE * smallest
        heights = (
            Layout.caption_height(width),
            Layout.note_height(width, compact),
            Layout.verdict_height(width, compact),
        )
        words = sum(max(height, line) for height in heights)
        words += Layout.votes_height(width, draws, compact, round(line))
        return max(int((size.height() - words - 4 * PAD - 0.6 * width) / line), 3)

    @classmethod
    def fit(
        cls,
        size: QSize,
        classes: int,
        compact: bool,
        with_goal: bool = False,
        smallest: int = 0,
        large: bool = False,
        draws: int = 1,
    ) -> "Layout":
        """Share out a panel: the picture first, but never so that the bars cannot be read.

        Args:
            size: Of the panel.
            classes: How many have a bar.
            compact: Whether the verdict has one line instead of two.
            with_goal: Whether there is a line beneath the verdict for whether a target is reached; the bars make room.
            smallest: Height of the smallest letters in pixels, where people sit far away; 0 for the usual ones.
            large: Whether the panel stands alone: where it is wide, its words are then beside its picture.
            draws: For how many draws there is a strip of marks; none for one.
        """
        width, height = size.width(), size.height()
        line = round(_LINE * smallest)
        if large and width > height:
            return cls._beside(size, classes, with_goal, max(smallest, SMALLEST_FONT), draws)
        caption, note = max(cls.caption_height(width), line), cls.note_height(width, compact)
        note = max(note, line) if note else 0
        verdict = max(cls.verdict_height(width, compact), line)
        goal = max(cls.note_height(width, compact=False), line) + PAD if with_goal else 0
        votes = cls.votes_height(width, draws, compact, line)
        rest = height - caption - note - verdict - votes - 4 * PAD
        smallest_row = max(min(max(width // 17, 10), 30), line)
        inner = width - 2 * PAD
        columns, rows = 1, classes
        if rest - rows * smallest_row < inner * 0.6 and (inner - _GAP) // 2 >= _SMALLEST_COLUMN:
            columns, rows = 2, -(-classes // 2)
        side = max(min(inner, rest - rows * smallest_row), 24)
        top = PAD // 2
        button = 0 if smallest else min(round(0.75 * caption), _LARGEST_BUTTON)
        caption_box = QRect(PAD, top, inner - button, caption)
        help_box = QRect(PAD + inner - button, top, button, caption)
        top += caption
        note_box = QRect(PAD, top - PAD // 2, inner, note)
        top += note
        picture = QRect(PAD + (inner - side) // 2, top, side, side)
        top += side + PAD
        verdict_box = QRect(PAD, top, inner, verdict)
        top += verdict
        goal_box = QRect(PAD, top, inner, goal)
        top += goal_box.height()
        votes_box, strip, marks, mark = cls._votes(QRect(PAD, top, inner, votes), width, draws, compact)
        top += votes + PAD
        bars = max(height - top - PAD, 0)
        each = (inner - (columns - 1) * _GAP) // columns
        return cls(
            caption=caption_box,
            help=help_box,
            note=note_box,
            picture=picture,
            verdict=verdict_box,
            goal=goal_box,
            votes=votes_box,
            strip=strip,
            marks=marks,
            mark=mark,
            columns=tuple(QRect(PAD + number * (each + _GAP), top, each, bars) for number in range(columns)),
            rows=rows,
            caption_font=max(round(min(max(width * 0.075, 11), 36)), smallest),
            note_font=max(round(min(max(width * 0.06, 10), 26)), smallest),
            verdict_font=max(round(verdict * (0.62 if compact else 0.40)), smallest),
            bar_font=max(round(min(max(bars / rows * 0.78, 8), max(width * 0.07, 10), 32)), smallest),
            smallest_font=max(smallest, SMALLEST_FONT),
            compact=compact,
        )

    @classmethod
    def _beside(cls, size: QSize, classes: int, with_goal: bool, smallest: int, draws: int) -> "Layout":
        """Share out a panel that stands alone and is wide: the picture at the left, all words at the right."""
        side = min(size.height() - 2 * PAD, size.width() * 3 // 5)
        left, gap = PAD + side + 2 * _GAP, 2 * _GAP
        width = size.width() - left - _GAP
        room = size.height() - cls.votes_height(width, draws, compact=False)
        unit = max(room / (classes + 7), smallest)  # a bar's row
        caption, note = round(1.6 * unit), round(1.2 * unit)
        verdict, goal = round(2.6 * unit), round(1.2 * unit) if with_goal else 0
        top = PAD + caption + note
        votes = cls.votes_height(width, draws, compact=False, line=round(_LINE * 0.6 * unit))
        beneath = QRect(left, top + verdict + goal, width, votes)
        votes_box, strip, marks, mark = cls._votes(beneath, width, draws, compact=False)
        bars = top + verdict + goal + votes + gap
        return cls(
            caption=QRect(left, PAD, width, caption),
            help=QRect(),
            note=QRect(left, PAD + caption, width, note),
            picture=QRect(PAD, (size.height() - side) // 2, side, side),
            verdict=QRect(left, top, width, verdict),
            goal=QRect(left, top + verdict, width, goal),
            votes=votes_box,
            strip=strip,
            marks=marks,
            mark=mark,
            columns=(QRect(left, bars, width, max(size.height() - bars - PAD, 0)),),
            rows=classes,
            caption_font=max(round(0.8 * unit), smallest),
            note_font=max(round(0.6 * unit), smallest),
            verdict_font=max(round(1.0 * unit), smallest),
            bar_font=max(round(0.6 * unit), smallest),
            smallest_font=smallest,
            compact=False,
        )
