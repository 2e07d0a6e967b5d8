"""Small published snapshots for the site's tests: the tables and columns that the site reads.

Member names, check details and survey names are what a hostile customer would send.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import duckdb
import yaml

IMAGE = "<img src=x onerror=window.pwned=1>"
SCRIPT = "</script><script>window.pwned=2</script>"
TEMPLATE = "{{ 7 * 7 }}';window.pwned=3//"
AS_OF = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC).replace(tzinfo=None)
NOW = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)

REPORTS = Path(__file__).parents[3] / "dbt_project" / "models" / "marts" / "reports"
_OTHER_TABLES = """
    create schema ops;
    create table ops.runs (
        run_id varchar, finished_at timestamp, status varchar, as_of timestamp
    );
    create table ops.gate_results (
        run_id varchar, finished_at timestamp, gate varchar, check_key varchar, status varchar,
        detail varchar
    );
"""


@cache
def _report_tables() -> str:
    """Every report as its contract promises it."""
    statements = ["create schema marts;"]
    for path in [*sorted(REPORTS.glob("**/*.yml")), REPORTS.parent / "core/dim_touchpoints.yml"]:
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            columns = ", ".join(f'"{c["name"]}" {c["data_type"]}' for c in model["columns"])
            statements.append(f"create table marts.{model['name']} ({columns});")
    return "\n".join(statements)


class Snapshot:
    """A serving file under construction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = duckdb.connect(str(path))
        self._connection.execute(_report_tables() + _OTHER_TABLES)

    def insert(self, table: str, **values: object) -> None:
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        self._connection.execute(
            f"insert into {table} ({names}) values ({marks})", list(values.values())
        )

    def measure(
        self,
        metric: str,
        start: date | None,
        *,
        value: float | None = 0.8,
        n: int | None = 200,
        scope: str = "transactional",
        grain: str = "month",
        dimension: str = "all",
        member: str = "all",
        change: float | None = None,
        is_significant: bool = False,
        is_provisional: bool = False,
    ) -> None:
        """A row of rpt_metrics; a value of None is a suppressed row."""
        half = None if value is None else (3.0 if metric == "nps" else 0.03)
        self.insert(
            "marts.rpt_metrics",
            metric=metric,
            scope=scope,
            scale_id="all" if scope == "all" else metric,
            weighting="none",
            period_grain=grain,
            period_start=start,
            dimension=dimension,
            member=member,
            unit="points" if metric == "nps" else "rate",
            numerator=None if value is None or n is None else value * n,
            denominator=None if value is None else n,
            n=None if value is None else n,
            value=value,
            ci_low=None if value is None or half is None else value - half,
            ci_high=None if value is None or half is None else value + half,
            change=change,
            previous_value=None if change is None or value is None else value - change,
            is_significant=is_significant,
            is_suppressed=value is None,
            is_wide=n is not None and n < 30,
            is_provisional=is_provisional,
            target=40.0 if metric == "nps" else 0.85,
        )

    def define(self, metric: str, *, definition: str = "", better: str = "higher") -> None:
        """A row of rpt_catalogue."""
        self.insert(
            "marts.rpt_catalogue",
            metric=metric,
            definition=definition,
            formula="top box / answers",
            better=better,
            owner="customer_experience",
            scale=metric,
            version=1,
            worked_example="5, 4, 2: 67 %",
            source="a book",
            mart_column="rpt_metrics.value",
            test=f"proves_{metric}",
        )

    def run(self) -> None:
        self.insert(
            "ops.runs",
            run_id="r1",
            finished_at=NOW.replace(tzinfo=None),
            status="published",
            as_of=AS_OF,
        )
        self.insert("marts.rpt_as_of", as_of=AS_OF, as_of_day=AS_OF.date())

    def close(self) -> Path:
        self._connection.close()
        return self.path


