"""A stored report says one thing: whatever in it follows from its predictions is what they give, or it is refused."""

import copy
import csv
import io
import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.errors import DataError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import as_measured
from advgui.reports import comma_separated, latex, parsing, storage, tables
from advgui.reports.command import commands
from advgui.scenarios import scenario as make
from advgui.types import NetworkFile, ProtocolName
from tests import toy
from tests.mutation import HOSTILE

Place = tuple[str | int, ...]

REPORT = toy.made_up(12, Plan.of().scenarios, planned=20)
TEXT = storage.to_json(REPORT)
VALUES: dict[str, Any] = json.loads(TEXT)
# What is measured or told and does not follow from anything else in the file.
TOLD = {
    "dataset",
    "ranges",
    "provenance",
    "class_names",
    "indices",
    "linf",
    "l2",
    "clipped",
    "values",
    "effort",
    "scenario",
}


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every place in a JSON value, of parts and of wholes."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield (*place, key)
        yield from places(inside, (*place, key))


PLACES = list(places(VALUES))
# Which runs there are, and in which order, is told too: it is the plan's.
DERIVED = [place for place in PLACES if not TOLD & set(place) and (place[0] != "runs" or len(place) > 2)]


def at(values: Any, place: Place) -> Any:
    for key in place:
        values = values[key]
    return values


def changed(place: Place, value: Any) -> str:
    values = copy.deepcopy(VALUES)
    at(values, place[:-1])[place[-1]] = value
    return json.dumps(values)


def removed(place: Place) -> str:
    values = copy.deepcopy(VALUES)
    del at(values, place[:-1])[place[-1]]
    return json.dumps(values)


@st.composite
def changes(draw: st.DrawFn, among: list[Place]) -> str:
    """The report with one of its values removed, or put in another's place."""
    # By its name first: most places are in the long lists.
    names = sorted({tuple("" if isinstance(key, int) else key for key in place) for place in among})
    name = draw(st.sampled_from(names))
    alike = [place for place in among if tuple("" if isinstance(key, int) else key for key in place) == name]
    place = draw(st.sampled_from(alike))
    if draw(st.integers(0, 9)) == 0:
        return removed(place)
    value = at(VALUES, place)
    near: tuple[Any, ...] = ()
    if isinstance(value, int | float):
        near = (value + 1, value - 1, value * 2, float(value), not value)
    elif isinstance(value, list):
        near = (value[::-1], value[1:], [*value, *value[:1]], [])
    elif isinstance(value, str):
        near = (value.upper(), f"{value} ")
    return changed(place, draw(st.sampled_from([*near, *HOSTILE])))


@given(changes(DERIVED))
def test_what_follows_from_the_predictions_is_what_they_give_or_is_never_shown(text: str) -> None:
    try:
        report = storage.from_json(text)
    except DataError:
        return
    assert storage.to_json(report) == TEXT


@given(changes(PLACES))
def test_whatever_is_taken_can_be_shown_and_says_the_same_when_it_is_written_again(text: str) -> None:
    try:
        report = storage.from_json(text)
    except DataError:
        return
    again = storage.from_json(storage.to_json(report))
    assert storage.to_json(again) == storage.to_json(report)
    for written in (tables.to_text, tables.to_markdown, latex.to_latex, comma_separated.to_csv):
        assert written(report) == written(again)


