"""Training histories: what is written comes back; everything else is refused in words."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui import resources
from advgui.errors import AdvguiError
from advgui.figures import histories

GOOD = "epoch,loss,accuracy\n1,1.5,0.4\n2,0.75,0.625\n"


def written(folder: Path, content: str | bytes, name: str = "net.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_columns_are_read_by_name(tmp_path: Path) -> None:
    history = histories.read(written(tmp_path, GOOD))
    assert history.name == "net"
    assert list(history.columns) == ["epoch", "loss", "accuracy"]
    assert history.epochs.tolist() == [1, 2]
    assert history.columns["accuracy"].tolist() == [0.4, 0.625]
    for column in history.columns.values():
        assert column.dtype == np.float64
        assert not column.flags.writeable


@given(
    st.lists(st.tuples(*[st.floats(-1e30, 1e30).map(lambda value: float(f"{value:.6g}"))] * 3), min_size=1, max_size=30)
)
def test_what_a_training_writes_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float]]) -> None:
    from advgui.training.run import history_text

    names = ("loss", "accuracy", "validation_loss")
    table = [{"epoch": n, **dict(zip(names, row, strict=True))} for n, row in enumerate(rows, start=1)]
    folder = tmp_path_factory.mktemp("run")
    history = histories.read(written(folder, history_text(table)))
    for name in ("epoch", *names):
        assert history.columns[name].tolist() == [row[name] for row in table]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD + "\n\n",
        GOOD.rstrip("\n"),
        GOOD.replace(",", " , "),
        '"epoch","loss","accuracy"\n"1",1.5,.4\n2,+75e-2,0.625',
    ],
)
def test_what_other_programs_write_is_read_too(tmp_path: Path, content: str) -> None:
    history = histories.read(written(tmp_path, content))
    assert history.columns["loss"].tolist() == [1.5, 0.75]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no column 'epoch'"),
        ("\n\n", "no column 'epoch'"),
        ("loss,accuracy\n1,2\n", "no column 'epoch'"),
        ("Epoch,loss\n1,2\n", "no column 'epoch'"),
        ("epoch,loss\n", "no rows"),
        ("epoch,loss,loss\n1,2,3\n", "two have the same"),
        ("epoch,,loss\n1,2,3\n", "no name"),
        ("epoch,loss\n1,2\n2\n", "row 2 has 1 values for 2 columns"),
        ("epoch,loss\n1,2,3\n", "row 1 has 3 values for 2 columns"),
        ("epoch,loss\n1,2\n2,high\n", "'loss' in row 2 is 'high', not a finite number"),
        ("epoch,loss\n1,nan\n", "not a finite number"),
        ("epoch,loss\n1,inf\n", "not a finite number"),
        ("epoch,loss\n1,-1e999\n", "not a finite number"),
        ("epoch,loss\n1,1_000\n", "not a finite number"),
        ("epoch,loss\n1,٣\n", "not a finite number"),
        ("epoch,loss\n1,\n", "not a finite number"),
        (f"epoch,loss\n1,{'x' * 5000}\n", "…', not a finite number"),
        ("epoch,loss\n1.5,2\n", "not whole numbers that rise"),
        ("epoch,loss\n2,2\n1,2\n", "not whole numbers that rise"),
        ("epoch,loss\n1,2\n1,2\n", "not whole numbers that rise"),
        ("epoch,loss\n-1,2\n", "from -1 to -1"),
        ("epoch,loss\n1,2\n1e9,2\n", "to 1e\\+09"),
        ('epoch,loss\n1,"2\n', "no CSV"),
        ("epoch,loss\n1,\0\n", "'loss' in row 1|no CSV"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not text"),
        ("epoch,loss\n" + "1,2\n" * 300_000, "larger than 1 MB"),
    ],
)
def test_anything_else_is_refused_with_the_reason(tmp_path: Path, content: str | bytes, reason: str) -> None:
    path = written(tmp_path, content, "foreign.csv")
    with pytest.raises(AdvguiError, match=reason) as refused:
        histories.read(path)
    for part in (str(path), "Expected", "Choose another file"):
        assert part in str(refused.value)
    assert len(str(refused.value)) < 600 + len(str(path))


@given(st.binary(max_size=200) | st.text("epoch,loss0123456789.-\n\r\"' ", max_size=80).map(str.encode))
def test_no_content_breaks_it(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.mktemp("any"), content)
    try:
        history = histories.read(path)
    except AdvguiError:
        return
    assert len(history.epochs) > 0
    assert all(np.isfinite(column).all() for column in history.columns.values())


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(AdvguiError, match="No such file"):
        histories.read(tmp_path / "missing.csv")
    with pytest.raises(AdvguiError, match="is not a file"):
        histories.read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(AdvguiError, match="is not a file"):
        histories.read(tmp_path / "pipe.csv")


def test_names_are_those_of_networks_and_runs() -> None:
    assert histories.name_of(Path("trained/classifier.csv")) == "classifier"
    assert histories.name_of(Path("runs/autoencoder/history.csv")) == "autoencoder"
    assert histories.name_of(Path("history.csv")) == Path.cwd().name
    assert histories.name_of(Path("a\udcff\nb.csv")) == "a__b"


def test_networks_and_runs_are_found(tmp_path: Path) -> None:
    for name in ("autoencoder", "classifier", "without"):
        written(tmp_path, b"", f"trained/{name}.keras")
    for name in ("autoencoder", "classifier", "evaluation"):
        written(tmp_path, GOOD, f"trained/{name}.csv")
    assert [path.name for path in histories.bundled(tmp_path / "trained")] == ["classifier.csv", "autoencoder.csv"]
    assert histories.bundled(tmp_path / "nowhere") == []
    for name in ("b", "a"):
        written(tmp_path, GOOD, f"runs/{name}/history.csv")
    written(tmp_path, b"", "runs/c/checkpoint.npz")
    assert [path.parent.name for path in histories.of_runs(tmp_path / "runs")] == ["a", "b"]
    assert histories.of_runs(tmp_path / "nowhere") == []


def test_every_bundled_network_has_a_history_that_can_be_read() -> None:
    networks = {path.stem for path in resources.trained().glob("[!.]*.keras")}
    assert {histories.read(path).name for path in histories.bundled()} == networks
