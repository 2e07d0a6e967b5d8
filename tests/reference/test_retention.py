"""Rules of the cohort table that hold for any purchases, through the mart itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import SqlProject

FIRST = datetime(2025, 1, 30, 12)  # noqa: DTZ001 - the marts hold UTC without a zone
ORDERS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 40)), min_size=1, max_size=25, unique=True
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(orders=ORDERS)
def test_on_or_after_never_rises_and_holds_return_on(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, orders: list[tuple[int, int]]
) -> None:
    connection.execute("""
        create or replace table fct_orders (
            customer_key integer, ordered_at timestamp, is_purchase boolean default true,
            status varchar default 'delivered', returned_at timestamp
        );
        create or replace table dim_customers as
        select range as customer_key, true as is_known, false as is_test, false as is_employee
        from range(1, 6);
        create or replace table int_as_of as select timestamp '2025-03-11 12:00' as as_of;
        create or replace table fct_web_sessions (customer_key integer, started_at timestamp);
    """)
    connection.executemany(
        "insert into fct_orders (customer_key, ordered_at) values (?, ?)",
        [(person, FIRST + timedelta(days=day)) for person, day in orders],
    )
    cells = project.model("marts/reports/rpt_retention_cohorts.sql")
    broken = connection.sql(f"""
        select count(*) from (
            select
                *,
                lag(retained) over (
                    partition by event, period_grain, cohort_start, rule order by age
                ) as retained_before,
                max(case when rule = 'on_or_after' then retained end) over (
                    partition by event, period_grain, cohort_start, age
                ) as on_or_after
            from ({cells})
            where is_mature
        )
        where
            (rule = 'on_or_after' and retained > retained_before)
            or retained > on_or_after
            or retained > mature
            or (age = 0 and retained <> cohort_size)
    """).fetchone()
    assert broken == (0,)
