from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QImage, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui import images, scenarios
from advgui.gui.panels.fitting import fitting_words
from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.panels.layout import PAD
from advgui.gui.panels.prediction import Prediction, Verdict
from advgui.gui.panels.signs import paint_verdict
from advgui.gui.widgets import pixels, theme
from tests.gui.gated import CLASS_NAMES


def prediction(best: int = 3, label: int = 3, verdict: Verdict = Verdict.RIGHT, share: float = 0.91) -> Prediction:
    probabilities = np.full(10, (1 - share) / 9, np.float32)
    probabilities[best] = share
    return Prediction(probabilities, CLASS_NAMES, label, verdict)


def picture(size: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((size, size, 3), dtype=np.float32)


@pytest.fixture
def panel(qtbot: QtBot) -> ImagePanel:
    made = ImagePanel("(b) FGSM")
    qtbot.addWidget(made)
    made.resize(170, 520)
    made.set_frame(40, CLASS_NAMES, False, ["(b) FGSM"])
    return made


def drawn(panel: ImagePanel) -> QImage:
    return panel.grab().toImage()


def test_every_pixel_of_the_picture_is_on_screen_enlarged(panel: ImagePanel) -> None:
    shown = picture()
    panel.show_result(shown, prediction())
    box = panel.layout_now.picture
    factor = int(pixels.scale(box.width(), 40))
    assert factor == 4
    seen = pixels.rgb(drawn(panel).copy(box))
    left = top = (box.width() - 32 * factor) // 2
    part = seen[top : top + 32 * factor, left : left + 32 * factor]
    assert np.array_equal(part, images.to_uint8(shown).repeat(factor, 0).repeat(factor, 1))


@pytest.mark.parametrize(
    ("verdict", "color"),
    [
        (Verdict.RIGHT, "right"),
        (Verdict.WRONG, "wrong"),
        (Verdict.CHANGED, "wrong"),
        (Verdict.SAME, "neutral"),
        (Verdict.UNKNOWN, "neutral"),
    ],
)
def test_the_verdict_has_its_colour(panel: ImagePanel, verdict: Verdict, color: str) -> None:
    panel.show_result(picture(), prediction(verdict=verdict))
    box = panel.layout_now.verdict
    expected: QColor = getattr(theme.colors(panel.palette()), color)
    assert drawn(panel).pixelColor(box.center().x(), box.top() + 2) == expected


def test_verdicts_differ_without_colour(panel: ImagePanel) -> None:
    """A sign as well as a colour: in grey the signs must still differ, for one text and one fill."""
    signs = set()
    for verdict in Verdict:
        image = QImage(60, 60, QImage.Format.Format_Grayscale8)
        image.fill(QColor("white"))
        painter = QPainter(image)
        paint_verdict(painter, verdict, QRectF(10, 10, 40, 40), QColor("black"))
        painter.end()
        signs.add(bytes(image.constBits()))
    assert len(signs) == len(Verdict)


@pytest.mark.parametrize("dark", [False, True])
def test_words_on_verdicts_can_be_read(dark: bool) -> None:
    """WCAG 2: a contrast of at least 4.5 for ordinary text."""

    def luminance(color: QColor) -> float:
        parts = [color.redF(), color.greenF(), color.blueF()]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: QColor, other: QColor) -> float:
        light, low = sorted((luminance(one), luminance(other)), reverse=True)
        return (light + 0.05) / (low + 0.05)

    colors = theme._colors(dark)
    for fill in (colors.right, colors.wrong, colors.neutral):
        assert contrast(fill, theme.ink(fill)) >= 4.5
    for behind in (colors.window, colors.surface, colors.info, colors.warning, colors.error):
        assert contrast(behind, colors.text) >= 7
        assert contrast(colors.surface, colors.muted) >= 4.5


def test_screen_readers_hear_the_result(panel: ImagePanel) -> None:
    panel.show_result(picture(), prediction(best=5, label=3, verdict=Verdict.WRONG, share=0.712))
    assert panel.accessibleName() == "(b) FGSM"
    assert panel.accessibleDescription() == "dog, 71.2 %, wrong"
    panel.show_off("autoencoder switched off")
    assert panel.accessibleDescription() == "autoencoder switched off"
    panel.show_waiting("Loading TensorFlow …")
    assert panel.accessibleDescription() == "Loading TensorFlow …"


