"""Models and seeds: one asset each, built together by one dbt call in this process."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from dagster_project.defs.graph import TRANSLATOR, WRITER_POOL, Manifest
from dagster_project.refresh import Run

if TYPE_CHECKING:
    from dagster_project.dbt_runner import NodeResult

# dbt's words for a test's end, in Dagster's: passed, and how grave it is if not.
_VERDICTS = {
    "pass": (True, dg.AssetCheckSeverity.ERROR),
    "warn": (False, dg.AssetCheckSeverity.WARN),
    "fail": (False, dg.AssetCheckSeverity.ERROR),
}

Result = dg.MaterializeResult[None] | dg.AssetCheckResult


def model_assets(manifest: Manifest, path: Path) -> dg.AssetsDefinition:
    """Everything dbt builds. A part of it cannot be released, so a run builds it all."""

    @dbt_assets(
        manifest=path, dagster_dbt_translator=TRANSLATOR, name="dbt_build", pool=WRITER_POOL
    )
    def dbt_build(
        context: dg.AssetExecutionContext, cx_run: dg.ResourceParam[Run]
    ) -> Iterator[Result]:
        # A source that first appeared in this very run is not in the graph yet.
        for node in cx_run.build().nodes:
            if node.kind == "test":
                key = _check_key(node, manifest)
                is_shown = key in context.selected_asset_check_keys
                if key is not None and is_shown and node.status in _VERDICTS:
                    yield _check_result(node, key)
            elif node.status == "success" and node.unique_id in manifest["nodes"]:
                asset = TRANSLATOR.get_asset_key(manifest["nodes"][node.unique_id])
                if asset in context.selected_asset_keys:
                    yield dg.MaterializeResult(asset_key=asset, metadata={"seconds": node.seconds})

    return dbt_build


def _check_key(node: "NodeResult", manifest: Manifest) -> dg.AssetCheckKey | None:
    if node.unique_id not in manifest["nodes"]:
        return None
    return get_asset_check_key_for_test(manifest, TRANSLATOR, node.unique_id, None)


def _check_result(node: "NodeResult", key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    passed, severity = _VERDICTS[node.status]
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=passed,
        severity=severity,
        metadata={"message": node.told()},
    )
