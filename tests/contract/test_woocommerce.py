"""What is fetched of WooCommerce: all pages, what changed, the trash, and refunds of orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection
from ingestion.sources.commerce import woocommerce
from tests.contract.landed import account, fetch, newest, records
from tests.contract.vendor_server import TOKEN, Fault, serve
from tests.contract.woocommerce import KEY, WooCommerce, line

DAY_1, DAY_2, DAY_3 = "2026-01-01T08:00:00", "2026-01-03T08:00:00", "2026-01-05T08:00:00"
ORDERS = "/wp-json/wc/v3/orders"


@pytest.fixture
def vendor() -> WooCommerce:
    vendor = WooCommerce()
    for number in range(1, 6):
        vendor.put_order(number, at=DAY_1, status="processing", line_items=[line(100 + number)])
    vendor.put_customer(10, at=DAY_1, email="ana@example.com")
    vendor.put_customer(11, at=DAY_1, email="ben@example.com", role="wholesaler")
    vendor.put_customer(12, at=DAY_1, email="cem@example.com", role="administrator")
    return vendor


@pytest.fixture
def own(vendor: WooCommerce) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(woocommerce, url, key=KEY, secret=TOKEN)


def test_all_pages_of_all_resources_land(
    vendor: WooCommerce, own: Connection, tmp_path: Path
) -> None:
    for key in range(200, 203):
        vendor.refund(1, key, at=DAY_1, amount="2.00")
    report = fetch(woocommerce, own, tmp_path)
    assert report.refused == ()
    assert report.records == {"customers": 3, "orders": 5, "trashed_orders": 0, "refunds": 3}
    landed = newest(woocommerce, own, tmp_path)
    assert landed["orders"] == vendor.orders
    assert {each["order_id"] for each in landed["refunds"].values()} == {1}
    listed = [each for each in vendor.asked_for(ORDERS) if each.query.get("status") != "trash"]
    assert [each.query.get("page", "1") for each in listed] == ["1", "2", "3"]
    # neither key nor secret is ever in an address
    assert not any(TOKEN in str(each.query) or KEY in str(each.query) for each in vendor.log)


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: WooCommerce, own: Connection, tmp_path: Path
) -> None:
    vendor.put_order(6, at=DAY_2, status="pending")
    vendor.put_customer(13, at=DAY_2, email="dan@example.com")
    fetch(woocommerce, own, tmp_path / "steps")
    vendor.put_order(2, at=DAY_3, status="completed")
    vendor.put_order(3, at=DAY_3, status="trash")
    vendor.refund(1, 200, at=DAY_3, amount="2.00")
    vendor.put_customer(10, at=DAY_3, email="ana@new.example.com")
    begun = len(vendor.log)
    second = fetch(woocommerce, own, tmp_path / "steps")
    asked = [each.query for each in vendor.log[begun:] if "modified_after" in each.query]
    fetch(woocommerce, own, tmp_path / "once")
    steps = newest(woocommerce, own, tmp_path / "steps")
    once = newest(woocommerce, own, tmp_path / "once")
    assert steps["trashed_orders"] == once["trashed_orders"] == {3: vendor.orders[3]}
    assert once["orders"] | once["trashed_orders"] == vendor.orders
    assert steps["orders"] | steps["trashed_orders"] == vendor.orders
    assert steps["customers"] == once["customers"]
    assert steps["refunds"] == once["refunds"]
    # from a day, the stated lag, before the newest change that was seen; in no zone but UTC
    assert asked[0]["modified_after"] == "2026-01-02T08:00:00"
    assert asked[0]["dates_are_gmt"] == "true"
    # the list of customers knows no changes: it is read whole, and who did not change is left,
    # but for the one of the last day
    assert second.records["customers"] == 2


def test_what_a_page_lost_to_a_deletion_is_read(
    vendor: WooCommerce, own: Connection, tmp_path: Path
) -> None:
    """When an order of a page that was read is deleted, the next order moves to that page."""
    vendor.happens_after_page[1] = lambda: vendor.delete_for_good(1)
    fetch(woocommerce, own, tmp_path)
    assert set(newest(woocommerce, own, tmp_path)["orders"]) == {1, 2, 3, 4, 5}


def test_backfill_asks_for_its_span_alone(
    vendor: WooCommerce, own: Connection, tmp_path: Path
) -> None:
    vendor.put_order(6, at=DAY_2, status="pending")
    fetch(woocommerce, own, tmp_path, end=datetime(2026, 1, 2, tzinfo=UTC))
    assert {each["id"] for each in records(woocommerce, own, tmp_path)["orders"]} == {1, 2, 3, 4, 5}
    asked = [each.query for each in vendor.asked_for(ORDERS) if "modified_after" in each.query]
    assert asked[0]["modified_before"] == "2026-01-02T00:00:00"


def test_quota_is_waited_for_and_a_shop_without_page_counts_is_left(
    vendor: WooCommerce, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [
        Fault("/wp-json/wc/v3/customers", 429, headers={"Retry-After": "1"}),
        Fault(ORDERS, 200, body=[], times=99),
    ]
    report = fetch(woocommerce, own, tmp_path)
    gone = sorted(refusal.entity for refusal in report.refused)
    assert gone == ["orders", "refunds", "trashed_orders"]
    assert "no `X-WP-Total`: the API has changed" in report.refused[0].message
    assert report.records == {"customers": 3}


def test_refused_refunds_hold_their_orders_back(
    vendor: WooCommerce, own: Connection, tmp_path: Path
) -> None:
    """An order whose refunds did not come would count as one without: both are asked for again."""
    vendor.refund(1, 200, at=DAY_1, amount="2.00")
    vendor.faults = [Fault(f"{ORDERS}/1/refunds", 403, times=99)]
    report = fetch(woocommerce, own, tmp_path)
    assert sorted(refusal.entity for refusal in report.refused) == ["orders", "refunds"]
    vendor.faults = []
    assert fetch(woocommerce, own, tmp_path).records["orders"] == 5


def test_wrong_secret_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(woocommerce, own) is None
    wrong = Connection(own.name, own.system, own.url, own.start, {"key": KEY, "secret": "no"})
    told = probing.probe(woocommerce, wrong)
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
