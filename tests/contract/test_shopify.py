"""What is fetched of Shopify: all pages of all orders, and what changed, whatever its zone."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection
from ingestion.sources.commerce import shopify
from tests.contract.app_vendor import CLIENT, SECRET
from tests.contract.landed import account, fetch, newest, records
from tests.contract.shopify import Shopify, line
from tests.contract.vendor_server import TOKEN, Answer, Asked, Fault, serve

# One morning in New York, and two moments of a night in which its clock goes back.
DAY_1 = "2026-10-28T08:00:00-04:00"
BEFORE, AFTER = "2026-11-01T01:50:00-04:00", "2026-11-01T01:10:00-05:00"
DAY_3 = "2026-11-05T08:00:00-05:00"
ORDERS = "/admin/api/2026-07/orders.json"


@pytest.fixture
def vendor() -> Shopify:
    vendor = Shopify()
    for number in range(1, 6):
        vendor.order(number, at=DAY_1, line_items=[line(100 + number)])
    vendor.order(2, at=DAY_1, closed_at=DAY_1)
    vendor.order(3, at=DAY_1, cancelled_at=DAY_1)
    vendor.put("customers", 10, at=DAY_1, email="ana@example.com")
    return vendor


@pytest.fixture
def own(vendor: Shopify) -> Iterator[Connection]:
    with serve(vendor) as url:
        vendor.url = url
        yield account(shopify, url, token=TOKEN)


def test_all_pages_of_all_orders_land(vendor: Shopify, own: Connection, tmp_path: Path) -> None:
    """Those that are closed or cancelled too; a cursor is sent alone."""
    report = fetch(shopify, own, tmp_path)
    assert report.refused == ()
    assert report.records == {"customers": 1, "orders": 5}
    assert set(newest(shopify, own, tmp_path)["orders"]) == {1, 2, 3, 4, 5}
    asked = [set(each.query) for each in vendor.asked_for(ORDERS)]
    alone = {"limit", "page_info"}
    assert asked == [{"limit", "status", "updated_at_min"}, alone, alone]
    assert not any(TOKEN in str(each.query) for each in vendor.log)


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: Shopify, own: Connection, tmp_path: Path
) -> None:
    """The hour that a clock shows twice: the later of two times is the lesser text."""
    vendor.order(6, at=BEFORE)
    vendor.order(7, at=AFTER)
    fetch(shopify, own, tmp_path / "steps")
    vendor.order(1, at=DAY_3, financial_status="refunded")
    vendor.put("customers", 10, at=DAY_3, email="ana@new.example.com")
    begun = len(vendor.log)
    fetch(shopify, own, tmp_path / "steps")
    asked = [each.query for each in vendor.log[begun:] if each.path == ORDERS]
    fetch(shopify, own, tmp_path / "once")
    steps, once = (newest(shopify, own, tmp_path / name) for name in ("steps", "once"))
    assert steps == once
    assert set(once["orders"]) == {1, 2, 3, 4, 5, 6, 7}
    assert once["orders"][1]["updated_at"] == "2026-11-05T08:00:00-05:00", "as Shopify says it"
    # from a day, the stated lag, before the newest change that was seen
    assert asked[0]["updated_at_min"] == "2026-10-31T06:10:00Z"


def test_backfill_asks_for_its_span_alone(vendor: Shopify, own: Connection, tmp_path: Path) -> None:
    vendor.order(6, at=DAY_3)
    fetch(shopify, own, tmp_path, end=datetime(2026, 10, 30, tzinfo=UTC))
    landed = records(shopify, own, tmp_path)["orders"]
    assert {each["id"] for each in landed} == {1, 2, 3, 4, 5}
    assert vendor.asked_for(ORDERS)[0].query["updated_at_max"] == "2026-10-30T00:00:00Z"


def test_bucket_that_is_full_is_waited_for(
    vendor: Shopify, own: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shopify says how long with a fraction: taken for no number, it was hardly waited at all."""
    vendor.faults = [Fault(ORDERS, 429, headers={"Retry-After": "1.5"})]
    asked_at: list[float] = []

    def answer(asked: Asked) -> tuple[Answer, Fault | None]:
        if asked.path == ORDERS:
            asked_at.append(time.monotonic())
        return Shopify.answer(vendor, asked)

    monkeypatch.setattr(vendor, "answer", answer)
    assert fetch(shopify, own, tmp_path).records["orders"] == 5
    assert asked_at[1] - asked_at[0] > 1.5


