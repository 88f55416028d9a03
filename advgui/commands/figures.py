"""Draw the paper's figure 1 for trained networks, or its figures 2 and 3 for an image."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from advgui import images, resources
from advgui.attacks import ATTACKS
from advgui.commands import arguments
from advgui.commands.loading import loading_tensorflow
from advgui.commands.outputs import check_writable
from advgui.data import cifar10
from advgui.errors import AdvguiError
from advgui.evaluation.report import protocol_text
from advgui.evaluation.run import Plan, unlike
from advgui.figures import drawing, histories
from advgui.figures.drawing import Sheet
from advgui.figures.images import PAPER_FIGURES, paper_figure
from advgui.figures.training import training_figure
from advgui.files import write_atomically
from advgui.types import ProtocolName, Scenario

# Options that choose among figures 2 and 3, with their defaults.
_OF_IMAGES: Mapping[str, object] = {
    "image": None,
    "protocol": ProtocolName.CORRECTED,
    "attack": "both",
    "strength": None,
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
        "--image", type=arguments.seed, metavar="INDEX", help="index in the test set (default: the first sample image)"
    )
    parser.add_argument("--protocol", choices=[*ProtocolName, "both"], help="(default: %(default)s)")
    parser.add_argument("--attack", choices=[*ATTACKS, "both"], help="(default: %(default)s)")
    parser.add_argument(
        "--strength",
        type=arguments.strength,
        metavar="S",
        help="noise_param or epsilon, such as 0.031 or 8/255 (default: 0.1 and 8/255; as published: 0.1 and 0.05)",
    )
    parser.add_argument("--seed", type=arguments.seed, metavar="K", help="of all randomness (default: 0)")
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
    attacks = tuple(ATTACKS) if args.attack == "both" else (args.attack,)
    protocols = tuple(ProtocolName) if args.protocol == "both" else (ProtocolName(args.protocol),)
    if args.strength is not None:
        arguments.check_strengths(attacks, (args.strength,))
    strengths = None if args.strength is None else dict.fromkeys(attacks, (args.strength,))
    plan = Plan.of(protocols, attacks, strengths, seed=args.seed)
    check_writable(args.output / "figure2.png")
    dataset, position = _find(args)

    with loading_tensorflow():
        from advgui.pipeline import Pipeline  # imports TensorFlow

    pipeline = Pipeline.load(args.classifier, args.autoencoder)
    reason = unlike(pipeline.classifier.class_names, dataset.class_names)
    if reason:
        raise AdvguiError(reason)
    batch = slice(position, position + 1)
    for scenario in plan.scenarios:
        if scenario.strength == 0 and args.strength != 0:
            continue  # the control row of tables
        outcome = pipeline.run(
            images.to_float(dataset.images[batch]), dataset.labels[batch], dataset.indices[batch], scenario
        )
        figure = paper_figure(outcome, dataset.class_names, int(dataset.indices[position]))
        _write(args.output, file_name(scenario), figure)
    return 0


def _draw_training(args: argparse.Namespace) -> int:
    given = [f"--{name}" for name, default in _OF_IMAGES.items() if getattr(args, name) != default]
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


def _write(folder: Path, name: str, figure: Sheet) -> None:
    for kind in drawing.KINDS:
        path = folder / f"{name}.{kind}"
        write_atomically(path, figure.file(kind))
        print(path)


def file_name(scenario: Scenario) -> str:
    """Return the name of a figure's file without its suffix, such as "figure2-corrected"."""
    described = protocol_text(scenario).replace(", ", "-").replace(" ", "-").replace("/", "-")
    return f"figure{PAPER_FIGURES[scenario.attack]}-{described}"


def _find(args: argparse.Namespace) -> tuple[cifar10.Dataset, int]:
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
