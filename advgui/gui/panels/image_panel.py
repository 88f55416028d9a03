"""One of the panels (a), (b) ...: picture, prediction, verdict, and the probabilities of all classes."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget
from typing_extensions import override

from advgui.gui.explain.card import Card, ExplainButton
from advgui.gui.explain.words import Explanation
from advgui.gui.panels.comparison import Comparison, Pixel
from advgui.gui.panels.heat import overlay
from advgui.gui.panels.inspecting import Inspecting
from advgui.gui.panels.layout import PAD, SMALLEST_FONT, Layout
from advgui.gui.panels.picture import Picture
from advgui.gui.panels.prediction import Prediction, Verdict, percent
from advgui.gui.panels.signs import paint_flag, paint_verdict
from advgui.gui.widgets import access, pixels, theme
from advgui.gui.widgets.elided import as_tooltip, text_width
from advgui.scenarios import ADAPTIVE, PARTLY_KNOWN, UNSAID, Familiarity
from advgui.types import FloatArray

# Copied pictures have at least this many pixels, or a slide would show a stamp.
_COPY_SIDE = 320
_WORDS = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
_TIGHTEST = 0.85  # of a caption's letters where its strength is to have room, too
_WIDEST_SHARE = ">99.9 % "
# More classes than this, and neither bars nor picture could be recognised: then the likeliest have a bar.
MOST_BARS = 12
# The keys that a panel takes, for the list of keys.
KEYS = (
    ("what it shows", "?"),
    ("single draws of a vote, one after the other", "D, Shift+D"),
)
# What is said of a pixel is usually no longer.
_READING = "(00, 00): 000 000 000, +00 +00 +00"
# Opacity of what belongs to a result that is out of date.
FADED = 0.35


class _Place(NamedTuple):
    """What takes clicks: the mark of a draw, or the bar of a class."""

    is_mark: bool
    number: int


class ImagePanel(QWidget):
    """A panel, painted by hand so that its siblings look exactly alike.

    Args:
        caption: What the picture is, such as "(b) FGSM".
        comparison: What it has in common with other panels; one of its own if None.

    Signals:
        save_asked: The user wants this panel's picture in a file.
        goal_asked: A class was clicked, and the attacker's goal is to be that class, or None: no certain one.
    """

    save_asked = Signal()
    goal_asked = Signal(object)

    def __init__(self, caption: str, parent: QWidget | None = None, comparison: Comparison | None = None) -> None:
        super().__init__(parent)
        self.caption = caption
        self.details = ("", "")  # strength and seed
        self._comparison = comparison or Comparison(self)
        self._comparison.changed.connect(self._on_compared)
        self.picture = Picture(self._comparison)
        self._overlay: QImage | None = None
        Inspecting(self, self._comparison)
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
        self._can_aim = False
        self._smallest, self._is_large = 0, False
        self._pressed: _Place | None = None
        self._draws = 1
        # The vote, and of it the single draws' pictures; a draw may be looked at in its place.
        self._shown: tuple[FloatArray | None, Prediction | None] = (None, None)
        self._pictures: Sequence[FloatArray] = ()
        self._looked_at: int | None = None
        self.is_late = False
        self._longest_names: tuple[str, ...] = ()
        self.explanation: Explanation | None = None
        self.explain_button = ExplainButton(self)
        self.explain_button.clicked.connect(self.explain)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(caption)
        access.as_picture(self)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = QAction("&Copy enlarged image", self)
        copy.triggered.connect(self.copy)
        save = QAction("&Save image at original size…", self)
        save.triggered.connect(self.save_asked)
        self.addActions([copy, save])

    def set_frame(
        self,
        extent: int,
        class_names: Sequence[str],
        compact: bool,
        captions: Sequence[str],
        bars: Sequence[int] | None = None,
        draws: int = 1,
    ) -> None:
        """Set what all panels of a row have in common.

        Args:
            extent: Pixels of the longest side that a picture in the row may have; it sets the common scale.
            class_names: Of the classifier.
            compact: Whether the verdict has one line instead of two.
            captions: Of all panels; they get one font size, at which the longest fits.
            bars: The classes that have a bar, from top to bottom; None for all.
            draws: For how many draws there is room for a mark.
        """
        shown = tuple(range(len(class_names))) if bars is None else tuple(bars)
        frame = (extent, tuple(class_names), compact, tuple(captions), shown, draws)
        if frame != (self.picture.extent, self._class_names, self._compact, self._captions, self._bars, self._draws):
            if self._class_names != frame[1]:
                self._longest_names = _longest(self, frame[1])
            self.picture.extent, self._class_names, self._compact, self._captions, self._bars, self._draws = frame
            if draws < 2:
                self._looked_at = None
            self._write_tooltip()
            self.update()

    @property
    def pixels(self) -> FloatArray | None:
        """What the picture shows, float32 (H, W, 3) in [0, 1]; None if there is none."""
        return self.picture.pixels

    @property
    def is_presented(self) -> bool:
        """Whether people sit far away."""
        return self._smallest > 0

    def set_original(self, original: FloatArray | None) -> None:
        """Set the picture of (a), to compare with; None in its own panel, and where there is none."""
        self.picture.set_original(original)

    def set_map(self, values: FloatArray | None, largest: float) -> None:
        """Lay a map over the picture, but not over that of a single draw; nothing for None (see `heat.overlay`)."""
        shown = self._shown[0]
        self._overlay = None
        if values is not None and shown is not None:
            self._overlay = overlay(values, largest, *shown.shape[:2])
        self._lay_over()

    def _lay_over(self) -> None:
        self.picture.overlay = self._overlay if self.looked_at is None else None
        self.update()

    def set_held(self, held: bool) -> None:
        """Show the picture of (a) in the place of this one, or this one again."""
        if held != self.picture.is_held:
            self.picture.is_held = held
            self.update()

    def pixel_at(self, place: QPointF) -> Pixel | None:
        """Return the pixel of the picture at a place of the panel, or None."""
        return self.picture.pixel_at(place, self.layout_now.picture, self.devicePixelRatioF())

    def place_looked_at(self) -> tuple[float, float]:
        """Return where the pixel that is looked at is, from 0 to 1 in what is seen; the middle if there is none."""
        pixel, box = self.picture.pixel, self.layout_now.picture
        if pixel is None:
            return 0.5, 0.5
        middle = self.picture.place_of(pixel, box, self.devicePixelRatioF()).center()
        return (middle.x() - box.left()) / box.width(), (middle.y() - box.top()) / box.height()

    def takes_click_at(self, place: QPoint) -> bool:
        """Return whether a click at a place of the panel does something."""
        return self._clickable_at(place) is not None

    @Slot()
    def _on_compared(self) -> None:
        self._describe()
        self.update()

    def set_presented(self, smallest: int, large: bool) -> None:
        """Set the height of the smallest letters, in pixels, or 0; and whether the panel stands alone."""
        if (smallest, large) != (self._smallest, self._is_large):
            self._smallest, self._is_large = smallest, large
            self._place_button()
            self.update()

    def set_explanation(self, explanation: Explanation) -> None:
        """Set what the panel says of itself when it is asked."""
        self.explanation = explanation
        self.explain_button.setAccessibleName(f"Explain {explanation.title}")

    @Slot()
    def explain(self) -> None:
        """Show the card that explains the panel, over its picture."""
        if self.explanation is not None:
            layout = self.layout_now
            card = Card(self.explanation, max(self.fontInfo().pixelSize(), layout.smallest_font), self)
            card.show_at(self.mapToGlobal(layout.picture.topLeft()))

    def set_aim(self, target: int | None, can_aim: bool, familiarity: Familiarity = UNSAID) -> None:
        """Set what the attacker of this panel wants and knows.

        Args:
            target: The class that it wants to see, or None.
            can_aim: Whether the attack has a goal at all, which a click on a bar then chooses.
            familiarity: How well it knows what this panel shows.
        """
        self._target, self._can_aim, self._familiarity = target, can_aim, familiarity
        self._write_tooltip()
        self.update()

    def _write_tooltip(self) -> None:
        fewer = len(self._bars) < len(self._class_names)
        likeliest = f"The {len(self._bars)} likeliest of {len(self._class_names):,} classes." if fewer else ""
        of_votes = self.prediction is not None and self.prediction.of_votes
        shares = "The bars are shares of the votes." if of_votes else ""
        self.setToolTip(" ".join(filter(None, (self._familiarity.meaning, shares, likeliest))))

    def set_caption(self, caption: str, strength: str = "", seed: str = "") -> None:
        """Say what the picture is, and with what strength and seed it was made."""
        if (caption, (strength, seed)) != (self.caption, self.details):
            self.caption, self.details = caption, (strength, seed)
            self.setAccessibleName(", ".join(filter(None, (caption, strength, seed))))
            self.update()

    def heading_now(self, layout: Layout) -> tuple[QFont, str, str]:
        """Return the font of the caption, the caption, and the line beneath it, with as much of the details as fits.

        The caption takes the strength, if there is room in letters that are hardly smaller; then come what the
        attacker knows, and the seed.
        """
        room, smallest = layout.caption.width(), layout.smallest_font
        size = _fitting(self.font(), self._captions, room, layout.caption_font, smallest=smallest)
        strength, seed = self.details
        longer = ", ".join(filter(None, (self.caption, strength)))
        least = max(round(_TIGHTEST * size), smallest)
        font = theme.font(
            self.font(), _fitting(self.font(), (longer,), room, size, smallest=least), bold=not self.off_reason
        )
        fits = text_width(font, longer) <= room
        if not fits:
            font = theme.font(self.font(), size, bold=not self.off_reason)
        rest = [words for words in ("" if fits else strength, self._familiarity.words, seed) if words]
        small = theme.font(self.font(), self._note_size(layout), bold=self._familiarity is ADAPTIVE)
        while len(rest) > 1 and text_width(small, ", ".join(rest)) > layout.note.width():
            rest.pop()
        return font, longer if fits else self.caption, ", ".join(rest)

    def show_result(self, picture: FloatArray, prediction: Prediction, pictures: Sequence[FloatArray] = ()) -> None:
        """Show a picture and what the classifier says of it; or the single draw that the user looks at.

        Args:
            picture: float32 (H, W, 3) in [0, 1].
            prediction: Of this picture.
            pictures: Those of the prediction's draws.
        """
        self._shown, self._pictures = (picture, prediction), pictures
        draw = self.looked_at
        if draw is None:
            self._put(picture, prediction, "", "")
        else:
            self._put(pictures[draw], prediction.draws[draw], "", "")
        self._write_tooltip()

    @property
    def looked_at(self) -> int | None:
        """The number of the draw that is shown in place of the vote, from 0; None where it is the vote."""
        there = self._looked_at is not None and self._looked_at < len(self._pictures)
        return self._looked_at if there else None

    def look_at(self, draw: int | None) -> None:
        """Show a single draw in place of the vote, if it is there; with None, the vote again."""
        picture, prediction = self._shown
        self._looked_at = draw
        if picture is not None and prediction is not None:
            self.show_result(picture, prediction, self._pictures)

    def mark_at(self, place: QPoint) -> int | None:
        """Return the draw whose mark is at a place of the panel, or None."""
        layout = self.layout_now
        found = (draw for draw in range(len(self._pictures)) if layout.mark_box(draw).contains(place))
        return next(found, None) if layout.strip.contains(place) else None

    def _draw_text(self, draw: int) -> str:
        """Return what a draw is called."""
        _, prediction = self._shown
        return f"draw {draw + 1} of {prediction.total if prediction is not None else self._draws}"

    def show_waiting(self, text: str, picture: FloatArray | None = None) -> None:
        """Show that there is no prediction yet, and why; and the picture if there is one."""
        self._show_nothing(picture, "", text)

    def show_off(self, reason: str) -> None:
        """Grey the panel out, with a word why."""
        self._show_nothing(None, reason, "")

    def _show_nothing(self, picture: FloatArray | None, off: str, text: str) -> None:
        self._shown, self._pictures = (None, None), ()
        self._put(picture, None, off, text)

    def set_late(self, late: bool) -> None:
        """Dim the result, because a newer one is awaited; or show it as usual."""
        if late != self.is_late:
            self.is_late = late
            self.update()

    def _put(self, picture: FloatArray | None, prediction: Prediction | None, off: str, text: str) -> None:
        self.picture.put(picture)
        self._lay_over()
        self.prediction, self.off_reason, self._text = prediction, off, text
        self._describe()
        self.update()

    def _describe(self) -> None:
        """Say what is seen to those who do not see it."""
        prediction, draw = self.prediction, self.looked_at
        words = (
            (prediction.text, self._familiarity.words) if prediction is not None else (self.off_reason or self._text,)
        )
        single = "" if draw is None else self._draw_text(draw)
        self.setAccessibleDescription(", ".join(filter(None, (self.picture.reading, single, *words))))

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
        return _widest(self.bar_font(layout), self._longest_names) if self._longest_names else 0

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

    def hint_at(self, place: QPoint) -> str:
        """Return what a tooltip says at a place of the panel besides that of the panel, "" if nothing."""
        draw, (_, vote) = self.mark_at(place), self._shown
        if draw is not None and vote is not None:
            click = "back to the vote" if draw == self.looked_at else "shows it alone"
            return f"{self._draw_text(draw).capitalize()}: {vote.draws[draw].text}. Click: {click}."
        if self.layout_now.caption.contains(place) and self.explanation is not None:
            return self.explanation.words
        index, name = self.class_at(place), self.full_name_at(place)
        if index is None or not self._takes_clicks:
            return name
        goal = self._goal_after(index)
        if goal is None:
            assert self.prediction is not None  # or it would take no clicks
            return f"Click: the attack leads away from '{self._class_names[self.prediction.label]}'."
        return f"Click: the attack leads towards '{self._class_names[goal]}'."

    @property
    def _takes_clicks(self) -> bool:
        return self._can_aim and self.prediction is not None

    def _goal_after(self, index: int) -> int | None:
        """Return the goal after a click on a class: that class, or None if it was the goal or is the true class."""
        label = None if self.prediction is None else self.prediction.label
        return None if index in (self._target, label) else index

    @override
    def event(self, event: QEvent) -> bool:
        """Say the whole name of a class where it is cut, and what a click does."""
        if isinstance(event, QHelpEvent) and self.picture.reading and self.layout_now.picture.contains(event.pos()):
            return True  # pixels are looked at
        hint = self.hint_at(event.pos()) if isinstance(event, QHelpEvent) else ""
        if isinstance(event, QHelpEvent) and hint:
            QToolTip.showText(event.globalPos(), as_tooltip(hint), self)
            return True
        return super().event(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where a click chooses a goal."""
        over_something = self._clickable_at(event.position().toPoint()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over_something else Qt.CursorShape.ArrowCursor)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click on a bar or on a mark."""
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._clickable_at(event.position().toPoint()) if left else None

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a goal, or look at a draw, if the button was pressed on the same bar or mark."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or pressed != self._clickable_at(event.position().toPoint()):
            return
        if pressed.is_mark:
            self.look_at(None if pressed.number == self.looked_at else pressed.number)
        else:
            self.goal_asked.emit(self._goal_after(pressed.number))

    def _clickable_at(self, place: QPoint) -> "_Place | None":
        draw, index = self.mark_at(place), self.class_at(place)
        if draw is not None:
            return _Place(True, draw)
        return _Place(False, index) if index is not None and self._takes_clicks else None

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the next draw with D, the one before with Shift+D; explain the panel with the question mark."""
        if event.text() == "?":
            self.explain()
            return
        count, draw = len(self._pictures), self.looked_at
        if event.key() != Qt.Key.Key_D or not count:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.look_at((count if draw is None else draw) - 1 if draw != 0 else count - 1)
        else:
            self.look_at(0 if draw is None else (draw + 1) % count)

    @Slot()
    def copy(self) -> None:
        """Put the picture on the clipboard, enlarged without smoothing."""
        image = self.picture.image
        if image is not None:
            factor = -(-_COPY_SIDE // max(image.width(), image.height()))
            QGuiApplication.clipboard().setImage(pixels.enlarged(image, factor))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button beside the caption."""
        self._place_button()

    def _place_button(self) -> None:
        box = self.layout_now.help
        self.explain_button.setVisible(not box.isEmpty())
        self.explain_button.setGeometry(box)

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
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _elided(painter, caption, box))
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
        size = _fitting(self.font(), (_READING,), box.width(), layout.note_font, smallest=smallest)
        if box.isEmpty():
            box = QRect(layout.picture)
            box.setTop(box.bottom() - round(1.3 * size))
            painter.fillRect(box, colors.surface)
        painter.setPen(colors.text)
        painter.setFont(theme.font(self.font(), size))
        if text_width(painter.font(), reading) > box.width():  # the frame says where it is, too
            reading = self.picture.values
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _elided(painter, reading, box))

    def _paint_note(self, painter: QPainter, colors: theme.Colors, layout: Layout, note: str) -> None:
        """Say how well the attacker knows what is shown, and the like, in letters of one size for all panels."""
        if layout.note.height() > 0 and not self.off_reason:
            stands_out = self._familiarity is ADAPTIVE
            painter.setPen(colors.text if stands_out else colors.muted)
            painter.setFont(theme.font(self.font(), self._note_size(layout), bold=stands_out))
            words = _elided(painter, note, layout.note)
            painter.drawText(layout.note, Qt.AlignmentFlag.AlignCenter, words)

    def _note_size(self, layout: Layout) -> int:
        smallest = layout.smallest_font
        return _fitting(self.font(), (PARTLY_KNOWN,), layout.note.width(), layout.note_font, smallest=smallest)

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
        size = _fitting(self.font(), (longest,), layout.votes.width(), layout.note_font)
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
            painter.fillRect(painter.boundingRect(box, _WORDS, words).adjusted(-4, -2, 4, 2), colors.window)
        painter.setPen(colors.muted)
        painter.drawText(box, _WORDS, words)

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
        painter.drawText(words, middle, _elided(painter, prediction.class_names[best], words))
        if layout.compact:
            words.setRight(box.right() - round(size * 0.3))
            painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, percent(prediction.probabilities[best]))
        else:
            words.translate(0, line - round(size * 0.16))
            if prediction.of_votes:
                size = _fitting(self.font(), (f"{_WIDEST_SHARE}of votes",), words.width(), size)
            painter.setFont(theme.font(self.font(), size))
            painter.drawText(words, middle, prediction.share)

    def _verdict_font(self, layout: Layout) -> QFont:
        """Return the verdict's font, of one size for all classes; sign and margins take nearly twice that."""
        room = _WIDEST_SHARE if layout.compact else ""
        texts = tuple(room + name for name in self._longest_names)
        # A few pixels are lost to rounding.
        width, smallest = layout.verdict.width() - 4, layout.smallest_font
        size = _fitting(self.font(), texts, width, layout.verdict_font, ems=1.85, smallest=smallest)
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
        size = _fitting(self.font(), self._longest_names, half, layout.bar_font, smallest=layout.smallest_font)
        font = theme.font(self.font(), size, bold=True)
        return font, min(_widest(font, self._longest_names), half)

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
                painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, _elided(painter, name, box))
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


