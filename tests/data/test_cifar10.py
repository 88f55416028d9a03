"""The data set: the bundled samples, and a full copy that is whole, damaged, tampered with or somewhere else."""

import gzip
import hashlib
import os
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from advgui import resources
from advgui.data import cifar10, cifar10_batch
from advgui.errors import Cancelled, DataError
from tests.batches import EACH, archive_of, batch, pixels_of

# uint8 pixels and int64 labels of test images 0 to 19.
SAMPLES_SHA256 = "084fe614bee802ada582a59cf7c3e55086d3286774c41851bdea4f30ef62a539"


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    """Six batch files of noise."""
    labels = [number % 10 for number in range(EACH)]
    return {name: batch(pixels_of(seed).tobytes(), labels) for seed, name in enumerate(cifar10.CHECKSUMS)}


@pytest.fixture
def official(contents: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """Smaller files of noise pass for the official ones, and there is no other copy on this computer."""
    for name, content in contents.items():
        monkeypatch.setitem(cifar10.CHECKSUMS, name, hashlib.md5(content).hexdigest())
        monkeypatch.setitem(cifar10.SIZES, name, len(content))
    monkeypatch.setattr(cifar10_batch, "IMAGES", EACH)
    monkeypatch.setattr(cifar10, "VALIDATION_IMAGES", EACH // 2)
    nowhere(monkeypatch, tmp_path)
    return contents


def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Move everything where a copy is looked for into an empty folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(tmp_path / "home" / "local"))
    for name in ("ADVGUI_CIFAR10", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


def written(folder: Path, contents: dict[str, bytes]) -> Path:
    place = folder / cifar10.FOLDER
    place.mkdir(parents=True)
    for name, content in contents.items():
        (place / name).write_bytes(content)
    return place


# Samples


def test_the_samples_are_the_recorded_ones(samples: cifar10.Dataset) -> None:
    assert samples.images.shape == (20, 32, 32, 3)
    assert_array_equal(samples.indices, np.arange(20))
    assert hashlib.sha256(samples.images.tobytes() + samples.labels.tobytes()).hexdigest() == SAMPLES_SHA256


def test_the_samples_are_the_first_test_images(samples: cifar10.Dataset, cifar_test_set: cifar10.Dataset) -> None:
    assert_array_equal(samples.images, cifar_test_set.images[:20])
    assert_array_equal(samples.labels, cifar_test_set.labels[:20])


@pytest.mark.parametrize("damage", ["missing", "empty", "another size"])
def test_damaged_samples_are_an_error(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = cifar10.resources.assets() / "samples"
    folder = tmp_path / "samples"
    folder.mkdir()
    for path in source.glob("*.png"):
        (folder / path.name).write_bytes(path.read_bytes())
    if damage == "missing":
        (folder / "07_6.png").unlink()
    elif damage == "empty":
        (folder / "07_6.png").write_bytes(b"")
    else:
        cifar10.Image.new("RGB", (31, 32)).save(folder / "07_6.png")
    monkeypatch.setattr(cifar10.resources, "assets", lambda: tmp_path)
    with pytest.raises(DataError, match="Install the program again"):
        cifar10.load_samples()


# The full set


def test_the_full_set_is_the_official_one(cifar_test_set: cifar10.Dataset, cifar_training_set: cifar10.Dataset) -> None:
    for dataset, each in ((cifar_test_set, 1000), (cifar_training_set, 5000)):
        assert_array_equal(np.bincount(dataset.labels), [each] * 10)
        assert_array_equal(dataset.indices, np.arange(each * 10))
        assert dataset.images.shape == (each * 10, 32, 32, 3)
    # The means of the channels that the literature gives for the training images.
    assert np.allclose(cifar_training_set.images.mean((0, 1, 2)) / 255, [0.4914, 0.4822, 0.4465], atol=1e-4)


def test_a_whole_copy_is_loaded(official: dict[str, bytes], tmp_path: Path) -> None:
    folder = written(tmp_path, official)
    for given in (tmp_path, folder):
        assert cifar10.find(given) == folder
        assert cifar10.verify(given) == folder
        assert cifar10.status(given).complete
    test = cifar10.load("test", tmp_path)
    assert_array_equal(test.images, pixels_of(5).transpose(0, 2, 3, 1))
    assert_array_equal(test.labels, np.arange(EACH) % 10)
    assert not test.images.flags.writeable


def test_training_and_validation_are_disjoint_and_in_order(official: dict[str, bytes], tmp_path: Path) -> None:
    written(tmp_path, official)
    training, validation = cifar10.load_training(tmp_path)
    assert (len(training), len(validation)) == (4.5 * EACH, 0.5 * EACH)
    assert_array_equal(np.concatenate([training.indices, validation.indices]), np.arange(5 * EACH))
    assert_array_equal(validation.images, pixels_of(4).transpose(0, 2, 3, 1)[EACH // 2 :])


def test_some_images_are_selected(samples: cifar10.Dataset) -> None:
    chosen = samples.select([7, 3, 3])
    assert_array_equal(chosen.indices, [7, 3, 3])
    assert_array_equal(chosen.images[1], samples.images[3])
    assert_array_equal(chosen.labels, samples.labels[[7, 3, 3]])


def test_no_copy_is_an_error_that_says_what_to_do(official: dict[str, bytes], tmp_path: Path) -> None:
    assert cifar10.find() is None
    assert cifar10.status().path is None
    assert not cifar10.status().complete
    for folder in (None, tmp_path / "somewhere"):
        for function in (cifar10.verify, cifar10.load_training):
            with pytest.raises(DataError, match=r"was not found.*advgui data download"):
                function(folder)


@pytest.mark.parametrize(
    "place",
    [
        "home/.cache/advgui",
        "home/.keras/datasets",
        "home/.keras/datasets/cifar-10-batches-py-target",
        "work/data",
        "home/data",
    ],
)
@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="the cache is elsewhere")
def test_the_usual_places_are_looked_at(place: str, official: dict[str, bytes], tmp_path: Path) -> None:
    folder = written(tmp_path / place, official)
    found = cifar10.find()
    assert found is not None
    assert found.resolve() == folder


def test_the_environment_variable_comes_first(
    official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "work" / "data", official)
    folder = written(tmp_path / "mine", official)
    monkeypatch.setenv("ADVGUI_CIFAR10", str(tmp_path / "mine"))
    assert cifar10.find() == folder


def test_an_incomplete_copy_does_not_hide_a_whole_one(official: dict[str, bytes], tmp_path: Path) -> None:
    incomplete = written(resources.cache(), {"test_batch": official["test_batch"][:100]})
    assert cifar10.find() == incomplete
    whole = written(tmp_path / "home" / "data", official)
    assert cifar10.find() == whole


@pytest.mark.parametrize("name", [cifar10.ARCHIVE, "cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz"])
def test_the_archive_is_found_by_every_name_that_it_has(name: str, official: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"archive")
    assert cifar10.find(tmp_path) == tmp_path / name
    assert cifar10.find(tmp_path / name) == tmp_path / name


@pytest.mark.parametrize(
    "damage", ["truncated", "one flipped bit", "empty", "missing", "a folder", "longer", "swapped"]
)
def test_a_damaged_copy_is_refused(damage: str, official: dict[str, bytes], tmp_path: Path) -> None:
    folder = written(tmp_path, official)
    path, content = folder / "test_batch", bytearray(official["test_batch"])
    if damage == "truncated":
        path.write_bytes(content[:-10])
    elif damage == "one flipped bit":
        content[len(content) // 2] ^= 16
        path.write_bytes(content)
    elif damage == "longer":
        path.write_bytes(content + b"\0")
    elif damage == "swapped":
        path.write_bytes(official["data_batch_1"])
    else:
        path.unlink() if damage in {"missing", "a folder"} else path.write_bytes(b"")
        if damage == "a folder":
            path.mkdir()
    assert not cifar10.status(tmp_path).complete
    with pytest.raises(DataError, match=r"test_batch: .*advgui data download"):
        cifar10.verify(tmp_path)
    with pytest.raises(DataError, match=r"test_batch' (is not the official|cannot be read).*advgui data download"):
        cifar10.load("test", tmp_path)
    assert len(cifar10.load("train", tmp_path)) == 5 * EACH  # whose files are whole


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs permission bits that hold for this user")
def test_a_copy_without_permission_is_refused(official: dict[str, bytes], tmp_path: Path) -> None:
    folder = written(tmp_path, official)
    (folder / "test_batch").chmod(0)
    with pytest.raises(DataError, match="cannot be read"):
        cifar10.load("test", tmp_path)
    folder.chmod(0)
    try:
        assert cifar10.find(tmp_path) is None
    finally:
        folder.chmod(0o700)


def test_a_file_that_cannot_be_read_is_refused(
    official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, official)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(DataError, match=r"cannot be read .Permission denied"):
        cifar10.load("test", tmp_path)
    with pytest.raises(DataError, match=r"test_batch: cannot be read .Permission denied"):
        cifar10.verify(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_not_waited_for(official: dict[str, bytes], tmp_path: Path) -> None:
    folder = written(tmp_path, official)
    (folder / "test_batch").unlink()
    os.mkfifo(folder / "test_batch")
    assert cifar10.status(tmp_path).files["test_batch"] == "not a file"
    with pytest.raises(DataError, match="it is not a file"):
        cifar10.load("test", tmp_path)


@pytest.mark.parametrize("name", ["test_batch", cifar10.ARCHIVE])
def test_a_file_of_another_size_is_not_read(
    name: str, official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be huge, and on a disk that is slow."""
    folder = written(tmp_path, official) if name == "test_batch" else tmp_path
    with (folder / name).open("wb") as file:
        file.truncate(1 << 40)  # sparse: takes no room
    digest = cifar10.digest

    def watched(file: Any, *options: Any) -> str:
        assert not file.name.endswith(name)
        return digest(file, *options)

    monkeypatch.setattr(cifar10, "digest", watched)
    place = folder / name if name == cifar10.ARCHIVE else folder
    assert not cifar10.status(place).complete
    with pytest.raises(DataError, match="is not the official"):
        cifar10.load("test", place)


def test_comparing_checksums_stops_on_request(official: dict[str, bytes], tmp_path: Path) -> None:
    written(tmp_path, official)
    with pytest.raises(Cancelled):
        cifar10.status(tmp_path, should_stop=lambda: True)


# Archives


@pytest.fixture
def archive(official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / cifar10.ARCHIVE
    path.write_bytes(archive_of(official))
    recognise(path, monkeypatch)
    return path


def recognise(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(cifar10, "ARCHIVE_SIZE", path.stat().st_size)


def test_an_archive_is_read_as_it_is_and_unpacked(archive: Path, tmp_path: Path) -> None:
    assert cifar10.verify(archive) == archive
    assert_array_equal(cifar10.load("test", archive).images, pixels_of(5).transpose(0, 2, 3, 1))
    folder = cifar10.extract(archive, tmp_path / "new" / "folder")
    assert folder == tmp_path / "new" / "folder" / cifar10.FOLDER
    assert cifar10.status(folder).complete
    assert list(folder.parent.iterdir()) == [folder]


def test_a_damaged_copy_is_replaced_by_unpacking(archive: Path, tmp_path: Path) -> None:
    written(tmp_path / "data", {"test_batch": b"damaged"})
    folder = cifar10.extract(archive, tmp_path / "data")
    assert cifar10.status(folder).complete
    assert list(folder.parent.iterdir()) == [folder]


def test_what_a_killed_program_left_is_cleared_away(archive: Path, tmp_path: Path) -> None:
    old, recent = tmp_path / ".unpacking-old", tmp_path / ".unpacking-by-another-window"
    for leftover in (old, recent):
        leftover.mkdir()
        (leftover / "test_batch").write_bytes(b"half")
    os.utime(old, (0, 0))
    cifar10.extract(archive, tmp_path)
    assert not old.exists()
    assert recent.exists()


@pytest.mark.parametrize("damage", ["truncated", "one flipped bit", "empty", "text", "repacked"])
def test_a_foreign_archive_is_refused_unopened(
    damage: str, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(archive.read_bytes())
    if damage == "truncated":
        content = content[:-50]
    elif damage == "one flipped bit":
        content[len(content) // 2] ^= 1
    elif damage == "repacked":
        content = bytearray(gzip.compress(gzip.decompress(content), 1))
    else:
        content = bytearray(b"" if damage == "empty" else b"<html>Please log in</html>")
    archive.write_bytes(content)
    monkeypatch.setattr(tarfile, "open", lambda **_: pytest.fail("the archive was opened"))
    monkeypatch.setattr(cifar10_batch, "decode", lambda *_: pytest.fail("a file was decoded"))
    assert not cifar10.status(archive).complete
    with pytest.raises(DataError, match=r"is not the official .* was not opened"):
        cifar10.load("test", archive)
    with pytest.raises(DataError, match=r"is not the official .* was not opened"):
        cifar10.extract(archive, tmp_path / "new")
    with pytest.raises(DataError, match="is not the official"):
        cifar10.verify(archive)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_missing_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        cifar10.extract(tmp_path / "archive", tmp_path)


@pytest.mark.parametrize("kind", ["not gzip", "other members", "a folder as a member", "a member that differs"])
def test_an_archive_is_refused_even_behind_its_checksum(
    kind: str, archive: Path, official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "not gzip":
        archive.write_bytes(b"not gzip")
    elif kind == "other members":
        archive.write_bytes(archive_of({"../../evil": b"x"}))
    elif kind == "a folder as a member":
        with tarfile.open(archive, "w:gz") as file:
            member = tarfile.TarInfo(f"{cifar10.FOLDER}/data_batch_1")
            member.type = tarfile.DIRTYPE
            file.addfile(member)
    else:
        archive.write_bytes(archive_of({**official, "data_batch_1": b"x"}))
    recognise(archive, monkeypatch)
    with pytest.raises(DataError, match=r"cannot be read|is not the official"):
        cifar10.extract(archive, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("after", [0, 1, 5, 90, 140])
def test_unpacking_stops_on_request_and_leaves_nothing(
    after: int, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cifar10, "_BLOCK", 10_000)
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    with pytest.raises(Cancelled):
        cifar10.extract(archive, tmp_path / "new", should_stop)
    assert asked == after + 1
    assert list((tmp_path / "new").iterdir()) == []


def test_a_full_disk_while_unpacking_leaves_what_was_there(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = written(tmp_path / "data", {"test_batch": b"old"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cifar10.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        cifar10.extract(archive, tmp_path / "data")
    assert list(old.parent.iterdir()) == [old]
    assert (old / "test_batch").read_bytes() == b"old"
