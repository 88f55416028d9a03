"""One image at many strengths: the numbers of the pipeline, in fewer passes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.attacks import finished
from advgui.data import cifar10
from advgui.images import to_float
from advgui.models import loading
from advgui.outcomes import Sweep
from advgui.pipeline import Batch, Pipeline
from advgui.scenarios import scenario
from advgui.types import CLEAN, FloatArray, ProtocolName, VoteRule
from tests.gui.gated import GatedPipeline

ALL = tuple(ProtocolName)


def batch(pipeline: Pipeline, seed: int = 0) -> Batch:
    image: FloatArray = np.random.default_rng(seed).random((1, 32, 32, 3), np.float32)
    return pipeline.prepare(image, np.array([3]), np.array([7]), keeps_draws=True)


@pytest.mark.parametrize(
    ("attack", "options"),
    [
        ("fgsm", {}),
        ("gaussian", {}),
        ("gaussian", {"protocol": ProtocolName.AS_PUBLISHED}),
        ("pgd", {"settings": {"steps": 3}, "attacker_knows": ("autoencoder",)}),
        ("fgsm", {"draws": 5}),
        ("fgsm", {"draws": 5, "rule": VoteRule.MAJORITY, "target": 4}),
    ],
)
def test_it_has_the_numbers_of_single_runs(attack: str, options: dict[str, object]) -> None:
    asked = scenario(attack, **options)  # type: ignore[arg-type]
    strengths = [0.0, 0.01, 0.05, 0.2]
    swept = finished(batch(GatedPipeline(ALL)).sweep(asked, strengths))
    assert swept.strengths == tuple(strengths)
    for place, strength in enumerate(strengths):
        alone = batch(GatedPipeline(ALL)).run(asked.at(strength))
        assert set(swept.probabilities) == set(alone.probabilities) - {CLEAN}
        for key, values in swept.probabilities.items():
            np.testing.assert_allclose(values[place], alone.probabilities[key][0], rtol=0, atol=1e-5)
        assert swept.label == alone.labels[0]


def test_what_is_shown_stays_what_was_attacked_last() -> None:
    shown = batch(GatedPipeline())
    before = shown.run(scenario())
    finished(shown.sweep(scenario(), [0.0, 0.1]))
    after = shown.run(scenario())
    assert after.images["attacked"] is before.images["attacked"]
    assert after.probabilities["autoencoder"] is before.probabilities["autoencoder"]


def test_it_rests_after_each_step_and_before_each_draw() -> None:
    steps = list(batch(GatedPipeline()).sweep(scenario("pgd", settings={"steps": 4}, draws=3), [0.01, 0.02]))
    assert len(steps) == 2 * 4 + 3


@pytest.mark.parametrize("name", ["fgsm", "gaussian"])
def test_real_networks_give_the_same_within_rounding(name: str) -> None:
    pipeline = loading.load_pipeline()
    samples = cifar10.load_samples()
    one = pipeline.prepare(to_float(samples.images[:1]), samples.labels[:1], samples.indices[:1], keeps_draws=True)
    strengths = [0.0, 1 / 255, 8 / 255]
    swept = finished(one.sweep(scenario(name), strengths))
    for place, strength in enumerate(strengths):
        alone = one.run(scenario(name, strength))
        for key, values in swept.probabilities.items():
            np.testing.assert_allclose(values[place], alone.probabilities[key][0], rtol=0, atol=1e-4)


@given(strengths=st.lists(st.floats(0, 1), min_size=2, max_size=20, unique=True), cut=st.integers(1, 19))
def test_parts_join_in_ascending_order(strengths: list[float], cut: int) -> None:
    cut = min(cut, len(strengths) - 1)

    def part(values: list[float]) -> Sweep:
        column = np.array([[value, 1 - value] for value in values], np.float32)
        return Sweep(tuple(values), {"attacked": column}, 0)

    whole = part(strengths[:cut]).joined(part(strengths[cut:]))
    assert whole.strengths == tuple(sorted(strengths))
    np.testing.assert_array_equal(whole.of_label("attacked"), np.float32(whole.strengths))
    np.testing.assert_array_equal(whole.correct("attacked"), whole.of_label("attacked") >= 0.5)
