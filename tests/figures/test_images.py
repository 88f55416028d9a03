"""The columns in a row: their pixels are those of the outcome, and every kind of file says the same."""

import io
import re
from functools import cache

import numpy as np
import pytest
from PIL import Image

from advgui import images
from advgui.figures.images import caption, panels, paper_figure
from advgui.outcomes import Outcome
from advgui.scenarios import familiarity, without
from advgui.scenarios import scenario as make
from advgui.types import PAPER_CHAIN, ProtocolName, Scenario
from tests import toy
from tests.columns import COLUMNS, KEYS
from tests.figures import svg

NAMES = toy.data(1).class_names


pipeline = cache(toy.pipeline)


def outcome_of(scenario: Scenario, count: int = 1) -> Outcome:
    data = toy.data(count)
    return pipeline().prepare(images.to_float(data.images), data.labels, data.indices).run(scenario)


@pytest.fixture(params=[ProtocolName.CORRECTED, ProtocolName.AS_PUBLISHED], ids=str)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    return outcome_of(make("fgsm", 0.1, protocol=request.param))


def enlarged(outcome: Outcome) -> list[np.ndarray]:
    """The columns' pixels, at the scale of the figure."""
    columns = [images.to_uint8(batch[0]) for batch in outcome.images.values()]
    scale = round(240 / max(max(pixels.shape) for pixels in columns))
    return [pixels.repeat(scale, axis=0).repeat(scale, axis=1) for pixels in columns]


def test_both_files_hold_the_exact_pixels_of_all_columns_enlarged_alike(outcome: Outcome) -> None:
    figure = paper_figure(outcome, NAMES, "Image 17 (cat)")
    in_svg = svg.images(figure.file("svg"))
    png = np.asarray(Image.open(io.BytesIO(figure.file("png"))).convert("RGB"))
    edge = 0
    for (left, top, drawn), pixels in zip(in_svg, enlarged(outcome), strict=True):
        assert np.array_equal(drawn, pixels)
        # A PNG has 200 pixels an inch, which are two for one of the figure.
        twice = pixels.repeat(2, axis=0).repeat(2, axis=1)
        row, column = round(top * 200 / 72), round(left * 200 / 72)
        assert np.array_equal(png[row : row + len(twice), column : column + twice.shape[1]], twice)
        assert edge < column  # they stand beside one another
        edge = column + twice.shape[1]
    assert edge < png.shape[1]


def test_predictions_stand_beneath(outcome: Outcome) -> None:
    texts = svg.texts(paper_figure(outcome, NAMES, "Image 17 (cat)").file("svg"))
    for column in outcome.scenario.columns:
        predicted = int(outcome.predictions(column.key)[0])
        probability = outcome.probabilities[column.key][0, predicted]
        place = texts.index(caption(column, outcome.scenario))
        words = familiarity(outcome.scenario, column).words
        assert texts[place + 1] == words or not words
        place += bool(words)
        assert texts[place + 1] == f"{NAMES[predicted]} {100 * probability:.1f} %"
        assert texts[place + 2] == ("right" if predicted == outcome.labels[0] else "wrong")


def test_who_knows_and_wants_what_is_said() -> None:
    scenario = make("fgsm", 0.1, attacker_knows=("autoencoder",), target=6)
    outcome = outcome_of(scenario)
    texts = svg.texts(panels([outcome], NAMES, "Test image 4", bars=4).file("svg"))
    said = " ".join(texts)
    assert "knows the classifier and the autoencoder, not the randomization" in said
    assert "; goal: towards 'frog'; upper bound: (d), (e)" in said
    assert "FGSM, ε = 25.5/255 · knows the autoencoder · towards 'frog' · seed 0 · corrected" in said
    assert "→ frog" in texts
    known = {column.key: texts[texts.index(caption(column, scenario)) + 1] for column in COLUMNS[1:]}
    assert known == {
        "attacked": "attack aimed elsewhere",
        "autoencoder": "known to attacker",
        "randomization": "unknown to attacker",
        "both": "partly known to attacker",
    }
    verdicts = [text for text in texts if re.fullmatch(r"(right|wrong), target (not )?reached", text)]
    assert len(verdicts) == len(COLUMNS) - 1
    assert sum("not reached" not in text for text in verdicts) == sum(
        bool(outcome.succeeded(column.key)[0]) for column in COLUMNS[1:]
    )


