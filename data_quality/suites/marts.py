"""Gate 2, "marts": may this build be released?

Compares the build with the row accounts, with what its numbers can be, and with the snapshot that
readers see now. Keys, references and identities between models are dbt's to test; the results of
those tests are part of the release decision (runner.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil

from data_quality.checks import Check, Planner, Suite
from data_quality.duckdb_adapter import PREVIOUS, Session, literal, quoted
from data_quality.expectations import no_rows, smallest
from data_quality.gates import GateSettings

HEALTH = "marts.rpt_source_health"
METRICS = "marts.rpt_metrics"
# Money kept from customers who bought more exceeds all the money there was.
RATES_ABOVE_ONE = ("net_revenue_retention",)
# Tables of which a share may vanish only by mistake; reports change size with what they show.
COUNTED_PREFIXES = ("marts.fct_", "marts.dim_customers")
SMALL_TABLE = 20
METRIC_KEY = ("metric", "scope", "scale_id", "weighting")


def plan_source_health(session: Session, settings: GateSettings) -> Iterator[Suite]:
    """Quarantine threshold per entity, the row account, and how old the newest row is."""
    health = session.kept("source_health", _health_query(session))
    entities = session.rows(
        "select source, entity, arg_max(read, load_id), arg_max(quarantined, load_id),"
        f" bool_or(is_unpublished), any_value(newest_of_all) from ({health})"
        " group by all order by all"
    )
    checks = [
        _quarantine_check(
            source,
            entity,
            observed=f"{quarantined} of {read} rows quarantined in the newest load",
            is_unpublished=is_unpublished,
            settings=settings,
        )
        for source, entity, read, quarantined, is_unpublished, _ in entities
    ]
    checks.append(_row_account_check())
    if entities:
        checks.append(_recency_check(entities[0][-1], settings))
    yield Suite("source_health", health, tuple(checks))


def plan_rows(session: Session, settings: GateSettings) -> Iterator[Suite]:
    """No fact table lost most of its rows against the published snapshot."""
    tables = session.tables
    before = {
        name: session.rows(f"select count(*) from {PREVIOUS}.{quoted(*name.split('.'))}")[0][0]
        for name in session.previous_tables
        if name.startswith(COUNTED_PREFIXES)
    }
    filled = {name: rows for name, rows in before.items() if rows}
    if not filled:
        return
    counts = [
        f"(select count(*) from {quoted(*name.split('.'))}) as {quoted(_short(name))}"
        if name in tables
        else f"0 as {quoted(_short(name))}"
        for name in filled
    ]
    checks = [
        _rows_check(name, rows, exists=name in tables, settings=settings)
        for name, rows in filled.items()
    ]
    yield Suite("row_counts", f"select {', '.join(counts)}", tuple(checks))


def plan_metrics(_session: Session, _settings: GateSettings) -> Iterator[Suite]:
    """Values are on their scale, and inside their own interval."""
    above_one = ", ".join(literal(metric) for metric in RATES_ABOVE_ONE)
    off_scale = (
        "(unit = 'points' and value not between -100 and 100)"
        f" or (unit = 'rate' and metric not in ({above_one})"
        " and value not between -1e-9 and 1 + 1e-9)"
        f" or (metric in ({above_one}) and value < 0)"
        " or isnan(value) or isinf(value)"
    )
    outside = "value < ci_low - 1e-9 or value > ci_high + 1e-9 or ci_low > ci_high"
    yield Suite(
        "metrics",
        f"select * from {METRICS} where value is not null",
        (
            _metric_rows_check(
                "marts.metric_scale",
                off_scale,
                meaning="Metrics lie off their scale (NPS -100..100, rates 0..1): a formula or a"
                " denominator is wrong.",
            ),
            _metric_rows_check(
                "marts.metric_interval",
                outside,
                meaning="Metrics lie outside their own confidence interval: value and interval are"
                " not reckoned from the same counts.",
            ),
        ),
    )


def plan_drift(session: Session, settings: GateSettings) -> Iterator[Suite]:
    """Headline metrics against the published snapshot: a hint for people, never a verdict."""
    if METRICS not in session.previous_tables:
        return
    drift = session.kept("drift", _drift_query())
    metrics = session.rows(f"select distinct metric from ({drift}) order by 1")
    checks = tuple(_drift_check(metric, drift, settings) for (metric,) in metrics)
    if checks:
        yield Suite("drift", drift, checks)


MARTS_PLANNERS: dict[str, Planner] = {
    "marts.source_health": plan_source_health,
    "marts.rows": plan_rows,
    "marts.metrics": plan_metrics,
    "marts.drift": plan_drift,
}


def _health_query(session: Session) -> str:
    """Every load with is_newest (of its entity), is_unpublished (readers do not see it yet) and
    usable_later: the usable rows of the entity's later loads."""
    unpublished = "true"
    if HEALTH in session.previous_tables:
        unpublished = (
            f"not exists (select 1 from {PREVIOUS}.{HEALTH} p where p.source = h.source"
            " and p.entity = h.entity and p.load_id = h.load_id)"
        )
    return (
        "select h.*, h.load_id = max(h.load_id) over (partition by h.source, h.entity)"
        f" as is_newest, {unpublished} as is_unpublished,"
        " coalesce(sum(h.read - h.quarantined) over (partition by h.source, h.entity"
        " order by h.load_id desc rows between unbounded preceding and 1 preceding), 0)"
        " as usable_later,"
        f" max(h.newest_record_at) over () as newest_of_all from {HEALTH} h"
    )


