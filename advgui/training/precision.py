"""Training in bfloat16, shipping in float32."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def mixed_bfloat16() -> Iterator[None]:
    """Layers made inside compute in bfloat16 and keep float32 weights."""
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def float32_copy(model: keras.Model, fresh: keras.Model) -> keras.Model:
    """Give `fresh`, a float32 network of the same architecture, the weights of `model`, and return it."""
    fresh.set_weights(model.get_weights())
    return fresh
