"""A mitigation that is a network in a Keras file."""

import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from advgui.defenses.autoencoder import Autoencoder
from advgui.defenses.base import Defense
from advgui.errors import AdvguiError
from advgui.parameters import Settings
from advgui.types import FloatArray, NetworkFile


class NetworkDefense(Defense):
    """A network from images to images of the same size, such as an autoencoder, in front of the classifier.

    Like any foreign file it is tried in a process of its own before it is opened, and it is opened when images first go
    through it. Its gradient is exact.

    Attributes:
        model: Its `.keras` file, relative to the file in which the class is defined. It takes float32
            (None, None, None, 3) in [0, 1] and gives the same, for every even height and width.
    """

    model: ClassVar[str]
    # Opens a file. `advgui.models.loading` sets it when it is imported, with TensorFlow.
    opener: ClassVar[Callable[[Path], Autoencoder] | None] = None
    _folder: ClassVar[Path] = Path()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._folder = Path(getattr(sys.modules.get(cls.__module__), "__file__", None) or "").parent

    @property
    def path(self) -> Path:
        """The network's file."""
        return self._folder / self.model

    @property
    def file(self) -> NetworkFile | None:
        """The network's file, for reports; opens it."""
        return self._opened.file

    def forward(self, images: FloatArray, settings: Settings) -> FloatArray:
        """Return what the network makes of the images."""
        return self._opened.forward(images, settings)

    def backward(self, images: FloatArray, gradient: FloatArray, settings: Settings) -> FloatArray:
        """Return the exact gradient, through the network."""
        return self._opened.backward(images, gradient, settings)

    @cached_property
    def _opened(self) -> Autoencoder:
        """The network, opened on the computing thread.

        Raises:
            ModelFileError: The file is missing, damaged, foreign or unsafe.
        """
        if NetworkDefense.opener is None:
            raise AdvguiError(
                f"The network of '{self.name}' cannot be opened yet: expected advgui.models.loading first."
            )
        return NetworkDefense.opener(self.path)