def _quarantine_check(
    source: str, entity: str, *, observed: str, is_unpublished: bool, settings: GateSettings
) -> Check:
    """Also judges older loads that were never published, until they were sent again: later loads
    that hold at least as many usable rows as were quarantined mend them.

    A load that readers see already was let pass once, by this gate or by somebody's word, and
    only warns.
    """
    whose = f"source = {literal(source)} and entity = {literal(entity)}"
    over = (
        f"{whose} and (is_newest or is_unpublished and not is_replaced"
        " and usable_later < quarantined)"
        f" and quarantined > {settings.quarantine_rows}"
        f" and quarantined > {settings.quarantine_share} * read"
    )
    rejected = f"from quarantine.rejected_rows where {whose}"
    worst = (
        f"load_id = (select load_id from {HEALTH} where {whose}"
        f" and quarantined > {settings.quarantine_rows}"
        f" and quarantined > {settings.quarantine_share} * read order by load_id desc limit 1)"
    )
    return Check(
        key=f"marts.quarantine.{source}.{entity}",
        table="quarantine.rejected_rows",
        severity="error" if is_unpublished else "warn",
        expectation=no_rows(over),
        meaning=f"More than {settings.quarantine_share:.0%} of the rows of {source}.{entity} in one"
        f" load, and more than {settings.quarantine_rows}, cannot be used. Mend them at the source"
        " and send them again, or acknowledge this check.",
        observed=observed,
        explain=(
            "select 'load ' || load_id || ': ' || quarantined || ' of ' || read || ' rows'"
            f" from {HEALTH} where {whose} and {worst}",
            "select 'reasons: ' || string_agg(reason_code || ' ' || n, ', ' order by n desc,"
            f" reason_code) from (select reason_code, count(*) as n {rejected} and {worst}"
            " group by 1 order by n desc, 1 limit 5)",
            "select coalesce(file, '?') || ':' || coalesce(record_number::varchar, '?') || ' '"
            f" || reason_code || coalesce(' (' || reason || ')', '') {rejected} and {worst}"
            " order by file, record_number limit 5",
        ),
    )


def _row_account_check() -> Check:
    off = "read <> accepted + superseded + withdrawn + quarantined"
    return Check(
        key="marts.row_account",
        table=HEALTH,
        severity="error",
        expectation=no_rows(off),
        meaning="Rows were read that are neither accepted, superseded, withdrawn nor quarantined,"
        " or counted twice: the staging models lose or repeat rows.",
        counted="accounts of a load that do not add up",
        explain=(
            "select source || '.' || entity || ' load ' || load_id || ': read ' || read || ' <> '"
            " || accepted || ' + ' || superseded || ' + ' || withdrawn || ' + ' || quarantined"
            f" from {HEALTH} where {off} order by source, entity, load_id limit 5",
        ),
    )


