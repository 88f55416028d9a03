"""What an attack or a mitigation of a plug-in has to be, held against its class and tried on two tiny images."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from advgui.attacks import Access, Attack, Examples, Loss
from advgui.defenses import Defense, NetworkDefense
from advgui.errors import ContractError
from advgui.parameters import Choice, Flag, Real, Whole
from advgui.randomness import Stream
from advgui.types import RESERVED, Bounds, FloatArray, IntArray
from advgui.victim import Victim, slopes

Kind = type[Attack] | type[Defense]

# Not square, so that rows and columns cannot be confused.
_HEIGHT, _WIDTH = 16, 24
_CLOSE = 1e-4
_RANDOM = "draw random numbers for each image from advgui.randomness.generator(seed, stream, index), and set is_random"


def check_class(kind: Kind) -> None:
    """Hold what a class declares against the contract.

    Raises:
        ContractError: It declares something else than it has to.
    """
    attributes = vars_of(kind)
    name = attributes["name"]
    if not (isinstance(name, str) and name.isidentifier() and name.isascii()) or name in RESERVED:
        raise ContractError(
            f"The name of {kind.__name__} is {name!r}, expected an identifier such as 'my_attack', and none of "
            f"{', '.join(RESERVED)}"
        )
    if not isinstance(attributes["label"], str) or not attributes["label"].strip():
        raise ContractError(f"The label of '{name}' is {attributes['label']!r}, expected a text that the window shows")
    for field in ("help", "summary", "known_break"):
        if not isinstance(attributes.get(field, ""), str):
            raise ContractError(f"The {field} of '{name}' is {attributes[field]!r}, expected a text")
    if not isinstance(attributes["is_random"], bool):
        raise ContractError(f"is_random of '{name}' is {attributes['is_random']!r}, expected True or False")
    _check_parameters(name, attributes["parameters"])
    if issubclass(kind, Attack):
        first = attributes["parameters"][0] if attributes["parameters"] else None
        if not isinstance(first, Real) or first.low != 0:
            raise ContractError(
                f"The first parameter of '{name}' is {first!r}, expected its strength: a Real whose low is 0"
            )
        if attributes["norm"] not in (None, "linf", "l2"):
            raise ContractError(f"The norm of '{name}' is {attributes['norm']!r}, expected 'linf', 'l2' or None")
        if not isinstance(attributes["access"], Access):
            raise ContractError(f"access of '{name}' is {attributes['access']!r}, expected an Access")
    elif issubclass(kind, NetworkDefense):
        model = attributes.get("model")
        if not isinstance(model, str) or not model.endswith(".keras"):
            raise ContractError(f"The model of '{name}' is {model!r}, expected the name of a .keras file")


def vars_of(kind: Kind) -> dict[str, Any]:
    """Return what a class declares or inherits, by name; the label is the name where it declares none."""
    fields = ("name", "label", "help", "summary", "known_break", "is_random", "parameters", "norm", "access", "model")
    found = {field: getattr(kind, field) for field in fields if hasattr(kind, field)}
    return {"label": None, "parameters": None} | found


def _check_parameters(name: str, parameters: object) -> None:
    kinds = (Real, Whole, Flag, Choice)
    if not isinstance(parameters, tuple) or not all(isinstance(parameter, kinds) for parameter in parameters):
        raise ContractError(
            f"The parameters of '{name}' are {parameters!r:.80}, expected a tuple of Real, Whole, Flag and Choice"
        )
    names = [parameter.name for parameter in parameters]
    if len(set(names)) < len(names) or not all(isinstance(each, str) and each.isidentifier() for each in names):
        raise ContractError(f"The parameters of '{name}' are named {names}, expected different identifiers")


class _Linear:
    """A linear classifier of ten classes on tiny images, with its exact gradient (a `victim.Classifying`)."""

    bounds = Bounds()
    class_names = tuple(map(str, range(10)))
    name, sha256 = "linear", ""

    def __init__(self) -> None:
        weights = np.random.default_rng(0).standard_normal((10, _HEIGHT * _WIDTH * 3)) / 10
        self._weights = weights.astype(np.float32)

    def logits(self, images: FloatArray) -> FloatArray:
        """Return logits, float32 (N, 10)."""
        logits: FloatArray = images.reshape(len(images), -1) @ self._weights.T
        return logits

    def loss_gradient_and_logits(
        self, images: FloatArray, labels: IntArray, loss: Loss = Loss.CROSS_ENTROPY
    ) -> tuple[FloatArray, FloatArray]:
        """Return the gradient of the summed loss, and the logits."""
        logits = self.logits(images)
        gradient: FloatArray = (slopes(logits, labels, loss) @ self._weights).reshape(images.shape)
        return gradient, logits


def _two_images() -> FloatArray:
    images = np.random.default_rng(1).random((2, _HEIGHT, _WIDTH, 3), dtype=np.float32)
    images.flags.writeable = False
    return images


def try_attack(attack: Attack) -> None:
    """Attack two tiny images, together and alone, at the default settings and at strength 0.

    Raises:
        ContractError: The attack did not keep to its contract.
        PluginError: Its code went wrong.
    """
    images, labels, indices = _two_images(), np.array([3, 5]), np.array([3, 7])

    def attacked(which: slice, seed: int = 1, strength: float | None = None) -> FloatArray:
        examples = Examples(images[which], labels[which], indices[which], seed)
        return attack(target, examples, attack.settings(strength)).images

    target = Victim(_Linear())
    everything = slice(None)
    together = attacked(everything)
    _check_alone(attack.name, together, lambda n: attacked(slice(n, n + 1)))
    if not np.array_equal(attacked(everything, strength=0.0), images):
        raise ContractError(
            f"The attack '{attack.name}' changes images at strength 0, expected none: multiply what it does by its "
            f"first parameter, '{attack.strength.name}'"
        )
    if not attack.is_random and not _close(attacked(everything, seed=2), together):
        raise ContractError(
            f"The attack '{attack.name}' says that it is not random, and gives other images for another seed: set "
            "is_random = True"
        )
    if attack.access is not Access.GRADIENT and target.effort.gradients:
        raise ContractError(
            f"The attack '{attack.name}' says that it uses {attack.access} of its target, and asks for gradients: set "
            "access = Access.GRADIENT"
        )
    if attack.access is Access.NOTHING and target.effort.queries:
        raise ContractError(
            f"The attack '{attack.name}' says that it uses nothing of its target, and asks for probabilities: set "
            "access = Access.PROBABILITIES"
        )


def try_defense(defense: Defense) -> None:
    """Send two tiny images through a mitigation and a gradient back, together and alone.

    The file of a network is tried when it is opened, not here.

    Raises:
        ContractError: The mitigation did not keep to its contract.
        PluginError: Its code went wrong.
    """
    if isinstance(defense, NetworkDefense):
        if not defense.path.is_file():
            raise ContractError(f"The model of '{defense.name}' is '{defense.path}', expected a file that is there")
        return
    images, indices = _two_images(), np.array([3, 7])

    def passed(which: slice, seed: int = 1) -> FloatArray:
        step = defense.step(defense.settings(), (_HEIGHT, _WIDTH), seed, Stream.DEFENDER, _chosen(indices, which), 0)
        result = step.forward(images[which])
        step.backward(images[which], np.full(result.shape, 0.5, np.float32))
        return result

    together = passed(slice(None))
    _check_alone(defense.name, together, lambda n: passed(slice(n, n + 1)))
    if not defense.is_random and not _close(passed(slice(None), seed=2), together):
        raise ContractError(
            f"The mitigation '{defense.name}' says that it is not random, and gives other images for another seed: "
            "set is_random = True"
        )


def _chosen(indices: IntArray, which: slice) -> IntArray:
    return indices[which]


def _check_alone(name: str, together: FloatArray, alone: Callable[[int], FloatArray]) -> None:
    """Hold what comes of images in a batch against what comes of each alone."""
    for place, image in enumerate(together):
        one = alone(place)
        if one.shape[1:] != image.shape or not _close(one[0], image):
            raise ContractError(
                f"'{name}' gives another result for an image alone than in a batch, or for the same image again; "
                f"expected the same: compute each image by itself, and {_RANDOM}"
            )


def _close(one: FloatArray, other: FloatArray) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, atol=_CLOSE))


def missing(kinds: Sequence[type]) -> str:
    """Return what classes lack that are no complete attacks or mitigations, as a clause; "" if there are none."""
    lacks = []
    for kind in kinds:
        wanted = [name for name in ("name",) if not hasattr(kind, name)] + sorted(
            getattr(kind, "__abstractmethods__", ())
        )
        if wanted and inspect.isclass(kind):
            lacks.append(f"{kind.__name__} lacks {' and '.join(map(repr, wanted))}")
    return "; ".join(lacks)
