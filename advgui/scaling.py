"""How CIFAR-10 pixels are standardized: the constants of the training set."""

import numpy as np

from advgui.types import FloatArray

# Mean and standard deviation of the CIFAR-10 training images in [0, 1], per channel (red, green, blue), over all
# 50,000 images. `tests/test_networks.py` recomputes them.
TRAINING_MEAN = (0.49139968, 0.48215841, 0.44653091)
TRAINING_STD = (0.24703223, 0.24348513, 0.26158784)


def standardized(images: FloatArray) -> FloatArray:
    """Return (images - mean) / std with the training set's constants, float32 (N, H, W, 3)."""
    mean, std = (np.array(constants, np.float32) for constants in (TRAINING_MEAN, TRAINING_STD))
    result: FloatArray = np.divide(images - mean, std, dtype=np.float32)
    return result
