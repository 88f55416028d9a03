"""Finds the attacks and mitigations that come with the program: every class of every module in a package."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import TypeVar

_Entry = TypeVar("_Entry")


def classes_in(module: ModuleType, base: type[_Entry]) -> list[type[_Entry]]:
    """Return the complete subclasses of `base` that are defined in a module, in the order of their definition."""
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, base)
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
        and hasattr(value, "name")
    ]


def bundled(package: str, folders: Iterable[str], base: type[_Entry], first: tuple[str, ...]) -> dict[str, _Entry]:
    """Return one instance of each class, by name: those in `first` in this order, then the others by name.

    Args:
        package: Name of the package that holds one module for each entry.
        folders: The package's `__path__`.
        base: What all entries are.
        first: Names that come first.
    """
    found: dict[str, _Entry] = {}
    for module in pkgutil.iter_modules(folders):
        if module.name != "base":
            for kind in classes_in(importlib.import_module(f"{package}.{module.name}"), base):
                # A variant under the same name, such as the published randomization layer, comes after the usual one.
                found.setdefault(kind.name, kind())  # type: ignore[attr-defined]
    order = [*first, *sorted(set(found) - set(first))]
    return {name: found[name] for name in order}
