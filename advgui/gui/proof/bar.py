"""The line that shows a vote grow."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from advgui.gui.proof.words import proof_words, vote_words
from advgui.gui.threads.live_proof import Proof
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedLabel

_WAITING = "the vote begins when the panels are there"


class ProofBar(QWidget):
    """The vote, what it proves, how far it is, and a button that stops it.

    Signals:
        stop_asked: No more copies are wanted.
    """

    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.proof: Proof | None = None
        self.heading = QLabel("Smoothed")
        self.heading.setToolTip(
            "Randomized smoothing (Cohen et al. 2019): noisy copies of the original image vote. If enough of them "
            "agree, no change of a shorter L2 length can alter the vote, whatever the attack."
        )
        self.vote, self.said = ElidedLabel(), ElidedLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Copies that have voted")
        self.progress.setMaximumWidth(120)
        self.stop = QToolButton()
        self.stop.setText("Stop")
        self.stop.setAccessibleName("Stop the vote")
        self.stop.setToolTip("Ends the vote; it goes on where it was once smoothing is on again.")
        self.stop.clicked.connect(self.stop_asked)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.MARGIN)
        line.addWidget(self.heading)
        line.addWidget(self.vote, 3)
        line.addWidget(self.said, 5)
        line.addWidget(self.progress)
        line.addWidget(self.stop)
        self.clear()

    def set_size(self, size: int) -> None:
        """Set the height of the letters in device-independent pixels."""
        for widget in (self.vote, self.said, self.stop):
            widget.setFont(theme.font(self.font(), size))
        self.heading.setFont(theme.font(self.font(), size, bold=True))
        self.progress.setFixedHeight(max(size - 2, 8))

    def clear(self) -> None:
        """Show that there is no vote yet."""
        self.proof = None
        self.vote.setText(_WAITING)
        self.said.setText("")
        self.progress.setRange(0, 1)
        self.progress.setValue(0)

    def show_proof(self, proof: Proof, class_names: Sequence[str], length: float | None) -> None:
        """Show a vote.

        Args:
            proof: Perhaps incomplete.
            class_names: Of the classifier.
            length: L2 length of the attack's change that is shown, or None where there is none.
        """
        self.proof = proof
        self.vote.setText(vote_words(proof, class_names, proof.selection.label_among(class_names)))
        self.said.setText(proof_words(proof, length))
        self.progress.setRange(0, proof.smoothing.choosing + proof.smoothing.estimating)
        self.progress.setValue(proof.chosen + proof.counted)
        self.progress.setVisible(not proof.is_complete and not proof.problem)