def test_captions_name_the_strength() -> None:
    assert caption(COLUMNS[1], make("fgsm", 8 / 255)) == "(b) FGSM, ε = 8/255"
    assert caption(COLUMNS[1], make("gaussian", 0.1)) == "(b) Gaussian noise, noise_param = 0.1, seed 0"
    assert caption(COLUMNS[1], make("fgsm", 0)) == "(b) FGSM, ε = 0"
    assert caption(COLUMNS[2], make()) == "(c) autoencoder"
    assert caption(COLUMNS[3], make(seed=7)) == "(d) randomization, seed 7"


def test_titles_say_everything_that_is_needed_to_draw_it_again() -> None:
    scenario = make("gaussian", 0.1, protocol=ProtocolName.AS_PUBLISHED_SCALED, seed=5)
    figure = paper_figure(outcome_of(scenario), NAMES, "Image 17 (cat)")
    for part in ("Figure 2", "Image 17", "Gaussian noise", "0.1", "as published, noise on x/255", "seed 5"):
        assert part in figure.title
        assert any(part in text for text in svg.texts(figure.file("svg")))
    assert svg.title(figure.file("svg")) == figure.title
    assert "Figure 3" in paper_figure(outcome_of(make("fgsm", 8 / 255)), NAMES, "Image 0").title


def test_without_a_true_class_predictions_are_held_against_the_first() -> None:
    outcome = outcome_of(make("fgsm", 0.1))
    texts = svg.texts(panels([outcome], NAMES, "photo.png", label_is_true=False).file("svg"))
    assert not {"right", "wrong"} & set(texts)
    for column in COLUMNS[1:]:
        verdict = "as in (a)" if outcome.correct(column.key)[0] else "not as in (a)"
        assert texts[texts.index(caption(column, outcome.scenario)) + 3] == verdict


def test_each_outcome_has_its_row_with_its_scenario() -> None:
    outcomes = [outcome_of(make(attack, 0.1, seed=3)) for attack in ("gaussian", "fgsm")]
    content = panels(outcomes, NAMES, "Test image 4").file("svg")
    assert len(svg.images(content)) == 2 * len(KEYS)
    texts = svg.texts(content)
    assert "Gaussian noise, noise_param = 0.1 · seed 3 · corrected" in texts
    assert "FGSM, ε = 25.5/255 · seed 3 · corrected" in texts


@pytest.mark.parametrize("bars", [6, 12])
def test_bars_say_the_probabilities_and_name_each_class_once(outcome: Outcome, bars: int) -> None:
    content = panels([outcome], NAMES, "Test image 4", bars=bars).file("svg")
    texts = svg.texts(content)
    shown = [number for number, name in enumerate(NAMES) if name in texts]
    assert len(shown) == min(bars, len(NAMES))
    assert int(outcome.labels[0]) in shown
    numbers = [text for text in texts if re.fullmatch(r"\d+\.\d", text)]
    wanted = [f"{100 * outcome.probabilities[column][0, number]:.1f}" for column in KEYS for number in shown]
    assert sorted(numbers) == sorted(wanted)


SPECIAL = (
    *('<&"class">', "$x_1^2$", r"\alpha $", "_private", "%s {x}", "a\x00b\x1b[31m\nc", "\ud800", "\ufffe", "고양이"),
    "W" * 90,
)


@pytest.mark.parametrize("name", SPECIAL)
def test_names_with_special_characters_are_drawn_as_they_are(name: str) -> None:
    figure = panels([outcome_of(make())], [name] * len(NAMES), name, bars=3)
    content = figure.file("svg")
    printable = "".join(letter if letter.isprintable() else " " if letter == "\n" else "\ufffd" for letter in name)
    assert printable in svg.title(content)
    assert printable in svg.texts(content) or len(name) > 40
    assert figure.file("pdf").startswith(b"%PDF")
    assert figure.file("png").startswith(b"\x89PNG")


def test_columns_that_are_off_are_left_out() -> None:
    content = paper_figure(outcome_of(make(chain=without(PAPER_CHAIN, "randomization"))), NAMES, "Image 0").file("svg")
    assert len(svg.images(content)) == 3


def test_one_image_at_a_time() -> None:
    with pytest.raises(ValueError, match="2 images, expected one"):
        paper_figure(outcome_of(make(), 2), NAMES, "Image 0")
