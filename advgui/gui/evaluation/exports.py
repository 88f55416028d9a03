"""What the evaluation dialog writes to files: the result as text or data, its charts and its matrices."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from advgui.evaluation.report import Report
from advgui.figures import matrix, security
from advgui.figures.drawing import KINDS, Sheet
from advgui.figures.matrix import matrix_figure
from advgui.figures.strength import strength_figure
from advgui.reports import comma_separated, latex, storage, tables

TEXTS: Mapping[str, tuple[str, Callable[[Report], str]]] = {
    "csv": ("CSV", comma_separated.to_csv),
    "json": ("JSON, complete", storage.to_json),
    "md": ("Markdown", tables.to_markdown),
    "tex": ("LaTeX", latex.to_latex),
}
CHART, MATRIX = "chart", "matrix"
# For each figure, what draws it, and the names of those that a report has.
_FIGURES: Mapping[str, tuple[Callable[[Report, str | None], Sheet], Callable[[Report], Mapping[str, object]]]] = {
    CHART: (strength_figure, security.charts),
    MATRIX: (matrix_figure, matrix.matrices),
}


class ExportMenu(QMenu):
    """Offers every kind of file.

    Signals:
        asked: The suffix of a file, and which figure, "" for the result itself.
    """

    asked = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for suffix, (kind, _) in TEXTS.items():
            self.addAction(f"{kind} …").setData((suffix, ""))
        for figure in _FIGURES:
            self.addSeparator()
            for suffix in KINDS:
                self.addAction(f"{figure.capitalize()} as {suffix.upper()} …").setData((suffix, figure))
        self.triggered.connect(self._on_triggered)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.asked.emit(*action.data())


def content(report: Report, suffix: str, figure: str, shown: str) -> Callable[[], bytes | str]:
    """Return what makes the content of a file.

    Args:
        report: To be written.
        suffix: One of `TEXTS`, or of `KINDS` for a figure.
        figure: `CHART` or `MATRIX`, where it is a figure.
        shown: The chart or the matrix that is looked at; all are drawn where the report has none of this name.
    """
    if suffix in TEXTS:
        return partial(TEXTS[suffix][1], report)
    draw, names = _FIGURES[figure]
    name = shown if shown in names(report) else None
    return lambda: draw(report, name).file(suffix)
