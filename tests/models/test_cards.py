"""Cards are read as they were written, damaged ones are refused, and those of the bundled networks are true."""

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui import resources
from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.images import to_float
from advgui.models import cards, model_files
from advgui.models.cards import Card
from advgui.pipeline import Pipeline
from advgui.scenarios import scenario as make
from advgui.types import ProtocolName


def card(**changes: Any) -> Card:
    return Card(
        **{
            "name": "net",
            "sha256": "0123456789abcdef" * 4,
            "date": "2026-01-31",
            "parameters": 12,
            "data": {"training": 45_000, "validation": 5_000},
            "metrics": {"test_correct": 9_300, "test_total": 10_000, "loss": 0.25},
            "seed": 0,
            "recipe": {"epochs": 20, "filters": [32, 64], "name": None},
            "commands": ("advgui train classifier",),
            "history": "net.csv",
            "history_rows": 20,
            "class_names": ("cat", "dog"),
        }
        | changes
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The path of a network; cards do not look into it."""
    path = tmp_path / "net.keras"
    path.write_bytes(b"network")
    return path


def test_what_was_written_is_read(model: Path) -> None:
    cards.write(model, card())
    assert cards.read(model) == card()
    assert cards.path_for(model) == model.with_name("net.json")


names = st.text(min_size=1, max_size=8)
counts = st.integers(0, 2**53)


@given(
    seed=counts,
    parameters=counts,
    data=st.dictionaries(names, counts, max_size=3),
    recipe=st.dictionaries(names, st.none() | st.booleans() | counts | st.floats(allow_nan=False) | names, max_size=3),
    class_names=st.lists(names, max_size=3).map(tuple),
    metrics=st.dictionaries(
        names.filter(lambda name: not name.endswith("_correct")),
        st.floats(allow_nan=False, allow_infinity=False) | counts,
        max_size=3,
    ),
)
def test_any_card_survives(tmp_path_factory: pytest.TempPathFactory, **values: Any) -> None:
    path = tmp_path_factory.mktemp("cards") / "any.keras"
    cards.write(path, card(**values))
    assert cards.read(path) == card(**values)


def test_writing_replaces_and_leaves_nothing_else(model: Path) -> None:
    cards.write(model, card(seed=1))
    cards.write(model, card(seed=2))
    assert cards.read(model).seed == 2
    assert sorted(file.name for file in model.parent.iterdir()) == ["net.json", "net.keras"]


def test_versions_are_those_in_use() -> None:
    assert cards.versions().keys() == {"python", "tensorflow", "keras", "numpy"}
    assert cards.versions()["numpy"] == np.__version__
    assert card().versions == cards.versions()


def test_accuracy() -> None:
    assert card().accuracy("test") == 0.93
    with pytest.raises(KeyError):
        card().accuracy("validation")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"sha256": "0" * 63},
        {"sha256": "G" * 64},
        {"date": "yesterday"},
        {"parameters": -1},
        {"parameters": True},
        {"parameters": 1.5},
        {"data": {"training": "many"}},
        {"data": [1]},
        {"metrics": {"loss": float("nan")}},
        {"metrics": {"loss": None}},
        {"metrics": {"test_correct": 5}},
        {"metrics": {"test_correct": 5, "test_total": 4}},
        {"metrics": {"test_correct": -5, "test_total": 4}},
        {"metrics": {"test_correct": 0, "test_total": 0}},
        {"seed": None},
        {"recipe": None},
        {"commands": "advgui train"},
        {"commands": (1,)},
        {"history": "../history.csv"},
        {"history": "net.txt"},
        {"history_rows": -1},
        {"class_names": ("cat", "")},
        {"class_names": "cat"},
        {"versions": {"python": 3}},
    ],
    ids=str,
)
def test_wrong_values_are_refused(wrong: dict[str, Any], model: Path) -> None:
    with pytest.raises(ValueError, match=f"'{next(iter(wrong))}|_correct"):
        card(**wrong)
    cards.write(model, card())
    values = json.loads(cards.path_for(model).read_text("utf-8")) | wrong
    cards.path_for(model).write_text(json.dumps(values), "utf-8")
    with pytest.raises(AdvguiError, match="is not a card"):
        cards.read(model)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"version": 2}', b'{"version": 1}', b"[" * 100_000, b" " * (1 << 21)],
    ids=range(10),
)
def test_damaged_cards_are_refused(content: bytes, model: Path) -> None:
    cards.path_for(model).write_bytes(content)
    with pytest.raises(AdvguiError, match=r"net\.json' (is not a card of a network|cannot be read) .* Expected"):
        cards.read(model)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Card)])
def test_missing_and_unknown_fields_are_refused(field: str, model: Path) -> None:
    cards.write(model, card())
    values = json.loads(cards.path_for(model).read_text("utf-8"))
    cards.path_for(model).write_text(json.dumps(values | {f"{field}s": 1}), "utf-8")
    with pytest.raises(AdvguiError, match=f"missing or unknown: {field}s"):
        cards.read(model)
    del values[field]
    cards.path_for(model).write_text(json.dumps(values), "utf-8")
    with pytest.raises(AdvguiError, match=f"missing or unknown: {field}"):
        cards.read(model)


def test_truncated_cards_are_refused(model: Path) -> None:
    cards.write(model, card())
    whole = cards.path_for(model).read_bytes()
    for length in range(0, len(whole) - 2, 7):
        cards.path_for(model).write_bytes(whole[:length])
        with pytest.raises(AdvguiError, match="is not a card"):
            cards.read(model)


def test_missing_card(model: Path) -> None:
    with pytest.raises(AdvguiError, match=r"cannot be read .* put it there, or train the network again"):
        cards.read(model)


def test_the_size_that_a_classifier_learned_from(model: Path) -> None:
    assert cards.trained_side(model) == 32
    for recipe, side in (({}, 32), ({"side": 64}, 64), ({"side": "64"}, 32), ({"side": 10**9}, 32)):
        cards.write(model, card(recipe=recipe))
        assert cards.trained_side(model) == side


def test_class_names(model: Path) -> None:
    assert cards.class_names(model, 3, model_files.sha256(model)) == ("class 0", "class 1", "class 2")
    cards.write(model, card(sha256=model_files.sha256(model)))
    assert cards.class_names(model, 2, model_files.sha256(model)) == ("cat", "dog")
    with pytest.raises(AdvguiError, match=r"does not describe 'net\.keras'"):
        cards.class_names(model, 3, model_files.sha256(model))
    model.write_bytes(b"another network")
    with pytest.raises(AdvguiError, match=r"does not describe 'net\.keras'"):
        cards.class_names(model, 2, model_files.sha256(model))


# The bundled networks: every one of them must have a card. (Other JSON files there are no cards.)


@pytest.fixture(params=sorted(resources.trained().glob("[!.]*.keras")), ids=lambda path: path.stem)
def network(request: pytest.FixtureRequest) -> Path:
    """The file of a bundled network."""
    path: Path = request.param
    return path


def test_bundled_card_describes_its_file(network: Path) -> None:
    described = cards.read(network)
    assert described.name == network.stem
    assert described.sha256 == model_files.sha256(network)
    assert described.commands


def test_bundled_history_is_whole(network: Path) -> None:
    described = cards.read(network)
    with (network.parent / described.history).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == described.history_rows > 0
    assert [int(float(row["epoch"])) for row in rows] == list(range(1, len(rows) + 1))
    assert all(np.isfinite([float(value) for value in row.values()]).all() for row in rows)


def test_bundled_classifier_is_what_its_card_says(samples: Dataset) -> None:
    path = resources.trained() / "classifier.keras"
    described = cards.read(path)
    model = model_files.load_classifier(path, len(described.class_names))
    assert model.count_params() == described.parameters
    assert described.class_names == samples.class_names
    correct = np.asarray(model(to_float(samples.images), training=False)).argmax(axis=1) == samples.labels
    assert described.metrics["samples_total"] == len(samples)
    assert described.metrics["samples_correct"] == correct.sum()


PUBLISHED = ProtocolName.AS_PUBLISHED
# What column (c) was measured under, by the network's file and by the name in its card.
SCENARIOS = {
    "autoencoder": {
        "clean": make(strength=0),
        "gaussian": make("gaussian", 0.1),
        "fgsm": make("fgsm", 8 / 255),
    },
    "published-autoencoder-fgsm": {"fgsm": make("fgsm", 0.05, protocol=PUBLISHED)},
    "published-autoencoder-gaussian-standardized": {"gaussian": make("gaussian", 0.1, protocol=PUBLISHED)},
    "published-autoencoder-gaussian-scaled": {
        "gaussian": make("gaussian", 0.1, protocol=ProtocolName.AS_PUBLISHED_SCALED)
    },
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_bundled_autoencoder_is_what_its_card_says(bundled: Pipeline, samples: Dataset, name: str) -> None:
    path = resources.trained() / f"{name}.keras"
    described = cards.read(path)
    assert model_files.load_autoencoder(path).count_params() == described.parameters
    assert {key for key in described.metrics if key.endswith("_correct")} == {
        f"{split}_{each}_correct" for split in ("test", "samples") for each in SCENARIOS[name]
    }
    for each, scenario in SCENARIOS[name].items():
        outcome = bundled.prepare(to_float(samples.images), samples.labels, samples.indices).run(scenario)
        assert described.metrics[f"samples_{each}_total"] == len(samples)
        # On another processor the sign of a gradient next to 0 may be another one, and a close prediction with it.
        correct = outcome.correct("autoencoder").sum()
        assert abs(described.metrics[f"samples_{each}_correct"] - correct) <= (0 if each == "clean" else 1)


def test_class_names_are_printable(model: Path) -> None:
    names = ("\x1b[31mred", "<b>bold</b>", "a\nb")
    digest = model_files.sha256(model)
    cards.write(model, dataclasses.replace(card(), sha256=digest, class_names=names))
    assert cards.class_names(model, len(names), digest) == (r"\x1b[31mred", "<b>bold</b>", r"a\nb")
    with pytest.raises(ValueError, match="'class_names'"):
        dataclasses.replace(card(), class_names=("x" * 256,))
