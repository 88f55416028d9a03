"""A pipeline without TensorFlow: the same interface, a seeded linear classifier, and gates to hold it anywhere."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event, Semaphore

import numpy as np

from advgui.attacks import ATTACKS
from advgui.gui.threads.live_worker import Loaded
from advgui.types import Bounds, Column, FloatArray, IntArray, Outcome, ProtocolName, Scenario

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PATIENCE = 60  # seconds, for a gate that no test opened: a failure instead of a hang


class Linear:
    """Logits from a seeded matrix on the colour means of a 2x2 grid."""

    bounds = Bounds()
    class_names = CLASS_NAMES

    def __init__(self) -> None:
        self._weights = np.random.default_rng(5).normal(0, 6, (12, 10)).astype(np.float32)

    def features(self, images: FloatArray) -> FloatArray:
        height, width = images.shape[1] // 2, images.shape[2] // 2
        blocks = images[:, : 2 * height, : 2 * width].reshape(len(images), 2, height, 2, width, 3).mean(axis=(2, 4))
        return blocks.reshape(len(images), 12)

    def logits(self, images: FloatArray) -> FloatArray:
        return self.features(images) @ self._weights

    def loss_gradient(self, images: FloatArray, labels: IntArray) -> FloatArray:
        count, height, width, _ = images.shape
        chosen = -self._weights[:, labels].T.reshape(count, 2, 1, 2, 1, 3)
        shape = (count, 2, height // 2, 2, width // 2, 3)
        return np.broadcast_to(chosen, shape).reshape(images.shape).astype(np.float32)


class FakePipeline:
    """Computes at once unless `gate` is cleared; `entered` counts the requests that reached it."""

    def __init__(self, protocols: Sequence[ProtocolName] = (ProtocolName.CORRECTED,)) -> None:
        self.protocols = tuple(protocols)
        self.classifier = Linear()
        self.gate = Event()
        self.gate.set()
        self.entered = Semaphore(0)
        self.asked: list[tuple[Scenario, ...]] = []
        self.errors: list[Exception] = []
        self.on_run: Callable[[], None] = lambda: None

    def run_many(
        self, images: FloatArray, labels: IntArray | None, indices: IntArray, scenarios: Sequence[Scenario]
    ) -> list[Outcome]:
        self.asked.append(tuple(scenarios))
        self.entered.release()
        self.on_run()
        if not self.gate.wait(PATIENCE):
            raise TimeoutError("no test opened the gate")
        if self.errors:
            raise self.errors.pop(0)
        return [self.run(images, labels, indices, scenario) for scenario in scenarios]

    def run(self, images: FloatArray, labels: IntArray | None, indices: IntArray, scenario: Scenario) -> Outcome:
        probabilities = {Column.CLEAN: self._classify(images)}
        known = probabilities[Column.CLEAN].argmax(axis=1) if labels is None else labels
        attack = ATTACKS[scenario.attack]
        attacked = attack(self.classifier, images, known, scenario.strength, scenario.seed, indices)
        made = {Column.CLEAN: images, Column.ATTACKED: attacked}
        restored = (attacked + attacked.mean(axis=(1, 2), keepdims=True)) / 2
        if scenario.autoencoder:
            made[Column.AUTOENCODER] = restored
        if scenario.randomization:
            made[Column.RANDOMIZATION] = _padded(attacked)
        if scenario.autoencoder and scenario.randomization:
            made[Column.BOTH] = _padded(restored)
        for column in made:
            probabilities[column] = self._classify(made[column])
        change = (attacked - images).reshape(len(images), -1)
        outcome = Outcome(
            scenario=replace(scenario),
            images=made,
            probabilities=probabilities,
            labels=known,
            linf=np.abs(change).max(axis=1),
            l2=np.linalg.norm(change, axis=1).astype(np.float32),
            clipped=np.zeros(len(images), np.float32),
        )
        for array in (*made.values(), *probabilities.values()):
            array.flags.writeable = False
        return outcome

    def _classify(self, images: FloatArray) -> FloatArray:
        powers = np.exp(self.classifier.logits(images))
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _padded(images: FloatArray) -> FloatArray:
    side = max(images.shape[1:3]) // 8
    return np.pad(images, ((0, 0), (side, 0), (0, side), (0, 0)))


class FakeLoad:
    """A load function that can be held, or fail."""

    def __init__(self, pipeline: FakePipeline, error: Exception | None = None) -> None:
        self.pipeline, self.error = pipeline, error
        self.gate = Event()
        self.gate.set()
        self.begun = Event()

    def __call__(self, tell: Callable[[str], None]) -> Loaded:
        tell("Loading TensorFlow")
        self.begun.set()
        if not self.gate.wait(PATIENCE):
            raise TimeoutError("no test opened the gate")
        if self.error is not None:
            raise self.error
        tell("Preparing FGSM")
        return Loaded(self.pipeline, "CPU")  # type: ignore[arg-type]
