"""The `shopify` source: customers, and orders with their lines, deliveries and refunds.

A list of orders leaves out closed and cancelled ones unless `status=any` is asked for, and those of
more than sixty days ago unless the app may read all orders: it does not say so. Pages follow by the
Link header, and a page's cursor bears all of the question: nothing may be asked beside it. Times
are in the shop's zone, whose offset changes twice a year: as texts they do not sort. An order or
customer that was deleted for good leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ingestion.fetching.model import Connection, Secret, Span, iso, record_tables
from ingestion.model import Table
from ingestion.sources.client_credentials import client_credentials

if TYPE_CHECKING:
    from dlt.common.configuration.specs import CredentialsConfiguration
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "shopify"
SCHEMA = "raw_shopify"
URL = ""  # https://<shop>.myshopify.com
_SCOPES = "read_customers, read_orders and, for those of over 60 days ago, read_all_orders"
_APP = "Shopify: Dev Dashboard, an app that is installed in the shop, Settings"
SECRETS: tuple[Secret, ...] = (
    Secret("client_id", f"{_APP}: its client ID; scopes {_SCOPES}", unless="token"),
    Secret("client_secret", f"{_APP}: its secret", unless="token"),
    Secret("token", "or instead of both: an Admin API token made before 2026", unless="client_id"),
)
OPTIONS: tuple[str, ...] = ()
# Served for a year; Shopify then answers as the oldest version that it still serves.
_API = "admin/api/2026-07"
PROBE = f"{_API}/orders.json?status=any&limit=1"

_PAGE = 250
# Lists run behind what they list by some seconds; a day bears a clock that is wrong.
_LAG_SECONDS = 24 * 3600
_HEADER = "X-Shopify-Access-Token"
_TOKEN_SECONDS = 24 * 3600


def tables() -> dict[str, Table]:
    """One raw table per resource; an order has its lines, deliveries and refunds in it."""
    return record_tables(SCHEMA, "customers orders")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    return {
        "client": {"base_url": account.url, "auth": cast(Any, _auth(account))},
        "resources": [_changed("customers", span), _changed("orders", span, status="any")],
    }


def _auth(account: Connection) -> CredentialsConfiguration:
    """A token that lasts, or what makes one for a day of the app's id and secret."""
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth

    if token := account.secrets.get("token"):
        return APIKeyAuth(name=_HEADER, api_key=token, location="header")
    return client_credentials(
        account,
        "admin/oauth/access_token",
        lasts=_TOKEN_SECONDS,
        header=_HEADER,
        spelled="{}",
    )


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
