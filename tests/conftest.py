from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from advgui.data import cifar10, download
from tests.downloads import download_threads
from tests.servers import Behaviour, Server

if TYPE_CHECKING:
    from advgui.pipeline import Pipeline

# A slow machine is no error.
settings.register_profile("advgui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("advgui")


# What trains, starts processes, opens trained networks or goes to the network is not for the inner loop.
_LONG_FOLDERS = ("gui", "stress", "training", "models", "commands", "evaluation", "data", "figures")
_LONG_FILES = {
    *("test_app.py", "test_architecture.py", "test_backend.py", "test_cli.py", "test_console.py", "test_drawing.py"),
    *("test_evaluation_results.py", "test_interruption.py", "test_model_opening.py", "test_native_log.py"),
    *("test_other_classifier.py", "test_packaging.py", "test_plugins.py", "test_real_networks.py"),
}
_LONG_FIXTURES = {"bundled", "cifar_folder", "cifar_test_set", "cifar_training_set", "serve"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is quick (`pytest -m quick`)."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.parent.relative_to(here).as_posix()
        long = any(folder == each or folder.startswith(f"{each}/") for each in _LONG_FOLDERS)
        long = long or item.path.name in _LONG_FILES or bool(_LONG_FIXTURES & set(getattr(item, "fixturenames", ())))
        if not long and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.quick)


def _full_data_set() -> Path:
    """Where the full CIFAR-10 is: found as the program finds it, or beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    path = cifar10.find() or cifar10.find(beside)
    if path is None:
        pytest.skip("the full CIFAR-10 is not on this computer (advgui data download)")
    return path


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Start servers; one answers each request with the next of its behaviours."""
    proxies = [f"{kind}_proxy" for kind in ("http", "https", "all")]
    for name in [*proxies, *map(str.upper, proxies), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "_PAUSE", 0)
    started: list[tuple[Server, threading.Thread]] = []

    def start(*behaviours: Behaviour, certificate: Path | None = None) -> Server:
        server = Server(*behaviours, certificate=certificate)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(60)
    for thread in download_threads():
        thread.join(60)
    assert download_threads() == []


@pytest.fixture(scope="session")
def cifar_folder() -> Path:
    return _full_data_set()


@pytest.fixture(scope="session")
def cifar_test_set() -> cifar10.Dataset:
    return cifar10.load("test", _full_data_set())


@pytest.fixture(scope="session")
def cifar_training_set() -> cifar10.Dataset:
    return cifar10.load("train", _full_data_set())


@pytest.fixture(scope="session")
def samples() -> cifar10.Dataset:
    return cifar10.load_samples()


@pytest.fixture(scope="session")
def bundled() -> Pipeline:
    """The bundled networks."""
    from advgui.models.loading import load_pipeline  # most tests need no TensorFlow

    return load_pipeline()
