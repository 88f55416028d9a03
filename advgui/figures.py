"""The paper's figures 2 and 3: five images in a row with their predictions, as PNG and SVG."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from advgui.attacks import ATTACKS
from advgui.images import to_uint8
from advgui.reports.report import protocol_text, strength_text
from advgui.types import Column, Outcome

# Numbers of the figures in the paper.
PAPER_FIGURES: Mapping[str, int] = {"gaussian": 2, "fgsm": 3}

_PANEL = 240  # side of the largest image, about, in pixels of the figure
GAP = 24
LINE = 24
TEXT_SIZE = 17
INK = "#1a1a1a"
# Okabe and Ito's blue and vermilion: apart for colour-blind eyes too; the words say the same.
_RIGHT, _WRONG = "#0072b2", "#d55e00"


@dataclass(frozen=True)
class Text:
    """A line of text.

    Attributes:
        x: Where its anchor is, in pixels of the figure.
        y: Where its base line is.
        text: What it says.
        color: As in SVG.
        bold: Whether it stands out.
        anchor: Which part of it is at `x`, in SVG's words.
    """

    x: float
    y: float
    text: str
    color: str = INK
    bold: bool = False
    anchor: Literal["start", "middle", "end"] = "middle"

    def paint(self, draw: ImageDraw.ImageDraw) -> None:
        """Paint it on a picture."""
        font = ImageFont.load_default(TEXT_SIZE)
        place = {"start": "ls", "middle": "ms", "end": "rs"}[self.anchor]
        stroke = 0.4 if self.bold else 0
        draw.text((self.x, self.y), self.text, fill=self.color, font=font, anchor=place, stroke_width=stroke)

    def svg(self) -> str:
        """Return it as an element of SVG."""
        anchor = "" if self.anchor == "start" else f' text-anchor="{self.anchor}"'
        weight = ' font-weight="bold"' if self.bold else ""
        place = f'x="{self.x:g}" y="{self.y:g}"'
        return f'  <text {place} fill="{self.color}"{anchor}{weight}>{escape(self.text)}</text>'


@dataclass(frozen=True, eq=False)
class Figure:
    """Enlarged images and lines of text at their places; drawn alike as PNG and as SVG.

    Attributes:
        width: In pixels.
        height: In pixels.
        title: What the figure shows, in one line.
        images: Left, top, and uint8 (h, w, 3) for each image.
        texts: The lines of text.
    """

    width: int
    height: int
    title: str
    images: Sequence[tuple[int, int, np.ndarray]]
    texts: Sequence[Text]

    def png(self) -> bytes:
        """Return the figure as a PNG file."""
        canvas = Image.new("RGB", (self.width, self.height), "white")
        draw = ImageDraw.Draw(canvas)
        for left, top, pixels in self.images:
            canvas.paste(Image.fromarray(pixels), (left, top))
        for text in self.texts:
            text.paint(draw)
        return png_file(canvas)

    def svg(self) -> str:
        """Return the figure as an SVG file: text stays text, the images are inside."""
        elements = []
        for left, top, pixels in self.images:
            height, width = pixels.shape[:2]
            data = base64.b64encode(png_file(Image.fromarray(pixels))).decode("ascii")
            elements.append(
                f'  <image x="{left}" y="{top}" width="{width}" height="{height}" image-rendering="pixelated" '
                f'href="data:image/png;base64,{data}"/>'
            )
        elements += [text.svg() for text in self.texts]
        return svg_file(self.width, self.height, self.title, elements)


def svg_file(width: int, height: int, title: str, elements: Sequence[str]) -> str:
    """Return an SVG file on a white ground; sizes in pixels."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="{TEXT_SIZE}">',
        f"  <title>{escape(title)}</title>",
        '  <rect width="100%" height="100%" fill="white"/>',
    ]
    return "\n".join([*lines, *elements, "</svg>"]) + "\n"


def png_file(image: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def paper_figure(outcome: Outcome, class_names: Sequence[str], index: int) -> Figure:
    """Draw the five images of one scenario in a row, as the paper's figures 2 and 3 do.

    All five are enlarged alike, without smoothing, so that the canvas of the randomization layer shows its true size.
    Beneath each stands what the classifier says, in the colour of right or wrong, and whether it is right.

    Args:
        outcome: Of a batch with one image and all columns.
        class_names: One for each class.
        index: Of the image, for the title.

    Raises:
        ValueError: There is not exactly one image.
    """
    if len(outcome.labels) != 1:
        raise ValueError(f"The outcome holds {len(outcome.labels)} images, expected one.")
    columns = outcome.scenario.columns
    pixels = {column: to_uint8(outcome.images[column][0]) for column in columns}
    largest = max(max(image.shape[:2]) for image in pixels.values())
    scale = max(1, round(_PANEL / largest))
    panel = largest * scale
    title = figure_title(outcome, class_names, index)
    images, texts = [], [Text(GAP, GAP + 12, title, bold=True, anchor="start")]
    top = GAP + 12 + LINE
    for place, column in enumerate(columns):
        enlarged = pixels[column].repeat(scale, axis=0).repeat(scale, axis=1)
        height, width = enlarged.shape[:2]
        left = GAP + place * (panel + GAP)
        images.append((left + (panel - width) // 2, top + (panel - height) // 2, enlarged))
        middle, below = left + panel / 2, top + panel + LINE
        predicted = int(outcome.predictions(column)[0])
        right = predicted == int(outcome.labels[0])
        verdict = f"{class_names[predicted]} {outcome.probabilities[column][0, predicted]:.0%}".replace("%", " %")
        texts += [
            Text(middle, below, f"({column.letter}) {column_caption(column, outcome.scenario.attack)}"),
            Text(middle, below + LINE, verdict, _color(right), True),
            Text(middle, below + 2 * LINE, "right" if right else "wrong", _color(right)),
        ]
    return Figure(
        width=GAP + len(columns) * (panel + GAP),
        height=top + panel + 3 * LINE + GAP,
        title=title,
        images=images,
        texts=texts,
    )


def _color(right: bool) -> str:
    return _RIGHT if right else _WRONG


def column_caption(column: Column, attack: str) -> str:
    """Return what a column of the paper's figures shows, such as "(b) + autoencoder"."""
    return {
        Column.CLEAN: "original",
        Column.ATTACKED: ATTACKS[attack].label,
        Column.AUTOENCODER: "(b) + autoencoder",
        Column.RANDOMIZATION: "(b) + randomization",
        Column.BOTH: "(b) + both",
    }[column]


def figure_title(outcome: Outcome, class_names: Sequence[str], index: int) -> str:
    """Return a figure's title: the paper's number, image, attack, strength, protocol and seed."""
    scenario = outcome.scenario
    parameter = ATTACKS[scenario.attack].parameter.name
    return (
        f"Figure {PAPER_FIGURES[scenario.attack]}. Image {index} ({class_names[int(outcome.labels[0])]}), "
        f"{ATTACKS[scenario.attack].label}, {parameter} {strength_text(scenario.attack, scenario.strength)}, "
        f"protocol {protocol_text(scenario)}, seed {scenario.seed}"
    )
