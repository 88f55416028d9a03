"""A dialog that is read."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from advgui.gui.widgets import theme


def text_dialog(parent: QWidget, title: str, html: str, size: QSize) -> QDialog:
    """Return a dialog with a text, not modal; its row with the text is called "row"."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    text = QTextBrowser()
    text.setOpenExternalLinks(True)
    text.setFrameShape(QTextBrowser.Shape.NoFrame)
    text.viewport().setAutoFillBackground(False)
    text.setHtml(html)
    text.setAccessibleName(title)
    row = QHBoxLayout()
    row.setObjectName("row")
    row.setSpacing(theme.MARGIN)
    row.addWidget(text)
    column = QVBoxLayout(dialog)
    column.addLayout(row)
    column.addWidget(theme.close_button(dialog))
    dialog.resize(size)
    return dialog
