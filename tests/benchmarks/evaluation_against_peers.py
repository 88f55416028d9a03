"""The same 2,000 images with FGSM and columns (a), (b), (c): ours, foolbox, and the Adversarial Robustness Toolbox.

Run it alone on an idle machine: `python -m tests.benchmarks.evaluation_against_peers [IMAGES] [BATCH]`. The peers get
the same network as a compiled function. It prints images a second, their ratios, and what share of this machine's own
matrix-product rate ours reaches. The three take turns, and each one's best of several rounds counts, because other
work on a machine only ever makes a round slower.
"""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from advgui import images
from advgui.data import cifar10
from advgui.models.loading import load_pipeline
from advgui.pipeline import Pipeline
from advgui.scenarios import scenario as make
from advgui.types import FloatArray, IntArray, Link, ProtocolName

EPSILON = 8 / 255
ROUNDS = 3
# Aims: faster than the faster peer, and near what the machine can multiply.
FASTER_THAN_PEER = 1.3
SHARE_OF_MATRIX_RATE = 0.6

Counts = tuple[int, int, int]  # right in columns (a), (b), (c)
Contestant = Callable[[FloatArray, IntArray], Counts]


def ours(pipeline: Pipeline) -> Contestant:
    """Our pipeline, as batch evaluation drives it."""
    scenario = make("fgsm", EPSILON, chain=(Link("autoencoder"),))

    def evaluate(pixels: FloatArray, labels: IntArray) -> Counts:
        outcome = pipeline.prepare(pixels, labels, np.arange(len(labels))).run(scenario)
        a, b, c = (int(outcome.correct(column).sum()) for column in ("clean", "attacked", "autoencoder"))
        return a, b, c

    return evaluate


def _right(logits: FloatArray, labels: IntArray) -> int:
    return int((np.asarray(logits).argmax(axis=1) == labels).sum())


def with_foolbox(pipeline: Pipeline) -> Contestant:
    """foolbox on a compiled model."""
    import foolbox
    import tensorflow as tf

    classify, restore = compiled(pipeline.classifier.model), compiled(_autoencoder(pipeline))
    model = foolbox.TensorFlowModel(classify, bounds=(0, 1), device="/CPU:0")
    attack = foolbox.attacks.LinfFastGradientAttack(random_start=False)

    def evaluate(pixels: FloatArray, labels: IntArray) -> Counts:
        tensor, wanted = tf.constant(pixels), tf.constant(labels)
        attacked = attack.run(model, tensor, foolbox.criteria.Misclassification(wanted), epsilon=EPSILON)
        return (
            _right(model(tensor), labels),
            _right(model(attacked), labels),
            _right(model(restore(attacked)), labels),
        )

    return evaluate


def with_art(pipeline: Pipeline) -> Contestant:
    """The Adversarial Robustness Toolbox on a compiled model."""
    import keras
    from art.attacks.evasion import FastGradientMethod
    from art.estimators.classification import TensorFlowV2Classifier

    classify, restore = compiled(pipeline.classifier.model), compiled(_autoencoder(pipeline))
    estimator = TensorFlowV2Classifier(
        classify,
        nb_classes=10,
        input_shape=(32, 32, 3),
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1),
    )

    def evaluate(pixels: FloatArray, labels: IntArray) -> Counts:
        attacked = FastGradientMethod(estimator, eps=EPSILON, batch_size=len(pixels)).generate(pixels, y=labels)
        return (
            _right(estimator.predict(pixels), labels),
            _right(estimator.predict(attacked), labels),
            _right(estimator.predict(np.asarray(restore(attacked))), labels),
        )

    return evaluate


class _Callable:
    """A compiled network that accepts the `training` argument that peers pass."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, inputs: object, training: bool = False) -> object:
        return self._function(inputs)


def compiled(model: Any) -> Callable[..., object]:
    """Return a network as a compiled function."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, 32, 32, 3), tf.float32)]
    return _Callable(tf.function(lambda x: model(x, training=False), input_signature=signature))


