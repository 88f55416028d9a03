"""Going on with an evaluation that was stopped: the end is that of one that was not."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from advgui.errors import AdvguiError
from advgui.evaluation.plan import LabelledImages, Plan
from advgui.evaluation.report import Provenance, Report, hashes, merge
from advgui.evaluation.run import BATCH_SIZE, Progress, evaluate, is_of
from advgui.pipeline import Pipeline


def plan_of(earlier: Report) -> Plan:
    """Return the plan that a partial report is a part of, from its own scenarios and first to last image."""
    return Plan(tuple(run.scenario for run in earlier.runs), earlier.ranges[0][0], earlier.ranges[-1][1])


def differences(earlier: Report, plan: Plan, dataset: LabelledImages, provenance: Provenance) -> list[str]:
    """Return why a report is not a part of an evaluation, each reason in a few words; [] if it is.

    Args:
        earlier: What was found so far.
        plan: What is to be evaluated.
        dataset: On which images.
        provenance: With which networks and plug-ins.

    Raises:
        AdvguiError: The data set has fewer images than planned.
    """
    start, stop = plan.positions(dataset)
    different = [
        f"{name} {there} there, {now} now"
        for name, there, now in (
            ("data set", f"'{earlier.dataset}'", f"'{dataset.name}'"),
            ("images", _ranges(earlier.ranges), _ranges(((start, stop),))),
            ("networks", _short(hashes(earlier.provenance)), _short(hashes(provenance))),
            ("plug-ins", _plugins(earlier.provenance), _plugins(provenance)),
        )
        if there != now
    ]
    there, now = [run.scenario for run in earlier.runs], list(plan.scenarios)
    if there != now:
        news = [scenario.to_json() for scenario in now if scenario not in there]
        different.append(
            f"scenarios {len(there)} there, {len(now)} now" + (f", of which new: {news[0]}" if news else "")
        )
    planned = np.isin(earlier.indices, dataset.indices[start:stop])
    if not different and not (planned.all() and is_of(earlier, dataset)):
        different.append("other images or labels")
    return different


def missing(earlier: Report, plan: Plan, dataset: LabelledImages) -> list[tuple[int, int]]:
    """Return which images of a plan a report lacks, as ranges of positions in the data set, in order."""
    start, stop = plan.positions(dataset)
    lacks = ~np.isin(dataset.indices[start:stop], earlier.indices)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lacks, [False]]).astype(np.int8))) + start
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _ranges(ranges: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{start}:{stop}" for start, stop in ranges)


def _short(sha256: dict[str, str]) -> str:
    return ", ".join(f"{role} {value[:12]}" for role, value in sorted(sha256.items()))


def _plugins(provenance: Provenance) -> str:
    return ", ".join(f"{name} {file.sha256[:12]}" for name, file in sorted(provenance.plugins.items())) or "none"


def resume(
    pipeline: Pipeline,
    dataset: LabelledImages,
    plan: Plan,
    provenance: Provenance,
    earlier: Report,
    batch_size: int = BATCH_SIZE,
) -> Generator[Progress, None, Report]:
    """Evaluate what of a plan is missing in a report (see `evaluate`).

    Yields:
        Where the whole stands; every report holds what was there and what was added.

    Returns:
        The report that one evaluation without a stop would have given, to the byte of its JSON on the same machine.

    Raises:
        AdvguiError: The report is of something else (see `differences`), or as for `evaluate`.
    """
    different = differences(earlier, plan, dataset, provenance)
    if different:
        raise AdvguiError(
            f"What is to be gone on with is of something else: {'; '.join(different)}. Use the same settings, or start "
            "anew."
        )
    start, stop = plan.positions(dataset)
    total, whole = stop - start, earlier
    yield Progress(whole.images, total, whole.images / total, 0.0, np.inf if whole.images < total else 0.0, whole)
    for first, last in missing(earlier, plan, dataset):
        before = replace(whole, ranges=())  # what is planned is said at the end
        for step in evaluate(pipeline, dataset, replace(plan, start=first, stop=last), provenance, batch_size):
            if step.done + before.images > whole.images:
                whole = replace(merge([before, step.report]), ranges=((start, stop),))
            done = before.images + step.fraction * (last - first)
            speed = step.images_per_second
            left = (total - done) / speed if speed else np.inf
            yield Progress(whole.images, total, done / total, speed, left, whole)
    return whole
