"""Benchmarks are run by hand, so that a change of what they use would go unseen."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from tests import benchmarks

NAMES = [module.name for module in iter_modules(benchmarks.__path__) if not module.name.startswith("test_")]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_benchmark_uses_is_there(name):
    assert callable(import_module(f"{benchmarks.__name__}.{name}").main)