def test_off_and_waiting_look_unlike_a_result(panel: ImagePanel) -> None:
    panel.show_result(picture(), prediction())
    result = drawn(panel)
    panel.show_off("switched off")
    off = drawn(panel)
    panel.show_waiting("computing")
    assert len({bytes(image.constBits()) for image in (result, off, drawn(panel))}) == 3
    assert panel.pixels is None
    assert panel.prediction is None


def test_numbers_of_any_width_move_nothing(panel: ImagePanel) -> None:
    layouts = set()
    for best, share in ((0, 0.999999), (1, 1.0), (3, 0.11), (9, 0.2)):
        panel.show_result(picture(seed=best), prediction(best=best, share=share))
        drawn(panel)
        layouts.add(panel.layout_now)
    assert len(layouts) == 1


@pytest.mark.parametrize("width", [120, 170, 300])
def test_figures_keep_away_from_the_frame(panel: ImagePanel, width: int) -> None:
    panel.resize(width, 540)
    panel.show_result(picture(), prediction(share=1.0))  # 100 in bold is the widest
    (column,) = panel.layout_now.columns
    surface = theme.colors(panel.palette()).surface
    seen = drawn(panel)
    margin = range(column.right() - PAD + 2, column.right() + 1)
    assert all(seen.pixelColor(x, y) == surface for x in margin for y in range(column.top(), column.bottom()))


@pytest.mark.parametrize("words", ["Loading the networks …", "autoencoder switched off", "There is no autoencoder"])
@pytest.mark.parametrize("side", [60, 82, 150, 400])
def test_words_in_place_of_a_picture_fit(panel: ImagePanel, words: str, side: int) -> None:
    box = QRect(0, 0, side, side)
    size = fitting_words(panel, words, box, 36)
    metrics = QFontMetrics(theme.font(panel.font(), size))
    flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
    if size > 8:
        assert box.contains(metrics.boundingRect(box, flags, words))
    assert size >= min(36, side // 8)


def test_the_picture_can_be_copied_large(panel: ImagePanel) -> None:
    shown = picture()
    panel.show_result(shown, prediction())
    panel.copy()
    copied = pixels.rgb(QGuiApplication.clipboard().image())
    assert copied.shape == (320, 320, 3)
    assert np.array_equal(copied[::10, ::10], images.to_uint8(shown))


@pytest.mark.parametrize("size", [(8, 128), (128, 8), (8, 8), (128, 96)])
def test_pictures_of_every_shape_are_drawn(panel: ImagePanel, size: tuple[int, int]) -> None:
    panel.set_frame(max(size) * 5 // 4, CLASS_NAMES, False, ["(b) FGSM"])
    panel.show_result(np.full((*size, 3), 0.25, np.float32), prediction())
    box = panel.layout_now.picture
    middle = drawn(panel).pixelColor(box.center())
    assert middle == QColor(64, 64, 64)


def test_a_foreign_number_of_classes_fits(panel: ImagePanel) -> None:
    names = tuple(f"a class with a rather long name {n}" for n in range(43))
    panel.set_frame(40, names, False, ["(b) FGSM"])
    probabilities = np.full(43, 1 / 43, np.float32)
    panel.show_result(picture(), Prediction(probabilities, names, 42, Verdict.WRONG))
    drawn(panel)


# The attacker's goal


def bar_of(panel: ImagePanel, index: int) -> QPoint:
    """A place on the bar of a class, where each has one."""
    layout = panel.layout_now
    column = layout.columns[index // layout.rows]
    row = index % layout.rows
    return QPoint(column.right() - 40, column.top() + (2 * row + 1) * column.height() // (2 * layout.rows))


def asked(panel: ImagePanel) -> list[object]:
    told: list[object] = []
    panel.goal_asked.connect(told.append)
    return told


@pytest.mark.parametrize("size", [(170, 520), (290, 320)], ids=["one column of bars", "two columns"])
def test_a_click_on_a_bar_makes_its_class_the_goal(panel: ImagePanel, size: tuple[int, int]) -> None:
    panel.resize(*size)
    panel.set_aim(None, can_aim=True)
    panel.show_result(picture(), prediction(label=3))
    told = asked(panel)
    for index in range(10):
        QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=bar_of(panel, index))
    assert told == [0, 1, 2, None, 4, 5, 6, 7, 8, 9]  # the true class is no goal
    panel.set_aim(6, can_aim=True)
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=bar_of(panel, 6))
    assert told[10:] == [None]  # again: it is no goal any more
    QTest.mouseClick(panel, Qt.MouseButton.RightButton, pos=bar_of(panel, 5))
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=panel.layout_now.picture.center())
    QTest.mousePress(panel, Qt.MouseButton.LeftButton, pos=bar_of(panel, 5))
    QTest.mouseRelease(panel, Qt.MouseButton.LeftButton, pos=bar_of(panel, 4))
    assert len(told) == 11


def test_where_there_is_nothing_to_aim_at_a_click_does_nothing(panel: ImagePanel) -> None:
    told = asked(panel)
    panel.set_aim(None, can_aim=False)
    panel.show_result(picture(), prediction())
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=bar_of(panel, 5))
    panel.set_aim(None, can_aim=True)
    panel.show_waiting("computing")
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=bar_of(panel, 5))
    assert told == []


