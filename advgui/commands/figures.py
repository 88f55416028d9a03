"""Draw the paper's figures 2 and 3 for an image."""

import argparse
from pathlib import Path

import numpy as np

from advgui import cifar10, figures, images
from advgui.attacks import ATTACKS
from advgui.commands import arguments
from advgui.commands.outputs import check_writable
from advgui.errors import AdvguiError
from advgui.evaluation import Plan
from advgui.files import write_atomically
from advgui.reports.report import protocol_text
from advgui.types import ProtocolName, Scenario


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "--image", type=arguments.seed, metavar="INDEX", help="index in the test set (default: the first sample image)"
    )
    parser.add_argument(
        "--protocol", choices=[*ProtocolName, "both"], default=ProtocolName.CORRECTED, help="(default: %(default)s)"
    )
    parser.add_argument("--attack", choices=[*ATTACKS, "both"], default="both", help="(default: %(default)s)")
    parser.add_argument(
        "--strength",
        type=arguments.strength,
        metavar="S",
        help="noise_param or epsilon, such as 0.031 or 8/255 (default: 0.1 and 8/255; as published: 0.1 and 0.05)",
    )
    parser.add_argument("--seed", type=arguments.seed, default=0, metavar="K", help="of all randomness (default: 0)")
    parser.add_argument(
        "--output", type=Path, default=Path("figures"), metavar="DIR", help="folder for the files (default: figures)"
    )
    arguments.add_files(parser)


def run(args: argparse.Namespace) -> int:
    """Draw the figures; print where they are.

    Raises:
        AdvguiError: The image is not there, networks are missing, or a file cannot be written.
    """
    attacks = tuple(ATTACKS) if args.attack == "both" else (args.attack,)
    protocols = tuple(ProtocolName) if args.protocol == "both" else (ProtocolName(args.protocol),)
    strengths = None if args.strength is None else dict.fromkeys(attacks, (args.strength,))
    plan = Plan.of(protocols, attacks, strengths, seed=args.seed)
    check_writable(args.output / "figure2.png")
    dataset, position = _find(args)

    from advgui.pipeline import Pipeline  # imports TensorFlow

    pipeline = Pipeline.load(args.classifier, args.autoencoder)
    batch = slice(position, position + 1)
    for scenario in plan.scenarios:
        if scenario.strength == 0 and args.strength != 0:
            continue  # the control row of tables
        outcome = pipeline.run(
            images.to_float(dataset.images[batch]), dataset.labels[batch], dataset.indices[batch], scenario
        )
        figure = figures.paper_figure(outcome, dataset.class_names, int(dataset.indices[position]))
        for suffix, content in (("png", figure.png()), ("svg", figure.svg())):
            path = args.output / f"{file_name(scenario)}.{suffix}"
            write_atomically(path, content)
            print(path)
    return 0


def file_name(scenario: Scenario) -> str:
    """Return the name of a figure's file without its suffix, such as "figure2-corrected"."""
    described = protocol_text(scenario).replace(", ", "-").replace(" ", "-").replace("/", "-")
    return f"figure{figures.PAPER_FIGURES[scenario.attack]}-{described}"


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
