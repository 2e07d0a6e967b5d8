"""Models and seeds, one asset each, built by two dbt calls; analytics/ computes between them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from analytics.steps import STEPS
from dagster_project.dbt_runner import BEHIND_ANALYTICS
from dagster_project.defs.graph import (
    ANALYTICS,
    OWNERS,
    TRANSLATOR,
    WRITER_POOL,
    Manifest,
    analytics_descriptions,
)
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


def model_assets(manifest: Manifest, path: Path) -> list[dg.AssetsDefinition]:
    """Everything dbt builds, in two calls, and analytics/ between them.

    A part of it cannot be released, so a run builds it all.
    """

    @dbt_assets(
        manifest=path,
        exclude=BEHIND_ANALYTICS,
        dagster_dbt_translator=TRANSLATOR,
        name="dbt_build",
        pool=WRITER_POOL,
    )
    def dbt_build(
        context: dg.AssetExecutionContext, cx_run: dg.ResourceParam[Run]
    ) -> Iterator[Result]:
        yield from _results(context, cx_run.build().nodes, manifest)

    @dbt_assets(
        manifest=path,
        select=BEHIND_ANALYTICS,
        dagster_dbt_translator=TRANSLATOR,
        name="dbt_build_reports",
        pool=WRITER_POOL,
    )
    def dbt_build_reports(
        context: dg.AssetExecutionContext, cx_run: dg.ResourceParam[Run]
    ) -> Iterator[Result]:
        yield from _results(context, cx_run.build_reports().nodes, manifest)

    return [dbt_build, _analytics_assets(manifest), dbt_build_reports]


def _analytics_assets(manifest: Manifest) -> dg.AssetsDefinition:
    specs = [
        dg.AssetSpec(
            dg.AssetKey([ANALYTICS, step.table]),
            deps=[dg.AssetKey(relation.split(".")) for relation in step.reads],
            description=analytics_descriptions(manifest)[step.table],
            group_name=ANALYTICS,
            owners=OWNERS,
            kinds={"python"},
        )
        for step in STEPS
    ]

    @dg.multi_asset(name="analyse", specs=specs, pool=WRITER_POOL)
    def analyse(cx_run: dg.ResourceParam[Run]) -> Iterator[dg.MaterializeResult[None]]:
        rows = cx_run.analyse()
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"rows of all": rows})

    return analyse


def _results(
    context: dg.AssetExecutionContext, nodes: Sequence["NodeResult"], manifest: Manifest
) -> Iterator[Result]:
    # A source that first appeared in this very run is not in the graph yet.
    for node in nodes:
        if node.kind == "test":
            key = _check_key(node, manifest)
            is_shown = key in context.selected_asset_check_keys
            if key is not None and is_shown and node.status in _VERDICTS:
                yield _check_result(node, key)
        elif node.status == "success" and node.unique_id in manifest["nodes"]:
            asset = TRANSLATOR.get_asset_key(manifest["nodes"][node.unique_id])
            if asset in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=asset, metadata={"seconds": node.seconds})


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
