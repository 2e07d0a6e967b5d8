"""The swap: readers see the old snapshot or the new one, whole, whenever the writer dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from publishing import serving

OPS = {"runs": pa.table({"run_id": ["r"], "status": ["published"]})}


def write_warehouse(path: Path, *, rows: int, extra: str = "") -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create schema if not exists quarantine")
        connection.execute("create schema if not exists staging")
        connection.execute(f"""
            create or replace table marts.dim_customers as
            select range as customer_key, 'person ' || range as name from range({rows});
            comment on table marts.dim_customers is 'one person''s row';
            comment on column marts.dim_customers.customer_key is 'the person';
            create or replace table quarantine.rejected_rows as
            select 'bad_type' as reason_code, '{{"email": "a@b.example"}}' as row_json;
            create or replace table staging.private_things as select 1 as x;
            {extra}
        """)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def warehouse(home: Path) -> Path:
    return write_warehouse(home / "warehouse.duckdb", rows=3)


def publish(warehouse: Path, run_id: str) -> serving.Snapshot:
    return serving.publish_snapshot(warehouse, home=warehouse.parent, run_id=run_id, ops=OPS)


def rows_served(home: Path) -> int:
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        found = connection.execute("select count(*) from marts.dim_customers").fetchone()
    assert found is not None
    return int(found[0])


def test_published_are_marts_quarantine_and_ops_with_their_comments(
    home: Path, warehouse: Path
) -> None:
    publish(warehouse, "20250101-a")
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name, comment from duckdb_tables() order by all"
        ).fetchall()
        columns = connection.execute(
            "select column_name, comment from duckdb_columns() "
            "where schema_name in ('marts', 'quarantine') order by all"
        ).fetchall()
        versions = connection.execute("select tags['storage_version'] from duckdb_databases()")
        assert versions.fetchone() == ("v1.0.0+",)
    assert tables == [
        ("marts.dim_customers", "one person's row"),
        ("ops.published_tables", None),
        ("ops.runs", None),
        ("ops.snapshot", None),
        ("quarantine.rejected_rows", None),
    ]
    assert columns == [("customer_key", "the person"), ("name", None), ("reason_code", None)]


def test_content_hash_tells_changed_tables_and_nothing_else(home: Path, warehouse: Path) -> None:
    first = publish(warehouse, "20250101-a").tables
    backwards = """
        create or replace table marts.dim_customers as
        select * from marts.dim_customers order by customer_key desc
    """
    write_warehouse(warehouse, rows=3, extra=backwards)
    assert publish(warehouse, "20250102-a").tables == first
    changed = "update marts.dim_customers set name = 'other' where customer_key = 1"
    write_warehouse(warehouse, rows=3, extra=changed)
    third = publish(warehouse, "20250103-a").tables
    assert [new.name for new, old in zip(third, first, strict=True) if new != old] == [
        "dim_customers"
    ]
    assert serving.published_tables(home / "serving.duckdb") == third


def test_a_table_counted_twice_is_not_the_same_table(warehouse: Path) -> None:
    """An exclusive-or of row hashes would see no difference: each pair cancels out."""
    none = write_warehouse(warehouse, rows=0)
    first = {t.name: t.content_hash for t in publish(none, "20250101-a").tables}
    twice = "insert into marts.dim_customers select unnest([1, 1]), 'x'"
    write_warehouse(warehouse, rows=0, extra=twice)
    second = {t.name: t.content_hash for t in publish(warehouse, "20250102-a").tables}
    assert first["dim_customers"] != second["dim_customers"]


def test_a_reader_keeps_what_he_opened(home: Path, warehouse: Path) -> None:
    publish(warehouse, "20250101-a")
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as reader:
        write_warehouse(warehouse, rows=5)
        publish(warehouse, "20250102-a")
        assert reader.execute("select count(*) from marts.dim_customers").fetchone() == (3,)
    command = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).execute("
    command += "'select count(*) from marts.dim_customers').fetchone()[0])"
    seen = subprocess.run(
        [sys.executable, "-c", command, str(home / "serving.duckdb")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout == "5\n"


def test_the_newest_three_are_kept_and_one_can_go_back(home: Path, warehouse: Path) -> None:
    for day in range(1, 6):
        write_warehouse(warehouse, rows=day)
        publish(warehouse, f"2025010{day}-a")
    kept = [path.name for path in serving.snapshots(home)]
    assert kept == [f"serving-2025010{day}-a.duckdb" for day in (5, 4, 3)]
    assert serving.run_id_of(serving.roll_back(home)) == "20250104-a"
    assert rows_served(home) == 4
    assert serving.roll_back(home).name == "serving-20250103-a.duckdb"
    assert serving.current_run_id(home) == "20250103-a"
    with pytest.raises(serving.NoSnapshot, match="cx refresh --full"):
        serving.roll_back(home)
    assert rows_served(home) == 3


def test_publishing_after_going_back_keeps_what_readers_see(home: Path, warehouse: Path) -> None:
    for day in range(1, 4):
        publish(warehouse, f"2025010{day}-a")
    serving.roll_back(home)
    serving.roll_back(home)
    publish(warehouse, "20250104-a")
    assert serving.current_run_id(home) == "20250104-a"


def test_without_marts_nothing_is_published(home: Path) -> None:
    warehouse = home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table other as select 1 as x")
    with pytest.raises(serving.SnapshotRefused, match="no marts"):
        publish(warehouse, "20250101-a")
    assert not (home / "serving.duckdb").exists()
    with pytest.raises(serving.NoSnapshot, match="cx refresh"):
        serving.current_run_id(home)


def test_file_names_with_quotes_do_no_harm(tmp_path: Path) -> None:
    home = tmp_path / 'o\'brien "x"'
    home.mkdir()
    publish(write_warehouse(home / "warehouse.duckdb", rows=2), "20250101-a")
    assert rows_served(home) == 2


def spoil(path: Path) -> None:
    """As a full disk or a stray copy leaves a file."""
    path.unlink()  # not in place: the kept snapshot is the same file under another name
    path.write_bytes(b"no database" * 1000)


def test_damaged_snapshot_is_told_with_what_mends_it(home: Path, warehouse: Path) -> None:
    publish(warehouse, "20250101-a")
    spoil(home / "serving.duckdb")
    with pytest.raises(serving.Unreadable, match=r"cx rollback.*20250101-a") as caught:
        serving.current_run_id(home)
    assert "\n" not in str(caught.value)
    spoil(home / "serving-20250101-a.duckdb")
    with pytest.raises(serving.Unreadable, match="cx refresh"):
        serving.current_run_id(home)
    with pytest.raises(serving.NoSnapshot, match="cx refresh --full"):
        serving.roll_back(home)


def test_rollback_of_a_damaged_snapshot_takes_the_newest_that_opens(
    home: Path, warehouse: Path
) -> None:
    for day in (1, 2, 3):
        publish(warehouse, f"2025010{day}-a")
    spoil(home / "serving.duckdb")
    spoil(home / "serving-20250103-a.duckdb")
    assert serving.roll_back(home).name == "serving-20250102-a.duckdb"
    assert serving.current_run_id(home) == "20250102-a"


def test_rollback_passes_over_a_kept_snapshot_that_is_damaged(home: Path, warehouse: Path) -> None:
    for day in (1, 2, 3):
        publish(warehouse, f"2025010{day}-a")
    spoil(home / "serving-20250102-a.duckdb")
    serving.roll_back(home)
    assert serving.current_run_id(home) == "20250101-a"


# A child that kills itself right before its n-th change of the file system.
_DIES = """
import os, signal, sys
from pathlib import Path
import pyarrow as pa
from publishing import serving

