"""From images and a scenario to the five columns: the one pipeline under window, dialog and command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from advgui.attacks import ATTACKS
from advgui.errors import AdvguiError
from advgui.models.archive import Source
from advgui.models.classifier import Classifier
from advgui.protocols import Protocol, load_protocols
from advgui.types import Bounds, Column, FloatArray, IntArray, Outcome, ProtocolName, Reading, Scenario

# Which columns go through the autoencoder, and which through the randomization layer.
_RESTORED = (Column.AUTOENCODER, Column.BOTH)
_RANDOMIZED = (Column.RANDOMIZATION, Column.BOTH)


@dataclass
class _Batch:
    """What was computed for the last batch and outlives a change of strength or mitigation."""

    images: FloatArray
    labels: IntArray | None
    indices: IntArray
    clean: dict[ProtocolName, FloatArray] = field(default_factory=dict)
    directions: dict[tuple[str, ProtocolName, Reading], tuple[int, FloatArray]] = field(default_factory=dict)
    outcomes: dict[tuple[str, ProtocolName, Reading], Outcome] = field(default_factory=dict)

    def is_for(self, images: FloatArray, labels: IntArray | None, indices: IntArray) -> bool:
        if labels is None or self.labels is None:
            same_labels = labels is self.labels
        else:
            same_labels = np.array_equal(labels, self.labels)
        return same_labels and np.array_equal(indices, self.indices) and np.array_equal(images, self.images)


class Pipeline:
    """Runs scenarios. Not thread-safe: it belongs to the thread that computes.

    Args:
        protocols: *corrected* at least.
    """

    def __init__(self, protocols: Mapping[ProtocolName, Protocol]) -> None:
        self.protocols = dict(protocols)
        self._batch: _Batch | None = None

    @classmethod
    def load(cls, classifier_path: Source | None = None, autoencoder_path: Source | None = None) -> "Pipeline":
        """Open the networks (the bundled ones by default).

        Raises:
            ModelFileError: A file is missing, damaged, foreign or unsafe.
        """
        return cls(load_protocols(classifier_path, autoencoder_path))

    @property
    def classifier(self) -> Classifier:
        """The classifier of the protocol *corrected*."""
        return self.protocols[ProtocolName.CORRECTED].classifier

    @property
    def has_autoencoder(self) -> bool:
        """Whether the protocol *corrected* has one; without it, columns (c) and (e) cannot be computed."""
        return self.protocols[ProtocolName.CORRECTED].autoencoder("", Reading.STANDARDIZED) is not None

    def warm_up(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Compile what a live window needs at first, the protocol *corrected*, by running it once.

        Args:
            progress: Told in a few words what is being prepared.
        """
        image = np.full((1, 32, 32, 3), 0.5, np.float32)
        for name, attack in ATTACKS.items():
            progress(f"Preparing {attack.label}")
            self.run(image, None, np.zeros(1, np.int64), Scenario(attack=name, autoencoder=self.has_autoencoder))
        self._batch = None

    def run_many(
        self, images: FloatArray, labels: IntArray | None, indices: IntArray, scenarios: Sequence[Scenario]
    ) -> list[Outcome]:
        """Run several scenarios on one batch; they share each gradient and each noise."""
        return [self.run(images, labels, indices, scenario) for scenario in scenarios]

    def run(self, images: FloatArray, labels: IntArray | None, indices: IntArray, scenario: Scenario) -> Outcome:
        """Run one scenario on a batch.

        Results for an image depend neither on its neighbours nor on what ran before. What an earlier call on the same
        batch computed is reused: a new strength needs no new gradient, a new mitigation no new attack.

        Args:
            images: float32 (N, H, W, 3) in [0, 1], N at least 1, H and W multiples of 8.
            labels: int64 (N,), true classes; None takes the classifier's own predictions on the clean images.
            indices: int64 (N,), the images' indices, which choose their random numbers.
            scenario: What to do.

        Returns:
            The computed columns.

        Raises:
            ValueError: Shapes, dtypes or ranges do not fit.
            AdvguiError: The networks for this protocol are not there.
        """
        if images.ndim != 4 or images.dtype != np.float32 or len(images) == 0:
            raise ValueError(f"Images are {images.dtype} {images.shape}, expected float32 (N, H, W, 3) with N > 0.")
        if scenario.protocol not in self.protocols:
            raise AdvguiError(
                f"The networks for the protocol '{scenario.protocol}' are not there: it needs the bundled classifier "
                f"and the files published-autoencoder-*.keras in 'trained'. Use '{ProtocolName.CORRECTED}'."
            )
        if self._batch is None or not self._batch.is_for(images, labels, indices):
            self._batch = _Batch(images.copy(), None if labels is None else labels.copy(), indices.copy())
        return self._run(self._batch, self.protocols[scenario.protocol], scenario)

    def _run(self, batch: _Batch, protocol: Protocol, scenario: Scenario) -> Outcome:
        key = (scenario.attack, scenario.protocol, scenario.reading)
        known = batch.outcomes.get(key)
        if known is None or _without_mitigations(known.scenario) != _without_mitigations(scenario):
            known = self._attack(batch, protocol, scenario)
        images, probabilities = dict(known.images), dict(known.probabilities)
        self._add_columns(protocol, scenario, batch.indices, images, probabilities)
        outcome = _read_only(replace(known, scenario=scenario, images=images, probabilities=probabilities))
        batch.outcomes[key] = outcome
        # What an earlier call computed for a mitigation that is off now stays in the cache, not in the answer.
        wanted = scenario.columns
        return replace(
            outcome,
            images={column: images[column] for column in wanted},
            probabilities={column: probabilities[column] for column in wanted},
        )

    def _attack(self, batch: _Batch, protocol: Protocol, scenario: Scenario) -> Outcome:
        """Return an outcome with the images of columns (a) and (b), and the probabilities of (a) at least."""
        attack = ATTACKS[scenario.attack]
        target = _Target(protocol.classifier)
        classified = protocol.classified(batch.images)
        clean = batch.clean.get(scenario.protocol)
        labels = batch.labels
        if labels is None:
            clean = _softmax(target.logits(classified)) if clean is None else clean
            labels = clean.argmax(axis=1)

        start = protocol.attacked(batch.images, scenario.attack, scenario.reading)
        key = (scenario.attack, scenario.protocol, scenario.reading)
        seed, direction = batch.directions.get(key, (None, None))
        if direction is None or (attack.is_random and seed != scenario.seed):
            direction = attack.direction(target, start, labels, scenario.seed, batch.indices)
            batch.directions[key] = (scenario.seed, direction)
        if clean is None:
            clean = _softmax(target.logits(classified))
        batch.clean[scenario.protocol] = clean

        attacked = attack.apply(target.bounds, start, direction, scenario.strength)
        probabilities = {Column.CLEAN: clean}
        if np.array_equal(attacked, classified):
            # Nothing was changed, so nothing may change: another batch size could round another way.
            probabilities[Column.ATTACKED] = clean
        return Outcome(
            scenario=scenario,
            images={Column.CLEAN: batch.images, Column.ATTACKED: attacked},
            probabilities=probabilities,
            labels=labels,
            **_measured(target.bounds, start, attacked, start + np.float32(scenario.strength) * direction),
        )

    def _add_columns(
        self,
        protocol: Protocol,
        scenario: Scenario,
        indices: IntArray,
        images: dict[Column, FloatArray],
        probabilities: dict[Column, FloatArray],
    ) -> None:
        """Compute the wanted columns that are not there yet, with one pass through the classifier for each size."""
        missing = [column for column in scenario.columns if column not in probabilities]
        attacked = images[Column.ATTACKED]
        restored = images.get(Column.AUTOENCODER)
        if restored is None and any(column in _RESTORED for column in missing):
            autoencoder = protocol.autoencoder(scenario.attack, scenario.reading)
            if autoencoder is None:
                raise AdvguiError(
                    "There is no autoencoder for this attack. Switch the autoencoder off, or install the program again."
                )
            restored = images[Column.AUTOENCODER] = autoencoder(attacked)
        source = {Column.RANDOMIZATION: attacked}
        if restored is not None:
            source[Column.BOTH] = restored

        native = [column for column in (Column.ATTACKED, Column.AUTOENCODER) if column in missing]
        if native:
            probabilities.update(_classify(protocol, {column: images[column] for column in native}))

        randomized = [column for column in _RANDOMIZED if column in missing]
        if not randomized:
            return
        total: dict[Column, FloatArray] = {}
        for draw in range(scenario.draws):
            height, width = attacked.shape[1:3]
            placement = protocol.randomization.draw(height, width, scenario.seed, indices, draw)
            drawn = {column: protocol.randomization.apply(source[column], placement) for column in randomized}
            if draw == 0:
                images.update(drawn)
            for column, values in _classify(protocol, drawn).items():
                total[column] = total[column] + values if draw else values
        probabilities.update({column: values / np.float32(scenario.draws) for column, values in total.items()})


