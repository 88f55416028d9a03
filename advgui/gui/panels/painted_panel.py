"""How a panel looks: its state and its painting. What a user does with it is in `image_panel`."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from advgui.gui.panels.comparison import Comparison
from advgui.gui.panels.fitting import WORDS, elided, fitting_texts, fitting_words, widest
from advgui.gui.panels.layout import PAD, Layout
from advgui.gui.panels.picture import Picture
from advgui.gui.panels.prediction import Prediction, Verdict, percent
from advgui.gui.panels.signs import paint_flag, paint_verdict
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width
from advgui.scenarios import ADAPTIVE, PARTLY_KNOWN, UNSAID
from advgui.types import FloatArray

_TIGHTEST = 0.85  # of a caption's letters where its strength is to have room, too
_WIDEST_SHARE = ">99.9 % "
# What is said of a pixel is usually no longer.
_READING = "(00, 00): 000 000 000, +00 +00 +00"
# Opacity of what belongs to a result that is out of date.
FADED = 0.35


class PaintedPanel(QWidget):
    """A panel, painted by hand so that its siblings look exactly alike.

    Args:
        caption: What the picture is, such as "(b) FGSM".
        comparison: What it has in common with other panels; one of its own if None.
        parent: Qt's owner.
    """

    def __init__(self, caption: str, comparison: Comparison | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.caption = caption
        self.details = ("", "")  # strength and seed
        self._comparison = comparison or Comparison(self)
        self.picture = Picture(self._comparison)
        self._overlay: QImage | None = None
        self.prediction: Prediction | None = None
        self.off_reason = ""
        self._text = ""
        self._class_names: tuple[str, ...] = ()
        self._bars: tuple[int, ...] = ()
        self._names_outside = False
        self._captions: tuple[str, ...] = (caption,)
        self._compact = False
        self._familiarity = UNSAID
        self._target: int | None = None
        self._smallest, self._is_large = 0, False
        self._draws = 1
        # The vote, and of it the single draws' pictures; a draw may be looked at in its place.
        self._shown: tuple[FloatArray | None, Prediction | None] = (None, None)
        self._pictures: Sequence[FloatArray] = ()
        self._looked_at: int | None = None
        self.is_late = False
        self._longest_names: tuple[str, ...] = ()

    def heading_now(self, layout: Layout) -> tuple[QFont, str, str]:
        """Return the font of the caption, the caption, and the line beneath it, with as much of the details as fits.

        The caption takes the strength, if there is room in letters that are hardly smaller; then come what the
        attacker knows, and the seed.
        """
        room, smallest = layout.caption.width(), layout.smallest_font
        size = fitting_texts(self.font(), self._captions, room, layout.caption_font, smallest=smallest)
        strength, seed = self.details
        longer = ", ".join(filter(None, (self.caption, strength)))
        least = max(round(_TIGHTEST * size), smallest)
        font = theme.font(
            self.font(), fitting_texts(self.font(), (longer,), room, size, smallest=least), bold=not self.off_reason
        )
        fits = text_width(font, longer) <= room
        if not fits:
            font = theme.font(self.font(), size, bold=not self.off_reason)
        rest = [words for words in ("" if fits else strength, self._familiarity.words, seed) if words]
        small = theme.font(self.font(), self._note_size(layout), bold=self._familiarity is ADAPTIVE)
        while len(rest) > 1 and text_width(small, ", ".join(rest)) > layout.note.width():
            rest.pop()
        return font, longer if fits else self.caption, ", ".join(rest)

    @property
    def looked_at(self) -> int | None:
        """The number of the draw that is shown in place of the vote, from 0; None where it is the vote."""
        there = self._looked_at is not None and self._looked_at < len(self._pictures)
        return self._looked_at if there else None

    def mark_at(self, place: QPoint) -> int | None:
        """Return the draw whose mark is at a place of the panel, or None."""
        layout = self.layout_now
        found = (draw for draw in range(len(self._pictures)) if layout.mark_box(draw).contains(place))
        return next(found, None) if layout.strip.contains(place) else None

    def _draw_text(self, draw: int) -> str:
        """Return what a draw is called."""
        _, prediction = self._shown
        return f"draw {draw + 1} of {prediction.total if prediction is not None else self._draws}"

    @property
    def layout_now(self) -> Layout:
        """Where the parts are."""
        return self.layout_for(self.size())

    def layout_for(self, size: QSize) -> Layout:
        """Return where the parts would be in a panel of some size."""
        bars, aims = max(len(self._bars), 1), self._target is not None
        return Layout.fit(size, bars, self._compact, aims, self._smallest, self._is_large, self._draws)

    def set_names_outside(self, outside: bool) -> None:
        """Let the names of the classes stand beside the panel, so that its bars are longer; or within it."""
        self._names_outside = outside
        self.update()

    def full_name_at(self, place: QPoint) -> str:
        """Return the whole name of the class at a place of the panel if it is cut there, else ""."""
        layout, prediction = self.layout_now, self.prediction
        if layout.verdict.contains(place) and prediction is not None:
            name, font = prediction.class_names[prediction.predicted], self._verdict_font(layout)
            return name if text_width(font, name) > self._verdict_name(layout, font).width() else ""
        index = self.class_at(place)
        if index is None:
            return ""
        font, room = self._bar_names(layout)
        return self._class_names[index] if text_width(font, self._class_names[index]) > room else ""

    def bar_font(self, layout: Layout | None = None) -> QFont:
        """Return the font of the true class' name where it stands beside the panel, now or in another layout."""
        return theme.font(self.font(), (layout or self.layout_now).bar_font, bold=True)

    def widest_name(self, layout: Layout) -> int:
        """Return the width of the longest name of a class where it stands beside the panel; 0 without any."""
        return widest(self.bar_font(layout), self._longest_names) if self._longest_names else 0

    def bar_rows(self, width: int = 0) -> list[tuple[str, QRect, bool]]:
        """Return the name of each class with a bar, a box as high as its row, and whether it is the true class.

        Args:
            width: Of the boxes.
        """
        layout, prediction = self.layout_now, self.prediction
        rows = []
        for place, index in enumerate(self._bars):
            column = layout.columns[place // layout.rows]
            top = column.top() + place % layout.rows * column.height() / layout.rows
            box = QRect(column.left(), round(top), width, round(column.height() / layout.rows))
            rows.append((self._class_names[index], box, prediction is not None and index == prediction.label))
        return rows

    def class_at(self, place: QPoint) -> int | None:
        """Return the class whose bar is at a place of the panel, or None."""
        layout = self.layout_now
        for number, column in enumerate(layout.columns):
            if column.contains(place) and column.height() > 0:
                row = number * layout.rows + (place.y() - column.top()) * layout.rows // column.height()
                return self._bars[row] if row < len(self._bars) else None
        return None

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.colors(self.palette())
        layout = self.layout_now
        off = bool(self.off_reason)
        painter.setPen(QPen(colors.accent if self.hasFocus() else colors.border, 2 if self.hasFocus() else 1))
        painter.setBrush(colors.window if off else colors.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

        painter.setPen(colors.muted if off else colors.text)
        font, caption, note = self.heading_now(layout)
        if self.picture.is_held:
            caption = "(a) original"
        painter.setFont(font)
        box, beside = layout.caption, layout.help.width()
        if text_width(font, caption) <= box.width() - beside:  # then it stands in the middle of the panel
            box = box.adjusted(beside, 0, 0, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, elided(painter, caption, box))
        if not self.picture.reading:
            self._paint_note(painter, colors, layout, note)
        if self.is_late and self.prediction is not None:
            painter.setOpacity(FADED)
        self._paint_picture(painter, colors, layout)
        self._paint_verdict(painter, colors, layout)
        self._paint_goal(painter, colors, layout)
        self._paint_votes(painter, colors, layout)
        self._paint_bars(painter, colors, layout)
        self._paint_reading(painter, colors, layout)

    def _paint_reading(self, painter: QPainter, colors: theme.Colors, layout: Layout) -> None:
        """Say what is known of a pixel beneath the caption, or at the lower edge of the picture if there is no line."""
        reading, smallest = self.picture.reading, layout.smallest_font
        if not reading:
            return
        box = layout.note
        size = fitting_texts(self.font(), (_READING,), box.width(), layout.note_font, smallest=smallest)
        if box.isEmpty():
            box = QRect(layout.picture)
            box.setTop(box.bottom() - round(1.3 * size))
            painter.fillRect(box, colors.surface)
        painter.setPen(colors.text)
        painter.setFont(theme.font(self.font(), size))
        if text_width(painter.font(), reading) > box.width():  # the frame says where it is, too
            reading = self.picture.values
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, elided(painter, reading, box))

    def _paint_note(self, painter: QPainter, colors: theme.Colors, layout: Layout, note: str) -> None:
        """Say how well the attacker knows what is shown, and the like, in letters of one size for all panels."""
        if layout.note.height() > 0 and not self.off_reason:
            stands_out = self._familiarity is ADAPTIVE
            painter.setPen(colors.text if stands_out else colors.muted)
            painter.setFont(theme.font(self.font(), self._note_size(layout), bold=stands_out))
            words = elided(painter, note, layout.note)
            painter.drawText(layout.note, Qt.AlignmentFlag.AlignCenter, words)

    def _note_size(self, layout: Layout) -> int:
        smallest = layout.smallest_font
        return fitting_texts(self.font(), (PARTLY_KNOWN,), layout.note.width(), layout.note_font, smallest=smallest)

    def _paint_goal(self, painter: QPainter, colors: theme.Colors, layout: Layout) -> None:
        """Say whether the attacker's target is reached."""
        prediction, box = self.prediction, layout.goal
        if prediction is None or prediction.reached is None:
            return
        size = self._note_size(layout)
        color = colors.wrong if prediction.reached else colors.muted
        font = theme.font(self.font(), size, bold=prediction.reached)
        width, sign = text_width(font, prediction.goal_text), size if prediction.reached else 0
        left = box.left() + (box.width() - width - sign) / 2
        if prediction.reached:
            paint_flag(painter, QRectF(left, box.center().y() - size * 0.5, size * 0.8, size), color)
        painter.setPen(color)
        painter.setFont(font)
        words = QRectF(left + sign, box.top(), width, box.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, prediction.goal_text)

    def _paint_votes(self, painter: QPainter, colors: theme.Colors, layout: Layout) -> None:
        """Show the single draws as marks, those that are still to come as dots; and say how many are right."""
        _, prediction = self._shown
        if prediction is None or prediction.total < 2:
            return
        looked_at = self.looked_at
        longest = f"same as (a) in {'0' * len(str(prediction.total))} of {prediction.total}"
        size = fitting_texts(self.font(), (longest,), layout.votes.width(), layout.note_font)
        painter.setPen(colors.text)
        painter.setFont(theme.font(self.font(), size, bold=looked_at is not None))
        words = prediction.votes if looked_at is None else self._draw_text(looked_at)
        painter.drawText(layout.votes, Qt.AlignmentFlag.AlignCenter, words)
        for draw in range(prediction.total):
            box = QRectF(layout.mark_box(draw))
            if draw < len(prediction.draws):
                verdict = prediction.draws[draw].verdict
                margin = box.width() * 0.2
                inside = box.adjusted(margin, margin, -margin, -margin)
                paint_verdict(painter, verdict, inside, _fill(verdict, colors))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.border)
                painter.drawEllipse(box.center(), box.width() * 0.12, box.width() * 0.12)
            if draw == looked_at:
                painter.setPen(QPen(colors.text, 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box)

    def _paint_picture(self, painter: QPainter, colors: theme.Colors, layout: Layout) -> None:
        box = layout.picture
        if self.picture.image is not None:
            self.picture.paint(painter, self, box)
            return
        painter.fillRect(box, colors.track)
        if self.off_reason:
            painter.fillRect(box, QBrush(colors.border, Qt.BrushStyle.BDiagPattern))
        self._paint_words(painter, colors, box.adjusted(8, 8, -8, -8), layout)

    def _paint_words(self, painter: QPainter, colors: theme.Colors, box: QRect, layout: Layout) -> None:
        """Write why there is no picture, as large as fits."""
        words = self.off_reason or self._text
        size = fitting_words(self, words, box, layout.caption_font, layout.smallest_font)
        painter.setFont(theme.font(self.font(), size))
        if self.off_reason:  # the hatching must not run through the words
            painter.fillRect(painter.boundingRect(box, WORDS, words).adjusted(-4, -2, 4, 2), colors.window)
        painter.setPen(colors.muted)
        painter.drawText(box, WORDS, words)

    def _paint_verdict(self, painter: QPainter, colors: theme.Colors, layout: Layout) -> None:
        box = layout.verdict
        prediction = self.prediction
        painter.setPen(Qt.PenStyle.NoPen)
        if prediction is None:
            painter.setBrush(colors.track)
            painter.drawRoundedRect(box, 5, 5)
            painter.setPen(colors.muted)
            painter.setFont(theme.font(self.font(), layout.caption_font))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "off" if self.off_reason else "")
            return
        fill = _fill(prediction.verdict, colors)
        written = theme.ink(fill)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 5, 5)

        best = prediction.predicted
        font = self._verdict_font(layout)
        size = font.pixelSize()
        line = box.height() if layout.compact else box.height() // 2
        sign = QRectF(box.left() + size * 0.4, box.top() + line / 2 - size * 0.36, size * 0.72, size * 0.72)
        if not layout.compact:
            sign.translate(0, size * 0.08)
        paint_verdict(painter, prediction.verdict, sign, written)
        painter.setPen(written)
        painter.setFont(font)
        words = self._verdict_name(layout, font)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, middle, elided(painter, prediction.class_names[best], words))
        if layout.compact:
            words.setRight(box.right() - round(size * 0.3))
            painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, percent(prediction.probabilities[best]))
        else:
            words.translate(0, line - round(size * 0.16))
            if prediction.of_votes:
                size = fitting_texts(self.font(), (f"{_WIDEST_SHARE}of votes",), words.width(), size)
            painter.setFont(theme.font(self.font(), size))
            painter.drawText(words, middle, prediction.share)

    def _verdict_font(self, layout: Layout) -> QFont:
        """Return the verdict's font, of one size for all classes; sign and margins take nearly twice that."""
        room = _WIDEST_SHARE if layout.compact else ""
        texts = tuple(room + name for name in self._longest_names)
        # A few pixels are lost to rounding.
        width, smallest = layout.verdict.width() - 4, layout.smallest_font
        size = fitting_texts(self.font(), texts, width, layout.verdict_font, ems=1.85, smallest=smallest)
        return theme.font(self.font(), size, bold=True)

    @staticmethod
    def _verdict_name(layout: Layout, font: QFont) -> QRect:
        """Return where the verdict names the class."""
        box, size = layout.verdict, font.pixelSize()
        line = box.height() if layout.compact else box.height() // 2
        words = QRect(round(box.left() + size * 1.47), box.top(), 0, line)
        words.setRight(box.right() - round(size * 0.3))
        if layout.compact:
            words.setRight(words.right() - text_width(font, _WIDEST_SHARE))
        else:
            words.translate(0, round(size * 0.08))
        return words

    def _bar_names(self, layout: Layout) -> tuple[QFont, int]:
        """Return the font of the true class' name beside its bar, the widest that there is, and the room for names."""
        if self._names_outside and len(layout.columns) == 1:
            return self.bar_font(layout), 0
        half = layout.columns[0].width() // 2
        size = fitting_texts(self.font(), self._longest_names, half, layout.bar_font, smallest=layout.smallest_font)
        font = theme.font(self.font(), size, bold=True)
        return font, min(widest(font, self._longest_names), half)

    def _paint_bars(self, painter: QPainter, colors: theme.Colors, layout: Layout) -> None:
        width, height = layout.columns[0].width(), layout.columns[0].height()
        if not self._bars or height < 4 * layout.rows:
            return
        row = height / layout.rows
        strong, name_width = self._bar_names(layout)
        plain = theme.font(self.font(), strong.pixelSize())
        share_width = text_width(strong, "100")
        start = name_width + 6 if name_width else 0
        length = width - start - share_width - 4 - PAD
        for place, index in enumerate(self._bars):
            name = self._class_names[index]
            column = layout.columns[place // layout.rows]
            line = QRectF(column.left(), column.top() + place % layout.rows * row, width, row)
            prediction = self.prediction
            is_label = prediction is not None and index == prediction.label
            best = prediction is not None and index == prediction.predicted
            painter.setFont(strong if is_label else plain)
            painter.setPen(colors.text if is_label or best else colors.muted)
            box = QRect(round(line.left()), round(line.top()), name_width, round(row))
            middle = Qt.AlignmentFlag.AlignVCenter
            if name_width:
                painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, elided(painter, name, box))
            thickness = max(row * 0.62, 3)
            bar = QRectF(line.left() + start, line.center().y() - thickness / 2, length, thickness)
            painter.fillRect(bar, colors.track)
            share = 0.0 if prediction is None else float(prediction.probabilities[index])
            fill = colors.bar
            if prediction is not None and best:
                fill = _fill(prediction.verdict, colors)
            painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * share, bar.height()), fill)
            if prediction is not None:
                figures = QRectF(bar.right() + 4, line.top(), share_width, row)
                painter.drawText(figures, middle | Qt.AlignmentFlag.AlignRight, f"{share * 100:.0f}")
            if index == self._target:
                self._mark_target(painter, colors, bar, fill if share > 0.9 else colors.track)

    def _mark_target(self, painter: QPainter, colors: theme.Colors, bar: QRectF, behind: QColor) -> None:
        """Mark the bar of the class that the attacker wants to see: a frame, and a flag at its end."""
        painter.save()
        painter.setPen(QPen(colors.text, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        painter.restore()
        side = bar.height() * 0.9
        flag = QRectF(bar.right() - side * 0.95, bar.top() + bar.height() * 0.1, side * 0.75, side * 0.9)
        paint_flag(painter, flag, theme.ink(behind))


def _fill(verdict: Verdict, colors: theme.Colors) -> QColor:
    """Return the colour of a verdict."""
    found = {Verdict.RIGHT: colors.right, Verdict.WRONG: colors.wrong, Verdict.CHANGED: colors.wrong}
    return found.get(verdict, colors.neutral)
