"""The accuracy table of an evaluation, measured over published."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTableWidgetItem, QWidget
from typing_extensions import override

from advgui.evaluation.report import Report, Run
from advgui.figures.matrix import cell_text
from advgui.figures.security import meaning
from advgui.gui.evaluation.grid import FRAMED, Grid, shade
from advgui.gui.widgets import theme
from advgui.reports import tables
from advgui.reports.published import PublishedTable
from advgui.scenarios import attack_label, is_adaptive, knowledge
from advgui.types import PAPER_CHAIN, Column, columns_of

_TITLE, _PUBLISHED, _RUN = 30, 28, 54  # heights of rows, the last one at least


class ResultsTable(Grid):
    """A row for each run, with the control first and published figures beneath.

    A frame is around each accuracy to quote, and ≤ before what is only an upper bound; tooltips say why.

    Signals:
        chosen: A `Run` and a `Column`: the user clicked on a measured cell, or went there with the keyboard.
        opened: The user clicked on a measured cell, or pressed the return key there.
    """

    chosen = Signal(object, object)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("00.0-00.0", parent)
        self._cells: dict[tuple[int, int], tuple[Run, Column]] = {}
        self._heights: dict[int, int] = {}  # of rows with one line
        self._layout: list[str] = []
        self._columns: tuple[Column, ...] = ()
        self._head(columns_of(PAPER_CHAIN))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAlternatingRowColors(False)
        self.setAccessibleName("Accuracies in per cent with their 95 % intervals")
        self.setToolTip(
            "Accuracy in % with its Wilson 95 % interval, the brighter the more accurate. Framed: the accuracy to "
            "quote. ≤: an upper bound. Click a cell for its details and its images."
        )
        theme.enlarge(self, 1.25)
        self.currentCellChanged.connect(self._on_current)
        self.cellClicked.connect(self._open)

    def _head(self, columns: tuple[Column, ...]) -> None:
        if columns != self._columns:
            self._columns = columns
            self.set_columns("attack", columns)
            self._layout = []  # titles span all columns

    @override
    def sizeHint(self) -> QSize:
        """Return room for a dozen rows."""
        return QSize(760, 460)

    def run_at(self, row: int, column: int) -> tuple[Run, Column] | None:
        """Return what a cell shows, or None for titles and published figures."""
        return self._cells.get((row, column))

    def show_report(self, report: Report) -> None:
        """Show a report; what is selected stays selected while the same table fills in."""
        sections = tables.sections(report)
        self._head(report.columns)
        layout = [
            f"{section.attack}/{section.title}/{_label(section, row)}" for section in sections for row in section.rows
        ]
        is_new = layout != self._layout
        if is_new:
            self._layout = layout
            self.clearSpans()
            self.clearContents()  # nothing of the table before stays behind a title
            self.setRowCount(sum(len(section.rows) + 1 for section in sections))
        self._cells.clear()
        self._heights.clear()
        place = 0
        for section in sections:
            self._put(place, 0, f"{attack_label(section.attack)}, {section.title}", bold=True, leads=False)
            if self.columnSpan(place, 0) != self.columnCount():
                self.setSpan(place, 0, 1, self.columnCount())
            self._heights[place] = _TITLE
            self.setRowHeight(place, _TITLE)
            place += 1
            for row in section.rows:
                self._put(place, 0, _label(section, row), italic=isinstance(row.source, PublishedTable), leads=False)
                for number, column in enumerate(report.columns, start=1):
                    self._fill(report, place, number, row.source, column)
                if isinstance(row.source, PublishedTable):
                    self._heights[place] = _PUBLISHED
                if is_new:
                    self.fit_row(place)
                place += 1

    @override
    def fit_row(self, row: int) -> None:
        """Make a row as high as its texts, with some air; titles and published figures have one line."""
        if row in self._heights:
            self.setRowHeight(row, self._heights[row])
        else:
            super().fit_row(row)
            self.setRowHeight(row, max(_RUN, self.rowHeight(row) + 8))

    def _fill(self, report: Report, row: int, place: int, source: Run | PublishedTable, column: Column) -> None:
        if isinstance(source, PublishedTable):
            self._put(row, place, f"{source.percent[column.key]:g}", italic=True, leads=False)
            return
        if column.key not in source.predictions:
            self._put(row, place, "", leads=False)
            return
        tally = report.tally(source, column.key)
        interval = tables.interval(tally).replace("-", "\N{EN DASH}")
        item = self._put(row, place, f"{cell_text(report, source, column)}\n{interval}" if tally.total else "")
        shade(item, tally.accuracy if tally.total else None)
        item.setData(FRAMED, is_adaptive(source.scenario, column))
        item.setToolTip(meaning(source.scenario, column))
        self._cells[row, place] = (source, column)

    def _put(
        self, row: int, place: int, text: str, bold: bool = False, italic: bool = False, leads: bool = True
    ) -> QTableWidgetItem:
        item = self.item(row, place)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(row, place, item)
        if item.text() != text:
            item.setText(text)
        font = QFont()  # of the table, but for what follows
        font.setBold(bold)
        font.setItalic(italic)
        item.setFont(font)
        side = Qt.AlignmentFlag.AlignLeft if place == 0 else Qt.AlignmentFlag.AlignHCenter
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        # Only what leads somewhere can be selected.
        selectable = Qt.ItemFlag.ItemIsSelectable if leads else Qt.ItemFlag.NoItemFlags
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | selectable)
        # A cell may have been another one before.
        item.setData(FRAMED, None)
        shade(item, None)
        item.setToolTip("")
        return item

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open a cell with the return key, which would start another evaluation otherwise."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentRow(), self.currentColumn())
        else:
            super().keyPressEvent(event)

    @Slot(int, int)
    def _open(self, row: int, column: int) -> None:
        if self.run_at(row, column) is not None:
            self.opened.emit()

    @Slot(int, int, int, int)
    def _on_current(self, row: int, column: int, _before_row: int, _before_column: int) -> None:
        cell = self.run_at(row, column)
        if cell is not None:
            self.chosen.emit(*cell)


def _label(section: tables.Section, row: tables.Row) -> str:
    if isinstance(row.source, PublishedTable) or row.source.is_control:
        return row.label
    told = knowledge(row.source.scenario)
    return told if section.is_matrix else f"{row.label}\n{told}"  # the strength of a matrix stands in its title
