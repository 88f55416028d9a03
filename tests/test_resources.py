"""Where the program keeps what it has downloaded and computed."""

import os
import tempfile
from pathlib import Path

import pytest

from advgui import resources


@pytest.mark.skipif(os.name == "nt", reason="asks Windows for the folder")
def test_the_cache_is_where_it_always_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    usual = "Library/Caches/advgui" if os.uname().sysname == "Darwin" else ".cache/advgui"
    assert resources.cache() == tmp_path / usual
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    if os.uname().sysname != "Darwin":
        assert resources.cache() == tmp_path / "elsewhere" / "advgui"


@pytest.mark.skipif(os.name == "nt", reason="asks Windows for the folder")
def test_an_account_without_a_home_has_a_cache_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert resources.cache() == Path(tempfile.gettempdir()) / "advgui"
