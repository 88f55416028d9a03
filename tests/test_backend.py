"""Keras computes with TensorFlow, whatever the environment or the home folder say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PREDICT = """
from advgui.models.loading import load_pipeline
import keras, tensorflow
assert keras.config.backend() == "tensorflow"
assert (keras.config.floatx(), keras.config.image_data_format()) == ("float32", "channels_last")
assert not tensorflow.config.experimental.tensor_float_32_execution_enabled()
"""
TOO_LATE = """
import os, sys, types
keras = types.ModuleType("keras")
keras.config = types.SimpleNamespace(backend=lambda: "torch")
sys.modules["keras"] = keras
import advgui.models.classifier
"""


def run(code: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"KERAS_HOME": str(home)} | environment,
        timeout=300,
    )


def test_the_environment_and_the_home_folder_may_name_another_backend(tmp_path: Path) -> None:
    settings = {"backend": "jax", "floatx": "float16", "image_data_format": "channels_first", "epsilon": 0.5}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    done = run(PREDICT, tmp_path, KERAS_BACKEND="torch")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("settings", ['{"floatx": "wide"}', '{"epsilon": "small"}'])
def test_settings_of_keras_that_are_wrong_are_told(tmp_path: Path, settings: str) -> None:
    (tmp_path / "keras.json").write_text(settings)
    code = "import sys; from advgui.cli import main; sys.exit(main(['evaluate', '--samples']))"
    done = run(code, tmp_path)
    assert done.returncode == 1
    assert "keras.json" in done.stderr
    assert "advgui: TensorFlow or Keras could not be loaded" in done.stderr.splitlines()[-1]


def test_another_backend_that_is_there_already_is_told(tmp_path: Path) -> None:
    done = run(TOO_LATE, tmp_path)
    assert done.returncode == 1
    assert "Keras computes with torch in this process, expected TensorFlow." in done.stderr.splitlines()[-1]


# Of a GPU that is not there the device itself fails; of one that is, its memory or a library.
BROKEN_GPU = """
import tensorflow
from advgui.models import backend
tensorflow.config.set_soft_device_placement(False)
backend.try_gpu("/CPU:0")
backend.try_gpu("/GPU:9")
"""


def test_a_gpu_that_cannot_compute_is_told(tmp_path: Path) -> None:
    done = run(BROKEN_GPU, tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "TensorFlow finds a GPU, but cannot compute on it (" in last
    assert "GPU:9" in last
    assert "CUDA_VISIBLE_DEVICES=-1" in last
