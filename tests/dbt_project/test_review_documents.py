"""Reviews in saved documents of Google and Apple, from the file to the rows of the contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from ingestion.report import IngestReport
from tests.dbt_project.building import Dbt

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = "accounts/1/locations/55/reviews"


def google(key: str, stars: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"{PLACE}/{key}",
        "reviewer": {"displayName": "Ann Example", "isAnonymous": False},
        "starRating": stars,
        "createTime": "2026-02-01T10:00:00.123456789Z",
        "updateTime": "2026-02-01T10:00:00.123456789Z",
        **more,
    }


def apple(key: str, rating: int, *, response: str | None = None) -> dict[str, Any]:
    return {
        "type": "customerReviews",
        "id": key,
        "attributes": {
            "rating": rating,
            "title": "Awesome",
            "body": "It works",
            "reviewerNickname": "Ann Example",
            "createdDate": "2026-02-01T08:10:34-08:00",
            "territory": "USA",
        },
        "relationships": {
            "response": {"data": {"type": "customerReviewResponses", "id": response}}
            if response
            else {}
        },
    }


def answered(key: str, state: str) -> dict[str, Any]:
    attributes = {
        "responseBody": "Thank you",
        "lastModifiedDate": "2026-02-03T08:00:00-08:00",
        "state": state,
    }
    return {"type": "customerReviewResponses", "id": key, "attributes": attributes}


REPLY = {"comment": "Thank you", "updateTime": "2026-02-02T09:00:00Z"}
GOOGLE = {
    "reviews": [
        google("r1", "FIVE", comment="Great"),
        google("r2", "TWO"),
        google("r3", "STAR_RATING_UNSPECIFIED"),
    ],
    "averageRating": 3.5,
}
APPLE = {
    "data": [apple("a1", 5, response="p1"), apple("a2", 1, response="p2"), apple("a3", 3)],
    "included": [answered("p1", "PUBLISHED"), answered("p2", "PENDING_PUBLISH")],
    "links": {"self": "https://api.appstoreconnect.apple.com/v1/apps/1/customerReviews"},
}


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Then a reply is given and an older page is read once more."""
    home = tmp_path_factory.mktemp("documents")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    folders = (home / "takeout" / "Location 55", home / "apple")
    for folder in folders:
        folder.mkdir(parents=True)
    write(folders[0] / "reviews-1.json", GOOGLE, indent=2)
    write(folders[1] / "page 1.json", APPLE)
    load(dbt, home)
    write(folders[0] / "reviews-2.json", {"reviews": [google("r2", "TWO", reviewReply=REPLY)]})
    write(folders[0] / "reviews-3.json", {"reviews": [{**google("r2", "TWO"), "reviewId": "r2"}]})
    write(folders[1] / "page 1.json", {**APPLE, "data": [*APPLE["data"][:2], apple("a3", 4)]})
    load(dbt, home)
    return dbt


def write(path: Path, document: Any, *, indent: int | None = None) -> None:
    path.write_text(json.dumps(document, indent=indent), encoding="utf-8")


def load(dbt: Dbt, home: Path) -> None:
    report = read(dbt.raw, home / "takeout", home / "apple")
    assert report.refused == ()
    dbt.must(
        "build", "--exclude-resource-type", "test", "--select", "+judged_reviews",
        "+judged_set_aside",
    )  # fmt: skip


def read(raw: Path, *folders: Path) -> IngestReport:
    return ingest(raw, inputs=folders, accounts=(), hash_key="key", now=NOW)


COLUMNS = (
    "review_id, strftime(posted_at, '%Y-%m-%d %H:%M:%S'), rating, rating_max, platform, title, "
    "text, cast(replied_at as varchar)"
)


def rows(dbt: Dbt, columns: str, source: str) -> list[tuple[Any, ...]]:
    return dbt.rows(
        f"select {columns} from staging.judged_reviews where source = '{source}' "
        "and (is_current or verdict = 'quarantined') order by all"
    )


def test_reviews_of_google(staged: Dbt) -> None:
    """The older copy that comes later takes no reply away."""
    at, platform = "2026-02-01 10:00:00", "google_business"
    assert rows(staged, COLUMNS, platform)[:2] == [
        ("r1", at, 5.0, 5.0, platform, None, "Great", None),
        ("r2", at, 2.0, 5.0, platform, None, None, "2026-02-02 09:00:00"),
    ]
    judged = rows(staged, "review_id, verdict, reason_code", platform)
    assert judged[2:] == [("r3", "quarantined", "bad_type")]


def test_reviews_of_apple(staged: Dbt) -> None:
    """An answer counts from its publication; a rating that was changed is the changed one."""
    at, platform = "2026-02-01 16:10:34", "app_store"
    assert rows(staged, COLUMNS, platform) == [
        ("a1", at, 5.0, 5.0, platform, "Awesome", "It works", "2026-02-03 16:00:00"),
        ("a2", at, 1.0, 5.0, platform, "Awesome", "It works", None),
        ("a3", at, 4.0, 5.0, platform, "Awesome", "It works", None),
    ]
    told = "select source, reason, count(*) from staging.judged_set_aside group by all"
    assert staged.rows(told) == [("app_store", "joined", 4)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"reviews": [{"starRating": "FIVE"}', "no JSON from line 1 on; is it complete?"),
        ('[{"starRating": "FIVE"}]', "no JSON object; save the answer as it came"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "reviews.json").write_text(text, encoding="utf-8")
    report = read(tmp_path / "raw.duckdb", tmp_path / "in")
    assert [why in refusal.message for refusal in report.refused] == [True]
    assert "FIVE" not in report.refused[0].message
