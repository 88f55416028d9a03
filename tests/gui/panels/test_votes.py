"""Single draws in the panels: marks, words, and a look at one."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from advgui.figures.images import panels, votes_text
from advgui.gui.main_window import MainWindow
from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.panels.layout import Layout
from advgui.gui.panels.row import PanelRow
from advgui.outcomes import Outcome
from advgui.scenarios import scenario
from advgui.types import Scenario, VoteRule
from tests.figures import svg
from tests.gui.checks import settled
from tests.gui.conftest import selection
from tests.gui.gated import CLASS_NAMES, GatedPipeline

DRAWS = 12


def outcomes(asked: Scenario, label: int | None = 3) -> list[Outcome]:
    """From the first draw to the last."""
    chosen = selection(label=label)
    labels = None if label is None else np.array([label])
    prepared = GatedPipeline().prepare(chosen.pixels[np.newaxis], labels, np.array([0]), keeps_draws=True)
    stages, found = prepared.stages(asked), []
    while True:
        try:
            found.append(next(stages).outcome())
        except StopIteration as end:
            return [*found, end.value]


@pytest.fixture(params=[(900, 520), (640, 260)], ids=["one row", "small"])
def row(qtbot: QtBot, request: pytest.FixtureRequest) -> PanelRow:
    made = PanelRow("fgsm")
    qtbot.addWidget(made)
    made.resize(*request.param)
    made.compact = request.param[1] < 300
    made.show()
    return made


def mark(panel: ImagePanel, draw: int) -> QPoint:
    return panel.layout_now.mark_box(draw).center()


def click(panel: ImagePanel, draw: int) -> None:
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=mark(panel, draw))


@pytest.mark.parametrize("rule", VoteRule)
def test_a_click_on_a_mark_shows_that_draw_and_another_the_vote(row: PanelRow, rule: VoteRule) -> None:
    shown = outcomes(scenario(draws=DRAWS, rule=rule))[-1]
    row.show_outcome(shown, CLASS_NAMES, True)
    for key in ("randomization", "both"):
        panel, draws = row.panels[key], shown.draws[key]
        vote = panel.grab().toImage()
        for draw in (0, 5, DRAWS - 1):
            click(panel, draw)
            assert panel.prediction is not None
            assert np.array_equal(panel.pixels, draws.images[draw][0])
            assert np.array_equal(panel.prediction.probabilities, draws.probabilities[draw][0])
            assert panel.accessibleDescription().startswith(f"draw {draw + 1} of {DRAWS}, ")
            assert panel.grab().toImage() != vote
            click(panel, draw)
            assert panel.grab().toImage() == vote
    assert row.panels["autoencoder"].mark_at(mark(row.panels["both"], 0)) is None


def test_marks_and_words_say_what_the_draws_say(row: PanelRow) -> None:
    for shown in outcomes(scenario(draws=DRAWS)):
        row.show_outcome(shown, CLASS_NAMES, True)
        panel, answers = row.panels["both"], shown.draws["both"].probabilities
        right = sum(int(each[0].argmax()) == shown.labels[0] for each in answers)
        words = f"right in {right} of {len(answers)}{'' if len(answers) == DRAWS else ' so far'}"
        assert words in panel.accessibleDescription()
        for draw, each in enumerate(answers):
            hint = panel.hint_at(mark(panel, draw))
            name, verdict = CLASS_NAMES[int(each[0].argmax())], each[0].argmax() == shown.labels[0]
            assert hint.startswith(f"Draw {draw + 1} of {DRAWS}: {name}, ")
            assert ("right" if verdict else "wrong") in hint
        if len(answers) < DRAWS:
            assert panel.mark_at(mark(panel, len(answers))) is None
        assert panel.layout_now == row.panels["clean"].layout_now  # nothing jumps, all are alike


def test_a_draw_is_looked_at_while_others_arrive(row: PanelRow) -> None:
    first, *_, last = outcomes(scenario(draws=DRAWS))
    row.show_outcome(first, CLASS_NAMES, True)
    panel = row.panels["both"]
    click(panel, 0)
    row.show_outcome(last, CLASS_NAMES, True)
    assert panel.looked_at == 0
    row.show_outcome(outcomes(scenario())[-1], CLASS_NAMES, True)
    assert panel.looked_at is None
    assert panel.mark_at(mark(panel, 0)) is None


def test_without_a_true_class_draws_are_held_against_the_first_panel(row: PanelRow) -> None:
    shown = outcomes(scenario(draws=DRAWS), label=None)[-1]
    row.show_outcome(shown, CLASS_NAMES, False)
    assert "same as (a) in" in row.panels["both"].accessibleDescription()


def test_a_majority_says_that_its_bars_are_votes(row: PanelRow) -> None:
    shown = outcomes(scenario(draws=DRAWS, rule=VoteRule.MAJORITY))[-1]
    row.show_outcome(shown, CLASS_NAMES, True)
    assert "% of votes" in row.panels["both"].accessibleDescription()
    assert "shares of the votes" in row.panels["both"].toolTip()
    assert "of votes" not in row.panels["autoencoder"].accessibleDescription()


@pytest.mark.parametrize("width", [110, 125, 170, 300, 500, 1200])
@pytest.mark.parametrize("draws", [2, 20, 100])
@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize(("smallest", "large"), [(0, False), (16, False), (16, True)])
def test_marks_have_room_of_their_own(width: int, draws: int, compact: bool, smallest: int, large: bool) -> None:
    layout = Layout.fit(
        QSize(width, 560 if width < 1000 else 1100), 10, compact, smallest=smallest, large=large, draws=draws
    )
    boxes = [layout.mark_box(draw) for draw in range(draws)]
    for draw, box in enumerate(boxes):
        assert layout.strip.contains(box)
        assert box.width() >= 7
        assert not any(box.intersects(other) for other in boxes[draw + 1 :])
    assert layout.verdict.bottom() < layout.votes.top()
    assert layout.votes.bottom() < layout.strip.top()
    assert layout.strip.bottom() < layout.columns[0].top()
    assert layout.columns[0].height() >= 8 * layout.rows


def test_files_say_the_count_in_words() -> None:
    shown = outcomes(scenario(draws=DRAWS))[-1]
    texts = svg.texts(panels([shown], CLASS_NAMES, "Test image 0").file("svg"))
    for key in ("randomization", "both"):
        assert votes_text(shown, key) in texts
    alone = svg.texts(panels([outcomes(scenario())[-1]], CLASS_NAMES, "Test image 0").file("svg"))
    assert not any(text.startswith("right in") for text in alone)


def test_in_the_window_the_vote_grows_and_keys_turn_over_the_draws(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    window.session.apply(replace(window.session.state, draws=DRAWS), "vote")
    qtbot.waitUntil(lambda: settled(window))
    (shown,) = window.stage.outcomes()
    assert shown.draws_left == 0
    panel = window.stage.rows["fgsm"].panels["both"]
    plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    for modifier, draw in ((plain, 0), (plain, 1), (shift, 0), (shift, DRAWS - 1), (plain, 0)):
        QTest.keyClick(panel, Qt.Key.Key_D, modifier)
        assert panel.looked_at == draw
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.looked_at is None
    QTest.keyClick(panel, Qt.Key.Key_D, shift)
    assert panel.looked_at == DRAWS - 1
    click(panel, 3)
    QTest.keyClick(window.gallery.view, Qt.Key.Key_Escape)  # wherever the focus is
    assert panel.looked_at is None
    click(panel, 3)
    window.step_back()  # what Escape means where there is a full screen to leave
    assert panel.looked_at is None
