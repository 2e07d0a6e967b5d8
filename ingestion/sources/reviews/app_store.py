"""The `app_store` source: reviews in Apple's App Store, as JSON documents.

Apple gives reviews by its API alone: answers of /v1/apps/<id>/customerReviews?include=response,
each saved as it came. A list `data` holds the reviews, `included` what the company answered.
"""

from pathlib import Path

from ingestion.model import Found, Table
from ingestion.sources.reviews import documents

SOURCE = "app_store"
SCHEMA = "raw_app_store"
EXPECTED = (
    "app_store: .json documents of the App Store Connect API, answers of "
    "/v1/apps/<id>/customerReviews?include=response"
)


def tables() -> dict[str, Table]:
    """One raw table for the reviews of every app, and the answers to them."""
    return {"reviews": documents.table(SCHEMA)}


def matches(folder: Path) -> bool:
    """True when one of the first documents speaks of customers' reviews."""
    return documents.any_says(find(folder), '"customerReviews"')


def find(folder: Path) -> Found:
    return documents.find(folder, source=SOURCE, table=tables()["reviews"])
