"""The Iranian calendar: known days, and every day of two centuries in its place."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from .conftest import SqlProject


@pytest.mark.parametrize(
    ("gregorian", "jalali"),
    [
        # Nowruz and the day before it, in leap years (1399, 1403, 1408) and others
        (date(1979, 2, 11), (1357, 11, 22)),
        (date(2000, 1, 1), (1378, 10, 11)),
        (date(2020, 3, 20), (1399, 1, 1)),
        (date(2021, 3, 20), (1399, 12, 30)),
        (date(2021, 3, 21), (1400, 1, 1)),
        (date(2024, 3, 19), (1402, 12, 29)),
        (date(2024, 3, 20), (1403, 1, 1)),
        (date(2025, 3, 20), (1403, 12, 30)),
        (date(2025, 3, 21), (1404, 1, 1)),
        (date(2026, 3, 21), (1405, 1, 1)),
        (date(2030, 3, 20), (1408, 12, 30)),
    ],
)
def test_known_days(
    project: SqlProject,
    connection: duckdb.DuckDBPyConnection,
    gregorian: date,
    jalali: tuple[int, int, int],
) -> None:
    connection.execute("create table days as select ?::date as day", [gregorian])
    text = project.macro("with_jalali", "days", "day")
    found = connection.sql(f"select jalali_year, jalali_month, jalali_day from ({text})")
    assert found.fetchone() == jalali


def test_every_day_follows_the_one_before(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("""
        create table days as select cast(unnest(generate_series(
            date '1900-01-01', date '2090-01-01', interval '1' day)) as date) as day
    """)
    rows = connection.sql(f"""
        select jalali_year, jalali_month, jalali_day
        from ({project.macro("with_jalali", "days", "day")}) order by day
    """).fetchall()
    for (year, month, day), following in zip(rows, rows[1:], strict=False):
        length = 31 if month <= 6 else 30 if month <= 11 else None
        tomorrow = (year, month, day + 1)
        next_month = (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)
        if length is None:
            is_last = day == 30 or following == next_month
            assert day >= 29 or following == tomorrow
            assert following == (next_month if is_last else tomorrow)
        else:
            assert following == (next_month if day == length else tomorrow)
