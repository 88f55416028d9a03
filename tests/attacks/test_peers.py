"""PGD, MI-FGSM and Square against foolbox and the Adversarial Robustness Toolbox (ART), on the bundled classifier.

The peers get the same network, forward, as a compiled function, and make gradients of their own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from advgui import images
from advgui.attacks import ATTACKS, Ascent, Examples, Loss
from advgui.data import cifar10
from advgui.evaluation.intervals import wilson
from advgui.models.classifier import Classifier
from advgui.parameters import Settings
from advgui.pipeline import Pipeline
from advgui.types import FloatArray
from advgui.victim import Victim

STEPS = 10
EPSILON = {"pgd": 8 / 255, "pgd_l2": 0.5, "mi_fgsm": 8 / 255}
PATH = {"pgd": 2.5, "pgd_l2": 2.5, "mi_fgsm": 1.0}

# Both import optional frameworks that are not there, and warn about it.
pytestmark = pytest.mark.filterwarnings("ignore")


class Compiled:
    """A network for peers; notes where they ask for gradients."""

    def __init__(self, model) -> None:
        import tensorflow as tf

        self._forward = tf.function(
            lambda pixels: model(pixels, training=False),
            input_signature=[tf.TensorSpec((None, 32, 32, 3), tf.float32)],
            autograph=False,
        )
        self._is_eager = tf.executing_eagerly
        self.places: list[FloatArray] = []

    def __call__(self, pixels, training: bool = False):
        if self._is_eager():
            self.places.append(pixels.numpy())
        return self._forward(pixels)


@pytest.fixture(scope="module")
def network(bundled: Pipeline) -> Compiled:
    """The bundled classifier, compiled once for all peers."""
    return Compiled(bundled.classifier.model)


@dataclass
class Walk:
    """Where a peer was before each step, and after the last one."""

    places: list[FloatArray]
    end: FloatArray


def foolbox_walk(network: Compiled, name: str, examples: Examples) -> Walk:
    """Ten steps of foolbox."""
    foolbox = pytest.importorskip("foolbox")
    import tensorflow as tf
    from foolbox.attacks import gradient_descent_base as descent

    class Momentum(foolbox.attacks.LinfMomentumIterativeFastGradientMethod):
        """foolbox adds up the signs of the gradients. Dong et al. add up gradients divided by their L1 length."""

        def normalize(self, gradients, *, x, bounds):
            return descent.normalize_lp_norms(gradients, p=1)

    kinds = {
        "pgd": foolbox.attacks.LinfProjectedGradientDescentAttack,
        "pgd_l2": foolbox.attacks.L2ProjectedGradientDescentAttack,
        "mi_fgsm": Momentum,
    }
    model = foolbox.TensorFlowModel(network, bounds=(0, 1), device="/CPU:0")
    goal = foolbox.criteria.Misclassification if examples.target is None else foolbox.criteria.TargetedMisclassification
    attack = kinds[name](rel_stepsize=PATH[name] / STEPS, steps=STEPS, random_start=False)
    classes = goal(tf.constant(examples.goal_labels))
    end = attack.run(model, tf.constant(examples.images), classes, epsilon=EPSILON[name])
    return Walk(list(network.places), end.numpy())


def art_estimator(network: Compiled):
    """The network as ART wants it."""
    pytest.importorskip("art")
    import keras
    from art.estimators.classification import TensorFlowV2Classifier

    return TensorFlowV2Classifier(
        network,
        nb_classes=10,
        input_shape=(32, 32, 3),
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1),
    )


def art_walk(network: Compiled, name: str, examples: Examples, kind: str) -> Walk:
    """Ten steps of one of ART's implementations."""
    estimator = art_estimator(network)
    from art.attacks.evasion.projected_gradient_descent import (
        projected_gradient_descent_numpy,
        projected_gradient_descent_tensorflow_v2,
    )

    if kind == "numpy":
        make = projected_gradient_descent_numpy.ProjectedGradientDescentNumpy
    else:
        make = projected_gradient_descent_tensorflow_v2.ProjectedGradientDescentTensorFlowV2
    attack = make(
        estimator,
        norm=2 if name == "pgd_l2" else np.inf,
        eps=EPSILON[name],
        eps_step=PATH[name] * EPSILON[name] / STEPS,
        # ART's MomentumIterativeMethod is its PGD with this; the one for TensorFlow refuses it.
        decay=1.0 if name == "mi_fgsm" else None,
        max_iter=STEPS,
        targeted=examples.target is not None,
        batch_size=len(examples),
        verbose=False,
    )
    end = attack.generate(examples.images, y=examples.goal_labels)
    return Walk(list(network.places), np.asarray(end))


def art_numpy_walk(network: Compiled, name: str, examples: Examples) -> Walk:
    """Ten steps of ART in NumPy."""
    return art_walk(network, name, examples, "numpy")


def art_tensorflow_walk(network: Compiled, name: str, examples: Examples) -> Walk:
    """Ten steps of ART in TensorFlow."""
    return art_walk(network, name, examples, "tensorflow")


