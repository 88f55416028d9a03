"""Certify the smoothed classifier: which predictions no attack within an L2 radius can change."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from advgui import interruption
from advgui.certification.bounds import ALPHA
from advgui.certification.report import Certification, differences, merge
from advgui.certification.run import Progress, begun, certify
from advgui.certification.smoothing import Smoothing
from advgui.cluster.certifying import SHARD, ClusterProgress, Order, certify_on
from advgui.cluster.sources import expected
from advgui.commands import arguments, on_cluster
from advgui.commands.evaluate import test_set
from advgui.commands.loading import loading_tensorflow
from advgui.commands.outputs import check_writable
from advgui.commands.partial import PartialFile
from advgui.commands.progress import ProgressLine
from advgui.data import cifar10
from advgui.errors import AdvguiError, UsageError
from advgui.figures import drawing
from advgui.figures.certified import certified_figure
from advgui.files import is_there, write_atomically
from advgui.reports import certified, certified_storage
from advgui.text import duration

_MOST_COPIES = 1_000_000

_WRITERS: Mapping[str, tuple[str, Callable[[Certification], str]]] = {
    "json": ("JSON, complete; on the way, what is done so far", certified_storage.to_json),
    "csv": ("CSV", certified.to_csv),
    "markdown": ("a Markdown table", certified.to_markdown),
    "latex": ("a LaTeX table", certified.to_latex),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    usual = Smoothing()
    parser.add_argument(
        "--sigma",
        type=arguments.strength,
        default=usual.sigma,
        metavar="S",
        help="standard deviation of the noise, such as 0.1 or 25/255 (default: %(default)s)",
    )
    for name, default, what in (
        ("n0", usual.choosing, "choose the class"),
        ("n", usual.estimating, "bound its share: more prove larger radii"),
    ):
        parser.add_argument(
            f"--{name}",
            type=arguments.whole(1, _MOST_COPIES),
            default=default,
            metavar="N",
            help=f"noisy copies that {what} (default: %(default)s)",
        )
    parser.add_argument(
        "--alpha",
        type=arguments.strength,
        default=ALPHA,
        metavar="A",
        help="risk that a certificate is wrong (default: %(default)s)",
    )
    parser.add_argument(
        "--without-autoencoder", action="store_true", help="give the noisy copies to the classifier as they are"
    )
    parser.add_argument("--seed", type=arguments.seed, default=0, metavar="K", help="of the noise (default: 0)")
    parser.add_argument(
        "--every",
        type=arguments.whole(1, 10_000),
        default=20,
        metavar="M",
        help="take every M-th image (default: %(default)s, of the test set 500 images)",
    )
    parser.add_argument(
        "--images",
        type=arguments.image_range,
        metavar="N",
        help="of the first N images, or of START:STOP for a part (default: of all)",
    )
    arguments.add_files(parser)
    on_cluster.add_arguments(parser, "images", SHARD)
    parser.add_argument(
        "--load",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="certify nothing: read results that --json wrote, of different images, and put them together",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from what the file of --json holds, if it is there"
    )
    for name, (kind, _) in _WRITERS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write the result as {kind}")
    parser.add_argument(
        "--chart",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="draw certified accuracy against radius: FILE.png, FILE.svg or FILE.pdf; may be given several times",
    )


def run(args: argparse.Namespace) -> int:
    """Certify; write the files that were asked for, then print a table.

    Returns:
        0, or 128 and the signal's number after an interruption; the partial result has then been written and printed.

    Raises:
        AdvguiError: Data or networks are missing, a file cannot be written, or what is to be gone on with is of
            something else.
    """
    outputs = {name: path for name in _WRITERS if (path := getattr(args, name)) is not None}
    for path in args.chart:
        drawing.kind_of(path)
    for path in (*outputs.values(), *args.chart):
        check_writable(path)
    if args.resume and args.json is None:
        raise UsageError("certify: --resume needs --json FILE, which holds what is done.")
    code, error = 0, None
    if args.load:
        report = _loaded(args.load)
    else:
        report, code, error = _certified(args)
    with interruption.held_back():
        try:
            _write(report, outputs, args.chart)
        finally:  # what cannot be written can still be read
            print(certified.to_text(report), end="")
    if error is not None:
        raise error
    return code


def _loaded(paths: list[Path]) -> Certification:
    try:
        return merge([certified_storage.load(path) for path in paths])
    except ValueError as error:
        raise AdvguiError(str(error)) from error


def _smoothing(args: argparse.Namespace) -> Smoothing:
    try:
        return Smoothing(args.sigma, args.n0, args.n, args.alpha, not args.without_autoencoder, args.seed)
    except ValueError as error:
        raise UsageError(f"certify: {error}") from error


def _certified(args: argparse.Namespace) -> tuple[Certification, int, AdvguiError | None]:
    """Return what was found, the exit code, and the error that ended it before all was done."""
    smoothing = _smoothing(args)
    dataset = cifar10.load_samples() if args.samples else test_set(args.data)
    first, stop = args.images or (0, len(dataset))
    if stop > len(dataset):
        raise UsageError(f"certify: --images {first}:{stop}, but '{dataset.name}' has {len(dataset):,} images.")
    earlier = certified_storage.load(args.json) if args.resume and is_there(args.json) else None

    with loading_tensorflow():
        from advgui.models.loading import load_pipeline  # imports TensorFlow

    pipeline = load_pipeline(args.classifier, args.autoencoder)
    start = begun(pipeline, dataset, smoothing, np.arange(first, stop, args.every))
    if earlier is not None:
        start = _continued(earlier, start, args.json)
    line = ProgressLine(sys.stderr)
    # After every shard: it took long, and other machines may be lost with it.
    partial = PartialFile(args.json, certified_storage.to_json, each=args.cluster is not None)
    latest: Progress | None = None
    code, ended_by = 0, None
    with ExitStack() as cluster:
        if args.cluster:
            engine = cluster.enter_context(on_cluster.engine_for(args))
            order = Order(on_cluster.source(args), expected(start.provenance, dataset), smoothing)
            steps: Iterator[Progress] = certify_on(engine, order, start, args.shard)
        else:
            steps = certify(pipeline, dataset, start)
        try:
            for latest in steps:
                line.show(progress_text(latest), latest.fraction, brief_text(latest))
                if latest.report.images:
                    partial.keep(latest.report)
        except KeyboardInterrupt as interrupt:
            code = interruption.exit_code(interrupt)
        except AdvguiError as error:  # of some workers: what others have found is there
            if latest is None or not latest.done:
                raise
            ended_by = error
    if latest is None:
        return start, code, None
    line.close(progress_text(latest))
    return latest.report, code, ended_by


def _continued(earlier: Certification, wanted: Certification, path: Path) -> Certification:
    """Return what is done already, if it is a part of what is wanted."""
    different = differences(earlier, wanted)
    if different:
        raise AdvguiError(
            f"'{path}' holds a certification of something else: {'; '.join(different)}. Use the same settings to go "
            "on with it, or another file."
        )
    return earlier


def progress_text(progress: Progress) -> str:
    """Return where a certification stands, in one line."""
    left = f", {duration(progress.seconds_left)} left" if np.isfinite(progress.seconds_left) else ""
    text = f"{progress.done:,} of {progress.total:,} images{left}"
    if isinstance(progress, ClusterProgress):
        text += f", {progress.cluster.text}"
    if not progress.done:
        return text
    report = progress.report
    counts = ", ".join(f"{radius:g}: {report.certified(radius).correct:,}" for radius in report.radii[:6])
    return f"{text}; certified at radius {counts}"


def brief_text(progress: Progress) -> str:
    """Return the same for a terminal of 80 columns: the time left, and certified accuracies in per cent."""
    left = f"{duration(progress.seconds_left)} left" if np.isfinite(progress.seconds_left) else ""
    if not progress.done:
        return left
    report = progress.report
    shares = ", ".join(f"{radius:g} {report.certified(radius).accuracy:.0%}" for radius in report.radii[:4])
    return f"{left}; at radius {shares}"


def _write(report: Certification, outputs: Mapping[str, Path], charts: list[Path]) -> None:
    """Write every file that can be written, then complain about those that cannot."""
    contents: dict[Path, str | bytes] = {path: _WRITERS[name][1](report) for name, path in outputs.items()}
    contents |= {path: certified_figure(report).file(drawing.kind_of(path)) for path in charts}
    failures = []
    for path, content in contents.items():
        try:
            write_atomically(path, content)
        except OSError as error:
            failures.append(f"'{path}' could not be written ({error.strerror or error}); what was there is unchanged.")
        else:
            print(f"Written: {path}", file=sys.stderr)
    if failures:
        raise AdvguiError(" ".join([*failures, "Choose another place with enough room and run the command again."]))
