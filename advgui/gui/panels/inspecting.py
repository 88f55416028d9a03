"""What mouse and keys do with the picture of a panel: blink with (a), zoom all panels, look at one pixel."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QMainWindow
from typing_extensions import override

from advgui.gui.panels.comparison import Comparison, Pixel

if TYPE_CHECKING:
    from advgui.gui.panels.image_panel import ImagePanel
    from advgui.gui.panels.stage import Stage

# For the list of keys.
KEYS = (
    ("hold to see (a) in its place", "B, mouse button"),
    ("zoom all panels", "+, -, wheel"),
    ("look at a pixel, or no longer", "Enter"),
    ("the pixel beside it", "arrow keys"),
    ("see everything again", "Esc, double click"),
    ("a picture file for another program", "drag the picture out of its panel"),
)
_WHOLE_NOTCH = 120  # eighths of a degree
_ARROWS: Mapping[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ENDS = (QEvent.Type.FocusOut, QEvent.Type.Hide, QEvent.Type.WindowDeactivate)


class Inspecting(QObject):
    """Hears the events of one panel before the panel does, and leaves what is not about the picture.

    In a presentation, keys belong to that.

    Args:
        panel: The panel.
        comparison: Of all panels.
    """

    def __init__(self, panel: "ImagePanel", comparison: Comparison) -> None:
        super().__init__(panel)
        self._panel, self._comparison = panel, comparison
        self._has_picture = False  # the mouse, since its button was pressed
        panel.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is about the picture."""
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return not self._panel.is_presented and self._on_key(event)
        if isinstance(event, QWheelEvent):
            return self._on_wheel(event)
        if isinstance(event, QMouseEvent):
            self._on_mouse(event)
        elif event.type() == QEvent.Type.Leave:
            self._comparison.hover(None)
        elif event.type() in _ENDS:
            self._panel.set_held(False)
        return False

    def _on_mouse(self, event: QMouseEvent) -> None:
        """Look at the pixel under the mouse; hold where a click does nothing else; drag out what was held."""
        kind, left = event.type(), event.button() == Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseMove:
            self._comparison.hover(self._panel.pixel_at(event.position()))
            if self._has_picture and not self._panel.rect().contains(event.position().toPoint()):
                self._has_picture = False
                self._panel.set_held(False)
                self._panel.save_asked.emit(True)
        elif kind == QEvent.Type.MouseButtonRelease and left:
            self._has_picture = False
            self._panel.set_held(False)
        elif left and not self._panel.takes_click_at(event.position().toPoint()):
            if kind == QEvent.Type.MouseButtonDblClick:
                self._comparison.reset()
            self._panel.set_held(True)
            self._has_picture = self._panel.pixel_at(event.position()) is not None

    def _on_wheel(self, event: QWheelEvent) -> bool:
        box = self._panel.layout_now.picture
        place = event.position()
        if self._panel.pixels is None or not box.contains(place.toPoint()):
            return False
        steps = event.angleDelta().y() / _WHOLE_NOTCH
        self._comparison.zoom(steps, (place.x() - box.left()) / box.width(), (place.y() - box.top()) / box.height())
        self._comparison.hover(self._panel.pixel_at(place))
        return True

    def _on_key(self, event: QKeyEvent) -> bool:
        key, pressed = event.key(), event.type() == QEvent.Type.KeyPress
        if _is_plain(event) and key == Qt.Key.Key_B:
            if not event.isAutoRepeat():
                self._panel.set_held(pressed)
            return True
        if not pressed:
            return False
        if event.text() in ("+", "-") and self._panel.pixels is not None:
            self._comparison.zoom(1 if event.text() == "+" else -1, *self._panel.place_looked_at())
            return True
        if not _is_plain(event):
            return False
        if key == Qt.Key.Key_Escape:
            return self._comparison.reset()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._comparison.choose(self._middle() if self._comparison.pixel is None else None)
            return True
        pixel = self._panel.picture.pixel
        if key not in _ARROWS or pixel is None:
            return False
        self._comparison.choose(pixel.moved(*_ARROWS[key]))
        return True

    def _middle(self) -> Pixel | None:
        if self._panel.pixels is None:
            return None
        height, width = self._panel.pixels.shape[:2]
        return Pixel(width // 2, height // 2, width, height)


class WindowBlink(QObject):
    """Lets B mean the panel under the mouse, or all of them, while no panel has the keys; Escape undoes a zoom.

    Args:
        stage: With the panels.
        window: Whose keys that nothing else needed are heard, before the window does.
    """

    def __init__(self, stage: "Stage", window: QMainWindow) -> None:
        super().__init__(window)
        self._stage = stage
        window.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take B and Escape."""
        if event.type() == QEvent.Type.WindowDeactivate:
            self._hold(False)
        if not isinstance(event, QKeyEvent) or event.type() not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        pressed = event.type() == QEvent.Type.KeyPress
        if event.key() == Qt.Key.Key_Escape:
            return pressed and self._stage.comparison.reset()
        if event.key() != Qt.Key.Key_B or not _is_plain(event) or self._stage.is_presented:
            return False
        if not event.isAutoRepeat():
            self._hold(pressed)
        return True

    def _hold(self, held: bool) -> None:
        panels = [panel for row in self._stage.shown_rows for panel in row.panels.values()]
        under = [panel for panel in panels if panel.underMouse()]
        for panel in panels if not held else under or panels:
            panel.set_held(held)


def _is_plain(event: QKeyEvent) -> bool:
    return event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
