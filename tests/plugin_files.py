"""Plug-ins as users may write them: files for tests, whole and spoilt."""

from pathlib import Path

ATTACK = """
import numpy as np

from advgui.attacks import Access, Attack
from advgui.parameters import Choice, Flag, Real, Whole
from advgui.randomness import Stream, generator


class Blocks(Attack):
    name = "blocks"
    label = "Random blocks"
    norm = "linf"
    access = Access.NOTHING
    parameters = (
        Real("size", "size", 0, 0.5, 0.1, 0.01, "Largest change."),
        Whole("side", "side", 1, 8, 4, "Side of a block, in pixels."),
        Flag("darker", "darker too", True, "Whether blocks become darker too."),
        Choice("channel", "channel", ("all", "red"), "all", "What is changed."),
    )

    def perturbed(self, target, examples, settings, memo):
        images, side = examples.images, settings.whole("side")
        height, width = images.shape[1:3]
        rows, columns = -(-height // side), -(-width // side)
        signs = np.stack(
            [
                generator(examples.seed, Stream.NOISE, int(index)).choice([-1, 1], (rows, columns, 3))
                for index in examples.indices
            ]
        ).astype(np.float32)
        signs = signs.repeat(side, 1).repeat(side, 2)[:, :height, :width]
        if not settings["darker"]:
            signs = np.abs(signs)
        if settings["channel"] == "red":
            signs[..., 1:] = 0
        return images + np.float32(settings["size"]) * signs
"""

DEFENSE = """
import numpy as np

from advgui.defenses import Defense
from advgui.parameters import Whole


class Posterize(Defense):
    name = "posterize"
    label = "Posterize"
    parameters = (Whole("levels", "levels", 2, 64, 8, "How many shades are left."),)

    def forward(self, images, settings):
        steps = np.float32(settings.whole("levels") - 1)
        return np.round(images * steps) / steps
"""

# The body of `perturbed` goes into the first, that of `forward` into the second.
SMALL_ATTACK = """\
import numpy as np
from advgui.attacks import Access, Attack
from advgui.parameters import Real


class Small(Attack):
    name = "small"
    label = "Small"
    parameters = (Real("size", "size", 0, 1, 0.1, 0.01, "Size."),)

    def perturbed(self, target, examples, settings, memo):
        images, size = examples.images, np.float32(settings["size"])
        {}
"""
BODY_LINE = 13
SMALL_DEFENSE = """\
import numpy as np
from advgui.defenses import Defense, Step


class Small(Defense):
    name = "small"
    label = "Small"

    def forward(self, images, settings):
        {}
"""
DEFENSE_BODY_LINE = 10


def write(folder: Path, text: str, name: str = "plugin.py") -> Path:
    """Write a plug-in into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path
