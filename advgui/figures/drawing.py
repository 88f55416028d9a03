"""How a figure looks, and how it becomes a file: PNG, SVG or PDF, the same bytes whenever the same is drawn.

matplotlib draws, by its objects and never by `pyplot`, which would look for a display. It is imported with the first
figure, because it takes a second.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Literal

import numpy as np

from advgui import __version__
from advgui.errors import AdvguiError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("png", "svg", "pdf")

_NOT_PRINTABLE = "\ufffd"

# Lengths on a sheet are in units of 1/100 inch; a PNG has two pixels for each, so that a projector shows no stairs.
_UNITS_PER_INCH = 100
_PIXELS_PER_UNIT = 2
_POINTS_PER_INCH = 72
GAP = 24
LINE = 24
TITLE, TEXT, SMALL = 13.0, 12.0, 9.5  # sizes of letters, in points

# As in the window. Each colour stands beside a word or a mark that says the same.
INK, MUTED, GRID = "#16181b", "#5d636c", "#d9d9d9"
RIGHT, WRONG, NEUTRAL = "#004d3a", "#b84900", "#0072b2"

_FONT = "DejaVu Sans"  # comes with matplotlib
# For writing systems that it lacks: those that are installed are tried.
_OTHER_FONTS = (
    *("Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans CJK SC", "Malgun Gothic", "Yu Gothic", "Microsoft YaHei"),
    *("Apple SD Gothic Neo", "PingFang SC", "Noto Sans", "Noto Sans Arabic", "Noto Sans Devanagari"),
)

_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": [_FONT],
    "font.size": TEXT,
    # Names come from files of users: a dollar sign is a dollar sign.
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.axisbelow": True,
    "axes.grid.axis": "y",
    "axes.unicode_minus": False,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    # Every point of a line is in the file.
    "path.simplify": False,
    # Text stays text: it can be searched, read aloud and edited.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    # Names within an SVG file are random numbers otherwise.
    "svg.hashsalt": "advgui",
}

# matplotlib's settings are those of the process.
_lock = RLock()


@contextmanager
def style() -> Iterator[None]:
    """Draw in this program's style, whatever settings a user has for matplotlib; one figure at a time.

    It decorates each function that lays out a figure.
    """
    import matplotlib.style

    with _lock, matplotlib.style.context(["default", _STYLE]), warnings.catch_warnings():
        # A letter that no font has becomes a box.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def plain(text: str) -> str:
    """Return a text in one line, without what cannot be printed or stand in an SVG file: that becomes a question mark.

    Args:
        text: From anywhere.
    """
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else _NOT_PRINTABLE for letter in text)


def width_of(text: str, size: float = TEXT, bold: bool = False) -> float:
    """Return the width of a line of text in units of a sheet; to be called within `style`."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=_families(text), size=size, weight="bold" if bold else "normal")
    width: float = text_to_path.get_text_width_height_descent(plain(text), font, ismath=False)[0]
    return width * _UNITS_PER_INCH / _POINTS_PER_INCH


def wrapped(text: str, width: float, size: float = TEXT, bold: bool = False) -> list[str]:
    """Return a text in lines of at most some width; words that are wider are broken. To be called within `style`.

    Args:
        text: Of any length.
        width: In units of a sheet.
        size: Of the letters, in points.
        bold: Whether the letters are.
    """
    lines = [""]
    for word in plain(text).split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(longer, size, bold) <= width:
            lines[-1] = longer
            continue
        lines += [""] if lines[-1] else []
        for letter in word:
            if lines[-1] and width_of(lines[-1] + letter, size, bold) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def _families(text: str) -> list[str]:
    """Return the fonts for a text: one, or more where that one lacks a letter."""
    from matplotlib import font_manager

    if text.isascii():
        return ["sans-serif"]
    found = font_manager.get_font(font_manager.findfont(_FONT))
    if all(found.get_char_index(ord(letter)) for letter in text):
        return ["sans-serif"]
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["sans-serif", *(name for name in _OTHER_FONTS if name in installed)]


class Sheet:
    """What a figure is drawn on. Places are in 1/100 inch from the top left corner.

    Only within `style` is one made and drawn on.

    Args:
        title: What the figure shows, in one line; every kind of file carries it where programs look for a title.
        width: In 1/100 inch.
        height: In 1/100 inch.
    """

    def __init__(self, title: str, width: float, height: float) -> None:
        from matplotlib.figure import Figure

        self.title, self.width, self.height = plain(title), round(width), round(height)
        self.figure = Figure(figsize=(self.width / _UNITS_PER_INCH, self.height / _UNITS_PER_INCH))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT,
        color: str = INK,
        bold: bool = False,
        anchor: Literal["left", "center", "right"] = "left",
    ) -> None:
        """Write a line of text, as it is.

        Args:
            x: Where its anchor is.
            y: Where its base line is.
            text: What it says.
            size: Of its letters, in points.
            color: Of its letters.
            bold: Whether it stands out.
            anchor: Which part of it is at `x`.
        """
        self.figure.text(
            x / self.width,
            1 - y / self.height,
            plain(text),
            fontsize=size,
            fontfamily=_families(text),
            fontweight="bold" if bold else "normal",
            color=color,
            ha=anchor,
            va="baseline",
        )

    def axes(self, left: float, top: float, width: float, height: float) -> "Axes":
        """Return axes whose frame has its place and size."""
        place = (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(place)

    def image(self, left: int, top: int, pixels: np.ndarray, scale: int) -> None:
        """Put an enlarged image on the sheet, without smoothing.

        Args:
            left: Of its left edge.
            top: Of its upper edge.
            pixels: uint8 (h, w, 3).
            scale: Units for each pixel.
        """
        # Enlarged here, because not every program that shows a file leaves pixels sharp.
        enlarged = pixels.repeat(scale, axis=0).repeat(scale, axis=1)
        height, width = enlarged.shape[:2]
        axes = self.axes(left, top, width, height)
        axes.set_axis_off()
        axes.imshow(enlarged, interpolation="none", aspect="auto")

    def file(self, kind: str) -> bytes:
        """Return the content of a file.

        Args:
            kind: One of `KINDS`.
        """
        program = f"AdvGUI {__version__}"
        metadata = {
            "png": {"Title": self.title, "Software": program},
            "svg": {"Title": self.title, "Creator": program, "Date": None},
            "pdf": {"Title": self.title, "Creator": program, "Producer": program, "CreationDate": None},
        }[kind]
        content = io.BytesIO()
        with style():
            self.figure.savefig(content, format=kind, dpi=_PIXELS_PER_UNIT * _UNITS_PER_INCH, metadata=metadata)
        return content.getvalue()


def kind_of(path: Path) -> str:
    """Return the kind of file that a path asks for by its suffix.

    Raises:
        AdvguiError: By its suffix it is none of `KINDS`.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise AdvguiError(
            f"'{path}' is not a name for a picture. Expected one that ends in .png, .svg or .pdf. Give it such a name."
        )
    return kind
