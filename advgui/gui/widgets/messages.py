"""The road for messages to the user: from any thread, onto a banner of the window they belong to, never a modal dialog.

Each window has a bus and a banner. The functions of this module speak on the main window's bus.
"""

import logging
import re
import sys
import threading
import traceback
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QTimer, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget
from typing_extensions import override

from advgui.errors import AdvguiError
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import as_tooltip

_log = logging.getLogger("advgui")

# Of a message on screen: more would push the panels away. The tooltip has more.
_LONGEST_TEXT = 500
_LONGEST_WORD = 60
_LONGEST_TOOLTIP = 2000
# A note says that all is well, so it need not be closed by hand.
NOTE_MILLISECONDS = 6000


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
        topic: What it is about, such as "classifier": it is taken back when something of that kind succeeds.
    """

    level: Level
    text: str
    topic: str = ""


class Bus(QObject):
    """Carries messages. Emitting is safe on every thread; receivers live on the GUI thread.

    Args:
        window: The dialog whose messages it carries. While that is not on screen they go to the main window instead.
            Such a bus is used on the GUI thread alone.

    Signals:
        posted: A new `Message`.
        settled: A topic whose messages are out of date.
    """

    posted = Signal(object)
    settled = Signal(str)

    def __init__(self, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._window = window
        self.recent: deque[Message] = deque(maxlen=100)

    def post(self, level: Level, text: str, topic: str = "") -> None:
        """Post a message, from any thread."""
        if self._window is not None and not self._window.isVisible():
            bus().post(level, text, topic)
            return
        message = Message(level, text, topic)
        self.recent.append(message)
        _log.log({Level.INFO: logging.INFO, Level.WARNING: logging.WARNING}.get(level, logging.ERROR), "%s", text)
        self.posted.emit(message)

    def info(self, text: str, topic: str = "") -> None:
        """Tell something good to know; it vanishes by itself."""
        self.post(Level.INFO, text, topic)

    def warning(self, text: str, topic: str = "") -> None:
        """Tell something that did not go as asked."""
        self.post(Level.WARNING, text, topic)

    def error(self, problem: BaseException | str, topic: str = "") -> None:
        """Tell of an error; one that is not meant for the user gets an introduction and goes to the log whole."""
        if not isinstance(problem, (AdvguiError, str)):
            _log.error("%s", "".join(traceback.format_exception(problem)))
        self.post(Level.ERROR, problem if isinstance(problem, str) else explained(problem), topic)

    def settle(self, topic: str) -> None:
        """Take back what was said of a topic: it was tried again, and that went well."""
        self.settled.emit(topic)


_bus: Bus | None = None


def bus() -> Bus:
    """Return the one bus. The first call makes it and must come from the GUI thread."""
    global _bus
    if _bus is None:
        _bus = Bus()
    return _bus


def info(text: str, topic: str = "") -> None:
    """Tell something good to know (see `Bus.info`)."""
    bus().info(text, topic)


def warning(text: str, topic: str = "") -> None:
    """Tell something that did not go as asked."""
    bus().warning(text, topic)


def error(problem: BaseException | str, topic: str = "") -> None:
    """Tell of an error (see `Bus.error`)."""
    bus().error(problem, topic)


def settle(topic: str) -> None:
    """Take back what was said of a topic (see `Bus.settle`)."""
    bus().settle(topic)


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
    """Shows the newest message at the top of a window; when the user closes it, the one before is back.

    A note goes by itself, and messages that are out of date go with their topic.

    Args:
        carrier: The window's bus; the main window's if None.
        parent: Qt's owner.
    """

    def __init__(self, carrier: Bus | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note_ends = QTimer(self, singleShot=True, interval=NOTE_MILLISECONDS)
        self._note_ends.timeout.connect(self._drop_note)
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
        carrier = carrier or bus()
        carrier.posted.connect(self.show_message)
        carrier.settled.connect(self.settle)

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
        if message.level == Level.INFO:
            self._note_ends.start()
        self._show_newest()

    @Slot(str)
    def settle(self, topic: str) -> None:
        """Drop the warnings and errors of a topic."""
        kept = [message for message in self._open if message.topic != topic or message.level == Level.INFO]
        if len(kept) < len(self._open):
            self._open = deque(kept, self._open.maxlen)
            self._show_newest()

    @Slot()
    def _drop_note(self) -> None:
        if self._open and self._open[-1].level == Level.INFO:
            self.dismiss()

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

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.message is not None:
            colors = theme.colors(self.palette())
            backgrounds = {Level.INFO: colors.info, Level.WARNING: colors.warning, Level.ERROR: colors.error}
            QPainter(self).fillRect(self.rect(), backgrounds[self.message.level])
