"""The `shopify` source: customers, and orders with their lines, deliveries and refunds.

A list of orders leaves out closed and cancelled ones unless `status=any` is asked for, and those of
more than sixty days ago unless the app may read all orders: it does not say so. Pages follow by the
Link header, and a page's cursor bears all of the question: nothing may be asked beside it. Times
are in the shop's zone, whose offset changes twice a year: as texts they do not sort. An order or
customer that was deleted for good leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ingestion.fetching.model import Connection, Secret, Span, iso, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "shopify"
SCHEMA = "raw_shopify"
URL = ""  # https://<shop>.myshopify.com
_SCOPES = "read_customers, read_orders and, for those of over 60 days ago, read_all_orders"
SECRETS: tuple[Secret, ...] = (
    Secret("token", f"Shopify: Settings, Apps, Develop apps, Admin API access token: {_SCOPES}"),
)
OPTIONS: tuple[str, ...] = ()
# Served for a year; Shopify then answers as the oldest version that it still serves.
_API = "admin/api/2026-07"
PROBE = f"{_API}/orders.json?status=any&limit=1"

_PAGE = 250
# Lists run behind what they list by some seconds; a day bears a clock that is wrong.
_LAG_SECONDS = 24 * 3600


def tables() -> dict[str, Table]:
    """One raw table per resource; an order has its lines, deliveries and refunds in it."""
    return record_tables(SCHEMA, "customers orders")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth

    auth = APIKeyAuth(
        name="X-Shopify-Access-Token", api_key=account.secrets["token"], location="header"
    )
    return {
        "client": {"base_url": account.url, "auth": auth},
        "resources": [_changed("customers", span), _changed("orders", span, status="any")],
    }


def _changed(name: str, span: Span, **params: str) -> EndpointResource:
    from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator

    until = {} if span.end is None else {"updated_at_max": iso(span.end)}
    return {
        "name": name,
        "endpoint": {
            "path": f"{_API}/{name}.json",
            "params": {
                "limit": _PAGE,
                "updated_at_min": "{incremental.start_value}",
                **params,
                **until,
            },
            "data_selector": name,
            "paginator": HeaderLinkPaginator(),
            "incremental": span.incremental("updated_at", lag_seconds=_LAG_SECONDS),
        },
    }


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """Nothing: an order comes with all that belongs to it."""
    del resources, client, span
    return []
