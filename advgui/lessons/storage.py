"""Lessons as files: one JSON file each, read strictly."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from advgui import resources
from advgui.errors import AdvguiError
from advgui.files import read_text, write_atomically
from advgui.lessons.lesson import ACCESS, Access, Claim, Lesson, Question, Step
from advgui.strict_json import Fields

SUFFIX = ".json"
_VERSION = 1
_LARGEST = 1 << 20  # bytes


def shipped() -> list[Path]:
    """Return the files of the lessons that come with the program, in their order."""
    return sorted((resources.assets() / "lessons").glob(f"*{SUFFIX}"))


def load(path: Path) -> Lesson:
    """Read a lesson.

    Raises:
        AdvguiError: It is missing, too large, or no lesson; the text says where.
    """
    try:
        text = read_text(path, _LARGEST)
    except OSError as error:
        raise AdvguiError(
            f"The lesson '{path.name}' cannot be read ({error.strerror or error}). Expected a file of at most "
            f"{_LARGEST >> 20} MB. Check that it is there."
        ) from error
    try:
        values = json.loads(text)
        return _lesson(Fields(values, ""))
    except (ValueError, RecursionError) as error:
        raise AdvguiError(
            f"'{path.name}' is not a lesson: {error}. Expected a JSON file as in assets/lessons. Correct it, or make "
            "the lesson with Lessons, New step from here."
        ) from error


def save(path: Path, lesson: Lesson) -> None:
    """Write a lesson, whole or not at all.

    Raises:
        AdvguiError: The file cannot be written.
    """
    text = json.dumps({"version": _VERSION, **_without_defaults(asdict(lesson))}, indent=1, ensure_ascii=False)
    write_atomically(path, (text + "\n").encode())


def _without_defaults(values: Any) -> Any:
    """Return values without what need not be said; controls are kept as they are."""
    if isinstance(values, Mapping):
        kept = {name: value if name == "controls" else _without_defaults(value) for name, value in values.items()}
        return {name: value for name, value in kept.items() if value not in (None, (), [])}
    if isinstance(values, list | tuple):
        return [_without_defaults(value) for value in values]
    return values


def _lesson(values: Fields) -> Lesson:
    version = values.whole("version", 0, 1_000_000)
    if version != _VERSION:
        raise ValueError(f"it is of version {version}, and this program reads version {_VERSION}")
    made = Lesson(values.text("title"), values.text("summary"), values.parts("steps", _step, least=1))
    values.end()
    return made


def _step(values: Fields) -> Step:
    access = values.take("access", str, "free")
    if access not in ACCESS:
        raise ValueError(f"'access' is {access!r:.40}, expected one of {', '.join(ACCESS)}")
    kept: Access = access
    made = Step(
        title=values.text("title"),
        text=values.text("text"),
        image=values.whole("image", 0, 9_999),
        controls=values.take("controls", dict),
        access=kept,
        covers=values.texts("covers", []),
        question=values.part("question", _question),
        claims=values.parts("claims", _claim),
    )
    values.end()
    if made.covers and made.question is None:
        raise ValueError(f"the step '{made.title}' covers panels and asks nothing, so they would stay covered")
    return made


def _question(values: Fields) -> Question:
    answers = values.texts("answers")
    bounds: Sequence[object] = values.take("bounds", list, [])
    if not all(isinstance(bound, int) and not isinstance(bound, bool) for bound in bounds):
        raise ValueError("'bounds' are not whole numbers")
    if len(answers) != (len(bounds) + 1 if bounds else 2):
        raise ValueError(f"there are {len(answers)} answers, expected two, or one more than bounds")
    made = Question(
        ask=values.text("ask"),
        answers=answers,
        row=values.whole("row", 1, 10, 1),
        column=values.text("column"),
        bounds=tuple(int(str(bound)) for bound in bounds),
        expected=values.whole("expected", 0, len(answers) - 1, 0),
    )
    values.end()
    return made


def _claim(values: Fields) -> Claim:
    made = Claim(values.whole("row", 1, 10, 1), values.text("column"), values.take("right", bool))
    values.end()
    return made
