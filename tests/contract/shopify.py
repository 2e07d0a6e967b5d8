"""Shopify for tests: lists of what changed, by pages whose cursor bears the whole question."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.contract.app_vendor import AppVendor
from tests.contract.vendor_server import Answer, Asked

_API = "/admin/api/2026-07"
_OPEN = "open"


class Shopify(AppVendor):
    """Publishes no description; the rules below are those of its reference pages.

    `page`: at most so many records to a page, so that a few records make several.
    """

    token_path = "/admin/oauth/access_token"

    def __init__(self, *, page: int = 2) -> None:
        super().__init__()
        self.page = page
        self.seconds = 86399
        self.url = ""
        self.records: dict[str, dict[int, dict[str, Any]]] = {"customers": {}, "orders": {}}

    def token_of(self, asked: Asked) -> str:
        return asked.headers.get("X-Shopify-Access-Token", "")

    def put(self, resource: str, key: int, *, at: str, **fields: Any) -> None:
        """Makes or changes a record at a time, which may be of any zone."""
        kept = self.records[resource].get(key, {"id": key, "created_at": at})
        self.records[resource][key] = {**kept, **fields, "updated_at": at}

    def order(self, key: int, *, at: str, **fields: Any) -> None:
        plain: dict[str, Any] = {
            "test": False,
            "currency": "EUR",
            "financial_status": "paid",
            "fulfillment_status": None,
            "cancelled_at": None,
            "closed_at": None,
            "customer": None,
            "line_items": [],
            "fulfillments": [],
            "refunds": [],
            "note_attributes": [],
        }
        self.put("orders", key, at=at, **{**plain, **self.records["orders"].get(key, {}), **fields})

    def respond(self, asked: Asked) -> Answer:
        if asked.path == self.token_path:
            return self.make_token(asked)
        name = asked.path.removeprefix(f"{_API}/").removesuffix(".json")
        if not asked.path.startswith(_API) or name not in self.records:
            return Answer({"errors": "Not Found"}, 404)
        query, after = asked.query, 0
        if "page_info" in query:
            if set(query) - {"page_info", "limit"}:
                return Answer({"errors": {"status": "Cannot pass it with page_info"}}, 400)
            after, query = json.loads(base64.urlsafe_b64decode(query["page_info"]))
        if int(query.get("limit", "50")) > 250:
            return Answer({"errors": {"limit": "must be at most 250"}}, 400)
        found = [each for each in self._listed(name, query) if each["id"] > after]
        page = found[: self.page]
        headers = {}
        if len(page) < len(found):
            state = json.dumps([page[-1]["id"], query]).encode()
            cursor = quote(base64.urlsafe_b64encode(state).decode())
            address = f"{self.url}{asked.path}?limit={query['limit']}&page_info={cursor}"
            headers["Link"] = f'<{address}>; rel="next"'
        return Answer({name: page}, headers=headers)

    def _listed(self, name: str, query: dict[str, str]) -> list[dict[str, Any]]:
        """Those that changed in a span; of orders only the open ones unless any are asked for."""
        since, until = query.get("updated_at_min"), query.get("updated_at_max")
        return [
            each
            for _, each in sorted(self.records[name].items())
            if (name == "customers" or query.get("status", _OPEN) == "any" or _is_open(each))
            and (since is None or _moment(each["updated_at"]) >= _moment(since))
            and (until is None or _moment(each["updated_at"]) <= _moment(until))
        ]


def _is_open(order: dict[str, Any]) -> bool:
    return not order["cancelled_at"] and not order["closed_at"]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def line(key: int, **fields: Any) -> dict[str, Any]:
    """A line of an order."""
    plain = {"product_id": 7, "quantity": 1, "price": "10.00", "properties": []}
    return {"id": key, **plain, **fields}


def named(**fields: Any) -> list[dict[str, Any]]:
    """Fields of the shop's own."""
    return [{"name": name, "value": value} for name, value in fields.items()]
