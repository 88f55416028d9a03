from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if "PYTEST_XDIST_WORKER" in os.environ:
    # Processes share the cores. If each let TensorFlow have a thread for every core, the threads would wait for each
    # other. TensorFlow reads this when it is imported, here and in the processes that tests start.
    threads = (os.cpu_count() or 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(max(threads, 1))

# A shell that starts the tests in the background has Ctrl+C ignored, and `nohup` has SIGHUP ignored, by all that they
# start too; some are sent them.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (getattr(signal, "SIGHUP", None), signal.SIG_DFL)):
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

# Each holds TensorFlow and networks: between two and three gigabytes, where two share the tests.
_MOST_PROCESSES = 4


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Say in how many processes tests run; 0 is this one: others take longer to start, and print nothing with `-s`."""
    one_file = len(config.args) == 1 and not Path(config.args[0].partition("::")[0]).is_dir()
    if one_file or config.option.capture == "no":
        return 0
    return min(os.cpu_count() or 1, _MOST_PROCESSES)


def _as_text(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _as_text(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return type(data)(map(_as_text, data))
    return data.encode("utf-8", "backslashreplace").decode() if isinstance(data, str) else data


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let every report reach the process that prints it: names of files that are no text would not."""
    return _as_text((yield))


# What trains, starts processes, opens trained networks or goes to the network is not for the inner loop.
_LONG_FOLDERS = ("gui", "stress", "training", "models", "commands", "evaluation", "data", "figures", "cluster")
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
