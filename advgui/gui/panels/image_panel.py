"""One of the panels (a), (b) ...: picture, prediction, verdict, and the probabilities of all classes."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget
from typing_extensions import override

from advgui.gui.explain.card import Card, ExplainButton
from advgui.gui.explain.words import Explanation
from advgui.gui.panels.comparison import Comparison, Pixel
from advgui.gui.panels.fitting import longest
from advgui.gui.panels.heat import overlay
from advgui.gui.panels.inspecting import Inspecting
from advgui.gui.panels.painted_panel import PaintedPanel
from advgui.gui.panels.prediction import Prediction
from advgui.gui.widgets import access, pixels
from advgui.gui.widgets.elided import as_tooltip
from advgui.scenarios import UNSAID, Familiarity
from advgui.types import FloatArray

# Copied pictures have at least this many pixels, or a slide would show a stamp.
_COPY_SIDE = 320
# More classes than this, and neither bars nor picture could be recognised: then the likeliest have a bar.
MOST_BARS = 12
# The keys that a panel takes, for the list of keys.
KEYS = (
    ("what it shows", "?"),
    ("single draws of a vote, one after the other", "D, Shift+D"),
)


class _Place(NamedTuple):
    """What takes clicks: the mark of a draw, or the bar of a class."""

    is_mark: bool
    number: int


class ImagePanel(PaintedPanel):
    """A panel that shows a result, and what a user may do with it.

    Args:
        caption: What the picture is, such as "(b) FGSM".
        comparison: What it has in common with other panels; one of its own if None.

    Signals:
        save_asked: The user wants this panel's picture in a file; whether in one that is dragged out.
        goal_asked: A class was clicked, and the attacker's goal is to be that class, or None: no certain one.
    """

    save_asked = Signal(bool)
    goal_asked = Signal(object)

    def __init__(self, caption: str, parent: QWidget | None = None, comparison: Comparison | None = None) -> None:
        super().__init__(caption, comparison, parent)
        self._comparison.changed.connect(self._on_compared)
        Inspecting(self, self._comparison)
        self._can_aim = False
        self._pressed: _Place | None = None
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
        save.triggered.connect(lambda: self.save_asked.emit(False))
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
                self._longest_names = longest(self, frame[1])
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
        text = " ".join(filter(None, (self._familiarity.meaning, shares, likeliest)))
        if text != self.toolTip():
            self.setToolTip(text)

    def set_caption(self, caption: str, strength: str = "", seed: str = "") -> None:
        """Say what the picture is, and with what strength and seed it was made."""
        if (caption, (strength, seed)) != (self.caption, self.details):
            self.caption, self.details = caption, (strength, seed)
            self.setAccessibleName(", ".join(filter(None, (caption, strength, seed))))
            self.update()

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

    def look_at(self, draw: int | None) -> None:
        """Show a single draw in place of the vote, if it is there; with None, the vote again."""
        picture, prediction = self._shown
        self._looked_at = draw
        if picture is not None and prediction is not None:
            self.show_result(picture, prediction, self._pictures)
        self._lay_over()

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
        before, was = self.prediction, (self.off_reason, self._text)
        is_same = prediction is before is None or (prediction is not None and prediction.says_the_same_as(before))
        if is_same and (off, text) == was and self.picture.shows(picture):
            return  # (a), as a rule, while a slider is dragged: painting it takes a millisecond
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
