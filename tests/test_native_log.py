import subprocess
import sys

HOLDING = """
import os, sys
from advgui.native_log import native_log_held
with native_log_held():
    os.write(2, b"native note\\n")
    print("python note", file=sys.stderr)
    {ending}
os.write(2, b"afterwards\\n")
print("the end", file=sys.stderr)
"""


def _stderr(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, timeout=120).stderr


def test_native_notes_are_held_and_python_goes_on():
    assert _stderr(HOLDING.format(ending="pass")).splitlines() == ["python note", "afterwards", "the end"]


def test_a_failure_shows_what_was_held():
    said = _stderr(HOLDING.format(ending="raise RuntimeError('broken')"))
    assert "native note" in said
    assert "RuntimeError: broken" in said


def test_a_logger_that_kept_the_stream_of_the_block_goes_on():
    kept = "import logging, sys; handler = logging.StreamHandler(sys.stderr); logging.getLogger().addHandler(handler)"
    said = _stderr(HOLDING.format(ending=kept) + "logging.getLogger().warning('a warning')")
    assert said.splitlines() == ["python note", "afterwards", "the end", "a warning"]


def test_without_a_standard_error_the_block_just_runs():
    code = "import os; os.close(2)\nfrom advgui.native_log import native_log_held\nwith native_log_held(): print('ran')"
    result = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=120)
    assert result.stdout == "ran\n"


def test_importing_the_networks_says_nothing():
    assert (
        _stderr(
            "import advgui.models.classifier, advgui.models.architectures; print(advgui.models.classifier.device_name())"
        )
        == ""
    )
