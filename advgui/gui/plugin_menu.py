"""What the window does with plug-ins: asks before one runs, shows what it brings, writes one to begin with."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from advgui import plugins
from advgui.files import write_atomically
from advgui.gui.plugin_opener import PluginOpener
from advgui.gui.session import Session
from advgui.gui.threads.background import Background
from advgui.gui.widgets import messages
from advgui.plugins import Plugin

SUFFIX = ".py"
_TOPIC = "plug-in"
_PYTHON = f"Python (*{SUFFIX})"


class PluginMenu(QObject):
    """Opens, closes and writes plug-ins.

    Args:
        background: The thread on which files are run and tried.
        session: Lets go of an attack that is closed.
        window: Asks, and owns this.

    Signals:
        changed: There are other attacks and mitigations now.
    """

    changed = Signal()

    def __init__(self, background: Background, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.opener = PluginOpener(background, self)
        self.opener.changed.connect(self._on_changed)
        self.opener.refused.connect(partial(messages.error, topic=_TOPIC))
        self.opener.slow.connect(partial(messages.warning, topic=_TOPIC))
        self.question: QMessageBox | None = None
        self.menu = QMenu("Close plug-&in", window)
        self.menu.aboutToShow.connect(self._fill)
        self._show()

    @Slot()
    def choose(self) -> None:
        """Ask for a file, and whether it may run."""
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open plug-in", str(Path.home()), _PYTHON)
        if chosen:
            self.ask(Path(chosen))

    def ask(self, path: Path) -> None:
        """Open a file if the user agrees to run it."""
        question = self.question = QMessageBox(self._window)
        question.setWindowTitle("Open plug-in")
        question.setIcon(QMessageBox.Icon.Warning)
        question.setText(f"Run the program “{path.name}”?")
        question.setInformativeText(
            "A plug-in is a program. It runs with your rights, and can do everything that you can do on this computer: "
            "read, change and send your files. Open it only if you trust where it comes from."
        )
        run = question.addButton("&Run it", QMessageBox.ButtonRole.AcceptRole)
        cancel = question.addButton(QMessageBox.StandardButton.Cancel)
        question.setDefaultButton(cancel)
        question.setEscapeButton(cancel)
        run.clicked.connect(partial(self._on_agreed, path))
        question.finished.connect(question.deleteLater)
        question.open()

    def _on_agreed(self, path: Path, _checked: bool = False) -> None:
        self.opener.open(path)

    @Slot()
    def choose_new(self) -> None:
        """Ask for a place, write a plug-in to begin with there, open it and its folder."""
        suggested = str(Path.home() / "my_plugin.py")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "New plug-in", suggested, _PYTHON)
        if chosen:
            path = Path(chosen)
            self.write_new(path if path.suffix == SUFFIX else path.with_name(f"{path.name}{SUFFIX}"))

    def write_new(self, path: Path) -> None:
        """Write the template to a file, open it and show its folder; the program's own text may run unasked."""
        try:
            write_atomically(path, plugins.template())
        except OSError as error:
            messages.error(
                f"'{path}' cannot be written ({error.strerror or error}). Choose another folder, or make room for it.",
                _TOPIC,
            )
            return
        self.opener.open(path)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    @Slot(object)
    def _on_changed(self, plugin: Plugin) -> None:
        messages.settle(_TOPIC)
        self._session.refit()
        self._show()
        self.changed.emit()
        if plugin in plugins.loaded():
            messages.info(f"{plugin.file.name}: {' and '.join(plugin.labels)}. Save the file to reload it.", _TOPIC)

    def _show(self) -> None:
        self.menu.setEnabled(bool(plugins.loaded()))

    @Slot()
    def _fill(self) -> None:
        self.menu.clear()
        for plugin in plugins.loaded():
            action = self.menu.addAction(f"{plugin.file.name} ({', '.join(plugin.labels)})".replace("&", "&&"))
            action.triggered.connect(partial(self._close, plugin))

    def _close(self, plugin: Plugin, _checked: bool = False) -> None:
        self.opener.close(plugin)
