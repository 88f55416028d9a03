"""What can be said of and done to a picture of one's own."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.images import Picture

_UNKNOWN = "not known"


class OwnPicture(QWidget):
    """Asks what is in an opened picture, and offers to crop and to remove it.

    Signals:
        named: A class, "" for none.
        crop_asked: A square of it is wanted.
        remove_asked: It is not wanted any more.
    """

    named = Signal(str)
    crop_asked = Signal()
    remove_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ElidedComboBox("What is in this picture?", self)
        self.classes.setToolTip("The true class, with which predictions are compared. It is yours to say.")
        self.classes.setSizeAdjustPolicy(ElidedComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.setMinimumContentsLength(8)
        self.classes.activated.connect(self._on_class)
        crop, remove = QPushButton("Crop…"), QPushButton("Remove")
        crop.setToolTip("Cuts a square out of the picture.")
        remove.setToolTip("Takes the picture out of the gallery (Del); the file stays where it is.")
        crop.clicked.connect(self.crop_asked)
        remove.clicked.connect(self.remove_asked)
        self.crop, self.remove = crop, remove
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.SMALL_GAP)
        grid.addWidget(QLabel("What is in it?"), 0, 0, 1, 2)
        grid.addWidget(self.classes, 1, 0, 1, 2)
        grid.addWidget(crop, 2, 0)
        grid.addWidget(remove, 2, 1)

    def show_picture(self, picture: Picture, class_names: tuple[str, ...]) -> None:
        """Show what is known of a picture, among the classes of the classifier."""
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItems([_UNKNOWN, *class_names])
            is_known = picture.class_name in class_names
            self.classes.setCurrentIndex(1 + class_names.index(picture.class_name) if is_known else 0)

    @Slot(int)
    def _on_class(self, row: int) -> None:
        self.named.emit(self.classes.itemText(row) if row else "")
