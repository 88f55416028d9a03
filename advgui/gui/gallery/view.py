"""The left side of the window: choose an image."""

import random
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from advgui.data.cifar10 import Dataset
from advgui.gui.gallery.own import OwnPicture
from advgui.gui.gallery.sources import THUMBNAIL, Source, ThumbnailDelegate, Thumbnails
from advgui.gui.library import Library, Removal
from advgui.gui.session import Selection, Session
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.gui.widgets.fields import WholeNumberField
from advgui.images import TRAINED_SIDE
from advgui.types import IntArray

_SIDES = (32, 48, 64, 128)
_OPENED = "Opened pictures"
_CELL = THUMBNAIL + 6


class _Images(QListView):
    """A list that leaves alone the keys that it has no use for, for the window to hear.

    Signals:
        remove_asked: The image at work is to be removed.
    """

    remove_asked = Signal()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move about with the arrow keys and their like; no image is found by letters."""
        if event.key() == Qt.Key.Key_Delete:
            self.remove_asked.emit()
        elif event.text().isprintable() and event.text():
            event.ignore()
        else:
            super().keyPressEvent(event)


class Gallery(QWidget):
    """Thumbnails with a class filter, and ways to step through them. It tells the session which image to work on.

    Args:
        session: Told of every choice.
        library: What there is to choose from.

    Signals:
        side_changed: The longest side in pixels that opened pictures are to have.
        crop_asked: Place of an opened picture of which a square is wanted.
    """

    side_changed = Signal(int)
    crop_asked = Signal(int)

    def __init__(self, session: Session, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._sources: list[Source] = []
        self._opened = Source(_OPENED, pictures=library.pictures, numbers=library.numbers)
        self._wish: tuple[str, int] | None = None
        self._first: Selection | None = None
        self._before_part: Source | None = None
        self._random = random.Random()

        self.sources = ElidedComboBox("Source of images", self)
        self.sources.setToolTip("Where the images come from.")
        self.sources.activated.connect(self._on_source)
        self.classes = ElidedComboBox("Class filter", self)
        self.classes.setToolTip("Shows the images of one class alone.")
        self.classes.activated.connect(self._on_class)
        for box in (self.sources, self.classes):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(10)
        self.back = QPushButton("Bac&k to all images")
        self.back.setToolTip("Leaves these chosen images and shows the whole data set again.")
        self.back.clicked.connect(self._on_back)
        self.back.hide()

        self.model = Thumbnails(self)
        self.view = _Images()
        self.view.setModel(self.model)
        self.view.setItemDelegate(ThumbnailDelegate(self.view))
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setUniformItemSizes(True)
        self.view.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.view.setGridSize(QSize(_CELL, _CELL))
        self.view.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName("Images")
        self.view.selectionModel().currentChanged.connect(self._on_current)

        self.previous_action = self._action("&Previous image", "Alt+Left", self.previous)
        self.next_action = self._action("&Next image", "Alt+Right", self.next)
        self.random_action = self._action("&Random image", "Ctrl+R", self.random)
        self.index_action = self._action("Go to &index", "Ctrl+G", self.go_to_index)
        buttons = QGridLayout()
        buttons.setSpacing(theme.SMALL_GAP)
        for column, (text, action) in enumerate(
            (("◀", self.previous_action), ("Random", self.random_action), ("▶", self.next_action))
        ):
            button = QPushButton(text)
            button.setAccessibleName(action.text().replace("&", ""))
            button.setToolTip(f"{action.text().replace('&', '')} ({action.shortcut().toString()})")
            button.clicked.connect(action.trigger)
            button.setMinimumWidth(30)
            buttons.addWidget(button, 0, column)
            buttons.setColumnStretch(column, 2 if column == 1 else 1)
        self.index = WholeNumberField("The index", window_keys=True)
        self.index.setAccessibleName("Index of the image")
        self.index.setToolTip("The image's number in the official test set, counted from 0.")
        self.index.valueChanged.connect(self._on_index)
        label = QLabel("In&dex")
        label.setBuddy(self.index)
        self.side = QComboBox()
        self.side.setAccessibleName("Longest side of opened pictures")
        self._trained_side = 0
        self.set_trained_side(TRAINED_SIDE)
        self.side.activated.connect(self._on_side)
        self._side_label = QLabel("Si&ze")
        self._side_label.setBuddy(self.side)
        form = QFormLayout()
        form.setVerticalSpacing(theme.SMALL_GAP)
        form.addRow(label, self.index)
        form.addRow(self._side_label, self.side)
        self.own = OwnPicture()
        self.own.named.connect(self._on_named)
        self.own.remove_asked.connect(self.remove)
        self.own.crop_asked.connect(self._on_crop)
        self.view.remove_asked.connect(self.remove)
        self.count = QLabel()
        self.count.setFont(theme.tabular(self.font()))

        column_layout = self._column = QVBoxLayout(self)
        column_layout.setContentsMargins(theme.MARGIN, theme.SMALL_GAP, theme.SMALL_GAP, theme.SMALL_GAP)
        column_layout.setSpacing(theme.SMALL_GAP)
        for widget in (self.sources, self.classes, self.back):
            column_layout.addWidget(widget)
        column_layout.addWidget(self.view, 1)
        column_layout.addWidget(self.own)
        column_layout.addWidget(self.count)
        column_layout.addLayout(buttons)
        column_layout.addLayout(form)
        self._show_source(self._opened, choose=False)
        library.dataset_set.connect(self._on_dataset)
        library.picture_added.connect(self._on_picture_added)
        library.picture_replaced.connect(self._on_picture_replaced)
        library.picture_removed.connect(self._on_picture_removed)
        library.picture_restored.connect(self._on_picture_restored)
        self._library = library

    @override
    def sizeHint(self) -> QSize:
        """Return a size for three thumbnails side by side."""
        return QSize(3 * _CELL + 32, 600)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return a size for two thumbnails side by side, and for all words of the controls."""
        return QSize(max(2 * _CELL + 32, self._column.minimumSize().width()), 300)

    @property
    def source(self) -> Source:
        """What is shown."""
        return self.model.source

    @Slot(object, bool)
    def _on_dataset(self, dataset: Dataset, show: bool) -> None:
        made = Source.of(dataset)
        titles = [source.title for source in self._sources]
        if made.title in titles:
            self._sources[titles.index(made.title)] = made
        else:
            self._sources.append(made)
        self._list_sources()
        if show or len(self._sources) == 1:
            self._show_source(made)
            self._first = self._session.selection
        if self._wish is not None and self._wish[0] == made.title:
            (_, index), self._wish = self._wish, None
            if self._session.selection is self._first:  # nobody has chosen anything meanwhile
                self._show_source(made, choose=False)
                self._go_to(index)

    def wish(self, title: str, index: int) -> None:
        """Show an image of a source as soon as that is there, unless another image is chosen before.

        Args:
            title: Of the source.
            index: Of the image.
        """
        self._wish = title, index

    def show_index(self, index: int) -> bool:
        """Show the image with an index in the test set, where a source has it; return whether one has."""
        for source in (self.source, *self._sources):
            if source.dataset is not None and index in source.dataset.indices[source.positions]:
                if source is not self.source or self.classes.currentIndex() > 0:
                    self._show_source(source, choose=False)
                self._go_to(index)
                return True
        return False

    def place_shown(self) -> tuple[str, int] | None:
        """Return what `wish` needs to show the image again, None for opened pictures."""
        selection, source = self._session.selection, self._before_part or self.source
        return None if selection is None or source.dataset is None else (source.title, selection.index)

    def show_positions(self, dataset: Dataset, positions: Sequence[int] | IntArray, title: str) -> None:
        """Show exactly these images of a data set, with a way back."""
        if self._before_part is None:
            self._before_part = self.source
        self._show_source(Source.of(dataset, title, positions))

    @Slot()
    def _on_picture_added(self) -> None:
        self._on_picture_restored(len(self._opened) - 1)

    @Slot(int)
    def _on_picture_restored(self, place: int) -> None:
        self._list_sources()
        if self.source is self._opened:
            self.model.refresh()
            self._write_count()
            self.choose(place)
        else:
            self._show_source(self._opened, place)

    @Slot()
    def _on_picture_replaced(self) -> None:
        if self.source is self._opened:
            row = self.view.currentIndex().row()
            self.model.refresh()
            self.choose(row)

    def set_trained_side(self, side: int) -> None:
        """Offer the size that the classifier learned from, and choose it if it was another one before."""
        if side == self._trained_side:
            return
        self._trained_side = side
        self.side.clear()
        for each in sorted({*_SIDES, side}):
            self.side.addItem(f"{each} px, as trained" if each == side else f"{each} px", each)
        self.side.setToolTip(
            f"How large an opened picture is given to the classifier. It learned from pictures of {side} px: "
            "the larger, the more you see and the less it recognises."
        )
        self.set_side(side)

    def set_side(self, side: int) -> None:
        """Choose a size for opened pictures, one of those on offer."""
        self.side.setCurrentIndex(self.side.findData(side))
        self.side_changed.emit(side)

    @property
    def longest_side(self) -> int:
        """The longest side that opened pictures are to have, in pixels."""
        return int(self.side.currentData())

    def choose(self, row: int) -> None:
        """Choose the image in a row of the view, which counts what passes the filter."""
        if 0 <= row < self.model.rowCount():
            index = self.model.index(row, 0)
            selected = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.view.selectionModel().setCurrentIndex(index, selected)
            self.view.scrollTo(index)

    @Slot()
    def previous(self) -> None:
        """Choose the image before; before the first comes the last."""
        self._step(-1)

    @Slot()
    def next(self) -> None:
        """Choose the next image; after the last comes the first."""
        self._step(1)

    @Slot()
    def random(self) -> None:
        """Choose any other image."""
        count, row = self.model.rowCount(), self.view.currentIndex().row()
        if count > 1:
            self.choose((row + self._random.randrange(1, count)) % count)

    @Slot()
    def go_to_index(self) -> None:
        """Put the cursor into the field for the index."""
        self.index.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.index.selectAll()

    def _step(self, by: int) -> None:
        count = self.model.rowCount()
        if count:
            self.choose((self.view.currentIndex().row() + by) % count)

    def _action(self, text: str, keys: str, slot: object) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(slot)
        return action

    def _list_sources(self) -> None:
        everything = [*self._sources, *([self._opened] if len(self._opened) else [])]
        if self.source not in everything and self._before_part is not None:
            everything.append(self.source)
        with QSignalBlocker(self.sources):
            self.sources.clear()
            for source in everything:
                self.sources.addItem(f"{source.title} ({len(source):,})", source)
            if self.source in everything:
                self.sources.setCurrentIndex(everything.index(self.source))

    def _show_source(self, source: Source, row: int = 0, choose: bool = True) -> None:
        if source in self._sources or source is self._opened:
            self._before_part = None
        self.back.setVisible(self._before_part is not None)
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItem("All classes")
            self.classes.addItems([name.capitalize() for name in source.class_names])
        self.classes.setEnabled(bool(source.class_names))
        for widget in (self.side, self._side_label):
            widget.setVisible(source is self._opened)
        self.model.put(source, None)
        self._show_own()
        self._list_sources()
        self._write_count()
        if choose:
            self.choose(row)

    def _write_count(self) -> None:
        count = self.model.rowCount()
        self.count.setText(f"{count:,} image{'' if count == 1 else 's'}")
        indices = self.source.indices(self.model.places)
        with QSignalBlocker(self.index):
            if self.source is self._opened:
                self.index.setRange(1, max(1, count))
            else:
                self.index.setRange(int(indices.min(initial=2**31 - 1)) if count else 0, int(indices.max(initial=0)))

    @Slot(int)
    def _on_source(self, row: int) -> None:
        source = self.sources.itemData(row)
        if source is not self.source:
            self._show_source(source)

    @Slot(int)
    def _on_class(self, row: int) -> None:
        self.model.put(self.source, None if row == 0 else row - 1)
        self._write_count()
        self.choose(0)

    @Slot()
    def _on_back(self) -> None:
        if self._before_part is not None:
            self._show_source(self._before_part)

    @Slot()
    def _on_index(self) -> None:
        """Choose the image with this index, or the next one after it that passes the filter."""
        self._go_to(-self.index.number if self.source is self._opened else self.index.number)

    def _go_to(self, wanted: int) -> None:
        indices = self.source.indices(self.model.places)
        if len(indices):
            distance = np.where(indices >= wanted, indices - wanted, np.iinfo(np.int64).max)
            self.choose(int(distance.argmin()))

    @Slot(int)
    def _on_side(self, row: int) -> None:
        self.side_changed.emit(self.side.itemData(row))

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not current.isValid():
            return
        place = int(self.model.places[current.row()])
        index = self.source.index(place)
        with QSignalBlocker(self.index):
            self.index.setValue(-index if self.source is self._opened else index)
        self._session.select(self.source.selection(place))
        self._show_own()

    @property
    def _own_place(self) -> int | None:
        """Place of the opened picture at work, None where there is none."""
        row = self.view.currentIndex().row()
        return int(self.model.places[row]) if self.source is self._opened and row >= 0 else None

    def _show_own(self) -> None:
        place = self._own_place
        self.own.setVisible(place is not None)
        if place is not None:
            self.own.show_picture(self._opened.pictures[place], self._session.class_names)

    @Slot(str)
    def _on_named(self, class_name: str) -> None:
        place = self._own_place
        if place is not None:
            self._library.name_class(place, class_name)

    @Slot()
    def _on_crop(self) -> None:
        place = self._own_place
        if place is not None:
            self.crop_asked.emit(place)

    @Slot()
    def remove(self) -> None:
        """Take the opened picture at work out of the gallery, which can be undone."""
        place = self._own_place
        if place is not None:
            self._session.undo_stack.push(Removal(self._library, place))

    @Slot(int)
    def _on_picture_removed(self, place: int) -> None:
        self._list_sources()
        if self.source is not self._opened:
            return
        if self._opened.pictures:
            self.model.refresh()
            self._write_count()
            self.choose(min(place, len(self._opened.pictures) - 1))
        elif self._sources:
            self._show_source(self._sources[0])
