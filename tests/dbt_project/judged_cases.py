"""Rows with the verdict that each must get: one rule of the input contract per case.

All rows are read in one load, made at LOADED_AT, for a tenant in Tehran; a case is found again by
its number within its entity. Cases on versions (one record read several times) come after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

LOADED_AT = (datetime(2024, 6, 1, 12, tzinfo=UTC), datetime(2024, 6, 8, 12, tzinfo=UTC))

# A usable row of each entity; `{name}` becomes the name of the case, so that keys differ.
USABLE: Mapping[str, Mapping[str, str]] = {
    "customers": {"customer_id": "{name}"},
    "orders": {"order_id": "{name}", "ordered_at": "2024-03-01T10:00:00Z"},
    "order_items": {"order_id": "usable order", "line_number": "1", "product_id": "{name}"},
    "survey_responses": {
        "response_id": "{name}",
        "survey_id": "wave 1",
        "question_id": "nps",
        "responded_at": "2024-03-05T10:00:00Z",
        "score": "9",
    },
    "interactions": {
        "interaction_id": "{name}",
        "occurred_at": "2024-03-01T10:00:00Z",
        "channel": "phone",
        "touchpoint": "support_call",
    },
    "web_events": {
        "event_id": "{name}",
        "occurred_at": "2024-03-01T10:00:00Z",
        "event_name": "page_view",
        "is_bot": "true",
    },
    "tickets": {"ticket_id": "{name}", "created_at": "2024-03-01T10:00:00Z"},
    "reviews": {"review_id": "{name}", "posted_at": "2024-03-01T10:00:00Z", "rating": "4"},
    "employee_feedback": {"feedback_id": "{name}", "submitted_at": "2024-03-01T10:00:00Z"},
    "identity_links": {
        "left_type": "email",
        "left_id": "{name}@left.example",
        "right_type": "email",
        "right_id": "{name}@right.example",
    },
}


@dataclass(frozen=True)
class Case:
    """One row: what differs from a usable one, and the reason for which it is refused, if it is."""

    name: str
    entity: str
    changes: Mapping[str, str | None]
    reason: str | None = None
    # what some columns read as, where the row is accepted
    reads_as: Mapping[str, object] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, str | None]:
        usable = {k: v.format(name=self.name) for k, v in USABLE[self.entity].items()}
        return {**usable, **self.changes}


def at(*parts: int) -> datetime:
    """A UTC time as the warehouse gives it: without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


# Other ways in which ISO 8601 lets a time be written, and the UTC that each means.
ISO_TIMES = (
    ("2024-03-01T10:00+03:30", at(2024, 3, 1, 6, 30)),
    ("2024-03-01T10:00Z", at(2024, 3, 1, 10)),
    ("2024-03-01t10:00:00z", at(2024, 3, 1, 10)),
    ("2024-03-01T10+03", at(2024, 3, 1, 7)),
    ("2024-03-01 10:00:00 -0330", at(2024, 3, 1, 13, 30)),
    ("2024-03-01T10:00:00+18:00", at(2024, 2, 29, 16)),
    ("2024-03-01T10:00:00,25Z", at(2024, 3, 1, 10, 0, 0, 250_000)),
    ("20240101T101010Z", at(2024, 1, 1, 10, 10, 10)),
    ("20240101T1010-0330", at(2024, 1, 1, 13, 40)),
    ("2024-03-01T10", at(2024, 3, 1, 6, 30)),
    ("20240301", at(2024, 2, 29, 20, 30)),
    ("2024-03-01 ", at(2024, 2, 29, 20, 30)),
    (" 2024-03-01T10:00:00+03:30 ", at(2024, 3, 1, 6, 30)),
    ("20210701T1200", at(2021, 7, 1, 7, 30)),
)
# An offset that no clock has moves the date; the last two are words that DuckDB takes for times.
NO_TIMES = (
    "2024-03-01T10:00:00+99:00",
    "2024-03-01T10:00:00+18:01",
    "2024-03-01T10:00-19",
    "2024-03-01T10:00:00+05:60",
    "20241301",
    "202403",
    "epoch",
    "infinity",
)

