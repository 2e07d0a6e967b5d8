"""Trustpilot's reviews, fetched from its test server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching.model import Connection, iso
from ingestion.sources.reviews import trustpilot
from tests.contract.landed import account, fetch, records
from tests.contract.trustpilot import Trustpilot
from tests.contract.vendor_server import TOKEN, Fault, serve

MONDAY, TUESDAY = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"
FRIDAY = "2026-01-09T08:00:00Z"
REVIEWS = f"{Trustpilot.unit}/reviews"
REPLY = {"text": "Thank you", "createdAt": FRIDAY, "updatedAt": None}


@pytest.fixture
def vendor() -> Trustpilot:
    vendor = Trustpilot()
    vendor.put("a", 5, at=MONDAY)
    vendor.put("b", 1, at=TUESDAY)
    return vendor


@pytest.fixture
def own(vendor: Trustpilot) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(trustpilot, f"{url}{vendor.unit}", api_key=TOKEN)


def shown(own: Connection, home: Path) -> dict[str, dict[str, Any]]:
    """The reviews as last landed, without those that were told as deleted."""
    newest = {each["id"]: each for each in records(trustpilot, own, home)["reviews"]}
    return {key: each for key, each in newest.items() if "isDeleted" not in each}


def many(vendor: Trustpilot, count: int) -> None:
    first = datetime(2026, 2, 1, tzinfo=UTC)
    for number in range(count):
        vendor.put(f"p{number}", 4, at=iso(first + timedelta(minutes=number)))


def test_first_fetch_lands_every_page(vendor: Trustpilot, own: Connection, tmp_path: Path) -> None:
    many(vendor, 198)  # two full pages with the others, and an empty one
    report = fetch(trustpilot, own, tmp_path)
    assert (report.refused, report.records) == ((), {"reviews": 200})
    assert shown(own, tmp_path) == vendor.reviews
    assert [each.query["page"] for each in vendor.asked_for(REVIEWS)] == ["1", "2", "3"]


def test_second_fetch_equals_a_full_one(
    vendor: Trustpilot, own: Connection, tmp_path: Path
) -> None:
    """An edit, a reply and a deletion leave a review's date, and its place in the list, alone."""
    vendor.put("c", 3, at=TUESDAY)
    vendor.put("quiet", 3, at=MONDAY)
    fetch(trustpilot, own, tmp_path / "steps")
    vendor.put("a", 2, at=MONDAY, updatedAt=FRIDAY)
    vendor.put("b", 1, at=TUESDAY, companyReply=REPLY)
    vendor.put("new", 4, at=FRIDAY)
    vendor.put("quiet", 3, at=MONDAY, numberOfLikes=7)
    del vendor.reviews["c"]
    report = fetch(trustpilot, own, tmp_path / "steps")
    assert report.records == {"reviews": 4}
    landed = records(trustpilot, own, tmp_path / "steps")["reviews"]
    assert [each for each in landed if "isDeleted" in each] == [{"id": "c", "isDeleted": True}]
    fetch(trustpilot, own, tmp_path / "once")
    steps, once = shown(own, tmp_path / "steps"), shown(own, tmp_path / "once")
    assert {**steps, "quiet": once["quiet"]} == once == vendor.reviews
    assert fetch(trustpilot, own, tmp_path / "steps").records == {"reviews": 0}


def test_a_review_that_slid_over_the_edge_of_a_page_is_not_deleted(
    vendor: Trustpilot, own: Connection, tmp_path: Path
) -> None:
    many(vendor, 200)
    fetch(trustpilot, own, tmp_path)
    vendor.deleted_between_pages = ["p150"]
    fetch(trustpilot, own, tmp_path)
    assert set(shown(own, tmp_path)) == set(vendor.reviews) | {"p150"}, "it was still seen once"
    assert [each.path for each in vendor.log if each.path.startswith("/v1/reviews/")] == [
        "/v1/reviews/p99"
    ]
    fetch(trustpilot, own, tmp_path)
    assert shown(own, tmp_path) == vendor.reviews


def test_a_deletion_that_cannot_be_asked_for_is_not_told(
    vendor: Trustpilot, own: Connection, tmp_path: Path
) -> None:
    fetch(trustpilot, own, tmp_path)
    del vendor.reviews["a"]
    vendor.faults = [Fault("/v1/reviews/a", 403, times=99)]
    report = fetch(trustpilot, own, tmp_path)
    assert ["answered 403" in refusal.message for refusal in report.refused] == [True]
    vendor.faults = []
    assert fetch(trustpilot, own, tmp_path).records == {"reviews": 1}
    assert set(shown(own, tmp_path)) == {"b"}


def test_what_was_written_before_the_start_is_neither_read_nor_deleted(
    vendor: Trustpilot, own: Connection, tmp_path: Path
) -> None:
    many(vendor, 100)
    fetch(trustpilot, own, tmp_path)
    later = replace(own, start=datetime(2026, 2, 1, tzinfo=UTC))
    assert fetch(trustpilot, later, tmp_path).records == {"reviews": 0}


def test_backfill_takes_its_span_and_moves_nothing(own: Connection, tmp_path: Path) -> None:
    for _ in range(2):
        report = fetch(trustpilot, own, tmp_path, end=datetime(2026, 1, 6, tzinfo=UTC))
        assert report.records == {"reviews": 1}
    assert fetch(trustpilot, own, tmp_path).records == {"reviews": 2}


def test_page_that_fails_moves_nothing(vendor: Trustpilot, own: Connection, tmp_path: Path) -> None:
    many(vendor, 150)
    vendor.faults = [Fault(REVIEWS, 200, body={"items": []}, skip=1, times=99)]
    report = fetch(trustpilot, own, tmp_path)
    assert ["has no `reviews`" in refusal.message for refusal in report.refused] == [True]
    vendor.faults = []
    assert fetch(trustpilot, own, tmp_path).records == {"reviews": 152}


def test_quota_is_waited_for(vendor: Trustpilot, own: Connection, tmp_path: Path) -> None:
    vendor.faults = [Fault(REVIEWS, 429, headers={"Retry-After": "1"})]
    assert fetch(trustpilot, own, tmp_path).records == {"reviews": 2}


def test_wrong_key_is_told(own: Connection, tmp_path: Path) -> None:
    report = fetch(trustpilot, replace(own, secrets={"api_key": "wrong"}), tmp_path)
    assert [refusal.message for refusal in report.refused] == [
        "the server answered 401: the secret was refused; make a new one and set it"
    ]


def test_system_that_suddenly_lists_nothing_withdraws_nothing(
    vendor: Trustpilot, own: Connection, tmp_path: Path
) -> None:
    many(vendor, 48)
    fetch(trustpilot, own, tmp_path)
    kept, vendor.reviews = vendor.reviews, {}
    [refusal] = fetch(trustpilot, own, tmp_path).refused
    assert "50 of 50 are gone at once, which is not believed" in refusal.message
    assert shown(own, tmp_path) == kept
    vendor.reviews = {key: review for key, review in kept.items() if key != "a"}
    assert fetch(trustpilot, own, tmp_path).refused == ()
    assert set(shown(own, tmp_path)) == set(vendor.reviews)
