"""Shopify's records from its API to the columns of the contract, each row worked out by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.sources.commerce import shopify
from tests.contract.landed import account
from tests.contract.shopify import Shopify, line, named
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt
from tests.dbt_project.connected import asked, stage_days, unexplained
from tests.decisions import example

# CI builds other systems; what reads this one is held to its API in tests/contract.
pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_1, DAY_2, DAY_3 = (f"2026-01-0{day}T08:00:00+03:30" for day in (1, 5, 7))
ENTITIES = ("customers", "orders", "order_items")


def first_day() -> Shopify:
    """A customer pays in another currency than the shop's; a guest; a test of the checkout."""
    vendor = Shopify(page=100)
    vendor.put(
        "customers",
        10,
        at=DAY_1,
        email="ana@example.com",
        phone=None,
        default_address={"phone": "+98 912 1", "country_code": "IR", "city": "Tehran"},
        email_marketing_consent={"state": "unsubscribed"},
    )
    asked = {"state": "not_subscribed"}
    vendor.put("customers", 11, at=DAY_1, email="b@example.com", email_marketing_consent=asked)
    vendor.order(
        1,
        at=DAY_1,
        customer={"id": 10},
        email="ana@example.com",
        total_price="50.00",
        total_price_set={"presentment_money": {"amount": "100.00", "currency_code": "USD"}},
        total_discounts="5.00",
        total_shipping_price_set={"shop_money": {"amount": "4.90", "currency_code": "EUR"}},
        payment_gateway_names=["shopify_payments"],
        source_name="web",
        line_items=[line(101, quantity=2), line(102, properties=named(product_category="books"))],
        note_attributes=named(promised_at="2026-01-09", gift=True),
    )
    vendor.order(2, at=DAY_1, contact_email="guest@example.com", source_name="pos", location_id=5)
    vendor.order(3, at=DAY_1, test=True, line_items=[line(103)])
    return vendor


def second_day(vendor: Shopify) -> None:
    """One piece came back and one was given away; of the money a part is still on its way."""
    payments = [
        {"kind": "refund", "status": "success", "amount": "20.00", "currency": "USD"},
        {"kind": "refund", "status": "success", "amount": "2.00", "currency": "EUR"},
        {"kind": "refund", "status": "pending", "amount": "9.00", "currency": "USD"},
    ]
    returned = {
        "id": 900,
        "created_at": DAY_3,
        "note": "broken",
        "transactions": payments,
        "refund_line_items": [
            {"line_item_id": 101, "quantity": 1, "restock_type": "return"},
            {"line_item_id": 102, "quantity": 1, "restock_type": "no_restock"},
        ],
    }
    sent = [
        {"status": "cancelled", "created_at": DAY_1},
        {"status": "success", "created_at": DAY_2, "shipment_status": "delivered"},
        {"status": "success", "created_at": DAY_3, "shipment_status": "in_transit"},
    ]
    vendor.order(
        1, at=DAY_3, fulfillment_status="fulfilled", fulfillments=sent, refunds=[returned],
        financial_status="partially_refunded",
    )  # fmt: skip
    vendor.order(2, at=DAY_2, cancelled_at=DAY_2, cancel_reason="customer")
    for key, (money, goods, also, _) in enumerate(decided(), 20):
        back = {"created_at": DAY_2, "transactions": []}
        line_back = {"line_item_id": 1, "quantity": 1, "restock_type": "return"}
        arrived = {"status": "success", "created_at": DAY_2, "shipment_status": "delivered"}
        vendor.order(
            key,
            at=DAY_2,
            financial_status=money,
            fulfillment_status=None if goods == "none" else goods,
            fulfillments=[arrived] if also == "arrived" else [],
            refunds=[{**back, "refund_line_items": [line_back]}] if also == "came back" else [],
            cancelled_at=DAY_2 if also == "cancelled" else None,
        )


def decided() -> list[list[str]]:
    """Where the money and the goods are, and what the order then is."""
    return example("Where an order of Shopify stands")


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url:
        own = account(shopify, url, token=TOKEN)
        stage_days(dbt, shopify, own, [lambda: second_day(vendor)])
    return dbt


def newest(dbt: Dbt, entity: str, columns: str, *, key: str) -> list[tuple[Any, ...]]:
    """The rows as last read, one for each key, but those of the decisions."""
    return asked(
        dbt,
        f"select {columns} from warehouse.staging.stg_shopify__{entity} "
        f"where {key} not similar to '[2-3][0-9]' qualify row_number() over "
        f"(partition by {key} order by row_key desc) = 1 order by {key}",
    )


def test_customers(staged: Dbt) -> None:
    columns = "customer_id, email, phone, country, city, consent_marketing, updated_at"
    updated = "2026-01-01T08:00:00+03:30"
    assert newest(staged, "customers", columns, key="customer_id") == [
        ("10", "ana@example.com", "+98 912 1", "IR", "Tehran", "false", updated),
        ("11", "b@example.com", None, None, None, None, updated),
    ]


def test_orders(staged: Dbt) -> None:
    columns = (
        "order_id, ordered_at, customer_id, email, status, amount, currency, discount, "
        "shipping_cost, payment_type, channel, store_id, promised_at, cancelled_at, cancelled_by"
    )
    assert newest(staged, "orders", columns, key="order_id") == [
        ("1", DAY_1, "10", "ana@example.com", "shipped", "50.00", "EUR", "5.00", "4.90",
         "shopify_payments", "web", None, "2026-01-09", None, None),
        ("2", DAY_1, None, "guest@example.com", "cancelled", None, "EUR", None, None, None,
         "store", "5", None, DAY_2, "customer"),
    ]  # fmt: skip


def test_what_was_sent_back_and_paid_back(staged: Dbt) -> None:
    """20 dollars are 10 euros at the order's own rate; what is still on its way is not back."""
    columns = "order_id, shipped_at, refund_amount, returned_at, return_reason"
    assert newest(staged, "orders", columns, key="order_id")[0] == (
        "1", DAY_2, "12.0000", DAY_3, "broken",
    )  # fmt: skip


def test_lines(staged: Dbt) -> None:
    columns = "order_id, line_number, product_category, quantity, unit_price, returned_quantity"
    assert newest(staged, "order_items", columns, key="line_number") == [
        ("1", "101", None, "2", "10.00", "1.0"),
        ("1", "102", "books", "1", "10.00", None),
    ]


def test_orders_of_the_decisions(staged: Dbt) -> None:
    found = dict(
        staged.rows(
            "select order_id, case when verdict = 'accepted' then status else reason_code end "
            "from staging.judged_orders"
        )
    )
    for key, (*told, meaning) in enumerate(decided(), 20):
        assert found[str(key)] == meaning.removeprefix("quarantined as "), told


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    assert unexplained(staged, shopify) == []
    reasons = asked(
        staged,
        "select reason, count(*) from warehouse.staging.stg_shopify__set_aside "
        "group by reason order by reason",
    )
    # read twice: the second reading begins a day before the newest change
    assert reasons == [("test", 2)]
