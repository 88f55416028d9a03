"""Train a network; a run that was stopped or killed is resumed by the same command."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advgui import resources
from advgui.commands import arguments
from advgui.commands.loading import loading_tensorflow
from advgui.commands.outputs import check_model_output, check_replaceable
from advgui.commands.progress import ProgressLine
from advgui.data.picture_folder import counted
from advgui.errors import UsageError
from advgui.images import TRAINED_SIDE, TRAINED_SIDES
from advgui.native_log import native_log_held
from advgui.text import duration
from advgui.types import ProtocolName

if TYPE_CHECKING:
    from advgui.training.jobs import Job
    from advgui.training.run import StepProgress

# NumPy's and Keras' generators take 32 bits.
_SEED = arguments.whole(0, 2**32 - 1)
_EPOCHS = arguments.whole(1, 10_000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    # Not every network has these.
    parser.set_defaults(variant=None, images=None)
    networks = parser.add_subparsers(dest="network", metavar="NETWORK", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, metavar="DIR", help="folder or archive of CIFAR-10 (default: search)")
    common.add_argument("--run", type=Path, metavar="DIR", help="checkpoint and history (default: runs/NAME)")
    common.add_argument("--output", type=Path, metavar="FILE", help="where the network goes, with card and history")
    common.add_argument("--seed", type=_SEED, default=0, help="of everything random (default: %(default)s)")
    common.add_argument("--epochs", type=_EPOCHS, help="passes over the training images (default: the recipe's)")

    classifier = networks.add_parser("classifier", parents=[common], help="the paper's classifier")
    what = classifier.add_mutually_exclusive_group()
    what.add_argument(
        "--adversarial",
        action="store_true",
        help="train the bundled classifier further, on images that are attacked while it learns",
    )
    what.add_argument(
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
    classifier.add_argument(
        "--epsilon",
        type=arguments.strength,
        metavar="E",
        help="with --adversarial: L∞ strength of that attack, such as 4/255 (default: 8/255)",
    )
    classifier.set_defaults(prepare=_classifier)

    autoencoder = networks.add_parser("autoencoder", parents=[common], help="an autoencoder for a trained classifier")
    autoencoder.add_argument(
        "--classifier", type=Path, metavar="FILE", help="the trained classifier (default: the bundled one)"
    )
    autoencoder.add_argument(
        "--protocol",
        choices=tuple(ProtocolName),
        default=ProtocolName.CORRECTED,
        help="as-published-scaled: the second reading of the published Gaussian noise, on x/255 (default: %(default)s)",
    )
    autoencoder.add_argument(
        "--attack", choices=("gaussian", "fgsm"), help="as published, each attack has an autoencoder of its own"
    )
    autoencoder.add_argument(
        "--denoiser",
        action="store_true",
        help="train the bundled autoencoder further, on Gaussian noise alone: the denoiser of `advgui certify`",
    )
    autoencoder.set_defaults(prepare=_autoencoder)

    transfer = networks.add_parser(
        "transfer",
        parents=[common],
        help="a new head on a trained classifier, for CIFAR-10 or for pictures of your own",
    )
    transfer.add_argument(
        "--classifier", type=Path, metavar="FILE", help="the trained classifier (default: the bundled one)"
    )
    transfer.add_argument(
        "--images", type=Path, metavar="DIR", help="pictures of your own: a folder with a subfolder for each class"
    )
    transfer.add_argument(
        "--side", type=int, choices=TRAINED_SIDES, default=TRAINED_SIDE, metavar="PIXELS",
        help="what these pictures are scaled to, 32 to 128 in steps of 8 (default: %(default)s, as in CIFAR-10)",
    )  # fmt: skip
    transfer.set_defaults(prepare=_transfer)


def run(args: argparse.Namespace) -> int:
    """Train, then measure once on the test set and write network, card and history."""
    if args.network == "autoencoder" and args.protocol != ProtocolName.CORRECTED and args.attack is None:
        raise UsageError(f"train autoencoder: --protocol {args.protocol} needs --attack gaussian or fgsm.")
    if args.network == "autoencoder" and args.denoiser and (args.attack or args.protocol != ProtocolName.CORRECTED):
        raise UsageError("train autoencoder: --denoiser goes with neither --protocol nor --attack.")
    if args.network == "classifier" and args.epsilon is not None and not args.adversarial:
        raise UsageError("train classifier: --epsilon belongs to --adversarial.")
    with loading_tensorflow(), native_log_held():
        import advgui.models.classifier  # noqa: F401 - explains it if TensorFlow cannot be imported
        from advgui.training import jobs
        from advgui.training import run as runs

    job, home = args.prepare(args, {"seed": args.seed} | ({"epochs": args.epochs} if args.epochs else {}))
    folder = args.run or Path("runs") / job.name
    output = args.output or (folder if home is None else home) / f"{job.name}.keras"
    # Before hours of computing, not after.
    check_model_output(output)
    if args.images and not (folder / runs.CHECKPOINT).exists():
        check_replaceable(output)
    for note in job.notes:
        print(f"Skipped {note}", file=sys.stderr)
    if job.notes:
        print(f"Skipped {counted(len(job.notes), 'file')} in all.", file=sys.stderr, flush=True)
    print(f"Training '{job.name}'. Checkpoints: {folder}. Stop with Ctrl+C, go on with the same command.", flush=True)
    line = ProgressLine(sys.stderr)
    card = jobs.carry_out(job, folder, output, _report_step(line), line.show)
    print(f"Wrote {output}")
    for name, value in card.metrics.items():
        print(f"  {name}: {value:.6g}" if isinstance(value, float) else f"  {name}: {value}")
    if args.variant:
        from advgui.training import ablation

        print(f"\n{ablation.table(ablation.read(_record(args)))}", end="")
    return 0


# What each network's command prepares: the job, and where the network goes (None: with its run).


def _classifier(args: argparse.Namespace, choices: dict[str, Any]) -> "tuple[Job, Path | None]":
    from advgui.training import jobs

    if args.variant:
        return jobs.ablation(args.data, choices, args.variant, _record(args)), None
    if args.adversarial:
        epsilon = {} if args.epsilon is None else {"epsilon": args.epsilon}
        return jobs.adversarial(args.data, choices | epsilon), resources.trained()
    return jobs.classifier(args.data, choices), resources.trained()


def _autoencoder(args: argparse.Namespace, choices: dict[str, Any]) -> "tuple[Job, Path | None]":
    from advgui.training import jobs

    if args.denoiser:
        return jobs.denoiser(args.data, choices, args.classifier), resources.trained()
    if args.protocol == ProtocolName.CORRECTED:
        return jobs.autoencoder(args.data, choices, args.classifier), resources.trained()
    choices = choices | {"attack": args.attack, "protocol": ProtocolName(args.protocol)}
    return jobs.published_autoencoder(args.data, choices, args.classifier), resources.trained()


def _transfer(args: argparse.Namespace, choices: dict[str, Any]) -> "tuple[Job, Path | None]":
    from advgui.training import jobs

    read = _report_reading(ProgressLine(sys.stderr))
    job = jobs.transfer(args.data, choices, args.classifier, args.images, args.side, read)
    # A user's own network goes where the user is.
    return job, Path() if args.images else None


def _record(args: argparse.Namespace) -> Path:
    record: Path = args.record or resources.trained() / "ablation.json"
    return record


def _report_reading(line: ProgressLine) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        (line.close if done == total else line.show)(f"Read {done:,} of {total:,} files")

    return report


def _report_step(line: ProgressLine) -> "Callable[[StepProgress], None]":
    def report(progress: "StepProgress") -> None:
        metrics = "  ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
        text = (
            f"epoch {progress.epoch}/{progress.epochs}  step {progress.step}/{progress.steps}  {metrics}  "
            f"{duration(progress.seconds_left)} left"
        )
        # A line of every epoch stays.
        (line.close if progress.step == progress.steps else line.show)(text)

    return report
