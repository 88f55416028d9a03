"""Windows beside the main one."""

from PySide6.QtWidgets import QWidget


def bring_up(dialog: QWidget) -> None:
    """Show a dialog in front of all other windows, with the keys."""
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
