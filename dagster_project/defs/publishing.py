"""What readers get: the serving snapshot and the dashboards made from it."""

import dagster as dg

from dagster_project.defs.graph import OWNERS, PUBLISHING, WRITER_POOL, Manifest, published_keys
from dagster_project.refresh import Run

SNAPSHOT = dg.AssetKey(["serving", "snapshot"])
SITE = dg.AssetKey(["site", "pages"])


def snapshot_asset(manifest: Manifest) -> dg.AssetsDefinition:
    """serving.duckdb: the audited tables, swapped in whole."""

    @dg.asset(
        key=SNAPSHOT,
        deps=published_keys(manifest),
        group_name=PUBLISHING,
        owners=OWNERS,
        kinds={"duckdb"},
        pool=WRITER_POOL,
        description="serving.duckdb: a complete, audited copy of the marts, replaced atomically.",
    )
    def serving_snapshot(cx_run: dg.ResourceParam[Run]) -> dg.MaterializeResult[None]:
        published = cx_run.publish()
        return dg.MaterializeResult(
            metadata={
                "rows": published.rows,
                "tables": len(published.tables),
                "file": dg.MetadataValue.path(published.path),
            }
        )

    return serving_snapshot


@dg.asset(
    key=SITE,
    deps=[SNAPSHOT],
    group_name=PUBLISHING,
    owners=OWNERS,
    kinds={"html"},
    pool=WRITER_POOL,
    description="The dashboards: static pages made from the published reports alone.",
)
def site_pages(cx_run: dg.ResourceParam[Run]) -> dg.MaterializeResult[None]:
    pages = cx_run.build_site()
    return dg.MaterializeResult(metadata={"pages": pages.pages, "bytes": pages.bytes})
