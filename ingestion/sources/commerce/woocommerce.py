"""The `woocommerce` source: customers, orders with their lines, and refunds, of a WordPress shop.

Times named `_gmt` are UTC and bear no zone, and `modified_after` is in the shop's zone unless it is
told otherwise. Customers cannot be asked for changes: the list is read whole, and what changed is
kept. An order in the trash is in no list but that of the trash. What was deleted for good leaves no
trace anywhere, a customer neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Connection, Secret, Span, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "woocommerce"
SCHEMA = "raw_woocommerce"
URL = ""  # https://<shop>, with the folder that WordPress lies in, if it has one
_ORIGIN = "WooCommerce: Settings, Advanced, REST API, a key with read permission"
SECRETS: tuple[Secret, ...] = (Secret("key", _ORIGIN), Secret("secret", _ORIGIN))
OPTIONS: tuple[str, ...] = ()
PROBE = "wp-json/wc/v3/orders?per_page=1"

_PAGE = 100
# Clocks differ, and a shop may save an order while its page is being read.
_LAG_SECONDS = 24 * 3600

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """One raw table per resource; a refund knows its order."""
    return record_tables(SCHEMA, "customers orders trashed_orders refunds")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    from dlt.sources.helpers.rest_client.auth import HttpBasicAuth

    until = {} if span.end is None else {"modified_before": _gmt(span.end)}
    resources: list[EndpointResource] = [
        # wholesalers and whoever else has a role of the shop's own are customers too
        _changed("customers", span, role="all"),
        _changed(
            "orders",
            span,
            modified_after="{incremental.start_value}",
            dates_are_gmt="true",
            **until,
        ),
        _listed("trashed_orders", path="orders", status="trash"),
    ]
    auth = HttpBasicAuth(account.secrets["key"], account.secrets["secret"])
    return {"client": {"base_url": account.url, "auth": auth}, "resources": list(resources)}


def _changed(name: str, span: Span, **params: str) -> EndpointResource:
    """Records that changed; one that never did has the time of its making."""
    listed = _listed(name, path=name, **params)
    listed["processing_steps"] = [{"map": _with_time_of_change}]
    listed["endpoint"]["incremental"] = span.incremental(  # type: ignore[index]
        "date_modified_gmt", lag_seconds=_LAG_SECONDS, convert=_as_gmt
    )
    return listed


def _listed(name: str, *, path: str, **params: str) -> EndpointResource:
    return {
        "name": name,
        "endpoint": {
            "path": f"wp-json/wc/v3/{path}",
            "params": {"per_page": _PAGE, "orderby": "id", "order": "asc", **params},
            "data_selector": "$",
            "paginator": _until_last_page(),
        },
    }


def _gmt(moment: datetime) -> str:
    """2026-01-31T08:00:00, as WooCommerce writes UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _as_gmt(cursor: str) -> str:
    return _gmt(datetime.fromisoformat(cursor))


def _with_time_of_change(record: Record) -> Record:
    return {
        **record,
        "date_modified_gmt": record.get("date_modified_gmt") or record.get("date_created_gmt"),
    }


def _until_last_page() -> Any:
    """A paginator that goes by the number of pages that the headers tell.

    A list that has become shorter, because something was deleted meanwhile, has moved its records
    towards the front: the page before is then read again, or those at its end were never seen.
    """
    from dlt.sources.helpers.rest_client.paginators import BasePaginator
    from requests import Request, Response

    class UntilLastPage(BasePaginator):
        page = 1
        total = 0

        def update_state(self, response: Response, data: list[Any] | None = None) -> None:
            del data
            total, pages = (_told(response, name) for name in ("X-WP-Total", "X-WP-TotalPages"))
            self.page += -1 if total < self.total and self.page > 1 else 1
            self.total = total
            self._has_next_page = self.page <= pages

        def update_request(self, request: Request) -> None:
            params: Any = request.params
            params["page"] = self.page

    return UntilLastPage()


def _told(response: Any, header: str) -> int:
    if header not in response.headers:
        raise ChangedShape(header)
    return int(response.headers[header])


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each order that names refunds, those: an order tells neither when nor of what."""
    import dlt

    del span  # a refund changes its order, so the pages are of the span already

    def refunds(page: list[Record]) -> Iterator[list[Record]]:
        for order in page:
            if order.get("refunds"):
                path = f"wp-json/wc/v3/orders/{order['id']}/refunds"
                pages = client.paginate(
                    path,
                    params={"per_page": _PAGE},
                    paginator=_until_last_page(),
                    data_selector="$",
                )
                for found in pages:
                    yield [{**refund, "order_id": order["id"]} for refund in found]

    return [dlt.transformer(refunds, data_from=resources["orders"], name="refunds")]
