"""What a window shows of one image as code that gives the same numbers: command lines, and a Python program."""

from collections.abc import Sequence
from dataclasses import dataclass

from advgui.reports.command import scenario_options
from advgui.types import Scenario

# Of the classifiers that come with the program, those besides the standard one, by their network.
_BUNDLED = {"robust": "robust-classifier"}


@dataclass(frozen=True)
class Row:
    """A row of panels.

    Attributes:
        scenario: What is done.
        classifier: Name in `trained`, or a file of the user's own; "" for the bundled one.
    """

    scenario: Scenario
    classifier: str = ""


def classifier_of(network: str, own: str) -> str:
    """Return what `--classifier` is to be for a network; `own` is the name of an opened one, "" without."""
    return _BUNDLED.get(network, f"{own}.keras" if own else "")


def command_lines(rows: Sequence[Row], index: int) -> list[str]:
    """Return commands that give the numbers of rows of panels for a test image.

    Figures hold the probabilities; where draws are taken together, an evaluation of that image says what is right.
    """
    lines = []
    for row in rows:
        options = " ".join(scenario_options((row.scenario,)))
        classifier = f" --classifier {row.classifier}" if row.classifier else ""
        if row.scenario.draws > 1:
            lines.append(f"advgui evaluate {options} --images {index}:{index + 1}{classifier}")
        else:
            lines.append(f"advgui figures {options} --image {index}{classifier}")
    return lines


_PROGRAM = '''"""What AdvGUI shows of {name}."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from advgui import resources
from advgui.images import to_float
from advgui.models import loading
from advgui.types import Scenario

PNG = """{png}"""
ROWS = [
{rows}
]

with Image.open(io.BytesIO(base64.b64decode(PNG))) as picture:
    images = to_float(np.asarray(picture))[np.newaxis]
labels, indices = {labels}, np.array([{index}])

for classifier, scenario in ROWS:
    pipeline = loading.load_pipeline(classifier)
    outcome = pipeline.prepare(images, labels, indices).run(Scenario.from_json(scenario))
    names = pipeline.classifier.class_names
    print(outcome.scenario.attack.name, "L2", float(outcome.l2[0]))
    for column, probabilities in outcome.probabilities.items():
        best = int(probabilities[0].argmax())
        print(column, names[best], float(probabilities[0][best]))
'''


def program(rows: Sequence[Row], index: int, label: int | None, name: str, png: str) -> str:
    """Return a Python program that prints, for each row of panels, what each column is taken for.

    Args:
        rows: Of panels.
        index: Of the image, which chooses its random numbers.
        label: Its true class, or None where nobody knows it.
        name: What people call it.
        png: The image as `advgui.experiments.encoded` writes it.
    """
    lines = []
    for row in rows:
        own = row.classifier.endswith(".keras")
        path = f"Path({row.classifier!r})" if own else f'resources.trained() / "{row.classifier}.keras"'
        lines.append(f"    ({path if row.classifier else None}, {row.scenario.to_json()!r}),")
    wrapped = "\n".join(png[start : start + 100] for start in range(0, len(png), 100))
    plain = name.replace("\\", "/").replace('"', "'")
    labels = "None" if label is None else f"np.array([{label}])"
    return _PROGRAM.format(name=plain, png=wrapped, rows="\n".join(lines), labels=labels, index=index)
