import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from advgui.errors import AdvguiError
from advgui.models.classifier import Classifier, device_name, in_memory
from tests import tiny


@pytest.fixture(scope="module")
def classifier():
    return Classifier(tiny.classifier_model(), tiny.CLASS_NAMES)


@pytest.mark.parametrize("size", [8, 32, 40])
def test_any_size_gives_finite_float32_logits(classifier, size):
    logits = classifier.logits(tiny.images(3, size=size))
    assert logits.shape == (3, 10)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()


def test_the_gradient_agrees_with_finite_differences(classifier):
    images, labels = tiny.images(1, size=8), np.array([4])
    gradient = classifier.loss_gradient(images, labels)[0]

    def loss(images):
        return float(
            keras.losses.sparse_categorical_crossentropy(labels, classifier.logits(images), from_logits=True)[0]
        )

    step = 1e-2
    checked = np.argsort(np.abs(gradient).ravel())[-10:]  # the largest, where rounding matters least
    for position in zip(*np.unravel_index(checked, gradient.shape), strict=True):
        moved = np.zeros_like(images)
        moved[0][position] = step
        difference = (loss(images + moved) - loss(images - moved)) / (2 * step)
        assert difference == pytest.approx(gradient[position], rel=0.1, abs=0.02)


def test_the_gradients_logits_are_the_logits(classifier):
    images, labels = tiny.images(4), np.arange(4)
    gradient, logits = classifier.loss_gradient_and_logits(images, labels)
    np.testing.assert_allclose(logits, classifier.logits(images), atol=1e-5)
    assert np.array_equal(gradient, classifier.loss_gradient(images, labels))


def test_the_loss_is_summed_so_that_neighbours_do_not_matter(classifier):
    images, labels = tiny.images(5), np.arange(5)
    whole = classifier.loss_gradient(images, labels)
    alone = classifier.loss_gradient(images[2:3], labels[2:3])
    np.testing.assert_allclose(alone[0], whole[2], atol=1e-6)


class Device:
    """Doubles a batch, but has memory for only so many images on the GPU and on the CPU."""

    def __init__(self, on_gpu, on_cpu):
        self.on_gpu, self.on_cpu = on_gpu, on_cpu

    def __call__(self, batch):
        asked_for_cpu = "CPU" in context.context().device_name
        if len(batch) > (self.on_cpu if asked_for_cpu else self.on_gpu):
            raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
        return batch * 2, batch * 3


@pytest.mark.parametrize(("on_gpu", "on_cpu"), [(8, 0), (3, 0), (1, 0), (0, 1)])
def test_out_of_memory_halves_the_batch_and_ends_on_the_cpu(on_gpu, on_cpu):
    batch = tiny.images(8, size=8)
    doubled, tripled = in_memory(Device(on_gpu, on_cpu), batch)
    np.testing.assert_array_equal(doubled, batch * 2)
    np.testing.assert_array_equal(tripled, batch * 3)


def test_when_nothing_fits_the_error_says_what_to_do():
    with pytest.raises(AdvguiError, match="open a smaller picture"):
        in_memory(Device(0, 0), tiny.images(2, size=8))


def test_the_device_has_a_name():
    assert device_name().startswith(("CPU", "GPU: "))
