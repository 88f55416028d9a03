"""What is to be certified, and how: the form of the certification page."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFormLayout, QVBoxLayout, QWidget

from advgui.certification.smoothing import Smoothing
from advgui.data.cifar10 import Dataset
from advgui.gui.evaluation.workers_field import WorkersField
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.gui.widgets.fields import ParameterField, WholeNumberField
from advgui.parameters import Real
from advgui.types import IntArray

_USUAL = Smoothing()
_SIGMA = Real(
    "sigma",
    "Noise sigma",
    0.01,
    1.0,
    _USUAL.sigma,
    0.05,
    "Standard deviation of the Gaussian noise on the copies, in units of the pixel range: more proves larger radii for "
    "fewer images.",
    in_255ths=True,
)
_ALPHA = Real(
    "alpha", "Risk alpha", 0.0001, 0.5, _USUAL.alpha, 0.001, "Risk that the certificate of an image is wrong, for each."
)
_MOST_COPIES = 1_000_000
_USUAL_IMAGES = 500


class CertificationForm(QWidget):
    """Asks for images, noise, copies, risk, and whether the autoencoder stands between noise and classifier.

    Signals:
        changed: Something of it.
        refused: Why a number that was typed is not taken.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasets: list[Dataset] = []
        self.data = ElidedComboBox("Data", self)
        self.data.setToolTip("What is certified: the bundled samples, or the full test set once it is there.")
        self.every = _whole("The distance between images", "One image in", 1, 10_000, 20)
        self.every.setToolTip("Of so many images one is certified, starting with the first.")
        self.sigma, self.alpha = (ParameterField(each, window_keys=False) for each in (_SIGMA, _ALPHA))
        for field, parameter in ((self.sigma, _SIGMA), (self.alpha, _ALPHA)):
            field.setAccessibleName(parameter.label)
            field.setToolTip(parameter.help)
            field.setValue(parameter.default)
        self.choosing = _whole("The number of copies that choose", "Choosing copies", 1, _MOST_COPIES, _USUAL.choosing)
        self.choosing.setToolTip("Noisy copies that choose the class of an image (n0).")
        self.estimating = _whole(
            "The number of copies that estimate", "Estimating copies", 1, _MOST_COPIES, _USUAL.estimating
        )
        self.estimating.setToolTip("Other noisy copies that bound its share of the votes (n): more prove larger radii.")
        self.denoised = QCheckBox("Through the &autoencoder")
        self.denoised.setToolTip("The autoencoder restores each noisy copy before the classifier sees it.")
        self.denoised.setChecked(_USUAL.denoised)
        self.seed = _whole("The seed", "Seed", 0, 999_999, _USUAL.seed)
        self.seed.setToolTip("Of the noise; the same seed gives the same votes.")
        self.workers = WorkersField()
        form = QFormLayout()
        form.setVerticalSpacing(theme.SMALL_GAP)
        for label, widget in (
            ("&Data", self.data),
            ("&One image in", self.every),
            ("&Noise sigma", self.sigma),
            ("C&hoosing n0", self.choosing),
            ("Es&timating n", self.estimating),
            ("Risk a&lpha", self.alpha),
            ("", self.denoised),
            ("S&eed", self.seed),
            ("Workers", self.workers),
        ):
            form.addRow(label, widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, theme.MARGIN, 0)
        column.addLayout(form)
        column.addStretch(1)
        self.data.currentIndexChanged.connect(self._on_data)
        numbers = (self.every, self.sigma, self.choosing, self.estimating, self.alpha, self.seed)
        for number in (*numbers, self.workers):
            number.refused.connect(self.refused)
        for number in numbers:
            number.valueChanged.connect(self.changed)
        self.denoised.toggled.connect(self.changed)

    def set_datasets(self, datasets: Sequence[Dataset]) -> None:
        """Offer data sets; the choice stays where it can."""
        if [id(one) for one in datasets] == [id(one) for one in self._datasets]:
            return
        chosen = self.data.currentIndex()
        self._datasets = list(datasets)
        self.data.clear()
        self.data.addItems([f"{dataset.name} ({len(dataset):,})" for dataset in datasets])
        self.data.setCurrentIndex(chosen if 0 <= chosen < len(datasets) else len(datasets) - 1)

    def set_denoiser(self, is_there: bool) -> None:
        """Offer the autoencoder where there is one."""
        self.denoised.setEnabled(is_there)
        if not is_there:
            self.denoised.setChecked(False)

    @property
    def dataset(self) -> Dataset | None:
        """The chosen data, or None where there is none."""
        row = self.data.currentIndex()
        return self._datasets[row] if 0 <= row < len(self._datasets) else None

    @property
    def positions(self) -> IntArray:
        """Positions of the images in the data, int64 (P,)."""
        return np.arange(0, 0 if self.dataset is None else len(self.dataset), self.every.number)

    @property
    def smoothing(self) -> Smoothing:
        """How they are certified."""
        return Smoothing(
            sigma=self.sigma.value(),
            choosing=self.choosing.number,
            estimating=self.estimating.number,
            alpha=self.alpha.value(),
            denoised=self.denoised.isChecked(),
            seed=self.seed.number,
        )

    @Slot(int)
    def _on_data(self, _row: int) -> None:
        if self.dataset is not None:
            self.every.setValue(max(1, len(self.dataset) // _USUAL_IMAGES))
        self.changed.emit()


def _whole(name: str, label: str, low: int, high: int, value: int) -> WholeNumberField:
    field = WholeNumberField(name)
    field.setRange(low, high)
    field.setValue(value)
    field.setGroupSeparatorShown(True)
    field.setAccessibleName(label)
    return field
