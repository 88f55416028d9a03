"""By how many processes a job of the evaluation dialog is computed."""

import os

from PySide6.QtWidgets import QWidget

from advgui.cluster import engine
from advgui.cluster.local import Workers
from advgui.gui.threads.loading import Ready
from advgui.gui.widgets.fields import WholeNumberField

_TOOLTIP = (
    "1: this window's own networks. More: so many processes beside it, of one core and about 1 GB of memory each, with "
    "networks of their own; the result is the same."
)


class WorkersField(WholeNumberField):
    """Asks for a number of workers; more than one are offered where they can compute what the window does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The number of workers", parent=parent)
        self._ready: Ready | None = None
        self._is_possible = True
        self.setRange(1, os.cpu_count() or 1)
        self.setAccessibleName("Workers")
        self.show_possible(None)

    def show_possible(self, ready: Ready | None) -> None:
        """Offer more than one worker, or say why not; the number stays for when they are there again.

        Args:
            ready: What the window has loaded; None as long as that is not known.
        """
        self._ready = ready
        reason = ""
        if not engine.is_installed():
            reason = "More than one worker need Ray: pip install 'advgui[cluster]'."
        elif ready is not None and ready.problem is not None:
            reason = "Workers load the networks from their files, and that of the autoencoder cannot be used."
        self._is_possible = not reason  # while a job runs, the whole form is disabled
        self.setEnabled(self._is_possible)
        self.setToolTip(reason or _TOOLTIP)

    @property
    def starting(self) -> str:
        """What there is to say until they have found something; "" where the window itself computes."""
        number = self.workers.number
        return f"Starting {number} workers: each loads TensorFlow and the networks …" if number > 1 else ""

    @property
    def workers(self) -> Workers:
        """Who computes."""
        return Workers(self.number if self._is_possible else 1, None if self._ready is None else self._ready.path)