def test_cursor_and_tooltip_say_what_a_click_does(panel: ImagePanel) -> None:
    panel.set_aim(6, can_aim=True)
    panel.show_result(picture(), prediction(label=3))
    assert "towards 'dog'" in panel.hint_at(bar_of(panel, 5))
    for index in (3, 6):
        assert "away from 'cat'" in panel.hint_at(bar_of(panel, index))
    places = {bar_of(panel, 5): True, panel.layout_now.picture.center(): False}
    for can_aim in (True, False):
        panel.set_aim(6, can_aim)
        for place, is_bar in places.items():
            none = Qt.MouseButton.NoButton
            move = QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(panel, move)
            hand = panel.cursor().shape() == Qt.CursorShape.PointingHandCursor
            assert hand == (can_aim and is_bar)
    assert panel.hint_at(bar_of(panel, 5)) == ""


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_goal_is_marked_without_colour(panel: ImagePanel, share: float) -> None:
    """Its bar differs from what it would be otherwise, in brightness; the other bars do not."""
    seen = []
    for target in (None, 5):
        panel.set_aim(target, can_aim=True)
        panel.show_result(picture(), prediction(best=5, label=5, share=share))
        grey = drawn(panel).convertToFormat(QImage.Format.Format_Grayscale8)
        rows = [bar_of(panel, index).y() for index in (4, 5)]
        seen.append([[grey.pixelColor(x, y).lightness() for x in range(panel.width())] for y in rows])
        panel.set_aim(None, can_aim=True)
    without, marked = seen
    assert max(abs(one - other) for one, other in zip(without[1], marked[1], strict=True)) > 80


def test_whether_the_target_is_reached_is_said(panel: ImagePanel) -> None:
    panel.set_aim(5, can_aim=True, familiarity=scenarios.ADAPTIVE)
    pictures = []
    for reached, words in ((True, "target reached"), (False, "target not reached")):
        panel.show_result(picture(), replace(prediction(best=5, verdict=Verdict.WRONG), reached=reached))
        assert panel.accessibleDescription() == f"dog, 91.0 %, wrong, {words}, known to attacker"
        goal = panel.layout_now.goal
        assert goal.height() > 10
        pictures.append(drawn(panel).copy(goal))
    assert pictures[0] != pictures[1]
    panel.set_aim(None, can_aim=True)
    assert panel.layout_now.goal.height() == 0


@pytest.mark.parametrize("width", [110, 125, 170, 300])
def test_what_is_said_of_the_attacker_fits(panel: ImagePanel, width: int) -> None:
    panel.resize(width, 560)
    layout = panel.layout_now
    font = theme.font(panel.font(), panel._note_size(layout), bold=True)
    texts = [scenarios.PARTLY_KNOWN, scenarios.ADAPTIVE.words, "target not reached"]
    widest = max(QFontMetrics(font).horizontalAdvance(text) for text in texts)
    if font.pixelSize() > 8:
        assert widest <= layout.note.width()
    assert font.pixelSize() < layout.note.height()


def test_only_what_looks_different_is_painted_again(
    qtbot: QtBot, panel: ImagePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[object] = []
    monkeypatch.setattr(panel, "update", lambda: painted.append(None))
    shown, said = picture(), prediction()
    panel.show_result(shown, said)
    assert painted
    for changed in (
        (picture(seed=1), said),
        (shown, prediction(share=0.9)),
        (shown, replace(said, verdict=Verdict.WRONG)),
        (shown, replace(said, total=2, draws=(said,))),
    ):
        for other in changed, (shown, said), changed:
            painted.clear()
            panel.show_result(*other)
            assert painted
        painted.clear()
        panel.show_result(changed[0].copy(), replace(changed[1], probabilities=changed[1].probabilities.copy()))
        assert not painted
        panel.show_result(shown, said)
    painted.clear()
    panel.show_waiting("no prediction yet", changed[0])
    assert painted
