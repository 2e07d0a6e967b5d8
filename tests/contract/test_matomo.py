"""What is fetched of Matomo: all visits of all sites, those that grew again, and no token shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection
from ingestion.sources.web import matomo
from tests.contract.landed import account, fetch, records
from tests.contract.matomo import Matomo, action
from tests.contract.vendor_server import TOKEN, Fault, serve

DAY_1, DAY_2, DAY_3 = "2026-11-01T08:00:00Z", "2026-11-01T23:30:00Z", "2026-11-05T08:00:00Z"
INDEX = "/index.php"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Matomo:
    monkeypatch.setattr(matomo, "_PAGE", 2)
    vendor = Matomo()
    vendor.put_site("1", at="2026-10-30 12:00:00")
    vendor.put_site("2", at="2026-10-30 12:00:00", hours=9)
    for number in range(1, 6):
        vendor.visit("1", str(number), action(number, 0), at=f"2026-11-01T08:00:0{number}Z")
    vendor.visit("2", "6", action(6, 0), at=DAY_2)
    return vendor


@pytest.fixture
def own(vendor: Matomo) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(matomo, url, token=TOKEN)


def newest(own: Connection, home: Path) -> dict[str, Any]:
    """The last landed version of each visit."""
    return {visit["idVisit"]: visit for visit in records(matomo, own, home).get("visits", [])}


def everything(vendor: Matomo) -> dict[str, Any]:
    return {key: visit for visits in vendor.visits.values() for key, visit in visits.items()}


def test_all_visits_of_all_sites_land(vendor: Matomo, own: Connection, tmp_path: Path) -> None:
    report = fetch(matomo, own, tmp_path)
    assert report.refused == ()
    assert newest(own, tmp_path) == everything(vendor)
    assert report.records == {"visits": 6}
    days = [each.query for each in vendor.log if each.query.get("date") == "2026-11-01"]
    assert [each["filter_offset"] for each in days if each["idSite"] == "1"] == ["0", "2", "4"]
    # names come in English whatever the owner of the token speaks
    assert {each.query.get("language") for each in vendor.log} == {"en"}
    assert not any(TOKEN in str(each.query) for each in vendor.log)


def test_second_fetch_brings_what_grew_and_equals_a_full_one(
    vendor: Matomo, own: Connection, tmp_path: Path
) -> None:
    fetch(matomo, own, tmp_path / "steps")
    # a visit goes on past midnight, and its visitor is recognised
    vendor.visit(
        "1", "5", action(5, 0), action(7, 60), at="2026-11-01T08:00:05Z",
        last="2026-11-02T00:10:00Z", userId="C1",
    )  # fmt: skip
    vendor.visit("1", "8", action(8, 0), at=DAY_3)
    vendor.put_site("3", at="2026-10-30 12:00:00")
    vendor.visit("3", "9", action(9, 0), at=DAY_1)
    begun = len(vendor.log)
    second = fetch(matomo, own, tmp_path / "steps")
    asked = [each.query for each in vendor.log[begun:] if each.query.get("idSite") == "1"]
    fetch(matomo, own, tmp_path / "once")
    steps = newest(own, tmp_path / "steps")
    assert steps == newest(own, tmp_path / "once") == everything(vendor)
    # from a day, the stated window, before the last action that was seen; others by their own
    newest_seen = int(datetime(2026, 11, 1, 8, 0, 5, tzinfo=UTC).timestamp())
    assert {each["minTimestamp"] for each in asked} == {str(newest_seen - 86_400 - 1)}
    assert second.refused == ()


def test_visit_that_grows_while_pages_are_read_pushes_none_out(
    vendor: Matomo, own: Connection, tmp_path: Path
) -> None:
    def grow() -> None:
        vendor.visit("1", "1", action(1, 0), at="2026-11-01T08:00:01Z", last="2026-11-01T09:00:00Z")

    vendor.happens_after_page = [grow]
    fetch(matomo, own, tmp_path)
    assert set(newest(own, tmp_path)) == {"2", "3", "4", "5", "6"}
    fetch(matomo, own, tmp_path)
    assert newest(own, tmp_path) == everything(vendor)


def test_backfill_takes_the_visits_of_its_span(own: Connection, tmp_path: Path) -> None:
    fetch(matomo, own, tmp_path, end=datetime(2026, 11, 1, 8, 0, 4, tzinfo=UTC))
    assert set(newest(own, tmp_path)) == {"1", "2", "3"}


def test_one_site_alone(own: Connection, tmp_path: Path) -> None:
    one = Connection(own.name, own.system, own.url, own.start, own.secrets, {"site": "2"})
    fetch(matomo, one, tmp_path)
    assert set(newest(own, tmp_path)) == {"6"}


def test_refusal_is_told_though_it_is_answered_with_200(
    vendor: Matomo, own: Connection, tmp_path: Path
) -> None:
    said = {"result": "error", "message": "a secret word"}
    vendor.faults = [Fault(INDEX, 200, body=said, times=99)]
    report = fetch(matomo, own, tmp_path)
    told = (
        "the server answered 403: the secret may not read this; "
        "give its owner the right (scope) to read it"
    )
    assert [refusal.message for refusal in report.refused] == [told]
    assert probing.probe(matomo, own) == told
    vendor.faults = []
    assert fetch(matomo, own, tmp_path).records == {"visits": 6}


def test_quota_is_waited_for_and_half_an_answer_moves_no_cursor(
    vendor: Matomo, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [
        Fault(INDEX, 429, headers={"Retry-After": "1"}),
        Fault(INDEX, is_truncated=True, skip=4),
    ]
    report = fetch(matomo, own, tmp_path)
    assert ["broke off" in refusal.message for refusal in report.refused] == [True]
    assert fetch(matomo, own, tmp_path).records == {"visits": 6}


def test_wrong_token_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(matomo, own) is None
    wrong = Connection(own.name, own.system, own.url, own.start, {"token": "no"})
    told = probing.probe(matomo, wrong)
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
