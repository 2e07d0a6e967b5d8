"""Gate 1: every check passes on a load that looks like itself, and fails for its own reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from data_quality.gates import Bounds
from tests.data_quality.gate_files import (
    EMAIL,
    NOW,
    ORDERS,
    SETTINGS,
    Judge,
    RawFile,
    Warehouse,
    check,
    keys,
)


def usual_loads(raw: RawFile, loads: int = 5) -> None:
    for _ in range(loads):
        raw.load(100)


def test_a_first_load_has_no_history_to_be_judged_by(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    result = judge("raw")
    assert result.status == "passed"
    assert keys(result) == {"raw.schema", "raw.ledger.files.orders", "raw.times.files.orders"}


def test_a_load_like_those_before_passes_every_check(raw: RawFile, judge: Judge) -> None:
    usual_loads(raw)
    raw.load(97, day="2026-03-02", rejected=1)
    result = judge("raw")
    assert {one.status for one in result.checks} == {"passed"}
    assert keys(result) == {
        "raw.schema",
        "raw.ledger.files.orders",
        "raw.times.files.orders",
        "raw.recency.files.orders",
        "raw.volume.files.orders",
        "raw.volume_collapsed.files.orders",
        "raw.unreadable.files.orders",
        "raw.rejected_lines.files.orders",
        "raw.column_emptied.files.orders.order_id",
        "raw.column_emptied.files.orders.ordered_at",
        "raw.null_share.files.orders.email",
    }


def test_an_empty_raw_file_passes(raw: RawFile, judge: Judge) -> None:
    assert raw.loads == 0
    assert judge("raw").status == "passed"


@pytest.mark.parametrize(
    ("rows", "collapsed", "unusual"),
    [(9, "failed", "warned"), (30, "passed", "warned"), (401, "passed", "warned")],
)
def test_volume_is_judged_against_the_median_of_earlier_loads(
    raw: RawFile, judge: Judge, rows: int, collapsed: str, unusual: str
) -> None:
    usual_loads(raw)
    raw.load(rows)
    result = judge("raw")
    assert check(result, "raw.volume_collapsed.files.orders").status == collapsed
    seen = check(result, "raw.volume.files.orders")
    assert seen.status == unusual
    assert seen.observed == f"{rows} rows"
    assert "median of the 5 loads before it is 100" in seen.detail


@pytest.mark.parametrize(("loads", "rows"), [(3, 100), (5, 12)])
def test_volume_is_not_judged_on_little_history(
    raw: RawFile, judge: Judge, loads: int, rows: int
) -> None:
    for _ in range(loads):
        raw.load(rows)
    raw.load(1)
    assert "raw.volume.files.orders" not in keys(judge("raw"))


def test_one_giant_load_does_not_shift_the_usual_volume(raw: RawFile, judge: Judge) -> None:
    """The first load of a source is its whole past; by a mean all later ones are too small."""
    raw.load(20_000)
    usual_loads(raw, 4)
    raw.load(100)
    assert check(judge("raw"), "raw.volume.files.orders").status == "passed"


def test_an_identifier_that_lost_its_values_is_pointed_out(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    # An empty text is as good as none.
    raw.load(100, email=f"case when i >= 40 then '{EMAIL}' else '' end")
    result = judge("raw")
    drifted = check(result, "raw.null_share.files.orders.email")
    assert drifted.status == "warned"
    assert drifted.observed == "60.0%"
    assert "orders_2.csv:0, orders_2.csv:1" in drifted.detail
    assert result.status == "passed"


@pytest.mark.parametrize(("filled", "status"), [(50, "passed"), (49, "failed")])
def test_a_required_column_that_is_nearly_empty_blocks(
    raw: RawFile, judge: Judge, filled: int, status: str
) -> None:
    """Fewer nulls than that are single rows, which the staging models put into quarantine."""
    raw.load(100)
    raw.load(100, order_id=f"case when i < {filled} then 'o' || i end")
    result = judge("raw")
    assert check(result, "raw.column_emptied.files.orders.order_id").status == status
    assert result.status == status


def test_a_column_that_was_always_sparse_is_not_drift(raw: RawFile, judge: Judge) -> None:
    raw.load(100, email="null")
    raw.load(100, email="null")
    assert check(judge("raw"), "raw.null_share.files.orders.email").status == "passed"


def test_raw_must_hold_what_the_ledger_counted(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    raw.execute("delete from raw_files.orders where _record_number < 10")
    result = judge("raw")
    ledger = check(result, "raw.ledger.files.orders")
    assert ledger.status == "failed"
    assert ledger.observed == "90 rows"
    assert "orders_1.csv has 90 rows, the ledger says 100" in ledger.detail


def test_refused_files_are_no_part_of_the_account(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    raw.execute(
        "insert into ops.files values"
        " (9, 1, 'files', 'orders', 'late.csv', 1, 'x', 500, 0, 'refused', 'no header')"
    )
    assert judge("raw").status == "passed"


def test_a_missing_column_of_the_contract_blocks(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    raw.execute("alter table raw_files.orders drop column email")
    result = judge("raw")
    schema = check(result, "raw.schema")
    assert schema.status == "failed"
    assert "raw_files.orders lacks email" in schema.detail
    # The other checks are judged all the same, without that column.
    assert check(result, "raw.ledger.files.orders").status == "passed"


def test_a_lost_table_is_errored_for_its_entity(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    raw.execute("drop table raw_files.orders")
    result = judge("raw")
    assert result.status == "errored"
    assert check(result, "raw.schema").status == "failed"
    ledger = check(result, "raw.ledger.files.orders")
    assert ledger.status == "errored"
    assert "orders does not exist" in ledger.detail


def test_mostly_unreadable_times_block(raw: RawFile, judge: Judge) -> None:
    raw.load(100, ordered_at="case when i < 49 then '2026-03-01T10:00:00Z' else '1767225600' end")
    result = judge("raw")
    times = check(result, "raw.times.files.orders")
    assert times.status == "failed"
    assert times.observed == "49.0%"
    assert "orders_1.csv:49" in times.detail


@pytest.mark.parametrize(
    "text", ["31/12/2025", "20.11.2025", "2027-01-01", "0001-01-01", "now", ""]
)
def test_what_is_no_plausible_time(raw: RawFile, judge: Judge, text: str) -> None:
    raw.load(100, ordered_at=f"'{text}'")
    assert check(judge("raw"), "raw.times.files.orders").observed == "0.0%"


def test_a_load_without_its_ledger_entry_blocks(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    raw.execute("delete from ops.loads")
    assert check(judge("raw"), "raw.times.files.orders").status == "failed"


def test_the_raw_gate_knows_no_clock(raw: RawFile, judge: Judge) -> None:
    """A run set back in time (CX_AS_OF) must not take last year's rows for the future."""
    raw.load(100)
    raw.load(100, day="2026-03-15")
    here = judge("raw")
    there = judge("raw", now=NOW - timedelta(days=5000))
    assert here.status == there.status == "passed"
    assert here.checks == there.checks


def test_an_old_file_sent_again_is_pointed_out(raw: RawFile, judge: Judge) -> None:
    raw.load(100, day="2026-03-10")
    # A row from the future, which quarantine will take, must not pass for recency.
    raw.load(100, ordered_at="case when i = 0 then '2031-01-01' else '2026-02-01' end")
    result = judge("raw")
    recency = check(result, "raw.recency.files.orders")
    assert recency.status == "warned"
    assert recency.observed == "2026-02-01"
    assert "2026-03-10" in recency.detail
    assert result.status == "passed"


@pytest.mark.parametrize(("rejected", "status"), [(50, "passed"), (100, "passed"), (101, "failed")])
def test_a_file_that_is_mostly_unreadable_blocks(
    raw: RawFile, judge: Judge, rejected: int, status: str
) -> None:
    raw.load(100, rejected=rejected)
    seen = check(judge("raw"), "raw.unreadable.files.orders")
    assert seen.status == status
    assert seen.observed == f"{rejected} of {100 + rejected} lines unreadable"


def test_more_unreadable_lines_than_ever_are_pointed_out(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    raw.load(100, rejected=11)
    seen = check(judge("raw"), "raw.rejected_lines.files.orders")
    assert seen.status == "warned"
    assert "first lines: orders_2.csv:2" in seen.detail


def test_a_file_cut_short_is_pointed_out(raw: RawFile, judge: Judge) -> None:
    raw.load(100, file="orders.csv")
    raw.load(49, file="orders.csv")
    seen = check(judge("raw"), "raw.file_shrunk.files.orders")
    assert seen.status == "warned"
    assert "orders.csv had 100 records and has 49" in seen.detail
    raw.load(110, file="orders.csv")
    assert check(judge("raw"), "raw.file_shrunk.files.orders").status == "passed"


def test_a_load_that_readers_see_already_no_longer_blocks(
    raw: RawFile, serving: Warehouse, judge: Judge
) -> None:
    """Somebody let the small load pass; it must not block every refresh that brings none newer."""
    usual_loads(raw)
    load_id = raw.load(2)
    assert judge("raw", previous=serving.path).status == "failed"
    serving.health(load_id, read=2)
    result = judge("raw", previous=serving.path)
    assert result.status == "passed"
    assert check(result, "raw.volume_collapsed.files.orders").status == "warned"


def test_the_bounds_are_settings(raw: RawFile, judge: Judge) -> None:
    usual_loads(raw)
    raw.load(30)
    result = judge("raw", bounds=Bounds(volume_block_below=0.4))
    assert check(result, "raw.volume_collapsed.files.orders").status == "failed"


def test_a_source_without_a_contract_is_still_counted(raw: RawFile, judge: Judge) -> None:
    for _ in range(5):
        raw.load(100)
    raw.load(5)
    result = judge("raw", expected=())
    assert check(result, "raw.volume_collapsed.files.orders").status == "failed"
    assert "raw.schema" not in keys(result)


def test_hostile_names_are_only_names(raw: RawFile, tmp_path: Path, judge: Judge) -> None:
    name = "o'r\"d{e}r:s <b>"
    raw.load(100)
    quoted = '"' + name.replace('"', '""') + '"'
    raw.execute(f"alter table raw_files.orders rename to {quoted}")
    raw.execute("update ops.files set entity = ?, rejected_lines = 5", [name])
    entity = replace(ORDERS, entity=name)
    result = judge("raw", settings=replace(SETTINGS, expected=(entity,)))
    assert check(result, f"raw.ledger.files.{name}").status == "passed"
    assert check(result, f"raw.unreadable.files.{name}").status == "passed"
    pages = [page.read_text() for page in (tmp_path / "data_docs").rglob("*.html")]
    assert pages
    assert not any("<b>" in page for page in pages)
    assert any("&lt;b&gt;" in page for page in pages)
    assert not any(EMAIL in page for page in pages)
