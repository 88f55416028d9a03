"""The left side of a page of the evaluation dialog: a form, and buttons that start, complete, pause and cancel."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from advgui.gui.widgets import messages, theme

_WIDTH = 310


class JobPanel(QWidget):
    """A form that scrolls where it has to, and what belongs to it right beneath its end.

    Args:
        asks: The form.
        what: What is started, as a tooltip says it: "Evaluates the plan above".
        parent: Qt's owner.

    Signals:
        started: What the form says is to be computed.
        paused: Whether it is to rest.
        cancelled: It is to end.
        go_on_asked: The shown result is to be completed.
    """

    started = Signal()
    paused = Signal(bool)
    cancelled = Signal()
    go_on_asked = Signal()

    def __init__(self, asks: QWidget, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asks = asks
        self.estimate = QLabel()
        self.estimate.setWordWrap(True)
        self.problem = QLabel()
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.start = QPushButton("&Start")
        self.start.setToolTip(f"{what}; the window stays usable.")
        self.start.clicked.connect(self.started)
        self.go_on = QPushButton("&Go on")
        self.go_on.setToolTip("Computes what the shown partial result lacks; the end is that of one without a stop.")
        self.go_on.clicked.connect(self.go_on_asked)
        self.pause = QPushButton("Pa&use")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._on_pause)
        self.cancel = QPushButton("&Cancel")
        self.cancel.setToolTip("Stops and keeps the partial result.")
        self.cancel.clicked.connect(self.cancelled)
        buttons = QGridLayout()
        for place, button in enumerate((self.start, self.go_on, self.pause, self.cancel)):
            buttons.addWidget(button, place // 2, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, theme.MARGIN, 0)
        self._scroll = FormArea(asks)
        column.addWidget(self._scroll)
        column.addWidget(self.estimate)
        column.addWidget(self.problem)
        column.addLayout(buttons)
        column.addStretch(1)
        self._keep_room()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Cut nothing off when letters have another size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._keep_room()

    def _keep_room(self) -> None:
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self.setFixedWidth(max(_WIDTH, self._asks.minimumSizeHint().width() + bar + 2 * theme.MARGIN))

    def allow(self, start: bool, go_on: bool, is_running: bool) -> None:
        """Let the user press what makes sense.

        Args:
            start: Whether it can be begun.
            go_on: Whether there is a partial result to go on with.
            is_running: Whether it is at work or paused.
        """
        self.start.setEnabled(start)
        self.go_on.setEnabled(go_on)
        self._asks.setEnabled(not is_running)
        for button in (self.pause, self.cancel):
            button.setEnabled(is_running)

    @Slot(str)
    def say(self, text: str) -> None:
        """Say what is wrong; "" for nothing."""
        self.problem.setText(messages.shortened(text))
        self.problem.setToolTip(text)
        self.problem.setVisible(bool(text))

    @Slot(bool)
    def _on_pause(self, paused: bool) -> None:
        self.pause.setText("Res&ume" if paused else "Pa&use")
        self.paused.emit(paused)


class FormArea(QScrollArea):
    """As high as its form, so that what is beneath stands at the form's end; where that is too high, it scrolls."""

    def __init__(self, form: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = form
        self.setWidget(form)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @override
    def sizeHint(self) -> QSize:
        """Return the form's size, with the height that its texts take in the width that it has."""
        form = self._form
        height = form.heightForWidth(form.width()) if form.hasHeightForWidth() else form.sizeHint().height()
        return QSize(form.sizeHint().width(), height)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another height when the form has another one."""
        if watched is self._form and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self.updateGeometry()
        return super().eventFilter(watched, event)
