"""Raw tables: new and changed files of the remembered input folders."""

from collections.abc import Iterator

import dagster as dg

from dagster_project.defs.graph import WRITER_POOL, Manifest, raw_specs
from dagster_project.refresh import Run

# Input folders often lie on a network share.
PATIENCE = dg.RetryPolicy(max_retries=2, delay=20, backoff=dg.Backoff.EXPONENTIAL)


def raw_assets(manifest: Manifest) -> dg.AssetsDefinition:
    """All raw tables as one step, because one load is one transaction."""
    specs = raw_specs(manifest)

    @dg.multi_asset(name="ingest", specs=specs, pool=WRITER_POOL, retry_policy=PATIENCE)
    def ingest(
        context: dg.AssetExecutionContext, cx_run: dg.ResourceParam[Run]
    ) -> Iterator[dg.MaterializeResult[None]]:
        read = cx_run.ingest()
        if cx_run.is_unchanged:
            context.log.info("inputs unchanged since the last published run: nothing to build")
            cx_run.redraw_missing_site()
            return
        records = {f"raw_{item.source}.{item.entity}": item.records for item in read}
        for spec in specs:
            rows = records.get(".".join(spec.key.path), 0)
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"rows read": rows})

    return ingest
