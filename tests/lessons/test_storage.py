"""Lesson files are read strictly, and written as they are read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.errors import AdvguiError
from advgui.lessons import Claim, Lesson, Question, Step, load, save, shipped

TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=20)
QUESTIONS = st.one_of(
    st.builds(Question, TEXT, st.tuples(TEXT, TEXT), st.integers(1, 2), st.sampled_from(["attacked", "both"])),
    st.builds(lambda ask, answers: Question(ask, answers, 1, "both", (3, 7), 2), TEXT, st.tuples(TEXT, TEXT, TEXT)),
)
STEPS = st.builds(
    lambda title, text, image, access, question, claims: Step(
        title, text, image, {"attacks": [], "none": None}, access, ("attacked",) if question else (), question, claims
    ),
    TEXT,
    TEXT,
    st.integers(0, 9_999),
    st.sampled_from(["free", "locked", "hidden"]),
    st.none() | QUESTIONS,
    st.lists(st.builds(Claim, st.integers(1, 2), TEXT, st.booleans()), max_size=3).map(tuple),
)
LESSONS = st.builds(Lesson, TEXT, TEXT, st.lists(STEPS, min_size=1, max_size=3).map(tuple))


@given(lesson=LESSONS)
def test_what_is_written_is_read(lesson: Lesson, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("lessons") / "one.json"
    save(path, lesson)
    assert load(path) == lesson


def values() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shipped()[0].read_text(encoding="utf-8"))
    return found


def changed(**changes: Any) -> dict[str, Any]:
    made = values()
    made["steps"][1] |= changes
    return made


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nonsense", "Expecting value"),
        ("[]", "it is not an object"),
        ("[" * 100_000, "not a lesson"),
        ({"version": 1}, "'title' is missing"),
        (values() | {"version": 2}, "version 2"),
        (values() | {"version": True}, "'version' is True"),
        (values() | {"colour": 3}, "'colour' is not known"),
        (values() | {"steps": []}, "0 entries"),
        (changed(image=10_000), "'steps[1].image' is 10000, expected 0 to 9999"),
        (changed(image="3"), "'steps[1].image' is '3'"),
        (changed(text=""), "'steps[1].text'"),
        (changed(text="x" * 2_001), "'steps[1].text'"),
        (changed(access="open"), "expected one of free, locked, hidden"),
        (changed(question=None), "covers panels and asks nothing"),
        (changed(question={"ask": "?", "answers": ["a"], "column": "both"}), "1 answers"),
        (changed(question={"ask": "?", "answers": ["a", "b"], "column": "both", "bounds": ["1"]}), "'bounds'"),
        (changed(claims=[{"column": "both", "right": 1}]), "'steps[1].claims[0].right' is 1"),
        (changed(controls=[]), "'steps[1].controls'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: object, said: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(AdvguiError) as error:
        load(path)
    assert said in str(error.value)
    assert "wrong.json" in str(error.value)


def test_files_that_are_missing_or_huge_are_told(tmp_path: Path) -> None:
    with pytest.raises(AdvguiError, match=r"none\.json"):
        load(tmp_path / "none.json")
    huge = tmp_path / "huge.json"
    huge.write_bytes(b" " * (2 << 20))
    with pytest.raises(AdvguiError, match="at most 1 MB"):
        load(huge)


def test_a_lesson_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    lesson = load(shipped()[0])
    save(tmp_path / "a.json", lesson)
    before = (tmp_path / "a.json").read_bytes()
    with pytest.raises(TypeError):
        save(tmp_path / "a.json", replace(lesson, steps=(replace(lesson.steps[0], controls={"x": object()}),)))
    assert (tmp_path / "a.json").read_bytes() == before
