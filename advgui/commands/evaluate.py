"""Reproduce the accuracy tables: attacks and mitigations on the test set of CIFAR-10."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from math import inf
from pathlib import Path

from advgui import interruption
from advgui.cluster.evaluating import SHARD, ClusterProgress, Order, evaluate_on
from advgui.cluster.sources import expected
from advgui.commands import arguments, on_cluster
from advgui.commands.loading import loading_tensorflow
from advgui.commands.outputs import check_writable
from advgui.commands.partial import PartialFile
from advgui.commands.progress import ProgressLine
from advgui.data import cifar10
from advgui.errors import AdvguiError, DataError, UsageError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report, merge
from advgui.evaluation.resuming import resume
from advgui.evaluation.run import BATCH_SIZE, Progress, evaluate, provenance_of
from advgui.figures import drawing
from advgui.figures.drawing import Sheet
from advgui.figures.matrix import matrix_figure
from advgui.figures.strength import strength_figure
from advgui.files import is_stream, is_there, write_atomically
from advgui.reports import comma_separated, latex, storage, tables
from advgui.text import duration
from advgui.types import VoteRule

# An image takes 2 MB of memory while it is evaluated, and larger batches are no faster.
_LARGEST_BATCH = 1000

_WRITERS: Mapping[str, tuple[str, Callable[[Report], str]]] = {
    "json": ("JSON, complete; on the way, what is counted so far", storage.to_json),
    "csv": ("CSV", comma_separated.to_csv),
    "markdown": ("Markdown tables", tables.to_markdown),
    "latex": ("LaTeX tables", latex.to_latex),
}

_FIGURES: Mapping[str, Callable[[Report], Sheet]] = {"chart": strength_figure, "matrix": matrix_figure}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    arguments.add_scenarios(parser)
    parser.add_argument(
        "--security-curve",
        action="store_true",
        help="instead of --strength: strengths that double from an eighth of the attack's usual one to the most it is "
        "made for, such as 1, 2, 4 ... 64/255, to see where accuracy is at chance",
    )
    parser.add_argument(
        "--images",
        type=arguments.image_range,
        metavar="N",
        help="evaluate the first N images, or START:STOP for a part (default: all)",
    )
    parser.add_argument(
        "--batch-size",
        type=arguments.whole(1, _LARGEST_BATCH),
        default=BATCH_SIZE,
        metavar="B",
        help=f"images a batch, up to {_LARGEST_BATCH}, times --attacker-draws where they matter; does not change the "
        "result (default: %(default)s)",
    )
    parser.add_argument(
        "--draws",
        "--randomization-draws",
        type=arguments.whole(1, arguments.MOST_DRAWS),
        default=1,
        metavar="D",
        help=f"draws of random mitigations that are taken together, up to {arguments.MOST_DRAWS} (default: 1)",
    )
    parser.add_argument(
        "--rule",
        choices=tuple(VoteRule),
        default=VoteRule.MEAN,
        help="how: the mean of their probabilities, or the class that most of them are given (default: %(default)s)",
    )
    arguments.add_files(parser)
    on_cluster.add_arguments(parser, "images", SHARD)
    parser.add_argument(
        "--load",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="evaluate nothing: read reports that --json wrote, on different images, and put them together",
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
        help="draw accuracy against strength: FILE.png, FILE.svg or FILE.pdf; may be given several times",
    )
    parser.add_argument(
        "--matrix",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="draw what the attacker knows against mitigations, as a heat map; files as for --chart",
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate; write the files that were asked for, then print a table.

    Returns:
        0, or 128 and the signal's number after an interruption (130 for Ctrl+C); the partial result has then been
        written and printed, marked as partial.

    Raises:
        AdvguiError: Data or networks are missing, or a file cannot be written; or an attack or a mitigation went wrong
            on the way, and the partial result has been written and printed.
    """
    outputs = {name: path for name in _WRITERS if (path := getattr(args, name)) is not None}
    outputs |= {f"{figure} {number}": path for figure in _FIGURES for number, path in enumerate(getattr(args, figure))}
    # Before minutes of computing, not after.
    for path in (*args.chart, *args.matrix):
        drawing.kind_of(path)
    for path in outputs.values():
        check_writable(path)
    replaced = [os.path.realpath(path) for path in outputs.values() if not is_stream(path)]
    if len(set(replaced)) < len(replaced):
        raise AdvguiError("Two results were to be written to the same file. Give each its own name.")
    if args.resume and args.json is None:
        raise UsageError("evaluate: --resume needs --json FILE, which holds what is done.")
    code, error = 0, None
    if args.load:
        report = _loaded(args.load)
    else:
        report, code, error = _evaluated(args)
    with interruption.held_back():
        try:
            _write(report, outputs)
        finally:  # what cannot be written can still be read
            print(tables.to_text(report), end="")
    if error is not None:
        raise error
    return code


