from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.attacks import ATTACKS
from advgui.gui.panels import row as panels
from advgui.gui.panels.prediction import Verdict
from advgui.gui.panels.row import PanelRow, PerturbationView
from advgui.types import Column, Outcome, ProtocolName, Reading, Scenario
from tests.gui.conftest import selection
from tests.gui.fake import CLASS_NAMES, FakePipeline


def outcome(scenario: Scenario, label: int | None = 3, size: tuple[int, int] = (32, 32)) -> Outcome:
    chosen = selection(label=label, size=size)
    labels = None if label is None else np.array([label])
    return FakePipeline().run(chosen.pixels[np.newaxis], labels, np.array([chosen.index]), scenario)


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
    assert panels.caption(Column.ATTACKED, "gaussian") == "(b) Gaussian noise"


def test_panels_show_the_outcome_to_the_last_bit(row: PanelRow) -> None:
    shown = outcome(Scenario())
    row.show_outcome(shown, CLASS_NAMES, True)
    for column, panel in row.panels.items():
        assert panel.prediction is not None
        assert np.array_equal(panel.pixels, shown.images[column][0])
        assert np.array_equal(panel.prediction.probabilities, shown.probabilities[column][0])
        assert panel.prediction.verdict is (Verdict.RIGHT if shown.correct(column)[0] else Verdict.WRONG)


@pytest.mark.parametrize("classes", [2, 12, 13, 200, 1000])
def test_of_many_classes_those_that_matter_have_a_bar(row: PanelRow, classes: int) -> None:
    random = np.random.default_rng(classes)
    shown = outcome(Scenario())
    flat = {column: random.dirichlet(np.full(classes, 5.0), 1).astype(np.float32) for column in shown.images}
    shown = replace(shown, probabilities=flat, labels=np.array([classes - 1]))
    names = [f"class {n}" for n in range(classes)]
    row.show_waiting(shown.images[Column.CLEAN][0], names, Scenario(), "computing")
    waiting = row.panels[Column.CLEAN].layout_now
    row.show_outcome(shown, names, True)
    bars = panels.classes_with_bars(shown)
    assert len(bars) == min(classes, 12)
    assert list(bars) == sorted(bars)
    assert {classes - 1, *(int(shown.predictions(column)[0]) for column in Column)} <= set(bars)
    for panel in row.panels.values():
        layout = panel.layout_now
        # Nothing jumps when the result comes, the picture is to be seen, and the bars can be read.
        assert layout == waiting
        assert layout.picture.width() > 100
        assert layout.columns[0].height() >= 8 * layout.rows
        assert bool(panel.toolTip()) == (classes > 12)
        assert not panel.grab().isNull()


@pytest.mark.parametrize("width", [632, 640, 661, 847, 900, 1203, 1799])
def test_all_panels_have_one_size_and_stay_inside(row: PanelRow, width: int) -> None:
    row.resize(width, 500)
    boxes = [panel.geometry() for panel in row.panels.values()]
    assert len({box.size().toTuple() for box in boxes}) == 1
    assert boxes[0].left() == 0
    assert width - 2 <= boxes[-1].right() + 1 <= width
    assert all(left.right() < right.left() for left, right in pairwise(boxes))


@pytest.mark.parametrize(
    ("scenario", "off"),
    [
        (Scenario(autoencoder=False), {Column.AUTOENCODER, Column.BOTH}),
        (Scenario(randomization=False), {Column.RANDOMIZATION, Column.BOTH}),
        (Scenario(autoencoder=False, randomization=False), {Column.AUTOENCODER, Column.RANDOMIZATION, Column.BOTH}),
    ],
)
def test_a_mitigation_that_is_off_greys_its_panels_out(row: PanelRow, scenario: Scenario, off: set[Column]) -> None:
    row.show_outcome(outcome(Scenario()), CLASS_NAMES, True)
    row.show_outcome(outcome(scenario), CLASS_NAMES, True)
    for column, panel in row.panels.items():
        assert bool(panel.off_reason) == (column in off)
        assert (panel.prediction is None) == (column in off)
    assert "switched off" in next(panel.off_reason for panel in row.panels.values() if panel.off_reason)


