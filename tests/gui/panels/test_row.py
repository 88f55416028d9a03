from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from advgui.figures.images import caption
from advgui.gui.panels import row as panels
from advgui.gui.panels.prediction import Verdict
from advgui.gui.panels.row import PanelRow
from advgui.gui.widgets.elided import text_width
from advgui.outcomes import Outcome
from advgui.scenarios import scenario, without
from advgui.types import PAPER_CHAIN, Column, ProtocolName, Scenario, columns_of
from tests.gui.conftest import selection
from tests.gui.gated import CLASS_NAMES, KEYS, GatedPipeline


def outcome(of: Scenario, label: int | None = 3, size: tuple[int, int] = (32, 32)) -> Outcome:
    chosen = selection(label=label, size=size)
    labels = None if label is None else np.array([label])
    batch = GatedPipeline(tuple(ProtocolName)).prepare(chosen.pixels[np.newaxis], labels, np.array([chosen.index]))
    return batch.run(of)


@pytest.fixture
def row(qtbot: QtBot) -> PanelRow:
    made = PanelRow("fgsm")
    qtbot.addWidget(made)
    made.resize(900, 520)
    made.show()
    return made


def test_captions_are_those_of_the_paper(row: PanelRow) -> None:
    captions = [panel.caption for panel in row.panels.values()]
    assert [caption[:3] for caption in captions] == ["(a)", "(b)", "(c)", "(d)", "(e)"]
    assert captions[1] == "(b) FGSM"
    assert panels.title(columns_of(PAPER_CHAIN)[1], "gaussian") == "(b) Gaussian noise"


@pytest.mark.parametrize("width", [600, 900, 1280, 2000])
def test_panels_say_strength_and_seed_where_they_belong(row: PanelRow, width: int) -> None:
    for attack, strength, seeded in (("fgsm", "ε = 8/255", "de"), ("gaussian", "noise_param = 0.1", "bde")):
        shown = outcome(scenario(attack, seed=7))
        row.attack = attack
        row.resize(width, 500)
        row.show_outcome(shown, CLASS_NAMES, True)
        for column, panel in zip(row.columns, row.panels.values(), strict=True):
            said = strength if column.letter == "b" else ""
            assert panel.details == (said, "seed 7" if column.letter in seeded else "")
            # The same words as in a saved picture.
            assert caption(column, shown.scenario) == ", ".join(filter(None, (panel.caption, *panel.details)))
            layout = panel.layout_now
            font, heading, note = panel.heading_now(layout)
            assert heading.startswith(panel.caption)
            if width >= 900:
                assert text_width(font, heading) <= layout.caption.width()
                assert said in f"{heading}, {note}"
                assert panel._familiarity.words in note
            if width >= 1280:
                assert all(detail in f"{heading}, {note}" for detail in panel.details)


def test_panels_show_the_outcome_to_the_last_bit(row: PanelRow) -> None:
    shown = outcome(scenario())
    row.show_outcome(shown, CLASS_NAMES, True)
    for column, panel in row.panels.items():
        assert panel.prediction is not None
        assert np.array_equal(panel.pixels, shown.images[column][0])
        assert np.array_equal(panel.prediction.probabilities, shown.probabilities[column][0])
        assert panel.prediction.verdict is (Verdict.RIGHT if shown.correct(column)[0] else Verdict.WRONG)


@pytest.mark.parametrize("classes", [2, 12, 13, 200, 1000])
def test_of_many_classes_those_that_matter_have_a_bar(row: PanelRow, classes: int) -> None:
    random = np.random.default_rng(classes)
    shown = outcome(scenario())
    flat = {column: random.dirichlet(np.full(classes, 5.0), 1).astype(np.float32) for column in shown.images}
    shown = replace(shown, probabilities=flat, labels=np.array([classes - 1]))
    names = [f"class {n}" for n in range(classes)]
    row.show_waiting(shown.images["clean"][0], names, scenario(), "computing")
    waiting = row.panels["clean"].layout_now
    row.show_outcome(shown, names, True)
    bars = panels.classes_with_bars(shown)
    assert len(bars) == min(classes, 12)
    assert list(bars) == sorted(bars)
    assert {classes - 1, *(int(shown.predictions(column)[0]) for column in KEYS)} <= set(bars)
    for panel in row.panels.values():
        layout = panel.layout_now
        # Nothing jumps when the result comes, the picture is to be seen, and the bars can be read.
        assert layout == waiting
        assert layout.picture.width() > 100
        assert layout.columns[0].height() >= 8 * layout.rows
        assert ("likeliest" in panel.toolTip()) == (classes > 12)
        assert not panel.grab().isNull()