def _loaded(paths: Sequence[Path]) -> Report:
    try:
        return merge([storage.load(path) for path in paths])
    except ValueError as error:
        raise AdvguiError(str(error)) from error


def plan_for(args: argparse.Namespace) -> Plan:
    """Return what the arguments ask for."""
    start, stop = args.images or (0, None)
    rule = VoteRule(args.rule)
    return arguments.plan(args, curve=args.security_curve, draws=args.draws, rule=rule, start=start, stop=stop)


def _evaluated(args: argparse.Namespace) -> tuple[Report, int, AdvguiError | None]:
    """Return the report, whole or partial, the exit code, and the error that ended it before all was counted."""
    plan = plan_for(args)
    dataset = cifar10.load_samples() if args.samples else test_set(args.data)
    plan.positions(dataset)  # complains about too few images before the networks are loaded
    earlier = storage.load(args.json) if args.resume and is_there(args.json) else None

    with loading_tensorflow():
        from advgui.models.loading import load_pipeline  # imports TensorFlow

    pipeline = load_pipeline(args.classifier, args.autoencoder)
    provenance = provenance_of(pipeline, plan.scenarios)
    # After every shard: it took long, and other machines may be lost with it.
    line, partial = ProgressLine(sys.stderr), PartialFile(args.json, storage.to_json, each=args.cluster is not None)
    code, ended_by = 0, None
    with ExitStack() as cluster:
        if earlier is None:
            steps: Iterator[Progress] = evaluate(pipeline, dataset, plan, provenance, args.batch_size)
        else:
            steps = resume(pipeline, dataset, plan, provenance, earlier, args.batch_size)
        latest = next(steps)  # nothing is computed yet; complains about a result of something else
        if args.cluster:
            engine = cluster.enter_context(on_cluster.engine_for(args))
            order = Order(on_cluster.source(args), expected(provenance, dataset), plan, args.batch_size)
            steps = evaluate_on(engine, order, dataset, latest.report, args.shard)
        try:
            for latest in steps:
                line.show(progress_text(latest), latest.fraction, brief_text(latest))
                if latest.done:
                    partial.keep(latest.report)
        except KeyboardInterrupt as interrupt:
            code = interruption.exit_code(interrupt)
        except AdvguiError as error:  # a plug-in's, say: what was counted before is as good as after an interruption
            if not latest.done:
                raise
            ended_by = error
    line.close(progress_text(latest))
    return latest.report, code, ended_by


def test_set(folder: Path | None) -> cifar10.Dataset:
    """Return the test set of CIFAR-10.

    Raises:
        DataError: It is not there, or damaged; the message names the bundled images as a way out.
    """
    try:
        return cifar10.load("test", folder)
    except DataError as error:
        raise DataError(f"{error} Without it, evaluate the twenty bundled images: --samples.") from error


def progress_text(progress: Progress) -> str:
    """Return where an evaluation stands, in one line, with the counts of the last run."""
    text = (
        f"{progress.done:,} of {progress.total:,} images, {progress.images_per_second:.1f} images/s, "
        f"{duration(progress.seconds_left)} left"
    )
    if isinstance(progress, ClusterProgress):
        text += f", {progress.cluster.text}"
    if not progress.done:
        return text
    run = progress.report.runs[-1]
    letters = {column.key: column.letter for column in run.scenario.columns}
    counts = ", ".join(f"({letters[key]}) {progress.report.tally(run, key).correct:,}" for key in run.predictions)
    return f"{text}; {run.scenario.protocol} {run.scenario.attack.name}, right: {counts}"


def brief_text(progress: Progress) -> str:
    """Return the same for a terminal of 80 columns: the time left, and the accuracies of the last run in per cent."""
    left = f"{duration(progress.seconds_left)} left" if progress.seconds_left < inf else ""
    if isinstance(progress, ClusterProgress):
        left = f"{progress.cluster.workers} workers, {left}" if left else progress.cluster.text
    if not progress.done:
        return left
    run = progress.report.runs[-1]
    letters = {column.key: column.letter for column in run.scenario.columns}
    shares = " ".join(f"{letters[key]} {progress.report.tally(run, key).accuracy:.1%}" for key in run.predictions)
    return f"{left}: {shares}"


def _write(report: Report, outputs: Mapping[str, Path]) -> None:
    """Write every file that can be written, then complain about those that cannot."""
    failures = []
    for name, path in outputs.items():
        try:
            write_atomically(path, _WRITERS[name][1](report) if name in _WRITERS else _figure(report, name, path))
        except OSError as error:
            failures.append(f"'{path}' could not be written ({error.strerror or error}); what was there is unchanged.")
        else:
            print(f"Written: {path}", file=sys.stderr)
    if failures:
        raise AdvguiError(" ".join([*failures, "Choose another place with enough room and run the command again."]))


def _figure(report: Report, name: str, path: Path) -> bytes:
    return _FIGURES[name.split(" ")[0]](report).file(drawing.kind_of(path))
