"""The certification that is shipped: of these networks, and what the README says."""

from pathlib import Path

import pytest

from advgui import resources
from advgui.certification.report import Certification
from advgui.evaluation.report import hashes
from advgui.models import cards
from advgui.reports import certified_storage

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def report() -> Certification:
    return certified_storage.load(resources.trained() / "certified.json")


def test_it_is_whole_and_of_every_20th_test_image(report: Certification) -> None:
    assert report.complete
    assert report.indices.tolist() == list(range(0, 10_000, 20))
    assert report.choosing.sum(axis=1).tolist() == [report.smoothing.choosing] * 500
    assert report.estimating.sum(axis=1).tolist() == [report.smoothing.estimating] * 500


def test_it_is_of_the_networks_beside_it(report: Certification) -> None:
    expected = {cards.read(resources.trained() / f"{name}.keras").sha256 for name in ("classifier", "denoiser")}
    assert set(dict(hashes(report.provenance)).values()) == expected


def test_the_readme_has_its_figures(report: Certification) -> None:
    cells = []
    for radius in report.radii:
        tally = report.certified(radius)
        cells.append(f"{100 * tally.accuracy:.1f}<br>{100 * tally.low:.1f}-{100 * tally.high:.1f}")
    lines = README.read_text(encoding="utf-8").splitlines()
    assert f"| certified accuracy | {' | '.join(cells)} |" in lines
    assert f"| L2 radius | {' | '.join(f'{radius:g}' for radius in report.radii)} |" in lines
