"""What happens to standard output and standard error never stops the work, and the exit code tells it."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui import console

ROOT = Path(__file__).parents[1]

# As every command does: it prints, works, writes its file, prints again.
COMMAND = """
import sys
from pathlib import Path
from advgui import console, files
with console.guarded() as output:
    print("progress", file=sys.stderr)
    print("a table", "x" * 100_000)
    files.write_atomically(Path(sys.argv[1]), "whole")
    print("Written: grün ε ∞ \\udcff")
    print("done", file=sys.stderr)
    code = console.delivered(output, 0)
sys.exit(code)
"""


def run(folder: Path, redirections: str, **environment: str) -> tuple[int, str]:
    """Run the command in a shell; returns its exit code and what was said on standard error."""
    program = folder / "command.py"
    program.write_text(COMMAND, "utf-8")
    script = f'set -o pipefail; "$0" -X utf8=0 "$1" "$2" {redirections}'
    done = subprocess.run(
        ["/bin/bash", "-c", script, sys.executable, str(program), str(folder / "result")],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        timeout=120,
    )
    return done.returncode, done.stderr.decode("utf-8", "replace")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the redirections and devices of Linux")
@pytest.mark.parametrize(
    ("redirections", "code", "told"),
    [
        ("", 0, ""),
        (">&-", 1, "could not be written (Bad file descriptor)"),
        (">/dev/full", 1, "could not be written (No space left on device)"),
        ("| head -c 1", 1, ""),
        ("2>&-", 0, None),
        ("2>/dev/full", 0, None),
        ("<&- >&- 2>&-", 1, None),
        (">/dev/full 2>/dev/full", 1, None),
        ("2>&1 >/dev/null | head -c 1", 0, None),
    ],
)
def test_the_file_is_whole_and_the_exit_code_tells_the_rest(
    tmp_path: Path, redirections: str, code: int, told: str | None
) -> None:
    ended, said = run(tmp_path, redirections)
    assert (tmp_path / "result").read_text() == "whole"
    assert ended == code
    if told is None:
        assert said == ""
    else:
        said = said.replace("progress\n", "").replace("done\n", "")
        assert told in said
        assert len(said.splitlines()) == bool(told)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell of POSIX")
@pytest.mark.parametrize("encoding", ["", "ascii:strict", "cp1252:strict", "utf-8:strict"])
def test_every_encoding_will_do(tmp_path: Path, encoding: str) -> None:
    assert run(tmp_path, ">/dev/null", LC_ALL="C", PYTHONIOENCODING=encoding) == (0, "progress\ndone\n")
    assert (tmp_path / "result").read_text() == "whole"


@given(text=st.text(), encoding=st.sampled_from(["ascii", "cp1252", "utf-8", "shift-jis"]))
def test_what_an_encoding_has_is_written_as_it_is_and_the_rest_as_escapes(text: str, encoding: str) -> None:
    written = io.BytesIO()
    output = console.Output(io.TextIOWrapper(written, encoding, newline=""))
    assert output.write(text) == len(text)
    assert output.failure is None
    assert written.getvalue() == text.encode(encoding, "backslashreplace")


def test_a_failed_stream_is_not_tried_again() -> None:
    tried = []

    class Failing(io.StringIO):
        def write(self, text: str) -> int:
            tried.append(text)
            raise OSError(28, "No space left on device")

    output = console.Output(Failing())
    print("one", "two", file=output)
    print("three", file=output, flush=True)
    assert tried == ["one"]
    assert isinstance(output.failure, OSError)


def test_a_stream_that_was_closed_meanwhile_is_a_failure_like_another() -> None:
    stream = io.StringIO()
    output = console.Output(stream)
    stream.close()
    print("text", file=output)
    assert isinstance(output.failure, ValueError)
    assert not output.isatty()


def test_without_a_stream_nothing_fails_before_something_is_said() -> None:
    output = console.Output(None)
    output.flush()
    assert (output.failure, output.isatty()) == (None, False)
    print("text", file=output)
    assert output.failure is not None


def test_the_streams_are_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        with console.guarded():
            print("said")
            raise ZeroDivisionError

    before = sys.stdout, sys.stderr
    with pytest.raises(ZeroDivisionError):
        failing()
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr().out == "said\n"


def test_an_error_keeps_its_exit_code() -> None:
    output = console.Output(None)
    assert console.delivered(output, 0) == 0
    print("text", file=output)
    assert [console.delivered(output, code) for code in (0, 1, 2, 130)] == [1, 1, 2, 130]
