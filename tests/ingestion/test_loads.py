"""Loads: what is read again and what is not, and that a load is whole or not there."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from ingestion.errors import HashKeyChanged, RawLocked
from ingestion.pipelines import ensure_raw
from tests.ingestion.raw_home import REPOSITORY, Home, entity

CUSTOMERS = "select customer_id, _load_id, _file_id from raw_files.customers order by 3, 1"


def test_an_unchanged_file_is_not_read_again(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    first = home.ingest()
    assert first.has_changes and first.load_ids == {"files": 1}
    os.utime(home.inputs / "customers.csv", (1, 1))
    second = home.ingest()
    assert not second.has_changes and second.load_ids == {}
    counted = entity(second, "customers")
    assert (counted.files_read, counted.files_unchanged, counted.load_id) == (0, 1, None)
    assert home.rows("select load_id, source, loaded_at::varchar from ops.loads") == [
        (1, "files", "2024-05-01 12:00:00")
    ]
    assert home.rows("select count(*) from ops.files") == [(1,)]


def test_moving_the_inputs_folder_changes_nothing(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    home.ingest()
    moved = home.inputs.rename(home.inputs.parent / "elsewhere")
    assert not home.ingest(moved).has_changes


def test_a_grown_or_replaced_file_is_read_whole_as_a_new_load(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    home.write("leads.csv", "lead_id\nL1\n")
    home.ingest()
    home.write("customers.csv", "customer_id\n1\n2\n")
    grown = home.ingest()
    assert entity(grown, "customers").records == 2
    assert entity(grown, "leads").files_unchanged == 1
    home.write("customers.csv", "customer_id\n3\n4\n")
    home.ingest()
    assert home.rows(CUSTOMERS) == [("1", 1, 1), ("1", 2, 3), ("2", 2, 3), ("3", 3, 4), ("4", 3, 4)]
    assert home.rows("select _load_id, count(*) from raw_files.leads group by 1") == [(1, 1)]


def test_a_file_put_back_to_its_earlier_content_is_read_again(home: Home) -> None:
    """Rows without updated_at are superseded by whatever was loaded later: that must be it."""
    for content in ("1", "2", "1"):
        home.write("customers.csv", f"customer_id\n{content}\n")
        home.ingest()
    assert [row[:2] for row in home.rows(CUSTOMERS)] == [("1", 1), ("2", 2), ("1", 3)]


def test_two_folders_with_the_same_file_name_settle(home: Home, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "customers.csv").write_text("customer_id\n2\n")
    home.write("customers.csv", "customer_id\n1\n")
    assert entity(home.ingest(home.inputs, other), "customers").files_read == 2
    assert not home.ingest(home.inputs, other).has_changes
    home.write("customers.csv", "customer_id\n1\n3\n")
    assert entity(home.ingest(home.inputs, other), "customers").files_read == 1
    assert not home.ingest(home.inputs, other).has_changes
    assert not home.ingest(other, home.inputs, other).has_changes


def test_sources_get_a_load_each_and_times_are_utc(home: Home, tmp_path: Path) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    survey = tmp_path / "survey"
    survey.mkdir()
    (survey / "2016.csv").write_text("\ufeff*RESPNUM, Q1 ,Q1b\n1,5,\n")
    tehran = timezone(timedelta(hours=3, minutes=30))
    now = datetime(2024, 5, 1, 12, 0, tzinfo=tehran)
    report = home.ingest(home.inputs, survey, now=now)
    assert report.load_ids == {"files": 1, "sfo_survey": 2}
    assert home.rows("select distinct loaded_at::varchar from ops.loads") == [
        ("2024-05-01 08:30:00",)
    ]
    assert home.rows("select year, row_json from raw_sfo_survey.answers") == [
        ("2016", '{"RESPNUM":"1","Q1":"5","Q1b":null}')
    ]


def test_a_refused_file_leaves_what_was_loaded_and_is_not_noted_twice(home: Home) -> None:
    home.write("customers/a.csv", "customer_id\n1\n")
    home.ingest()
    home.write("customers/a.csv", "customer_id\n1\n2\n")
    home.write("customers/b.csv", "id\n3\n")
    for expected_load in ({"files": 2}, {}):
        report = home.ingest()
        assert [(item.entity, item.file) for item in report.refused] == [
            ("customers", "customers/b.csv")
        ]
        assert report.load_ids == expected_load
        assert not report.has_changes
        assert [row[:2] for row in home.rows(CUSTOMERS)] == [("1", 1)]
    noted = home.rows("select load_id, file, status, message from ops.files order by file_id")
    assert noted[1:] == [
        (2, "customers/a.csv", "refused", "not read, because customers/b.csv was refused"),
        (2, "customers/b.csv", "refused", report.refused[0].message),
    ]
    home.write("customers/b.csv", "customer_id\n3\n")
    assert entity(home.ingest(), "customers").files_read == 2
    assert [row[:2] for row in home.rows(CUSTOMERS)] == [("1", 1), ("1", 3), ("2", 3), ("3", 3)]


def test_refused_files_of_one_name_in_two_folders_settle(home: Home, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "customers.csv").write_text("email\nann@mail.example\n")
    home.write("customers.csv", "")
    for expected_load in ({"files": 1}, {}, {}):
        report = home.ingest(home.inputs, other)
        assert len(report.refused) == 2
        assert report.load_ids == expected_load
    (other / "customers.csv").write_text("phone\n1\n")
    assert home.ingest(home.inputs, other).load_ids == {"files": 2}


def test_a_file_that_turns_out_broken_late_takes_its_entity_along(home: Home) -> None:
    """Rows of earlier files of the same load are taken back, other entities stay."""
    home.write("customers/a.csv", "customer_id\n1\n2,3,4\n")
    home.write("customers/b.jsonl", '["no object"]\n')
    home.write("leads.csv", "lead_id\nL1\nL2,x,y\n")
    report = home.ingest()
    assert [item.file for item in report.refused] == ["customers/b.jsonl"]
    assert home.rows(CUSTOMERS) == []
    assert home.rows("select entity, line_number from raw_files.rejected_lines") == [("leads", 3)]
    assert home.rows("select count(*) from raw_files.leads") == [(1,)]


def test_a_file_that_cannot_be_opened_refuses_its_entity(home: Home) -> None:
    home.write("leads.csv", "lead_id\nL1\n")
    (home.inputs / "customers.csv").symlink_to(home.inputs / "not there")
    for expected_load in ({"files": 1}, {}):
        report = home.ingest()
        (refusal,) = report.refused
        assert "cannot be opened: No such file" in refusal.message
        assert report.load_ids == expected_load
    assert home.rows("select count(*) from raw_files.leads") == [(1,)]


def test_progress_names_each_file_with_its_counts(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n2\n3,4,5\n")
    home.ingest()
    assert home.progress == ["files: customers.csv: 2 records, 1 line rejected"]


INGEST = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ingestion.pipelines import ingest
ingest(
    Path(sys.argv[1]), inputs=[Path(sys.argv[2])], hash_key="key", now=datetime.now(UTC),
    on_progress=lambda line: print(line, flush=True),
)
"""