def test_switching_a_mitigation_off_keeps_the_scale(row: PanelRow) -> None:
    row.show_outcome(outcome(Scenario()), CLASS_NAMES, True)
    before = row.panels[Column.CLEAN].grab().toImage()
    row.show_outcome(outcome(Scenario(randomization=False)), CLASS_NAMES, True)
    assert row.panels[Column.CLEAN].grab().toImage() == before


def test_without_a_true_class_nothing_is_called_right_or_wrong(row: PanelRow) -> None:
    row.show_outcome(outcome(Scenario(strength=0.3), label=None), CLASS_NAMES, False)
    verdicts = {column: panel.prediction.verdict for column, panel in row.panels.items() if panel.prediction}
    assert verdicts[Column.CLEAN] is Verdict.UNKNOWN
    assert set(verdicts.values()) <= {Verdict.UNKNOWN, Verdict.SAME, Verdict.CHANGED}
    assert verdicts[Column.ATTACKED] is Verdict.CHANGED


def test_while_waiting_the_image_is_there_already(row: PanelRow) -> None:
    chosen = selection()
    row.show_waiting(chosen.pixels, CLASS_NAMES, Scenario(autoencoder=False), "Loading TensorFlow …")
    assert np.array_equal(row.panels[Column.CLEAN].pixels, chosen.pixels)
    assert row.panels[Column.ATTACKED].accessibleDescription() == "Loading TensorFlow …"
    assert row.panels[Column.AUTOENCODER].off_reason
    assert row.outcome is None


def test_a_panel_says_which_picture_is_to_be_saved(row: PanelRow) -> None:
    asked: list[Column] = []
    row.save_asked.connect(asked.append)
    for panel in row.panels.values():
        panel.save_asked.emit()
    assert asked == list(Column)


@pytest.fixture
def view(qtbot: QtBot) -> PerturbationView:
    made = PerturbationView("fgsm")
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("gain", [1, 10, 50])
def test_the_perturbation_is_attacked_minus_clean_around_grey(view: PerturbationView, gain: int) -> None:
    shown = outcome(Scenario())
    view.show_outcome(shown)
    view.set_gain(gain)
    change = shown.images[Column.ATTACKED][0] - shown.images[Column.CLEAN][0]
    assert np.array_equal(view.shown, images.amplified(change, gain))
    assert f"×{gain}" in view.title.text()  # noqa: RUF001


def test_no_strength_is_plain_grey(view: PerturbationView) -> None:
    view.show_outcome(outcome(Scenario(strength=0.0)))
    assert np.array_equal(view.shown, np.full((32, 32, 3), 0.5, np.float32))
    assert view.figures["linf"].text() == "0.0000 = 0/255"


def test_measured_figures_are_those_of_the_outcome(view: PerturbationView) -> None:
    shown = replace(
        outcome(Scenario()), linf=np.float32([8 / 255]), l2=np.float32([1.234]), clipped=np.float32([0.125])
    )
    view.show_outcome(shown)
    assert view.figures["linf"].text() == "0.0314 = 8/255"
    assert view.figures["l2"].text() == "1.23"
    assert view.figures["clipped"].text() == "12.5 % of all values"
    assert ATTACKS["fgsm"].threat_model in view.threat.text()


def test_as_published_says_what_the_figures_were_measured_on(qtbot: QtBot) -> None:
    view = PerturbationView("gaussian")
    qtbot.addWidget(view)
    scenario = Scenario(attack="gaussian")
    published = replace(scenario, protocol=ProtocolName.AS_PUBLISHED, reading=Reading.STANDARDIZED)
    texts: Sequence[str] = []
    for each in (scenario, published):
        view.show_outcome(replace(outcome(scenario), scenario=each))
        texts = [*texts, view.threat.text()]
    assert "standardized" not in texts[0]
    assert "standardized" in texts[1]
