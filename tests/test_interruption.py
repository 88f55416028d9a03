"""Ctrl+C, SIGTERM and SIGHUP in processes of their own, at the moments that matter."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from advgui import interruption

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"]

# The signal comes while a module is imported.
LOADING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
wanted, number = sys.argv[1], getattr(signal, sys.argv[2])

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), number)

sys.meta_path.insert(0, Interrupting())
sys.argv[1:] = ["figures", "--samples"]
from advgui.__main__ import main
sys.exit(main())
"""


def sent(name: str) -> int:
    number: int = getattr(signal, name)
    return number


def send(name: str) -> None:
    """Send a signal to this process; it is handled before the next instruction."""
    signal.raise_signal(sent(name))


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_is_an_interruption_with_the_exit_code_of_shells(name: str) -> None:
    with pytest.raises(KeyboardInterrupt) as caught, interruption.raised():
        send(name)
    assert interruption.exit_code(caught.value) == 128 + sent(name)


def test_a_plain_interruption_is_ctrl_c() -> None:
    assert interruption.exit_code(KeyboardInterrupt()) == 130


@pytest.mark.parametrize("name", SIGNALS)
def test_what_is_ignored_stays_ignored(name: str) -> None:
    before = signal.signal(sent(name), signal.SIG_IGN)
    try:
        with interruption.raised():
            send(name)
        assert signal.getsignal(sent(name)) is signal.SIG_IGN
    finally:
        signal.signal(sent(name), before)


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(sent(name)) for name in SIGNALS]
    with interruption.raised(), interruption.held_back():
        pass
    assert [signal.getsignal(sent(name)) for name in SIGNALS] == before


def test_a_signal_waits_for_the_writing_and_a_second_one_does_not() -> None:
    def writing(*signals: str) -> None:
        with interruption.held_back():
            for name in signals:
                send(name)
            reached.append("end")

    reached: list[str] = []
    with pytest.raises(interruption.Stopped) as caught:
        writing("SIGTERM")
    assert (reached, caught.value.number) == (["end"], signal.SIGTERM)
    with pytest.raises(interruption.Stopped) as caught:
        writing("SIGTERM", "SIGINT")
    assert (reached, caught.value.number) == (["end"], signal.SIGINT)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("module", ["advgui.cli", "numpy", "keras"])
def test_a_signal_while_the_program_loads_ends_it_without_a_traceback(module: str, name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING, module, name],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert done.returncode == 128 + sent(name)
    assert done.stderr == "advgui: interrupted\n"
    assert list(tmp_path.iterdir()) == []
