"""WooCommerce's records from its API to the columns of the contract, worked out by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.sample_company import generate
from ingestion.sample_company.vendors import woocommerce as vendor_records
from ingestion.sample_company.vendors.exported import Rows
from ingestion.sample_company.vendors.writing import read_rows
from ingestion.sources.commerce import woocommerce
from tests.contract.landed import account
from tests.contract.vendor_server import TOKEN, serve
from tests.contract.woocommerce import KEY, WooCommerce, line, meta
from tests.dbt_project.building import Dbt
from tests.dbt_project.connected import asked, stage_company, stage_days, unexplained
from tests.decisions import example

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_1, DAY_2 = "2026-01-01T08:00:00", "2026-01-05T09:30:00"
ENTITIES = ("customers", "orders", "order_items")


def first_day() -> WooCommerce:
    """A customer orders with the company's own fields, a guest by an address."""
    vendor = WooCommerce()
    address = {"phone": "+98 912 000 0001", "country": "IR", "state": "THR", "city": "Tehran"}
    vendor.put_customer(
        10,
        at=DAY_1,
        email="ana@example.com",
        billing=address,
        meta_data=meta(customer_id="C1", language="fa", shoe_size=38, _hidden={"a": [1]}),
    )
    vendor.put_customer(
        11, at=DAY_1, email="", billing={"email": "b@example.com"}, role="wholesaler"
    )
    vendor.put_customer(12, at=DAY_1, email="boss@example.com", role="shop_manager")
    vendor.put_order(
        1,
        at=DAY_1,
        status="processing",
        created_via="checkout",
        currency="EUR",
        total="50.00",
        discount_total="5.00",
        shipping_total="4.90",
        payment_method="bacs",
        customer_id=10,
        billing={"email": "ana@home.example.com", "phone": ""},
        line_items=[
            line(101, product_id=7, quantity=2, price=20.05),
            line(102, product_id=8, meta_data=meta(product_category="books")),
        ],
        meta_data=meta(promised_at="2026-01-09", _paid_date="x"),
    )
    vendor.put_order(2, at=DAY_1, status="processing", created_via="phone", total="9.00")
    vendor.put_order(3, at=DAY_1, status="completed", total="20", line_items=[line(103)])
    vendor.put_order(4, at=DAY_1, status="checkout-draft", line_items=[line(104)])
    vendor.orders[2]["billing"] = {"email": "guest@example.com", "phone": "+49 30 1"}
    return vendor


def second_day(vendor: WooCommerce) -> None:
    """One piece came back, some money without goods, a line was taken out, an order thrown away."""
    back = line(900, quantity=-1, meta_data=meta(_refunded_item_id="101"))
    vendor.refund(1, 200, at=DAY_2, amount="20.05", reason="broken", line_items=[back])
    vendor.refund(1, 201, at="2026-01-06T08:00:00", amount="1.50", reason="late")
    vendor.put_order(1, at="2026-01-06T08:00:00", line_items=vendor.orders[1]["line_items"][:1])
    vendor.refund(2, 202, at=DAY_2, amount="9.00", reason="changed my mind")
    vendor.put_order(2, at=DAY_2, status="refunded")
    vendor.put_order(3, at=DAY_2, status="trash")
    for key, (status, _) in enumerate(decided(), 20):
        vendor.put_order(key, at=DAY_2, status=status)


def decided() -> list[list[str]]:
    """The statuses of the decisions, each with its meaning."""
    return example("What a status of WooCommerce means")


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url:
        own = account(woocommerce, url, key=KEY, secret=TOKEN)
        stage_days(dbt, woocommerce, own, [lambda: second_day(vendor)])
    return dbt


def newest(dbt: Dbt, entity: str, columns: str, *, key: str) -> list[tuple[Any, ...]]:
    """The rows as last read, one for each key, but those of the decisions."""
    return asked(
        dbt,
        f"select {columns} from warehouse.staging.stg_woocommerce__{entity} "
        f"where {key} not similar to '[2-3][0-9]' qualify row_number() over "
        f"(partition by {key} order by row_key desc) = 1 order by {key}",
    )


def test_customers(staged: Dbt) -> None:
    columns = (
        "customer_id, email, phone, country, region, city, language, created_at, updated_at, "
        "is_employee"
    )
    day_1 = f"{DAY_1}Z"
    assert newest(staged, "customers", columns, key="customer_id") == [
        ("11", "b@example.com", None, None, None, None, None, day_1, day_1, None),
        ("12", "boss@example.com", None, None, None, None, None, day_1, day_1, "true"),
        ("C1", "ana@example.com", "+98 912 000 0001", "IR", "THR", "Tehran", "fa", day_1, day_1,
         None),
    ]  # fmt: skip


