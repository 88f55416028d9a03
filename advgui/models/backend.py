"""TensorFlow and Keras, as this program needs them: every module that computes imports them from here.

Import this module on the thread that is to do the computing: Keras keeps state for each thread.
"""

from contextlib import suppress

import numpy as np

from advgui.errors import AdvguiError
from advgui.native_log import native_log_held
from advgui.text import first_line

try:
    with native_log_held():
        import keras
        import tensorflow as tf

        GPUS = tf.config.list_physical_devices("GPU")
except AdvguiError:
    raise
except Exception as error:  # of a library that is missing, damaged, or finds no memory or a wrong ~/.keras/keras.json
    raise AdvguiError(
        f"TensorFlow or Keras could not be loaded ({type(error).__name__}: {error}). Expected a whole installation, "
        "enough memory and, if there is one, a right ~/.keras/keras.json. Mend that, or install the program again."
    ) from error
if keras.config.backend() != "tensorflow":
    raise AdvguiError(
        f"Keras computes with {keras.config.backend()} in this process, expected TensorFlow. Import advgui before "
        "Keras, or set KERAS_BACKEND=tensorflow."
    )
# What ~/.keras/keras.json may hold besides.
keras.config.set_floatx("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)

# A GPU would round float32 to 10 bits wherever it multiplies: of the 500,000 predictions of `trained/evaluation.json`,
# 1,956 were others on one, and 59 without.
tf.config.experimental.enable_tensor_float_32_execution(False)


def try_gpu(name: str = "/GPU:0") -> None:
    """Compute something on a GPU, as the networks do: there, a failure would be taken for a broken file.

    Raises:
        AdvguiError: It cannot be computed on: its memory is full, or its libraries are missing or do not fit.
    """
    try:
        with native_log_held(), tf.device(name):
            sums = tf.nn.conv2d(tf.ones((1, 4, 4, 3)), tf.ones((3, 3, 3, 8)), 1, "VALID")
            if not np.array_equal(sums, np.full((1, 2, 2, 8), 27)):
                raise ArithmeticError("it gives wrong numbers")
    except Exception as error:  # of TensorFlow, which raises whatever its device tells
        raise AdvguiError(
            f"TensorFlow finds a GPU, but cannot compute on it ({first_line(error)}). Expected free memory on it "
            "and the libraries that come with advgui[gpu]. Close what else uses it, install those, or set "
            "CUDA_VISIBLE_DEVICES=-1 to compute on the CPU."
        ) from error


if GPUS:
    with suppress(RuntimeError):  # too late if something computed already; then the default stays
        for _gpu in GPUS:
            tf.config.experimental.set_memory_growth(_gpu, True)
    try_gpu()

__all__ = ["GPUS", "keras", "tf", "try_gpu"]
