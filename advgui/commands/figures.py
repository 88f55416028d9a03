"""Draw the paper's figure 1 for trained networks, or its figures 2 and 3 for an image."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from advgui import images, paper, resources
from advgui.commands import arguments
from advgui.commands.loading import loading_tensorflow
from advgui.commands.outputs import check_writable
from advgui.data import cifar10
from advgui.errors import AdvguiError
from advgui.evaluation.report import Report
from advgui.evaluation.run import mismatch
from advgui.figures import drawing, histories
from advgui.figures.costs import costs_figure
from advgui.figures.drawing import Sheet
from advgui.figures.images import paper_figure
from advgui.figures.matrix import networks_figure
from advgui.figures.training import training_figure
from advgui.figures.votes import votes_figure
from advgui.files import write_atomically
from advgui.models import cards
from advgui.reports import storage
from advgui.scenarios import known_names, protocol_text
from advgui.text import printable
from advgui.types import ATTACKER_DRAWS, FloatArray, IntArray, ProtocolName, Scenario

# Bundled results in which the attacker knows what stands there.
_MATRICES = ("matrix.json", "robust.json")
# Options that choose among figures 2 and 3, with their defaults.
_OF_IMAGES: Mapping[str, object] = {
    "image": None,
    "picture": None,
    "protocol": [ProtocolName.CORRECTED],
    "attack": ["both"],
    "strength": None,
    "chain": None,
    "set": [],
    "knows": [],
    "attacker_draws": ATTACKER_DRAWS,
    "target": None,
    "seed": 0,
    "data": None,
    "samples": False,
    "classifier": None,
    "autoencoder": None,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "--training",
        action="store_true",
        help="draw figure 1 instead: the learning curves of every network that comes with the program",
    )
    parser.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help="draw figure 1 for this history (CSV), such as runs/classifier/history.csv",
    )
    parser.add_argument(
        "--costs",
        type=Path,
        nargs="*",
        metavar="FILE",
        help="draw instead what each defence buys and costs, from results of `advgui evaluate --json` with attackers "
        "who know what stands there, of one network or several (default: the bundled ones)",
    )
    parser.add_argument(
        "--votes",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="draw instead accuracy against the number of draws, from results of the same `advgui evaluate --json` "
        "with different --draws and --rule",
    )
    parser.add_argument(
        "--matrix",
        type=Path,
        nargs="*",
        metavar="FILE",
        help="draw instead what is left by network and by what the attacker knows, from results of `advgui evaluate "
        "--knows matrix --json`, of one network or several (default: the bundled ones)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--image", type=arguments.seed, metavar="INDEX", help="index in the test set (default: the first sample image)"
    )
    which.add_argument(
        "--picture",
        type=Path,
        metavar="FILE",
        help="a picture of your own; what the classifier says of it stands for its true class, which nobody knows",
    )
    arguments.add_scenarios(parser)
    parser.add_argument(
        "--output", type=Path, default=Path("figures"), metavar="DIR", help="folder for the files (default: figures)"
    )
    arguments.add_files(parser)
    parser.set_defaults(**_OF_IMAGES)


def run(args: argparse.Namespace) -> int:
    """Draw the figures; print where they are.

    Raises:
        AdvguiError: The image is not there, networks are missing or have other classes, a history is missing or
            damaged, options do not go together, or a file cannot be written.
    """
    if args.training or args.history is not None:
        return _draw_training(args)
    if args.costs is not None:
        return _draw_reports(args.output, "costs", costs_figure, args.costs or _bundled_matrices())
    if args.matrix is not None:
        return _draw_reports(args.output, "matrix", networks_figure, args.matrix or _bundled_matrices())
    if args.votes is not None:
        return _draw_reports(args.output, "votes", votes_figure, args.votes)
    plan = arguments.plan(args)
    check_writable(args.output / "figure2.png")
    subject = _find(args)

    with loading_tensorflow():
        from advgui.models.loading import load_pipeline  # imports TensorFlow

    pipeline = load_pipeline(args.classifier, args.autoencoder)
    names = pipeline.classifier.class_names
    reason = mismatch(names, subject.class_names) if subject.class_names else ""
    if reason:
        raise AdvguiError(reason)
    batch = pipeline.prepare(subject.images, subject.labels, subject.indices)
    for scenario in plan.scenarios:
        if scenario.strength == 0 and 0 not in (args.strength or ()):
            continue  # the control row of tables
        outcome = batch.run(scenario)
        label_is_true = subject.labels is not None
        title = subject.title or f"Image {subject.indices[0]} ({names[int(outcome.labels[0])]})"
        _write(args.output, file_name(scenario), paper_figure(outcome, names, title, label_is_true=label_is_true))
    return 0


def _draw_training(args: argparse.Namespace) -> int:
    given = [f"--{name.replace('_', '-')}" for name, default in _OF_IMAGES.items() if getattr(args, name) != default]
    if given:
        raise AdvguiError(
            f"{', '.join(given)} chooses among figures 2 and 3, while --training and --history draw figure 1. "
            "Leave out the one or the other."
        )
    paths = histories.bundled() if args.history is None else [args.history]
    if not paths:
        raise AdvguiError(
            f"There are no training histories in '{resources.trained()}'. Expected NAME.csv beside NAME.keras. "
            "Install the program again, or name a history with --history."
        )
    check_writable(args.output / "figure1.png")
    drawn = [training_figure(histories.read(path)) for path in paths]  # before anything is written
    for path, figure in zip(paths, drawn, strict=True):
        _write(args.output, f"figure1-{histories.name_of(path)}", figure)
    return 0


def _bundled_matrices() -> list[Path]:
    return [resources.trained() / name for name in _MATRICES]


def _draw_reports(folder: Path, name: str, draw: Callable[[Sequence[Report]], Sheet], paths: Sequence[Path]) -> int:
    check_writable(folder / f"{name}.png")
    _write(folder, name, draw([storage.load(path) for path in paths]))
    return 0


def _write(folder: Path, name: str, figure: Sheet) -> None:
    for kind in drawing.KINDS:
        path = folder / f"{name}.{kind}"
        write_atomically(path, figure.file(kind))
        print(path)


def file_name(scenario: Scenario) -> str:
    """Return the name of a figure's file without its suffix, such as "figure2-corrected"."""
    described = protocol_text(scenario).replace(", ", "-").replace(" ", "-").replace("/", "-")
    attack = scenario.attack.name
    number = f"figure{paper.FIGURES[attack]}" if attack in paper.FIGURES else f"figure-{attack}"
    known = known_names(scenario)
    return "-".join([number, described, *(["knows", *known] if known else [])])


