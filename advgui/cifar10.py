"""The CIFAR-10 data set (Krizhevsky, *Learning multiple layers of features from tiny images*, 2009).

Twenty test images come with the program; the full set is found on the disk or downloaded (`cifar10_download`). Nothing
is unpickled before its checksum was compared with the official one, and then by an unpickler that knows arrays alone.
"""

import hashlib
import io
import os
import pickle
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from advgui import resources
from advgui.errors import DataError

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"

# Official MD5 checksums, those that torchvision's loader carries too.
CHECKSUMS = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
_TRAINING = tuple(name for name in CHECKSUMS if name != "test_batch")
VALIDATION_IMAGES = 5000
_BATCH_IMAGES = 10_000
_LARGEST_BATCH_FILE = 40_000_000

HOW_TO_GET_IT = (
    "Get it with 'advgui data download' or File > Data set, or choose a folder that has it "
    f"(it is called {FOLDER}; the environment variable ADVGUI_CIFAR10 may name it)."
)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images.

    Attributes:
        name: What people call it.
        images: uint8 (N, 32, 32, 3), read-only.
        labels: int64 (N,), read-only.
        indices: int64 (N,), positions in the official split, read-only.
        class_names: One for each class.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    indices: NDArray[np.int64]
    class_names: tuple[str, ...] = CLASS_NAMES

    def __post_init__(self) -> None:
        for array in (self.images, self.labels, self.indices):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, positions: Any) -> "Dataset":
        """Return the images at some positions (an index array or a list), in that order."""
        chosen = np.asarray(positions, dtype=np.int64)
        return Dataset(self.name, self.images[chosen], self.labels[chosen], self.indices[chosen], self.class_names)


def load_samples() -> Dataset:
    """Return the twenty bundled images, the first of the official test split.

    Raises:
        DataError: The files are not where they belong.
    """
    folder = resources.assets() / "samples"
    paths = sorted(folder.glob("[0-9][0-9]_[0-9].png"))  # NN_LABEL.png
    if len(paths) != 20:
        raise DataError(f"'{folder}' has {len(paths)} of the 20 sample images. Install the program again.")
    images = []
    for path in paths:
        with Image.open(path) as image:
            images.append(np.asarray(image.convert("RGB")))
    names = [path.stem.split("_") for path in paths]
    indices, labels = (np.array([int(name[part]) for name in names], np.int64) for part in (0, 1))
    return Dataset("samples", np.stack(images), labels, indices)


