import signal
import subprocess
import sys
from pathlib import Path

import pytest

from advgui import __version__, app, cli, resources
from advgui.commands import train
from advgui.errors import AdvguiError, UsageError
from advgui.interruption import Stopped
from advgui.reports import comma_separated, storage


def _raising(error):
    def run(args):
        raise error

    return run


def test_the_version_is_printed(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"advgui {__version__}"


def test_the_window_opens_with_the_classifier_that_is_named(monkeypatch):
    asked = []
    monkeypatch.setattr(app, "main", lambda **given: asked.append(tuple(given.values())) or 0)
    assert cli.main([]) == 0
    assert cli.main(["--classifier", "flowers.keras"]) == 0
    assert cli.main(["--experiment", "mine.advgui"]) == 0
    assert asked == [(None, None), (Path("flowers.keras"), None), (None, Path("mine.advgui"))]


def test_a_classifier_for_the_window_does_not_go_with_a_command(capsys):
    assert cli.main(["--classifier", "flowers.keras", "data", "status"]) == 2
    assert "behind the command" in capsys.readouterr().err
    assert cli.main(["--experiment", "mine.advgui", "data", "status"]) == 2
    assert "leave the command out" in capsys.readouterr().err


def test_python_dash_m_is_the_same_program():
    result = subprocess.run(
        [sys.executable, "-m", "advgui", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == f"advgui {__version__}"


@pytest.mark.parametrize("arguments", [["paint"], ["train"], ["train", "parrot"], ["evaluate", "--images", "many"]])
def test_wrong_usage_exits_with_2_and_says_so(arguments, capsys):
    assert cli.main(arguments) == 2
    assert "usage: advgui" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "command", "meant"),
    [
        (["evalute"], "", "evaluate"),
        (["evaluate", "--atack", "fgsm"], " evaluate", "--attack"),
        (["evaluate", "--imges=5"], " evaluate", "--images"),
        (["evaluate", "--attack", "fgms"], " evaluate", "fgsm"),
        (["evaluate", "--chain", "autoencoder,jpg"], " evaluate", "jpeg"),
        (["evaluate", "--knows", "everthing"], " evaluate", "everything"),
        (["evaluate", "--knows", "classifier,autoencodr"], " evaluate", "autoencoder"),
        (["evaluate", "--target", "fog"], " evaluate", "frog"),
        (["train", "classifer"], " train", "classifier"),
        (["train", "classifier", "--epoch5"], " train classifier", "--epochs"),
    ],
)
def test_what_may_have_been_meant_is_said_with_the_usage_of_that_command(arguments, command, meant, capsys):
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"usage: advgui{command} [")
    assert said.rstrip().endswith(f"did you mean '{meant}'?")


def test_a_setting_that_is_nearly_one_is_named(capsys):
    for given, meant in (("stps=5", "steps"), ("pgd.stps=5", "pgd.steps")):
        assert cli.main(["evaluate", "--samples", "--attack", "pgd", "--set", given]) == 2
        assert f"did you mean '{meant}'?" in capsys.readouterr().err


def test_a_word_that_is_like_nothing_gets_no_guess(capsys):
    assert cli.main(["evaluate", "--attack", "parrot"]) == 2
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "figures", "train", "data"])
def test_every_command_has_help(command, capsys):
    assert cli.main([command, "--help"]) == 0
    assert f"usage: advgui {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (AdvguiError("The picture is a potato."), 1, "advgui: The picture is a potato."),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (Stopped(signal.SIGTERM), 143, "interrupted"),
        (UsageError("A strength of 7."), 2, "advgui: A strength of 7."),
        (ImportError("libtensorflow.so: failed to map"), 1, "could not be loaded (libtensorflow.so: failed to map)"),
        (MemoryError(), 1, "no memory is left"),
    ],
)
def test_errors_become_messages_and_exit_codes(monkeypatch, capsys, error, code, said):
    monkeypatch.setattr(train, "run", _raising(error))
    assert cli.main(["train", "classifier"]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_an_error_of_the_program_itself_is_not_hidden(monkeypatch):
    monkeypatch.setattr(train, "run", _raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["train", "classifier"])


# `head` may end before or after the table is written.
@pytest.mark.parametrize(
    ("hang_up", "codes"), [(">&-", {1}), (">/dev/full", {1}), ("| head -1", {0, 1}), ("2>&-", {0})]
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the redirections and devices of Linux")
def test_a_report_is_whole_whatever_happens_to_the_output(hang_up, codes, tmp_path):
    whole = resources.trained() / "evaluation.json"
    command = f'set -o pipefail; "$0" -m advgui evaluate --load "$1" --json "$2" --csv "$3" {hang_up}'
    paths = [str(whole), str(tmp_path / "a.json"), str(tmp_path / "a.csv")]
    done = subprocess.run(["/bin/bash", "-c", command, sys.executable, *paths], capture_output=True, timeout=120)
    assert done.returncode in codes
    assert storage.to_json(storage.load(tmp_path / "a.json")) == storage.to_json(storage.load(whole))
    assert (tmp_path / "a.csv").read_text() == comma_separated.to_csv(storage.load(whole))


@pytest.mark.skipif(sys.platform == "win32", reason="limits are set otherwise there")
@pytest.mark.parametrize("gigabytes", [0.05, 0.15, 0.5, 1.5])
def test_too_little_memory_is_told_in_a_sentence(gigabytes):
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({round(gigabytes * 1e9)},) * 2)"
    code = f"{limit}; import sys; from advgui.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "evaluate", "--samples"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr
