"""Gate 2: what holds back a release, what only warns, and what lets it pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_quality.gates import DbtTest
from tests.data_quality.gate_files import EMAIL, Judge, Warehouse, check, keys

KEY = "marts.quarantine.files.orders"


def test_a_sound_build_passes(warehouse: Warehouse, judge: Judge) -> None:
    warehouse.health(1, read=100, quarantined=2)
    warehouse.metric("nps", 31.5, low=20.0, high=43.0, unit="points")
    warehouse.metric("csat", 0.5, low=0.4, high=0.6)
    warehouse.metric("csat_suppressed", None, low=None, high=None)
    result = judge("marts")
    assert result.status == "passed"
    assert keys(result) == {
        KEY,
        "marts.row_account",
        "marts.recency",
        "marts.metric_scale",
        "marts.metric_interval",
    }


@pytest.mark.parametrize(
    ("read", "quarantined", "status"),
    [
        (100, 50, "passed"),  # half of the rows, but not more than 50
        (1020, 51, "passed"),  # more than 50, but not more than 5 %
        (1019, 51, "failed"),
        (100, 51, "failed"),
    ],
)
def test_a_load_blocks_when_it_exceeds_share_and_rows(
    warehouse: Warehouse, judge: Judge, read: int, quarantined: int, status: str
) -> None:
    warehouse.health(1, read=read, quarantined=quarantined)
    result = judge("marts")
    assert check(result, KEY).status == status
    assert result.status == status


def test_the_threshold_is_a_setting(warehouse: Warehouse, judge: Judge) -> None:
    warehouse.health(1, read=100, quarantined=11)
    assert judge("marts").status == "passed"
    result = judge("marts", quarantine_share=0.1, quarantine_rows=10)
    assert check(result, KEY).status == "failed"


def test_a_blocked_load_names_counts_reasons_and_first_rows(
    warehouse: Warehouse, judge: Judge
) -> None:
    warehouse.health(1, read=5000)
    warehouse.health(2, read=1000, quarantined=90)
    found = check(judge("marts"), KEY)
    assert found.observed == "90 of 1000 rows quarantined in the newest load"
    lines = found.detail.split("\n")
    assert "files.orders" in lines[0]
    assert lines[1] == "load 2: 90 of 1000 rows"
    assert lines[2] == "reasons: missing_key 60, bad_type 30"
    assert lines[3] == "orders.csv:0 bad_type (not a number: [e-mail])"
    assert len(lines) == 8
    assert EMAIL not in found.detail


def test_a_good_load_does_not_excuse_a_bad_one_that_nobody_let_pass(
    warehouse: Warehouse, judge: Judge
) -> None:
    warehouse.health(1, read=1000, quarantined=500)
    warehouse.health(2, read=300)
    found = check(judge("marts"), KEY)
    assert found.status == "failed"
    assert "load 1: 500 of 1000 rows" in found.detail


def test_rows_that_were_sent_again_mend_a_bad_load(warehouse: Warehouse, judge: Judge) -> None:
    """At least as many usable rows came later as had been quarantined."""
    warehouse.health(1, read=1000, quarantined=500)
    warehouse.health(2, read=500)
    assert check(judge("marts"), KEY).status == "passed"


def test_a_published_load_does_not_block_again(
    warehouse: Warehouse, serving: Warehouse, judge: Judge
) -> None:
    """Acknowledged once, published, and no newer load: the next refresh must go through."""
    warehouse.health(1, read=1000, quarantined=500)
    serving.health(1, read=1000, quarantined=500)
    result = judge("marts", previous=serving.path)
    assert check(result, KEY).status == "warned"
    assert result.status == "passed"
    warehouse.health(2, read=1000)
    assert check(judge("marts", previous=serving.path), KEY).status == "passed"


def test_each_entity_has_a_key_of_its_own(warehouse: Warehouse, judge: Judge) -> None:
    warehouse.health(1, read=1000, quarantined=500)
    warehouse.health(1, read=1000, entity="tickets")
    result = judge("marts", acknowledged=frozenset({"marts.quarantine.files.tickets"}))
    assert check(result, KEY).status == "failed"
    assert check(result, "marts.quarantine.files.tickets").status == "passed"
    assert result.unused_acknowledgements == ("marts.quarantine.files.tickets",)


def test_a_row_account_that_does_not_add_up_blocks(warehouse: Warehouse, judge: Judge) -> None:
    warehouse.health(1, read=100, accepted=99)
    found = check(judge("marts"), "marts.row_account")
    assert found.status == "failed"
    assert found.observed == "1 accounts of a load that do not add up"
    assert "files.orders load 1: read 100 <> 99 + 0 + 0 + 0" in found.detail


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [(100, 50, "passed"), (100, 49, "failed"), (19, 1, "passed"), (19, 0, "failed")],
)
def test_a_fact_table_that_lost_most_rows_blocks(
    warehouse: Warehouse, serving: Warehouse, judge: Judge, before: int, now: int, status: str
) -> None:
    serving.orders(before)
    warehouse.orders(now)
    found = check(judge("marts", previous=serving.path), "marts.rows.fct_orders")
    assert found.status == status
    assert found.observed == f"{now} rows"


def test_a_fact_table_that_is_gone_blocks(
    warehouse: Warehouse, serving: Warehouse, judge: Judge
) -> None:
    serving.execute("create table marts.fct_reviews as select 1 as review_id")
    found = check(judge("marts", previous=serving.path), "marts.rows.fct_reviews")
    assert found.status == "failed"
    assert "is gone" in found.detail
    assert warehouse.path.is_file()


def test_a_table_that_was_empty_before_is_not_compared(
    warehouse: Warehouse, serving: Warehouse, judge: Judge
) -> None:
    warehouse.orders(0)
    assert "marts.rows.fct_orders" not in keys(judge("marts", previous=serving.path))


@pytest.mark.parametrize(
    ("metric", "value", "unit", "status"),
    [
        ("nps", -100.0, "points", "passed"),
        ("nps", 100.5, "points", "failed"),
        ("csat", 1.0, "rate", "passed"),
        ("csat", 1.01, "rate", "failed"),
        ("csat", -0.01, "rate", "failed"),
        ("csat", float("nan"), "rate", "failed"),
        ("net_revenue_retention", 1.3, "rate", "passed"),
        ("ces_mean", 5.8, "score", "passed"),
    ],
)
def test_metrics_lie_on_their_scale(
    warehouse: Warehouse, judge: Judge, metric: str, value: float, unit: str, status: str
) -> None:
    warehouse.metric(metric, value, low=None, high=None, unit=unit)
    found = check(judge("marts"), "marts.metric_scale")
    assert found.status == status
    assert (metric in found.detail) == (status == "failed")


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [(0.4, 0.6, "passed"), (0.5, 0.5, "passed"), (0.51, 0.6, "failed"), (0.4, 0.49, "failed")],
)
def test_metrics_lie_inside_their_interval(
    warehouse: Warehouse, judge: Judge, low: float, high: float, status: str
) -> None:
    warehouse.metric("csat", 0.5, low=low, high=high)
    assert check(judge("marts"), "marts.metric_interval").status == status


@pytest.mark.parametrize(
    ("value", "status"), [(0.55, "passed"), (0.65, "warned"), (None, "warned")]
)
def test_drift_against_the_published_snapshot_only_warns(
    warehouse: Warehouse, serving: Warehouse, judge: Judge, value: float | None, status: str
) -> None:
    serving.metric("csat", 0.5, low=0.4, high=0.6)
    warehouse.metric("csat", value, low=None, high=None)
    result = judge("marts", previous=serving.path)
    found = check(result, "marts.drift.csat")
    assert found.status == status
    assert ("relational, s, none: 0.5 before" in found.detail) == (status == "warned")
    assert result.status == "passed"


@pytest.mark.parametrize(("value", "status"), [(119.0, "passed"), (121.0, "warned")])
def test_drift_without_an_interval_is_relative(
    warehouse: Warehouse, serving: Warehouse, judge: Judge, value: float, status: str
) -> None:
    serving.metric("orders", 100.0, low=None, high=None, unit="count")
    warehouse.metric("orders", value, low=None, high=None, unit="count")
    result = judge("marts", previous=serving.path)
    assert check(result, "marts.drift.orders").status == status


@pytest.mark.parametrize(
    ("newest", "status"),
    [("2026-03-14", "passed"), ("2025-11-01", "warned"), ("2026-06-01", "warned")],
)
def test_old_data_is_pointed_out(
    warehouse: Warehouse, judge: Judge, newest: str, status: str
) -> None:
    warehouse.health(1, read=10, newest=newest)
    warehouse.health(1, read=10, newest="2025-01-01", entity="tickets")
    result = judge("marts")
    found = check(result, "marts.recency")
    assert found.status == status
    assert newest in found.observed
    assert result.status == "passed"


@pytest.mark.parametrize(
    ("dbt_status", "status", "gate"),
    [
        ("pass", "passed", "passed"),
        ("warn", "warned", "passed"),
        ("fail", "failed", "failed"),
        ("error", "errored", "errored"),
        ("skipped", "errored", "errored"),
    ],
)
def test_dbt_tests_are_part_of_the_decision(
    warehouse: Warehouse, judge: Judge, dbt_status: str, status: str, gate: str
) -> None:
    test = DbtTest("unique_fct_orders_order_id", dbt_status, "Got 3 results, configured to fail")
    result = judge("marts", dbt_tests=(test,))
    assert check(result, "dbt.unique_fct_orders_order_id").status == status
    assert result.status == gate
    assert warehouse.path.is_file()


def test_a_first_run_has_no_snapshot_to_compare_with(
    warehouse: Warehouse, tmp_path: Path, judge: Judge
) -> None:
    warehouse.orders(5)
    result = judge("marts", previous=tmp_path / "serving.duckdb")
    assert result.status == "passed"
    assert not any(key.startswith(("marts.rows.", "marts.drift.")) for key in keys(result))
