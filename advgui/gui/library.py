"""What there is to work on: data sets and opened pictures. Widgets listen to it."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand
from typing_extensions import override

from advgui.data.cifar10 import Dataset
from advgui.images import Picture


class Library(QObject):
    """Holds the data sets on offer and the pictures that were opened.

    Attributes:
        datasets: In the order in which they came; names are unique.
        pictures: In the order in which they were opened.
        numbers: Of the pictures, counted from 0; a picture keeps its number, and with it its random numbers, when
            another one is removed.

    Signals:
        dataset_set: A `Dataset` that is on offer now, and whether the user wants to see it at once.
        picture_added: A picture was opened; it is the last one.
        picture_replaced: Place of a picture that has another version now.
        picture_removed: Place of a picture that is not there any more.
        picture_restored: Place of a picture that was removed, and is there again.
    """

    dataset_set = Signal(object, bool)
    picture_added = Signal()
    picture_replaced = Signal(int)
    picture_removed = Signal(int)
    picture_restored = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.datasets: list[Dataset] = []
        self.pictures: list[Picture] = []
        self.numbers: list[int] = []
        self._opened = 0

    def set_dataset(self, dataset: Dataset, show: bool = True) -> None:
        """Offer a data set, in the place of an earlier one of the same name.

        Args:
            dataset: At least one image.
            show: Whether the user wants to see it at once.
        """
        names = [one.name for one in self.datasets]
        if dataset.name in names:
            self.datasets[names.index(dataset.name)] = dataset
        else:
            self.datasets.append(dataset)
        self.dataset_set.emit(dataset, show)

    @Slot(object)
    def add_picture(self, picture: Picture) -> None:
        """Take an opened picture in."""
        self.pictures.append(picture)
        self.numbers.append(self._opened)
        self._opened += 1
        self.picture_added.emit()

    @Slot(int, object)
    def replace_picture(self, place: int, picture: Picture) -> None:
        """Put another version of an opened picture in its place; what is in it stays."""
        class_name = self.pictures[place].class_name
        self.pictures[place] = replace(picture, class_name=class_name) if class_name else picture
        self.picture_replaced.emit(place)

    def name_class(self, place: int, class_name: str) -> None:
        """Say what is in an opened picture; "" where nobody knows it."""
        self.pictures[place] = replace(self.pictures[place], class_name=class_name)
        self.picture_replaced.emit(place)

    def remove_picture(self, place: int) -> None:
        """Let go of an opened picture."""
        del self.pictures[place], self.numbers[place]
        self.picture_removed.emit(place)

    def restore_picture(self, place: int, picture: Picture, number: int) -> None:
        """Take a picture in again that was removed, with the number that it had."""
        self.pictures.insert(place, picture)
        self.numbers.insert(place, number)
        self.picture_restored.emit(place)


class Removal(QUndoCommand):
    """Removes an opened picture; undone, it is where it was."""

    def __init__(self, library: Library, place: int) -> None:
        super().__init__(f"remove '{library.pictures[place].name}'")
        self._library, self._place = library, place
        self._picture, self._number = library.pictures[place], library.numbers[place]

    @override
    def redo(self) -> None:
        self._library.remove_picture(self._place)

    @override
    def undo(self) -> None:
        self._library.restore_picture(self._place, self._picture, self._number)
