"""Experiments in the window: saved, opened, dropped, and handed on as code."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from advgui import experiments
from advgui.errors import AdvguiError
from advgui.experiments import SUFFIX, Experiment
from advgui.files import is_there
from advgui.gui import settings
from advgui.gui.gallery.view import Gallery
from advgui.gui.panels.stage import Stage
from advgui.gui.remembered import as_mapping, from_mapping
from advgui.gui.saving import usual_folder
from advgui.gui.session import Selection, Session
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.widgets import export, messages
from advgui.reports import as_code

_MOST_RECENT = 8
_FILTER = f"Experiments (*{SUFFIX})"


class Experiments(QObject):
    """Keeps what the window shows in a file, and puts it back.

    Args:
        session: The single source of truth.
        gallery: Shows the image where it has it.
        stage: With the amplification.
        runner: Knows the networks.
        files: Reads and writes.
        store: Remembers the files.
        parent: The window.
    """

    def __init__(
        self,
        session: Session,
        gallery: Gallery,
        stage: Stage,
        runner: LiveRunner,
        files: Background,
        store: Settings,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session, self._gallery, self._stage, self._runner = session, gallery, stage, runner
        self._files, self._store, self._window = files, store, parent
        self.recent = QMenu("&Recent experiments", parent)
        self.recent.aboutToShow.connect(self.fill)
        self.fill()

    # Files

    def shown(self) -> Experiment | None:
        """Return what the window shows as an experiment, None where it shows no image."""
        selection = self._session.selection
        if selection is None:
            return None
        loaded, names = self._runner.loaded, self._session.class_names
        is_own = bool(selection.class_name)
        return Experiment(
            pixels=selection.pixels,
            index=selection.index,
            label=selection.label_among(names) if is_own else selection.label,
            name=selection.name,
            class_names=names if is_own else selection.class_names,
            controls=as_mapping(self._session.state),
            networks={} if loaded is None else dict(loaded.files),
            gain=self._stage.bottom.chosen_gain,
        )

    @Slot()
    def ask_to_save(self) -> None:
        """Ask for a file, and save what the window shows."""
        suggested = str(Path(usual_folder(self._store)) / f"experiment{SUFFIX}")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save the experiment", suggested, _FILTER)
        if chosen:
            self.save_to(export.with_suffix(Path(chosen), SUFFIX))

    def save_to(self, path: Path) -> None:
        """Save what the window shows."""
        experiment = self.shown()
        if experiment is None:
            messages.warning("There is no image yet that could be saved.", "experiment")
            return

        def work(_tell: object, _should_stop: object) -> Path:
            try:
                experiments.save(path, experiment)
            except OSError as error:
                raise AdvguiError(
                    f"The experiment cannot be written to '{path}' ({error.strerror or error}). Choose another folder."
                ) from error
            return path

        self._files.start(work, self._on_saved, self._on_error)

    def _on_saved(self, path: object) -> None:
        self._remember(Path(str(path)))
        messages.settle("experiment")
        messages.info(f"Saved as {path}.")

    def _on_error(self, error: Exception) -> None:
        messages.error(error, "experiment")

    @Slot()
    def ask_to_open(self) -> None:
        """Ask for a file, and show what it holds."""
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open an experiment", usual_folder(self._store), _FILTER)
        if chosen:
            self.open(Path(chosen))

    def open(self, path: Path) -> None:
        """Show what a file holds; what is shown stays where the file cannot be used."""

        def work(_tell: object, _should_stop: object) -> Experiment:
            found = experiments.load(path)
            try:
                from_mapping(found.controls)
            except ValueError as error:
                raise AdvguiError(
                    f"The controls in '{path.name}' cannot be used: {error}. Expected a file that File, Save "
                    "experiment has written."
                ) from error
            return found

        self._files.start(work, partial(self._on_read, path), self._on_error)

    def _on_read(self, path: Path, experiment: object) -> None:
        if isinstance(experiment, Experiment):
            messages.settle("experiment")
            self._remember(path)
            self.show(experiment)

    def show(self, experiment: Experiment) -> None:
        """Show an experiment: its controls in one step to undo, its image from the data set where that is there."""
        self._session.apply(from_mapping(experiment.controls), "open experiment")
        self._stage.bottom.set_gain(experiment.gain)
        is_there = experiment.index >= 0 and self._gallery.show_index(experiment.index)
        selection = self._session.selection
        if not is_there or selection is None or not np.array_equal(selection.pixels, experiment.pixels):
            self._session.select(
                Selection(
                    experiment.pixels,
                    experiment.index,
                    experiment.label,
                    experiment.name,
                    "from the experiment",
                    experiment.class_names,
                )
            )
        self._compare(experiment)

    def _compare(self, experiment: Experiment) -> None:
        """Say which networks are others than those that the experiment was made with."""
        loaded = self._runner.loaded
        here = {} if loaded is None else dict(loaded.files)
        others = [role for role, digest in experiment.networks.items() if here.get(role, digest) != digest]
        if others:
            messages.warning(
                f"The experiment was made with another {' and another '.join(others)}: its numbers may be others here. "
                "Open the network that it was made with to see the same ones.",
                "experiment",
            )

    def _remember(self, path: Path) -> None:
        self._store.set(settings.FOLDER, str(path.parent))
        known = [each for each in self._store.get(settings.RECENT) if each != str(path)]
        self._store.set(settings.RECENT, [str(path), *known][:_MOST_RECENT])

    @Slot()
    def fill(self) -> None:
        """Offer the files that were saved or opened last and are there."""
        self.recent.clear()
        for text in self._store.get(settings.RECENT):
            if is_there(Path(text)):
                action = QAction(Path(text).name.replace("&", "&&"), self.recent)
                action.setToolTip(text)
                action.triggered.connect(partial(self._open_recent, text))
                self.recent.addAction(action)
        self.recent.menuAction().setEnabled(bool(self.recent.actions()))

    # Connected to widgets of the GUI thread alone, so a partial function of it is as safe as a slot.
    def _open_recent(self, path: str, _checked: bool = False) -> None:
        self.open(Path(path))

    # Code

    @Slot()
    def copy_command(self) -> None:
        """Put the command lines that give the panels' numbers on the clipboard."""
        selection = self._session.selection
        if selection is None or selection.index < 0:
            messages.warning(
                "A command needs an image of the test set. For one of your own, use Edit, Copy as Python.", "code"
            )
            return
        self._copy("\n".join(as_code.command_lines(self._rows(), selection.index)), "Copied as a command.")

    @Slot()
    def copy_python(self) -> None:
        """Put a program that prints the panels' numbers on the clipboard."""
        experiment = self.shown()
        if experiment is None:
            return
        try:
            png = experiments.encoded(experiment.pixels)
        except AdvguiError as error:
            messages.error(error, "code")
            return
        text = as_code.program(self._rows(), experiment.index, experiment.label, experiment.name, png)
        self._copy(text, "Copied as Python.")

    def _rows(self) -> Sequence[as_code.Row]:
        loaded = self._runner.loaded
        state = self._session.state
        rows = state.rows() if loaded is None else state.rows(loaded.networks)
        own = "" if loaded is None else loaded.classifier
        return [
            as_code.Row(each if loaded is None else loaded.possible(each, network), as_code.classifier_of(network, own))
            for each, network in rows
        ]

    def _copy(self, text: str, said: str) -> None:
        QGuiApplication.clipboard().setText(text)
        messages.settle("code")
        messages.info(said)
