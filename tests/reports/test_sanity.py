"""The lights stand in every format, and a file that says others than its predictions give is refused."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from advgui.errors import DataError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.evaluation.sanity import lights
from advgui.reports import latex, storage, tables
from advgui.scenarios import scenario
from tests import toy


@pytest.fixture(scope="module")
def report() -> Report:
    return toy.report(toy.pipeline(), toy.data(), Plan.of(attacks=("fgsm", "random_signs")))


@pytest.mark.parametrize("written", [tables.to_text, tables.to_markdown, latex.to_latex])
def test_they_stand_in_tables_for_people(report: Report, written: Callable[[Report], str]) -> None:
    text = " ".join(written(report).replace("\\", "").split())
    for light in lights(report):
        assert light.title in text
        assert " ".join(light.numbers.replace("_", "\\_").replace("\\", "").split()) in text
        assert light.meaning in text


def test_latex_has_them_in_comments(report: Report) -> None:
    lines = latex.to_latex(report).splitlines()
    assert all(line.startswith("%") for line in lines if any(light.title in line for light in lights(report)))


def test_json_has_them_by_name(report: Report) -> None:
    values = json.loads(storage.to_json(report))["sanity"]
    assert {name: one["state"] for name, one in values.items()} == {one.name: one.state for one in lights(report)}


def test_a_file_with_other_lights_is_refused(report: Report) -> None:
    values = json.loads(storage.to_json(report))
    values["sanity"]["norm"]["state"] = "red"
    with pytest.raises(DataError, match=r"sanity.norm.state"):
        storage.from_json(json.dumps(values))
    del values["sanity"]["norm"]
    with pytest.raises(DataError, match="lacks norm"):
        storage.from_json(json.dumps(values))


def test_other_words_are_the_same_report(report: Report) -> None:
    values = json.loads(storage.to_json(report))
    values["sanity"]["norm"] |= {"numbers": "Few.", "meaning": "Little."}
    assert storage.to_json(storage.from_json(json.dumps(values))) == storage.to_json(report)


def test_a_report_of_an_earlier_version_has_none_in_its_file() -> None:
    made = toy.made_up(12, (scenario(strength=0.0), scenario()))
    earlier = replace(made, runs=tuple(replace(run, l2=None, effort=None) for run in made.runs))
    text = storage.to_json(earlier)
    assert "sanity" not in json.loads(text)
    assert storage.to_json(storage.from_json(text)) == text
    assert lights(earlier)[0].title in tables.to_text(earlier)
