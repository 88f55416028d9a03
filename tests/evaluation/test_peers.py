"""Column (b) under FGSM against two independent implementations, foolbox and the Adversarial Robustness Toolbox."""

import numpy as np
import pytest

from advgui import images
from advgui.attacks import ATTACKS, Examples
from advgui.data import cifar10
from advgui.evaluation.plan import Plan
from advgui.pipeline import Pipeline
from advgui.types import FloatArray, IntArray, ProtocolName
from advgui.victim import Victim
from tests import toy

EPSILON = 8 / 255
IMAGES = 200
# Where the two best classes are closer than this, rounding decides; a prediction is then a tie.
TIE = 1e-3

# Both import optional frameworks that are not there, and warn about it.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def ours(bundled: Pipeline, cifar_test_set: cifar10.Dataset) -> tuple[IntArray, IntArray]:
    """Our predictions in column (b), and the images' labels."""
    plan = Plan.of(attacks=("fgsm",), strengths={"fgsm": (EPSILON,)}, stop=IMAGES)
    report = toy.report(bundled, cifar_test_set, plan, batch_size=100)  # type: ignore[arg-type]
    return report.runs[-1].predictions["attacked"].astype(np.int64), report.labels


def foolbox_fgsm(bundled: Pipeline, pixels: FloatArray, labels: IntArray, epsilon: float = EPSILON) -> FloatArray:
    """FGSM by foolbox."""
    foolbox = pytest.importorskip("foolbox")
    import tensorflow as tf

    model = foolbox.TensorFlowModel(bundled.classifier.model, bounds=(0, 1), device="/CPU:0")
    attack = foolbox.attacks.LinfFastGradientAttack(random_start=False)
    criterion = foolbox.criteria.Misclassification(tf.constant(labels))
    _, attacked, _ = attack(model, tf.constant(pixels), criterion, epsilons=epsilon)
    return np.asarray(attacked)


def art_fgsm(bundled: Pipeline, pixels: FloatArray, labels: IntArray, epsilon: float = EPSILON) -> FloatArray:
    """FGSM by the Adversarial Robustness Toolbox."""
    pytest.importorskip("art")
    import keras
    from art.attacks.evasion import FastGradientMethod
    from art.estimators.classification import TensorFlowV2Classifier

    estimator = TensorFlowV2Classifier(
        bundled.classifier.model,
        nb_classes=10,
        input_shape=(32, 32, 3),
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1),
    )
    return FastGradientMethod(estimator, eps=epsilon, batch_size=100).generate(pixels, y=labels)


@pytest.mark.parametrize("peer", [foolbox_fgsm, art_fgsm])
def test_fgsm_gives_the_predictions_of_its_peers(
    bundled: Pipeline, cifar_test_set: cifar10.Dataset, ours: tuple[IntArray, IntArray], peer
) -> None:
    predictions, labels = ours
    pixels = images.to_float(cifar_test_set.images[:IMAGES])
    logits = bundled.procedures[ProtocolName.CORRECTED].classifier.logits(peer(bundled, pixels, labels))
    best = np.sort(logits, axis=1)
    ties = best[:, -1] - best[:, -2] < TIE
    assert ties.mean() < 0.01
    assert np.array_equal(logits.argmax(axis=1)[~ties], predictions[~ties])
    # The attack must have done something, or agreement means nothing.
    assert (predictions == labels).mean() < 0.5


@pytest.mark.parametrize("peer", [foolbox_fgsm, art_fgsm])
@pytest.mark.parametrize("epsilon", [1 / 255, 8 / 255, 0.05])
def test_fgsm_gives_the_images_of_its_peers(bundled: Pipeline, samples: cifar10.Dataset, peer, epsilon) -> None:
    pixels = images.to_float(samples.images)
    examples = Examples(pixels, samples.labels, samples.indices)
    ours = ATTACKS["fgsm"](Victim(bundled.classifier), examples, ATTACKS["fgsm"].settings(epsilon)).images
    theirs = peer(bundled, pixels, samples.labels, epsilon)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    assert not np.array_equal(ours, pixels)
