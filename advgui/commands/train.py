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
from advgui.data.picture_folder import counted
from advgui.errors import UsageError
from advgui.images import TRAINED_SIDE, TRAINED_SIDES
from advgui.native_log import native_log_held
from advgui.types import ProtocolName

if TYPE_CHECKING:
    from advgui.training.run import StepProgress

# NumPy's and Keras' generators take 32 bits.
_SEED = arguments.whole(0, 2**32 - 1)
_EPOCHS = arguments.whole(1, 10_000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    networks = parser.add_subparsers(dest="network", metavar="NETWORK", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, metavar="DIR", help="folder or archive of CIFAR-10 (default: search)")
    common.add_argument("--run", type=Path, metavar="DIR", help="checkpoint and history (default: runs/NAME)")
    common.add_argument("--output", type=Path, metavar="FILE", help="where the network goes, with card and history")
    common.add_argument("--seed", type=_SEED, default=0, help="of everything random (default: %(default)s)")
    common.add_argument("--epochs", type=_EPOCHS, help="passes over the training images (default: the recipe's)")

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
        "--protocol",
        choices=tuple(ProtocolName),
        default=ProtocolName.CORRECTED,
        help="as-published-scaled: the second reading of the published Gaussian noise, on x/255 (default: %(default)s)",
    )
    autoencoder.add_argument(
        "--attack", choices=("gaussian", "fgsm"), help="as published, each attack has an autoencoder of its own"
    )
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


def run(args: argparse.Namespace) -> int:
    """Train, then measure once on the test set and write network, card and history."""
    if args.network == "autoencoder" and args.protocol != ProtocolName.CORRECTED and args.attack is None:
        raise UsageError(f"train autoencoder: --protocol {args.protocol} needs --attack gaussian or fgsm.")
    with loading_tensorflow(), native_log_held():
        import advgui.models.classifier  # noqa: F401 - explains it if TensorFlow cannot be imported
        from advgui.training import jobs
        from advgui.training import run as runs

    choices: dict[str, Any] = {"seed": args.seed} | ({} if args.epochs is None else {"epochs": args.epochs})
    variant: str | None = getattr(args, "variant", None)
    record: Path = getattr(args, "record", None) or resources.trained() / "ablation.json"
    if variant:
        job = jobs.ablation(args.data, choices, variant, record)
    elif args.network == "transfer":
        job = jobs.transfer(args.data, choices, args.classifier, args.images, args.side, _reading())
    elif args.network == "classifier":
        job = jobs.classifier(args.data, choices)
    elif args.protocol == "corrected":
        job = jobs.autoencoder(args.data, choices, args.classifier)
    else:
        choices |= {"attack": args.attack, "protocol": ProtocolName(args.protocol)}
        job = jobs.published_autoencoder(args.data, choices, args.classifier)
    folder = args.run or Path("runs") / job.name
    # What is for comparing stays with its run, and a person's own network goes where the person is.
    home = Path() if getattr(args, "images", None) else folder
    bundled = args.network != "transfer" and not variant
    output = args.output or (resources.trained() if bundled else home) / f"{job.name}.keras"
    # Before hours of computing, not after.
    check_model_output(output)
    if getattr(args, "images", None) and not (folder / runs.CHECKPOINT).exists():
        check_replaceable(output)
    for note in job.notes:
        print(f"Skipped {note}", file=sys.stderr)
    if job.notes:
        print(f"Skipped {counted(len(job.notes), 'file')} in all.", file=sys.stderr, flush=True)
    print(f"Training '{job.name}'. Checkpoints: {folder}. Stop with Ctrl+C, go on with the same command.", flush=True)
    card = jobs.carry_out(job, folder, output, _reporter())
    print(f"Wrote {output}")
    for name, value in card.metrics.items():
        print(f"  {name}: {value:.6g}" if isinstance(value, float) else f"  {name}: {value}")
    if variant:
        from advgui.training import ablation

        print(f"\n{ablation.table(ablation.read(record))}", end="")
    return 0


def _reading() -> Callable[[int, int], None]:
    """Return a callback that tells how far the reading of pictures is."""
    live = sys.stderr.isatty()

    def report(done: int, total: int) -> None:
        if done == total or (live and done % 10 == 0):
            end = "\n" if done == total or not live else ""
            print(f"\rRead {done:,} of {total:,} files" if live else f"Read {done:,} files", end=end, file=sys.stderr)

    return report


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
