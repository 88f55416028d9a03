"""Orthogonalised momentum (Muon) for kernels, Adam for everything else, in one Keras optimizer."""

from typing import Any

import keras
import tensorflow as tf

_OUTPUT_LAYERS = ("logits", "restored")


def orthogonalized(matrix: tf.Tensor, steps: int = 5) -> tf.Tensor:
    """Push every singular value of `matrix` towards 1 with Newton-Schulz iterations.

    The quintic's coefficients are those of K. Jordan, *Muon: an optimizer for hidden layers in neural networks*, 2024;
    the values end in about [0.7, 1.2], which is as good as 1 for a step's direction.

    Args:
        matrix: float32 (rows, columns).
        steps: Iterations.

    Returns:
        float32, same shape.
    """
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else tf.transpose(matrix)
    x = x / (tf.norm(x) + 1e-7)
    for _ in range(steps):
        a = tf.matmul(x, x, transpose_b=True)
        x = 3.4445 * x + tf.matmul(-4.7750 * a + 2.0315 * tf.matmul(a, a), x)
    return x if wide else tf.transpose(x)


class Muon(keras.optimizers.Optimizer):  # type: ignore[misc]
    """Muon on convolution and hidden dense kernels at constant norm, Adam on the rest.

    A kernel followed by batch normalisation has no scale of its own, so its norm is held at its initial value and the
    learning rate is the relative length of a step (Frobenius norm of the step over that of the kernel). Keras' own Muon
    takes only two-dimensional variables; here a kernel (h, w, in, out) is a matrix (h w in, out).

    Args:
        learning_rate: Relative step of the kernels.
        momentum: Of the kernels' Nesterov momentum, in [0, 1).
        adam_ratio: Adam's learning rate as a multiple of `learning_rate`.
    """

    def __init__(self, learning_rate: float = 0.05, momentum: float = 0.9, adam_ratio: float = 0.04, **kwargs: Any):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.adam_ratio = adam_ratio

    @staticmethod
    def _by_direction(variable: keras.Variable) -> bool:
        # An output layer's kernel sets the scale of what the network gives, so its norm must be free.
        return len(variable.shape) in (2, 4) and not any(name in variable.path for name in _OUTPUT_LAYERS)

    def build(self, variables: list[keras.Variable]) -> None:
        """Create the momenta for `variables`."""
        if self.built:
            return
        super().build(variables)
        self._first = self.add_optimizer_variables(variables, "first_moment")
        self._second = [
            None if self._by_direction(v) else self.add_variable_from_reference(v, "second_moment") for v in variables
        ]

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        """Update one variable (called by Keras)."""
        index = self._get_variable_index(variable)
        rate = tf.cast(learning_rate, variable.dtype)
        first = self._first[index]
        second = self._second[index]
        if second is None:
            momentum = tf.convert_to_tensor(first) * self.momentum + gradient
            first.assign(momentum)
            shape = variable.shape
            direction = orthogonalized(tf.reshape(gradient + self.momentum * momentum, (-1, shape[-1])))
            value = tf.convert_to_tensor(variable)
            norm = tf.norm(value)
            stepped = value - tf.reshape(direction, shape) * (rate * norm / tf.norm(direction))
            variable.assign(stepped * (norm / tf.norm(stepped)))
        else:
            step = tf.cast(self.iterations + 1, variable.dtype)
            mean = 0.9 * tf.convert_to_tensor(first) + 0.1 * gradient
            square = 0.99 * tf.convert_to_tensor(second) + 0.01 * tf.square(gradient)
            first.assign(mean)
            second.assign(square)
            unbiased = (mean / (1 - tf.pow(0.9, step))) / (tf.sqrt(square / (1 - tf.pow(0.99, step))) + 1e-8)
            variable.assign_sub(unbiased * (rate * self.adam_ratio))