def test_page_that_leads_to_another_host_is_not_followed(
    vendor: Shopify, own: Connection, tmp_path: Path
) -> None:
    vendor.url = "http://elsewhere.example"
    report = fetch(shopify, own, tmp_path)
    assert [refusal.entity for refusal in report.refused] == ["orders"]
    assert "another host" in report.refused[0].message


def test_changed_answer_and_missing_scope_are_told(
    vendor: Shopify, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [
        Fault(ORDERS, 200, body={"data": []}, times=99),
        Fault("/admin/api/2026-07/customers.json", 403, times=99),
    ]
    told = {each.entity: each.message for each in fetch(shopify, own, tmp_path).refused}
    assert "no `orders`: the API has changed" in told["orders"]
    assert "the secret may not read this" in told["customers"]


def test_wrong_token_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(shopify, own) is None
    wrong = Connection(own.name, own.system, own.url, own.start, {"token": "no"})
    told = probing.probe(shopify, wrong)
    assert told == "the server answered 401: the secret was refused; make a new one and set it"


def of_app(own: Connection, secret: str = SECRET) -> Connection:
    return replace(own, secrets={"client_id": CLIENT, "client_secret": secret})


def test_id_and_secret_of_an_app_make_the_token(
    vendor: Shopify, own: Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One for all that is asked, and it is nowhere to be read."""
    with caplog.at_level(logging.DEBUG):
        assert probing.probe(shopify, of_app(own)) is None
        report = fetch(shopify, of_app(own), tmp_path)
    assert report.records == {"customers": 1, "orders": 5}
    assert [each.method for each in vendor.asked_for(vendor.token_path)] == ["POST", "POST"]
    kept = "".join(
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
    shown = f"{report}{caplog.text}{kept}"
    assert not [secret for secret in (SECRET, "made-") if secret in shown]


def test_token_that_ends_between_two_pages_is_made_anew(
    vendor: Shopify, own: Connection, tmp_path: Path
) -> None:
    """Before it ends: a request may wait some minutes until it is repeated."""
    vendor.seconds, vendor.good_for = 240, 1
    report = fetch(shopify, of_app(own), tmp_path)
    assert report.refused == ()
    assert set(newest(shopify, own, tmp_path)["orders"]) == {1, 2, 3, 4, 5}


def test_answer_that_tells_no_end_is_good_for_a_day(
    vendor: Shopify, own: Connection, tmp_path: Path
) -> None:
    vendor.seconds = None
    assert fetch(shopify, of_app(own), tmp_path).records["orders"] == 5
    assert len(vendor.asked_for(vendor.token_path)) == 1


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, {"error": "invalid_request"}, "invalid_client: the secret was refused"),
        (401, {"error": "invalid_client"}, "invalid_client: the secret was refused"),
        (400, b"<p>Oauth error app_not_installed: of Ana</p>", "app_not_installed: the secret may"),
        (404, {}, "404: there is no such thing at this address"),
        (200, {"scope": ""}, "has no `access_token`: the API has changed"),
    ],
)
def test_app_that_gets_no_token_says_why(
    vendor: Shopify, own: Connection, tmp_path: Path, status: int, body: object, told: str
) -> None:
    vendor.faults = [Fault(vendor.token_path, status, body=body, times=99)]
    report = fetch(shopify, of_app(own), tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"customers", "orders"}
    assert all(told in refusal.message for refusal in report.refused), report.refused
    assert "Ana" not in str(report)


def test_wrong_secret_of_an_app_is_told_by_a_probe(own: Connection) -> None:
    told = probing.probe(shopify, of_app(own, "wrong-and-secret"))
    assert told == (
        "the server answered invalid_client: the secret was refused; make a new one and set it"
    )
