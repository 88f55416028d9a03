"""What the gallery can show: data sets, parts of them, and opened pictures, all as a list of thumbnails."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from advgui import images
from advgui.data.cifar10 import Dataset
from advgui.gui.panels.prediction import Verdict
from advgui.gui.panels.signs import paint_verdict
from advgui.gui.session import Selection
from advgui.gui.widgets import pixels, theme
from advgui.gui.widgets.elided import as_tooltip
from advgui.images import Picture
from advgui.types import FloatArray, IntArray

FOOLED = int(Qt.ItemDataRole.UserRole) + 1  # the role of a mark
_MARK = 13  # its side in pixels
THUMBNAIL = 46
_KEPT_THUMBNAILS = 2000
_TITLES = {"samples": "Samples", "CIFAR-10 test": "Test set"}


@dataclass(eq=False)
class Source:
    """A list of images.

    Attributes:
        title: What people call it.
        dataset: Where they come from, or None for opened pictures.
        positions: int64, which images of the data set, in this order.
        pictures: Opened pictures, if there is no data set.
        numbers: Theirs (see `Library`).
    """

    title: str
    dataset: Dataset | None = None
    positions: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    pictures: list[Picture] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    @classmethod
    def of(
        cls, dataset: Dataset, title: str | None = None, positions: Sequence[int] | IntArray | None = None
    ) -> "Source":
        """Return a data set, or some of its images, as a source."""
        chosen = np.arange(len(dataset)) if positions is None else np.asarray(positions, np.int64)
        return cls(title or _TITLES.get(dataset.name, dataset.name), dataset, chosen)

    def __len__(self) -> int:
        return len(self.pictures) if self.dataset is None else len(self.positions)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, empty for opened pictures."""
        return () if self.dataset is None else tuple(self.dataset.class_names)

    def label(self, place: int) -> int | None:
        """Return the true class of the image at a place, None where nobody knows it."""
        return None if self.dataset is None else int(self.dataset.labels[self.positions[place]])

    def index(self, place: int) -> int:
        """Return an image's index: in the official split, or -1, -2, ... for opened pictures."""
        return -1 - self.numbers[place] if self.dataset is None else int(self.dataset.indices[self.positions[place]])

    def indices(self, places: IntArray) -> IntArray:
        """Return the indices of the images at some places (see `index`)."""
        if self.dataset is None:
            return -1 - np.asarray(self.numbers, np.int64)[places]
        found: IntArray = self.dataset.indices[self.positions[places]]
        return found

    def of_class(self, label: int | None) -> IntArray:
        """Return the places of a class' images, all places for None."""
        if label is None or self.dataset is None:
            return np.arange(len(self))
        return np.flatnonzero(self.dataset.labels[self.positions] == label)

    def pixels(self, place: int) -> FloatArray:
        """Return the image, float32 (H, W, 3) in [0, 1], read-only."""
        if self.dataset is None:
            return self.pictures[place].pixels
        made = images.to_float(self.dataset.images[self.positions[place]])
        made.flags.writeable = False
        return made

    def describe(self, place: int) -> str:
        """Return an image's name and its class."""
        label = self.label(place)
        name = "" if label is None else f", {self.class_names[label]}"
        return f"{self.name(place)}{name}"

    def name(self, place: int) -> str:
        """Return an image's name without its class."""
        return self.pictures[place].name if self.dataset is None else f"Test image {self.index(place):,}"

    def selection(self, place: int) -> Selection:
        """Return an image to work on."""
        note = ""
        if self.dataset is None:
            height, width = self.pictures[place].pixels.shape[:2]
            note = self.pictures[place].note or f"{width}x{height} px"
        return Selection(
            self.pixels(place),
            self.index(place),
            self.label(place),
            self.name(place),
            note,
            self.class_names,
            self.pictures[place].class_name if self.dataset is None else "",
        )


class Thumbnails(QAbstractListModel):
    """The places of a source that pass the class filter; thumbnails are made when they are looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = Source("")
        self.places = np.zeros(0, np.int64)
        self._made: OrderedDict[int, QPixmap] = OrderedDict()
        self._is_fooled: Callable[[int], bool] = lambda _place: False

    def set_fooled(self, is_fooled: Callable[[int], bool]) -> None:
        """Say which images are marked, by their places in the source."""
        self._is_fooled = is_fooled
        if len(self.places):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.places) - 1, 0), [FOOLED])

    def put(self, source: Source, label: int | None) -> None:
        """Show a source, or one class of it."""
        self.beginResetModel()
        if source is not self.source:
            self._made.clear()
        self.source, self.places = source, source.of_class(label)
        self.endResetModel()

    def refresh(self) -> None:
        """The source has other pictures now."""
        self._made.clear()
        self.put(self.source, None)

    @override
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's
        return 0 if parent.isValid() else len(self.places)

    @override
    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a thumbnail, or an image's name as tooltip and for screen readers."""
        if not index.isValid():
            return None
        place = int(self.places[index.row()])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(place)
        if role == FOOLED:
            return self._is_fooled(place)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = self.source.describe(place) + (
                ", fooled by the attack that is shown" if self._is_fooled(place) else ""
            )
            return as_tooltip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        return None

    def _thumbnail(self, place: int) -> QPixmap:
        if place not in self._made:
            while len(self._made) >= _KEPT_THUMBNAILS:
                self._made.popitem(last=False)
            picture = pixels.qimage(self.source.pixels(place))
            fitted = picture.scaled(
                QSize(THUMBNAIL, THUMBNAIL),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            made = QPixmap(THUMBNAIL, THUMBNAIL)
            made.fill(QColor(0, 0, 0, 0))
            painter = QPainter(made)
            painter.drawImage((THUMBNAIL - fitted.width()) // 2, (THUMBNAIL - fitted.height()) // 2, fitted)
            painter.end()
            self._made[place] = made
        return self._made[place]


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints a thumbnail, with a frame around the chosen one."""

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one thumbnail."""
        area: QRect = option.rect
        box = QRect(0, 0, THUMBNAIL, THUMBNAIL)
        box.moveCenter(area.center())
        painter.drawPixmap(box, index.data(Qt.ItemDataRole.DecorationRole))
        if index.data(FOOLED):
            colors = theme.colors(option.palette)
            corner = QRectF(box.right() - _MARK, box.top() + 1, _MARK, _MARK)
            painter.fillRect(corner, colors.wrong)
            inside = corner.adjusted(3.5, 3.5, -3.5, -3.5)
            paint_verdict(painter, Verdict.WRONG, inside, theme.ink(colors.wrong))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(theme.colors(option.palette).accent, 3))
            painter.drawRect(box.adjusted(-2, -2, 1, 1))
