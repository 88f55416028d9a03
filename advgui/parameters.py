"""What a user may set of an attack or a mitigation, as data.

From one declaration the window makes a row, the command line a `--set NAME=VALUE`, and a scenario its JSON.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

Value = float | int | bool | str

# A number that somebody types is never longer.
_LONGEST_NUMBER = 40


@dataclass(frozen=True)
class Real:
    """A real number.

    Attributes:
        name: Identifier, as in the paper where it has one.
        label: What stands beside the control.
        low: Smallest value.
        high: Largest value.
        default: Value at the start.
        step: Smallest useful change, larger than 0.
        help: One sentence for the tooltip.
        in_255ths: Whether the value is also shown as k/255.

    Raises:
        ValueError: The default lies outside the range, or a number is not finite.
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    step: float
    help: str
    in_255ths: bool = False

    kinds: ClassVar[tuple[type, ...]] = (float, int)

    def __post_init__(self) -> None:
        finite = all(math.isfinite(number) for number in (self.low, self.high, self.default, self.step))
        if not (finite and self.low <= self.default <= self.high and self.step > 0):
            raise ValueError(
                f"'{self.name}' goes from {self.low} to {self.high} in steps of {self.step} and starts at "
                f"{self.default}; expected finite numbers, low <= default <= high, and a step larger than 0."
            )

    @property
    def expected(self) -> str:
        """The values that are allowed, in words."""
        return f"a number from {self.low:g} to {self.high:g}"

    def allows(self, value: Value) -> bool:
        """Whether a number lies in the range."""
        return math.isfinite(value) and self.low <= value <= self.high  # type: ignore[arg-type, operator]

    def parsed(self, text: str) -> Value:
        """Read "0.031" or "8/255"; raises ValueError for anything else."""
        # Not as an exact fraction: of "1e1000000000" that would take minutes.
        numerator, slash, denominator = text.partition("/")
        return float(numerator) / float(denominator) if slash else float(numerator)


@dataclass(frozen=True)
class Whole:
    """A whole number; attributes as in `Real`."""

    name: str
    label: str
    low: int
    high: int
    default: int
    help: str
    step: int = 1

    kinds: ClassVar[tuple[type, ...]] = (int,)

    def __post_init__(self) -> None:
        if not (self.low <= self.default <= self.high and self.step >= 1):
            raise ValueError(
                f"'{self.name}' goes from {self.low} to {self.high} in steps of {self.step} and starts at "
                f"{self.default}; expected low <= default <= high and a step of at least 1."
            )

    @property
    def expected(self) -> str:
        """The values that are allowed, in words."""
        return f"a whole number from {self.low} to {self.high}"

    def allows(self, value: Value) -> bool:
        """Whether a number lies in the range."""
        return self.low <= value <= self.high  # type: ignore[operator]

    def parsed(self, text: str) -> Value:
        """Read "10"; raises ValueError for anything else."""
        return int(text)


@dataclass(frozen=True)
class Flag:
    """Yes or no; attributes as in `Real`."""

    name: str
    label: str
    default: bool
    help: str

    kinds: ClassVar[tuple[type, ...]] = (bool,)
    expected: ClassVar[str] = "yes or no"

    def allows(self, value: Value) -> bool:
        """Both are."""
        return True

    def parsed(self, text: str) -> Value:
        """Read "yes", "true", "on", "1" or their opposites; raises ValueError for anything else."""
        yes, no = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
        if text.lower() not in yes + no:
            raise ValueError(text)
        return text.lower() in yes


@dataclass(frozen=True)
class Choice:
    """One of a few names.

    Attributes:
        name: Identifier.
        label: What stands beside the control.
        options: What may be chosen; the names are also what is shown.
        default: One of them.
        help: One sentence for the tooltip.

    Raises:
        ValueError: The default is not among the options.
    """

    name: str
    label: str
    options: tuple[str, ...]
    default: str
    help: str

    kinds: ClassVar[tuple[type, ...]] = (str,)

    def __post_init__(self) -> None:
        if self.default not in self.options:
            raise ValueError(f"'{self.name}' starts at '{self.default}', expected {self.expected}.")

    @property
    def expected(self) -> str:
        """The values that are allowed, in words."""
        return f"one of {', '.join(self.options)}"

    def allows(self, value: Value) -> bool:
        """Whether a name is among the options."""
        return value in self.options

    def parsed(self, text: str) -> Value:
        """Return the text itself."""
        return text


Parameter = Real | Whole | Flag | Choice


@dataclass(frozen=True)
class Settings(Mapping[str, Value]):
    """Values of parameters: a frozen, hashable mapping that keeps its order.

    Attributes:
        pairs: Names and values.
    """

    pairs: tuple[tuple[str, Value], ...] = ()

    def __getitem__(self, name: str) -> Value:
        for key, value in self.pairs:
            if key == name:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def real(self, name: str) -> float:
        """Return the value of a `Real` or a `Whole` as a float."""
        return float(self[name])

    def whole(self, name: str) -> int:
        """Return the value of a `Whole`."""
        return int(self[name])

    def replaced(self, **values: Value) -> "Settings":
        """Return the settings with other values, in the same order; new names come last."""
        return Settings(tuple({**dict(self.pairs), **values}.items()))


NO_SETTINGS = Settings()


def defaults(parameters: Iterable[Parameter]) -> Settings:
    """Return every parameter at its default."""
    return Settings(tuple((parameter.name, parameter.default) for parameter in parameters))


def settings(parameters: Iterable[Parameter], values: Mapping[str, Value]) -> Settings:
    """Return checked settings; what `values` does not name is at its default.

    Raises:
        ValueError: A name is not known, or a value of another kind or out of its range; the text says which.
    """
    known = {parameter.name: parameter for parameter in parameters}
    unknown = [name for name in values if name not in known]
    if unknown:
        there = ", ".join(known) or "none"
        raise ValueError(f"There is no setting '{unknown[0]}'; the settings are: {there}.")
    return Settings(
        tuple((name, checked(parameter, values.get(name, parameter.default))) for name, parameter in known.items())
    )


def checked(parameter: Parameter, value: Value) -> Value:
    """Return a value of a parameter as it is kept: a `Real` as a float.

    Raises:
        ValueError: It is of another kind or out of its range.
    """
    # bool is an int to Python, and neither a number nor a range to a user.
    fits = isinstance(value, parameter.kinds) and (isinstance(value, bool) is (bool in parameter.kinds))
    if not fits or not parameter.allows(value):
        raise ValueError(f"'{parameter.name}' is {value!r}, expected {parameter.expected}.")
    return float(value) if isinstance(parameter, Real) else value


def parsed(parameter: Parameter, text: str) -> Value:
    """Return the value that a text means, such as "8/255", "20", "yes" or "nearest".

    Raises:
        ValueError: The text means no value of this parameter.
    """
    try:
        if len(text) > _LONGEST_NUMBER and not isinstance(parameter, Choice):
            raise ValueError("too long")
        value = parameter.parsed(text.strip())
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"'{parameter.name}' is '{text[:_LONGEST_NUMBER]}', expected {parameter.expected}.") from error
    return checked(parameter, value)
