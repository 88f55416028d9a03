import itertools

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from advgui import scenarios
from advgui.gui.explain.card import Card
from advgui.gui.explain.sketch import Sketch
from advgui.gui.explain.words import boxes, explanation
from advgui.gui.panels.image_panel import ImagePanel
from advgui.types import PAPER_CHAIN, Link
from tests.gui.gated import CLASS_NAMES

SCENARIO = scenarios.scenario("pgd", attacker_knows=("autoencoder",))
BOTH = SCENARIO.columns[-1]


@pytest.fixture
def panel(qtbot: QtBot) -> ImagePanel:
    made = ImagePanel("(e) both")
    qtbot.addWidget(made)
    made.resize(170, 520)
    made.set_frame(40, CLASS_NAMES, False, ["(e) both"])
    made.set_explanation(explanation(BOTH, SCENARIO))
    made.show()
    return made


def card(panel: ImagePanel) -> Card | None:
    shown = [each for each in panel.findChildren(Card) if each.isVisible()]
    return shown[0] if shown else None


@pytest.mark.parametrize("by", ["key", "button"])
def test_the_card_opens_and_closes(panel: ImagePanel, by: str) -> None:
    if by == "key":
        panel.setFocus()
        QTest.keyClick(panel, "?")
    else:
        QTest.mouseClick(panel.explain_button, Qt.MouseButton.LeftButton)
    opened = card(panel)
    assert opened is not None
    assert opened.words.text() == explanation(BOTH, SCENARIO).words
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert card(panel) is None


def test_the_button_is_beside_the_caption_and_gone_in_a_presentation(panel: ImagePanel) -> None:
    layout = panel.layout_now
    assert panel.explain_button.isVisible()
    assert panel.explain_button.geometry() == layout.help
    assert not layout.help.intersects(layout.caption)
    assert panel.explain_button.accessibleName() == "Explain (e) both"
    panel.set_presented(20, large=False)
    assert not panel.explain_button.isVisible()
    QTest.keyClick(panel, "?")
    assert card(panel).words.font().pixelSize() >= 20


def test_the_caption_has_a_tooltip(panel: ImagePanel) -> None:
    place: QPoint = panel.layout_now.caption.center()
    QApplication.sendEvent(panel, QHelpEvent(QEvent.Type.ToolTip, place, panel.mapToGlobal(place)))
    assert QToolTip.text() == explanation(BOTH, SCENARIO).words


@pytest.mark.parametrize("count", [0, 1, 2, 6])
@pytest.mark.parametrize("size", [9, 24])
def test_boxes_of_any_chain_have_room(qtbot: QtBot, count: int, size: int) -> None:
    chain = tuple(Link(f"mitigation {n}") for n in range(count))
    scenario = scenarios.scenario(chain=chain)
    sketch = Sketch(boxes(scenario.columns[-1], scenario), size, 26 * size)
    qtbot.addWidget(sketch)
    sketch.resize(sketch.sizeHint())
    places = sketch.places
    assert len(places) == (count + 3 if count else 3)
    for place in places:
        assert sketch.rect().contains(place.toAlignedRect())
    for one, other in itertools.combinations(places, 2):
        assert not one.intersects(other)


def test_what_the_attacker_uses_stands_out_and_is_said(qtbot: QtBot) -> None:
    seen = {}
    for knows in ((), ("autoencoder",)):
        scenario = scenarios.scenario("pgd", chain=PAPER_CHAIN, attacker_knows=knows)
        sketch = Sketch(boxes(scenario.columns[-1], scenario), 14, 800)
        qtbot.addWidget(sketch)
        sketch.resize(sketch.sizeHint())
        picture = sketch.grab().toImage()
        edge = sketch.places[2]
        seen[knows] = picture.pixelColor(round(edge.left()), round(edge.center().y()))
        assert ("Autoencoder (the attacker uses it)" in sketch.accessibleDescription()) == bool(knows)
    assert len(set(map(str, (color.name() for color in seen.values())))) == 2
