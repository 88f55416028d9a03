"""The CIFAR-10 data set (Krizhevsky, *Learning multiple layers of features from tiny images*, 2009).

Twenty test images come with the program; the full set is found on the disk or downloaded (`download`). Nothing is
unpickled before its checksum was compared with the official one, and then by an unpickler that knows arrays alone
(`cifar10_batch`).
"""

import hashlib
import os
import shutil
import stat
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from advgui import resources
from advgui.data import cifar10_batch
from advgui.errors import Cancelled, DataError
from advgui.files import is_file, is_there

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
ARCHIVE_SIZE = 170_498_071
# Keras keeps the same file under other names (versions 3 and 2).
_ARCHIVE_NAMES = (ARCHIVE, "cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz")

# Official MD5 checksums, those that torchvision's loader carries too.
CHECKSUMS = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
# A file of another size need not be read; only checksums are trusted.
SIZES = {
    "data_batch_1": 31_035_704,
    "data_batch_2": 31_035_320,
    "data_batch_3": 31_035_999,
    "data_batch_4": 31_035_696,
    "data_batch_5": 31_035_623,
    "test_batch": 31_035_526,
}
_TRAINING = tuple(name for name in CHECKSUMS if name != "test_batch")
VALIDATION_IMAGES = 5000
_LARGEST_BATCH_FILE = 40_000_000
_BLOCK = 1 << 20
_UNPACKING = ".unpacking-"

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
        try:
            with Image.open(path) as image:
                images.append(np.asarray(image.convert("RGB")).reshape(32, 32, 3))
        except Exception as error:  # Pillow's plugins raise whatever they like
            raise DataError(f"The sample image '{path}' is damaged. Install the program again.") from error
    names = [path.stem.split("_") for path in paths]
    indices, labels = (np.array([int(name[part]) for name in names], np.int64) for part in (0, 1))
    return Dataset("samples", np.stack(images), labels, indices)


def places() -> list[Path]:
    """Return where a copy is looked for: the environment, our cache, Keras' cache, torchvision's usual folders."""
    keras = Path(os.environ.get("KERAS_HOME") or _home() / ".keras") / "datasets"
    chosen = os.environ.get("ADVGUI_CIFAR10")
    return [
        *([Path(chosen)] if chosen else []),
        resources.cache(),
        keras,
        keras / "cifar-10-batches-py-target",
        Path("data"),
        _home() / "data",
    ]


def find(folder: Path | None = None) -> Path | None:
    """Return where the full data set is: its folder or its archive; None if it is nowhere.

    A copy that has all its files comes before one that lacks some; no checksum is compared.

    Args:
        folder: Looked at alone, if given: the data set's folder, one around it, or the archive.
    """
    found = [path for place in ([folder] if folder is not None else places()) for path in _copies(place)]
    return next((path for path in found if _looks_whole(path)), found[0] if found else None)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # an account without a home
        return Path(tempfile.gettempdir())


def _copies(place: Path) -> Iterator[Path]:
    if _size(place) is not None:
        yield place
    for folder in (place, place / FOLDER):
        if any(_size(folder / name) is not None for name in CHECKSUMS):
            yield folder
    for name in _ARCHIVE_NAMES:
        if _size(place / name) is not None:
            yield place / name


def _looks_whole(path: Path) -> bool:
    return _size(path) is not None or all(_size(path / name) == size for name, size in SIZES.items())


def _size(path: Path) -> int | None:
    """Return a file's size; None if there is no such file or it may not be looked at."""
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):
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


