"""From images and a scenario to its columns: the one pipeline under window, dialog and command line. NumPy alone."""

from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from advgui.attacked_batch import AttackedBatch
from advgui.attacks import ATTACKS, Access, Attack, Examples, Memo, finished
from advgui.columns import Passage, classify, read_only, together
from advgui.defenses import Defense
from advgui.errors import AdvguiError
from advgui.outcomes import Draws, Effort, Outcome, Position, Sweep
from advgui.parameters import Settings
from advgui.protocols import Procedure
from advgui.types import ATTACKED, CLEAN, Column, FloatArray, IntArray, Link, ProtocolName, Scenario
from advgui.victim import Classifying, Victim, softmax


class Pipeline:
    """Runs scenarios with loaded networks. It keeps nothing: what outlives a change belongs to a `Batch`.

    Args:
        procedures: For each protocol whose networks are there, how it feeds what; *corrected* at least.
        device: Where the networks compute, "CPU" or "GPU: ...".
    """

    def __init__(self, procedures: Mapping[ProtocolName, Procedure], device: str = "CPU") -> None:
        self.procedures = dict(procedures)
        self.device = device

    @property
    def classifier(self) -> Classifying:
        """The classifier of the protocol *corrected*."""
        return self.procedures[ProtocolName.CORRECTED].classifier

    @property
    def has_autoencoder(self) -> bool:
        """Whether the protocol *corrected* has one; without it, its columns cannot be computed."""
        return self.procedures[ProtocolName.CORRECTED].defense("autoencoder", "") is not None

    def procedure(self, protocol: ProtocolName) -> Procedure:
        """Return how a protocol feeds what.

        Raises:
            AdvguiError: Its networks are not there.
        """
        if protocol not in self.procedures:
            raise AdvguiError(
                f"The networks for the protocol '{protocol}' are not there: it needs the bundled classifier "
                f"and the files published-autoencoder-*.keras in 'trained'. Use '{ProtocolName.CORRECTED}'."
            )
        return self.procedures[protocol]

    def links(self, scenario: Scenario, chain: tuple[Link, ...]) -> list[tuple[Defense, Settings]]:
        """Return the mitigations of a scenario's links that are on, with their networks and checked settings.

        Raises:
            AdvguiError: A mitigation is not known, or its network is not there.
            ValueError: A setting is out of its range.
        """
        procedure = self.procedure(scenario.protocol)
        found = []
        for link in chain:
            if link.on:
                defense = procedure.defense(link.name, scenario.attack.name)
                if defense is None:
                    raise AdvguiError(
                        f"There is no {link.name} for this attack. Switch it off, or install the program again."
                    )
                found.append((defense, defense.settings(**link.settings)))
        return found

    def prepare(
        self, images: FloatArray, labels: IntArray | None, indices: IntArray, *, keeps_draws: bool = False
    ) -> "Batch":
        """Take a batch of images, to run scenarios on.

        Args:
            images: float32 (N, H, W, 3) in [0, 1], N at least 1, H and W multiples of 8; not to be changed meanwhile.
            labels: int64 (N,), true classes; None takes the classifier's own predictions on the clean images.
            indices: int64 (N,), the images' indices, which choose their random numbers.
            keeps_draws: Whether single draws of random mitigations are kept for a look, and taken one at a time (see
                `Batch.stages`).

        Raises:
            ValueError: Shapes or dtypes do not fit.
        """
        if images.ndim != 4 or images.dtype != np.float32 or len(images) == 0:
            raise ValueError(f"Images are {images.dtype} {images.shape}, expected float32 (N, H, W, 3) with N > 0.")
        return Batch(self, images, labels, indices, keeps_draws)


class _Step(NamedTuple):
    step: int
    steps: int
    made: AttackedBatch


@dataclass(frozen=True)
class Stage:
    """Where a scenario stands that is computed in pieces: its attack is iterated, or draws are taken one at a time.

    Attributes:
        step: Steps of the attack that are done, from 1; 0 where it has finished and draws are still to come.
        steps: How many there are to be.
        effort: What they cost.
        outcome: Computes the columns as they are after this step; to be called before the next one. Where draws are
            kept it takes one of them, and one more each time it is called again.
    """

    step: int
    steps: int
    effort: Effort
    outcome: Callable[[], Outcome]