JUDGED = (
    Case("usable order", "orders", {}, None, {"source_system": "files", "amount": None}),
    # keys
    Case("blank key", "orders", {"order_id": "  "}, "missing_key"),
    Case("blank required time", "orders", {"ordered_at": ""}, "missing_key"),
    Case("blank key and bad amount", "orders", {"order_id": "", "amount": "x"}, "missing_key"),
    Case("key with spaces", "orders", {"order_id": " spaced "}, None, {"order_id": "spaced"}),
    Case("other system", "orders", {"source_system": " shop "}, None, {"source_system": "shop"}),
    # types
    Case("blank amount", "orders", {"amount": " "}, None, {"amount": None}),
    Case("amount in words", "orders", {"amount": "ten"}, "bad_type"),
    Case("amount with a comma", "orders", {"amount": "12,50"}, "bad_type"),
    Case("time in words", "orders", {"ordered_at": "yesterday"}, "bad_type"),
    Case("impossible date", "orders", {"ordered_at": "2024-02-30"}, "bad_type"),
    Case("whole line", "order_items", {"line_number": "2.0"}, None, {"line_number": 2}),
    Case("half line", "order_items", {"line_number": "5.5"}, "bad_type"),
    Case("line too large", "order_items", {"line_number": "99999999999"}, "bad_type"),
    Case("not a number", "order_items", {"line_number": "3", "quantity": "nan"}, "bad_type"),
    Case("infinite", "order_items", {"line_number": "4", "quantity": "-inf"}, "bad_type"),
    Case("yes", "web_events", {"is_error": "YES"}, None, {"is_error": True}),
    Case("zero", "web_events", {"is_error": "0"}, None, {"is_error": False}),
    Case("maybe", "web_events", {"is_error": "maybe"}, "bad_type"),
    # times: the tenant's zone is Asia/Tehran, with summer time until 2022
    Case(
        "offset",
        "orders",
        {"ordered_at": "2024-03-01T00:00:00+05:00"},
        None,
        {"ordered_at": at(2024, 2, 29, 19)},
    ),
    Case(
        "zulu",
        "orders",
        {"ordered_at": "2024-03-01 00:00:00.5Z"},
        None,
        {"ordered_at": at(2024, 3, 1, 0, 0, 0, 500_000)},
    ),
    Case(
        "no offset",
        "orders",
        {"ordered_at": "2024-03-01T00:00:00"},
        None,
        {"ordered_at": at(2024, 2, 29, 20, 30)},
    ),
    Case(
        "no offset in summer",
        "orders",
        {"ordered_at": "2021-07-01T12:00:00"},
        None,
        {"ordered_at": at(2021, 7, 1, 7, 30)},
    ),
    Case(
        "date only",
        "orders",
        {"ordered_at": "2024-03-01"},
        None,
        {"ordered_at": at(2024, 2, 29, 20, 30)},
    ),
    *(
        Case(f"time {text!r}", "orders", {"ordered_at": text}, None, {"ordered_at": utc})
        for text, utc in ISO_TIMES
    ),
    *(Case(f"time {text!r}", "orders", {"ordered_at": text}, "bad_type") for text in NO_TIMES),
    Case("before 1990", "orders", {"ordered_at": "1989-12-31T23:59:59Z"}, "ancient_time"),
    Case("in 1990", "orders", {"ordered_at": "1990-01-01T00:00:00Z"}),
    Case("a day ahead", "orders", {"ordered_at": "2024-06-02T12:00:00Z"}),
    Case("more than a day ahead", "orders", {"ordered_at": "2024-06-02T12:00:01Z"}, "future_time"),
    Case("promise in the future", "orders", {"promised_at": "2050-01-01T00:00:00Z"}),
    # durations and amounts
    Case(
        "delivered before ordered",
        "orders",
        {"delivered_at": "2024-03-01T09:59:59Z"},
        "negative_duration",
    ),
    Case("delivered at once", "orders", {"delivered_at": "2024-03-01T10:00:00Z"}),
    Case("negative call", "interactions", {"duration_seconds": "-1"}, "negative_duration"),
    Case("no call", "interactions", {"duration_seconds": "0"}),
    Case("answered before asked", "reviews", {"replied_at": "2024-02-28"}, "negative_duration"),
    Case("negative amount", "orders", {"amount": "-0.01"}, "negative_amount"),
    Case("free", "orders", {"amount": "0"}),
    Case("loss", "orders", {"margin": "-5"}),
    Case(
        "negative pieces", "order_items", {"line_number": "5", "quantity": "-1"}, "negative_amount"
    ),
    # enums, lengths, parents
    Case("unknown status", "orders", {"status": "lost"}, "unknown_enum"),
    Case("unknown identifier", "identity_links", {"left_type": "passport"}, "unknown_enum"),
    Case("long city", "customers", {"city": "x" * 1001}, "too_long"),
    Case("longest city", "customers", {"city": "ش" * 1000}),
    Case("long text", "survey_responses", {"text": "x" * 20_001}, "too_long"),
    Case("longest text", "survey_responses", {"text": "x" * 20_000}),
    Case("orphan", "order_items", {"order_id": "nowhere"}, "orphan"),
    Case("child of a refused row", "order_items", {"order_id": "unknown status"}, "orphan"),
    # scores
    Case("usable score", "survey_responses", {}),
    Case("best score", "survey_responses", {"score": "10"}),
    Case("beyond the scale", "survey_responses", {"score": "11"}, "out_of_scale"),
    Case("below the scale", "survey_responses", {"score": "-1"}, "out_of_scale"),
    Case("between two steps", "survey_responses", {"score": "9.5"}, "not_on_step"),
    Case("score in words", "survey_responses", {"score": "eleven"}, "bad_type"),
    Case("text without a score", "survey_responses", {"score": "", "text": "well"}),
    Case(
        "beyond the scale and without a key",
        "survey_responses",
        {"response_id": "", "score": "11"},
        "missing_key",
    ),
    Case("unknown question", "survey_responses", {"question_id": "q7"}, "unknown_scale"),
    Case(
        "text of an unknown question",
        "survey_responses",
        {"question_id": "q7", "score": None, "text": "well"},
    ),
    Case(
        "five-star promoter score",
        "survey_responses",
        {"question_id": "stars", "score": "5"},
        "unknown_scale",
    ),
    Case(
        "not applicable, coded 99",
        "survey_responses",
        {"score": "99", "is_not_applicable": "true"},
    ),
    Case(
        "before its invitation",
        "survey_responses",
        {"invitation_id": "asked", "responded_at": "2024-03-04T09:59:59Z"},
        "response_before_invitation",
    ),
    Case(
        "with its invitation",
        "survey_responses",
        {"invitation_id": "asked", "responded_at": "2024-03-04T10:00:00Z"},
    ),
    Case("weighted", "survey_responses", {"survey_id": "weighted wave", "weight": "1.5"}),
    Case("no weight", "survey_responses", {"survey_id": "weighted wave"}, "missing_weight"),
    Case("rating of six", "reviews", {"rating": "6"}, "out_of_scale"),
    Case("rating of six in ten", "reviews", {"rating": "6", "rating_max": "10"}),
    Case("eleven of ten", "employee_feedback", {"enps": "11"}, "out_of_scale"),
)


