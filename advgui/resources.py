"""Where files are: the bundled `assets/` and `trained/` of a checkout or an installed wheel, and the user's cache."""

import tempfile
from contextlib import suppress
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    # The wheel carries the two top-level folders inside the package; a checkout has them beside it.
    installed = _PACKAGE / "_bundled" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def assets() -> Path:
    """Return the folder with icon, sample images, published tables and licences."""
    return _folder("assets")


def trained() -> Path:
    """Return the folder with the trained networks, their cards and histories."""
    return _folder("trained")


def cache() -> Path:
    """Return the folder for what the program keeps between runs: the downloaded data set and the last evaluation."""
    import platformdirs  # takes long enough to be felt at the start, where it is not needed

    with suppress(RuntimeError):  # an account without a home
        # On Windows too the folder has no subfolder: what earlier versions kept is there.
        folder = platformdirs.user_cache_path("advgui", appauthor=False, opinion=False)
        if folder.is_absolute():
            return folder
    return Path(tempfile.gettempdir()) / "advgui"
