"""What all panels have in common while their pictures are compared: the part that is seen, and the pixel looked at."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

_LARGEST = 8.0
_STEP = 2**0.5  # of one notch of the wheel


@dataclass(frozen=True)
class View:
    """Which part of the canvas is seen, on which pictures of all sizes have the same middle.

    Attributes:
        factor: How much it is enlarged; 1 for the whole.
        x: Middle of what is seen, from 0, the left edge of the canvas, to 1.
        y: The same from top to bottom.
    """

    factor: float = 1.0
    x: float = 0.5
    y: float = 0.5

    def zoomed(self, steps: float, x: float, y: float) -> "View":
        """Return the view after some notches of the wheel, with one place of the panel showing what it showed.

        Args:
            steps: More than 0 to come closer.
            x: Of the place, from 0 to 1 in what is seen.
            y: The same from top to bottom.
        """
        factor = min(max(self.factor * _STEP**steps, 1.0), _LARGEST)
        if factor < _STEP**0.5:
            return View()
        return View(factor, _middle(self.x, x, self.factor, factor), _middle(self.y, y, self.factor, factor))


def _middle(middle: float, place: float, before: float, after: float) -> float:
    """Return the new middle; nothing beyond the edges of the canvas is ever seen."""
    kept = middle + (place - 0.5) / before
    return min(max(kept - (place - 0.5) / after, 0.5 / after), 1 - 0.5 / after)


@dataclass(frozen=True)
class Pixel:
    """A pixel of a picture.

    Attributes:
        x: Column, from 0 at the left.
        y: Row, from 0 at the top.
        width: Of the picture, in pixels.
        height: The same from top to bottom.
    """

    x: int
    y: int
    width: int
    height: int

    def within(self, width: int, height: int) -> "Pixel | None":
        """Return the pixel of a picture of another size at the same place of the canvas; None if there is none."""
        found = Pixel(self.x + (width - self.width) // 2, self.y + (height - self.height) // 2, width, height)
        return found if 0 <= found.x < width and 0 <= found.y < height else None

    def moved(self, right: int, down: int) -> "Pixel":
        """Return the pixel so many columns to the right and rows further down, but not beyond the edges."""
        x, y = min(max(self.x + right, 0), self.width - 1), min(max(self.y + down, 0), self.height - 1)
        return replace(self, x=x, y=y)


class Comparison(QObject):
    """The view and the pixel of all panels.

    Signals:
        changed: One of them did.

    Attributes:
        view: Which part of every picture is seen.
        pixel: The one that is looked at, if any.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = View()
        self.pixel: Pixel | None = None
        self._is_chosen = False

    def zoom(self, steps: float, x: float = 0.5, y: float = 0.5) -> None:
        """Come closer by some notches, or go back (see `View.zoomed`)."""
        self._set(self.view.zoomed(steps, x, y), self.pixel)

    def hover(self, pixel: Pixel | None) -> None:
        """The mouse is over a pixel, or over none; one that was chosen with the keys stays until it is over another."""
        if pixel is not None or not self._is_chosen:
            self._is_chosen = False
            self._set(self.view, pixel)

    def choose(self, pixel: Pixel | None) -> None:
        """Look at a pixel until another one is chosen."""
        self._is_chosen = pixel is not None
        self._set(self.view, pixel)

    def reset(self) -> bool:
        """See everything, and look at no pixel; return whether anything had been zoomed or chosen."""
        was = self.view != View() or self._is_chosen
        self._is_chosen = False
        self._set(View(), None)
        return was

    def _set(self, view: View, pixel: Pixel | None) -> None:
        if (view, pixel) != (self.view, self.pixel):
            self.view, self.pixel = view, pixel
            self.changed.emit()