class Batch:
    """Images under scenarios.

    What one scenario computes is reused by the next, where it does not depend on the change: a new strength needs no
    new gradient, a new mitigation no new attack.

    Results for an image depend neither on its neighbours nor on what ran before.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        images: FloatArray,
        labels: IntArray | None,
        indices: IntArray,
        keeps_draws: bool = False,
    ) -> None:
        self._pipeline = pipeline
        self._images = read_only(images)
        self._given_labels = labels
        self._indices = indices
        self._keeps_draws = keeps_draws
        # By what the classifier is fed, and by the classifier: the two protocols as published have both in common.
        self._clean: dict[tuple[type[Procedure], Classifying], FloatArray] = {}
        # One for each attack under each protocol: a window shows them side by side.
        self._memos: dict[Hashable, tuple[Hashable, Memo]] = {}
        self._made: dict[Hashable, AttackedBatch] = {}

    def run(self, scenario: Scenario) -> Outcome:
        """Run one scenario.

        Raises:
            AdvguiError: The attack or a mitigation is not known, or the networks for it are not there.
            ContractError: An attack or a mitigation did not keep to its contract.
            ValueError: A setting is out of its range.
        """
        return finished(self.stages(scenario))

    def stages(self, scenario: Scenario, pause: Callable[[], None] = lambda: None) -> Generator[Stage, None, Outcome]:
        """Run one scenario a step of its attack at a time, and then, where draws are kept, a draw at a time.

        Where the attack is not iterated it has no steps, and where draws are not kept, all are taken at once.

        Args:
            scenario: As for `run`, with the same errors.
            pause: Called within long steps; what it raises ends the work, and nothing of an attack is kept then that
                has not finished.

        Yields:
            Where it stands, after each step and after each draw but the last. Whoever stops listening has lost that
            attack alone.

        Returns:
            What `run` returns.
        """
        procedure = self._pipeline.procedure(scenario.protocol)
        links = dict(zip(_names_on(scenario), self._pipeline.links(scenario, scenario.chain), strict=True))
        steps = self._attacked(procedure, scenario, pause)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                made: AttackedBatch = end.value
                break
            chain = Passage(scenario, links, self._indices, step.made.images)
            position = Position(step.step, step.steps)
            outcome = partial(self._outcome, procedure, scenario, chain, step.made, position)
            yield Stage(step.step, step.steps, step.made.effort, outcome)
        chain = Passage(scenario, links, self._indices, made.images)
        while True:
            pause()
            found = self._outcome(procedure, scenario, chain, made)
            if found.draws_left == 0:
                return found
            yield Stage(0, 0, made.effort, partial(_same, found))

    def sweep(
        self, scenario: Scenario, strengths: Sequence[float], pause: Callable[[], None] = lambda: None
    ) -> Generator[None, None, Sweep]:
        """Run one scenario at several strengths, which go through mitigations and classifier together.

        For a batch of one image. What was attacked last is still kept afterwards. Numbers may differ from those of
        `run` by what rounding makes of another batch size.

        Args:
            scenario: As for `run`, with the same errors; its own strength does not matter.
            strengths: At least one.
            pause: As for `stages`.

        Yields:
            After each step of an iterated attack, and before each draw of random mitigations.

        Returns:
            The answers at all strengths.
        """
        procedure = self._pipeline.procedure(scenario.protocol)
        links = dict(zip(_names_on(scenario), self._pipeline.links(scenario, scenario.chain), strict=True))
        attacked = []
        for strength in strengths:
            steps = self._attacked(procedure, scenario.at(strength), pause, is_kept=False)
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    attacked.append(end.value.images)
                    break
                yield
        passage = Passage(scenario, links, np.repeat(self._indices, len(strengths)), np.concatenate(attacked))
        columns = [column for column in scenario.columns if column.key != CLEAN]
        answers: dict[str, list[FloatArray]] = {column.key: [] for column in columns}
        for draw in range(scenario.draws):
            pause()
            images = {
                column.key: passage.images(column.links, draw)
                for column in columns
                if draw == 0 or passage.is_random(column)
            }
            for key, values in classify(procedure.classifier, images).items():
                answers[key].append(values)
            if not any(map(passage.is_random, columns)):
                break
            yield
        probabilities = {
            column.key: together(scenario, answers[column.key])
            if passage.is_random(column)
            else read_only(answers[column.key][0])
            for column in columns
        }
        return Sweep(tuple(strengths), MappingProxyType(probabilities), int(self._labels(procedure)[0]))

    def _outcome(
        self,
        procedure: Procedure,
        scenario: Scenario,
        chain: Passage,
        made: "AttackedBatch",
        position: Position | None = None,
    ) -> Outcome:
        columns = {column.key: column for column in scenario.columns if column.key != CLEAN}
        random = {key: column for key, column in columns.items() if chain.is_random(column)}
        keys = {key: _column_key(scenario, column, chain, self._keeps_draws) for key, column in columns.items()}
        if made.is_unchanged:
            # Nothing was changed, so nothing may change: another batch size could round another way.
            made.columns.setdefault(keys[ATTACKED], (made.images, self._classified_clean(procedure)))
        fixed = {
            key: chain.images(column.links, 0)
            for key, column in columns.items()
            if key not in random and keys[key] not in made.columns
        }
        for key, probabilities in classify(procedure.classifier, fixed).items():
            made.columns[keys[key]] = read_only(fixed[key]), read_only(probabilities)
        shown = {key: made.columns[keys[key]] for key in columns if key not in random}
        draws: dict[str, Draws] = {}
        left = 0
        if self._keeps_draws:
            kept = {key: made.draws.setdefault(keys[key], []) for key in random}
            left = self._take_draw(procedure.classifier, scenario, chain, random, kept)
            taken = {key: found[: scenario.draws - left] for key, found in kept.items()}
            for key, found in taken.items():
                shown[key] = found[0][0], together(scenario, [answers for _, answers in found])
            if scenario.draws > 1:
                draws = {key: Draws(*map(tuple, zip(*found, strict=True))) for key, found in taken.items()}
        else:
            missing = {key: column for key, column in random.items() if keys[key] not in made.columns}
            for key, column in self._all_draws(procedure.classifier, scenario, chain, missing).items():
                made.columns[keys[key]] = column
            shown |= {key: made.columns[keys[key]] for key in random}
        made.forget_all_but(set(keys.values()))
        return Outcome(
            scenario=scenario,
            images={CLEAN: self._images} | {key: shown[key][0] for key in columns},
            probabilities={CLEAN: self._classified_clean(procedure)} | {key: shown[key][1] for key in columns},
            labels=read_only(self._labels(procedure)),
            effort=made.effort,
            position=position,
            draws=MappingProxyType(draws),
            draws_left=left,
            **made.measured,
        )

    @staticmethod
    def _all_draws(
        classifier: Classifying, scenario: Scenario, chain: Passage, columns: Mapping[str, Column]
    ) -> dict[str, tuple[FloatArray, FloatArray]]:
        """Return images of the first draw and probabilities of all together, for random columns."""
        images: dict[str, FloatArray] = {}
        answers: dict[str, list[FloatArray]] = {key: [] for key in columns}
        for draw in range(scenario.draws if columns else 0):
            drawn = {key: chain.images(column.links, draw) for key, column in columns.items()}
            images = images or drawn
            for key, values in classify(classifier, drawn).items():
                answers[key].append(values)
        return {key: (read_only(images[key]), together(scenario, answers[key])) for key in images}

    @staticmethod
    def _take_draw(
        classifier: Classifying,
        scenario: Scenario,
        chain: Passage,
        columns: Mapping[str, Column],
        kept: Mapping[str, list[tuple[FloatArray, FloatArray]]],
    ) -> int:
        """Take the next draw of those random columns that have fewest, if any is missing.

        Returns:
            How many are missing after that.
        """
        draw = min(map(len, kept.values()), default=scenario.draws)
        if draw >= scenario.draws:
            return 0
        behind = [key for key in columns if len(kept[key]) == draw]
        drawn = {key: chain.images(columns[key].links, draw) for key in behind}
        for key, values in classify(classifier, drawn).items():
            kept[key].append((read_only(drawn[key]), read_only(values)))
        return max(scenario.draws - min(map(len, kept.values())), 0)

    def _labels(self, procedure: Procedure) -> IntArray:
        if self._given_labels is not None:
            return self._given_labels
        predicted: IntArray = self._classified_clean(procedure).argmax(axis=1)
        return predicted

    def _classified_clean(self, procedure: Procedure, victim: Victim | None = None) -> FloatArray:
        """Return the probabilities of column (a); logits that came with a gradient on the same images are taken."""
        key = type(procedure), procedure.classifier
        if key not in self._clean:
            fed = procedure.classified(self._images)
            seen = victim.seen if victim is not None else None
            logits = seen[1] if seen is not None and seen[0] is fed else procedure.classifier.logits(fed)
            self._clean[key] = read_only(softmax(logits))
        return self._clean[key]

    def _attacked(
        self, procedure: Procedure, scenario: Scenario, pause: Callable[[], None], is_kept: bool = True
    ) -> Generator["_Step", None, "AttackedBatch"]:
        name = scenario.attack.name
        attack = _attack(name)
        known = self._pipeline.links(scenario, scenario.known_links) if attack.access is not Access.NOTHING else []
        uses_seed = attack.is_random or any(defense.is_random for defense, _ in known)
        depends_on: tuple[Hashable, ...] = (
            tuple(known),
            scenario.attacker_draws if known else None,
            scenario.target,
            scenario.seed if uses_seed else None,
        )
        place, settings = (name, scenario.protocol), scenario.attack.settings
        key = (attack, settings, depends_on)
        made = self._made.get(place)
        if made is not None and made.key == key:
            return made

        start = procedure.attacked(self._images, name)
        fed = procedure.classified(self._images)
        victim = Victim(procedure.classifier, known, scenario.attacker_draws, pause)
        memo_key = (attack, settings.pairs[1:], depends_on)
        kept_key, kept = self._memos.get(place, (None, None))
        memo = Memo(kept if kept_key == memo_key else None, lambda: victim.effort)
        self._memos[place] = memo_key, memo
        examples = Examples(start, self._labels(procedure), self._indices, scenario.seed, scenario.target)
        steps = attack.running(victim, examples, settings, memo)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                attacked, clipped = end.value
                break
            made = AttackedBatch.of(key, start, step.images, step.clipped, fed, victim.effort + memo.saved)
            yield _Step(step.step, step.steps, made)
        self._classified_clean(procedure, victim)
        made = AttackedBatch.of(key, start, attacked, clipped, fed, victim.effort + memo.saved)
        if is_kept:
            self._made[place] = made
        return made


def warm_up(pipeline: Pipeline, scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    """Compile what a live window needs at first, by running scenarios once on a grey image of 32 px.

    Args:
        pipeline: With loaded networks.
        scenarios: By what is being prepared, in a few words.

    Yields:
        What is being prepared, before each.
    """
    batch = pipeline.prepare(np.full((1, 32, 32, 3), 0.5, np.float32), None, np.zeros(1, np.int64))
    for text, scenario in scenarios.items():
        yield text
        batch.run(scenario)


def _attack(name: str) -> Attack:
    if name not in ATTACKS:
        raise AdvguiError(
            f"There is no attack '{name}'; there are {', '.join(ATTACKS)}. If it is from a plug-in, open that first."
        )
    return ATTACKS[name]


def _names_on(scenario: Scenario) -> list[str]:
    return [link.name for link in scenario.chain if link.on]


def _column_key(scenario: Scenario, column: Column, chain: Passage, keeps_draws: bool) -> Hashable:
    """Return what a column, or a draw of it that is kept, depends on, the attacked images aside."""
    if not chain.is_random(column):
        return chain.passed(column), None
    return chain.passed(column), scenario.seed if keeps_draws else (scenario.seed, scenario.draws, scenario.rule)


def _same(outcome: Outcome) -> Outcome:
    return outcome
