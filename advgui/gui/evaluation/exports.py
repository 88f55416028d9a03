"""What the evaluation dialog writes to files: a result as text or data, its charts and its matrices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from advgui.evaluation.report import Report
from advgui.figures import matrix, security
from advgui.figures.costs import costs_figure
from advgui.figures.drawing import KINDS, Sheet
from advgui.figures.matrix import matrix_figure
from advgui.figures.strength import strength_figure
from advgui.gui.threads.background import Background
from advgui.gui.widgets import export, messages
from advgui.reports import comma_separated, latex, storage, tables

_Result = TypeVar("_Result")

CHART, MATRIX, COSTS = "chart", "matrix", "costs"


@dataclass(frozen=True)
class Kinds(Generic[_Result]):
    """The files that a kind of result can be written to.

    Attributes:
        name: Of a file, without suffix.
        texts: By suffix: what it is called, and what makes it.
        figures: By name: returns what draws it, for the name of that part that is looked at, "" if none is.
        table: What goes to the clipboard.
    """

    name: str
    texts: Mapping[str, tuple[str, Callable[[_Result], str]]]
    figures: Mapping[str, Callable[[_Result, str], Callable[[], Sheet]]]
    table: Callable[[_Result], str]

    def content(self, result: _Result, suffix: str, figure: str, shown: str) -> Callable[[], bytes | str]:
        """Return what makes the content of a file.

        Args:
            result: To be written.
            suffix: One of `texts`, or of `KINDS` for a figure.
            figure: One of `figures`, where it is a figure.
            shown: The part that is looked at; all are drawn where the result has none of this name.
        """
        if suffix in self.texts:
            return partial(self.texts[suffix][1], result)
        draw = self.figures[figure](result, shown)
        return lambda: draw().file(suffix)


def of_evaluations(beside: Callable[[], Sequence[Report]]) -> Kinds[Report]:
    """Return the files of an evaluation.

    Args:
        beside: The results whose defences are drawn together: the shown one, and what it is compared with.
    """
    return Kinds(
        name="evaluation",
        texts={
            "csv": ("CSV", comma_separated.to_csv),
            "json": ("JSON, complete", storage.to_json),
            "md": ("Markdown", tables.to_markdown),
            "tex": ("LaTeX", latex.to_latex),
        },
        figures={CHART: _chart, MATRIX: _matrix, COSTS: lambda _report, _shown: partial(costs_figure, beside())},
        table=tables.to_text,
    )


def _chart(report: Report, shown: str) -> Callable[[], Sheet]:
    return partial(strength_figure, report, shown if shown in security.charts(report) else None)


def _matrix(report: Report, shown: str) -> Callable[[], Sheet]:
    return partial(matrix_figure, report, shown if shown in matrix.matrices(report) else None)


class ExportMenu(QMenu):
    """Offers every kind of file.

    Signals:
        asked: The suffix of a file, and which figure, "" for the result itself.
    """

    asked = Signal(str, str)

    def __init__(self, texts: Mapping[str, tuple[str, object]], figures: Mapping[str, object], parent: QWidget) -> None:
        super().__init__(parent)
        for suffix, (kind, _) in texts.items():
            self.addAction(f"{kind} …").setData((suffix, ""))
        for figure in figures:
            self.addSeparator()
            for suffix in KINDS:
                self.addAction(f"{figure.capitalize()} as {suffix.upper()} …").setData((suffix, figure))
        self.triggered.connect(self._on_triggered)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.asked.emit(*action.data())


class ExportBar(QWidget, Generic[_Result]):
    """Buttons that copy a result's table, and write the result and its figures to files.

    Args:
        kinds: Of files.
        files: Where they are written.
        carrier: Where it is told what became of them.
        shown: Returns the name of the part of a figure that is looked at.
        parent: Qt's owner.
    """

    def __init__(
        self,
        kinds: Kinds[_Result],
        files: Background,
        carrier: messages.Bus,
        shown: Callable[[str], str] = lambda _: "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kinds, self._files, self._messages, self._shown = kinds, files, carrier, shown
        self._result: _Result | None = None
        self._suggested = kinds.name
        self.copy = QPushButton("Copy table")
        self.copy.setToolTip("Puts the table on the clipboard, for a text or a spreadsheet.")
        self.copy.clicked.connect(self.copy_table)
        self.export = QPushButton("E&xport")
        menu = ExportMenu(kinds.texts, kinds.figures, self.export)
        menu.asked.connect(self._on_asked)
        self.export.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.copy)
        row.addWidget(self.export)
        self.setEnabled(False)

    def show_result(self, result: _Result | None, is_complete: bool) -> None:
        """Write this one from now on.

        Args:
            result: None while there is nothing to write.
            is_complete: Whether nothing of what was planned is missing.
        """
        self._result = result
        self._suggested = self._kinds.name + ("" if is_complete else "-partial")
        self.setEnabled(result is not None)

    @Slot()
    def copy_table(self) -> None:
        """Put the table on the clipboard as text."""
        if self._result is not None:
            QGuiApplication.clipboard().setText(self._kinds.table(self._result))
            self._messages.info("The table was copied.")

    @Slot(str, str)
    def _on_asked(self, suffix: str, figure: str) -> None:
        name = self._suggested.replace(self._kinds.name, figure or self._kinds.name)
        chosen, _ = QFileDialog.getSaveFileName(self, "Export", f"{name}.{suffix}", f"*.{suffix}")
        if chosen:
            self.export_to(Path(chosen), suffix, figure)

    def export_to(self, path: Path, suffix: str, figure: str = CHART) -> None:
        """Write the result or a figure of it, in one step.

        Args:
            path: The file.
            suffix: Its kind, of a text or of a figure.
            figure: Which one; the part of it that was looked at is drawn, or all if none was.
        """
        if self._result is not None:
            content = self._kinds.content(self._result, suffix, figure, self._shown(figure))
            export.save(path, content, self._files, self._on_written, self._on_failed)

    def _on_written(self, path: object) -> None:
        self._messages.settle("export")
        self._messages.info(f"Saved as {path}.")

    def _on_failed(self, error: Exception) -> None:
        self._messages.error(error, "export")