def test_most_changes_are_noticed() -> None:
    """Otherwise the tests above could not fail: a number that is one more is refused wherever it is derived."""
    numbers = [place for place in DERIVED if type(at(VALUES, place)) in (int, float)]
    assert len(numbers) > 500
    for place in numbers[:: len(numbers) // 300]:
        with pytest.raises(DataError):
            storage.from_json(changed(place, at(VALUES, place) + 1))


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("complete",), True, "'complete' is True, but the rest of the file gives False"),
        (("images",), 20, "'images' is 20"),
        (("runs", 0, "strength"), 0.5, r"'runs\[0\]\.strength' is 0.5"),
        (("runs", 1, "attack"), "fgsm", r"'runs\[1\]\.attack' is fgsm"),
        (("runs", 1, "seed"), 7, r"'runs\[1\]\.seed'"),
        (("runs", 1, "protocol"), "as-published", r"'runs\[1\]\.protocol'"),
        (("runs", 1, "columns", "both", "accuracy"), 0.999, r"'runs\[1\]\.columns\.both\.accuracy'"),
        (("runs", 1, "columns", "both", "low"), 0.0, r"'runs\[1\]\.columns\.both\.low'"),
        (("runs", 1, "confusion", "both"), [[0] * 10] * 10, r"'runs\[1\]\.confusion\.both'"),
        (("runs", 1, "paired", "both", "fixed_indices"), [0, 1, 2, 3], r"'runs\[1\]\.paired\.both\.fixed_indices'"),
        (("runs", 1, "clipped_share"), 0.9, r"'runs\[1\]\.clipped_share'"),
        (("runs", 3, "linf"), 0.2, "more than the attack may change"),
        (("runs", 2, "linf"), 0.01, "more than the attack may change"),
        (("runs", 3, "l2"), 0.02, "l2' is 0.02, which does not go with 0.031372549 in one of 3,072 values"),
        (("runs", 3, "l2"), 1.75, "l2' is 1.75, which does not go with"),
        (("runs", 3, "l2"), "long", "l2' is long, not a finite number"),
        (("runs", 1, "effort", "zero_values"), 12 * 3072 + 1, "of 36,864 values"),
        (("runs", 1, "effort", "zero_share"), 0.5, r"'runs\[1\]\.effort\.zero_share' is 0.5"),
        (("runs", 1, "effort", "gradients"), 0, "has 0 gradients with 36,864 values"),
        (("runs", 1, "effort", "queries"), -1, "not a whole number from 0"),
        (("runs", 1, "effort"), None, "effort' is None, not an object"),
        (("runs", 1, "scenario", "target"), 10, "has the target 10, not one of 10 classes"),
        (("runs", 3, "values"), 12 * 3072 + 12, "not the same for every image"),
        (("labels",), [3.0] * 12, "'labels' is not a list of whole numbers"),
        (("labels",), ["3"] * 12, "'labels' is not a list of whole numbers"),
        (("labels",), [True] * 12, "'labels' is not a list of whole numbers"),
        (("labels",), [10] * 12, "'labels' has a number that is not from 0 to below 10"),
        (("indices",), list(range(12))[::-1], "'indices' do not rise"),
        (("indices",), [0] * 12, "'indices' do not rise"),
        (("indices",), list(range(-1, 11)), "'indices' has a number"),
        (("runs", 1), VALUES["runs"][0], "a scenario is there twice"),
        (("more",), 1, "'the file' also has more"),
        (("class_names",), [f"class {n}" for n in range(3000)], "'class_names' is a list of 3,000"),
        (("class_names",), [f"class {n}" for n in range(60_000)], "'class_names' is a list of 60,000"),
        (("class_names", 0), "x" * 256, "'class_names' has x"),
        (("provenance", "device"), "x" * 2001, "not a text of at most 2000"),
        (("runs", 1, "scenario", "attack", "settings", "noise_param"), 1e308, "strength 1e\\+308, not one from 0 to 1"),
        (("runs", 1, "scenario", "strength"), 10**400, "scenario"),
        (("runs", 1, "scenario", "seed"), 10**30, "seed or draws beyond"),
        (("runs",), VALUES["runs"] * 300, "'runs' is a list of 1,200"),
        (("ranges",), [[0, 20], [10, 30]], "'ranges' has"),
        (("ranges",), [[0.0, 20.0]], "'ranges' has"),
        (("kind",), "\x1b[2J" * 50, "its kind is not"),
        (("version",), "\x1b[2J" * 50, r"its version is \\x1b"),
    ],
)  # fmt: skip
def test_the_first_difference_is_named(place: Place, value: Any, named: str) -> None:
    with pytest.raises(DataError, match=named) as refused:
        storage.from_json(changed(place, value))
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 600


def test_the_indices_of_a_known_data_set_are_within_what_was_planned() -> None:
    for dataset in ("samples", "CIFAR-10 test"):
        sound = replace(
            REPORT, dataset=dataset, ranges=((0, 5), (10, 30)), indices=np.array([*range(5), *range(13, 20)])
        )
        assert storage.from_json(storage.to_json(sound)).images == 12
        beyond = replace(sound, indices=np.array([*range(6), *range(13, 19)]))
        with pytest.raises(DataError, match="'indices' are outside 'ranges'"):
            storage.from_json(storage.to_json(beyond))


