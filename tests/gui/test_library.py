import numpy as np
import pytest

from advgui.data.cifar10 import Dataset
from advgui.gui.library import Library
from advgui.images import Picture
from tests.gui.gated import CLASS_NAMES


def dataset(name: str, count: int = 3) -> Dataset:
    return Dataset(
        name, np.zeros((count, 32, 32, 3), np.uint8), np.zeros(count, np.int64), np.arange(count), CLASS_NAMES
    )


def picture(name: str) -> Picture:
    return Picture(np.zeros((32, 32, 3), np.float32), name, "")


@pytest.mark.parametrize("show", [True, False])
def test_a_data_set_takes_the_place_of_one_of_its_name(library: Library, show: bool) -> None:
    told: list[tuple[Dataset, bool]] = []
    library.dataset_set.connect(lambda *values: told.append(values))
    first, second, again = dataset("a"), dataset("b"), dataset("a", 5)
    for one in (first, second, again):
        library.set_dataset(one, show)
    assert library.datasets == [again, second]
    assert told == [(first, show), (second, show), (again, show)]


def test_pictures_keep_their_places(library: Library) -> None:
    added: list[int] = []
    replaced: list[int] = []
    library.picture_added.connect(lambda: added.append(len(library.pictures)))
    library.picture_replaced.connect(replaced.append)
    one, two, other = picture("one"), picture("two"), picture("other")
    library.add_picture(one)
    library.add_picture(two)
    library.replace_picture(0, other)
    assert library.pictures == [other, two]
    assert added == [1, 2]
    assert replaced == [0]
