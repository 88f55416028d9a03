"""The sanity lights of a report: what ought to be true, whether it is, and the numbers."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from advgui.evaluation.report import Report
from advgui.evaluation.sanity import Light, lights
from advgui.gui.widgets import theme
from advgui.gui.widgets.lights import LightRow, LightSign
from advgui.reports import sanity


class SanityLights(QScrollArea):
    """A line for each light, with all of its words; a tab, and its lights alone in the corner of all tabs.

    Args:
        tabs: Becomes the last of these.

    Attributes:
        row: The lights alone; a click on one leads to its line.
        lines: By the name of a light.
    """

    def __init__(self, tabs: QTabWidget) -> None:
        super().__init__()
        self._tabs = tabs
        self.lines: dict[str, Line] = {}
        self.row = LightRow("Sanity lights", tells=False)
        self.row.asked.connect(self._on_asked)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Sanity lights with their numbers")
        self._head = _label("Nothing evaluated yet.")
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setSpacing(2 * theme.MARGIN)
        self._column.addWidget(self._head)
        self._column.addStretch(1)
        self.setWidget(content)
        tabs.addTab(self, "Sanit&y")
        tabs.setCornerWidget(self.row)

    def show_report(self, report: Report) -> None:
        """Show the lights of a report."""
        found = lights(report)
        self._head.setText(f"{sanity.TITLE}: an evaluation that contradicts itself is not to be believed.")
        self.row.show_lights(found)
        for light in found:
            if light.name not in self.lines:
                self.lines[light.name] = Line(light)
                self._column.insertWidget(self._column.count() - 1, self.lines[light.name])
            self.lines[light.name].show_light(light)

    @Slot(str)
    def _on_asked(self, name: str) -> None:
        self._tabs.setCurrentWidget(self)
        self.ensureWidgetVisible(self.lines[name])


class Line(QWidget):
    """Sign and title, and beneath them the numbers and what red would mean."""

    def __init__(self, light: Light, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign = LightSign(light)
        self.sign.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the words are beside it
        self.title, self.numbers, self.meaning = _label(), _label(), _label()
        theme.enlarge(self.title, 1.25, bold=True)
        self.meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(theme.SMALL_GAP)
        grid.addWidget(self.sign, 0, 0, Qt.AlignmentFlag.AlignTop)
        for place, label in enumerate((self.title, self.numbers, self.meaning)):
            grid.addWidget(label, place, 1)
        grid.setColumnStretch(1, 1)

    def show_light(self, light: Light) -> None:
        """Show another state."""
        self.sign.show_light(light)
        self.title.setText(f"{light.title}: {light.state}")
        self.numbers.setText(light.numbers)
        self.meaning.setText(light.meaning)


def _label(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
