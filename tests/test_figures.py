"""The paper's figures: their pixels are those of the outcome, and PNG and SVG say the same."""

import base64
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from advgui import figures, images
from advgui.types import Column, Outcome, ProtocolName, Reading, Scenario
from tests import toy

SVG = "{http://www.w3.org/2000/svg}"


def outcome_of(scenario: Scenario, count: int = 1) -> Outcome:
    data = toy.data(count)
    return toy.pipeline().run(images.to_float(data.images), data.labels, data.indices, scenario)


@pytest.fixture(params=list(ProtocolName), ids=str)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    return outcome_of(Scenario("fgsm", 0.1, protocol=request.param))


@pytest.fixture
def figure(outcome: Outcome) -> figures.Figure:
    return figures.paper_figure(outcome, toy.data(1).class_names, 17)


def svg_of(figure: figures.Figure) -> ElementTree.Element:
    return ElementTree.fromstring(figure.svg())


def test_both_files_hold_the_exact_pixels_of_all_five_columns(figure: figures.Figure, outcome: Outcome) -> None:
    png = np.asarray(Image.open(io.BytesIO(figure.png())))
    assert png.shape == (figure.height, figure.width, 3)
    elements = svg_of(figure).findall(f"{SVG}image")
    assert len(elements) == len(Column)
    for element, column in zip(elements, Column, strict=True):
        pixels = images.to_uint8(outcome.images[column][0])
        data = element.attrib["href"].removeprefix("data:image/png;base64,")
        in_svg = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
        left, top = int(element.attrib["x"]), int(element.attrib["y"])
        height, width = in_svg.shape[:2]
        assert (int(element.attrib["width"]), int(element.attrib["height"])) == (width, height)
        scale = height // len(pixels)
        assert scale > 1
        for shown in (in_svg, png[top : top + height, left : left + width]):
            assert np.array_equal(shown[::scale, ::scale], pixels)
            assert np.array_equal(shown, shown[::scale, ::scale].repeat(scale, axis=0).repeat(scale, axis=1))


def test_every_column_is_enlarged_alike_and_none_overlaps(figure: figures.Figure, outcome: Outcome) -> None:
    scales = {len(pixels) / outcome.images[c].shape[1] for (_, _, pixels), c in zip(figure.images, Column, strict=True)}
    assert len(scales) == 1
    edges = [edge for left, _, pixels in figure.images for edge in (left, left + pixels.shape[1])]
    assert edges == sorted(edges)
    assert edges[0] > 0
    assert edges[-1] < figure.width


def test_predictions_stand_beneath(figure: figures.Figure, outcome: Outcome) -> None:
    texts = [element.text or "" for element in svg_of(figure).findall(f"{SVG}text")]
    for column in Column:
        predicted = int(outcome.predictions(column)[0])
        probability = outcome.probabilities[column][0, predicted]
        place = next(n for n, text in enumerate(texts) if text.startswith(f"({column.letter})"))
        assert texts[place + 1] == f"{toy.data(1).class_names[predicted]} {100 * probability:.0f} %"
        assert texts[place + 2] == ("right" if predicted == outcome.labels[0] else "wrong")


def test_titles_say_everything_that_is_needed_to_draw_it_again() -> None:
    scenario = Scenario("gaussian", 0.1, protocol=ProtocolName.AS_PUBLISHED, reading=Reading.SCALED, seed=5)
    title = figures.paper_figure(outcome_of(scenario), toy.data(1).class_names, 17).title
    for part in ("Figure 2", "Image 17", "Gaussian noise", "0.1", "as published, noise on x/255", "seed 5"):
        assert part in title
    assert "Figure 3" in figures.paper_figure(outcome_of(Scenario("fgsm", 8 / 255)), toy.data(1).class_names, 0).title


def test_names_with_special_characters_do_not_break_the_svg() -> None:
    names = tuple(f'<&"class" {n}>' for n in range(10))
    figure = figures.paper_figure(outcome_of(Scenario()), names, 0)
    assert names[int(toy.data(1).labels[0])] in (svg_of(figure).findtext(f"{SVG}title") or "")


def test_columns_that_are_off_are_left_out() -> None:
    figure = figures.paper_figure(outcome_of(Scenario(randomization=False)), toy.data(1).class_names, 0)
    assert len(figure.images) == 3


def test_drawing_is_reproducible(outcome: Outcome) -> None:
    first, second = (figures.paper_figure(outcome, toy.data(1).class_names, 17) for _ in range(2))
    assert (first.png(), first.svg()) == (second.png(), second.svg())


def test_one_image_at_a_time() -> None:
    with pytest.raises(ValueError, match="2 images, expected one"):
        figures.paper_figure(outcome_of(Scenario(), 2), toy.data(1).class_names, 0)
