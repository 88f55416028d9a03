"""Model files that no list can see through do their harm in a process of their own, and the program goes on."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from advgui import resources
from advgui.errors import AdvguiError, Cancelled, ModelFileError
from advgui.models import model_files, quarantine
from advgui.models.archive import ModelFile, check_lists
from advgui.models.loading import load_classifier
from advgui.models.quarantine import Kind, Limits, Quarantine
from tests import hostile, tiny
from tests.model_archives import save


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test puts its file."""
    return tmp_path / "model.keras"


@pytest.fixture(scope="module")
def process() -> Iterator[Quarantine]:
    """One process for all files that leave it alive: its start takes seconds."""
    with Quarantine() as started:
        yield started


def assert_refused(error: AdvguiError, path: Path, reason: str) -> None:
    text = str(error)
    for part in (str(path), "xpected"):
        assert part in text
    assert re.search(reason, text)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (hostile.softmax_over_the_batch, "depends on the other images of the batch"),
        (hostile.mean_of_the_batch, "depends on the other images of the batch"),
        (hostile.neighbours_joined, r"outputs of shape \(2, 3\) for 1 images"),
        (hostile.gradient_that_is_no_number, "the gradient of its loss is NaN"),
        # On some processors TensorFlow itself refuses to pool an image of 1 px.
        (hostile.large_images_alone, "NaN or infinite|MaxPooling2D"),
        (hostile.type_that_takes_memory, "cannot be opened as a model"),
        (hostile.dilation_past_32_bits, "cannot be"),
        (hostile.dilation, "GB of memory while it is built"),
        (hostile.weights_that_damage_memory, "cannot be"),
    ],
)
def test_each_is_refused_with_its_reason(
    make: Callable[[Path], Path], reason: str, path: Path, process: Quarantine
) -> None:
    check_lists(make(path))  # the first gate lets it through
    with pytest.raises(ModelFileError) as caught:
        process.examine(path, Kind.CLASSIFIER, str(path))
    assert_refused(caught.value, path, reason)


def test_what_one_file_took_the_next_one_does_not_lack(path: Path, process: Quarantine) -> None:
    with pytest.raises(AdvguiError, match="memory"):
        process.examine(hostile.dilation(path), Kind.MODEL, "hostile.keras")
    assert process._process is None  # native code that was without memory once may fail later
    process.examine(save(tiny.autoencoder_model(), path), Kind.MODEL, "sound.keras")


@pytest.mark.parametrize(
    ("build", "kind"), [(tiny.classifier_model, Kind.CLASSIFIER), (tiny.autoencoder_model, Kind.AUTOENCODER)]
)
def test_sound_networks_pass(build: Callable[[], keras.Model], kind: Kind, path: Path, process: Quarantine) -> None:
    model = build()
    stages: list[str] = []
    facts = process.examine(save(model, path), Kind.MODEL, "model.keras", stages.append)
    assert facts["kind"] == kind
    assert facts["weights"] == model.count_params()
    for side in (32, 48, 64, 128):
        assert f"it computes an image of {side}x{side} px" in stages


def with_tanh() -> keras.Model:
    image = keras.Input((None, None, 3))
    x = keras.ops.tanh(keras.ops.square(image) + keras.ops.exp(-image))
    return keras.Model(image, keras.layers.Dense(2)(keras.ops.sum(x, axis=(1, 2))))


def test_harmless_operations_are_on_the_list(path: Path) -> None:
    model = with_tanh()
    images = tiny.images(2)
    np.testing.assert_allclose(model_files.load_classifier(save(model, path))(images), model(images), rtol=1e-5)


@pytest.mark.slow
def test_what_never_ends_is_refused_in_time(path: Path) -> None:
    with Quarantine(Limits(seconds=5)) as own, pytest.raises(ModelFileError) as caught:
        own.examine(hostile.hang(path), Kind.CLASSIFIER, str(path))
    assert_refused(caught.value, path, "it takes longer than 5 s")


def test_a_trial_can_be_stopped_while_it_runs(path: Path) -> None:
    begun: list[str] = []
    with pytest.raises(Cancelled):
        quarantine.admitted(hostile.hang(path), Kind.CLASSIFIER, begun.append, lambda: bool(begun))
    assert begun


def test_a_process_that_cannot_start_is_no_fault_of_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "executable", "/bin/false" if sys.platform != "win32" else "where.exe")
    with Quarantine() as own, pytest.raises(AdvguiError, match="could not be started") as caught:
        own.examine(path, Kind.WEIGHTS, "model.keras")
    assert not isinstance(caught.value, ModelFileError)


def test_the_file_that_was_tried_is_the_one_that_is_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny.classifier_model()
    original = save(model, path).read_bytes()

    def exchange(_text: str) -> None:
        hostile.softmax_over_the_batch(path)

    file = quarantine.admitted(path, Kind.CLASSIFIER, exchange)
    opened = load_classifier(file)
    images = tiny.images(2)
    np.testing.assert_allclose(opened.logits(images), model(images), atol=1e-5)
    assert opened.sha256 == hashlib.sha256(original).hexdigest() != model_files.sha256(path)
    # Going back to it takes no second trial; and a file that was never read by HDF5 here is what is opened.
    path.write_bytes(original)
    monkeypatch.setattr(sys, "executable", "no such program")
    assert quarantine.admitted(path, Kind.CLASSIFIER).content == file.content != original


def test_only_the_programs_own_files_are_opened_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "no such program")
    own = resources.trained() / "autoencoder.keras"
    assert quarantine.admitted(own, Kind.AUTOENCODER).sha256 == model_files.sha256(own)
    # The same file elsewhere, and another file in that folder, are tried.
    path.write_bytes(own.read_bytes())
    path.with_suffix(".json").write_bytes(own.with_suffix(".json").read_bytes())
    with pytest.raises(AdvguiError, match="could not be started"):
        quarantine.admitted(path, Kind.AUTOENCODER)
    monkeypatch.setattr(resources, "trained", lambda: path.parent)
    assert quarantine.admitted(path, Kind.AUTOENCODER).content == own.read_bytes()
    save(tiny.autoencoder_model(), path)
    with pytest.raises(AdvguiError, match="could not be started"):
        quarantine.admitted(path, Kind.AUTOENCODER)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in folders here")
    os.mkfifo(tmp_path / "pipe.keras")
    with pytest.raises(ModelFileError, match="not a regular file"):
        ModelFile.read(tmp_path / "pipe.keras")


def test_modules_in_the_working_folder_are_not_imported(tmp_path: Path) -> None:
    """Who opens a file in a folder of downloads does not run the programs that lie there."""
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported')")
    (tmp_path / "picture.png").write_bytes((resources.assets() / "icon.png").read_bytes())
    code = (
        "import json, sys; from pathlib import Path; from advgui.models.quarantine import Kind, Quarantine\n"
        "with Quarantine() as own: print(json.dumps(own.examine(Path('picture.png'), Kind.PICTURE, 'picture')))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(model_files.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kind"] == "picture"
