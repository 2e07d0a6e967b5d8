"""Models and seeds, one asset each, built by two dbt calls; analytics/ computes between them."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
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
    from dagster_project.dbt_runner import BuildResult, NodeResult

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
        yield from _results(context, cx_run, cx_run.build(), manifest)

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
        yield from _results(context, cx_run, cx_run.build_reports(), manifest)

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
    context: dg.AssetExecutionContext, run: Run, built: "BuildResult", manifest: Manifest
) -> Iterator[Result]:
    """What a half of the build came to, in the order of the graph, as Dagster asks."""
    ended = {node.unique_id: node for node in built.nodes}
    order: TopologicalSorter[str] = TopologicalSorter(manifest["parent_map"])
    for unique_id in order.static_order():
        # A source that first appeared in this very run is not in the graph yet.
        if unique_id not in manifest["nodes"]:
            continue
        node = ended.get(unique_id)
        if node is None:
            # Dagster skips what reads an asset of which nothing is told.
            if run.keeps(manifest["nodes"][unique_id]["config"]["materialized"]):
                yield from _asset_result(
                    context, manifest, unique_id, {"made": "by an earlier run"}
                )
        elif node.kind == "test":
            key = _check_key(node, manifest)
            is_shown = key in context.selected_asset_check_keys
            if key is not None and is_shown and node.status in _VERDICTS:
                yield _check_result(node, key)
        elif node.status == "success":
            yield from _asset_result(context, manifest, unique_id, {"seconds": node.seconds})


def _asset_result(
    context: dg.AssetExecutionContext,
    manifest: Manifest,
    unique_id: str,
    metadata: Mapping[str, str | float],
) -> Iterator[dg.MaterializeResult[None]]:
    asset = TRANSLATOR.get_asset_key(manifest["nodes"][unique_id])
    if asset in context.selected_asset_keys:
        yield dg.MaterializeResult(asset_key=asset, metadata=metadata)


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
