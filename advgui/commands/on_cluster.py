"""Arguments of the commands that can compute on a cluster."""

import argparse
from contextlib import AbstractContextManager

from advgui.cluster import engine
from advgui.cluster.sources import Files
from advgui.commands import arguments
from advgui.errors import UsageError

_MOST_WORKERS = 10_000
_LARGEST_SHARD = 100_000


def add_arguments(parser: argparse.ArgumentParser, unit: str, usual: int) -> None:
    """Add where to compute.

    Args:
        parser: Of the command.
        unit: What a shard has so many of.
        usual: How many.
    """
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help=f"compute on a Ray cluster, such as 10.0.0.1:6379, or with '{engine.LOCAL}' in several processes of one "
        "core each on this machine; needs: pip install 'advgui[cluster]'",
    )
    parser.add_argument(
        "--shard",
        type=arguments.whole(1, _LARGEST_SHARD),
        default=usual,
        metavar="N",
        help=f"with --cluster: {unit} that a worker takes at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=arguments.whole(1, _MOST_WORKERS),
        metavar="W",
        help=f"with --cluster {engine.LOCAL}: how many processes (default: one for each core)",
    )
    parser.add_argument(
        "--gpus-per-worker",
        type=arguments.strength,
        default=0.0,
        metavar="F",
        help="with --cluster: GPUs for each worker, such as 1, or 0.25 where four share one (default: none)",
    )


def engine_for(args: argparse.Namespace) -> AbstractContextManager[engine.Engine]:
    """Connect to the cluster that is asked for.

    Raises:
        AdvguiError: Ray is not installed, or the cluster cannot be reached.
        UsageError: Options do not go together.
    """
    if args.workers is not None and args.cluster != engine.LOCAL:
        raise UsageError(f"--workers goes with --cluster {engine.LOCAL}: a cluster has the workers that it has.")
    if getattr(args, "plugin", None):
        raise UsageError(
            "--cluster computes with the program's own attacks and mitigations: a plug-in's file runs on this machine "
            "alone. Leave out --cluster or --plugin."
        )
    return engine.opened(args.cluster, args.workers, args.gpus_per_worker)


def source(args: argparse.Namespace) -> Files:
    """Return where the workers' networks and images come from."""
    return Files(args.classifier, args.autoencoder, args.data, args.samples)
