from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.data import picture_folder
from advgui.data.cifar10 import Dataset
from advgui.errors import DataError
from tests import pictures


@pytest.fixture
def folder(tmp_path):
    return pictures.folder(tmp_path / "textures", count=4)


def test_every_picture_is_read_and_labelled_by_its_folder(folder) -> None:
    told = []
    found = picture_folder.read(folder, 32, lambda done, total: told.append((done, total)))
    assert found.dataset.name == "textures"
    assert found.dataset.class_names == pictures.CLASSES
    assert found.dataset.images.shape == (12, 32, 32, 3)
    assert found.dataset.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert found.skipped == ()
    assert told == [(n, 12) for n in range(1, 13)]
    # The plain ones are still plain, so these are the pictures and not something else.
    assert all(len(np.unique(image.reshape(-1, 3), axis=0)) == 1 for image in found.dataset.images[4:8:3])


def test_the_middle_of_a_picture_counts(tmp_path) -> None:
    from PIL import Image

    for kind in ("a", "b"):
        (tmp_path / kind).mkdir()
        for n in range(2):
            wide = np.zeros((64, 192, 3), np.uint8)
            wide[:, 64:128] = 200
            Image.fromarray(wide).save(tmp_path / kind / f"{n}.png")
    inner = picture_folder.read(tmp_path).dataset.images[:, 2:-2, 2:-2]
    assert np.all(inner == 200)


def test_classes_sort_by_number(tmp_path) -> None:
    for n in (10, 2, 1):
        for m in range(2):
            (tmp_path / f"class {n}").mkdir(exist_ok=True)
            pictures.picture("dots", m).save(tmp_path / f"class {n}" / f"{m}.png")
    assert picture_folder.read(tmp_path).dataset.class_names == ("class 1", "class 2", "class 10")


def test_what_cannot_be_read_is_skipped_listed_and_counted(folder) -> None:
    (folder / "dots" / "notes.txt").write_text("no picture")
    (folder / "dots" / "empty.png").touch()
    (folder / "plain" / "more").mkdir()
    (folder / "stripes" / "loop").symlink_to(folder)
    (folder / "Thumbs.db").touch()
    pictures.picture("dots", 7).save(folder / "stray.png")
    (folder / "plain" / "Thumbs.db").touch()
    found = picture_folder.read(folder)
    assert len(found.dataset) == 12
    assert [line.split(":")[0] for line in found.skipped] == [
        "stray.png", "dots/empty.png", "dots/notes.txt", "plain/more", "stripes/loop",
    ]  # fmt: skip


def test_a_class_without_pictures_is_an_error_that_names_it(folder) -> None:
    (folder / "waves").mkdir()
    with pytest.raises(DataError, match=r"'waves' has 0 readable pictures, of 0 files.*at least two"):
        picture_folder.read(folder)


def test_a_class_with_one_picture_is_an_error_that_says_what_was_skipped(folder) -> None:
    for path in list((folder / "dots").iterdir())[1:]:
        path.unlink()
    (folder / "dots" / "broken.png").write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match=r"(?s)'dots' has 1 readable picture, of 2 files.*broken\.png"):
        picture_folder.read(folder)


def test_what_was_skipped_elsewhere_is_not_what_a_class_lacks(folder) -> None:
    (folder / "dots" / "broken dots.png").touch()
    for path in list((folder / "stripes").glob("stripes*"))[1:]:
        path.write_bytes(b"no picture")
    with pytest.raises(DataError, match="'stripes' has 1 readable picture, of 4 files") as raised:
        picture_folder.read(folder)
    assert "broken dots" not in str(raised.value)
    assert str(raised.value).count("stripes/stripes") == 3


def test_links_lead_outside_and_cycles_end(tmp_path) -> None:
    folder = pictures.folder(tmp_path / "elsewhere", count=3)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "dots").symlink_to(folder / "dots", target_is_directory=True)
    (mine / "plain").mkdir()
    for path in (folder / "plain").glob("plain*"):
        (mine / "plain" / path.name).symlink_to(path)
    (mine / "plain" / "itself").symlink_to(mine / "plain" / "itself")
    found = picture_folder.read(mine)
    assert found.dataset.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(found.skipped) == 1
    (mine / "whole").symlink_to(mine, target_is_directory=True)
    with pytest.raises(DataError, match="'whole' has 0 readable pictures"):
        picture_folder.read(mine)


def test_a_class_that_cannot_be_listed_is_named(folder, monkeypatch) -> None:
    listed = Path.iterdir

    def refused(path: Path):
        if path.name == "plain":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(DataError, match=r"plain' cannot be read \(Permission denied\)"):
        picture_folder.read(folder)


def test_fewer_than_two_classes_are_an_error(tmp_path) -> None:
    with pytest.raises(DataError, match=r"0 subfolders.*at least two subfolders"):
        picture_folder.read(tmp_path)
    with pytest.raises(DataError, match=r"nowhere.*cannot be read"):
        picture_folder.read(tmp_path / "nowhere")


@given(st.lists(st.integers(2, 30), min_size=2, max_size=5), st.integers(0, 99))
def test_the_split_has_every_class_on_both_sides(counts, seed) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    names = tuple(map(str, range(len(counts))))
    dataset = Dataset("x", np.zeros((len(labels), 8, 8, 3), np.uint8), labels, np.arange(len(labels)), names)
    training, validation = picture_folder.split(dataset, seed)
    assert sorted([*training.indices, *validation.indices]) == list(range(len(labels)))
    for label, count in enumerate(counts):
        held_back = int((validation.labels == label).sum())
        assert 1 <= held_back < count
        assert abs(held_back - picture_folder.VALIDATION_SHARE * count) < 1
    again, _ = picture_folder.split(dataset, seed)
    assert np.array_equal(again.indices, training.indices)


@given(names=st.permutations(["Cat", "cat", "CAT", "class 2", "class 10", "class 02", "dog"]))
def test_the_order_of_classes_does_not_depend_on_the_file_system(names: list[str]) -> None:
    ordered = sorted(map(Path, names), key=picture_folder._by_name)
    assert [path.name for path in ordered] == ["CAT", "Cat", "cat", "class 02", "class 2", "class 10", "dog"]
