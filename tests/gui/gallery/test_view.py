import random

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QToolTip
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.data.cifar10 import CLASS_NAMES, Dataset
from advgui.gui.gallery.sources import Source, Thumbnails
from advgui.gui.gallery.view import Gallery
from advgui.gui.library import Library
from advgui.gui.session import Selection, Session
from advgui.images import Picture

_LABEL = QAccessible.RelationFlag.Label


def dataset(count: int = 40, name: str = "CIFAR-10 test", first: int = 0) -> Dataset:
    made = np.random.default_rng(count).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    return Dataset(name, made, np.arange(count) % 10, np.arange(count) + first, CLASS_NAMES)


def picture(name: str = "dog.png", size: tuple[int, int] = (64, 96), note: str = "") -> Picture:
    pixels = np.random.default_rng(len(name)).random((*size, 3), dtype=np.float32)
    pixels.flags.writeable = False
    return Picture(pixels, name, note)


@pytest.fixture
def gallery(qtbot: QtBot, session: Session, library: Library) -> Gallery:
    made = Gallery(session, library)
    made._random = random.Random(3)
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    made.show()
    return made


def chosen(session: Session) -> Selection:
    assert session.selection is not None
    return session.selection


def test_a_data_set_is_shown_and_its_first_image_chosen(library: Library, gallery: Gallery, session: Session) -> None:
    shown = dataset()
    library.set_dataset(shown)
    assert gallery.model.rowCount() == 40
    assert chosen(session).index == 0
    assert chosen(session).label == 0
    assert np.array_equal(chosen(session).pixels, images.to_float(shown.images[0]))
    assert not chosen(session).pixels.flags.writeable


def test_indices_are_those_of_the_official_split(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset(first=5000))
    gallery.choose(7)
    assert chosen(session).index == 5007
    assert gallery.index.value() == 5007


def test_next_and_previous_go_round(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset())
    gallery.previous_action.trigger()
    assert chosen(session).index == 39
    gallery.next_action.trigger()
    gallery.next_action.trigger()
    assert chosen(session).index == 1


def test_random_gives_another_image_each_time(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset(count=3))
    for _ in range(30):
        before = chosen(session).index
        gallery.random_action.trigger()
        assert chosen(session).index != before


def test_the_class_filter_shows_one_class(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset())
    gallery.classes.setCurrentIndex(4)
    gallery.classes.activated.emit(4)
    assert gallery.model.rowCount() == 4
    assert chosen(session).label == 3
    for _ in range(8):
        gallery.next_action.trigger()
        assert chosen(session).label == 3


def test_an_index_can_be_typed(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset())
    gallery.index_action.trigger()
    QTest.keyClicks(gallery.index, "23")
    QTest.keyClick(gallery.index, Qt.Key.Key_Return)
    assert chosen(session).index == 23


@pytest.mark.parametrize("text", ["57", "123456", "5.5"])
def test_an_index_that_is_not_there_is_refused_in_words(
    library: Library, gallery: Gallery, session: Session, text: str
) -> None:
    library.set_dataset(dataset())
    gallery.choose(3)
    reasons: list[str] = []
    gallery.index.refused.connect(reasons.append)
    gallery.index_action.trigger()
    QTest.keyClicks(gallery.index, text)
    assert gallery.index.text() == text  # no key is swallowed
    QTest.keyClick(gallery.index, Qt.Key.Key_Return)
    assert reasons == [f"The index must be a whole number from 0 to 39, got '{text}'."]
    assert chosen(session).index == gallery.index.value() == 3
    assert gallery.index.text() == "3"


def test_letters_cannot_be_typed_into_the_index(library: Library, gallery: Gallery) -> None:
    library.set_dataset(dataset())
    gallery.index_action.trigger()
    QTest.keyClicks(gallery.index, "1x2")
    assert gallery.index.text() == "12"


def test_an_index_of_another_class_leads_to_the_next_of_the_class(
    library: Library, gallery: Gallery, session: Session
) -> None:
    library.set_dataset(dataset())
    gallery.classes.setCurrentIndex(1)
    gallery.classes.activated.emit(1)
    gallery.index.setValue(15)
    assert chosen(session).index == 20
    gallery.index.setValue(30)
    assert chosen(session).index == 30