def _autoencoder(pipeline: Pipeline) -> Any:
    restoring = pipeline.procedures[ProtocolName.CORRECTED].defense("autoencoder", "fgsm")
    return restoring.network.model


def operations(model: Any) -> float:
    """Multiplications and additions of the convolutions and dense layers of a network, for an image of 32 px."""
    import keras

    everything = keras.Model(model.inputs, [layer.output for layer in model.layers[1:]])
    shapes = everything.compute_output_shape((1, 32, 32, 3))
    total = 0.0
    for layer, shape in zip(model.layers[1:], shapes, strict=True):
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            places = float(np.prod(shape[1:-1])) if len(shape) == 4 else 1.0
            total += 2 * places * float(np.prod(layer.kernel.shape))
    return total


def matrix_rate(size: int = 2048, rounds: int = 8) -> float:
    """Floating-point operations a second of a plain matrix product on this machine, by TensorFlow."""
    import tensorflow as tf

    matrix = tf.random.stateless_normal((size, size), (1, 2))
    product = tf.function(lambda x: tf.reduce_sum(x @ x))
    product(matrix).numpy()
    best = min(_seconds(lambda: product(matrix).numpy()) for _ in range(rounds))
    return 2 * size**3 / best


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@dataclass
class _Result:
    seconds: float
    counts: tuple[int, ...]


def run(contestant: Contestant, pixels: FloatArray, labels: IntArray, batch: int) -> _Result:
    """Evaluate all images in batches; time and counts."""
    totals = np.zeros(3, int)
    start = time.perf_counter()
    for first in range(0, len(labels), batch):
        totals += contestant(pixels[first : first + batch], labels[first : first + batch])
    return _Result(time.perf_counter() - start, tuple(totals.tolist()))


def main(count: int = 2000, batch: int = 100) -> int:
    """Run the comparison; returns 0 if both aims are met."""
    warnings.simplefilter("ignore")  # the peers warn about frameworks that are not installed
    data = cifar10.load("test")
    pixels, labels = images.to_float(data.images[:count]), data.labels[:count]
    pipeline = load_pipeline()
    contestants = {"ours": ours(pipeline), "foolbox": with_foolbox(pipeline), "ART": with_art(pipeline)}
    for contestant in contestants.values():  # compile
        contestant(pixels[:batch], labels[:batch])
    rates = [matrix_rate()]
    results: dict[str, _Result] = {}
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            result = run(contestant, pixels, labels, batch)
            if name not in results or result.seconds < results[name].seconds:
                results[name] = result
        rates.append(matrix_rate())
    print(f"{count} images, batches of {batch}, FGSM {EPSILON:.4f}, columns (a), (b), (c); best of {ROUNDS} rounds")
    for name, result in results.items():
        ratio = result.seconds / results["ours"].seconds
        rate = count / result.seconds
        print(f"{name:>8}: {rate:8.1f} images/s, ours is {ratio:.2f} times as fast, right {result.counts}")
    forward = operations(pipeline.classifier.model)
    # What the task needs: three passes forward, and one backward to the input that costs about as much as one forward.
    done = (4 * forward + operations(_autoencoder(pipeline))) * count / results["ours"].seconds
    share = done / max(rates)
    print(f"matrix product: {max(rates) / 1e9:.0f} GFLOP/s; ours: {done / 1e9:.0f} GFLOP/s, a share of {share:.0%}")
    faster = min(results["foolbox"].seconds, results["ART"].seconds) / results["ours"].seconds
    print(f"aims: {faster:.2f} times the faster peer (at least {FASTER_THAN_PEER}), ", end="")
    print(f"{share:.0%} of the matrix product (at least {SHARE_OF_MATRIX_RATE:.0%})")
    return 0 if faster >= FASTER_THAN_PEER and share >= SHARE_OF_MATRIX_RATE else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
