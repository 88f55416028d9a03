"""Train a network; a run that was stopped or killed is resumed by the same command."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advgui import resources
from advgui.native_log import native_log_held
from advgui.types import Reading

if TYPE_CHECKING:
    from advgui.training.run import StepProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    networks = parser.add_subparsers(dest="network", metavar="NETWORK", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, metavar="DIR", help="folder or archive of CIFAR-10 (default: search)")
    common.add_argument("--run", type=Path, metavar="DIR", help="checkpoint and history (default: runs/NAME)")
    common.add_argument(
        "--output", type=Path, metavar="FILE", help="where the network goes, with card and history (default: trained/)"
    )
    common.add_argument("--seed", type=int, default=0, help="of everything random (default: %(default)s)")
    common.add_argument("--epochs", type=int, help="passes over the training images (default: the recipe's)")

    classifier = networks.add_parser("classifier", parents=[common], help="the paper's classifier")
    classifier.add_argument(
        "--variant",
        choices=("initial", "augmented", "final"),
        help="train a stage of the paper's design for its ablation instead, 12 epochs",
    )
    classifier.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="the ablation's table and histories (default: trained/ablation.json)",
    )
    autoencoder = networks.add_parser("autoencoder", parents=[common], help="an autoencoder for a trained classifier")
    autoencoder.add_argument(
        "--classifier", type=Path, metavar="FILE", help="the trained classifier (default: the bundled one)"
    )
    autoencoder.add_argument(
        "--protocol", choices=("corrected", "as-published"), default="corrected", help="default: %(default)s"
    )
    autoencoder.add_argument(
        "--attack", choices=("gaussian", "fgsm"), help="as published, each attack has an autoencoder of its own"
    )
    autoencoder.add_argument(
        "--reading",
        choices=tuple(Reading),
        default=Reading.STANDARDIZED,
        help="as published, the Gaussian attack has two readings (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Train, then measure once on the test set and write network, card and history."""
    if args.network == "autoencoder" and args.protocol == "as-published" and args.attack is None:
        print("advgui train autoencoder: --protocol as-published needs --attack gaussian or fgsm", file=sys.stderr)
        return 2
    with native_log_held():
        from advgui.training import jobs  # imports TensorFlow

    choices: dict[str, Any] = {"seed": args.seed} | ({"epochs": args.epochs} if args.epochs else {})
    variant: str | None = getattr(args, "variant", None)
    record: Path = getattr(args, "record", None) or resources.trained() / "ablation.json"
    if variant:
        job = jobs.ablation(args.data, choices, variant, record)
    elif args.network == "classifier":
        job = jobs.classifier(args.data, choices)
    elif args.protocol == "corrected":
        job = jobs.autoencoder(args.data, choices, args.classifier)
    else:
        choices |= {"attack": args.attack, "reading": Reading(args.reading)}
        job = jobs.published_autoencoder(args.data, choices, args.classifier)
    folder = args.run or Path("runs") / job.name
    # The variants are for comparing, not for use: they stay with their run.
    output = args.output or (folder if variant else resources.trained()) / f"{job.name}.keras"
    print(f"Training '{job.name}'. Checkpoints: {folder}. Stop with Ctrl+C, go on with the same command.", flush=True)
    card = jobs.carry_out(job, folder, output, _reporter())
    print(f"Wrote {output}")
    for name, value in card.metrics.items():
        print(f"  {name}: {value:.6g}" if isinstance(value, float) else f"  {name}: {value}")
    if variant:
        from advgui.training import ablation

        print(f"\n{ablation.table(ablation.read(record))}", end="")
    return 0


def _reporter() -> "Callable[[StepProgress], None]":
    """Return a callback that keeps one line up to date on a terminal, and writes a line now and then otherwise."""
    live = sys.stderr.isatty()

    def report(progress: "StepProgress") -> None:
        last = progress.step == progress.steps
        if not (live or last or progress.step % 50 == 0):
            return
        metrics = "  ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
        minutes, seconds = divmod(int(progress.seconds_left), 60)
        text = (
            f"epoch {progress.epoch}/{progress.epochs}  step {progress.step}/{progress.steps}  {metrics}  "
            f"{minutes}:{seconds:02} left"
        )
        end = "\n" if last or not live else ""
        print(f"\r{text}\033[K" if live else text, end=end, file=sys.stderr, flush=True)

    return report
