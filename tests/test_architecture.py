"""The layers of the program stay apart: the core has no Qt, the window and the command line start without TensorFlow.

Most tests import in a process of their own, because in this one others have imported everything already.
"""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import advgui

PACKAGE = Path(advgui.__file__).parent
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES = list(FILES)
QT = {"PySide6", "shiboken6", "pyqtgraph"}
TENSORFLOW = {"tensorflow", "keras"}
# Only a download needs it.
HTTP = {"requests"}

WINDOW = [name for name in MODULES if name == "advgui.app" or name.startswith("advgui.gui")]
# `advgui.__main__` runs the program when it is imported.
CORE = [name for name in MODULES if name not in WINDOW and name != "advgui.__main__"]
# Computing lives here; everything else that computes does so through these, on NumPy arrays.
COMPUTING = ("advgui.models.classifier", "advgui.models.architectures", "advgui.training.")
# What the window and the command line need before there is anything to compute.
LIGHT = [
    *("advgui.errors", "advgui.types", "advgui.files", "advgui.resources", "advgui.images", "advgui.data.cifar10"),
    *("advgui.geometry", "advgui.attacks", "advgui.models.model_files", "advgui.models.cards", "advgui.cli"),
    *(
        "advgui.figures.histories",
        "advgui.figures.curves",
        *(name for name in MODULES if name.startswith("advgui.figures")),
    ),
    *(name for name in MODULES if name.startswith("advgui.commands")),
]

IMPORT = """
import importlib, json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ImportError(f"{name} is blocked by this test")

names, blocked = json.loads(sys.argv[1])
sys.meta_path.insert(0, Blocked())
for name in names:
    importlib.import_module(name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def imported(names: list[str], blocked: set[str] | None = None) -> set[str]:
    """Import modules in a fresh process; return every top-level package that is then there."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, json.dumps([names, sorted(blocked or ())])],
        capture_output=True,
        text=True,
        check=False,
        cwd=PACKAGE.parent,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_all_parts_are_found() -> None:
    assert {"advgui.app", "advgui.gui.main_window"} <= set(WINDOW)
    assert {"advgui.pipeline", "advgui.training", "advgui.commands.data"} <= set(CORE)
    assert set(LIGHT) <= set(MODULES)


def test_the_core_needs_no_qt() -> None:
    assert not imported(CORE, blocked=QT) & QT


def test_the_window_starts_without_tensorflow() -> None:
    assert not imported(WINDOW, blocked=TENSORFLOW | HTTP) & (TENSORFLOW | HTTP)


@pytest.mark.parametrize("name", LIGHT)
def test_light_modules_need_neither(name: str) -> None:
    assert not imported([name], blocked=TENSORFLOW | HTTP | QT) & (TENSORFLOW | HTTP | QT)


def test_the_library_that_draws_is_imported_when_something_is_drawn() -> None:
    assert "matplotlib" not in imported(WINDOW + LIGHT)


def test_the_package_itself_imports_nothing() -> None:
    assert imported(["advgui"]) - imported([]) == {"advgui"}


def test_only_the_computing_modules_import_tensorflow_when_they_are_imported() -> None:
    found = {}
    for name, path in FILES.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(each.partition(".")[0] in TENSORFLOW for each in names):
                found[name] = names
    assert {name for name in found if not name.startswith(COMPUTING)} == set()


def test_imports_go_downwards_and_in_no_circle() -> None:
    """The layers are in pyproject.toml."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=PACKAGE.parent
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_block_works() -> None:
    """Otherwise the tests above could not fail."""
    with pytest.raises(AssertionError, match="numpy is blocked by this test"):
        imported(["advgui.types"], blocked={"numpy"})
