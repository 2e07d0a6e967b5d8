"""The marts in a real PostgreSQL: whole, described, granted, and never half."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest

from publishing.described import Described
from publishing.postgres import Copied, PostgresError, PostgresMisconfigured, publish

DESCRIBED = {
    "rpt_metrics": Described("What is published.", {"metric": "Its name."}, ("metric", "start")),
    "fct_orders": Described("Orders.", {}, ("order_id",)),
}


@pytest.fixture
def database(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop schema if exists marts cascade")
        yield connection


def _snapshot(path: Path, *, orders: int = 3, value: float = 0.5) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.rpt_metrics as
            from (values ('csat', null::date, ?::double, 3::bigint, true),
                         ('nps', date '2026-01-01', null, 4, false))
            t(metric, start, value, n, is_wide)
            """,
            [value],
        )
        connection.execute(
            """
            create table marts.fct_orders as
            select i as order_id, case i when 1 then '' when 2 then null
                else 'a,"b"' || chr(10) || 'ک' || chr(0) end as note,
                (i / 4)::decimal(18, 4) as amount, timestamp '2026-01-01 10:00:00.5' as ordered_at
            from range(1, ? + 1) t(i)
            """,
            [orders],
        )
    return path


def _publish(postgres_url: str, serving: Path, run_id: str = "r1", **more: object) -> Copied:
    return publish(
        serving,
        url=postgres_url,
        schema="marts",
        run_id=run_id,
        described=DESCRIBED,
        **more,  # type: ignore[arg-type]
    )


