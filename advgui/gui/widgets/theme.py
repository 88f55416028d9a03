"""Colours, fonts and sizes of the window, in one place.

The colours are those of Okabe and Ito (*Color universal design*, 2008), which people with the common kinds of colour
blindness can tell apart. Right and wrong also have a sign each, so that colour is never the only difference, and one is
lighter than the other, for prints in grey. Text has a contrast of at least 4.5 to what is behind it, marks of 3.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QWidget,
)
from typing_extensions import override

from advgui.figures import curves, drawing

Choice = Literal["system", "light", "dark"]
CHOICES: tuple[Choice, ...] = ("system", "light", "dark")

# Space around and between things, in device-independent pixels.
MARGIN = 8
GAP = 5
SMALL_GAP = 4


@dataclass(frozen=True)
class Colors:
    """What is painted by hand.

    Attributes:
        window: Behind everything.
        surface: Behind a panel.
        border: Around a panel.
        text: Of everything that is read.
        muted: Text of less weight, and of what is off.
        bar: A probability's bar.
        track: Behind a bar.
        right: A right prediction.
        wrong: A wrong prediction.
        caution: What is neither right nor wrong, and wants a look.
        neutral: A prediction that nobody can call right or wrong.
        accent: Selection and focus.
        warning: Behind a warning's text.
        error: Behind an error's text.
        info: Behind a note's text.
        series: Of the lines of a chart, one after the other.
    """

    window: QColor
    surface: QColor
    border: QColor
    text: QColor
    muted: QColor
    bar: QColor
    track: QColor
    right: QColor
    wrong: QColor
    caution: QColor
    neutral: QColor
    accent: QColor
    warning: QColor
    error: QColor
    info: QColor
    series: tuple[QColor, ...]


@cache
def _colors(dark: bool) -> Colors:
    if dark:
        return Colors(
            window=QColor("#1e1f22"),
            surface=QColor("#2a2b2f"),
            border=QColor("#45474d"),
            text=QColor("#f0f0f0"),
            muted=QColor("#a3a6ad"),
            bar=QColor("#7d8794"),
            track=QColor("#393b40"),
            right=QColor("#7fe5c4"),  # bluish green, lighter for the dark
            wrong=QColor("#f07a3c"),  # vermilion, lighter for the dark
            caution=QColor("#f0c93f"),  # yellow
            neutral=QColor("#56b4e9"),  # sky blue
            accent=QColor("#56b4e9"),
            warning=QColor("#4d4020"),
            error=QColor("#5a2e1a"),
            info=QColor("#1f3c50"),
            series=tuple(map(QColor, curves.COLORS_ON_DARK)),
        )
    return Colors(
        window=QColor("#f2f3f5"),
        surface=QColor("#ffffff"),
        border=QColor("#c9ccd2"),
        text=QColor("#16181b"),
        muted=QColor("#5d636c"),
        bar=QColor("#7a8390"),
        track=QColor("#e9ebee"),
        right=QColor(drawing.RIGHT),  # bluish green, darker to be read on white
        wrong=QColor(drawing.WRONG),  # vermilion, darker to be read on white
        caution=QColor("#8f6100"),  # orange, darker to be read on white
        neutral=QColor(drawing.NEUTRAL),  # blue
        accent=QColor("#0072b2"),
        warning=QColor("#fdf0c8"),
        error=QColor("#fbdccb"),
        info=QColor("#d8ebf7"),
        series=tuple(map(QColor, curves.COLORS)),
    )


def colors(palette: QPalette) -> Colors:
    """Return the colours that go with a widget's palette, light or dark."""
    return _colors(palette.color(QPalette.ColorRole.Window).lightness() < 128)


def palette(dark: bool) -> QPalette:
    """Return the palette of all ordinary widgets."""
    c = _colors(dark)
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    made = QPalette(c.surface, c.window)
    for target, color in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, QColor("#383a41") if dark else c.surface),  # marks boxes and circles to click in the dark
        (role.AlternateBase, c.track),
        (role.Text, c.text),
        (role.Button, c.surface if dark else c.window),
        (role.ButtonText, c.text),
        (role.BrightText, c.wrong),
        (role.ToolTipBase, c.surface),
        (role.ToolTipText, c.text),
        (role.PlaceholderText, c.muted),
        (role.Link, c.accent),
        (role.LinkVisited, c.accent),
        (role.Highlight, c.accent),
        (role.HighlightedText, QColor("#10131a") if dark else QColor("#ffffff")),
        (role.Light, c.surface.lighter(130 if dark else 100)),
        (role.Midlight, c.track),
        (role.Mid, c.border),
        (role.Dark, c.border.darker(110)),
        (role.Shadow, QColor("#000000") if dark else c.muted),
        (role.Accent, c.accent),
    ):
        made.setColor(target, color)
    for target in (role.WindowText, role.Text, role.ButtonText):
        faded = QColor(c.muted)
        faded.setAlphaF(0.65)
        made.setColor(group.Disabled, target, faded)
    made.setColor(group.Disabled, role.Highlight, c.border)
    return made