def default_folder() -> Path:
    """Return the folder where a download goes: the user's cache."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "advgui"


def places() -> list[Path]:
    """Return where a copy is looked for: the environment, our cache, Keras' cache, torchvision's usual folders."""
    keras = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    chosen = os.environ.get("ADVGUI_CIFAR10")
    return [
        *([Path(chosen)] if chosen else []),
        default_folder(),
        keras,
        keras / "cifar-10-batches-py-target",
        Path("data"),
        Path.home() / "data",
    ]


def find(folder: Path | None = None) -> Path | None:
    """Return where the full data set is: its folder or its archive; None if it is nowhere.

    Args:
        folder: Looked at alone, if given: the data set's folder, one around it, or the archive.
    """
    for place in [folder] if folder is not None else places():
        if place.is_file():
            return place
        for candidate in (place, place / FOLDER):
            if (candidate / "test_batch").is_file():
                return candidate
        if (place / ARCHIVE).is_file():
            return place / ARCHIVE
    return None


@dataclass(frozen=True)
class Status:
    """What is known of the full data set on this disk.

    Attributes:
        path: Its folder or archive, or None.
        files: For each file, "ok" or what is wrong with it.
    """

    path: Path | None
    files: dict[str, str]

    @property
    def complete(self) -> bool:
        """Whether every file is there and is the official one."""
        return bool(self.files) and all(state == "ok" for state in self.files.values())


def status(folder: Path | None = None, progress: Callable[[float], None] = lambda _: None) -> Status:
    """Look for the full data set and compare every checksum (about a second).

    Args:
        folder: As in `find`.
        progress: Told the share of the files that are done, in [0, 1].
    """
    path = find(folder)
    if path is None:
        return Status(None, {})
    if path.is_file():
        return Status(path, {path.name: _state(path, ARCHIVE_SHA256, "sha256")})
    files = {}
    for number, (name, checksum) in enumerate(CHECKSUMS.items(), start=1):
        files[name] = _state(path / name, checksum, "md5")
        progress(number / len(CHECKSUMS))
    return Status(path, files)


def verify(folder: Path | None = None, progress: Callable[[float], None] = lambda _: None) -> Path:
    """Return where the full data set is, after comparing every checksum.

    Raises:
        DataError: It is nowhere, or a file is missing, damaged or another one.
    """
    found = status(folder, progress)
    if found.path is None:
        raise _absent(folder)
    wrong = [f"{name}: {state}" for name, state in found.files.items() if state != "ok"]
    if wrong:
        raise DataError(f"CIFAR-10 in '{found.path}' is not the official one ({'; '.join(wrong)}). {HOW_TO_GET_IT}")
    return found.path


def load(split: Literal["train", "test"], folder: Path | None = None) -> Dataset:
    """Load a split of the full data set: 50,000 training or 10,000 test images.

    Raises:
        DataError: It is nowhere, or a file is missing, truncated, tampered with or another one.
    """
    path = find(folder)
    if path is None:
        raise _absent(folder)
    names = _TRAINING if split == "train" else ("test_batch",)
    contents = _from_archive(path, names) if path.is_file() else [_official(path / name) for name in names]
    batches = [_decoded(content, name) for content, name in zip(contents, names, strict=True)]
    images = np.concatenate([images for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    return Dataset(f"CIFAR-10 {split}", images, labels, np.arange(len(labels)))


def load_training(folder: Path | None = None) -> tuple[Dataset, Dataset]:
    """Load the first 45,000 training images to learn from, and the last 5,000 to make choices on.

    Raises:
        DataError: As in `load`.
    """
    whole = load("train", folder)
    cut = len(whole) - VALIDATION_IMAGES

    def part(name: str, chosen: slice) -> Dataset:
        return Dataset(name, whole.images[chosen], whole.labels[chosen], whole.indices[chosen])

    return part("training", slice(None, cut)), part("validation", slice(cut, None))


def extract(archive: Path, folder: Path) -> Path:
    """Unpack the official archive's batch files into `folder`; the data set's folder appears whole or not at all.

    Returns:
        The data set's folder.

    Raises:
        DataError: The archive is not the official one.
        OSError: The folder cannot be written to, or the disk is full.
    """
    contents = _from_archive(archive, tuple(CHECKSUMS))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
        unpacked = Path(temporary) / FOLDER
        unpacked.mkdir()
        for name, content in zip(CHECKSUMS, contents, strict=True):
            (unpacked / name).write_bytes(content)
        unpacked.rename(folder / FOLDER)
    return folder / FOLDER


def _absent(folder: Path | None) -> DataError:
    where = f"in '{folder}'" if folder is not None else "on this computer"
    return DataError(f"The full CIFAR-10 was not found {where}. {HOW_TO_GET_IT}")


def _state(path: Path, checksum: str, kind: str) -> str:
    try:
        with path.open("rb") as file:
            same = hashlib.file_digest(file, kind).hexdigest() == checksum
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "ok" if same else f"not the official file (another {kind.upper()}; {path.stat().st_size:,} bytes)"


def _official(path: Path) -> bytes:
    """Return a batch file's content, after comparing its checksum."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BATCH_FILE)
    except OSError as error:
        raise DataError(f"'{path}' cannot be read ({error.strerror}). {HOW_TO_GET_IT}") from error
    return _checked(content, path.name, f"'{path}'")


def _checked(content: bytes, name: str, where: str) -> bytes:
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != CHECKSUMS[name]:
        raise DataError(
            f"{where} is not the official CIFAR-10 file: its MD5 differs ({len(content):,} bytes). It is truncated, "
            f"damaged or another file, and was not opened. {HOW_TO_GET_IT}"
        )
    return content


def _from_archive(path: Path, names: tuple[str, ...]) -> list[bytes]:
    state = _state(path, ARCHIVE_SHA256, "sha256")
    if state != "ok":
        raise DataError(f"'{path}' is {state}, expected the official {ARCHIVE}. {HOW_TO_GET_IT}")
    contents = []
    with tarfile.open(path, "r:gz") as archive:
        for name in names:
            file = archive.extractfile(f"{FOLDER}/{name}")
            content = b"" if file is None else file.read(_LARGEST_BATCH_FILE)
            contents.append(_checked(content, name, f"'{name}' in '{path}'"))
    return contents


class _ArraysOnly(pickle.Unpickler):
    """Unpickles what the batch files hold: dictionaries, lists, numbers, bytes and NumPy arrays of them."""

    _KNOWN = {("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._KNOWN:
            raise DataError(f"A CIFAR-10 file asks for '{module}.{name}', which no official file does. {HOW_TO_GET_IT}")
        # The module has moved since the files were made.
        return super().find_class("numpy._core.multiarray" if name == "_reconstruct" else module, name)


def _decoded(content: bytes, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the images (10000, 32, 32, 3) and labels of a batch file."""
    try:
        batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
        pixels, labels = batch[b"data"], np.array(batch[b"labels"], np.int64)
    except DataError:
        raise
    except Exception as error:  # damaged pickles raise whatever they like
        raise DataError(f"'{name}' cannot be decoded as a CIFAR-10 file ({error}). {HOW_TO_GET_IT}") from error
    if (
        not isinstance(pixels, np.ndarray)
        or (pixels.shape, pixels.dtype) != ((_BATCH_IMAGES, 3072), np.uint8)
        or labels.shape != (_BATCH_IMAGES,)
        or not ((labels >= 0) & (labels < len(CLASS_NAMES))).all()
    ):
        raise DataError(f"'{name}' does not hold 10,000 labelled CIFAR-10 images. {HOW_TO_GET_IT}")
    return np.ascontiguousarray(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), labels
