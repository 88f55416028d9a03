"""AdvGUI shows what adversarial examples do to an image classifier, and what two mitigations do about it."""

import os

# Keras reads this when it is imported, before ~/.keras/keras.json; both may name a backend that its user prefers
# elsewhere. The networks here need TensorFlow's compiled functions and gradients.
os.environ["KERAS_BACKEND"] = "tensorflow"

__version__ = "0.1.0"