def test_orders(staged: Dbt) -> None:
    """An account's order bears the company's id of the customer, a guest's none."""
    columns = (
        "order_id, ordered_at, customer_id, email, phone, status, amount, currency, discount, "
        "shipping_cost, payment_type, channel, promised_at, is_deleted"
    )
    day_1 = f"{DAY_1}Z"
    assert newest(staged, "orders", columns, key="order_id") == [
        ("1", day_1, "C1", "ana@home.example.com", None, "paid", "50.00", "EUR", "5.00", "4.90",
         "bacs", "web", "2026-01-09", None),
        ("2", day_1, None, "guest@example.com", "+49 30 1", "returned", "9.00", None, None, None,
         None, "phone", None, None),
        ("3", day_1, None, None, None, None, "20", None, None, None, None, None, None, "true"),
    ]  # fmt: skip


def test_refunds(staged: Dbt) -> None:
    """Goods came back when a refund names pieces, or when all was refunded; money alone is none."""
    columns = "order_id, refund_amount, returned_at, return_reason"
    assert newest(staged, "orders", columns, key="order_id") == [
        ("1", "21.5500", f"{DAY_2}Z", "broken"),
        ("2", "9.0000", f"{DAY_2}Z", "changed my mind"),
        ("3", None, None, None),
    ]


def test_lines(staged: Dbt) -> None:
    """A line that was taken out is withdrawn, and so are those of an order in the trash."""
    columns = (
        "order_id, line_number, product_id, product_category, quantity, unit_price, "
        "returned_quantity, is_deleted"
    )
    assert newest(staged, "order_items", columns, key="line_number") == [
        ("1", "101", "7", None, "2", "20.05", "1.0", None),
        ("1", "102", "8", "books", "1", "10", None, "true"),
        ("3", "103", "7", None, "1", "10", None, "true"),
    ]
    current = "select order_id, line_number from staging.accepted_order_items"
    assert staged.rows(current) == [("1", 101)]


def test_statuses_of_the_decisions(staged: Dbt) -> None:
    found = dict(
        staged.rows(
            "select order_id, case when verdict = 'accepted' then status else reason_code end "
            "from staging.judged_orders"
        )
    )
    for key, (status, meaning) in enumerate(decided(), 20):
        expected = None if meaning == "no order yet" else meaning.removeprefix("quarantined as ")
        assert found.get(str(key)) == expected, status


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    assert unexplained(staged, woocommerce) == []
    reasons = asked(
        staged,
        "select reason, count(*) from warehouse.staging.stg_woocommerce__set_aside "
        "group by reason order by reason",
    )
    assert reasons == [("draft", 3), ("joined", 3)]


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Dbt]:
    """The sample company as its shop would tell of it, staged; and as it is."""
    home = tmp_path_factory.mktemp("company")
    generate(home / "company", customers=100, months=4, seed=5)
    rows = read_rows(home / "company")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    stage_company(dbt, "woocommerce", vendor_records.export(rows), ENTITIES)
    return rows, dbt


def plain(value: str | None) -> object:
    """A value without regard to how a number or a time is written."""
    try:
        return float(value or "")
    except ValueError:
        return (value or "").replace("T", " ") or None


@pytest.mark.parametrize("entity", ENTITIES)
def test_company_comes_back_as_it_was(told: tuple[Rows, Dbt], entity: str) -> None:
    rows, dbt = told
    lost = {"source_system", *vendor_records.NOT_CARRIED.get(entity, ())}
    columns = [column for column in rows[entity][0] if column not in lost]
    key = ("order_id", "line_number") if entity == "order_items" else (f"{entity[:-1]}_id",)
    orders = {row["order_id"]: row["is_deleted"] for row in rows["orders"]}
    there = {key for key, is_deleted in orders.items() if is_deleted != "true"}
    versions = {
        tuple(row[name] for name in key): row
        for row in rows[entity]
        if all(row[name] for name in key) and row.get("order_id") in {None, *there}
    }
    expected = [
        [plain(row[column]) for column in columns]
        for row in versions.values()
        if row["is_deleted"] != "true"
    ]
    found = asked(
        dbt,
        f"select {', '.join(columns)} from warehouse.staging.stg_woocommerce__{entity} "
        "where is_deleted is null",
    )
    assert len(expected) > 50
    assert sorted([list(map(plain, row)) for row in found], key=str) == sorted(expected, key=str)
