import numpy as np

from advgui.gui.curve.words import axis_words, first_wrong, flips, sentence, strength_words
from advgui.gui.threads.live_curve import Curve
from advgui.outcomes import Sweep
from advgui.scenarios import scenario
from advgui.types import Scenario
from tests.gui.gated import CLASS_NAMES

CAT, DOG = 3, 5
STRENGTHS = tuple(count / 255 for count in range(17))


def curve(asked: Scenario, points: int = 17, **wrong_from: int) -> Curve:
    """Columns that are taken for a dog from some place on; those that are not named hold."""
    probabilities = {}
    for column in asked.columns[1:]:
        values = np.zeros((len(STRENGTHS), 10), np.float32)
        place = wrong_from.get(column.key, len(STRENGTHS))
        values[:place, CAT] = values[place:, DOG] = 1
        probabilities[column.key] = values
    return Curve(asked.at(0.0), "standard", STRENGTHS[-1], Sweep(STRENGTHS, probabilities, CAT), points)


def said(*, points: int = 17, **wrong_from: int) -> str:
    return sentence(curve(scenario(), points, **wrong_from), CLASS_NAMES).removesuffix("; looked at 17 strengths only")


def test_it_says_from_where_and_what_holds_longer() -> None:
    assert said(attacked=1, autoencoder=12, randomization=1, both=4) == (
        "dog from 1/255; the autoencoder holds up to 11/255, both up to 3/255"
    )
    assert said(attacked=3, autoencoder=2, randomization=2, both=1) == "dog from 3/255; no mitigation holds longer"
    assert said(attacked=1, autoencoder=1, randomization=1) == "dog from 1/255; both hold up to 16/255"
    assert said() == "cat at every strength up to 16/255"
    assert said(attacked=0, autoencoder=0, randomization=0, both=0).startswith("dog even without an attack")


def test_it_says_when_something_is_missing() -> None:
    assert sentence(curve(scenario(), 33), CLASS_NAMES).endswith("still looking")
    assert sentence(curve(scenario(), 17), CLASS_NAMES).endswith("looked at 17 strengths only")


def test_flips_are_where_a_verdict_changes() -> None:
    sweep = curve(scenario(), attacked=4).sweep
    assert flips(sweep, "attacked") == [4]
    assert flips(sweep, "both") == []
    assert first_wrong(sweep, "attacked") == 4
    assert first_wrong(sweep, "both") is None


def test_strengths_are_written_as_people_count_them() -> None:
    assert strength_words("fgsm", 8 / 255) == "8/255"
    assert strength_words("fgsm", 1.5 / 255) == "1.5/255"
    assert strength_words("fgsm", 0.0) == "0"
    assert strength_words("gaussian", 0.1) == "0.1"
    assert axis_words("fgsm") == "ε in 255ths"
    assert axis_words("gaussian") == "noise_param"
