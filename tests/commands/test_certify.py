"""The command that certifies, from its arguments to its files."""

import json

import pytest

from advgui import cli, resources
from advgui.models import model_files
from advgui.reports import certified_storage

QUICK = ["certify", "--samples", "--every", "10", "--n0", "10", "--n", "40"]


def test_it_writes_everything_and_goes_on_from_it(tmp_path, capsys):
    files = {kind: tmp_path / f"c.{kind}" for kind in ("json", "csv", "markdown", "latex")}
    outputs = [part for kind, path in files.items() for part in (f"--{kind}", str(path))]
    assert cli.main([*QUICK, *outputs, "--chart", str(tmp_path / "c.png")]) == 0
    said = capsys.readouterr().out
    assert "To reproduce: advgui certify --sigma 0.1 --n0 10 --n 40 --alpha 0.001 --seed 0 --every 10" in said
    assert all(path.stat().st_size for path in files.values())
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
    first = files["json"].read_bytes()
    assert cli.main([*QUICK, "--json", str(files["json"]), "--resume"]) == 0
    assert files["json"].read_bytes() == first
    # What is there is of something else.
    assert cli.main([*QUICK, "--sigma", "0.2", "--json", str(files["json"]), "--resume"]) == 1
    assert "holds a certification of something else: smoothing" in capsys.readouterr().err
    assert files["json"].read_bytes() == first


def test_parts_are_put_together(tmp_path, capsys):
    parts = []
    for first, stop in ((0, 10), (10, 20)):
        parts.append(str(tmp_path / f"{first}.json"))
        assert cli.main([*QUICK, "--images", f"{first}:{stop}", "--json", parts[-1]]) == 0
    whole = tmp_path / "whole.json"
    assert cli.main(["certify", "--load", *parts, "--json", str(whole)]) == 0
    assert certified_storage.load(whole).images == 2
    assert "2 images (samples)" in capsys.readouterr().out


def test_a_bundled_network_is_asked_for_by_its_name(tmp_path):
    path = tmp_path / "c.json"
    arguments = [*QUICK, "--classifier", "robust-classifier", "--without-autoencoder", "--json", str(path)]
    assert cli.main(arguments) == 0
    networks = json.loads(path.read_text())["provenance"]["networks"]
    own = resources.trained() / "robust-classifier.keras"
    assert networks == {"classifier": {"name": "robust-classifier", "sha256": model_files.sha256(own)}}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--sigma", "2"], "expected sigma in"),
        (["--alpha", "1"], "alpha in"),
        (["--resume"], "needs --json"),
        (["--images", "50:60"], "has 20 images"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_loaded(wrong, message, capsys):
    assert cli.main([*QUICK, *wrong]) == 2
    assert message in capsys.readouterr().err
