"""Where the bundled `assets/` and `trained/` folders are: in a checkout, and in an installed wheel."""

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