left = int(sys.argv[2])

def audit(event, args):
    global left
    if event in ("os.rename", "os.link", "os.remove"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(audit)
warehouse = Path(sys.argv[1])
ops = {"runs": pa.table({"run_id": ["r"]})}
serving.publish_snapshot(warehouse, home=warehouse.parent, run_id="20250105-a", ops=ops)
"""


@pytest.mark.parametrize("changes", range(8))
def test_killed_at_any_step_leaves_a_whole_snapshot(
    home: Path, warehouse: Path, changes: int
) -> None:
    for day in (1, 2, 3):
        publish(warehouse, f"2025010{day}-a")
    write_warehouse(warehouse, rows=7)
    ended = subprocess.run(
        [sys.executable, "-c", _DIES, str(warehouse), str(changes)], check=False
    ).returncode
    assert ended in (0, -signal.SIGKILL)
    assert (ended == 0) == (rows_served(home) == 7 and len(serving.snapshots(home)) == 3)
    assert rows_served(home) in (3, 7)
    assert publish(warehouse, "20250106-a").rows == 8
    assert rows_served(home) == 7
    assert len(serving.snapshots(home)) == 3
    assert not [path for path in home.iterdir() if "draft" in path.name]


def test_where_hard_links_are_refused_the_snapshot_is_copied(
    home: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        del source, target
        raise PermissionError("no links on this file system")

    monkeypatch.setattr(os, "link", refuse)
    publish(warehouse, "20250101-a")
    assert rows_served(home) == 3
    assert serving.current_run_id(home) == "20250101-a"


def test_a_table_of_ops_is_renewed_in_one_step(home: Path, warehouse: Path) -> None:
    """The record of what stands in a BI tool is younger than the snapshot that tells of it."""
    publish(warehouse, "20250101-a")
    old = duckdb.connect(str(home / "serving.duckdb"), read_only=True)
    rows = pa.table({"kind": ["dashboard"], "id": pa.array([7], pa.int64())})
    serving.replace_ops_table(home, "bi_objects", rows)
    old.close()
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        assert connection.execute("from ops.bi_objects").fetchall() == [("dashboard", 7)]
    assert rows_served(home) == 3
    # the stable name and the run's own file are one, and the same rows write nothing
    stable, own = home / "serving.duckdb", home / "serving-20250101-a.duckdb"
    inode = stable.stat().st_ino
    assert inode == own.stat().st_ino
    serving.replace_ops_table(home, "bi_objects", rows)
    assert stable.stat().st_ino == inode
    assert list(home.glob("*.draft*")) == []


def test_a_table_of_ops_needs_a_snapshot(home: Path) -> None:
    with pytest.raises(serving.NoSnapshot):
        serving.replace_ops_table(home, "bi_objects", pa.table({"kind": ["dashboard"]}))
