"""What comes with the program is what its title says."""

import pytest

from advgui.reports import storage
from advgui.reports.shipped import SHIPPED, Shipped


@pytest.mark.parametrize("shipped", SHIPPED)
def test_each_is_whole_and_has_as_many_images_as_it_says(shipped: Shipped) -> None:
    report = storage.load(shipped.path)
    assert report.complete
    assert f"{report.images:,} test images" in shipped.title


def test_the_first_is_on_the_whole_test_set() -> None:
    assert storage.load(SHIPPED[0].path).images == 10_000
