"""Certifying a data set, image by image: a generator whose every step is a valid partial result. NumPy alone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from advgui.certification.report import Certification
from advgui.certification.smoothing import Smoothed, Smoothing, Vote
from advgui.errors import AdvguiError
from advgui.evaluation.plan import LabelledImages
from advgui.evaluation.run import mismatch, provenance_of
from advgui.images import to_float
from advgui.pipeline import Pipeline
from advgui.scenarios import scenario
from advgui.types import IntArray, Link, ProtocolName, Scenario


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a certification is.

    Attributes:
        done: Images that are finished.
        total: Images in all.
        fraction: Share of the votes that are counted, in [0, 1].
        seconds_left: Estimate; infinite before the first vote.
        report: What was found so far.
    """

    done: int
    total: int
    fraction: float
    seconds_left: float
    report: Certification


def smoothed(pipeline: Pipeline, smoothing: Smoothing) -> Smoothed:
    """Return the smoothed classifier of a pipeline's networks.

    Raises:
        AdvguiError: An autoencoder is asked for, and there is none.
    """
    procedure = pipeline.procedure(ProtocolName.CORRECTED)
    autoencoder = procedure.defense("autoencoder", "") if smoothing.denoised else None
    if smoothing.denoised and autoencoder is None:
        raise AdvguiError("There is no autoencoder to denoise with. Certify without it, or install the program again.")
    return Smoothed(smoothing, procedure.classifier, autoencoder)


def scenarios_of(smoothing: Smoothing) -> tuple[Scenario, ...]:
    """Return what stands for a certification where the networks that are used are looked up."""
    return (scenario(strength=0.0, chain=(Link("autoencoder"),) if smoothing.denoised else ()),)


def begun(pipeline: Pipeline, dataset: LabelledImages, smoothing: Smoothing, positions: IntArray) -> Certification:
    """Return a certification of which nothing is done.

    Args:
        pipeline: With loaded networks.
        dataset: Images with true classes.
        smoothing: How.
        positions: int64 (P,), positions in the data set of the images that are to be certified, in ascending order.

    Raises:
        AdvguiError: The classifier tells other classes apart than the data set has.
    """
    reason = mismatch(pipeline.classifier.class_names, dataset.class_names)
    if reason:
        raise AdvguiError(reason)
    none = np.zeros((0, len(dataset.class_names)), np.int64)
    return Certification(
        dataset=dataset.name,
        class_names=dataset.class_names,
        smoothing=smoothing,
        planned=dataset.indices[positions],
        indices=np.zeros(0, np.int64),
        labels=np.zeros(0, np.int64),
        choosing=none,
        estimating=none,
        provenance=provenance_of(pipeline, scenarios_of(smoothing)),
    )


def certify(pipeline: Pipeline, dataset: LabelledImages, start: Certification) -> Iterator[Progress]:
    """Certify the planned images that are missing, in ascending order.

    Args:
        pipeline: With the networks of `start`.
        dataset: That of `start`.
        start: What is there already, from `begun` or from a run that was stopped.

    Yields:
        After each portion of votes, and once before the first.
    """
    target = smoothed(pipeline, start.smoothing)
    places = {int(index): place for place, index in enumerate(dataset.indices)}
    missing = [int(index) for index in np.setdiff1d(start.planned, start.indices)]
    report, total = start, len(start.planned)
    copies, began = start.smoothing.choosing + start.smoothing.estimating, time.monotonic()
    yield Progress(report.images, total, report.images / total, np.inf, report)
    for number, index in enumerate(missing):
        place = places[index]
        image, found = to_float(dataset.images[place]), {}
        for vote in Vote:
            for counts in target.votes(image, index, vote):
                found[vote] = counts
                share = sum(int(each.sum()) for each in found.values()) / copies
                spent = time.monotonic() - began
                if share < 1:
                    yield _progress(report, total, number + share, len(missing), spent)
        report = _with(report, index, int(dataset.labels[place]), found)
        yield _progress(report, total, number + 1, len(missing), time.monotonic() - began)


def _progress(report: Certification, total: int, done: float, missing: int, seconds: float) -> Progress:
    fraction = (total - missing + done) / total
    return Progress(report.images, total, fraction, seconds * (missing - done) / done, report)


def _with(report: Certification, index: int, label: int, votes: dict[Vote, IntArray]) -> Certification:
    place = int(np.searchsorted(report.indices, index))
    return replace(
        report,
        indices=np.insert(report.indices, place, index),
        labels=np.insert(report.labels, place, label),
        choosing=np.insert(report.choosing, place, votes[Vote.CHOOSING], axis=0),
        estimating=np.insert(report.estimating, place, votes[Vote.ESTIMATING], axis=0),
    )
