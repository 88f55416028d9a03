"""Model files whose weights are damaged, in several layouts of HDF5: none of them reaches the program.

Each is read in a process in quarantine, which may die of it; another is then started. Of those that pass, some go all
the way: they are tried in full and written anew, and what was written is opened here.
"""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from advgui.errors import ModelFileError
from advgui.models import model_files
from advgui.models.quarantine import Kind, Limits, Quarantine
from tests import tiny
from tests.damaged_weights import LAYOUTS, damaged, weights
from tests.model_archives import WEIGHTS, packed, save, unpacked

FEW, MANY = 15, 5000
IN_FULL = 20


def survived(folder: Path, seeds: range, layout: str, in_full: int = 0) -> Counter[str]:
    """Read damaged files of a layout; count those that passed, were refused, ended the process, and were opened."""
    members = unpacked(save(tiny.classifier_model(), folder / "good.keras"))
    original = weights(layout)
    path, counts = folder / "damaged.keras", Counter[str]()
    passed: list[int] = []
    reasons: list[str] = []
    with Quarantine(Limits(seconds=20)) as process:
        for seed in seeds:
            packed(members | {WEIGHTS: damaged(original, seed)}, path)
            try:
                process.examine(path, Kind.WEIGHTS, f"{layout} {seed}")
            except ModelFileError as error:
                reasons.append(str(error))
            else:
                passed.append(seed)
    counts |= {"passed": len(passed), "refused": len(reasons), "deaths": process.deaths}
    assert all(reason.startswith(f"'{layout} ") and "xpected" in reason for reason in reasons)
    with Quarantine() as process:
        for seed in passed[:in_full]:
            packed(members | {WEIGHTS: damaged(original, seed)}, path)
            with suppress(ModelFileError):
                process.examine(path, Kind.CLASSIFIER, f"{layout} {seed}", again=folder / "again.keras")
                assert model_files.load_classifier(folder / "again.keras").count_params() == tiny_weights()
                counts["opened"] += 1
    return counts


def tiny_weights() -> int:
    return int(tiny.classifier_model().count_params())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_few(layout: str, tmp_path: Path) -> None:
    assert survived(tmp_path, range(FEW), layout)["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_thousands(layout: str, tmp_path: Path) -> None:
    counts = survived(tmp_path, range(MANY), layout, IN_FULL)
    print(f"\n{layout}: {dict(counts)}")
    assert counts["refused"] > MANY // 20
