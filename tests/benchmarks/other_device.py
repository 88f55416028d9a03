"""The program on another device, such as a GPU: which predictions come out otherwise there, and a step of training.

    python -m tests.benchmarks.other_device [--images N]

It repeats `trained/evaluation.json`, both protocols and both attacks, on the first test images, and counts the
predictions that are not those of the file: rounding may decide where two classes or the sign of a gradient tie. Then it
times steps of adversarial training on images of 32 px. `CUDA_VISIBLE_DEVICES=-1` gives the CPU's figures beside it.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from advgui import resources
from advgui.data import cifar10
from advgui.data.picture_folder import counted
from advgui.images import to_float
from advgui.models.classifier import device_name
from advgui.models.loading import load_pipeline
from advgui.pipeline import Pipeline
from advgui.reports import storage
from advgui.training import adversarial
from advgui.training.run import StepProgress

BATCH = 250
STEPS = 20
# In the first steps functions are compiled.
WARM = 5


def main() -> int:
    """Print both, and return 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000, help="first test images (default: %(default)s)")
    args = parser.parse_args()
    pipeline = load_pipeline()
    print(device_name())
    _predictions(pipeline, args.images)
    print(f"a step of adversarial training: {1000 * _step(pipeline):.0f} ms (median of {STEPS - WARM})")
    return 0


def _predictions(pipeline: Pipeline, images: int) -> None:
    """Print how many predictions of each attack are others than in the committed evaluation."""
    report = storage.load(resources.trained() / "evaluation.json")
    chosen = cifar10.load("test").select(np.arange(images))
    others: Counter[str] = Counter()
    started = time.perf_counter()
    right: Counter[tuple[int, str]] = Counter()
    for start in range(0, images, BATCH):
        part = chosen.select(np.arange(start, min(start + BATCH, images)))
        batch = pipeline.prepare(to_float(part.images), part.labels, part.indices)
        for number, run in enumerate(report.runs):
            outcome = batch.run(run.scenario)
            for column, committed in run.predictions.items():
                before, now = committed[part.indices], outcome.predictions(column)
                others[run.scenario.attack.name] += int((before != now).sum())
                right[number, column] += int((now == part.labels).sum()) - int((before == part.labels).sum())
    farthest = max(map(abs, right.values())) / images
    predictions = images * sum(len(run.predictions) for run in report.runs)
    print(f"{counted(images, 'image')}, {predictions:,} predictions in {time.perf_counter() - started:.0f} s")
    print("others than in trained/evaluation.json: " + ", ".join(f"{name} {count}" for name, count in others.items()))
    print(f"no accuracy moved by more than {farthest:.2%}")


def _step(pipeline: Pipeline) -> float:
    """Return the seconds of one step of adversarial training."""
    recipe = adversarial.Recipe(epochs=1, coarse_epochs=0)
    training, validation = cifar10.load_training()
    ends: list[float] = []

    def ended(_: StepProgress) -> None:
        ends.append(time.perf_counter())

    with TemporaryDirectory() as folder:
        some = training.select(np.arange(STEPS * recipe.batch_size))
        few = validation.select(np.arange(BATCH))
        adversarial.train(recipe, pipeline.classifier, some, few, Path(folder), ended)
    return median(np.diff(ends)[WARM - 1 :])


if __name__ == "__main__":
    sys.exit(main())
