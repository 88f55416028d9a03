"""Whether Qt can open a window here. Qt itself ends the whole process when it cannot, without a word of help."""

import ctypes
import importlib.util
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# What Qt's wheels expect to be there. Together, because whoever lacks one of them usually lacks the next one, too.
PACKAGES = (
    "libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)
_NO_DISPLAY = (
    "There is no display to open a window on. Start the program on a desktop, or with 'ssh -X' or a virtual display "
    "(xvfb-run). The commands 'advgui evaluate' and 'advgui figures' need no display; 'advgui --help' lists them."
)

_SMALLEST_SCALE, _LARGEST_SCALE = 0.1, 20.0
_PATIENCE = 20  # seconds
_TRY = """
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication(["advgui"])
sys.exit(application.primaryScreen() is None and "it has no screen")
"""


def missing_library(text: str) -> str:
    """Return what to install when the system's loader says that a library is missing.

    Args:
        text: What the loader says, such as "libEGL.so.1: cannot open shared object file: No such file or directory".
    """
    found = re.search(r"(lib[\w+.-]+\.so[\w.]*): cannot open shared object", text)
    what = f"The system library {found[1]}" if found else "A system library"
    return f"{what}, which the window needs, is missing ({text}). On Debian and Ubuntu: apt-get install {PACKAGES}"


def problem(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return why no window can be opened, and what to do; None if one can.

    Args:
        environment: Environment variables.
    """
    reason = _scale_problem(environment)
    if reason is not None:
        return reason
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if chosen in ("offscreen", "minimal"):
        return None  # they are always there, and open no window on a display
    if chosen and chosen not in ("xcb", "wayland", "wayland-egl"):
        return _platform_problem(environment)
    if not sys.platform.startswith("linux"):
        return None
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    if chosen == "xcb":
        wayland = None
    elif chosen.startswith("wayland"):
        x11 = None
    reasons = []
    if wayland:
        reason = _wayland_problem(wayland, environment)
        if reason is None:
            return None
        reasons.append(reason)
    if x11:
        reason = _x11_problem(x11)
        if reason is None:
            return None
        reasons.append(reason)
    return reasons[-1] if reasons else _NO_DISPLAY


def _scale_problem(environment: Mapping[str, str]) -> str | None:
    """Return what is wrong with a scale: Qt takes 0 and "nan" as they are, and the window aborts. It ignores words."""
    for name in ("QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS"):
        for part in environment.get(name, "").split(";"):
            try:
                factor = float(part.rpartition("=")[2])
            except ValueError:
                continue
            if not _SMALLEST_SCALE <= factor <= _LARGEST_SCALE:
                return (
                    f"{name}={environment[name]} is not a scale for a window. Expected {_SMALLEST_SCALE:g} to "
                    f"{_LARGEST_SCALE:g}, such as 1.5. Correct it, or unset it."
                )
    return None


def _platform_problem(environment: Mapping[str, str]) -> str | None:
    """Return why Qt cannot start on the platform that was chosen: a process of its own tries it, and may abort."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRY],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        reason = f"no answer within {_PATIENCE} seconds"
    else:
        if done.returncode == 0:
            return None
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = said[-1].rstrip(".") if said else f"exit code {done.returncode}"
    return (
        f"Qt cannot open a window with QT_QPA_PLATFORM={environment['QT_QPA_PLATFORM']} ({reason}). Expected the "
        "name of a platform that is there. Correct it, or unset it to let Qt choose."
    )


def _wayland_problem(name: str, environment: Mapping[str, str]) -> str | None:
    path = Path(environment.get("XDG_RUNTIME_DIR", "/run")) / name
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(path))
        except OSError:
            return f"The display WAYLAND_DISPLAY={name} does not answer. {_NO_DISPLAY}"
    return _plugin_problem("libqwayland*.so")


def _x11_problem(name: str) -> str | None:
    lacking = _plugin_problem("libqxcb.so")
    if lacking is not None:
        return lacking
    xcb = ctypes.CDLL("libxcb.so.1")  # the plugin needs it, so it is there
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(name.encode(), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return f"The display DISPLAY={name} does not answer or refuses us. {_NO_DISPLAY}" if failed else None


def _plugin_problem(pattern: str) -> str | None:
    """Return what the platform plugin lacks; loading it is what Qt will do."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "PySide6 is not installed. Install the program again: pip install advgui"
    folder = Path(spec.origin).parent / "Qt" / "plugins" / "platforms"
    for plugin in sorted(folder.glob(pattern))[:1]:
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            return missing_library(str(error))
    return None
