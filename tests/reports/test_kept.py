"""Kept results: one beside the other, never one over another."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from advgui.certification.run import begun, certify
from advgui.certification.smoothing import Smoothing
from advgui.data import cifar10
from advgui.errors import DataError
from advgui.evaluation.plan import Plan
from advgui.reports import certified_storage, storage
from advgui.reports.kept import CERTIFICATIONS, EVALUATIONS, KeptResults
from tests import tiny
from tests.toy import made_up

SCENARIOS = Plan.of().scenarios[:1]
START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def after(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def counts(kept: KeptResults) -> list[tuple[int, int]]:
    return [(entry.images, entry.planned) for entry in kept.entries()]


def test_every_evaluation_has_a_place_of_its_own(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path / "new" / "folder", EVALUATIONS)
    assert kept.entries() == []
    assert kept.newest() is None
    whole, part = made_up(50, SCENARIOS), made_up(8, SCENARIOS, planned=50)
    kept.add(whole, after(0))
    entry = kept.add(part, after(1))
    assert counts(kept) == [(8, 50), (50, 50)]
    assert [each.complete for each in kept.entries()] == [False, True]
    assert kept.entries()[0] == entry
    assert (entry.begun, entry.names) == (after(1), ("gaussian",))
    assert [storage.to_json(kept.read(each)) for each in kept.entries()] == [
        storage.to_json(part), storage.to_json(whole),
    ]  # fmt: skip
    newest = kept.newest()
    assert newest is not None
    assert newest[0] == entry


def test_one_evaluation_grows_in_its_place_in_whatever_order_its_parts_arrive(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path, EVALUATIONS)
    for images in (8, 24, 16, 50, 40, 50):
        kept.add(made_up(images, SCENARIOS, planned=50), after(0))
    assert counts(kept) == [(50, 50)]
    assert len(list(tmp_path.iterdir())) == 1


def test_two_threads_keep_the_larger_part(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path, EVALUATIONS)
    parts = [made_up(images, SCENARIOS, planned=50) for images in (10, 50, 20, 30)]
    threads = [Thread(target=kept.add, args=(part, after(0))) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts(kept) == [(50, 50)]


def test_of_too_many_the_smallest_go_and_never_the_newest(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path, EVALUATIONS, most=3)
    other = tmp_path / "my own result.json"
    other.write_text("mine")
    for minute, images in enumerate([50, 8, 8, 40, 9, 3, 4]):
        kept.add(made_up(images, SCENARIOS, planned=50), after(minute))
        assert counts(kept)[0] == (images, 50)
        assert len(counts(kept)) == min(minute + 1, 3)
    assert counts(kept) == [(4, 50), (40, 50), (50, 50)]
    assert other.read_text() == "mine"


def test_a_failure_leaves_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptResults(tmp_path, EVALUATIONS, most=1)
    kept.add(made_up(50, SCENARIOS), after(0))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        kept.add(made_up(8, SCENARIOS), after(1))
    assert counts(kept) == [(50, 50)]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "name",
    [
        "20261301T120000.000000Z fgsm 8 of 20.json",
        "20260131T120000.000000Z fgsm 8 of 20.json.part",
        "20260131T120000.000000Z f\x1bgsm 8 of 20.json",
        "last-evaluation.json",
    ],
)
def test_other_files_are_no_results(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{")
    assert KeptResults(tmp_path, EVALUATIONS).entries() == []


def test_a_damaged_result_is_listed_refused_and_passed_over(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path, EVALUATIONS)
    sound = kept.add(made_up(50, SCENARIOS), after(0))
    damaged = kept.add(made_up(8, SCENARIOS), after(1))
    damaged.path.write_text(damaged.path.read_text()[:-100])
    with pytest.raises(DataError):
        kept.read(damaged)
    newest = kept.newest()
    assert newest is not None
    assert newest[0] == sound


def test_the_one_result_of_earlier_versions_is_taken_in(tmp_path: Path) -> None:
    kept, old = KeptResults(tmp_path / "evaluations", EVALUATIONS), tmp_path / "last-evaluation.json"
    kept.adopt(old)  # there is none
    report = made_up(50, SCENARIOS)
    old.write_text(storage.to_json(report))
    os.utime(old, (START.timestamp(), START.timestamp()))
    kept.adopt(old)
    assert not old.exists()
    (entry,) = kept.entries()
    assert entry.begun == START
    assert storage.to_json(kept.read(entry)) == storage.to_json(report)
    old.write_text("no result")
    kept.adopt(old)
    assert old.read_text() == "no result"


def test_a_line_tells_what_it_is(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path, EVALUATIONS)
    part = kept.add(made_up(1234, Plan.of().scenarios, planned=5000), after(0))
    local = START.astimezone()
    assert str(part) == f"{local:%Y-%m-%d %H:%M:%S}: Gaussian noise and FGSM, partial, 1,234 of 5,000 images"
    assert str(kept.add(replace(made_up(20, SCENARIOS)), after(1))).endswith("Gaussian noise, 20 images")


def test_what_was_removed_comes_back_until_it_is_forgotten(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path, EVALUATIONS)
    first, second = (kept.add(made_up(images, SCENARIOS), after(images)) for images in (8, 9))
    kept.remove(first)
    assert kept.entries() == [second]
    kept.restore(first)
    assert kept.entries() == [second, first]
    kept.remove(first)
    kept.remove(second)  # from now on the first is gone for good
    assert kept.entries() == []
    with pytest.raises(OSError, match="No such file"):
        kept.restore(first)
    kept.restore(second)
    assert kept.entries() == [second]
    kept.remove(second)
    (tmp_path / "mine.removed").touch()
    kept.forget_removed()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.removed"]


def test_certifications_are_kept_in_the_same_way(tmp_path: Path) -> None:
    pipeline, samples = tiny.pipeline(), cifar10.load_samples()
    start = begun(pipeline, samples, Smoothing(sigma=0.25, choosing=2, estimating=9), np.arange(3))
    part = next(step.report for step in certify(pipeline, samples, start) if step.done == 2)
    kept = KeptResults(tmp_path, CERTIFICATIONS)
    entry = kept.add(part, START)
    assert kept.entries() == [entry]
    assert str(entry).endswith("sigma-0.25 and autoencoder, partial, 2 of 3 images")
    assert certified_storage.to_json(kept.read(entry)) == certified_storage.to_json(part)
