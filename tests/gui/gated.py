"""The real pipeline on a classifier that needs no TensorFlow, with gates to hold it anywhere."""

from collections.abc import Callable, Generator, Sequence
from threading import Event, Semaphore

import numpy as np

from advgui import paper
from advgui.attacks import Loss
from advgui.defenses import Defense
from advgui.defenses.autoencoder import Autoencoder
from advgui.defenses.randomization import PublishedRandomization
from advgui.gui.threads.loading import Loaded
from advgui.outcomes import Outcome
from advgui.pipeline import Batch, Pipeline, Stage
from advgui.protocols import AsPublished, Corrected, Procedure
from advgui.types import PAPER_CHAIN, Bounds, FloatArray, IntArray, ProtocolName, Scenario, columns_of

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
# Of the paper's columns.
KEYS = tuple(column.key for column in columns_of(PAPER_CHAIN))
PATIENCE = 60  # seconds, for a gate that no test opened: a failure instead of a hang


class Linear:
    """Logits from a seeded matrix on the colour means of a 2x2 grid."""

    bounds = Bounds()
    class_names = CLASS_NAMES
    name = "linear"
    sha256 = "0" * 64

    def __init__(self) -> None:
        self._weights = np.random.default_rng(5).normal(0, 6, (12, 10)).astype(np.float32)

    def features(self, images: FloatArray) -> FloatArray:
        height, width = images.shape[1] // 2, images.shape[2] // 2
        blocks = images[:, : 2 * height, : 2 * width].reshape(len(images), 2, height, 2, width, 3).mean(axis=(2, 4))
        return blocks.reshape(len(images), 12)

    def logits(self, images: FloatArray) -> FloatArray:
        # Not as a matrix product, whose rounding depends on the size of the batch.
        logits: FloatArray = (self.features(images)[:, :, np.newaxis] * self._weights).sum(axis=1)
        return logits

    def loss_gradient_and_logits(
        self, images: FloatArray, labels: IntArray, loss: Loss = Loss.CROSS_ENTROPY
    ) -> tuple[FloatArray, FloatArray]:
        count, height, width, _ = images.shape
        logits = self.logits(images)
        wanted = np.eye(10, dtype=np.float32)[labels]
        if loss is Loss.CROSS_ENTROPY:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            others = powers / powers.sum(axis=1, keepdims=True)
        else:
            others = np.eye(10, dtype=np.float32)[np.where(wanted > 0, -np.inf, logits).argmax(axis=1)]
        errors = others - wanted
        blocks = (errors @ self._weights.T).reshape(count, 2, 1, 2, 1, 3) / (height // 2 * (width // 2))
        shape = (count, 2, height // 2, 2, width // 2, 3)
        return np.broadcast_to(blocks, shape).reshape(images.shape).astype(np.float32), logits


class Smoothing:
    """Halfway to the mean colour: what stands in for a trained autoencoder."""

    def __call__(self, images: FloatArray) -> FloatArray:
        return (images + images.mean(axis=(1, 2), keepdims=True)) / 2

    def vector_jacobian(self, images: FloatArray, gradient: FloatArray) -> FloatArray:
        return self(gradient)


class GatedPipeline(Pipeline):
    """Computes at once unless `gate` is cleared; `entered` counts the live requests that reached it."""

    def __init__(self, protocols: Sequence[ProtocolName] = (ProtocolName.CORRECTED,)) -> None:
        classifier, entered_behind, autoencoder = Linear(), Linear(), Autoencoder(Smoothing())
        procedures: dict[ProtocolName, Procedure] = {ProtocolName.CORRECTED: Corrected(classifier, autoencoder)}
        small = {one.autoencoder: Autoencoder(Smoothing(), one.autoencoder) for one in paper.PUBLISHED}

        def opened(name: str) -> Defense | None:
            return small.get(name)

        for name in dict.fromkeys(one.protocol for one in paper.PUBLISHED):
            if name in protocols:
                procedures[name] = AsPublished(entered_behind, name, PublishedRandomization(), opened)
        super().__init__(procedures)
        self.gate = Event()
        self.gate.set()
        self.entered = Semaphore(0)
        self.prepared = 0
        self.asked: list[Scenario] = []
        # For the next live requests.
        self.errors: list[Exception] = []
        self.on_run: Callable[[], None] = lambda: None
        self.on_step: Callable[[Stage], None] = lambda _: None

    def prepare(
        self, images: FloatArray, labels: IntArray | None, indices: IntArray, *, keeps_draws: bool = False
    ) -> Batch:
        self.prepared += 1
        return _GatedBatch(self, images, labels, indices, keeps_draws)

    def wait(self, scenario: Scenario) -> None:
        """What a request passes before it is computed, live or for a thumbnail's mark, which takes no mitigation."""
        live = bool(scenario.chain)
        if live:
            self.asked.append(scenario)
            self.entered.release()
        self.on_run()
        if not self.gate.wait(PATIENCE):
            raise TimeoutError("no test opened the gate")
        if live and self.errors:
            raise self.errors.pop(0)


class _GatedBatch(Batch):
    def __init__(
        self,
        pipeline: GatedPipeline,
        images: FloatArray,
        labels: IntArray | None,
        indices: IntArray,
        keeps_draws: bool = False,
    ) -> None:
        super().__init__(pipeline, images, labels, indices, keeps_draws)
        self._gate = pipeline

    def stages(self, scenario: Scenario, pause: Callable[[], None] = lambda: None) -> Generator[Stage, None, Outcome]:
        self._gate.wait(scenario)
        stages = super().stages(scenario, pause)
        while True:
            try:
                stage = next(stages)
            except StopIteration as end:
                return end.value
            self._gate.on_step(stage)
            yield stage


class GatedLoad:
    """A load function that can be held, or fail."""

    def __init__(self, pipeline: GatedPipeline, error: Exception | None = None) -> None:
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
        return Loaded(self.pipeline, "CPU")
