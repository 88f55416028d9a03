"""Reads figures back from their SVG files: what a program that opens them sees."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
from PIL import Image

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True)
class Chart:
    """The axes and lines of a chart, as drawn; numbers along an axis are those that its ticks' texts say.

    Attributes:
        x_ticks: The text of each tick, and its place.
        y_ticks: The same for the vertical axis.
        lines: For each line that has a name, (points, 2) in the places of the SVG file.
    """

    x_ticks: Mapping[str, float]
    y_ticks: Mapping[str, float]
    lines: Mapping[str, np.ndarray]

    def values(self, name: str) -> np.ndarray:
        """Return what a line says when it is held against the ticks, float64 (points, 2)."""
        points = self.lines[name]
        return np.stack([_along(self.x_ticks, points[:, 0]), _along(self.y_ticks, points[:, 1])], axis=1)


def _along(ticks: Mapping[str, float], places: np.ndarray) -> np.ndarray:
    numbers = [float(Fraction(text)) for text in ticks]
    slope, start = np.polyfit(list(ticks.values()), numbers, 1)
    # The ticks are evenly spaced, or this axis is not what it seems.
    assert np.allclose(slope * np.array(list(ticks.values())) + start, numbers, atol=1e-3 * np.ptp(numbers))
    return slope * places + start


def root(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)


def title(content: bytes) -> str:
    return root(content).findtext(f"{SVG}title") or ""


def texts(content: bytes) -> list[str]:
    return [element.text or "" for element in root(content).iter(f"{SVG}text")]


def images(content: bytes) -> list[tuple[float, float, np.ndarray]]:
    """Return left and upper edge of every image in points, and its pixels, uint8 (h, w, 3)."""
    found = []
    for element in root(content).iter(f"{SVG}image"):
        data = base64.b64decode(element.attrib[HREF].partition(",")[2])
        *_, left, top = map(float, element.attrib["transform"].removeprefix("matrix(").removesuffix(")").split())
        found.append((left, top, np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))))
    return found


def charts(content: bytes) -> list[Chart]:
    """Return every chart that has ticks."""
    made = []
    for group in root(content).iter(f"{SVG}g"):
        if group.get("id", "").startswith("axes_"):
            axes = [_ticks(group, kind, place) for kind, place in (("xtick_", "x"), ("ytick_", "y"))]
            if all(axes):
                made.append(Chart(*axes, _lines(group)))
    return made


def _ticks(axes: ElementTree.Element, kind: str, place: str) -> dict[str, float]:
    found = {}
    for group in axes.iter(f"{SVG}g"):
        if group.get("id", "").startswith(kind):
            (mark,) = group.iter(f"{SVG}use")
            (text,) = group.iter(f"{SVG}text")
            found[text.text or ""] = float(mark.attrib[place])
    return found


def _lines(axes: ElementTree.Element) -> dict[str, np.ndarray]:
    found = {}
    for group in axes.findall(f"{SVG}g"):
        path = group.find(f"{SVG}path")
        name = group.get("id", "")
        if path is not None and not name.startswith(("patch_", "line2d_")):
            numbers = [float(word) for word in path.attrib["d"].split() if word not in "MLz"]
            found[name] = np.array(numbers).reshape(-1, 2)
    return found
