"""The systems that can be fetched from, by name: every module of `sources/` that has a `PROBE`."""

import pkgutil
from importlib import import_module
from typing import cast

from ingestion import sources
from ingestion.fetching.model import ApiSystem


def _found() -> dict[str, ApiSystem]:
    names = (found.name for found in pkgutil.walk_packages(sources.__path__, "ingestion.sources."))
    modules = (import_module(name) for name in names)
    return {m.SOURCE: cast(ApiSystem, m) for m in modules if hasattr(m, "PROBE")}


SYSTEMS = _found()
