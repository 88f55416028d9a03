"""AutoAttack on the adversarially trained network: what the ensemble of Croce and Hein (ICML 2020) leaves.

    python -m tests.benchmarks.autoattack [--images N] [--classifier NAME] [--state FILE]

L∞, 8/255, by somebody who knows the network, on the first test images. The attacks are those that `AutoAttack` of the
Adversarial Robustness Toolbox (ART) runs, with its settings: APGD on the cross-entropy and on the difference of logits
ratio (100 steps, 5 random starts each), DeepFool and Square (5,000 queries); and then, as with its `targeted=True`,
APGD towards each of the nine other classes. The reference implementation has FAB in DeepFool's place. An image that
falls to one is not attacked by the next. What an attack returns counts only inside the ball and the range of pixels.

What is done is kept in a file, so that the same command goes on after a stop. For comparison, PGD-20 of this program
attacks the same images.
"""

import argparse
import json
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from advgui.commands import arguments
from advgui.data import cifar10
from advgui.evaluation.intervals import Tally
from advgui.files import write_atomically
from advgui.images import to_float
from advgui.models.loading import load_pipeline
from advgui.pipeline import Pipeline
from advgui.scenarios import scenario
from advgui.types import ATTACKED, CLEAN

EPSILON = 8 / 255
PORTION = 40  # images between two writings
CLASSES = len(cifar10.CLASS_NAMES)
Attack = Callable[[np.ndarray, np.ndarray], np.ndarray]


def main() -> None:
    """Attack, and print what is left after each attack."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=200, help="first test images (default: %(default)s)")
    parser.add_argument("--classifier", type=arguments.network, default="robust-classifier")
    parser.add_argument("--state", type=Path, help="what is done (default: runs/autoattack-NAME.json)")
    args = parser.parse_args()
    path = args.state or Path("runs") / f"autoattack-{args.classifier.stem}.json"

    pipeline = load_pipeline(args.classifier)
    chosen = cifar10.load("test").select(np.arange(args.images))
    images, labels = to_float(chosen.images), chosen.labels
    state = _state(path, pipeline.classifier.sha256)
    for start in range(0, args.images, PORTION):
        if str(start) not in state["own"] or len(state["own"][str(start)]["clean"]) < len(
            images[start : start + PORTION]
        ):
            state["own"][str(start)] = _own(pipeline, images[start : start + PORTION], labels[start : start + PORTION])
            write_atomically(path, json.dumps(state))
    clean = np.concatenate([state["own"][key]["clean"] for key in sorted(state["own"], key=int)])[: args.images]
    pgd = np.concatenate([state["own"][key]["pgd"] for key in sorted(state["own"], key=int)])[: args.images]
    held = clean.astype(bool)
    print(f"{args.images} images, {pipeline.classifier.name}, L-infinity 8/255")
    _say("clean", held)
    _say("PGD-20", pgd.astype(bool))
    for name, attack in _attacks(pipeline.classifier.model):
        tried: dict[str, bool] = state["attacks"].setdefault(name, {})
        for start in range(0, args.images, PORTION):
            part = [place for place in range(start, min(start + PORTION, args.images)) if held[place]]
            missing = [place for place in part if str(place) not in tried]
            if missing:
                np.random.seed(start)
                moved = _admitted(attack(images[missing], labels[missing]), images[missing])
                right = pipeline.classifier.logits(moved).argmax(axis=1) == labels[missing]
                tried |= {str(place): bool(holds) for place, holds in zip(missing, right, strict=True)}
                write_atomically(path, json.dumps(state))
                print(f"  {name}: {start + PORTION} images", flush=True)
        held &= [tried.get(str(place), True) for place in range(args.images)]
        _say(f"after {name}", held)


def _state(path: Path, sha256: str) -> dict[str, Any]:
    """Return what is done."""
    if path.exists():
        state: dict[str, Any] = json.loads(path.read_text())
        if state["classifier"] != sha256:
            raise SystemExit(f"'{path}' is of another network. Move it away, or name another file with --state.")
        return state
    path.parent.mkdir(parents=True, exist_ok=True)
    return {"classifier": sha256, "own": {}, "attacks": {}}


def _own(pipeline: Pipeline, images: np.ndarray, labels: np.ndarray) -> dict[str, list[int]]:
    """Return which images are predicted right as they are, and under this program's PGD."""
    batch = pipeline.prepare(images, labels, np.arange(len(images)))
    outcome = batch.run(scenario("pgd", EPSILON, settings={"steps": 20}, chain=()))
    return {name: outcome.correct(key).astype(int).tolist() for name, key in (("clean", CLEAN), ("pgd", ATTACKED))}