def status(
    folder: Path | None = None,
    progress: Callable[[float], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Status:
    """Look for the full data set and compare every checksum (about a second).

    Args:
        folder: As in `find`.
        progress: Told the share of the files that are done, in [0, 1].
        should_stop: Asked many times a second.

    Raises:
        Cancelled: `should_stop` said so.
    """
    path = find(folder)
    if path is None:
        return Status(None, {})
    if is_file(path):
        return Status(path, {path.name: _state(path, ARCHIVE_SIZE, ARCHIVE_SHA256, "sha256", should_stop)})
    files = {}
    for number, (name, checksum) in enumerate(CHECKSUMS.items(), start=1):
        files[name] = _state(path / name, SIZES[name], checksum, "md5", should_stop)
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
    contents = _from_archive(path, names) if is_file(path) else (_official(path / name) for name in names)
    batches = [cifar10_batch.decode(content, name) for name, content in zip(names, contents, strict=True)]
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


def extract(archive: Path, folder: Path, should_stop: Callable[[], bool] = lambda: False) -> Path:
    """Unpack the official archive's batch files into `folder`; the data set's folder appears whole or not at all.

    A damaged copy that is there already is replaced.

    Args:
        archive: The archive.
        folder: Where the data set's folder is to be.
        should_stop: Asked several times a second.

    Returns:
        The data set's folder.

    Raises:
        DataError: The archive is not the official one.
        Cancelled: `should_stop` said so; nothing has changed.
        OSError: The folder cannot be written to, or the disk is full; nothing has changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FOLDER
    for leftover in folder.glob(f"{_UNPACKING}*"):  # of a program that was killed, not of another that is at work
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > 3600:
                shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_UNPACKING, ignore_cleanup_errors=True) as temporary:
        unpacked = Path(temporary) / FOLDER
        unpacked.mkdir()
        names = tuple(CHECKSUMS)
        for name, content in zip(names, _from_archive(archive, names, should_stop), strict=True):
            with (unpacked / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        replaced = Path(temporary) / "replaced"
        with suppress(FileNotFoundError):
            target.rename(replaced)
        try:
            unpacked.rename(target)
        except OSError:
            if replaced.exists():
                replaced.rename(target)
            raise
    return target


def digest(file: BinaryIO, kind: str, should_stop: Callable[[], bool] = lambda: False) -> str:
    """Return the checksum of the rest of a file.

    Args:
        file: Read to its end.
        kind: "md5" or "sha256".
        should_stop: Asked many times a second.

    Raises:
        Cancelled: `should_stop` said so.
        OSError: The file cannot be read.
    """
    checksum = hashlib.new(kind, usedforsecurity=False)
    while block := file.read(_BLOCK):
        if should_stop():
            raise Cancelled("Stopped while comparing checksums.")
        checksum.update(block)
    return checksum.hexdigest()


def _absent(folder: Path | None) -> DataError:
    where = f"in '{folder}'" if folder is not None else "on this computer"
    return DataError(f"The full CIFAR-10 was not found {where}. {HOW_TO_GET_IT}")


def _state(path: Path, size: int, checksum: str, kind: str, should_stop: Callable[[], bool]) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
            return "not a file"
        if found.st_size != size:  # a huge one would be read for minutes
            return f"not the official file ({found.st_size:,} bytes, expected {size:,})"
        with path.open("rb") as file:
            if digest(file, kind, should_stop) == checksum:
                return "ok"
        return f"not the official file (another {kind.upper()})"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"


def _official(path: Path) -> bytes:
    """Return a batch file's content, after comparing its checksum."""
    try:
        if is_there(path) and not is_file(path):  # a pipe would be waited for
            raise DataError(f"'{path}' cannot be read (it is not a file). {HOW_TO_GET_IT}")
        with path.open("rb") as file:
            content = file.read(_LARGEST_BATCH_FILE)
    except OSError as error:
        raise DataError(f"'{path}' cannot be read ({error.strerror or error}). {HOW_TO_GET_IT}") from error
    return _checked(content, path.name, f"'{path}'")


def _checked(content: bytes, name: str, where: str) -> bytes:
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != CHECKSUMS[name]:
        raise DataError(
            f"{where} is not the official CIFAR-10 file: its MD5 differs ({len(content):,} bytes). It is truncated, "
            f"damaged or another file, and was not opened. {HOW_TO_GET_IT}"
        )
    return content


def _from_archive(
    path: Path, names: tuple[str, ...], should_stop: Callable[[], bool] = lambda: False
) -> Iterator[bytes]:
    """Yield the content of batch files in an archive, after comparing the checksums of the archive and of each file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            # A file of another size need not be read: it may be huge.
            if size != ARCHIVE_SIZE or digest(file, "sha256", should_stop) != ARCHIVE_SHA256:
                raise DataError(
                    f"'{path}' ({size:,} bytes) is not the official {ARCHIVE}: its size or SHA-256 differs. It is "
                    f"truncated, damaged or another file, and was not opened. {HOW_TO_GET_IT}"
                )
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:gz") as archive:
                for name in names:
                    yield _checked(_member(archive, name, should_stop), name, f"'{name}' in '{path}'")
    except FileNotFoundError as error:
        raise DataError(f"'{path}' is missing. {HOW_TO_GET_IT}") from error
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"'{path}' cannot be read ({error}). {HOW_TO_GET_IT}") from error


def _member(archive: tarfile.TarFile, name: str, should_stop: Callable[[], bool]) -> bytes:
    file = archive.extractfile(f"{FOLDER}/{name}")
    blocks: list[bytes] = []
    while file is not None and len(blocks) * _BLOCK < _LARGEST_BATCH_FILE and (block := file.read(_BLOCK)):
        if should_stop():
            raise Cancelled("Stopped while unpacking; nothing has changed.")
        blocks.append(block)
    return b"".join(blocks)