class Led(Victim):
    """Gives gradients at the places where a peer took its own, having made sure that ours is the same place.

    The gradient jumps where a ReLU or a maximum switches, and its sign where it crosses 0. There the last bit of a
    value decides on the rest of the way.
    """

    def __init__(self, classifier: Classifier, places: list[FloatArray]) -> None:
        super().__init__(classifier)
        self._places = iter(places)

    def ascent(self, images: FloatArray, examples: Examples, loss: Loss = Loss.CROSS_ENTROPY) -> Ascent:
        place = next(self._places)
        np.testing.assert_allclose(images, place, rtol=0, atol=1e-6)
        return super().ascent(place, examples, loss)


def tenth(name: str, victim: Victim, examples: Examples) -> FloatArray:
    """Our images after the tenth step: the last place, not the best."""
    attack = ATTACKS[name]
    values = {"epsilon": EPSILON[name], "steps": STEPS, "path": PATH[name], "random_start": False}
    settings = Settings(tuple((one.name, values[one.name]) for one in attack.parameters if one.name in values))
    *_, last = attack.running(victim, examples, settings)
    return last.images


Peer = Callable[[Compiled, str, Examples], Walk]
PAIRS = [
    *((foolbox_walk, name) for name in EPSILON),
    *((art_numpy_walk, name) for name in EPSILON),
    *(pytest.param(art_tensorflow_walk, name, marks=pytest.mark.slow) for name in ("pgd", "pgd_l2")),
]


@pytest.mark.parametrize(("peer", "name"), PAIRS)
@pytest.mark.parametrize("target", [None, 7], ids=["untargeted", "targeted"])
def test_ten_steps_lead_where_they_lead_its_peers(
    bundled: Pipeline, network: Compiled, samples: cifar10.Dataset, peer: Peer, name: str, target: int | None
) -> None:
    classifier = bundled.classifier
    assert isinstance(classifier, Classifier)
    # An image that is the target already has next to no gradient, and of that rounding alone decides on the direction.
    chosen = np.flatnonzero(samples.labels != target)[:8]
    pixels = images.to_float(samples.images[chosen])
    if name == "pgd_l2":
        # ART clips to the bounds before it projects on the ball, foolbox and we after. Here no value meets a bound.
        pixels = np.float32(0.1) + np.float32(0.8) * pixels
    examples = Examples(pixels, samples.labels[chosen], samples.indices[chosen], target=target)
    network.places.clear()
    walk = peer(network, name, examples)
    assert len(walk.places) == STEPS
    ours = tenth(name, Led(classifier, walk.places), examples)
    np.testing.assert_allclose(ours, walk.end, rtol=0, atol=1e-6)
    assert (np.abs(ours - pixels).max(axis=(1, 2, 3)) > EPSILON[name] / 50).all()
    # Most images get there without being led too: none of their values stands on an edge on its way.
    alone = np.abs(tenth(name, Victim(classifier), examples) - walk.end).max(axis=(1, 2, 3))
    assert (alone < 1e-6).mean() >= 0.5


@pytest.fixture
def seeded() -> Iterator[None]:
    """ART draws from NumPy's global random numbers."""
    state = np.random.get_state()
    np.random.seed(0)
    yield
    np.random.set_state(state)


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    ("queries", "strength"),
    [(12, 12 / 255), pytest.param(40, 6 / 255, marks=pytest.mark.slow)],
)
def test_square_succeeds_as_often_as_arts_with_as_many_queries(
    bundled: Pipeline, network: Compiled, cifar_test_set: cifar10.Dataset, queries: int, strength: float
) -> None:
    classifier = bundled.classifier
    assert isinstance(classifier, Classifier)
    pixels, labels = images.to_float(cifar_test_set.images[:120]), cifar_test_set.labels[:120]
    right = np.flatnonzero(classifier.logits(pixels).argmax(axis=1) == labels)[:100]
    examples = Examples(pixels[right], labels[right], cifar_test_set.indices[right])
    assert len(examples) == 100

    attack, victim = ATTACKS["square"], Victim(classifier)
    ours = attack(victim, examples, attack.settings(strength, queries=queries)).images
    successes = (classifier.logits(ours).argmax(axis=1) != examples.labels).sum()

    theirs, candidates = art_square(network, examples, queries, strength)
    low, high = wilson(int((classifier.logits(theirs).argmax(axis=1) != examples.labels).sum()), 100)
    assert low <= successes / 100 <= high
    assert 0.1 < successes / 100 < 0.9
    # Our first look at an image is no candidate. What remains is a sum over 100 images.
    assert victim.effort.queries - 100 == pytest.approx(sum(candidates), rel=0.15)


def art_square(network: Compiled, examples: Examples, queries: int, strength: float) -> tuple[FloatArray, list[int]]:
    """Square by ART; and of how many images there was a candidate in each iteration.

    ART asks for probabilities three times an iteration: which images are still right, the loss where each stands, and
    the loss at the candidate. The second one is known already, and so is the first from the third; only candidates are
    counted. There is one for the stripes and one for each iteration.
    """
    estimator = art_estimator(network)
    from art.attacks.evasion import SquareAttack

    asked: list[int] = []

    def loss(pixels: FloatArray, labels: FloatArray) -> FloatArray:
        asked.append(len(pixels))
        return attack._get_logits_diff(pixels, labels)

    attack = SquareAttack(
        estimator, eps=strength, max_iter=queries - 2, p_init=0.8, batch_size=100, loss=loss, verbose=False
    )
    attacked = attack.generate(examples.images, y=examples.labels)
    return attacked, asked[1::2]
