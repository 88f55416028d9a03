"""JSON from a file that anybody may have written, read field by field."""

from collections.abc import Callable
from typing import Any, TypeVar

_LONGEST = 2_000  # characters of a text
_MOST = 200  # entries of a list
_Part = TypeVar("_Part")


class Fields:
    """Takes the fields of an object one by one; every error says where it is.

    Args:
        values: What JSON gave.
        where: What leads to it, such as "steps[3]"; "" for the whole.

    Raises:
        ValueError: It is not an object; and so do all methods for a field that is missing or does not fit.
    """

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, dict):
            raise ValueError(f"{where or 'it'} is not an object")
        self._values, self._where = dict(values), where

    def _at(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def take(self, name: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """Return a field of some type; without a default it has to be there."""
        value = self._values.pop(name, default)
        if value is ...:
            raise ValueError(f"'{self._at(name)}' is missing")
        if value is not default and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            raise ValueError(f"'{self._at(name)}' is {value!r:.60}")
        return value

    def text(self, name: str, default: Any = ..., longest: int = _LONGEST) -> str:
        """Return a text that is not empty."""
        text: str = self.take(name, str, default)
        if len(text) > longest or not text.strip():
            raise ValueError(f"'{self._at(name)}' has {len(text)} characters, expected 1 to {longest}")
        return text

    def whole(self, name: str, low: int, high: int, default: Any = ...) -> int:
        """Return a whole number within a range."""
        number: int = self.take(name, int, default)
        if not low <= number <= high:
            raise ValueError(f"'{self._at(name)}' is {number}, expected {low} to {high}")
        return number

    def texts(self, name: str, default: Any = ...) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.take(name, list, default)
        if len(values) > _MOST or not all(isinstance(value, str) and 0 < len(value) <= _LONGEST for value in values):
            raise ValueError(f"'{self._at(name)}' is not a list of texts")
        return tuple(values)

    def parts(self, name: str, read: Callable[["Fields"], _Part], least: int = 0) -> tuple[_Part, ...]:
        """Return a list of objects, read one by one."""
        values = self.take(name, list, [] if least == 0 else ...)
        if not least <= len(values) <= _MOST:
            raise ValueError(f"'{self._at(name)}' has {len(values)} entries, expected {least} to {_MOST}")
        return tuple(read(Fields(value, f"{self._at(name)}[{place}]")) for place, value in enumerate(values))

    def part(self, name: str, read: Callable[["Fields"], _Part]) -> _Part | None:
        """Return an object, or None where there is none."""
        value = self.take(name, dict, None)
        return None if value is None else read(Fields(value, self._at(name)))

    def end(self) -> None:
        """Refuse what nobody has taken."""
        if self._values:
            raise ValueError(f"'{self._at(next(iter(self._values)))}' is not known")