def test_an_image_can_be_clicked(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset())
    place = gallery.view.visualRect(gallery.model.index(5, 0)).center()
    QTest.mouseClick(gallery.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen(session).index == 5


def test_the_keyboard_moves_through_the_thumbnails(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset())
    QTest.keyClick(gallery.view, Qt.Key.Key_Right)
    assert chosen(session).index == 1


def test_buttons_do_what_their_actions_do(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset())
    buttons = {button.accessibleName(): button for button in gallery.findChildren(QPushButton)}
    buttons["Next image"].click()
    assert chosen(session).index == 1
    buttons["Previous image"].click()
    assert chosen(session).index == 0


def test_several_sources_can_be_gone_between(library: Library, gallery: Gallery, session: Session) -> None:
    library.set_dataset(dataset(20, "samples"))
    library.set_dataset(dataset(100, "CIFAR-10 test"), show=False)
    assert chosen(session).index == 0
    assert [gallery.sources.itemText(row) for row in range(2)] == ["Samples (20)", "Test set (100)"]
    gallery.sources.setCurrentIndex(1)
    gallery.sources.activated.emit(1)
    assert gallery.model.rowCount() == 100


def test_a_data_set_of_the_same_name_takes_the_old_ones_place(library: Library, gallery: Gallery) -> None:
    library.set_dataset(dataset(20))
    library.set_dataset(dataset(30))
    assert gallery.sources.count() == 1
    assert gallery.model.rowCount() == 30


def test_exactly_these_images_and_a_way_back(library: Library, gallery: Gallery, session: Session) -> None:
    whole = dataset()
    library.set_dataset(whole)
    assert gallery.back.isHidden()
    gallery.show_positions(whole, [31, 4, 17], "wrong in (b)")
    assert not gallery.back.isHidden()
    assert gallery.model.rowCount() == 3
    indices = [chosen(session).index]
    for _ in range(2):
        gallery.next_action.trigger()
        indices.append(chosen(session).index)
    assert indices == [31, 4, 17]
    assert gallery.sources.currentText() == "wrong in (b) (3)"
    gallery.back.click()
    assert gallery.model.rowCount() == 40
    assert gallery.back.isHidden()


def test_the_way_back_from_a_part_of_a_part_leads_to_all_images(library: Library, gallery: Gallery) -> None:
    whole = dataset()
    library.set_dataset(whole)
    gallery.show_positions(whole, [31, 4, 17], "wrong in (b)")
    gallery.show_positions(whole, [4], "wrong in (c)")
    gallery.back.click()
    assert gallery.source.dataset is whole
    assert gallery.model.rowCount() == 40
    assert gallery.back.isHidden()


def test_a_long_name_of_a_source_ends_with_an_ellipsis_and_its_tooltip_says_all(
    library: Library, gallery: Gallery
) -> None:
    whole, name = dataset(), "deer taken for horse: (c) autoencoder, epsilon 8/255 (0.0314), corrected"
    library.set_dataset(whole)
    assert gallery.sources.shown_text == gallery.sources.currentText()
    gallery.show_positions(whole, [4], name)
    assert gallery.sources.shown_text.endswith("…")
    assert f"{name} (1)".startswith(gallery.sources.shown_text.removesuffix("…"))
    painted, shown = gallery.sources.grab().toImage(), gallery.sources.shown_text
    gallery.sources.setItemText(gallery.sources.currentIndex(), shown)
    assert gallery.sources.grab().toImage() == painted
    gallery.sources.setItemText(gallery.sources.currentIndex(), f"{name} and more")
    middle = gallery.sources.rect().center()
    asked = QHelpEvent(QEvent.Type.ToolTip, middle, gallery.sources.mapToGlobal(middle))
    QApplication.sendEvent(gallery.sources, asked)
    assert f"{name} and more" in QToolTip.text()
    QToolTip.hideText()


def test_screen_readers_name_every_list(gallery: Gallery) -> None:
    """On Linux the name of a combo box is its value; what it is for comes from a label beside it."""
    for box in gallery.findChildren(QComboBox):
        interface = QAccessible.queryAccessibleInterface(box)
        labels = [one.text(QAccessible.Text.Name) for one, kind in interface.relations() if kind is _LABEL]
        assert len(labels) == 1
        assert labels[0] not in ("", interface.text(QAccessible.Text.Value))


def test_an_opened_picture_is_chosen_and_has_no_true_class(
    library: Library, gallery: Gallery, session: Session
) -> None:
    library.set_dataset(dataset())
    first, second = picture("one.png"), picture("second.png", note="scaled down from 4000x3000 to 128x96")
    library.add_picture(first)
    assert chosen(session).pixels is first.pixels
    assert chosen(session).label is None
    assert chosen(session).index == -1
    library.add_picture(second)
    assert chosen(session).index == -2
    assert chosen(session).name == "second.png"
    assert chosen(session).note == "scaled down from 4000x3000 to 128x96"
    assert gallery.index.value() == 2
    gallery.index.setValue(1)
    assert chosen(session).pixels is first.pixels


def test_a_picture_at_another_size_takes_its_own_place(library: Library, gallery: Gallery, session: Session) -> None:
    library.add_picture(picture("one.png"))
    library.add_picture(picture("two.png"))
    smaller = picture("two.png", (32, 32))
    library.replace_picture(1, smaller)
    assert chosen(session).pixels is smaller.pixels
    assert chosen(session).index == -2


def test_the_size_of_opened_pictures_can_be_chosen(library: Library, qtbot: QtBot, gallery: Gallery) -> None:
    library.set_dataset(dataset())
    assert gallery.side.isHidden()
    library.add_picture(picture())
    assert not gallery.side.isHidden()
    with qtbot.waitSignal(gallery.side_changed) as changed:
        gallery.side.setCurrentIndex(2)
        gallery.side.activated.emit(2)
    assert changed.args == [64]
    assert gallery.longest_side == 64


def test_pictures_are_opened_at_the_size_that_the_classifier_learned_from(qtbot: QtBot, gallery: Gallery) -> None:
    assert gallery.side.currentText() == "32 px, as trained"
    gallery.set_side(128)
    # The same classifier as before leaves the choice alone.
    gallery.set_trained_side(32)
    assert gallery.longest_side == 128
    for side in (56, 64, 32):
        with qtbot.waitSignal(gallery.side_changed) as changed:
            gallery.set_trained_side(side)
        assert changed.args == [side]
        assert gallery.side.currentText() == f"{side} px, as trained"
        texts = [gallery.side.itemText(row) for row in range(gallery.side.count())]
        assert sum("as trained" in text for text in texts) == 1


def test_a_test_set_of_full_size_makes_only_the_thumbnails_in_sight(library: Library, gallery: Gallery) -> None:
    blank = np.zeros((10_000, 32, 32, 3), np.uint8)
    library.set_dataset(Dataset("CIFAR-10 test", blank, np.arange(10_000) % 10, np.arange(10_000), CLASS_NAMES))
    gallery.view.grab()
    assert 0 < len(gallery.model._made) < 200


def test_thumbnails_that_are_kept_are_bounded() -> None:
    model = Thumbnails()
    blank = np.zeros((5000, 32, 32, 3), np.uint8)
    model.put(Source.of(Dataset("CIFAR-10 test", blank, np.zeros(5000, int), np.arange(5000), CLASS_NAMES)), None)
    for row in range(5000):
        model.data(model.index(row, 0), Qt.ItemDataRole.DecorationRole)
    assert len(model._made) <= 2000


def test_an_empty_gallery_stays_calm(gallery: Gallery, session: Session) -> None:
    for action in (gallery.next_action, gallery.previous_action, gallery.random_action):
        action.trigger()
    gallery.index.setValue(5)
    gallery.choose(3)
    assert session.selection is None


def test_thumbnails_say_what_they_are(library: Library, gallery: Gallery) -> None:
    library.set_dataset(dataset())
    text = gallery.model.data(gallery.model.index(3, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert text == "Test image 3, cat"
