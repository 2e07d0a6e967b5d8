"""The `google_business` source: reviews of a Google Business Profile, as JSON documents.

Google Takeout's archive (Google Business Profile, `reviews*.json` of each location) and answers of
the API (accounts.locations.reviews.list) have the same shape: a list `reviews`.
"""

from pathlib import Path

from ingestion.model import Found, Table
from ingestion.sources.reviews import documents

SOURCE = "google_business"
SCHEMA = "raw_google_business"
EXPECTED = (
    "google_business: .json documents of Google Takeout or of the Business Profile API, with a "
    "list `reviews` whose records have a `starRating`"
)


def tables() -> dict[str, Table]:
    """One raw table for reviews of every location."""
    return {"reviews": documents.table(SCHEMA)}


def matches(folder: Path) -> bool:
    """True when one of the first documents speaks of a star rating."""
    return documents.any_says(find(folder), '"starRating"')


def find(folder: Path) -> Found:
    return documents.find(folder, source=SOURCE, table=tables()["reviews"])
