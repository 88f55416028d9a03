"""What comes with the program is what its title says."""

import pytest

from advgui.reports import certified_storage, storage
from advgui.reports.shipped import CERTIFICATIONS, EVALUATIONS, Shipped


@pytest.mark.parametrize("shipped", EVALUATIONS)
def test_each_is_whole_and_has_as_many_images_as_it_says(shipped: Shipped) -> None:
    report = storage.load(shipped.path)
    assert report.complete
    assert f"{report.images:,} test images" in shipped.title


def test_the_first_is_on_the_whole_test_set() -> None:
    assert storage.load(EVALUATIONS[0].path).images == 10_000


@pytest.mark.parametrize("shipped", CERTIFICATIONS)
def test_each_certification_is_what_its_title_says(shipped: Shipped) -> None:
    report = certified_storage.load(shipped.path)
    assert report.complete
    noise = f"sigma {report.smoothing.sigma:g} through the {report.provenance.networks['autoencoder'].name}"
    assert shipped.title == f"{noise}, {report.images:,} test images"