def start_ingest(home: Home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", INGEST, str(home.raw), str(home.inputs)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(home: Home) -> None:
    """Killed when the first file is in and the second, a large one, is being read."""
    home.write("accounts.csv", "account_id\nA1\n")
    home.ingest()
    home.write("accounts.csv", "account_id\nA1\nA2\n")
    rows = "\n".join(f"{number},{number:064x}" for number in range(300_000))
    home.write("customers.csv", f"customer_id,email\n{rows}\n")
    process = start_ingest(home)
    assert process.stdout is not None
    assert "accounts.csv: 2 records" in process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert home.rows("select count(*) from ops.loads") == [(1,)]
    assert home.rows("select count(*) from raw_files.accounts") == [(1,)]
    assert home.rows("select count(*) from raw_files.customers") == [(0,)]
    report = home.ingest()
    assert report.load_ids == {"files": 2}
    assert home.rows("select count(*) from raw_files.accounts where _load_id = 2") == [(2,)]
    assert home.rows("select count(*), count(distinct customer_id) from raw_files.customers") == [
        (300_000, 300_000)
    ]
    assert not home.ingest().has_changes
    assert list(home.raw.parent.glob(".ingesting-*")) == []


def test_a_second_writer_gets_a_clear_error(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    ensure_raw(home.raw, hash_key="key")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb\ncon = duckdb.connect({str(home.raw)!r})\nprint('open')\ninput()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(RawLocked, match="open in another process") as error:
            home.ingest()
        assert str(holder.pid) in str(error.value)
    finally:
        holder.communicate("\n")
    assert home.ingest().has_changes


def test_a_reader_in_this_process_gets_a_clear_error(home: Home) -> None:
    ensure_raw(home.raw, hash_key="key")
    home.write("customers.csv", "customer_id\n1\n")
    with (
        duckdb.connect(str(home.raw), read_only=True),
        pytest.raises(RawLocked, match="still open in this process"),
    ):
        home.ingest()


def test_another_hash_key_is_refused_before_anything_is_read(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    ensure_raw(home.raw, hash_key="key")
    with pytest.raises(HashKeyChanged, match="CX_HASH_KEY"):
        home.ingest(hash_key="other")
    assert home.rows("select count(*) from ops.loads") == [(0,)]
    assert home.ingest(hash_key="key").has_changes


def test_unchanged_inputs_cost_little(home: Home) -> None:
    """No bound parameters on this path: they make DuckDB import pandas and pyarrow."""
    home.write("customers.csv", "customer_id\n1\n")
    home.ingest()
    check = INGEST + "\nassert not {'pandas', 'pyarrow'} & set(sys.modules)\n"
    subprocess.run(
        [sys.executable, "-c", check, str(home.raw), str(home.inputs)], cwd=REPOSITORY, check=True
    )
