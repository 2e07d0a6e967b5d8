"""The company's customers, orders and lines as the REST API of its WooCommerce shop gives them.

WooCommerce's ids are numbers of its own; the company's stand in fields (`meta_data`) that bear the
names of the contract's columns, like everything that WooCommerce has no field for. Staged again
(dbt_project/models/staging/woocommerce/), the records give the same rows, but for what NOT_CARRIED
names.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingestion.sample_company.vendors.exported import Exported, Row, Rows, json_lines, with_keys

Record = dict[str, Any]

KEYS = {"customers": "customer_id", "orders": "order_id"}
LINE_KEY = ("order_id", "line_number")
# Columns that WooCommerce does not give back, each with the reason.
NOT_CARRIED = {
    "order_items": {"updated_at": "a line changes with its order"},
}
_STATUS = {
    "created": "pending",
    "paid": "processing",
    "delivered": "completed",
    "returned": "refunded",
}
_CREATED_VIA = {"web": "checkout"}
# Columns that WooCommerce has itself.
_OWN = {
    "customers": ("email", "phone", "created_at", "country", "region", "city"),
    "orders": (
        "ordered_at", "email", "phone", "status", "amount", "currency", "discount",
        "refund_amount", "shipping_cost", "payment_type", "channel",
    ),
    "order_items": ("order_id", "product_id", "quantity", "unit_price"),
}  # fmt: skip
# Columns that a refund of everything tells.
_RETURN = ("returned_at", "return_reason")
# Said of every record.
_ABOUT_ROW = ("updated_at", "is_deleted", "source_system")
_FIRST_LINE, _FIRST_REFUND = 100_001, 500_001


def exported(rows: Rows) -> Exported:
    """A line is in the shop when it has a number and its order is there."""
    carried, left = with_keys(rows, KEYS)
    orders = {row["order_id"] for row in carried["orders"]}
    carried["order_items"], left["order_items"] = [], []
    for row in rows["order_items"]:
        is_carried = row["order_id"] in orders and row["line_number"]
        (carried if is_carried else left)["order_items"].append(row)
    return json_lines(export(carried)), left


def export(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Record]]:
    """WooCommerce's records by resource, from rows with the contract's columns as text.

    Of the versions of a row the last holds. A customer who was deleted is in no list, an order in
    that of the trash; a line comes with its order. `refunds` know the `order_id` under which they
    are asked for.
    """
    customers = _current(rows.get("customers", ()), "customer_id")
    orders = _current(rows.get("orders", ()), "order_id")
    accounts = {key: number for number, key in enumerate(customers, 1)}
    lines = _lines(row for row in rows.get("order_items", ()) if all(row[key] for key in LINE_KEY))
    records: dict[str, list[Record]] = {
        "customers": [
            _customer(row, accounts[key])
            for key, row in customers.items()
            if row["is_deleted"] != "true"
        ],
        "orders": [],
        "trashed_orders": [],
        "refunds": [],
    }
    for number, (key, row) in enumerate(orders.items(), 1001):
        refunds = _refunds(row, number)
        account = accounts.get(row["customer_id"] or "", 0)
        order = _order(row, number, account=account, lines=lines.get(key, []), refunds=refunds)
        records["trashed_orders" if order["status"] == "trash" else "orders"].append(order)
        records["refunds"] += refunds
    return records


def _current(rows: Iterable[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows if row[key]}


def _customer(row: Row, number: int) -> Record:
    return {
        "id": number,
        "date_created_gmt": _gmt(row["created_at"]),
        "date_modified_gmt": _gmt(row["updated_at"]),
        "email": row["email"],
        "role": "customer",
        "billing": {
            "phone": row["phone"],
            "country": row["country"],
            "state": row["region"],
            "city": row["city"],
        },
        "meta_data": _meta(row, but=_OWN["customers"]),
    }


def _order(
    row: Row, number: int, *, account: int, lines: list[Record], refunds: list[Record]
) -> Record:
    held = [*_OWN["orders"], *(_RETURN if _is_returned(row) else ())]
    if account:
        held.append("customer_id")
    status = row["status"] or ""
    return {
        "id": number,
        "status": "trash" if row["is_deleted"] == "true" else _STATUS.get(status, status),
        "created_via": _CREATED_VIA.get(row["channel"], row["channel"]),
        "currency": row["currency"],
        "date_created_gmt": _gmt(row["ordered_at"]),
        "date_modified_gmt": _gmt(row["updated_at"]),
        "discount_total": row["discount"],
        "shipping_total": row["shipping_cost"],
        "total": row["amount"],
        "customer_id": account,
        "billing": {"email": row["email"], "phone": row["phone"]},
        "payment_method": row["payment_type"],
        "line_items": lines,
        "refunds": [
            {"id": each["id"], "reason": each["reason"], "total": f"-{each['amount']}"}
            for each in refunds
        ],
        "meta_data": _meta(row, but=held),
    }


def _is_returned(row: Row) -> bool:
    """Whether a refund of everything tells when the goods came back."""
    return bool(row["status"] == "returned" and row["refund_amount"] and row["returned_at"])


def _refunds(row: Row, number: int) -> list[Record]:
    """One refund of an amount; WooCommerce has none of nothing."""
    if not row["refund_amount"]:
        return []
    return [
        {
            "id": _FIRST_REFUND + number,
            "order_id": number,
            "date_created_gmt": _gmt(row["returned_at"] or row["updated_at"]),
            "amount": row["refund_amount"],
            "reason": row["return_reason"] or "",
            "line_items": [],
        }
    ]


def _lines(rows: Iterable[Row]) -> dict[str, list[Record]]:
    """The lines of each order."""
    current = {(row["order_id"], row["line_number"]): row for row in rows}
    lines: dict[str, list[Record]] = {}
    for number, row in enumerate(current.values(), _FIRST_LINE):
        if row["is_deleted"] != "true":
            line = {
                "id": number,
                "product_id": row["product_id"],
                "quantity": _number(row["quantity"]),
                "price": _number(row["unit_price"]),
                "meta_data": _meta(row, but=_OWN["order_items"]),
            }
            lines.setdefault(row["order_id"], []).append(line)
    return lines


def _number(text: str | None) -> float | str | None:
    """A number where it reads the same; what is none stays as it is."""
    try:
        number = float(text or "")
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _meta(row: Row, *, but: Sequence[str]) -> list[Record]:
    held = {*but, *_ABOUT_ROW}
    fields = [(name, value) for name, value in row.items() if name not in held and value]
    return [{"id": place, "key": key, "value": value} for place, (key, value) in enumerate(fields)]


def _gmt(text: str | None) -> str | None:
    """A time as WooCommerce writes it: UTC, without saying so."""
    return (text or "").replace(" ", "T").removesuffix("Z") or None
