"""Keeps two heavy libraries out of the import of Great Expectations.

One of its expectations (Kullback-Leibler divergence) imports altair and scipy.stats, which is half
of the time of `import great_expectations`, and no gate uses it. During that import they are stood
in for by modules that load the real one on first use, so the expectation still works, only later.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_DEFERRED = ("altair", "scipy.stats")


class _StandIn(ModuleType):
    """Loads the module it stands for when an attribute of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Whoever walks sys.modules (inspect does) must not load everything by looking.
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def deferred_imports() -> Iterator[None]:
    """Imports inside the block meet the stand-ins; imports after it never do."""
    stand_ins = {name: _StandIn(name) for name in _DEFERRED if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
