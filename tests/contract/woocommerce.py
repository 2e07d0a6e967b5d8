"""WooCommerce for tests: lists by pages, changes of orders, a trash, refunds by order."""

from __future__ import annotations

import base64
from typing import Any

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

KEY = "ck_a-key"
_KNOWN = base64.b64encode(f"{KEY}:{TOKEN}".encode()).decode()
_NOT_LISTED = ("trash", "auto-draft")


class WooCommerce(Vendor):
    """Publishes no description; the rules below are those of its reference pages.

    `page`: at most so many records to a page, so that a few records make several.
    """

    def __init__(self, *, page: int = 2) -> None:
        super().__init__()
        self.page = page
        self.customers: dict[int, dict[str, Any]] = {}
        self.orders: dict[int, dict[str, Any]] = {}
        self.refunds: dict[int, dict[int, dict[str, Any]]] = {}
        # What happens in the shop when this page of orders has been read.
        self.happens_after_page: dict[int, Any] = {}

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("Authorization") == f"Basic {_KNOWN}"

    def put_customer(self, key: int, *, at: str, role: str = "customer", **fields: Any) -> None:
        """Makes or changes a customer; one who was never changed has no time of change."""
        kept = self.customers.get(key)
        self.customers[key] = {
            "id": key,
            "date_created": _in_shop(at),
            "date_created_gmt": at,
            "role": role,
            "billing": {},
            "meta_data": [],
            **(kept or {}),
            "date_modified": _in_shop(at) if kept else None,
            "date_modified_gmt": at if kept else None,
            **fields,
        }

    def put_order(self, key: int, *, at: str, **fields: Any) -> None:
        self.orders[key] = {
            "id": key,
            "date_created": _in_shop(at),
            "date_created_gmt": at,
            "customer_id": 0,
            "billing": {},
            "line_items": [],
            "refunds": [],
            "meta_data": [],
            **self.orders.get(key, {}),
            "date_modified": _in_shop(at),
            "date_modified_gmt": at,
            **fields,
        }

    def refund(self, order: int, key: int, *, at: str, amount: str, **fields: Any) -> None:
        """Gives money back; the order tells how much, and that it changed."""
        self.refunds.setdefault(order, {})[key] = {
            "id": key,
            "date_created_gmt": at,
            "amount": amount,
            "line_items": [],
            **fields,
        }
        told = {"id": key, "reason": fields.get("reason", ""), "total": f"-{amount}"}
        self.put_order(order, at=at, refunds=[*self.orders[order]["refunds"], told])

    def delete_for_good(self, key: int) -> None:
        del self.orders[key]

    def respond(self, asked: Asked) -> Answer:
        if int(asked.query.get("per_page", "10")) > 100:
            return Answer({"code": "rest_invalid_param"}, 400)
        match asked.path.strip("/").split("/"):
            case ["wp-json", "wc", "v3", "customers"]:
                role = asked.query.get("role", "customer")
                everybody = self.customers.values()
                return self._page([e for e in everybody if role in ("all", e["role"])], asked)
            case ["wp-json", "wc", "v3", "orders"]:
                answer = self._page(self._orders(asked.query), asked)
                if asked.query.get("status") != "trash":
                    self.happens_after_page.pop(int(asked.query.get("page", "1")), _nothing)()
                return answer
            case ["wp-json", "wc", "v3", "orders", key, "refunds"]:
                return self._page(list(self.refunds.get(int(key), {}).values()), asked)
        return Answer({"code": "rest_no_route"}, 404)

    def _orders(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """All but those in the trash, unless that is asked for; `modified_after` leaves its own
        second out, and is in the shop's zone unless it is said to be none."""
        status = query.get("status", "any")
        time = "date_modified_gmt" if query.get("dates_are_gmt") == "true" else "date_modified"
        after, before = query.get("modified_after", ""), query.get("modified_before", "9")
        return [
            each
            for each in self.orders.values()
            if _is_listed(each["status"], asked=status) and after < each[time] < before
        ]

    def _page(self, found: list[dict[str, Any]], asked: Asked) -> Answer:
        found = sorted(found, key=lambda each: each["id"])
        size = min(self.page, int(asked.query.get("per_page", "10")))
        first = (int(asked.query.get("page", "1")) - 1) * size
        headers = {
            "X-WP-Total": str(len(found)),
            "X-WP-TotalPages": str(-(-len(found) // size)),
        }
        return Answer(found[first : first + size], headers=headers)


def _is_listed(status: str, *, asked: str) -> bool:
    return status == asked or (asked == "any" and status not in _NOT_LISTED)


def _nothing() -> None:
    """What mostly happens."""


def _in_shop(gmt: str) -> str:
    """The same moment on the shop's wall, whose zone is three hours and more ahead."""
    hour = int(gmt[11:13]) + 3
    return f"{gmt[:11]}{hour:02d}{gmt[13:]}"


def line(key: int, **fields: Any) -> dict[str, Any]:
    """A line of an order."""
    return {"id": key, "product_id": 7, "quantity": 1, "price": 10, "meta_data": [], **fields}


def meta(**fields: Any) -> list[dict[str, Any]]:
    """Fields of the shop's own."""
    return [
        {"id": place, "key": key, "value": value}
        for place, (key, value) in enumerate(fields.items())
    ]
