"""The dbt manifest that the asset graph is made from; parsed only when it is out of date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dagster_project import lock
from dagster_project.settings import Settings


def manifest_of(settings: Settings) -> Path:
    """The manifest of a home, parsed anew when project or settings have changed.

    While another process writes, raw cannot be asked which sources it has: then the manifest
    that is there is shown as it is, and the run that is writing renews it.
    """
    from dagster_project.dbt_runner import ensure_manifest, manifest_path, variables

    path = manifest_path(settings)
    if path.exists() and lock.holder(settings.lock) is not None:
        return path
    return ensure_manifest(settings, variables(settings))


def read_manifest(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