def _elided(painter: QPainter, text: str, box: QRect) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())


def fitting_words(widget: QWidget, words: str, box: QRect, largest: int, smallest: int = SMALLEST_FONT) -> int:
    """Return the largest font size at which a sentence, broken into lines between words, fits into a box."""
    size = _fitting(widget.font(), tuple(words.split()), box.width(), largest, smallest=smallest)
    while size > smallest:
        if QFontMetrics(theme.font(widget.font(), size)).boundingRect(box, _WORDS, words).height() <= box.height():
            break
        size -= 1
    return size


def _widest(font: QFont, texts: Sequence[str]) -> int:
    return max((text_width(font, text) for text in texts), default=0)


def _longest(widget: QWidget, names: Sequence[str]) -> tuple[str, ...]:
    """Return the widest names, which sizes follow."""
    metrics = QFontMetricsF(theme.font(widget.font(), 100, bold=True))
    return tuple(sorted(names, key=metrics.horizontalAdvance)[-MOST_BARS:])


@lru_cache(maxsize=256)
def _fitting(
    base: QFont, texts: tuple[str, ...], width: float, largest: int, ems: float = 0, smallest: int = SMALLEST_FONT
) -> int:
    """Return the largest bold font size at which every text, and `ems` times that size, fit into a width."""
    trial = _widest(theme.font(base, 100, bold=True), texts)
    size = min(largest, int(width / (trial / 100 + ems + 0.01)) + 1)
    # Small sizes are not exactly as wide as large ones shrunk.
    while size > smallest and _widest(theme.font(base, size, bold=True), texts) + ems * size > width:
        size -= 1
    return max(size, smallest)
