"""A classifier whose gradients follow by hand, and which an image's neighbours do not change by one bit."""

from dataclasses import replace

import numpy as np

from advgui.attacks import Examples, Loss
from advgui.types import Bounds
from advgui.victim import Victim, slopes
from tests import tiny

SHARPNESS = np.float32(0.1)


class Prototypes:
    """Each class is a random image, and its logit what is left when the squared distance to that is taken away.

    Args:
        size: Side of the images, in pixels.
        sharpness: Factor of the squared distances; a large one saturates the softmax.
    """

    bounds = Bounds()
    class_names = tuple(map(str, range(10)))
    name, sha256 = "prototypes", "0" * 64

    def __init__(self, size=32, sharpness=SHARPNESS):
        self.prototypes, self.sharpness = tiny.images(10, 99, size), np.float32(sharpness)

    def logits(self, images):
        # Without a matrix product, whose rounding depends on the size of the batch.
        distances = [np.square(images - one).reshape(len(images), -1).sum(axis=1) for one in self.prototypes]
        return -self.sharpness * np.stack(distances, axis=1)

    def loss_gradient_and_logits(self, images, labels, loss=Loss.CROSS_ENTROPY):
        logits = self.logits(images)
        gradient = np.zeros_like(images)
        # The slopes of each image add up to 0, so that what all logits have in common falls out.
        for slope, one in zip(slopes(logits, labels, loss).T, self.prototypes, strict=True):
            gradient += 2 * self.sharpness * slope[:, None, None, None] * one
        return gradient, logits


def victim():
    """What is attacked: the prototypes, bare."""
    return Victim(Prototypes())


def examples(count=3, seed=0, numbers=0, target=None):
    """Random images with the classes 0, 1, 2 ..., and random numbers that depend on `numbers`."""
    return Examples(tiny.images(count, seed), np.arange(count), np.arange(count) + 7, numbers, target)


def recognized(count=3, seed=0, numbers=0):
    """Random images with the classes that the prototypes give them."""
    batch = examples(count, seed, numbers)
    return replace(batch, labels=Prototypes().logits(batch.images).argmax(axis=1))