@pytest.mark.parametrize("text", [TEXT.replace('"images": 12', '"images": 12, "images": 12', 1), "[" * 100_000, "NaN"])
def test_what_programs_read_in_different_ways_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        storage.from_json(text)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for_and_a_huge_file_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(DataError, match="not a file, but"):
        storage.load(tmp_path / "pipe.json")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match="larger than 64 MB"):
        storage.load(tmp_path / "huge.json")


@given(st.integers(0, 255), st.floats(0, 1, width=32))
def test_no_change_that_was_measured_is_more_than_the_strength(k: int, strength: float) -> None:
    for each in (k / 255, strength, 0.05):
        assert as_measured(float(np.float32(each)), each) <= each
        below = float(np.nextafter(np.float32(each), np.float32(0)))
        assert as_measured(below, each) == (below if each else 0)


def test_an_evaluation_keeps_the_promise_of_its_attack() -> None:
    report = toy.report(toy.pipeline(), toy.data(), Plan.of(tuple(ProtocolName), ("fgsm",), {"fgsm": [8 / 255, 0.05]}))
    for run in report.runs:
        assert run.linf == run.scenario.strength  # and in float32 more than that


def test_a_report_whose_change_is_a_float32_number_is_the_same_report() -> None:
    epsilon = 8 / 255
    place = next(n for n, run in enumerate(VALUES["runs"]) if run["strength"] == epsilon)
    attacked = replace(REPORT.runs[place], linf=epsilon)
    sound = replace(REPORT, runs=(*REPORT.runs[:place], attacked, *REPORT.runs[place + 1 :]))
    report = storage.from_json(changed(("runs", place, "linf"), float(np.float32(epsilon))))
    assert float(np.float32(epsilon)) > epsilon
    assert storage.to_json(report) == storage.to_json(sound)
    assert report.runs[place].linf <= report.runs[place].scenario.strength


# Names from a file

WICKED = r"\write18{rm -rf ~} $x$ %_#&^ <b>|`*[a](b:c)` $(reboot) " + "\x1b]0;owned\x07\u202e =1+1 \n| new row"


def foreign() -> str:
    values = copy.deepcopy(VALUES)
    values["dataset"] = WICKED
    values["class_names"] = [f"{WICKED} {n}" for n in range(10)]
    network = {"name": WICKED, "sha256": WICKED}
    values["provenance"] = {
        "advgui": WICKED, "device": WICKED, "platform": WICKED, "packages": {WICKED: WICKED},
        "networks": {"classifier": network, WICKED: network},
    }  # fmt: skip
    return json.dumps(values)


def test_names_from_a_file_are_printable_wherever_they_go() -> None:
    report = storage.from_json(foreign())
    assert report.class_names[0].startswith(r"\write18{rm -rf ~}")
    for written in (tables.to_text, tables.to_markdown, latex.to_latex, comma_separated.to_csv, storage.to_json):
        assert all(line.isprintable() for line in written(report).splitlines())
        assert len(written(report).splitlines()) == len(written(replace_names(report)).splitlines())
    assert storage.to_json(storage.from_json(storage.to_json(report))) == storage.to_json(report)


def replace_names(report: Any) -> Any:
    """The same report with harmless names."""
    made_by = replace(
        REPORT.provenance, networks=dict.fromkeys(report.provenance.networks, NetworkFile("classifier", "0" * 64))
    )
    return replace(report, dataset="toy", class_names=REPORT.class_names, provenance=made_by)


