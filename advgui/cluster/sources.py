"""What a worker needs: networks and images, opened once in each process, and held against those of the driver."""

import hashlib
import platform
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from advgui.data import cifar10
from advgui.errors import AdvguiError
from advgui.evaluation.plan import LabelledImages
from advgui.evaluation.report import Provenance, hashes
from advgui.evaluation.run import provenance_of
from advgui.pipeline import Pipeline
from advgui.types import Scenario


class Source(ABC):
    """Where networks and images come from. It is sent to workers, and equal ones open the same."""

    @abstractmethod
    def pipeline(self) -> Pipeline:
        """Open the networks."""

    @abstractmethod
    def dataset(self) -> LabelledImages:
        """Open the images."""


@dataclass(frozen=True)
class Files(Source):
    """What the command line names; each machine looks for its own copy.

    Attributes:
        classifier: Its file; None for the bundled one.
        autoencoder: Likewise.
        data: Where CIFAR-10 is; None to look for it.
        samples: Whether the bundled images are meant.
    """

    classifier: Path | None = None
    autoencoder: Path | None = None
    data: Path | None = None
    samples: bool = False

    def pipeline(self) -> Pipeline:
        """Open the networks."""
        from advgui.models.loading import load_pipeline  # imports TensorFlow

        return load_pipeline(self.classifier, self.autoencoder)

    def dataset(self) -> LabelledImages:
        """Open the images."""
        return cifar10.load_samples() if self.samples else cifar10.load("test", self.data)


@dataclass(frozen=True)
class Sent(Source):
    """Images that are sent along, and networks of this machine; for workers on it.

    Attributes:
        images: SHA-256 of the data set: equal images are opened once.
        data: It.
        classifier: Its file; None for the bundled one.
    """

    images: str
    data: LabelledImages = field(compare=False, repr=False)
    classifier: Path | None = None

    def pipeline(self) -> Pipeline:
        """Open the networks."""
        return Files(self.classifier).pipeline()

    def dataset(self) -> LabelledImages:
        """Return the images."""
        return self.data


@dataclass(frozen=True)
class Expected:
    """What the driver has, and every worker must have.

    Attributes:
        networks: SHA-256 by what they do.
        images: SHA-256 of images, labels and indices.
        version: Of this program.
    """

    networks: tuple[tuple[str, str], ...]
    images: str
    version: str


def expected(provenance: Provenance, dataset: LabelledImages) -> Expected:
    """Return what workers must have."""
    return Expected(tuple(sorted(hashes(provenance).items())), digest(dataset), provenance.advgui)


def digest(dataset: LabelledImages) -> str:
    """Return the SHA-256 of a data set's images, labels and indices, in hexadecimal."""
    sha256 = hashlib.sha256(dataset.name.encode())
    for array in (dataset.images, dataset.labels, dataset.indices):
        sha256.update(np.ascontiguousarray(array).tobytes())
    return sha256.hexdigest()


@lru_cache(maxsize=1)
def _opened(source: Source) -> tuple[Pipeline, LabelledImages, str]:
    dataset = source.dataset()
    return source.pipeline(), dataset, digest(dataset)


def checked(
    source: Source, scenarios: Sequence[Scenario], wanted: Expected
) -> tuple[Pipeline, LabelledImages, Provenance]:
    """Open networks and images in a worker, and hold them against the driver's.

    Raises:
        AdvguiError: They are missing or others; the message names the machine.
    """
    try:
        pipeline, dataset, images = _opened(source)
        provenance = provenance_of(pipeline, scenarios)
    except AdvguiError as error:
        raise AdvguiError(f"on {platform.node()}: {error}") from error
    there = Expected(tuple(sorted(hashes(provenance).items())), images, provenance.advgui)
    for what, mine, theirs in (
        ("networks", there.networks, wanted.networks),
        ("images", there.images, wanted.images),
        ("version", there.version, wanted.version),
    ):
        if mine != theirs:
            raise AdvguiError(
                f"on {platform.node()}: other {what} ({_short(mine)}) than the driver's ({_short(theirs)}). Install "
                "the same version there, and give it the same files."
            )
    return pipeline, dataset, provenance


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{role} {sha256[:12]}" for role, sha256 in value)
    return str(value)[:12]