def test_every_value_arrives_as_it_was(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    copied = _publish(postgres_url, _snapshot(tmp_path / "s.duckdb"))
    assert (copied.tables, copied.rows) == (2, 5)
    orders = database.execute("select * from marts.fct_orders order by order_id").fetchall()
    # an empty text is not a missing one; PostgreSQL cannot hold the character NUL
    assert [row[1] for row in orders] == ["", None, 'a,"b"\nک']
    assert str(orders[0][2]) == "0.2500"
    assert orders[0][3].isoformat() == "2026-01-01T10:00:00.500000"
    metrics = database.execute("select * from marts.rpt_metrics order by metric").fetchall()
    assert metrics[0] == ("csat", None, 0.5, 3, True)


def test_tables_are_described_and_their_keys_hold(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    _publish(postgres_url, _snapshot(tmp_path / "s.duckdb"))
    said = database.execute("select obj_description('marts.rpt_metrics'::regclass)").fetchone()
    assert said == ("What is published.",)
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.execute("insert into marts.fct_orders (order_id) values (1)")


def test_the_same_run_is_not_written_twice(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    serving = _snapshot(tmp_path / "s.duckdb")
    _publish(postgres_url, serving)
    before = database.execute("select 'marts.fct_orders'::regclass::oid").fetchone()
    again = _publish(postgres_url, serving)
    assert again.is_unchanged
    assert database.execute("select 'marts.fct_orders'::regclass::oid").fetchone() == before
    assert not _publish(postgres_url, serving, is_forced=True).is_unchanged


def test_grants_are_kept_and_gone_tables_go(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    database.execute("drop role if exists viewer")
    database.execute("create role viewer")
    _publish(postgres_url, _snapshot(tmp_path / "s1.duckdb"))
    database.execute("grant select on marts.rpt_metrics to viewer")
    database.execute("grant select (order_id) on marts.fct_orders to viewer")
    database.execute("create table marts.of_an_analyst (x int)")
    second = _snapshot(tmp_path / "s2.duckdb", value=0.75)
    with duckdb.connect(str(second)) as connection:
        connection.execute("create table marts.dim_new as select 1 as id")
    _publish(postgres_url, second, "r2")
    may = "select has_table_privilege('viewer', 'marts.rpt_metrics', 'select')"
    assert database.execute(may).fetchone() == (True,)
    may = "select has_column_privilege('viewer', 'marts.fct_orders', 'order_id', 'select')"
    assert database.execute(may).fetchone() == (True,)
    _publish(postgres_url, _snapshot(tmp_path / "s3.duckdb"), "r3")
    assert database.execute("select to_regclass('marts.dim_new')").fetchone() == (None,)
    assert database.execute("select count(*) from marts.of_an_analyst").fetchone() == (0,)
    database.execute("drop owned by viewer; drop role viewer")


@pytest.mark.parametrize("is_forced", [False, True])
def test_a_table_that_was_dropped_by_hand_is_made_again(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path, is_forced: bool
) -> None:
    serving = _snapshot(tmp_path / "s.duckdb")
    _publish(postgres_url, serving)
    database.execute("drop table marts.fct_orders")
    assert _publish(postgres_url, serving, is_forced=is_forced).rows == 5
    assert _publish(postgres_url, serving).is_unchanged


def test_what_took_the_name_of_a_dropped_table_is_not_ours(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    serving = _snapshot(tmp_path / "s.duckdb")
    _publish(postgres_url, serving)
    database.execute("drop table marts.fct_orders; create view marts.fct_orders as select 1 as x")
    with pytest.raises(PostgresError, match=r"marts.fct_orders is there and was not made by cx"):
        _publish(postgres_url, serving)
    assert database.execute("select x from marts.fct_orders").fetchone() == (1,)


def test_what_others_made_stops_it_and_nothing_changes(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    database.execute("create schema marts")
    database.execute("create table marts.fct_orders (mine int)")
    with pytest.raises(PostgresError, match=r"marts.fct_orders is there and was not made by"):
        _publish(postgres_url, _snapshot(tmp_path / "s.duckdb"))
    database.execute("drop table marts.fct_orders")
    _publish(postgres_url, tmp_path / "s.duckdb")
    database.execute("create view public.standing as select * from marts.fct_orders")
    with pytest.raises(PostgresMisconfigured, match=r"the view public.standing stands on marts.fc"):
        _publish(postgres_url, tmp_path / "s.duckdb", "r2")
    database.execute("drop view public.standing")
    database.execute(
        "create function public.all_orders() returns setof marts.fct_orders "
        "language sql as 'select * from marts.fct_orders'"
    )
    with pytest.raises(
        PostgresMisconfigured, match=r"the function all_orders\(\) stands on marts.fct_or"
    ):
        _publish(postgres_url, tmp_path / "s.duckdb", "r2")
    database.execute("drop function public.all_orders()")
    database.execute("alter table marts.fct_orders enable row level security")
    with pytest.raises(PostgresError, match=r"marts.fct_orders has row security"):
        _publish(postgres_url, tmp_path / "s.duckdb", "r2")
    assert database.execute("select distinct run_id from marts.cx_published").fetchone() == ("r1",)


def test_a_schema_of_its_own_is_all_the_right_it_needs(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    """Who may not make schemas publishes into the one that was made for them."""
    serving = _snapshot(tmp_path / "s.duckdb")
    database.execute("create role publisher login")
    theirs = postgres_url.replace("cx:secret-word@", "publisher:another-secret@")
    try:
        with pytest.raises(PostgresMisconfigured, match="create schema marts authorization"):
            _publish(theirs, serving)
        database.execute("create schema marts")
        with pytest.raises(PostgresMisconfigured, match="permission denied for schema marts"):
            _publish(theirs, serving)
        database.execute("alter schema marts owner to publisher")
        assert _publish(theirs, serving).rows == 5
        assert _publish(theirs, serving, "r2").rows == 5
    finally:
        database.execute("drop owned by publisher cascade; drop role publisher")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("replaced", "by", "told"),
    [
        ("cx:", "nobody-here:", "there is no such user"),
        ("/postgres", "/no-such-database", "there is no such database"),
        ("postgresql://", "mysql://", "it is no connection string"),
        ("@127.0.0.1", "@no-such-host.invalid", "there is no such host"),
    ],
)
def test_why_there_is_no_connection_is_said(
    postgres_url: str, tmp_path: Path, replaced: str, by: str, told: str
) -> None:
    with pytest.raises(PostgresError, match=told) as refused:
        _publish(postgres_url.replace(replaced, by), _snapshot(tmp_path / "s.duckdb"))
    assert "secret-word" not in str(refused.value)


@pytest.mark.usefixtures("database")
def test_readers_see_one_run_whole_and_never_an_error(postgres_url: str, tmp_path: Path) -> None:
    """Four readers join both tables all the while: each answer is one run's, none fails."""
    serving = [
        _snapshot(tmp_path / "small.duckdb", orders=10, value=10.0),
        _snapshot(tmp_path / "large.duckdb", orders=20_000, value=20_000.0),
    ]
    _publish(postgres_url, serving[0], "r0")
    failures: list[str] = []
    answers: set[tuple[int, float]] = set()
    is_over = threading.Event()

    def read() -> None:
        try:
            with psycopg.connect(postgres_url, autocommit=True) as reader:
                while not is_over.is_set():
                    row = reader.execute(
                        "select (select count(*) from marts.fct_orders), "
                        "(select value from marts.rpt_metrics where metric = 'csat')"
                    ).fetchone()
                    assert row is not None
                    answers.add((row[0], row[1]))
        except psycopg.Error as error:
            failures.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for run in range(1, 7):
        _publish(postgres_url, serving[run % 2], f"r{run}")
    is_over.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert answers == {(10, 10.0), (20_000, 20_000.0)}


def test_a_reader_that_never_lets_go_is_waited_for_then_named(
    postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    serving = _snapshot(tmp_path / "s.duckdb")
    _publish(postgres_url, serving)
    with psycopg.connect(postgres_url) as reader:
        reader.execute("select * from marts.fct_orders").fetchall()
        with pytest.raises(PostgresError, match="nothing was changed"):
            _publish(postgres_url, serving, "r2", patience_seconds=1)
        # while the swap waited, others could read
        assert database.execute("select count(*) from marts.fct_orders").fetchone() == (3,)
        reader.rollback()
    assert _publish(postgres_url, serving, "r2").rows == 5


@pytest.mark.usefixtures("database")
def test_no_server_and_a_second_publisher_are_said_without_the_password(
    postgres_url: str, tmp_path: Path
) -> None:
    serving = _snapshot(tmp_path / "s.duckdb")
    with pytest.raises(PostgresError, match="nothing listens at that host") as refused:
        _publish("postgresql://cx:secret-word@127.0.0.1:1/postgres", serving)
    assert "secret-word" not in str(refused.value)
    with psycopg.connect(postgres_url) as other:
        other.execute("select pg_advisory_xact_lock(4276015991)")
        with pytest.raises(PostgresError, match="another `cx publish postgres`"):
            _publish(postgres_url, serving)
