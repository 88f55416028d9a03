"""What attacks cost beyond their gradients, and how fast they are beside foolbox and ART.

Run it alone on an idle machine: `python -m tests.benchmarks.attack_speed [IMAGES]`. It prints ratios alone: what is
compared takes turns, and each one's best round counts, because other work on a machine only ever makes a round slower.
"""

import sys
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from advgui import images
from advgui.attacks import ATTACKS, Examples
from advgui.data import cifar10
from advgui.defenses.randomization import Randomization
from advgui.models.classifier import Classifier
from advgui.models.loading import load_pipeline
from advgui.parameters import NO_SETTINGS
from advgui.victim import Victim
from tests.benchmarks.evaluation_against_peers import compiled

ROUNDS = 5
STEPS = 10
DRAWS = 10
EPSILON = 8 / 255
# Aims: little beyond the gradients themselves, faster than the faster peer, and little for the random draws.
LARGEST_OVERHEAD = 1.3
FASTER_THAN_PEER = 1.3
LEAST_SHARE = 0.85

Work = Callable[[], object]


def best(works: Mapping[str, Work], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the seconds of each one's best round; they take turns, after one round that does not count."""
    seconds = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds


def pgd(classifier: Classifier, examples: Examples) -> None:
    """Attack a batch by PGD."""
    attack = ATTACKS["pgd"]
    attack(Victim(classifier), examples, attack.settings(EPSILON, steps=STEPS, random_start=False))


def averaged(classifier: Classifier, examples: Examples) -> None:
    """Compute one gradient through the randomization layer, the mean of many draws."""
    Victim(classifier, [(Randomization(), NO_SETTINGS)], DRAWS).loss_gradient(examples.images, examples)


def bare(classifier: Classifier, examples: Examples, times: int) -> None:
    """Compute compiled gradients, and nothing else."""
    for _ in range(times):
        classifier.loss_gradient(examples.images, examples.labels)


def with_foolbox(classifier: Classifier, examples: Examples) -> Work:
    """PGD by foolbox."""
    import foolbox
    import tensorflow as tf

    model = foolbox.TensorFlowModel(compiled(classifier.model), bounds=(0, 1), device="/CPU:0")
    attack = foolbox.attacks.LinfProjectedGradientDescentAttack(rel_stepsize=0.25, steps=STEPS, random_start=False)
    goal = foolbox.criteria.Misclassification(tf.constant(examples.labels))
    return lambda: attack.run(model, tf.constant(examples.images), goal, epsilon=EPSILON)


def with_art(classifier: Classifier, examples: Examples) -> Work:
    """PGD by ART; it also looks whether it succeeded, once at the end, as ours does."""
    import keras
    from art.attacks.evasion import ProjectedGradientDescent
    from art.estimators.classification import TensorFlowV2Classifier

    estimator = TensorFlowV2Classifier(
        compiled(classifier.model),
        nb_classes=10,
        input_shape=(32, 32, 3),
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1),
    )
    attack = ProjectedGradientDescent(
        estimator, eps=EPSILON, eps_step=EPSILON / 4, max_iter=STEPS, batch_size=len(examples), verbose=False
    )
    return lambda: attack.generate(examples.images, y=examples.labels)


def main(count: int = 100) -> int:
    """Run the comparisons; returns 0 if all aims are met."""
    warnings.simplefilter("ignore")  # the peers warn about frameworks that are not installed
    data = cifar10.load("test")
    classifier = load_pipeline().classifier
    assert isinstance(classifier, Classifier)
    many = Examples(images.to_float(data.images[:count]), data.labels[:count], data.indices[:count])
    one = many.some(np.array([0]))

    seconds = best({"ours": partial(pgd, classifier, one), "bare": partial(bare, classifier, one, STEPS)}, rounds=30)
    overhead = seconds["ours"] / seconds["bare"]
    print(f"one image, PGD-{STEPS}: {overhead:.2f} times as long as {STEPS} bare gradients")

    peers = {"foolbox": with_foolbox(classifier, many), "ART": with_art(classifier, many)}
    seconds = best({"ours": partial(pgd, classifier, many), **peers})
    for peer in peers:
        print(f"{count} images, PGD-{STEPS}: ours is {seconds[peer] / seconds['ours']:.2f} times as fast as {peer}")
    faster = min(seconds[peer] for peer in peers) / seconds["ours"]

    seconds = best({"ours": partial(averaged, classifier, many), "bare": partial(bare, classifier, many, DRAWS)})
    share = seconds["bare"] / seconds["ours"]
    print(f"{count} images, mean of {DRAWS} draws: {share:.0%} of the rate of bare gradients")
    print(f"aims: at most {LARGEST_OVERHEAD}; at least {FASTER_THAN_PEER} for both; at least {LEAST_SHARE:.0%}")
    return 0 if overhead <= LARGEST_OVERHEAD and faster >= FASTER_THAN_PEER and share >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
