import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui import cli, resources
from advgui.commands import train
from advgui.data import cifar10
from advgui.errors import AdvguiError
from advgui.models import model_files
from advgui.training import ablation, classifier
from advgui.training.augmentation import View

RECORD = resources.trained() / "ablation.json"
ROW = {"epoch": 1.0, "loss": 1.0, "accuracy": 0.75, "validation_loss": 1.5, "validation_accuracy": 0.5}


def test_neighbours_differ_in_one_thing() -> None:
    initial, augmented, final = ablation.VARIANTS.values()
    assert initial.build is augmented.build is not final.build
    assert not initial.views
    assert augmented.views == final.views
    assert all(isinstance(view, View) and view.canvas == 32 for view in final.views)
    assert set(ablation.VARIANTS) == set(ablation.WHAT) == set(ablation.PUBLISHED)


def test_the_command_offers_every_variant() -> None:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    for variant in ablation.VARIANTS:
        assert parser.parse_args(["classifier", "--variant", variant]).variant == variant


@given(st.permutations(["initial", "augmented", "final"]))
def test_the_record_does_not_depend_on_the_order_of_the_trainings(tmp_path_factory, order) -> None:
    path = tmp_path_factory.mktemp("record") / "made" / "ablation.json"
    settings = {"seed": 0}
    for variant in order:
        ablation.record(path, variant, settings, [ROW])
    stored = ablation.read(path)
    assert list(stored["variants"]) == ["initial", "augmented", "final"]
    lines = ablation.table(stored).splitlines()
    assert len(lines) == 2 + 3
    assert all("| 75.0 | 50.0 | +25.0 |" in line for line in lines[2:])


def test_another_recipe_starts_the_record_anew(tmp_path) -> None:
    path = tmp_path / "ablation.json"
    ablation.record(path, "initial", {"seed": 0}, [ROW])
    ablation.record(path, "final", {"seed": 1}, [ROW])
    assert list(ablation.read(path)["variants"]) == ["final"]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"recipe": {}, "variants": {"other": []}}', '{"recipe": {}, "variants": {"final": [{}]}}', "{"],
)
def test_a_foreign_file_is_refused_and_kept(tmp_path, content) -> None:
    path = tmp_path / "ablation.json"
    path.write_text(content)
    with pytest.raises(AdvguiError, match=r"ablation\.json.*Expected"):
        ablation.record(path, "final", {}, [ROW])
    assert path.read_text() == content


@pytest.mark.parametrize("variant", ["initial", "augmented"])
def test_a_variant_trains_is_recorded_and_stays_with_its_run(monkeypatch, tmp_path, capsys, variant) -> None:
    samples = cifar10.load_samples()
    monkeypatch.setattr(cifar10, "load_training", lambda folder: (samples, samples.select(np.arange(5))))
    monkeypatch.setattr(ablation, "recipe", lambda choices: classifier.Recipe(2, 0, 0, 10, **choices))
    run, record = tmp_path / "run", tmp_path / "ablation.json"
    arguments = ["train", "classifier", "--variant", variant, "--run", str(run), "--record", str(record)]
    assert cli.main(arguments) == 0
    stored = json.loads(record.read_text())
    assert stored["recipe"]["epochs"] == 2
    assert len(stored["variants"][variant]) == 2
    assert f"| {variant} |" in capsys.readouterr().out
    model = model_files.load(run / f"ablation-{variant}.keras")
    assert model.input_shape == (None, 32, 32, 3)

    # The folder holds a run of this variant: another one must not go on there.
    other = ["train", "classifier", "--variant", "final", "--run", str(run), "--record", str(record)]
    assert cli.main(other) == 1
    assert "other settings" in capsys.readouterr().err


@pytest.mark.skipif(not RECORD.exists(), reason="no recorded ablation")
def test_the_recorded_ablation_is_whole_and_the_readme_shows_it() -> None:
    stored = ablation.read(RECORD)
    assert list(stored["variants"]) == list(ablation.VARIANTS)
    assert {len(history) for history in stored["variants"].values()} == {stored["recipe"]["epochs"]}
    shown = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").splitlines()
    assert set(ablation.table(stored).splitlines()) <= set(shown)