@pytest.mark.parametrize("width", [632, 640, 661, 847, 900, 1203, 1799])
def test_all_panels_have_one_size_and_stay_inside(row: PanelRow, width: int) -> None:
    row.resize(width, 500)
    boxes = [panel.geometry() for panel in row.panels.values()]
    assert len({box.size().toTuple() for box in boxes}) == 1
    assert boxes[0].left() == 0
    assert width - 2 <= boxes[-1].right() + 1 <= width
    assert all(left.right() < right.left() for left, right in pairwise(boxes))


def off(*names: str) -> Scenario:
    return scenario(chain=without(PAPER_CHAIN, *names))


@pytest.mark.parametrize("names", [("autoencoder",), ("randomization",), ("autoencoder", "randomization")])
def test_a_mitigation_that_is_off_greys_its_panels_out(row: PanelRow, names: tuple[str, ...]) -> None:
    row.show_outcome(outcome(scenario()), CLASS_NAMES, True)
    row.show_outcome(outcome(off(*names)), CLASS_NAMES, True)
    for column, panel in row.panels.items():
        assert bool(panel.off_reason) == (column in (*names, "both"))
        assert (panel.prediction is None) == (column in (*names, "both"))
    assert "switched off" in next(panel.off_reason for panel in row.panels.values() if panel.off_reason)


def test_switching_a_mitigation_off_keeps_the_scale(row: PanelRow) -> None:
    row.show_outcome(outcome(scenario()), CLASS_NAMES, True)
    before = row.panels["clean"].grab().toImage()
    row.show_outcome(outcome(off("randomization")), CLASS_NAMES, True)
    assert row.panels["clean"].grab().toImage() == before


def test_without_a_true_class_nothing_is_called_right_or_wrong(row: PanelRow) -> None:
    row.show_outcome(outcome(scenario(strength=0.3), label=None), CLASS_NAMES, False)
    verdicts = {column: panel.prediction.verdict for column, panel in row.panels.items() if panel.prediction}
    assert verdicts["clean"] is Verdict.UNKNOWN
    assert set(verdicts.values()) <= {Verdict.UNKNOWN, Verdict.SAME, Verdict.CHANGED}
    assert verdicts["attacked"] is Verdict.CHANGED


def test_while_waiting_the_image_is_there_already(row: PanelRow) -> None:
    chosen = selection()
    row.show_waiting(chosen.pixels, CLASS_NAMES, off("autoencoder"), "Loading TensorFlow …")
    assert np.array_equal(row.panels["clean"].pixels, chosen.pixels)
    assert row.panels["attacked"].accessibleDescription() == "Loading TensorFlow …"
    assert row.panels["autoencoder"].off_reason
    assert row.outcome is None


def test_a_panel_says_which_picture_is_to_be_saved(row: PanelRow) -> None:
    asked: list[Column] = []
    row.save_asked.connect(lambda column, _is_dragged: asked.append(column))
    for panel in row.panels.values():
        panel.save_asked.emit(False)
    assert [column.key for column in asked] == list(KEYS)


def test_success_is_that_of_the_outcome(row: PanelRow) -> None:
    for target in range(10):
        shown = outcome(scenario(strength=0.3, target=target))
        row.show_outcome(shown, CLASS_NAMES, True)
        for column, panel in row.panels.items():
            expected = None if column == "clean" else bool(shown.succeeded(column)[0])
            assert panel.prediction.reached is expected
            assert panel.prediction.verdict is (Verdict.RIGHT if shown.correct(column)[0] else Verdict.WRONG)
    row.show_outcome(outcome(scenario()), CLASS_NAMES, True)
    assert {panel.prediction.reached for panel in row.panels.values()} == {None}


def test_panels_say_upper_bound_exactly_where_it_is_one(row: PanelRow) -> None:
    chain = [link.name for link in PAPER_CHAIN]
    for knows in ((), ("autoencoder",), ("randomization",), tuple(chain)):
        for strength in (0.0, 0.1):
            shown = outcome(scenario(strength=strength, attacker_knows=knows))
            row.show_outcome(shown, CLASS_NAMES, True)
            for column in row.columns:
                panel = row.panels[column.key]
                attacked = strength > 0 and column.key != "clean"
                bound = attacked and bool(set(column.links) - set(knows))
                assert ("upper bound" in panel.toolTip()) == bound
                assert ("to quote" in panel.toolTip()) == (attacked and set(column.links) == set(knows))
                assert ("known to attacker" in panel.accessibleDescription()) == (
                    attacked and (bound or set(column.links) == set(knows))
                )


def test_many_classes_leave_a_bar_for_the_goal(row: PanelRow) -> None:
    shown = outcome(scenario(strength=0.3))
    flat = {key: np.full((1, 200), 1 / 200, np.float32) for key in shown.images}
    shown = replace(shown, scenario=replace(shown.scenario, target=150), probabilities=flat)
    assert 150 in panels.classes_with_bars(shown)
    assert len(panels.classes_with_bars(shown)) == 12
