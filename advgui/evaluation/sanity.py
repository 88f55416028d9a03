"""Sanity lights: nine ways in which an evaluation can contradict itself.

After Carlini et al., *On evaluating adversarial robustness* (2019), and the flags of AutoAttack (Croce and Hein, ICML
2020): an attack that fails makes every defense look robust, so it is the attack that has to be doubted first. Green
does not mean that an accuracy is the truth; red means that it is not.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from advgui.attacks import Access
from advgui.evaluation.comparing import (
    FEWEST_IMAGES,
    LEVEL,
    Findings,
    State,
    Verdict,
    accesses,
    aimed_at,
    attack_of,
    described,
    is_iterated,
    setting,
    size,
    worst,
)
from advgui.evaluation.intervals import sign_test
from advgui.evaluation.report import Report, Run, as_measured
from advgui.outcomes import Outcome
from advgui.scenarios import starts_standardized, strength_text
from advgui.types import ATTACKED, CLEAN, ProtocolName

# With more, most of what reaches the classifier is a bound, and not what the attack made.
_MOST_CLIPPED = 1 / 2
# An attack that leaves half of its ball unused in every image is not as strong as the table says.
_LEAST_USED = 1 / 2
# AutoAttack warns of a single image without a gradient. Only values are counted, so as many of them as one image has
# are that warning, or one in a hundred where there are few images. A small network may look at few pixels, and still be
# attacked; with less than one value in a hundred there is no gradient to speak of.
_FEW_ZEROS, _MOST_ZEROS = 1 / 100, 99 / 100
_ONE_STEP = "One step may overshoot what is near: an iterated attack tells more."
_OTHER_SCALE = "It is the protocol's doing, which scales images otherwise, and not the attack's."


@dataclass(frozen=True)
class Light:
    """What one check says.

    Attributes:
        name: Identifier.
        title: What ought to be true.
        state: Whether it is.
        numbers: What that was derived from; where it is grey, why, or what to add.
        meaning: What red would mean, in a sentence.
    """

    name: str
    title: str
    state: State
    numbers: str
    meaning: str


def lights(report: Report) -> tuple[Light, ...]:
    """Return the nine lights of a report, whole or partial, always in the same order."""
    return _lights(Findings(report.runs, report.labels, len(report.class_names)))


def lights_of(outcome: Outcome) -> tuple[Light, ...]:
    """Return the nine lights of one outcome; what takes several runs or many images to tell is grey."""
    images = len(outcome.labels)
    values = int(np.prod(outcome.images[ATTACKED].shape))
    strength = outcome.scenario.strength
    run = Run(
        scenario=outcome.scenario,
        predictions={key: outcome.predictions(key).astype(np.int16) for key in outcome.probabilities},
        linf=as_measured(float(outcome.linf.max()), strength),
        clipped=round(float(outcome.clipped.mean(dtype=np.float64)) * values) if images else 0,
        values=values,
        l2=as_measured(float(outcome.l2.max()), strength),
        effort=outcome.effort,
    )
    return _lights(Findings((run,), outcome.labels, outcome.probabilities[CLEAN].shape[1]))


def _lights(findings: Findings) -> tuple[Light, ...]:
    found = []
    for name, title, check, meaning in _CHECKS:
        state, numbers, _ = check(findings) if len(findings.labels) else Verdict(State.GREY, "There is no image yet.")
        found.append(Light(name, title, state, numbers, f"Red would mean that {meaning}"))
    return tuple(found)


def _nothing_at_zero(findings: Findings) -> Verdict:
    verdicts = []
    for run in (run for run in findings.runs if run.is_control):
        others = int(np.count_nonzero(run.predictions[ATTACKED] != run.predictions[CLEAN]))
        numbers = (
            f"At strength 0 ({described(run)}) the largest change of a value is {run.linf:.3g}, and (b) is predicted "
            f"otherwise than (a) for {others:,} of {len(findings.labels):,} images."
        )
        state = State.GREEN
        if run.linf or others:
            state = State.RED if run.scenario.protocol is ProtocolName.CORRECTED else State.AMBER
            numbers += "" if state is State.RED else f" {_OTHER_SCALE}"
        verdicts.append(Verdict(state, numbers, -others))
    return worst(verdicts, "The strength is not 0. A control, at strength 0, tells.")


def _within_epsilon(findings: Findings) -> Verdict:
    verdicts = []
    for run in findings.runs:
        attack, strength = attack_of(run), run.scenario.strength
        if attack is None or attack.norm is None:
            continue
        measured = run.linf if attack.norm == "linf" else run.l2
        if measured is None:
            verdicts.append(Verdict(State.GREY, "The L2 norm was not recorded. Evaluate again."))
            continue
        norm = "L∞" if attack.norm == "linf" else "L2"
        numbers = (
            f"{described(run)}: the largest {norm} norm of a change is {strength_text(attack.name, measured)}, of "
            f"{strength_text(attack.name, strength)}."
        )
        used = measured / strength if strength else float(measured > 0) * 2
        state = State.RED if measured > strength else State.GREEN
        if state is State.GREEN and strength and used < _LEAST_USED:
            state = State.AMBER
            numbers += (
                f" No image uses more than {100 * used:.3g} % of the ball: its steps or its gradient are too small."
            )
        verdicts.append(Verdict(state, numbers, used if state is State.AMBER else -used))
    return worst(verdicts, "No attack here has a norm that its strength bounds.")


def _clipping(findings: Findings) -> Verdict:
    verdicts = []
    for run in findings.runs:
        numbers = f"{described(run)}: {100 * run.clipped_share:.1f} % of the values were clipped."
        state = State.GREEN
        if run.is_control and run.clipped:
            state = State.AMBER if starts_standardized(run.scenario) else State.RED
            numbers += f" {_OTHER_SCALE}" if starts_standardized(run.scenario) else ""
        elif run.clipped_share > _MOST_CLIPPED:
            state = State.AMBER
            numbers += " What reaches the classifier is made by clipping more than by the attack."
        verdicts.append(Verdict(state, numbers, -run.clipped_share))
    return worst(verdicts, "")


def _zero_gradients(findings: Findings) -> Verdict:
    verdicts = []
    images = len(findings.labels)
    for run in findings.runs:
        if run.is_control or accesses(run) is not Access.GRADIENT:
            continue
        effort = run.effort
        if effort is None:
            verdicts.append(Verdict(State.GREY, "Zeros were not counted when this was evaluated. Evaluate again."))
        elif effort.gradient_values:
            zeros = effort.zero_share
            numbers = (
                f"{described(run)}: {effort.zero_values:,} of {effort.gradient_values:,} values of gradients are "
                f"exactly 0 ({100 * zeros:.3g} %)."
            )
            state = State.GREEN
            if zeros >= min(_FEW_ZEROS, 1 / images):
                state = State.RED if zeros > _MOST_ZEROS else State.AMBER
                numbers += " A softmax is saturated, a step has no gradient, or the network looks at few pixels."
            verdicts.append(Verdict(state, numbers, -zeros))
    return worst(verdicts, "No attack here has followed a gradient.")


def _strength_helps(findings: Findings) -> Verdict:
    controls = {_course(run, any_knowledge=True): run for run in findings.runs if run.is_control}
    courses: dict[Hashable, list[Run]] = defaultdict(list)
    for run in findings.runs:
        if not run.is_control and aimed_at(run.scenario) is not None:
            courses[_course(run)].append(run)
    pairs = []
    for runs in courses.values():
        control = controls.get(_course(runs[0], any_knowledge=True))
        ordered = sorted(runs, key=lambda run: run.scenario.strength)
        pairs += list(pairwise(ordered if control is None else [control, *ordered]))
    verdicts = []
    for weaker, stronger in pairs:
        excuse = "" if is_iterated(stronger) or accesses(stronger) is not Access.GRADIENT else _ONE_STEP
        verdict = findings.contradiction(stronger, weaker, stronger.scenario, len(pairs), excuse)
        if verdict.state is not State.GREEN and _both_at_chance(findings, stronger, weaker):
            verdict = Verdict(State.GREEN, f"{verdict.numbers} Both are no better than guessing.", verdict.margin)
        verdicts.append(verdict)
    return _of_many(findings, verdicts, "There is one strength alone. Evaluate several strengths of an attack.")


def _course(run: Run, *, any_knowledge: bool = False) -> Hashable:
    """Return what runs have in common that differ in their strength; at strength 0 knowledge makes no difference."""
    scenario = run.scenario
    if any_knowledge:
        return scenario.attack.name, scenario.protocol, scenario.chain, scenario.seed, scenario.draws, scenario.rule
    return scenario.attack.name, scenario.attack.settings.pairs[1:], setting(run)


def _both_at_chance(findings: Findings, stronger: Run, weaker: Run) -> bool:
    column = aimed_at(stronger.scenario)
    if column is None or stronger.scenario.target is not None:
        return False
    low, high = findings.left(stronger, column).low, findings.left(weaker, column).high
    return low <= findings.chance <= high


def _steps_help(findings: Findings) -> Verdict:
    pairs = [
        (run, other)
        for runs in _alike(findings, Access.GRADIENT)
        for run in runs
        if is_iterated(run)
        for other in runs
        if not is_iterated(other)
    ]
    verdicts = [findings.contradiction(many, one, many.scenario, len(pairs)) for many, one in pairs]
    return _of_many(
        findings, verdicts, "Evaluate an attack in one step (FGSM) and an iterated one (PGD) at the same strength."
    )


def _gradients_help(findings: Findings) -> Verdict:
    pairs = []
    for runs in _alike(findings, Access.GRADIENT, Access.PROBABILITIES):
        white = [run for run in runs if accesses(run) is Access.GRADIENT]
        column = aimed_at(runs[0].scenario)
        if white and column is not None:
            strongest = min(white, key=lambda run: findings.left(run, column).correct)
            pairs += [(strongest, run) for run in runs if accesses(run) is Access.PROBABILITIES]
    verdicts = [findings.contradiction(white, black, white.scenario, len(pairs)) for white, black in pairs]
    return _of_many(
        findings, verdicts, "Evaluate an attack without gradients (Square) beside one with them, at the same strength."
    )


def _alike(findings: Findings, *kinds: Access) -> Iterable[list[Run]]:
    """Return the runs of some kinds that differ in the attack alone, and are of the same size."""
    found: dict[Hashable, list[Run]] = defaultdict(list)
    for run in findings.runs:
        is_one = not run.is_control and accesses(run) in kinds and size(run) is not None
        if is_one and aimed_at(run.scenario) is not None:
            found[setting(run), size(run)].append(run)
    return found.values()


def _down_to_chance(findings: Findings) -> Verdict:
    strongest: dict[Hashable, Run] = {}
    for run in findings.runs:
        aims = accesses(run) in (Access.GRADIENT, Access.PROBABILITIES) and aimed_at(run.scenario) is not None
        if aims and not run.is_control and run.scenario.target is None:
            before = strongest.setdefault(_course(run), run)
            if run.scenario.strength > before.scenario.strength:
                strongest[_course(run)] = run
    verdicts = []
    for run in strongest.values():
        attack, column = attack_of(run), aimed_at(run.scenario)
        assert attack is not None
        assert column is not None
        left, most = findings.left(run, column), attack.strength.high
        numbers = (
            f"{described(run)} leaves {100 * left.accuracy:.1f} % right in ({column.letter}) (95 % interval "
            f"{100 * left.low:.1f} to {100 * left.high:.1f} %); chance is {100 * findings.chance:.3g} %."
        )
        state = State.GREEN
        if left.low > findings.chance and run.scenario.strength < most:
            state = State.GREY
            numbers += f" It is not its full strength: evaluate up to {strength_text(attack.name, most)}."
        elif left.low > findings.chance:
            state = State.RED if is_iterated(run) else State.AMBER
            numbers += "" if state is State.RED else f" {_ONE_STEP}"
        verdicts.append(Verdict(state, numbers, -left.accuracy))
    return _of_many(findings, verdicts, "No attack here leads away from the true class by what it asks the classifier.")


def _direction_helps(findings: Findings) -> Verdict:
    random = {(_place(run), size(run)): run for run in findings.runs if run.scenario.attack.name == "random_signs"}
    pairs = [
        (run, random[_place(run), size(run)])
        for runs in _alike(findings, Access.GRADIENT, Access.PROBABILITIES)
        for run in runs
        if (_place(run), size(run)) in random
    ]
    verdicts = []
    for run, noise in pairs:
        verdict = findings.contradiction(run, noise, run.scenario, len(pairs))
        column = aimed_at(run.scenario)
        assert column is not None
        attacked, noisy = (findings.held(one, column, run.scenario.target) for one in (run, noise))
        for_it = sign_test(int(np.count_nonzero(noisy & ~attacked)), int(np.count_nonzero(attacked & ~noisy)))
        # Where noise alone brings accuracy down to chance there is nothing left to tell.
        if verdict.state is State.GREEN and for_it > LEVEL and findings.left(noise, column).low > findings.chance:
            told = f"{verdict.numbers} The other way round, p = {for_it:.2g}: noise of the same size may do as much."
            verdict = Verdict(State.AMBER, told, verdict.margin)
        verdicts.append(verdict)
    return _of_many(findings, verdicts, "Evaluate random signs too, at the strength of an attack in L∞.")


def _place(run: Run) -> Hashable:
    scenario = run.scenario
    return scenario.protocol, scenario.chain, scenario.seed, scenario.draws, scenario.rule


def _of_many(findings: Findings, verdicts: list[Verdict], otherwise: str) -> Verdict:
    """Return the worst verdict, if there are enough images to tell."""
    images = len(findings.labels)
    if images < FEWEST_IMAGES:
        return Verdict(State.GREY, f"It takes a batch evaluation of {FEWEST_IMAGES} images or more; here: {images}.")
    return worst(verdicts, otherwise)


_CHECKS: tuple[tuple[str, str, Callable[[Findings], Verdict], str], ...] = (
    (
        "strength-0",
        "Strength 0 changes nothing",
        _nothing_at_zero,
        "something besides the attack changes the images, such as a wrong scale: no row of the table could be trusted.",
    ),
    (
        "norm",
        "The change stays within epsilon",
        _within_epsilon,
        "the attack leaves its ball, and its successes are those of a larger epsilon than the table says.",
    ),
    (
        "clipping",
        "Clipping changes little",
        _clipping,
        "clipping changes images that nobody attacked: they are outside the range that the attack assumes.",
    ),
    (
        "zero-gradients",
        "Gradients are not exactly zero",
        _zero_gradients,
        "the attack follows a gradient that is not there, saturated or masked: that it fails says nothing.",
    ),
    (
        "strengths",
        "More strength does not help the defender",
        _strength_helps,
        "the attack fails in a larger ball, which contains the smaller: the accuracy is the attack's fault.",
    ),
    (
        "steps",
        "Many steps do at least as much as one",
        _steps_help,
        "the iterated attack is set badly, or misled by a masked gradient: the accuracy under it is too high.",
    ),
    (
        "white-box",
        "White box does at least as much as black box",
        _gradients_help,
        "gradients hide what mere queries find: they are masked, and the accuracy under the white box is too high.",
    ),
    (
        "chance",
        "At full strength accuracy falls to chance",
        _down_to_chance,
        "the attack fails even where nothing limits it, so that its failures at small strengths say nothing.",
    ),
    (
        "random-signs",
        "Random signs of the same size do less",
        _direction_helps,
        "what the attack learns from the classifier is worth less than noise: its direction is wrong.",
    ),
)
