"""Compare ranges of the randomization layer on validation images; the default in `defenses.randomization` is from here.

    python -m tests.benchmarks.randomization_ranges [--images N]

Prints, for each range, the accuracy on clean images and under FGSM 8/255 through one draw. The test set is not touched.
"""

import argparse

import numpy as np

from advgui import resources
from advgui.attacks import ATTACKS, Examples
from advgui.data import cifar10
from advgui.defenses.randomization import Randomization
from advgui.images import to_float
from advgui.models.loading import load_classifier
from advgui.victim import Victim

RANGES = (
    Randomization(32, 34, 34, "nearest"),
    Randomization(32, 36, 36, "nearest"),
    Randomization(32, 40, 40, "nearest"),
    Randomization(32, 36, 36, "bilinear"),
    Randomization(32, 40, 40, "bilinear"),
    Randomization(36, 40, 40, "bilinear"),
    Randomization(28, 32, 32, "bilinear"),
    Randomization(27, 31, 32, "bilinear"),
    Randomization(26, 30, 32, "bilinear"),
    Randomization(26, 31, 32, "bilinear"),
    Randomization(26, 32, 32, "bilinear"),
    Randomization(25, 31, 32, "bilinear"),
    Randomization(24, 30, 32, "bilinear"),
    Randomization(24, 32, 32, "bilinear"),
    Randomization(24, 40, 40, "bilinear"),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=5000, help="validation images (default: %(default)s)")
    parser.add_argument("--epsilon", type=float, default=8 / 255)
    args = parser.parse_args()

    classifier = load_classifier(resources.trained() / "classifier.keras")
    _, validation = cifar10.load_training()
    chosen = validation.select(np.arange(args.images))
    images, labels, indices = to_float(chosen.images), chosen.labels, chosen.indices
    parts = [slice(start, start + 250) for start in range(0, len(images), 250)]

    def accuracy(images: np.ndarray, layer: Randomization | None) -> float:
        right = 0
        for part in parts:
            batch = images[part]
            if layer is not None:
                batch = layer.apply(batch, layer.draw(32, 32, 0, indices[part]))
            right += int((classifier.logits(batch).argmax(axis=1) == labels[part]).sum())
        return right / len(images)

    attack, victim = ATTACKS["fgsm"], Victim(classifier)
    settings = attack.settings(args.epsilon)
    attacked = np.concatenate(
        [attack(victim, Examples(images[part], labels[part], indices[part]), settings).images for part in parts]
    )
    print(f"{'range':32} {'clean':>7} {'FGSM':>7}")
    for layer in (None, *RANGES):
        name = f"{layer.smallest}..{layer.largest} on {layer.canvas}, {layer.method}" if layer else "without"
        print(f"{name:32} {accuracy(images, layer):7.2%} {accuracy(attacked, layer):7.2%}", flush=True)


if __name__ == "__main__":
    main()
