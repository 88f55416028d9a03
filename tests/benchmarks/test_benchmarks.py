"""Benchmarks are run by hand, so that a change of what they use would go unseen."""

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

from advgui import resources
from advgui.data.cifar10 import Dataset
from advgui.reports import storage
from tests import benchmarks
from tests.benchmarks import cluster, other_device

NAMES = [module.name for module in iter_modules(benchmarks.__path__) if not module.name.startswith("test_")]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_benchmark_uses_is_there(name):
    assert callable(import_module(f"{benchmarks.__name__}.{name}").main)


@pytest.mark.slow
def test_the_one_of_the_cluster_runs(monkeypatch: pytest.MonkeyPatch, cifar_test_set: Dataset) -> None:
    pytest.importorskip("ray")
    for name, small in (("SHARD", 4), ("SHARDS", 6), ("EMPTY", 4)):
        monkeypatch.setattr(cluster, name, small)
    assert cluster.main() in (0, 1)


@pytest.mark.slow
def test_the_one_for_another_device_counts_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cifar_test_set: Dataset
) -> None:
    report = storage.load(resources.trained() / "evaluation.json")
    fgsm = next(run for run in report.runs if run.scenario.attack.name == "fgsm" and run.scenario.strength)
    original = fgsm.predictions["clean"]
    altered = np.where(np.arange(len(original)) < 3, (original + 1) % 10, original).astype(original.dtype)
    runs = [
        replace(run, predictions=run.predictions | {"clean": altered}) if run is fgsm else run for run in report.runs
    ]
    monkeypatch.setattr(other_device.storage, "load", lambda _: replace(report, runs=runs))
    monkeypatch.setattr("sys.argv", ["other_device", "--images", "20"])
    monkeypatch.setattr(other_device, "STEPS", 3)
    monkeypatch.setattr(other_device, "WARM", 1)
    assert other_device.main() == 0
    said = capsys.readouterr().out
    assert "gaussian 0, fgsm 3" in said
    assert "a step of adversarial training: " in said