def _recency_check(newest: datetime | None, settings: GateSettings) -> Check:
    days = settings.bounds.stale_after_days
    now = settings.now.astimezone(UTC)
    return Check(
        key="marts.recency",
        table=HEALTH,
        severity="warn",
        expectation=no_rows(
            "newest_record_at is not distinct from newest_of_all"
            " and (newest_of_all is null"
            f" or newest_of_all < {_timestamp(now - timedelta(days=days))}"
            f" or newest_of_all > {_timestamp(now + timedelta(days=1))})"
        ),
        meaning=f"The newest row of all sources is older than {days} days, or lies in the future."
        " Right for a closed data set; else a source stands still, or a clock is wrong.",
        observed=f"newest row of all sources: {newest or 'none'}",
    )


def _timestamp(moment: datetime) -> str:
    return f"make_timestamp({int(moment.timestamp() * 1_000_000)})"


def _rows_check(name: str, rows: int, *, exists: bool, settings: GateSettings) -> Check:
    drop = settings.bounds.rows_drop_block
    floor = ceil(rows * (1 - drop)) if rows >= SMALL_TABLE else 1
    lost = f"lost more than {drop:.0%} of them" if exists else "is gone"
    return Check(
        key=f"marts.rows.{_short(name)}",
        table=name,
        severity="error",
        expectation=smallest(_short(name), at_least=floor),
        meaning=f"{name} has {rows} rows in the published snapshot and {lost} in this build. Raw"
        " keeps everything, so look for a source that was switched off or a model that filters.",
    )


def _short(name: str) -> str:
    return name.removeprefix("marts.")


def _metric_rows_check(key: str, where: str, *, meaning: str) -> Check:
    return Check(
        key=key,
        table=METRICS,
        severity="error",
        expectation=no_rows(where),
        meaning=meaning,
        counted="metric rows",
        explain=(
            # Never the member: a dimension may one day be as narrow as a person.
            "select metric || ' (' || scope || ', ' || scale_id || ', by ' || dimension || ', '"
            " || period_grain || coalesce(' of ' || period_start::date, '') || ') is ' || value"
            " || coalesce(' in ' || ci_low || '..' || ci_high, '')"
            f" from {METRICS} where value is not null and ({where})"
            " order by metric, scope, dimension, period_grain, period_start limit 5",
        ),
    )


def _headline(prefix: str) -> str:
    return f"{prefix}dimension = 'all' and {prefix}period_grain = 'all'"


def _drift_query() -> str:
    """The published headline metrics beside those of this build."""
    keys = ", ".join(f"p.{column}" for column in METRIC_KEY)
    same = " and ".join(f"c.{column} = p.{column}" for column in METRIC_KEY)
    return (
        f"select {keys}, p.value as value_before, p.ci_low as low_before,"
        f" p.ci_high as high_before, c.value from {PREVIOUS}.{METRICS} p"
        f" left join {METRICS} c on {same} and {_headline('c.')}"
        f" where {_headline('p.')} and p.value is not null"
    )


def _drift_check(metric: str, drift: str, settings: GateSettings) -> Check:
    share = settings.bounds.drift_share
    drifted = (
        f"metric = {literal(metric)} and (value is null"
        " or value < low_before or value > high_before"
        f" or (low_before is null and abs(value - value_before) > {share} * abs(value_before)))"
    )
    return Check(
        key=f"marts.drift.{metric}",
        table=METRICS,
        severity="warn",
        expectation=no_rows(drifted),
        meaning=f"{metric} over all time left the interval that is published now (without one:"
        f" moved by more than {share:.0%}). New rows alone seldom do that: see what changed.",
        counted="headline values moved",
        explain=(
            "select scope || ', ' || scale_id || ', ' || weighting || ': ' || value_before"
            " || ' before, now ' || coalesce(value::varchar, 'none')"
            f" from ({drift}) where {drifted} order by 1 limit 5",
        ),
    )