@dataclass(frozen=True)
class Versions:
    """One customer record read several times: (load, columns, verdict) in reading order."""

    name: str
    readings: tuple[tuple[int, Mapping[str, str], str], ...]
    # the city that holds in the end; None when the record was withdrawn
    city: str | None


def updated(day: int, city: str, **more: str) -> dict[str, str]:
    return {"city": city, "updated_at": f"2024-05-{day:02d}T00:00:00Z", **more}


def at_hour(hour: int, city: str, **more: str) -> dict[str, str]:
    return {"city": city, "updated_at": f"2024-05-01T{hour:02d}:00:00Z", **more}


VERSIONS = (
    Versions(
        "the example of the decisions",
        (
            (1, at_hour(10, "A"), "accepted"),
            (1, at_hour(9, "B"), "superseded"),
            (2, at_hour(10, "A"), "superseded"),
            (2, at_hour(11, "C"), "superseded"),
            (2, at_hour(12, "C", is_deleted="true"), "withdrawn"),
        ),
        None,
    ),
    Versions(
        "read twice in one load",
        ((1, {"city": "A"}, "accepted"), (1, {"city": "A"}, "superseded")),
        "A",
    ),
    Versions(
        "read again later",
        ((1, {"city": "A"}, "accepted"), (2, {"city": "A"}, "superseded")),
        "A",
    ),
    Versions(
        "changed in one load",
        ((1, {"city": "A"}, "superseded"), (1, {"city": "B"}, "accepted")),
        "B",
    ),
    Versions(
        "changed later: the account of the first load stays",
        ((1, {"city": "A"}, "accepted"), (2, {"city": "B"}, "accepted")),
        "B",
    ),
    Versions(
        "changed and changed back",
        (
            (1, {"city": "A"}, "superseded"),
            (1, {"city": "B"}, "accepted"),
            (2, {"city": "A"}, "accepted"),
        ),
        "A",
    ),
    Versions(
        "newer updated_at",
        ((1, updated(1, "A"), "accepted"), (2, updated(2, "B"), "accepted")),
        "B",
    ),
    Versions(
        "older updated_at arrives later",
        ((1, updated(2, "A"), "accepted"), (2, updated(1, "B"), "superseded")),
        "A",
    ),
    Versions(
        "same updated_at: the row read first",
        ((1, updated(1, "A"), "accepted"), (2, updated(1, "B"), "superseded")),
        "A",
    ),
    Versions(
        "withdrawn later",
        ((1, {"city": "A"}, "accepted"), (2, {"city": "A", "is_deleted": "true"}, "withdrawn")),
        None,
    ),
    Versions(
        "withdrawn, and there again",
        ((1, {"city": "A", "is_deleted": "1"}, "withdrawn"), (2, {"city": "B"}, "accepted")),
        "B",
    ),
    Versions(
        "an old withdrawal arrives late",
        ((1, updated(2, "A"), "accepted"), (2, updated(1, "A", is_deleted="true"), "superseded")),
        "A",
    ),
    Versions(
        "an unusable version replaces nothing",
        ((1, {"city": "A"}, "accepted"), (2, {"city": "B", "birth_year": "?"}, "quarantined")),
        "A",
    ),
    Versions(
        "unusable and read again",
        (
            (1, {"city": "A", "birth_year": "?"}, "quarantined"),
            (1, {"city": "B", "birth_year": "?"}, "quarantined"),
            (2, {"city": "A", "birth_year": "?"}, "quarantined"),
        ),
        None,
    ),
    Versions(
        "unusable and mended",
        ((1, {"city": "A", "birth_year": "?"}, "quarantined"), (2, {"city": "A"}, "accepted")),
        "A",
    ),
)