def full(path: Path) -> Path:
    """Every part of every page has something to show, and every name is hostile."""
    snapshot = Snapshot(path)
    snapshot.run()
    for month in range(1, 7):
        start = date(2026, month, 1)
        falls = month == 5
        snapshot.measure(
            "nps",
            start,
            scope="relational",
            value=31.0 if falls else 37.0,
            change=-6.0 if falls else 0.0,
            is_significant=falls,
            is_provisional=month == 6,
        )
        snapshot.measure("csat", start, value=None if month == 3 else 0.8, change=0.001)
        snapshot.measure("ces", start, value=0.7, n=200, change=0.0)
        snapshot.measure(
            "on_time_delivery_rate", start, scope="all", change=0.05, is_significant=True
        )
        snapshot.measure("repeat_purchase_rate", start, scope="all")
    for metric, scope in (
        ("nps", "relational"),
        ("csat", "transactional"),
        ("ces", "transactional"),
        ("on_time_delivery_rate", "all"),
        ("repeat_purchase_rate", "all"),
    ):
        value = 35.0 if metric == "nps" else 0.8
        snapshot.measure(metric, None, scope=scope, grain="all", value=value)
    for member, value in (("delivery", 0.6), (IMAGE, 0.9), (SCRIPT, None), (TEMPLATE, 0.7)):
        for dimension in ("touchpoint", "channel", "stage", "environment", "device", "segment"):
            snapshot.measure(
                "csat", None, grain="all", dimension=dimension, member=member, value=value
            )
        for dimension in ("channel", "segment"):
            snapshot.measure(
                "csat", date(2026, 6, 1), dimension=dimension, member=member, value=value
            )
        for quarter in (date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1)):
            snapshot.measure(
                "csat", quarter, grain="quarter", dimension="touchpoint", member=member, value=value
            )
    for month in range(1, 7):
        for age in range(4):
            is_mature = month + age < 6
            snapshot.insert(
                "marts.rpt_retention_cohorts",
                event="purchase",
                cohort_start=date(2026, month, 1),
                cohort_size=100,
                age=age,
                period_grain="month",
                rule="return_on",
                retained=20,
                mature=100 if is_mature else 0,
                rate=0.2 if is_mature else None,
                ci_low=0.13 if is_mature else None,
                ci_high=0.29 if is_mature else None,
                is_mature=is_mature,
            )
    _customers(snapshot)
    _service(snapshot)
    _programme(snapshot)
    for entity, quarantined in (("orders", 5), (SCRIPT, 0)):
        snapshot.insert(
            "marts.rpt_source_health",
            source="files",
            entity=entity,
            load_id=1,
            loaded_at=NOW.replace(tzinfo=None),
            read=1000,
            accepted=980 - quarantined,
            superseded=15,
            withdrawn=5,
            quarantined=quarantined,
            newest_record_at=AS_OF,
            match_rate=0.9,
        )
    for metric in (
        "nps", "csat", "ces", "on_time_delivery_rate", "repeat_purchase_rate", "retention_rate",
    ):  # fmt: skip
        told = IMAGE if metric == "nps" else "Share of satisfied answers."
        snapshot.define(metric, definition=told)
    for code, rows_open, rows_ever in (("bad_type", 2, 31), ("orphan", 1, 1)):
        snapshot.insert(
            "marts.rpt_quarantine",
            source="files",
            entity="orders",
            reason_code=code,
            rows_open=rows_open,
            rows_ever=rows_ever,
        )
    for table, code in (("contacts", None), ("tickets", "secret_refused")):
        snapshot.insert(
            "marts.rpt_source_fetches",
            source="hubspot",
            source_system=IMAGE,
            raw_table=table,
            last_asked_at=NOW.replace(tzinfo=None),
            last_fetched_at=date(2026, 5, 3) if code else NOW.replace(tzinfo=None),
            refusal_code=code,
        )
    snapshot.insert(
        "marts.rpt_source_records",
        source="web_server_log",
        raw_table="web_events",
        load_id=2,
        outcome="asset",
        is_set_aside=True,
        records=70,
    )
    for run, status in (("r0", "passed"), ("r1", "failed")):
        finished = AS_OF.replace(hour=1 if run == "r0" else 2)
        snapshot.insert(
            "ops.gate_results",
            run_id=run,
            finished_at=finished,
            gate="marts",
            check_key="marts.row_account",
            status=status,
            detail=IMAGE + SCRIPT,
        )
    return snapshot.close()


def _customers(snapshot: Snapshot) -> None:
    """Who is at risk, how long they stay, what they bring, what they said and did."""
    for key, segment in ((1, "Champions"), (2, "Cannot lose them"), (3, IMAGE)):
        snapshot.insert(
            "marts.rpt_customer_rfm",
            customer_key=key,
            rfm_segment=segment,
            monetary=250,
            recency_days=30 * key,
        )
    for member in ("all", "consumer", SCRIPT):
        for step, survival in enumerate((1.0, 0.8, 0.5)):
            snapshot.insert(
                "marts.rpt_survival",
                what="retention",
                event="inactivity",
                group_name="all" if member == "all" else "segment",
                member=member,
                time_unit="days",
                time=step * 180.0,
                survival=survival,
                ci_low=survival - 0.05,
                ci_high=min(1.0, survival + 0.05),
                n=900 if member == "consumer" else 100,
                median=360.0,
            )
    for age in (11, 12, 13):
        for measure, each in (("revenue", 30), ("margin", 4)):
            snapshot.insert(
                "marts.rpt_customer_value",
                measure=measure,
                cohort_grain="all",
                age_months=age,
                n=400,
                value=each * age,
                ci_low=each * age - 5,
                ci_high=each * age + 5,
            )
    for metric in ("lapse_rate_after_answer", "referral_rate_after_answer"):
        for said, value in (("detractor", 0.4), ("passive", 0.3), ("promoter", 0.2)):
            snapshot.insert(
                "marts.rpt_word_of_mouth",
                metric=metric,
                period_grain="all",
                dimension="said",
                member=said,
                value=value,
                ci_low=value - 0.05,
                ci_high=value + 0.05,
                n=300,
            )
    for item, value in (("people", 0.25), ("revenue_per_person", 120.0)):
        snapshot.insert(
            "marts.rpt_personas",
            persona=IMAGE,
            kind="size" if item == "people" else "value",
            item=item,
            scale_id="all",
            numerator=50,
            value=value,
            n=200,
        )


