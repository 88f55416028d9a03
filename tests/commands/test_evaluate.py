"""`advgui evaluate`: arguments, exit codes, files, and what an interruption leaves."""

import errno
import itertools
import json
import os
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from advgui.attacks import ATTACKS
from advgui.cli import main
from advgui.data import cifar10
from advgui.errors import DataError
from advgui.evaluation.plan import Plan, security_curve
from advgui.figures.matrix import matrix_figure
from advgui.outcomes import Effort
from advgui.pipeline import Batch, Pipeline
from advgui.reports import storage
from advgui.reports.tables import percent
from advgui.types import ProtocolName, Scenario
from tests import toy
from tests.figures import svg
from tests.plugin_files import BODY_LINE, SMALL_ATTACK, write


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return toy.pipeline()


@pytest.fixture
def evaluate(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run `advgui evaluate` with tiny networks on toy images; returns the exit code."""
    monkeypatch.setattr("advgui.models.loading.load_pipeline", lambda *_: pipeline)
    monkeypatch.setattr(cifar10, "load", lambda *_: toy.data())
    return lambda *arguments: main(["evaluate", *map(str, arguments)])


def test_all_files_come_from_one_evaluation(
    evaluate, tmp_path: Path, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {name: tmp_path / "new folder" / f"result.{name}" for name in ("json", "csv", "markdown", "latex")}
    options = itertools.chain(*((f"--{name}", path) for name, path in paths.items()))
    assert evaluate("--protocol", "both", "--seed", 3, "--batch-size", 5, *options) == 0
    values = json.loads(paths["json"].read_text())
    expected = toy.report(pipeline, toy.data(), Plan.of(tuple(ProtocolName), seed=3))
    assert [run["columns"] for run in values["runs"]] == [
        run["columns"] for run in json.loads(storage.to_json(expected))["runs"]
    ]
    assert all(path.read_text().strip() for path in paths.values())
    printed = capsys.readouterr()
    assert "published, Table 2" in printed.out
    assert "12 of 12 images" in printed.err


# Killed as soon as the first six images are written down.
KILLED = """
import os, signal, sys
from advgui.commands import partial
keep = partial.PartialFile.keep

def keep_and_die(self, report):
    keep(self, report)
    if report.images >= 6:
        os.kill(os.getpid(), signal.SIGKILL)

partial.PartialFile.keep = keep_and_die
from advgui.__main__ import main
sys.exit(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_after_a_kill_it_goes_on_to_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["evaluate", "--samples", "--attack", "fgsm", "--json"]
    partial, whole = tmp_path / "partial.json", tmp_path / "whole.json"
    command = [sys.executable, "-c", KILLED, *options, str(partial), "--batch-size", "2"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=600)
    assert done.returncode == -signal.SIGKILL, done.stderr
    kept = storage.load(partial)
    assert 0 < kept.images < kept.planned
    assert main([*options, str(whole)]) == 0
    assert main([*options, str(partial), "--resume", "--batch-size", "3"]) == 0
    assert partial.read_bytes() == whole.read_bytes()
    # What is complete is only shown again; what is of something else is refused, and stays.
    assert main([*options, str(partial), "--resume"]) == 0
    capsys.readouterr()
    assert main([*options, str(partial), "--resume", "--seed", "1"]) == 1
    assert "of something else: scenarios" in capsys.readouterr().err
    assert partial.read_bytes() == whole.read_bytes()
    assert main(["evaluate", "--samples", "--resume"]) == 2
    assert "--resume needs --json" in capsys.readouterr().err


def test_a_cluster_needs_ray_and_an_address(evaluate, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert evaluate("--attack", "fgsm", "--cluster", "local") == 1
    assert "pip install 'advgui[cluster]'" in capsys.readouterr().err
    assert evaluate("--attack", "fgsm", "--cluster", "10.0.0.1:6379", "--workers", 2) == 2
    assert "--workers goes with --cluster local" in capsys.readouterr().err


def test_charts_are_drawn_as_every_kind_of_file_and_say_the_numbers_of_the_result(evaluate, tmp_path: Path) -> None:
    paths = [tmp_path / f"chart.{kind}" for kind in ("svg", "pdf", "png")]
    options = itertools.chain(*(("--chart", path) for path in paths))
    assert evaluate("--attack", "fgsm", "--strength", "4/255", "8/255", "--json", tmp_path / "a.json", *options) == 0
    assert paths[1].read_bytes().startswith(b"%PDF")
    assert paths[2].read_bytes().startswith(b"\x89PNG")
    report = storage.load(tmp_path / "a.json")
    (chart,) = svg.charts(paths[0].read_bytes())
    for column in report.runs[0].predictions:
        wanted = [(run.scenario.strength, 100 * report.tally(run, column).accuracy) for run in report.runs]
        assert np.allclose(chart.values(f"chart-0-{column}"), wanted, rtol=0, atol=(1e-4, 1e-2))
    # A kept report gives the same picture.
    assert evaluate("--load", tmp_path / "a.json", "--chart", tmp_path / "again.svg") == 0
    assert (tmp_path / "again.svg").read_bytes() == paths[0].read_bytes()


def test_matrices_are_drawn_as_every_kind_of_file(evaluate, tmp_path: Path) -> None:
    paths = [tmp_path / f"matrix.{kind}" for kind in ("svg", "pdf", "png")]
    options = itertools.chain(*(("--matrix", path) for path in paths))
    knows = ["--knows", "matrix", "--attacker-draws", 2, "--json", tmp_path / "a.json"]
    assert evaluate("--attack", "fgsm", *knows, *options) == 0
    assert paths[1].read_bytes().startswith(b"%PDF")
    assert paths[2].read_bytes().startswith(b"\x89PNG")
    report = storage.load(tmp_path / "a.json")
    assert paths[0].read_bytes() == matrix_figure(report).file("svg")
    for run in report.runs:
        for column in ("autoencoder", "both"):
            assert any(text.endswith(percent(report.tally(run, column))) for text in svg.texts(paths[0].read_bytes()))


def test_a_security_curve_chooses_the_strengths_of_each_attack(
    evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--attack", "both", "--security-curve", "--images", 2, "--json", tmp_path / "a.json"]
    assert evaluate(*options) == 0
    runs = storage.load(tmp_path / "a.json").runs
    for name in ("gaussian", "fgsm"):
        found = [run.scenario.strength for run in runs if run.scenario.attack.name == name]
        assert found == [0, *security_curve(ATTACKS[name].strength)]
    assert evaluate(*options, "--strength", "0.1") == 2
    assert "--security-curve" in capsys.readouterr().err


def test_a_chart_of_another_kind_is_refused_before_computing(
    evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("advgui.models.loading.load_pipeline", lambda *_: pytest.fail("loaded the networks"))
    for figure in ("--chart", "--matrix"):
        assert evaluate(figure, tmp_path / "chart.jpg") == 1
        assert ".png, .svg or .pdf" in capsys.readouterr().err
    assert evaluate("--chart", tmp_path / "a.svg", "--chart", tmp_path / "a.svg") == 1
    assert "same file" in capsys.readouterr().err


def test_default_is_the_corrected_protocol_with_both_attacks(evaluate, tmp_path: Path) -> None:
    assert evaluate("--json", tmp_path / "a.json") == 0
    runs = json.loads((tmp_path / "a.json").read_text())["runs"]
    assert [(run["protocol"], run["attack"], run["strength"]) for run in runs] == [
        ("corrected", "gaussian", 0.0),
        ("corrected", "gaussian", 0.1),
        ("corrected", "fgsm", 0.0),
        ("corrected", "fgsm", 8 / 255),
    ]


def test_strengths_may_be_fractions_and_several(evaluate, tmp_path: Path) -> None:
    options = ["--attack", "fgsm", "--strength", "0.031", "8/255", "0", "--images", "4", "--json", tmp_path / "a.json"]
    assert evaluate(*options) == 0
    values = json.loads((tmp_path / "a.json").read_text())
    assert [run["strength"] for run in values["runs"]] == [0.0, 0.031, 8 / 255]
    assert {run["images"] for run in values["runs"]} == {4}


@pytest.mark.parametrize(
    "wrong",
    [
        ["--strength", "-0.1"],
        ["--strength", "1/0"],
        ["--strength", "nan"],
        ["--strength", "eight"],
        ["--strength", "1e400"],
        ["--strength", "1e1000000000"],
        ["--strength", "0." + "1" * 100_000],
        ["--strength", "1/" + "9" * 100_000],
        ["--images", "0"],
        ["--images", "-3"],
        ["--images", "5:5"],
        ["--images", "2.5"],
        ["--seed", "-1"],
        ["--seed", "1" * 30],
        ["--seed", "1" * 100_000],
        ["--batch-size", "0"],
        ["--batch-size", "1001"],
        ["--randomization-draws", "0"],
        ["--randomization-draws", "1000000"],
        ["--protocol", "wrong"],
        ["--attack", "nothing"],
        ["--knows", "nothing"],
        ["--knows", "classifier,blur"],
        ["--knows", "matrix,classifier"],
        ["--attacker-draws", "0"],
        ["--attacker-draws", "1001"],
        ["--target", "tulip"],
        ["--target", "10"],
        ["--target", "٣"],
        ["--samples", "--data", "somewhere"],
        ["--chain", "blur"],
        ["--chain", "autoencoder,autoencoder"],
        ["--set", "epsilon"],
        ["--unknown"],
    ],
)
def test_wrong_usage_is_exit_code_2(evaluate, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(*wrong) == 2
    said = capsys.readouterr().err
    assert "usage" in said
    assert len(said) < 2000


def test_each_attack_has_its_range_of_strengths(evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for attack, made in ATTACKS.items():
        low, high = made.strength.low, made.strength.high
        assert evaluate("--attack", attack, "--strength", low, high, "--json", tmp_path / "a.json", "--images", 2) == 0
    assert evaluate("--attack", "fgsm", "--strength", 0.31) == 2
    assert "'epsilon' is 0.31, expected a number from 0 to 0.3" in capsys.readouterr().err
    assert evaluate("--attack", "both", "--strength", 0.5) == 2
    assert evaluate("--attack", "gaussian", "--strength", 1.5) == 2
    assert evaluate("--attack", "gaussian", "--strength", 0.5) == 0


@pytest.mark.parametrize(
    ("setting", "told"),
    [("steps=3", "there are gaussian.noise_param, fgsm.epsilon"), ("epsilon=much", "'epsilon' is 'much', expected")],
)
def test_a_setting_that_is_not_one_is_told(evaluate, setting: str, told: str, capsys) -> None:
    assert evaluate("--set", setting) == 2
    assert told in capsys.readouterr().err


def test_a_chain_of_the_users_choice_has_its_own_columns(
    evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("--chain", "randomization,autoencoder", "--attack", "fgsm", "--json", tmp_path / "a.json") == 0
    said = capsys.readouterr().out
    assert said.index("randomization") < said.index("autoencoder")
    assert "--chain randomization,autoencoder" in said
    report = storage.load(tmp_path / "a.json")
    assert [column.key for column in report.columns] == [*("clean", "attacked", "randomization", "autoencoder", "both")]
    assert evaluate("--chain", "none", "--attack", "fgsm", "--json", tmp_path / "b.json") == 0
    assert [column.key for column in storage.load(tmp_path / "b.json").columns] == ["clean", "attacked"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--knows", "jpeg"], "--knows jpeg: in front of the classifier there is autoencoder, randomization."),
        (["--knows", "autoencoder", "--chain", "none"], "in front of the classifier there is nothing."),
        (["--attack", "gaussian", "--knows", "everything"], "no difference to Gaussian noise"),
        (["--attack", "gaussian", "random_signs", "--target", "frog"], "Gaussian noise and Random signs"),
    ],
)
def test_what_an_attacker_cannot_know_is_told(evaluate, given: list[str], told: str, capsys) -> None:
    assert evaluate(*given) == 2
    assert told in capsys.readouterr().err


def known(path: Path) -> list[tuple[str, ...]]:
    """What the attackers of a report know, without the control rows."""
    return [run.scenario.attacker_knows for run in storage.load(path).runs if run.scenario.strength]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], [()]),
        (["classifier"], [()]),
        (["classifier,autoencoder"], [("autoencoder",)]),
        (["randomization"], [("randomization",)]),
        (["everything", "classifier"], [("autoencoder", "randomization"), ()]),
        (["randomization,autoencoder", "everything"], [("autoencoder", "randomization")]),
        (["matrix"], [(), ("autoencoder",), ("randomization",), ("autoencoder", "randomization")]),
    ],
)
def test_every_attacker_that_is_asked_for_has_a_row(
    evaluate, tmp_path: Path, given: list[str], expected: list[tuple[str, ...]]
) -> None:
    options = [option for words in given for option in ("--knows", words)]
    assert evaluate("--attack", "fgsm", "--images", 2, *options, "--json", tmp_path / "a.json") == 0
    assert known(tmp_path / "a.json") == expected
    controls = [run for run in storage.load(tmp_path / "a.json").runs if run.is_control]
    assert len(controls) == 1


def test_the_matrix_of_a_longer_chain_has_a_row_for_each_column(evaluate, tmp_path: Path) -> None:
    chain = ("jpeg", "autoencoder", "median")
    options = ["--attack", "fgsm", "--chain", ",".join(chain), "--knows", "matrix", "--images", 2]
    assert evaluate(*options, "--json", tmp_path / "a.json") == 0
    assert known(tmp_path / "a.json") == [(), *((name,) for name in chain), chain]


def test_target_and_draws_of_the_attacker_are_those_that_were_given(evaluate, tmp_path: Path) -> None:
    options = ["--attack", "pgd", "gaussian", "--set", "steps=3", "--knows", "everything", "--attacker-draws", 2]
    assert evaluate(*options, "--target", "Frog", "--images", 3, "--json", tmp_path / "a.json") == 0
    assert evaluate(*options, "--target", 6, "--images", 3, "--json", tmp_path / "b.json") == 0
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()
    runs = {(run.scenario.attack.name, run.is_control): run for run in storage.load(tmp_path / "a.json").runs}
    attacked = runs["pgd", False]
    assert (attacked.scenario.target, attacked.scenario.attacker_draws) == (6, 2)
    assert attacked.effort == Effort(
        gradients=3 * 2 * 3, queries=2 * 3, gradient_values=3 * 3 * 3072, zero_values=attacked.effort.zero_values
    )
    assert runs["gaussian", False].scenario.target is None


def test_shards_put_together_equal_the_whole(evaluate, tmp_path: Path) -> None:
    whole, first, second, merged = (tmp_path / f"{name}.json" for name in ("whole", "first", "second", "merged"))
    assert evaluate("--json", whole) == 0
    assert evaluate("--images", "7", "--json", first) == 0
    assert evaluate("--images", "7:12", "--json", second) == 0
    assert evaluate("--load", second, first, "--json", merged) == 0
    assert merged.read_text() == whole.read_text()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_interruption_keeps_and_marks_what_was_counted(
    name: str,
    evaluate,
    pipeline: Pipeline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = itertools.count()
    stages = Batch.stages

    def interrupted(batch: Batch, scenario: Scenario) -> object:
        if next(calls) == 4 * 2 + 1:  # four scenarios: in the middle of the third batch
            signal.raise_signal(getattr(signal, name))
        return stages(batch, scenario)

    monkeypatch.setattr(Batch, "stages", interrupted)
    path = tmp_path / "partial.json"
    assert evaluate("--batch-size", 4, "--json", path) == 128 + getattr(signal, name)
    values = json.loads(path.read_text())
    assert (values["complete"], values["images"], values["planned"]) == (False, 8, 12)
    assert storage.load(path).images == 8
    assert "PARTIAL RESULT: 8 of 12" in capsys.readouterr().out


def test_interruption_before_the_first_batch_ends_leaves_an_empty_result(
    evaluate, pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batch, "stages", interrupted)
    assert evaluate("--json", tmp_path / "partial.json") == 130
    assert storage.load(tmp_path / "partial.json").images == 0


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_interruption_within_an_iterated_attack_keeps_what_was_counted(
    evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--attack", "pgd", "--set", "steps=3", "--knows", "matrix", "--attacker-draws", 2, "--batch-size", 8]
    assert evaluate(*options, "--json", tmp_path / "whole.json") == 0
    seen = itertools.count()
    stages = Batch.stages

    def interrupted(batch: Batch, scenario: Scenario) -> object:
        stage_by_stage = stages(batch, scenario)
        while True:
            if next(seen) == 2 * (1 + 4 * 4) + 7:  # of three batches of four images within the last
                signal.raise_signal(signal.SIGINT)
            try:
                yield next(stage_by_stage)
            except StopIteration as end:
                return end.value

    monkeypatch.setattr(Batch, "stages", interrupted)
    assert evaluate(*options, "--json", tmp_path / "partial.json") == 130
    partial, whole = (storage.load(tmp_path / f"{name}.json") for name in ("partial", "whole"))
    assert (partial.images, partial.planned, whole.images) == (8, 12, 12)
    kept = np.isin(whole.indices, partial.indices)
    for mine, run in zip(partial.runs, whole.runs, strict=True):
        assert {key: found.tolist() for key, found in mine.predictions.items()} == {
            key: found[kept].tolist() for key, found in run.predictions.items()
        }
        assert mine.effort.gradients == run.effort.gradients * 8 / 12


def test_the_command_of_a_matrix_makes_it_again(evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--attack", "pgd", "--set", "steps=2", "--knows", "matrix", "--attacker-draws", 2, "--target", "frog"]
    assert evaluate(*options, "--strength", "4/255", "--images", "2:7", "--json", tmp_path / "a.json") == 0
    (command,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("To reproduce")]
    again = shlex.split(command.removeprefix("To reproduce: advgui evaluate "))
    at = again.index("--classifier")  # the tiny network has no file
    assert evaluate(*again[:at], *again[at + 2 :], "--json", tmp_path / "b.json") == 0
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()


def test_a_plugin_that_goes_wrong_on_the_way_leaves_what_was_counted_before(
    evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = f"return images + size * (1 // (0 if {toy.data().indices[9]} in examples.indices else 1))"
    plugin = write(tmp_path / "plugins", SMALL_ATTACK.format(body), "fragile.py")
    path = tmp_path / "partial.json"
    asked = ("--attack", "small", "--plugin", plugin)
    assert evaluate(*asked, "--batch-size", 4, "--json", path) == 1
    assert json.loads(path.read_text())["images"] == 8
    told = capsys.readouterr()
    assert "PARTIAL RESULT: 8 of 12" in told.out
    assert f"fragile.py, line {BODY_LINE}" in told.err
    assert "ZeroDivisionError" in told.err
    kept = path.read_bytes()
    assert evaluate(*asked, "--images", "8:12", "--json", path) == 1  # nothing was counted: nothing is written
    assert path.read_bytes() == kept


def test_too_many_images_is_an_error_that_says_how_many_there_are(evaluate, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--images", "13") == 1
    assert "has 12 images" in capsys.readouterr().err


def test_without_the_data_the_message_says_what_to_do(
    evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object) -> object:
        raise DataError("CIFAR-10 was not found. Run 'advgui data download'.")

    monkeypatch.setattr(cifar10, "load", missing)
    assert evaluate("--json", tmp_path / "a.json") == 1
    message = capsys.readouterr().err
    assert "advgui data download" in message
    assert "--samples" in message
    assert not (tmp_path / "a.json").exists()


def test_samples_need_no_data_set(evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar10, "load", lambda *_: pytest.fail("looked for the full data set"))
    assert evaluate("--samples", "--json", tmp_path / "a.json") == 0
    assert json.loads((tmp_path / "a.json").read_text())["images"] == len(cifar10.load_samples().labels)


def test_a_failed_write_leaves_the_old_file_and_the_other_files(
    evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, other = tmp_path / "old.json", tmp_path / "other.csv"
    old.write_text("precious")
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target) == old:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    assert evaluate("--json", old, "--csv", other) == 1
    printed = capsys.readouterr()
    assert "No space left on device" in printed.err
    assert "FGSM" in printed.out  # the result itself is not lost
    assert old.read_text() == "precious"
    assert other.read_text().startswith("source,")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.json", "other.csv"]


@pytest.mark.parametrize("kind", ["folder", "below a file"])
def test_impossible_outputs_are_refused_before_computing(
    evaluate, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("advgui.models.loading.load_pipeline", lambda *_: pytest.fail("loaded the networks"))
    (tmp_path / "file").write_text("")
    assert evaluate("--json", tmp_path if kind == "folder" else tmp_path / "file" / "a.json") == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows does not delete a folder that is in use")
def test_without_a_working_folder_it_says_so_before_computing(
    evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("advgui.models.loading.load_pipeline", lambda *_: pytest.fail("loaded the networks"))
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert evaluate("--json", "a.json") == 1
    assert "the working folder has been deleted" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="needs the devices of POSIX")
def test_results_go_into_devices_and_through_links(evaluate, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("real.json")
    (tmp_path / "real.json").touch(mode=0o600)
    options = ["--csv", "/dev/null", "--latex", "/dev/null", "--json", tmp_path / "link.json"]
    assert evaluate("--attack", "fgsm", *options) == 0
    assert (tmp_path / "link.json").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.json").stat().st_mode) == 0o600
    assert storage.load(tmp_path / "real.json").images == 12
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_two_results_in_one_file_are_refused(evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--json", tmp_path / "a", "--csv", tmp_path / "a") == 1
    assert "same file" in capsys.readouterr().err


def test_reports_that_do_not_fit_together_are_refused(
    evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("--json", tmp_path / "a.json") == 0
    assert evaluate("--load", tmp_path / "a.json", tmp_path / "a.json") == 1
    assert "in common" in capsys.readouterr().err
    (tmp_path / "b.json").write_text("{}")
    assert evaluate("--load", tmp_path / "b.json") == 1
    assert "b.json" in capsys.readouterr().err
