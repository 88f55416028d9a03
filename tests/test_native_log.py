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


# As an attack library does that sets up the loggers of its process: absl's handler would close the stream that it has.
SET_UP = """
from advgui.models.backend import tf
import logging.config
logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
tf.get_logger().warning("a warning")
"""


def test_who_sets_up_the_loggers_anew_closes_no_stream():
    (said,) = _stderr(SET_UP).splitlines()
    assert said.endswith("a warning")


def test_without_a_standard_error_the_block_just_runs():
    code = "import os; os.close(2)\nfrom advgui.native_log import native_log_held\nwith native_log_held(): print('ran')"
    result = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=120)
    assert result.stdout == "ran\n"


def test_importing_the_networks_says_nothing():
    assert (
        _stderr(
            "import advgui.models.architectures; from advgui.models import classifier; print(classifier.device_name())"
        )
        == ""
    )
