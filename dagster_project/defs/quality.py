"""The two gates, as a check on every table they judge. A check that fails stops the run."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from dagster_project.defs.graph import (
    Manifest,
    is_read_by_models,
    published_keys,
    raw_specs,
)
from dagster_project.refresh import Run
from dagster_project.run_report import GateCheck


def raw_gate(manifest: Manifest) -> dg.AssetChecksDefinition:
    """Does each new load look like itself? Asked before anything is built from it."""
    specs = _specs("gate_raw", {spec.key: True for spec in raw_specs(manifest)})

    @dg.multi_asset_check(name="gate_raw", specs=specs)
    def gate_raw(cx_run: dg.ResourceParam[Run]) -> Iterator[dg.AssetCheckResult]:
        yield from _answers(specs, cx_run.gate_raw())

    return gate_raw


def marts_gate(manifest: Manifest) -> dg.AssetChecksDefinition:
    """The release decision: may these tables be published?

    It comes after all models, so it holds up only tables that no model reads: what waits for
    those is the snapshot, which asks for the decision itself.
    """
    keys = published_keys(manifest)
    specs = _specs("gate_marts", {key: not is_read_by_models(manifest, key) for key in keys})

    @dg.multi_asset_check(name="gate_marts", specs=specs)
    def gate_marts(cx_run: dg.ResourceParam[Run]) -> Iterator[dg.AssetCheckResult]:
        yield from _answers(specs, cx_run.gate_marts())

    return gate_marts


def _specs(name: str, blocking: Mapping[dg.AssetKey, bool]) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(name=name, asset=key, blocking=blocks) for key, blocks in blocking.items()
    ]


def _answers(
    specs: Sequence[dg.AssetCheckSpec], checks: Sequence[GateCheck]
) -> Iterator[dg.AssetCheckResult]:
    tables = {".".join(spec.asset_key.path): spec for spec in specs}
    # What concerns no single table of the graph stands at the first, so that it blocks too.
    placed = [(tables.get(check.table, specs[0]), check) for check in checks]
    for spec in specs:
        own = [check for target, check in placed if target is spec]
        refused = [check for check in own if check.blocks]
        yield dg.AssetCheckResult(
            asset_key=spec.asset_key,
            check_name=spec.name,
            passed=not refused,
            metadata={"checks": len(own), **{c.key: c.detail or c.status for c in refused}},
        )