class _Target:
    """A classifier under attack. The logits that come with a gradient are kept, for they are those of column (a)."""

    def __init__(self, classifier: Classifier) -> None:
        self.bounds = classifier.bounds
        self._classifier = classifier
        self._kept: tuple[FloatArray, FloatArray] | None = None

    def loss_gradient(self, images: FloatArray, labels: IntArray) -> FloatArray:
        gradient, logits = self._classifier.loss_gradient_and_logits(images, labels)
        self._kept = images, logits
        return gradient

    def logits(self, images: FloatArray) -> FloatArray:
        if self._kept is not None and np.array_equal(self._kept[0], images):
            return self._kept[1]
        return self._classifier.logits(images)


def _measured(bounds: Bounds, start: FloatArray, attacked: FloatArray, unclipped: FloatArray) -> dict[str, FloatArray]:
    """Return L-infinity, L2 and share of clipped values of each image's change."""
    count = len(start)
    change = np.abs(attacked - start).reshape(count, -1)
    outside = ((unclipped < bounds.low) | (unclipped > bounds.high)).reshape(count, -1)
    return {
        "linf": change.max(axis=1),
        "l2": np.sqrt(np.square(change, dtype=np.float64).sum(axis=1)).astype(np.float32),
        "clipped": outside.mean(axis=1, dtype=np.float32),
    }


def _classify(protocol: Protocol, columns: Mapping[Column, FloatArray]) -> dict[Column, FloatArray]:
    """Return probabilities for several columns of one size, in one pass."""
    stacked = np.concatenate(list(columns.values()))
    parts = np.split(_softmax(protocol.classifier.logits(stacked)), len(columns))
    return dict(zip(columns, parts, strict=True))


def _softmax(logits: FloatArray) -> FloatArray:
    exponentials: FloatArray = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


def _without_mitigations(scenario: Scenario) -> Scenario:
    return replace(scenario, autoencoder=False, randomization=False)


def _read_only(outcome: Outcome) -> Outcome:
    """Results cross threads by reference, so nobody may change them."""
    outcome.labels.flags.writeable = False
    measured = (outcome.linf, outcome.l2, outcome.clipped)
    for array in (*measured, *outcome.images.values(), *outcome.probabilities.values()):
        array.flags.writeable = False
    return outcome
