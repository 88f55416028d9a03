"""The one road for messages to the user: from any thread, onto a banner inside the window, never a modal dialog."""

import logging
import re
import sys
import threading
import traceback
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from advgui.errors import AdvguiError
from advgui.gui import theme
from advgui.gui.elided import as_tooltip

_log = logging.getLogger("advgui")

# Of a message on screen: more would push the panels away. The tooltip has more.
_LONGEST_TEXT = 500
_LONGEST_WORD = 60
_LONGEST_TOOLTIP = 2000


class Level(StrEnum):
    """How much a message matters."""

    INFO = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Message:
    """A text for the user.

    Attributes:
        level: How much it matters.
        text: Plain sentences: what happened, and what to do.
    """

    level: Level
    text: str


class Bus(QObject):
    """Carries messages. Emitting is safe on every thread; receivers live on the GUI thread.

    Signals:
        posted: A new `Message`.
    """

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.recent: deque[Message] = deque(maxlen=100)

    def post(self, level: Level, text: str) -> None:
        """Post a message, from any thread."""
        message = Message(level, text)
        self.recent.append(message)
        _log.log({Level.INFO: logging.INFO, Level.WARNING: logging.WARNING}.get(level, logging.ERROR), "%s", text)
        self.posted.emit(message)


_bus: Bus | None = None


def bus() -> Bus:
    """Return the one bus. The first call makes it and must come from the GUI thread."""
    global _bus
    if _bus is None:
        _bus = Bus()
    return _bus


def info(text: str) -> None:
    """Tell something good to know."""
    bus().post(Level.INFO, text)


def warning(text: str) -> None:
    """Tell something that did not go as asked."""
    bus().post(Level.WARNING, text)


def error(problem: BaseException | str) -> None:
    """Tell of an error; one that is not meant for the user gets an introduction and goes to the log whole."""
    if isinstance(problem, str):
        bus().post(Level.ERROR, problem)
    else:
        if not isinstance(problem, AdvguiError):
            _log.error("%s", "".join(traceback.format_exception(problem)))
        bus().post(Level.ERROR, explained(problem))


def explained(problem: BaseException) -> str:
    """Return an error as a sentence for the user."""
    if isinstance(problem, AdvguiError):
        return str(problem)
    if isinstance(problem, OSError):
        place = f" ({problem.filename})" if problem.filename else ""
        return f"{problem.strerror or problem}{place}."
    if isinstance(problem, MemoryError):
        return "There is not enough memory for this. Close other programs and try again."
    return (
        f"Something went wrong that should not: {type(problem).__name__}: {problem}. "
        "The program goes on; the details are in the terminal."
    )


def shortened(text: str) -> str:
    """Return a text for a label: on one line, its middle left out where it is long, every word narrow enough."""
    narrow = re.sub(rf"[^\s/\\-]{{{_LONGEST_WORD + 1},}}", lambda found: _middle_out(found[0], _LONGEST_WORD), text)
    return _middle_out(" ".join(narrow.split()), _LONGEST_TEXT)


def _middle_out(text: str, length: int) -> str:
    # The beginning says what happened, the end says what to do.
    return text if len(text) <= length else f"{text[: length // 2]} … {text[-length // 2 :]}"


def install_hooks() -> None:
    """Send uncaught exceptions of every thread, and what Qt complains of, to the bus or the log."""
    bus()
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread_exception
    qInstallMessageHandler(_on_qt_message)


def _on_exception(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        application = QApplication.instance()
        if application is not None:
            application.quit()
        return
    error(problem)


def _on_thread_exception(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        error(args.exc_value)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    level = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }.get(kind, logging.ERROR)
    _log.log(level, "Qt: %s", text)


class Banner(QWidget):
    """Shows the newest message at the top of the window; when the person closes it, the one before is back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open: deque[Message] = deque(maxlen=20)
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip("Close this message.")
        self.close_button.setAccessibleName("Close the message")
        self.close_button.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MARGIN, theme.SMALL_GAP, theme.SMALL_GAP, theme.SMALL_GAP)
        row.addWidget(self.label)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()
        bus().posted.connect(self.show_message)

    @property
    def message(self) -> Message | None:
        """The message on screen."""
        return self._open[-1] if self._open else None

    @Slot(object)
    def show_message(self, message: Message) -> None:
        """Show a message in place of the one on screen, which comes back later unless it is a mere note."""
        if message in self._open:
            self._open.remove(message)
        if self._open and self._open[-1].level == Level.INFO:
            self._open.pop()
        self._open.append(message)
        self._show_newest()

    @Slot()
    def dismiss(self) -> None:
        """Close the message; the one before takes its place."""
        if self._open:
            self._open.pop()
        self._show_newest()

    def _show_newest(self) -> None:
        message = self.message
        if message is not None:
            sign = {Level.INFO: "ℹ", Level.WARNING: "⚠", Level.ERROR: "✗"}[message.level]  # noqa: RUF001
            more = f"  ({len(self._open) - 1} more)" if len(self._open) > 1 else ""
            shown = shortened(message.text)
            self.label.setText(f"{sign}  {shown}{more}")
            self.label.setToolTip("" if shown == message.text else as_tooltip(message.text[:_LONGEST_TOOLTIP]))
            self.label.setAccessibleName(f"{message.level}: {message.text}")
        self.setVisible(message is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        if self.message is not None:
            colors = theme.colors(self.palette())
            backgrounds = {Level.INFO: colors.info, Level.WARNING: colors.warning, Level.ERROR: colors.error}
            QPainter(self).fillRect(self.rect(), backgrounds[self.message.level])