class _Style(QProxyStyle):
    """Fusion, but for the outlines of boxes and circles to click, which it draws hardly darker than what is around."""

    @override
    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        super().drawPrimitive(element, option, painter, widget)
        is_box = element == QStyle.PrimitiveElement.PE_IndicatorCheckBox
        if not (is_box or element == QStyle.PrimitiveElement.PE_IndicatorRadioButton):
            return
        enabled = QStyle.StateFlag.State_Enabled in option.state
        focused = QStyle.StateFlag.State_HasFocus in option.state
        shades = colors(option.palette)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_box)
        painter.setPen(shades.accent if focused else shades.muted if enabled else shades.border)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if is_box:
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        else:
            painter.drawEllipse(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.restore()

    @override
    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        super().drawComplexControl(control, option, painter, widget)
        if control != QStyle.ComplexControl.CC_Slider:
            return
        shades = colors(option.palette)
        enabled = QStyle.StateFlag.State_Enabled in option.state
        handle = self.subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, widget)  # type: ignore[arg-type]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(shades.surface)
        painter.setBrush(shades.accent if enabled else shades.border)
        painter.drawRoundedRect(QRectF(handle).adjusted(1.5, 1.5, -1.5, -1.5), 2, 2)
        painter.restore()


class Theme(QObject):
    """Keeps the application's palette as chosen; "system" follows the desktop's colour scheme as it changes."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self.choice: Choice = "system"
        self._points = application.font().pointSizeF()
        application.setStyle(_Style("Fusion"))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    def apply(self, choice: Choice) -> None:
        """Choose light, dark, or what the desktop says."""
        self.choice = choice
        hints = QGuiApplication.styleHints()
        # The frame that the desktop draws around the window follows this, where the desktop can.
        if choice == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light)
        self._follow()

    def set_zoom(self, factor: float) -> None:
        """Give all letters of the application, in every window, their usual size times a factor."""
        wanted = QFont(self._application.font())
        wanted.setPointSizeF(self._points * factor)
        if wanted != self._application.font():
            self._application.setFont(wanted)
            for widget in self._application.allWidgets():  # Qt tells them later, or not before it runs
                self._application.sendEvent(widget, QEvent(QEvent.Type.ApplicationFontChange))

    @Slot()
    def _follow(self) -> None:
        scheme = QGuiApplication.styleHints().colorScheme()
        dark = self.choice == "dark" or (self.choice == "system" and scheme == Qt.ColorScheme.Dark)
        wanted = palette(dark)
        if self._application.palette() != wanted:
            self._application.setPalette(wanted)


def font(base: QFont, pixels: int, *, bold: bool = False) -> QFont:
    """Return a font of a size in device-independent pixels, with figures of equal width."""
    made = QFont(base)
    made.setPixelSize(max(pixels, 6))
    made.setBold(bold)
    return tabular(made)


def enlarge(widget: QWidget, factor: float, *, bold: bool = False) -> None:
    """Give a widget larger letters than others, which stay larger by that factor when the interface is zoomed."""
    _Enlarged(widget, factor, bold)


class _Enlarged(QObject):
    def __init__(self, widget: QWidget, factor: float, bold: bool) -> None:
        super().__init__(widget)
        self._widget, self._factor, self._bold = widget, factor, bold
        widget.installEventFilter(self)
        self._apply()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._apply()
        return False

    def _apply(self) -> None:
        made = QFont(QApplication.font())
        made.setPointSizeF(made.pointSizeF() * self._factor)
        made.setBold(self._bold)
        self._widget.setFont(tabular(made))


def ink(fill: QColor) -> QColor:
    """Return the colour in which words on a filled area can be read."""
    return QColor("#ffffff") if luminance(fill) < 0.18 else QColor("#101214")


def luminance(color: QColor) -> float:
    """Return the relative luminance, 0 to 1, of which the Web Content Accessibility Guidelines make contrasts."""
    channels = [color.redF(), color.greenF(), color.blueF()]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def tabular(base: QFont) -> QFont:
    """Return the font with figures of equal width, so that nothing jumps when a number changes."""
    made = QFont(base)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def close_button(dialog: QDialog) -> QDialogButtonBox:
    """Return a row with a button that closes the dialog, without the standard one's icon, black in every theme."""
    buttons = QDialogButtonBox()
    buttons.addButton("&Close", QDialogButtonBox.ButtonRole.RejectRole)
    buttons.rejected.connect(dialog.close)
    return buttons