@dataclass(frozen=True, eq=False)
class _Subject:
    """What the figures show.

    Attributes:
        images: float32 (1, H, W, 3).
        labels: int64 (1,), its true class, or None where nobody knows it.
        indices: int64 (1,), what chooses its random numbers.
        class_names: Of the data set that it is from; empty if it is from none.
        title: What it is called; "" for an image of the test set.
    """

    images: FloatArray
    labels: IntArray | None
    indices: IntArray
    class_names: tuple[str, ...] = ()
    title: str = ""


def _find(args: argparse.Namespace) -> _Subject:
    if args.picture is None:
        dataset, position = _in_test_set(args)
        one = slice(position, position + 1)
        pixels = images.to_float(dataset.images[one])
        return _Subject(pixels, dataset.labels[one], dataset.indices[one], dataset.class_names)
    side = images.TRAINED_SIDE if args.classifier is None else cards.trained_side(args.classifier)
    picture = images.load_picture(args.picture, longest_side=side)
    title = printable(picture.name) + (f" ({picture.note})" if picture.note else "")
    return _Subject(picture.pixels[np.newaxis], None, np.array([-1], np.int64), title=title)


def _in_test_set(args: argparse.Namespace) -> tuple[cifar10.Dataset, int]:
    """Return a data set and a position in it; the samples do where they hold the image."""
    samples = cifar10.load_samples()
    if args.image is None:
        return samples, 0
    known = np.flatnonzero(samples.indices == args.image)
    if len(known):
        return samples, int(known[0])
    if args.samples:
        there = ", ".join(str(index) for index in sorted(samples.indices.tolist()))
        raise AdvguiError(f"Image {args.image} is not among the samples. They are: {there}.")
    dataset = cifar10.load("test", args.data)
    found = np.flatnonzero(dataset.indices == args.image)
    if not len(found):
        raise AdvguiError(f"There is no image {args.image}: the test set has {len(dataset.labels)}, counted from 0.")
    return dataset, int(found[0])
