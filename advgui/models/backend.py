"""TensorFlow and Keras, as this program needs them: every module that computes imports them from here.

Import this module on the thread that is to do the computing: Keras keeps state for each thread.
"""

from advgui.errors import AdvguiError
from advgui.native_log import native_log_held

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

__all__ = ["GPUS", "keras", "tf"]
