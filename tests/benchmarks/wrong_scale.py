"""How much of the scaling mistake a classifier tolerates: its accuracy on x/255, entered behind standardizing.

    python -m tests.benchmarks.wrong_scale [FILE.keras ...]

Prints, for each classifier, the accuracy on validation images that are fed as they should be, and as x/255 behind
the standardizing layer, both unattacked: columns (a) and (b) of the control row *as published*. The test set is not
touched.
"""

import sys
from pathlib import Path

from advgui import resources
from advgui.data import cifar10
from advgui.images import to_float
from advgui.models.architectures import without_standardizing
from advgui.models.classifier import Network
from advgui.models.loading import load_classifier
from advgui.scaling import standardized
from advgui.types import FloatArray

BATCH = 250


def main(paths: list[Path]) -> None:
    """Measure and print."""
    _, validation = cifar10.load_training()
    images = to_float(validation.images)
    print(f"{'classifier':40} {'standardized':>12} {'x/255':>8}   {len(images):,} validation images, unattacked")
    for path in paths:
        body = Network(without_standardizing(load_classifier(path).model))

        def accuracy(fed: FloatArray, body: Network = body) -> float:
            parts = (slice(start, start + BATCH) for start in range(0, len(fed), BATCH))
            return sum(int((body(fed[p]).argmax(axis=1) == validation.labels[p]).sum()) for p in parts) / len(fed)

        print(f"{path.stem:40} {accuracy(standardized(images)):12.2%} {accuracy(images):8.2%}", flush=True)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or [resources.trained() / "classifier.keras"])
