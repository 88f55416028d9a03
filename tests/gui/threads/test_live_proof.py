"""The vote of the window is that of the command, a few copies at a time."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.certification import run
from advgui.certification.smoothing import Smoothed, Smoothing
from advgui.data import cifar10
from advgui.gui.main_window import MainWindow
from advgui.gui.session import Selection
from advgui.gui.threads.live_proof import Proof, Proofs
from advgui.gui.threads.loading import Loaded
from advgui.images import to_float
from advgui.pipeline import Pipeline
from tests.gui.checks import settled
from tests.gui.conftest import selection
from tests.gui.gated import GatedPipeline
from tests.gui.test_main_window import MakeWindow

FEW = Smoothing(0.18, choosing=30, estimating=125, seed=4)


def smoothed(smoothing: Smoothing) -> Smoothed:
    return run.smoothed(GatedPipeline(), smoothing)


def counted(proofs: Proofs, chosen: Selection, smoothing: Smoothing = FEW) -> list[Proof]:
    found = [proofs.want(1, chosen, "standard", smoothing, smoothed)]
    while proofs.is_counting:
        proof = proofs.advance()
        assert proof is not None
        found.append(proof)
    return found


def test_it_counts_what_a_certification_counts() -> None:
    samples = cifar10.load_samples()
    positions = np.array([0, 7])
    pipeline = GatedPipeline()
    report = list(run.certify(pipeline, samples, run.begun(pipeline, samples, FEW, positions)))[-1].report
    for place, position in enumerate(positions):
        chosen = Selection(to_float(samples.images[position]), int(samples.indices[position]), None, "image")
        last = counted(Proofs(), chosen)[-1]
        assert last.is_complete
        np.testing.assert_array_equal(last.choosing, report.choosing[place])
        np.testing.assert_array_equal(last.estimating, report.estimating[place])
        assert last.certificate == report.certificates[place]


def test_it_grows_a_few_copies_at_a_time_and_the_class_is_chosen_first() -> None:
    shown = counted(Proofs(), selection())
    copies = [proof.chosen + proof.counted for proof in shown]
    assert copies[0] == 0
    assert copies[-1] == FEW.choosing + FEW.estimating
    assert all(0 <= after - before <= 10 for before, after in pairwise(copies))
    assert all(proof.chosen == FEW.choosing for proof in shown if proof.counted)
    assert [proof.is_complete for proof in shown[:-1]].count(True) <= 1


def test_large_pictures_go_one_by_one() -> None:
    proofs = Proofs()
    proofs.want(1, selection(size=(128, 128)), "standard", FEW, smoothed)
    for copies in (1, 2, 3):
        proof = proofs.advance()
        assert proof is not None
        assert proof.chosen == copies


def test_a_vote_that_was_left_goes_on_where_it_was() -> None:
    proofs, chosen = Proofs(), selection()
    proofs.want(1, chosen, "standard", FEW, smoothed)
    proofs.advance()
    proofs.rest()
    assert not proofs.is_counting
    assert proofs.advance() is None
    assert proofs.want(2, chosen, "standard", FEW, smoothed).chosen == 10
    for other in (
        proofs.want(3, selection(1), "standard", FEW, smoothed),
        proofs.want(4, chosen, "robust", FEW, smoothed),
        proofs.want(5, chosen, "standard", replace(FEW, seed=5), smoothed),
    ):
        assert other.chosen == 0
    whole = counted(Proofs(), chosen)[-1]
    np.testing.assert_array_equal(counted(proofs, chosen)[-1].estimating, whole.estimating)


@pytest.fixture
def window(qtbot: QtBot, make_window: MakeWindow) -> MainWindow:
    pipeline = GatedPipeline()
    made = make_window(
        lambda tell: Loaded(
            pipeline, "CPU", denoiser=lambda: pipeline.procedures["corrected"].defense("autoencoder", "")
        )
    )
    with qtbot.waitSignal(made.runner.result):
        made.show()
    made.session.change("x", smoothing=replace(made.session.state.smoothing, estimating=200))
    return made


def test_the_window_shows_the_vote_and_what_it_proves_of_the_attack(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.stage.bottom.proof
    assert bar.isHidden()
    window.controls.smoothing.box.click()
    assert bar.isVisible()
    qtbot.waitUntil(lambda: bar.proof is not None and bar.proof.is_complete)
    assert "of 200 copies" in bar.vote.text()
    assert bar.progress.isHidden()
    (outcome,) = window.stage.outcomes()
    if bar.proof.certificate.predicted is not None:
        assert f"this attack is {float(outcome.l2[0]):.2f}" in bar.said.text()
    before = bar.proof
    window.controls.sliders["fgsm"].slider.setValue(2)
    qtbot.waitUntil(lambda: settled(window) and bar.proof is not before)
    np.testing.assert_array_equal(bar.proof.estimating, before.estimating)  # it belongs to the original image
    window.gallery.next()
    qtbot.waitUntil(lambda: bar.proof is not None and bar.proof.selection is window.session.selection)
    window.stage.bottom.proof.stop.click()
    assert not window.session.state.is_smoothed
    assert bar.isHidden()
    window.session.undo_stack.undo()
    assert window.controls.smoothing.box.isChecked()


def test_without_a_denoiser_it_says_so_and_goes_on_without(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.show()
    qtbot.waitUntil(lambda: bool(window.stage.outcomes()))
    window.controls.smoothing.box.click()
    bar = window.stage.bottom.proof
    qtbot.waitUntil(lambda: "denoiser is not there" in bar.vote.text())
    window.controls.smoothing.rows.rows["denoised"].box.click()
    qtbot.waitUntil(lambda: bar.proof is not None and bar.proof.chosen > 0)
    assert bar.stop.focusPolicy() != Qt.FocusPolicy.NoFocus


def test_a_vote_never_delays_a_newer_result(qtbot: QtBot, window: MainWindow) -> None:
    window.session.change("x", smoothing=replace(window.session.state.smoothing, estimating=500_000), is_smoothed=True)
    bar = window.stage.bottom.proof
    qtbot.waitUntil(lambda: bar.proof is not None and bar.proof.chosen > 0)
    for position in range(1, 8):
        window.controls.sliders["fgsm"].slider.setValue(position)
        qtbot.waitUntil(lambda: settled(window))
        assert not bar.proof.is_complete


def test_real_networks_prove_what_the_command_proves() -> None:
    from advgui import resources
    from advgui.models import loading

    samples = cifar10.load_samples()
    pipeline: Pipeline = loading.load_pipeline(None, resources.trained() / "denoiser.keras")
    smoothing = Smoothing(0.18, choosing=100, estimating=100)
    report = list(run.certify(pipeline, samples, run.begun(pipeline, samples, smoothing, np.array([0]))))[-1].report
    proofs = Proofs()
    chosen = Selection(to_float(samples.images[0]), int(samples.indices[0]), None, "image")
    proofs.want(1, chosen, "standard", smoothing, lambda each: run.smoothed(pipeline, each))
    last = None
    while proofs.is_counting:
        last = proofs.advance()
    assert last is not None
    # Smaller batches round another way: a copy between two classes may vote for the other one.
    assert np.abs(last.estimating - report.estimating[0]).sum() <= 2