def test_names_from_a_file_are_text_in_latex() -> None:
    text = latex.to_latex(storage.from_json(foreign()))
    assert r"\textbackslash{}write18\{rm" in text
    ours = re.sub(r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater)\{\}|\\[&%$#_{}]", "", text)
    assert set(re.findall(r"\\[a-z]+", ours)) <= {
        r"\usepackage", r"\begin", r"\end", r"\toprule", r"\midrule", r"\bottomrule", r"\multicolumn", r"\emph",
    }  # fmt: skip
    assert not set("$^~#_") & set(ours.replace("noise_param", ""))


def test_names_from_a_file_are_text_in_markdown() -> None:
    text = tables.to_markdown(storage.from_json(foreign()))
    about = [line for line in text.splitlines() if "write18" in line]
    assert about
    for line in about:
        assert not re.search(r"(?<!\\)(\\\\)*[`*_<>|\[\]$]", line)


def test_no_name_from_a_file_is_in_the_csv() -> None:
    text = comma_separated.to_csv(storage.from_json(foreign()))
    assert "write18" not in text
    for row in csv.reader(io.StringIO(text)):
        assert not any(cell[:1] in ("=", "+", "@", "\t") for cell in row)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mine", "mine.keras"),
        ("my net", "my net.keras"),
        ("größe-2.1", "größe-2.1.keras"),
        ("$(reboot)", "FILE.keras"),
        ("a; reboot", "FILE.keras"),
        ("--help", "FILE.keras"),
        ("a`b", "FILE.keras"),
    ],
)
def test_a_command_line_can_be_pasted_whatever_a_network_is_called(name: str, expected: str) -> None:
    made_by = replace(REPORT.provenance, networks={"classifier": NetworkFile(name, "0" * 64)})
    (command,) = commands(replace(REPORT, provenance=made_by))
    words = shlex.split(command)
    assert words[words.index("--classifier") + 1] == expected


def test_limits_leave_room_for_what_an_evaluation_makes() -> None:
    scenarios = Plan.of(strengths={"fgsm": [n / 400 for n in range(100)], "gaussian": [0.1]}).scenarios
    many = toy.made_up(3, scenarios)
    wide = replace(many, class_names=tuple(f"class {n}" for n in range(parsing.MOST_CLASSES)), runs=many.runs[:2])
    for report in (many, wide):
        assert storage.to_json(storage.from_json(storage.to_json(report))) == storage.to_json(report)


def test_reports_without_lengths_and_efforts_are_as_they_were() -> None:
    old = replace(REPORT, runs=tuple(replace(run, l2=None, effort=None) for run in REPORT.runs))
    text = storage.to_json(old)
    assert not {"l2", "effort"} & set(json.loads(text)["runs"][0])
    assert storage.to_json(storage.from_json(text)) == text
    assert storage.from_json(text).runs[0].effort is None
    for written in (tables.to_text, tables.to_markdown, latex.to_latex, comma_separated.to_csv):
        assert "gradients an image" not in written(old)


TARGETED = toy.made_up(30, Plan.of(attacks=("fgsm",), target=3).scenarios)


@pytest.mark.parametrize("name", ["reached", "total", "rate", "low", "high"])
def test_rates_of_success_follow_from_the_predictions(name: str) -> None:
    values = json.loads(storage.to_json(TARGETED))
    assert storage.to_json(storage.from_json(json.dumps(values))) == storage.to_json(TARGETED)
    values["runs"][1]["success"]["both"][name] += 1
    with pytest.raises(DataError, match=rf"'runs\[1\]\.success\.both\.{name}'"):
        storage.from_json(json.dumps(values))


def test_no_length_is_more_than_an_attack_in_that_norm_may_make() -> None:
    report = toy.made_up(5, Plan.of(attacks=("pgd_l2",)).scenarios)
    text = storage.to_json(report)
    assert storage.to_json(storage.from_json(text)) == text
    with pytest.raises(DataError, match=r"'runs\[1\]\.l2' is 0.6, more than the attack may change"):
        storage.from_json(text.replace('"l2": 0.25', '"l2": 0.6'))


def test_a_whole_number_for_a_strength_is_that_strength() -> None:
    scenario = make("gaussian", 1.0)
    text = storage.to_json(toy.made_up(3, (scenario,)))
    assert storage.to_json(storage.from_json(text.replace("1.0,", "1,"))) == text


@pytest.mark.parametrize("item", ["[]", '{"":0}'])
def test_millions_of_empty_lists_are_not_read(item: str) -> None:
    with pytest.raises(DataError, match="more than 2,000,000 lists"):
        storage.from_json("[" + f"{item}," * 2_000_000 + "[]]")
