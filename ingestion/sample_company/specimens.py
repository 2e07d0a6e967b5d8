"""A valid made-up row of every entity, and the ways in which a row of it can be unusable.

Tokens: `@id` a number of the row's own, `@n` a small one, `@t0`, `@t1`, `@t2` moments of its day
in that order, `@panel` the weighted survey of the first month. Children refer to parents that
every run has from its first day: order O0, ticket T0, subscription S42, response Q0 and its
invitation IV0, which is sent at 9 on that day.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    """One rule and how to break it: the values to put into columns of a specimen."""

    reason: str
    changes: dict[str, str]


FUTURE = "2099-01-01 00:00:00Z"
ANCIENT = "1899-12-31 00:00:00Z"
LONG_AGO = "2001-01-01 00:00:00Z"
LONG = "x" * 1_001
VERY_LONG = "long " * 4_001

SPECIMENS: dict[str, dict[str, str]] = {
    "customers": {"customer_id": "CX@id", "country": "GB", "city": "Leeds", "created_at": "@t0"},
    "accounts": {"account_id": "AX@id", "name": "Old & Gone", "created_at": "@t0"},
    "leads": {"lead_id": "LX@id", "origin": "search", "created_at": "@t0"},
    "orders": {
        "order_id": "OX@id",
        "ordered_at": "@t0",
        "status": "paid",
        "amount": "25.5",
        "currency": "USD",
        "channel": "web",
    },
    "order_items": {
        "order_id": "O0",
        "line_number": "@n",
        "product_id": "P1",
        "quantity": "1",
        "unit_price": "9.5",
    },
    "subscriptions": {"subscription_id": "SX@id", "started_at": "@t0", "plan": "basic", "mrr": "9"},
    "subscription_changes": {"subscription_id": "S42", "changed_at": "@t0", "mrr": "12"},
    "survey_invitations": {
        "invitation_id": "IX@id",
        "survey_id": "after-delivery",
        "channel": "email",
        "sent_at": "@t0",
    },
    "survey_responses": {
        "response_id": "QX@id",
        "survey_id": "open-link",
        "question_id": "nps",
        "responded_at": "@t0",
        "score": "7",
        "submitted_by": "customer",
    },
    "survey_questions": {
        "survey_id": "draft-@id",
        "question_id": "csat",
        "scale_id": "csat",
        "valid_from": "@t0",
    },
    "survey_frame": {
        "survey_id": "draft-@id",
        "stratum_dimension": "language",
        "stratum": "en",
        "population": "100",
    },
    "tickets": {"ticket_id": "TX@id", "created_at": "@t0", "channel": "email", "status": "open"},
    "ticket_changes": {"ticket_id": "T0", "changed_at": "@t0", "status": "open"},
    "ticket_messages": {
        "message_id": "MX@id",
        "ticket_id": "T0",
        "created_at": "@t0",
        "author_role": "customer",
        "text": "Any news?",
    },
    "interactions": {
        "interaction_id": "IX@id",
        "occurred_at": "@t0",
        "channel": "phone",
        "touchpoint": "support_call",
        "direction": "inbound",
    },
    "web_events": {"event_id": "@id", "occurred_at": "@t0", "event_name": "page_view", "page": "/"},
    "reviews": {"review_id": "RX@id", "posted_at": "@t0", "rating": "4", "rating_max": "5"},
    "feedback_actions": {"response_id": "Q0", "acted_at": "@t0", "action": "contacted"},
    "employee_feedback": {"feedback_id": "FX@id", "submitted_at": "@t0", "enps": "8"},
    "employees": {"employee_id": "EX@id", "team": "support"},
    "consents": {
        "customer_id": "C1000000",
        "purpose": "tracking",
        "granted": "true",
        "changed_at": "@t0",
    },
    "identity_links": {
        "left_type": "anonymous_id",
        "left_id": "X@id",
        "right_type": "customer_id",
        "right_id": "CX@id",
        "linked_at": "@t0",
    },
    "decisions": {"decision_id": "DX@id", "decided_at": "@t0", "title": "Withdrawn idea"},
}

FAULTS: dict[str, tuple[Fault, ...]] = {
    "customers": (
        Fault("missing_key", {"customer_id": ""}),
        Fault("bad_type", {"birth_year": "nineteen eighty"}),
        Fault("future_time", {"created_at": FUTURE}),
        Fault("malformed_line", {}),
        Fault("too_long", {"city": LONG}),
        Fault("ancient_time", {"created_at": ANCIENT}),
        Fault("bad_type", {"consent_survey": "perhaps"}),
    ),
    "accounts": (
        Fault("missing_key", {"account_id": ""}),
        Fault("future_time", {"created_at": FUTURE}),
        Fault("too_long", {"name": LONG}),
    ),
    "leads": (
        Fault("negative_duration", {"won_at": LONG_AGO}),
        Fault("bad_type", {"created_at": "yesterday"}),
        Fault("missing_key", {"lead_id": ""}),
        Fault("ancient_time", {"created_at": ANCIENT}),
        Fault("future_time", {"created_at": FUTURE}),
        Fault("too_long", {"origin": LONG}),
    ),
    "orders": (
        Fault("missing_key", {"ordered_at": ""}),
        Fault("unknown_enum", {"status": "lost"}),
        Fault("negative_duration", {"delivered_at": LONG_AGO}),
        Fault("negative_amount", {"amount": "-25.5"}),
        Fault("malformed_line", {}),
        Fault("bad_type", {"amount": "twenty"}),
        Fault("future_time", {"ordered_at": FUTURE}),
        Fault("ancient_time", {"ordered_at": ANCIENT}),
        Fault("too_long", {"store_id": LONG}),
        Fault("unknown_enum", {"cancelled_by": "courier"}),
    ),
    "order_items": (
        Fault("orphan", {"order_id": "O-none-@id"}),
        Fault("bad_type", {"quantity": "two"}),
        Fault("missing_key", {"line_number": ""}),
        Fault("negative_amount", {"unit_price": "-3"}),
        Fault("negative_amount", {"quantity": "-1"}),
        Fault("too_long", {"product_id": LONG}),
    ),
    "subscriptions": (
        Fault("negative_duration", {"ended_at": LONG_AGO}),
        Fault("negative_amount", {"mrr": "-9"}),
        Fault("missing_key", {"subscription_id": ""}),
        Fault("bad_type", {"mrr": "nine"}),
        Fault("ancient_time", {"started_at": ANCIENT}),
        Fault("too_long", {"plan": LONG}),
    ),
    "subscription_changes": (
        Fault("orphan", {"subscription_id": "S-none-@id"}),
        Fault("missing_key", {"mrr": ""}),
        Fault("negative_amount", {"mrr": "-12"}),
        Fault("bad_type", {"changed_at": "last week"}),
    ),
    "survey_invitations": (
        Fault("missing_key", {"survey_id": ""}),
        Fault("negative_duration", {"opened_at": LONG_AGO}),
        Fault("bad_type", {"sent_at": "31/31/2025"}),
        Fault("future_time", {"sent_at": FUTURE}),
        Fault("ancient_time", {"sent_at": ANCIENT}),
        Fault("too_long", {"channel": LONG}),
    ),
    "survey_responses": (
        Fault("out_of_scale", {"score": "11"}),
        Fault("not_on_step", {"score": "7.5"}),
        Fault("unknown_scale", {"question_id": "mystery"}),
        Fault("missing_weight", {"survey_id": "@panel"}),
        Fault("response_before_invitation", {"invitation_id": "IV0", "responded_at": LONG_AGO}),
        Fault("missing_key", {"responded_at": ""}),
        Fault("bad_type", {"score": "seven"}),
        Fault("unknown_enum", {"submitted_by": "robot"}),
        Fault("future_time", {"responded_at": FUTURE}),
        Fault("ancient_time", {"responded_at": ANCIENT}),
        Fault("too_long", {"text": VERY_LONG}),
        Fault("malformed_line", {}),
        Fault("out_of_scale", {"score": "-1"}),
    ),
    "survey_questions": (
        Fault("unknown_scale", {"scale_id": "stars_12"}),
        Fault("missing_key", {"question_id": ""}),
        Fault("bad_type", {"position": "first"}),
    ),
    "survey_frame": (
        Fault("bad_type", {"population": "many"}),
        Fault("missing_key", {"population": ""}),
    ),
    "tickets": (
        Fault("negative_duration", {"solved_at": LONG_AGO}),
        Fault("unknown_enum", {"status": "parked"}),
        Fault("missing_key", {"created_at": ""}),
        Fault("malformed_line", {}),
        Fault("future_time", {"created_at": FUTURE}),
        Fault("bad_type", {"reopens": "once"}),
        Fault("negative_amount", {"refund_amount": "-4.9"}),
        Fault("too_long", {"topic": LONG}),
        Fault("unknown_enum", {"opened_by": "robot"}),
    ),
    "ticket_changes": (
        Fault("orphan", {"ticket_id": "T-none-@id"}),
        Fault("missing_key", {"changed_at": ""}),
        Fault("bad_type", {"changed_at": "noon"}),
        Fault("future_time", {"changed_at": FUTURE}),
    ),
    "ticket_messages": (
        Fault("orphan", {"ticket_id": "T-none-@id"}),
        Fault("unknown_enum", {"author_role": "manager"}),
        Fault("missing_key", {"message_id": ""}),
        Fault("bad_type", {"is_public": "sometimes"}),
        Fault("too_long", {"text": VERY_LONG}),
    ),
    "interactions": (
        Fault("negative_duration", {"wait_seconds": "-3"}),
        Fault("unknown_enum", {"direction": "sideways"}),
        Fault("missing_key", {"channel": ""}),
        Fault("bad_type", {"duration_seconds": "short"}),
        Fault("malformed_line", {}),
        Fault("negative_amount", {"cost": "-1"}),
        Fault("future_time", {"occurred_at": FUTURE}),
        Fault("ancient_time", {"occurred_at": ANCIENT}),
        Fault("too_long", {"topic": LONG}),
    ),
    "web_events": (
        Fault("negative_duration", {"load_ms": "-40"}),
        Fault("missing_key", {"event_name": ""}),
        Fault("bad_type", {"load_ms": "fast"}),
        Fault("malformed_line", {}),
        Fault("future_time", {"occurred_at": FUTURE}),
        Fault("ancient_time", {"occurred_at": ANCIENT}),
        Fault("too_long", {"device": LONG}),
    ),
    "reviews": (
        Fault("out_of_scale", {"rating": "9"}),
        Fault("missing_key", {"rating": ""}),
        Fault("bad_type", {"rating": "five"}),
        Fault("future_time", {"posted_at": FUTURE}),
        Fault("too_long", {"platform": LONG}),
    ),
    "feedback_actions": (
        Fault("orphan", {"response_id": "Q-none-@id"}),
        Fault("unknown_enum", {"action": "ignored"}),
        Fault("missing_key", {"acted_at": ""}),
        Fault("future_time", {"acted_at": FUTURE}),
    ),
    "employee_feedback": (
        Fault("out_of_scale", {"enps": "12"}),
        Fault("not_on_step", {"enps": "6.5"}),
        Fault("missing_key", {"feedback_id": ""}),
        Fault("bad_type", {"pain_rank": "high"}),
    ),
    "employees": (
        Fault("bad_type", {"hired_at": "spring"}),
        Fault("negative_duration", {"hired_at": "@t1", "left_at": "@t0"}),
        Fault("missing_key", {"employee_id": ""}),
    ),
    "consents": (
        Fault("unknown_enum", {"purpose": "resale"}),
        Fault("bad_type", {"granted": "perhaps"}),
        Fault("missing_key", {"customer_id": ""}),
        Fault("future_time", {"changed_at": FUTURE}),
    ),
    "identity_links": (
        Fault("missing_key", {"right_id": ""}),
        Fault("bad_type", {"confidence": "high"}),
        Fault("unknown_enum", {"left_type": "shoe_size"}),
        Fault("too_long", {"left_id": LONG}),
    ),
    "decisions": (
        Fault("missing_key", {"decided_at": ""}),
        Fault("bad_type", {"cost": "cheap"}),
    ),
}

SHOWN_ON_DAY_ONE = ("survey_responses", "orders", "order_items")
"""These show each of their faults on the first day, so that every reason occurs in any run."""

STALE: dict[str, tuple[str, str | float]] = {
    "orders": ("amount", 1.0),
    "survey_responses": ("score", 1.0),
    "tickets": ("topic", "unsorted"),
    "customers": ("segment", "unsorted"),
}
"""What a stale version says instead, so that a warehouse that believes it shows wrong numbers."""