def _service(snapshot: Snapshot) -> None:
    """Two channels, two months, a cost, and tickets until they are solved."""
    for channel, fcr in (("phone", 0.9), (IMAGE, 0.7), ("all", 0.8)):
        snapshot.insert(
            "marts.rpt_service",
            period_grain="all",
            channel=channel,
            topic="all",
            contacts=500,
            fcr_repeat_window=fcr,
            fcr_repeat_window_ci_low=fcr - 0.04,
            fcr_repeat_window_ci_high=fcr + 0.04,
            first_reply_p50_seconds=7200.0,
            after_hours_share=0.4,
            next_opening_p50_seconds=36_000.0,
        )
    for topic in ("delivery", TEMPLATE):
        snapshot.insert(
            "marts.rpt_service", period_grain="all", channel="all", topic=topic, contacts=250
        )
    for month in (5, 6):
        snapshot.insert(
            "marts.rpt_service",
            period_grain="month",
            period_start=date(2026, month, 1),
            channel="all",
            topic="all",
            first_reply_p50_seconds=3600.0 * month,
            first_reply_p90_seconds=7200.0 * month,
        )
    for hour, survival in ((0, 1.0), (24, 0.5), (48, 0.1)):
        snapshot.insert(
            "marts.rpt_survival",
            what="resolution",
            event="solved",
            group_name="all",
            member="all",
            time=hour * 3600.0,
            survival=survival,
            n=300,
            median=86_400.0,
            p90=172_800.0,
        )
    snapshot.insert(
        "marts.rpt_cost_to_serve",
        metric="cost_per_issue",
        period_grain="all",
        dimension="channel",
        member=SCRIPT,
        currency=IMAGE,
        value=5.5,
        ci_low=5.0,
        ci_high=6.0,
        n=80,
    )


def _programme(snapshot: Snapshot) -> None:
    """A survey, whom it reaches, who answers, and where people stop."""
    for survey, indicator, detail, value in (
        (SCRIPT, "response_rate", "all", 0.25),
        (SCRIPT, "completion_rate", "all", 0.8),
        (SCRIPT, "last_answer_rate", IMAGE, 0.3),
        (SCRIPT, "nonresponse_difference", f"invited: segment {IMAGE}", -0.2),
        (SCRIPT, "answers_needed_for_5_points", "csat transactional csat", 300),
        ("all", "response_rate_by_invitation", "1 in a year", 0.3),
        ("all", "response_rate_by_invitation", "6 or more in a year", 0.2),
        ("all", "coverage_rate", "all", 0.5),
        ("all", "asked_too_soon_rate", "30 days", 0.1),
    ):
        snapshot.insert(
            "marts.rpt_survey_programme",
            survey_id=survey,
            indicator=indicator,
            detail=detail,
            value=value,
            n=600,
            ci_low=value - 0.02 if 0 < value < 1 else None,
            ci_high=value + 0.02 if 0 < value < 1 else None,
        )


def empty(path: Path) -> Path:
    """A snapshot of a warehouse into which nothing was read."""
    return Snapshot(path).close()


def yearly(path: Path) -> Path:
    """Only a yearly survey, as an airport's: satisfaction and nothing else."""
    snapshot = Snapshot(path)
    snapshot.run()
    snapshot.define("csat")
    for year in range(2010, 2017):
        for grain in ("month", "quarter", "year"):
            start = {"month": date(year, 5, 1), "quarter": date(year, 4, 1)}.get(
                grain, date(year, 1, 1)
            )
            snapshot.measure("csat", start, scope="relational", grain=grain, value=0.78)
    snapshot.measure("csat", None, scope="relational", grain="all", value=0.78)
    return snapshot.close()


def thin(path: Path) -> Path:
    """Young and small: no month or quarter has enough answers, the year is half over."""
    snapshot = Snapshot(path)
    snapshot.run()
    year, newest = date(AS_OF.year, 1, 1), AS_OF.date().replace(day=1)
    for metric, scope in (
        ("nps", "relational"),
        ("csat", "transactional"),
        ("ces", "transactional"),
    ):
        snapshot.define(metric)
        snapshot.measure(metric, None, scope=scope, grain="all", value=0.6, n=70)
    for month in range(1, AS_OF.month):
        start = date(AS_OF.year, month, 1)
        snapshot.measure("nps", start, scope="relational", value=month / 10, n=5)
        snapshot.measure("csat", start, value=0.8, n=40, is_provisional=True)
    snapshot.measure("nps", newest, scope="relational", value=0.9, n=90, is_provisional=True)
    snapshot.measure("ces", newest, value=0.9, n=90, is_provisional=True)
    for month, n in ((1, 31), (4, 12)):
        start = date(AS_OF.year, month, 1)
        snapshot.measure("nps", start, scope="relational", grain="quarter", value=0.3, n=n)
    snapshot.measure("nps", year, scope="relational", grain="year", value=0.5, n=43)
    return snapshot.close()
