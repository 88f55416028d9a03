"""The left side of the evaluation page: what is to be evaluated, and how long it takes."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from advgui.errors import AdvguiError
from advgui.gui.evaluation.estimate import LONG, Estimate
from advgui.gui.evaluation.form import PlanForm
from advgui.gui.evaluation.job_panel import JobPanel


class PlanPanel(JobPanel):
    """The form of a plan.

    Args:
        speed: Of this computer.
        parent: Qt's owner.
    """

    def __init__(self, speed: Estimate, parent: QWidget | None = None) -> None:
        self._speed = speed
        self.form = PlanForm()
        super().__init__(self.form, "Evaluates the plan above", parent)
        self.form.changed.connect(self.show_estimate)
        self.estimate.setToolTip(
            "Gradients are images x steps x restarts x the attacker's draws, for every strength and every attacker."
        )

    @Slot()
    def show_estimate(self) -> None:
        """Say how long the plan takes, so that nobody starts hours without knowing; what takes long stands out."""
        text, is_long = "", False
        if self.form.dataset is not None and self.form.is_readable:
            try:
                plan, images = self.form.plan(), self.form.images.number
                text, is_long = self._speed.text(plan, images), (self._speed.seconds(plan, images) or 0) > LONG
            except AdvguiError:
                text = ""  # what is wrong is told when it is to be started
        font = QFont(self.font())
        font.setBold(is_long)
        self.estimate.setFont(font)
        self.estimate.setText(text)