def _admitted(moved: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Return the attacked images, and the clean one in place of one that left the ball or the range of pixels."""
    change = np.abs(moved - images).reshape(len(images), -1).max(axis=1)
    fits = (change <= EPSILON + 1e-6) & (moved.reshape(len(images), -1).min(axis=1) >= 0)
    fits &= moved.reshape(len(images), -1).max(axis=1) <= 1
    return np.where(fits[:, None, None, None], moved, images).astype(np.float32)


def _attacks(model: Any) -> Iterator[tuple[str, Attack]]:
    """Yield the attacks by name; each is called with images and their true classes."""
    os.environ.setdefault("TQDM_DISABLE", "1")
    warnings.filterwarnings("ignore")  # optional frameworks that are not there
    import tensorflow as tf
    from art.attacks.evasion import AutoProjectedGradientDescent, DeepFool, SquareAttack
    from art.estimators.classification import TensorFlowV2Classifier

    def cross_entropy(labels: Any, logits: Any) -> Any:
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, logits))

    compiled = tf.function(
        lambda pixels: model(pixels, training=False),
        input_signature=[tf.TensorSpec((None, 32, 32, 3), tf.float32)],
        autograph=False,
    )
    art = TensorFlowV2Classifier(
        model=lambda pixels, training=False: compiled(pixels),
        nb_classes=CLASSES,
        input_shape=(32, 32, 3),
        loss_object=cross_entropy,
        clip_values=(0.0, 1.0),
    )

    def apgd(loss: str, targeted: bool = False) -> Any:
        return AutoProjectedGradientDescent(
            art, eps=EPSILON, eps_step=2 * EPSILON, max_iter=100, nb_random_init=1 if targeted else 5,
            batch_size=PORTION, loss_type=loss, targeted=targeted, verbose=False,
        )  # fmt: skip

    def one_hot(labels: np.ndarray) -> np.ndarray:
        return np.eye(CLASSES, dtype=np.float32)[labels]

    def towards(shift: int) -> Attack:
        made = apgd("cross_entropy", targeted=True)
        return lambda images, labels: made.generate(images, one_hot((labels + shift) % CLASSES))

    for loss, name in (("cross_entropy", "APGD-CE"), ("difference_logits_ratio", "APGD-DLR")):
        made = apgd(loss)
        yield name, lambda images, labels, made=made: made.generate(images, one_hot(labels))
    for shift in range(1, CLASSES):
        yield f"APGD-T {shift}", towards(shift)
    fool = DeepFool(art, max_iter=100, epsilon=1e-3, nb_grads=10, batch_size=PORTION, verbose=False)
    yield "DeepFool", lambda images, labels: fool.generate(images, one_hot(labels))
    square = SquareAttack(art, eps=EPSILON, max_iter=5000, p_init=0.8, nb_restarts=1, batch_size=PORTION, verbose=False)
    yield "Square", lambda images, labels: square.generate(images, one_hot(labels))


def _say(what: str, held: np.ndarray) -> None:
    tally = Tally(int(held.sum()), len(held))
    print(f"{what:16} {tally.accuracy:7.1%}  ({tally.low:.1%} to {tally.high:.1%})", flush=True)


if __name__ == "__main__":
    main()
