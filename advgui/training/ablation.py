"""The ablation of section 4: what augmentation and the final design each did against overfitting."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from advgui.errors import AdvguiError
from advgui.files import read_text, write_atomically
from advgui.models import architectures
from advgui.training import augmentation
from advgui.training.classifier import Design, Recipe

# The second and third variants see the same images, so that what differs between neighbours is one thing.
_LARGEST = 16 << 20  # bytes; a variant of a hundred epochs has some 10,000
VARIANTS: Mapping[str, Design] = {
    "initial": Design("initial", architectures.initial_classifier, ()),
    "augmented": Design("augmented", architectures.initial_classifier, augmentation.FIXED),
    "final": Design("final", architectures.classifier, augmentation.FIXED),
}
WHAT = {
    "initial": "Flatten, no normalisation",
    "augmented": "the same, with augmentation",
    "final": "batch normalisation, `he_uniform`, global pooling, with augmentation",
}
# Training and validation accuracy in per cent, in the paper's words (section 4).
PUBLISHED = {"initial": ("early 90s", "70s"), "augmented": ("not stated", "82 to 85"), "final": ("99.5", "91.6")}
EPOCHS = 12


def recipe(choices: Mapping[str, Any]) -> Recipe:
    """Return the recipe that all variants share: images of 32 px from the first epoch, because Flatten needs them."""
    return Recipe(**({"epochs": EPOCHS, "second_epochs": 0, "coarse_epochs": 0} | dict(choices)))


def record(path: Path, variant: str, settings: Mapping[str, Any], history: Sequence[Mapping[str, float]]) -> None:
    """Add the history of a variant to a file, in place of an earlier one of the same variant.

    Args:
        path: A JSON file; made if it is missing.
        variant: Key of `VARIANTS`.
        settings: The recipe. Variants of another recipe cannot be compared and are dropped.
        history: A row an epoch, with `accuracy` and `validation_accuracy` in [0, 1].

    Raises:
        AdvguiError: The file is not a record of an ablation.
        OSError: The file cannot be written.
    """
    stored = read(path) if path.exists() else {}
    if stored.get("recipe") != dict(settings):
        stored = {"recipe": dict(settings), "variants": {}}
    histories = stored["variants"] | {variant: [dict(row) for row in history]}
    # In the order of the paper, whatever was trained first.
    stored["variants"] = {name: histories[name] for name in VARIANTS if name in histories}
    write_atomically(path, json.dumps(stored, indent=1) + "\n")


def read(path: Path) -> dict[str, Any]:
    """Read what `record` wrote: `recipe`, and `variants` with a history each.

    Raises:
        AdvguiError: The file is missing, cannot be read, or is not a record of an ablation.
    """
    try:
        stored = json.loads(read_text(path, _LARGEST))
        rows = [row for variant in stored["variants"].values() for row in variant]
        valid = set(stored["variants"]) <= set(VARIANTS) and all(
            {"epoch", "accuracy", "validation_accuracy"} <= set(row) for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AdvguiError(_refusal(path, error)) from error
    if not valid or "recipe" not in stored:
        raise AdvguiError(_refusal(path, "other content"))
    return dict(stored)


def _refusal(path: Path, why: object) -> str:
    return (
        f"'{path}' is not a record of an ablation ({why}). Expected a file that "
        "`advgui train classifier --variant` wrote; move it away, or name another with --record."
    )


def table(stored: Mapping[str, Any]) -> str:
    """Return the table of a record as Markdown: accuracies in per cent at the last epoch, and their difference."""
    lines = [
        "| variant | what it is | training | validation | gap | paper: training | paper: validation |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, history in stored["variants"].items():
        training, validation = (100 * history[-1][key] for key in ("accuracy", "validation_accuracy"))
        lines.append(
            f"| {name} | {WHAT[name]} | {training:.1f} | {validation:.1f} | {training - validation:+.1f} | "
            + " | ".join(PUBLISHED[name])
            + " |"
        )
    return "\n".join(lines) + "\n"
