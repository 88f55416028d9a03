"""A wheel brings everything along: it runs from an empty folder, far from the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import advgui
from advgui import resources

ROOT = Path(__file__).parents[1]

FIND = """
import json
import advgui
from advgui import resources
def listed(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
found = [resources.assets(), resources.trained()]
print(json.dumps([advgui.__file__, *map(str, found), *map(listed, found)]))
"""


def listed(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def run(*command: str | Path, cwd: Path, python_path: Path | None = None) -> str:
    environment = os.environ | ({"PYTHONPATH": str(python_path)} if python_path else {})
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, to be put in front of what else Python finds."""
    folder = tmp_path_factory.mktemp("installed")
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet"]
    run("-m", "pip", "install", *options, "--target", folder, wheel, cwd=folder)
    return folder


def test_checkout_uses_its_own_folders() -> None:
    assert resources.assets() == ROOT / "assets"
    assert resources.trained() == ROOT / "trained"


def test_installed_program_finds_its_files(installed: Path, tmp_path: Path) -> None:
    module, assets, trained, assets_files, trained_files = json.loads(
        run("-c", FIND, cwd=tmp_path, python_path=installed)
    )
    for path in (module, assets, trained):
        assert Path(path).is_relative_to(installed)
    assert assets_files == listed(ROOT / "assets")
    assert trained_files == listed(ROOT / "trained")


def test_installed_program_starts(installed: Path, tmp_path: Path) -> None:
    assert run("-m", "advgui", "--version", cwd=tmp_path, python_path=installed) == f"advgui {advgui.__version__}\n"
    assert (installed / "bin" / "advgui").exists() or (installed / "Scripts" / "advgui.exe").exists()


def test_wheel_has_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    about = f"advgui-{advgui.__version__}.dist-info/"
    assert all(name.startswith(("advgui/", about)) for name in names)
    assert f"{about}licenses/LICENSE" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".npz", ".log"))]
