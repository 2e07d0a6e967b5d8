"""Trustpilot's reviews, from what its API gives to the rows of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from ingestion.sources.reviews import trustpilot
from tests.contract.landed import account, fetch
from tests.contract.trustpilot import Trustpilot
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt

# CI builds other systems; what reads this one is held to its API in tests/contract.
pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONDAY, TUESDAY = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"
REPLY = {"text": "Thank you", "createdAt": TUESDAY, "updatedAt": None}


def load(dbt: Dbt, vendor: Trustpilot, home: Path) -> None:
    with serve(vendor) as url:
        own = account(trustpilot, f"{url}{vendor.unit}", api_key=TOKEN)
        assert fetch(trustpilot, own, home).refused == ()
    report = ingest(dbt.raw, inputs=(), accounts=(own,), hash_key="key", now=NOW)
    assert report.refused == ()
    dbt.must(
        "build", "--exclude-resource-type", "test", "--select", "+judged_reviews",
        "+judged_set_aside",
    )  # fmt: skip


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Three reviews; then one is edited, one answered, and one deleted."""
    home = tmp_path_factory.mktemp("trustpilot")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = Trustpilot()
    vendor.put("a", 5, at=MONDAY, language="fa")
    vendor.put("b", 1, at=MONDAY, title="", text="Late again")
    vendor.put("c", 3, at=MONDAY)
    load(dbt, vendor, home)
    vendor.put("a", 2, at=MONDAY, language="fa", updatedAt=TUESDAY)
    vendor.put("b", 1, at=MONDAY, title="", text="Late again", companyReply=REPLY)
    del vendor.reviews["c"]
    load(dbt, vendor, home)
    return dbt


def rows(dbt: Dbt, columns: str, *, where: str) -> list[tuple[Any, ...]]:
    return dbt.rows(f"select {columns} from staging.judged_reviews where {where} order by all")


def test_reviews_in_the_columns_of_the_contract(staged: Dbt) -> None:
    columns = (
        "review_id, cast(posted_at as varchar), rating, rating_max, platform, brand, title, text, "
        "language, cast(replied_at as varchar), source_system"
    )
    assert rows(staged, columns, where="is_current") == [
        ("a", "2026-01-05 08:00:00", 2.0, 5.0, "trustpilot", None, "Title of a", "Text of a", "fa",
         None, "trustpilot"),
        ("b", "2026-01-05 08:00:00", 1.0, 5.0, "trustpilot", None, None, "Late again", "en",
         "2026-01-06 08:00:00", "trustpilot"),
    ]  # fmt: skip


def test_a_deleted_review_is_withdrawn(staged: Dbt) -> None:
    assert rows(staged, "verdict, rating", where="review_id = 'c' and is_deleted") == [
        ("withdrawn", 3.0)
    ]
    assert rows(staged, "count(*)", where="review_id = 'c' and is_current") == [(0,)]


def test_a_deletion_of_what_was_never_read_is_set_aside(manifest: Manifest, tmp_path: Path) -> None:
    """The records were taken out of raw, the account was not forgotten."""
    dbt = Dbt(manifest, tmp_path / "raw.duckdb", tmp_path / "warehouse.duckdb", tmp_path)
    vendor = Trustpilot()
    vendor.put("a", 5, at=MONDAY)
    vendor.put("c", 3, at=MONDAY)
    with serve(vendor) as url:
        own = account(trustpilot, f"{url}{vendor.unit}", api_key=TOKEN)
        fetch(trustpilot, own, tmp_path)
    for path in tmp_path.rglob("*.parquet"):
        path.unlink()
    del vendor.reviews["c"]
    load(dbt, vendor, tmp_path)
    told = "select reason, count(*) from staging.judged_set_aside group by 1"
    assert dbt.rows(told) == [("without_record", 1)]
