"""Raw tables: what is new at the connected systems, and new and changed files of the folders."""

from collections.abc import Iterator

import dagster as dg

from dagster_project.connections import connections
from dagster_project.defs.graph import OWNERS, WRITER_POOL, Manifest, raw_specs
from dagster_project.fetch_stage import Fetched
from dagster_project.refresh import Run
from dagster_project.settings import Settings
from ingestion.fetches import last_well, read_fetches
from ingestion.fetching.model import Connection

# A refresh leaves these alone: they are asked for by hand, month by month.
BACKFILLED = "backfilled"
FETCHED_WELL = "fetched_well"
# Input folders often lie on a network share.
PATIENCE = dg.RetryPolicy(max_retries=2, delay=20, backoff=dg.Backoff.EXPONENTIAL)


def fetched_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset per connected system, in a group of its own: records that wait to be ingested."""
    return [_fetched(connection) for connection in connections(settings)]


def fetched_key(connection: Connection) -> dg.AssetKey:
    return dg.AssetKey(["fetched", connection.name])


def _fetched(connection: Connection) -> dg.AssetsDefinition:
    name = connection.name

    @dg.asset(
        key=fetched_key(connection),
        group_name=name,
        owners=OWNERS,
        kinds={"dlt", connection.system},
        pool=WRITER_POOL,
        retry_policy=PATIENCE,
        check_specs=[
            dg.AssetCheckSpec(
                FETCHED_WELL,
                asset=fetched_key(connection),
                description=f"Whether {name} gave every table, and when it last did.",
            )
        ],
        description=f"What is new at {connection.url}, landed as files.",
    )
    def fetched(
        cx_run: dg.ResourceParam[Run],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        yield _told(cx_run.fetch_from(name))
        yield _fetched_well(cx_run, connection)

    return fetched


def backfilled_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """One asset per connected system, a partition a month: what changed there, fetched again.

    Event files need none: a day's file is read when it appears, whatever its day.
    """
    return [_backfilled(connection) for connection in connections(settings)]


def _backfilled(connection: Connection) -> dg.AssetsDefinition:
    name = connection.name

    @dg.asset(
        key=dg.AssetKey([BACKFILLED, name]),
        group_name=name,
        owners=OWNERS,
        kinds={"dlt", connection.system},
        pool=WRITER_POOL,
        retry_policy=PATIENCE,
        partitions_def=dg.MonthlyPartitionsDefinition(start_date=connection.start, end_offset=1),
        description=f"What changed at {connection.url} in a month, landed as files once more; "
        "the next refresh reads it.",
    )
    def backfilled(
        context: dg.AssetExecutionContext, cx_run: dg.ResourceParam[Run]
    ) -> dg.MaterializeResult[None]:
        month = context.partition_time_window
        return _told(cx_run.fetch_again(name, since=month.start, until=month.end))

    return backfilled


def _fetched_well(run: Run, connection: Connection) -> dg.AssetCheckResult:
    """A refusal is no failed step, since the others go on: this is where it shows."""
    own = [each for each in read_fetches(run.settings.raw) if each.source_system == connection.name]
    moment = last_well(own)
    return dg.AssetCheckResult(
        asset_key=fetched_key(connection),
        check_name=FETCHED_WELL,
        passed=not any(each.refused for each in own),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "last fetched well": "never" if moment is None else moment.isoformat(),
            "refused": {each.raw_table: each.refused for each in own if each.refused},
        },
    )


def _told(account: Fetched) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        metadata={
            "records": account.records,
            "refused": [f"{each.entity}: {each.message}" for each in account.refused],
        }
    )


def raw_assets(settings: Settings, manifest: Manifest) -> dg.AssetsDefinition:
    """All raw tables as one step, because one load is one transaction."""
    fetched: dict[str, list[dg.AssetKey]] = {}
    for account in connections(settings):
        fetched.setdefault(f"raw_{account.system}", []).append(fetched_key(account))
    specs = [
        spec.replace_attributes(deps=fetched[source])
        if (source := spec.key.path[0]) in fetched
        else spec
        for spec in raw_specs(manifest)
    ]

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
