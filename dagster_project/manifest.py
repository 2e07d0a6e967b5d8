"""The dbt manifest that the asset graph is made from; parsed only when it is out of date."""

from __future__ import annotations

import json
from itertools import takewhile
from pathlib import Path
from typing import Any

from dagster_project import lock
from dagster_project.settings import Settings
from publishing.described import Described


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


def first_comment(code: str) -> str:
    """The header of a model or test: the comment lines that it opens with."""
    header = takewhile(lambda line: line.startswith("--"), code.splitlines())
    return " ".join(line.removeprefix("--").strip() for line in header)


def read_manifest(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def described_marts(manifest: dict[str, Any]) -> dict[str, Described]:
    """What the models say of each mart: its comments, and the key that its tests prove."""
    keys = _keys(manifest)
    return {
        node["alias"]: Described(
            comment=node["description"],
            columns={name: column["description"] for name, column in node["columns"].items()},
            key=keys.get(unique_id, ()),
        )
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def _keys(manifest: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The first unique column, or combination of columns, of each model."""
    keys: dict[str, tuple[str, ...]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "unique_combination":
            keys[node["attached_node"]] = tuple(test["kwargs"]["columns"])
        elif test.get("name") == "unique":
            keys.setdefault(node["attached_node"], (node["column_name"],))
    return keys
