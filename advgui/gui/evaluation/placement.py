"""Where a second window goes, so that what it is about stays in sight."""

from PySide6.QtCore import QPoint, QRect, QSize

# The desktop's frame around a window, about: title at the top, borders elsewhere.
_TITLE, _BORDER = 36, 6


def beside(window: QRect, panels: QRect, screen: QRect, wanted: QSize, least: QSize) -> QRect:
    """Return a place for another window, without its frame.

    It stands beside the window, or at least beside its panels, where the screen has room there for the least size.
    Otherwise it goes into the corner of the screen where it hides least of the panels.

    Args:
        window: The first window with its frame, on the screen.
        panels: What is to stay in sight, on the screen.
        screen: What of the screen windows may use.
        wanted: Size of the other window.
        least: The smallest size in which it can be used.
    """
    room = screen.adjusted(_BORDER, _TITLE, -_BORDER, -_BORDER)
    for seen in (window, panels):
        for strip, corner in _strips(seen, room):
            if strip.width() >= least.width() and strip.height() >= least.height():
                return _in_corner(strip, wanted.boundedTo(strip.size()), *corner)
    size = least.boundedTo(room.size())
    corners = [_in_corner(room, size, right, below) for below in (True, False) for right in (True, False)]
    return min(corners, key=lambda place: _area(place & panels))


def _strips(seen: QRect, room: QRect) -> list[tuple[QRect, tuple[bool, bool]]]:
    """Return the room on each side of what is seen, and in which corner of it a window is nearest: right, below."""
    right, left, below, above = QRect(room), QRect(room), QRect(room), QRect(room)
    right.setLeft(max(room.left(), seen.right() + 1 + _BORDER))
    left.setRight(min(room.right(), seen.left() - 1 - _BORDER))
    below.setTop(max(room.top(), seen.bottom() + 1 + _TITLE))
    above.setBottom(min(room.bottom(), seen.top() - 1 - _BORDER))
    return [(right, (False, False)), (left, (True, False)), (below, (True, False)), (above, (True, True))]


def _in_corner(room: QRect, size: QSize, right: bool, below: bool) -> QRect:
    place = QRect(room.topLeft(), size)
    place.translate(
        QPoint(room.right() - place.right() if right else 0, room.bottom() - place.bottom() if below else 0)
    )
    return place


def _area(rectangle: QRect) -> int:
    return 0 if rectangle.isEmpty() else rectangle.width() * rectangle.height()
