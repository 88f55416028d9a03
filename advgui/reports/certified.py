"""Certifications as tables for people, and as CSV for other programs."""

import csv
import io
import shlex
from collections.abc import Callable

from advgui import resources
from advgui.certification.report import Certification
from advgui.reports.latex import escaped_text
from advgui.reports.tables import interval, made_with, markdown, percent

CSV_FIELDS = (
    "sigma", "choosing", "estimating", "alpha", "denoised", "seed", "images", "complete", "radius", "certified",
    "total", "accuracy", "low", "high",
)  # fmt: skip


def to_text(report: Certification) -> str:
    """Return a table for a terminal: certified accuracy against radius, with intervals."""
    lines = [f"{'L2 radius':>10}{'certified':>12}{'95 % interval':>18}"]
    for radius in report.radii:
        tally = report.certified(radius)
        lines.append(f"{radius:>10g}{percent(tally):>12}{interval(tally):>18}")
    return "\n".join([*lines, "", *about(report), f"To reproduce: {command(report)}"]) + "\n"


def to_markdown(report: Certification) -> str:
    """Return a Markdown table: a column for each radius."""
    tallies = [report.certified(radius) for radius in report.radii]
    rows = [
        ["L2 radius", *(f"{radius:g}" for radius in report.radii)],
        ["---", *["---:"] * len(tallies)],
        ["certified accuracy", *(f"{percent(tally)}<br>{interval(tally)}" for tally in tallies)],
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n\n".join([table, "\n".join([*(f"{text}  " for text in about(report, markdown)), _made(report)])]) + "\n"


def _made(report: Certification) -> str:
    return f"Made by `{command(report)}`"


def to_latex(report: Certification) -> str:
    r"""Return LaTeX: a `tabular` for the package booktabs."""
    lines = ["% Needs \\usepackage{booktabs}.", *(f"% {text}" for text in about(report, escaped_text))]
    lines += [f"% To reproduce: {command(report)}", "", r"\begin{tabular}{rrr}", r"\toprule"]
    lines += [r"$L_2$ radius & certified & 95\,\% interval \\", r"\midrule"]
    for radius in report.radii:
        tally = report.certified(radius)
        lines.append(rf"{radius:g} & {percent(tally)} & {interval(tally).replace('-', '--')} \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def to_csv(report: Certification) -> str:
    """Return CSV with a header: a row for each radius; accuracies and intervals are shares in [0, 1]."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_FIELDS)
    how = report.smoothing
    for radius in report.radii:
        tally = report.certified(radius)
        accuracy = round(tally.accuracy, 6) if tally.total else ""
        made = (how.sigma, how.choosing, how.estimating, how.alpha, "yes" if how.denoised else "no", how.seed)
        of_all = (report.images, "yes" if report.complete else "no")
        counted = (tally.correct, tally.total, accuracy, round(tally.low, 6), round(tally.high, 6))
        writer.writerow([*made, *of_all, radius, *counted])
    return text.getvalue()


def about(report: Certification, foreign: Callable[[str], str] = str) -> list[str]:
    """Return the lines that say how a certification came to be (see `tables.about`)."""
    how = report.smoothing
    lines = []
    if not report.complete:
        lines.append(f"PARTIAL RESULT: {report.images:,} of {len(report.planned):,} planned images were certified.")
    through = "through the autoencoder and the classifier" if how.denoised else "through the classifier alone"
    return [
        *lines,
        f"{report.images:,} images ({foreign(report.dataset)}); noise of sigma {how.sigma:g} {through}; "
        f"{how.choosing:,} copies choose the class, {how.estimating:,} others bound its share; seed {how.seed}.",
        f"Certified accuracy in %: right, and no change of a shorter L2 length can alter it, for each image with "
        f"confidence {1 - how.alpha:.6g}. The vote abstains on {report.abstained:,} images; so many copies prove at "
        f"most the radius {report.largest_radius:.3f}.",
        *made_with(report.provenance, foreign),
    ]


def command(report: Certification) -> str:
    """Return the command line that reproduces a certification, for the networks that it names."""
    how, planned = report.smoothing, report.planned
    every = int(planned[1] - planned[0]) if len(planned) > 1 else 1
    options = [f"--sigma {how.sigma:g}", f"--n0 {how.choosing}", f"--n {how.estimating}", f"--alpha {how.alpha:g}"]
    options += [] if how.denoised else ["--without-autoencoder"]
    options += [f"--seed {how.seed}", f"--every {every}"]
    options.append(f"--images {int(planned[0])}:{int(planned[-1]) + 1}")
    options += ["--samples"] if report.dataset == "samples" else []
    for role in ("classifier", "autoencoder"):
        network = report.provenance.networks.get(role)
        if network is not None and network.name != role:
            is_bundled = (resources.trained() / f"{network.name}.keras").is_file()
            options.append(f"--{role} {shlex.quote(network.name if is_bundled else f'{network.name}.keras')}")
    return " ".join(["advgui certify", *options])
