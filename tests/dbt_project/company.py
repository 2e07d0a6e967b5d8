"""A company of a few people in two loads, made to be followed by hand from raw to marts.

The second load changes the past: a visitor becomes known, two people turn out to be one, contacts
are withdrawn, and children arrive whose parents came before or come too late. Some rows come from
further systems and name rows of others (docs/DECISIONS.md, "Which row an id names").
"""

from collections.abc import Mapping

Row = Mapping[str, str | None]

LOAD_1: Mapping[str, tuple[Row, ...]] = {
    "customers": (
        {"customer_id": "ana", "email": "Ana@X.example", "created_at": "2024-02-01T00:00:00Z"},
        {"customer_id": "ben", "email": "ben@x.example", "phone": "+98 912 000 0000"},
        {"customer_id": "benjamin", "email": "benjamin@x.example"},
        {"customer_id": "tester", "email": "t@x.example", "is_test": "true"},
        # the people of the example in docs/DECISIONS.md
        {"customer_id": "C1", "email": "ann@x.org"},
        {"customer_id": "C2", "email": "Ann@X.org "},
        {"customer_id": "C3", "email": "c3@x.org", "phone": "+98 912 000 0001"},
        {"customer_id": "C4", "email": "c4@x.org", "phone": "+98 912 000 0001"},
        *({"customer_id": f"T{n}", "email": f"t{n}@x.org", "phone": "+98 21 1234 5678"}
          for n in range(10)),
    ),
    "orders": (
        {"order_id": "o1", "ordered_at": "2024-03-01T10:00:00Z", "email": " ana@x.EXAMPLE ",
         "amount": "10", "currency": "EUR", "status": "shipped"},
        {"order_id": "o2", "ordered_at": "2024-03-02T10:00:00Z", "phone": "۰۰۹۸۹۱۲۰۰۰۰۰۰۰",
         "amount": "20", "currency": "EUR"},
        {"order_id": "o3", "ordered_at": "2024-03-03T10:00:00Z", "customer_id": "ana",
         "amount": "30", "currency": "EUR"},
        {"source_system": "shop", "order_id": "o7", "ordered_at": "2024-03-01T10:00:00Z",
         "customer_id": "ben", "email": "somebody.else@x.example"},
        {"source_system": "shop", "order_id": "o8", "ordered_at": "2024-03-01T10:00:00Z"},
        {"source_system": "market", "order_id": "o8", "ordered_at": "2024-03-01T10:00:00Z"},
    ),
    "order_items": (
        {"order_id": "too late", "line_number": "1"},
        {"source_system": "erp", "order_id": "o7", "line_number": "1"},
        {"source_system": "erp", "order_id": "o8", "line_number": "1"},
        {"source_system": "erp", "order_id": "o9", "line_number": "1"},
    ),
    "accounts": ({"source_system": "crm", "account_id": "a1", "owner_employee_id": "e1"},),
    "employees": ({"source_system": "staff", "employee_id": "e1"},),
    "web_events": (
        # two visits of a visitor who is not known yet, and one of somebody who never will be
        {"event_id": "w1", "occurred_at": "2024-02-10T10:00:00Z", "event_name": "page_view",
         "anonymous_id": "browser", "page": "/a?token=1"},
        {"event_id": "w0", "occurred_at": "2024-02-10T10:00:00Z", "event_name": "page_view",
         "anonymous_id": "b7"},
        {"event_id": "w2", "occurred_at": "2024-02-11T10:00:00Z", "event_name": "page_view",
         "anonymous_id": "browser"},
        {"event_id": "w3", "occurred_at": "2024-02-12T10:00:00Z", "event_name": "page_view",
         "anonymous_id": "stranger"},
        {"event_id": "w4", "occurred_at": "2024-02-12T10:01:00Z", "event_name": "page_view",
         "anonymous_id": "stranger"},
        {"event_id": "w5", "occurred_at": "2024-02-13T10:00:00Z", "event_name": "page_view",
         "anonymous_id": "gone"},
    ),
    "interactions": (
        {"interaction_id": "i1", "occurred_at": "2024-03-01T08:00:00Z", "channel": "phone",
         "touchpoint": "support_call", "email": "ana@x.example"},
        {"interaction_id": "i2", "occurred_at": "2024-03-01T09:00:00Z", "channel": "phone",
         "touchpoint": "support_call", "customer_id": "ben"},
    ),
    "tickets": (
        {"ticket_id": "t1", "created_at": "2024-03-01T08:00:00Z", "customer_id": "ana"},
        {"ticket_id": "t2", "created_at": "2024-03-01T09:00:00Z", "customer_id": "ben"},
        {"source_system": "desk", "ticket_id": "t7", "created_at": "2024-03-01T09:00:00Z"},
        {"source_system": "desk", "ticket_id": "t8", "created_at": "2024-03-01T09:00:00Z"},
        {"source_system": "chat", "ticket_id": "t8", "created_at": "2024-03-01T09:00:00Z"},
    ),
    "survey_questions": (
        {"survey_id": "wave 1", "question_id": "stars", "scale_id": "nps_5"},
        {"survey_id": "wave 3", "question_id": "too wide", "scale_id": "nps"},
        {"survey_id": "wave 3", "question_id": "too narrow", "scale_id": "csat"},
    ),
    "survey_invitations": (
        {"invitation_id": "asked", "survey_id": "wave 1", "sent_at": "2024-03-04T10:00:00Z"},
    ),
    "survey_responses": (
        {"response_id": "r1", "survey_id": "wave 2", "question_id": "nps", "score": "9",
         "responded_at": "2024-03-02T10:00:00Z", "order_id": "o1"},
        {"response_id": "r2", "survey_id": "wave 2", "question_id": "nps", "score": "2",
         "responded_at": "2024-03-02T10:00:00Z", "customer_id": "tester"},
        # answered before the invitation that the next load brings: nobody could know
        {"response_id": "r3", "survey_id": "wave 2", "question_id": "nps", "score": "8",
         "responded_at": "2024-03-02T10:00:00Z", "invitation_id": "asked late"},
        # the next load brings weights for this survey: the account of this one is fixed
        {"response_id": "r4", "survey_id": "late weights", "question_id": "csat", "score": "4",
         "responded_at": "2024-03-02T10:00:00Z"},
        # the next load brings another rating of the same response
        {"response_id": "r6", "survey_id": "wave 2", "question_id": "csat", "score": "5",
         "responded_at": "2024-03-02T10:00:00Z", "customer_id": "ben"},
        {"source_system": "forms", "response_id": "r7", "survey_id": "wave 2",
         "question_id": "csat", "score": "1", "responded_at": "2024-03-02T10:00:00Z",
         "ticket_id": "t7", "customer_id": "ana"},
        {"source_system": "chat", "response_id": "r8", "survey_id": "wave 2",
         "question_id": "csat", "score": "5", "responded_at": "2024-03-02T10:00:00Z",
         "ticket_id": "t8"},
        {"source_system": "forms", "response_id": "r9", "survey_id": "wave 2",
         "question_id": "csat", "score": "5", "responded_at": "2024-03-02T10:00:00Z",
         "ticket_id": "t8"},
        # before the invitation of another system, the only one that bears the id by now
        {"source_system": "forms", "response_id": "r10", "survey_id": "wave 1",
         "question_id": "csat", "score": "5", "responded_at": "2024-03-02T10:00:00Z",
         "invitation_id": "asked"},
        # the next load brings the scales of these questions, or other ones
        {"response_id": "s1", "survey_id": "wave 3", "question_id": "nobody knew", "score": "4",
         "responded_at": "2024-03-02T10:00:00Z"},
        {"response_id": "s2", "survey_id": "wave 3", "question_id": "too wide", "score": "9",
         "responded_at": "2024-03-02T10:00:00Z"},
        {"response_id": "s3", "survey_id": "wave 3", "question_id": "too narrow", "score": "9",
         "responded_at": "2024-03-02T10:00:00Z"},
        {"response_id": "s4", "survey_id": "wave 3", "question_id": "too wide", "score": "9",
         "responded_at": "2024-03-02T10:00:00Z"},
        {"response_id": "s5", "survey_id": "wave 3", "question_id": "known later", "score": "4",
         "responded_at": "2024-03-02T10:00:00Z"},
        {"response_id": "s6", "survey_id": "wave 3", "question_id": "nobody knew", "score": "1",
         "responded_at": "2024-03-02T10:00:00Z"},
    ),
    "feedback_actions": (
        {"response_id": "s6", "acted_at": "2024-03-02T11:00:00Z", "action": "contacted"},
        {"response_id": "s1", "acted_at": "2024-03-02T11:00:00Z", "action": "contacted"},
        {"response_id": "s2", "acted_at": "2024-03-02T11:00:00Z", "action": "contacted"},
    ),
}  # fmt: skip

LOAD_2: Mapping[str, tuple[Row, ...]] = {
    "customers": (
        # older than anything known of Ana: her key stays
        {"customer_id": "ana_1999", "email": "ana@x.example", "created_at": "1999-01-01T00:00:00Z"},
    ),
    "identity_links": (
        {"left_type": "customer_id", "left_id": "ben", "right_type": "customer_id",
         "right_id": "benjamin", "linked_at": "2024-06-05T00:00:00Z"},
    ),
    "orders": (
        {"order_id": "o1", "ordered_at": "2024-03-01T10:00:00Z", "email": "ana@x.example",
         "amount": "12", "currency": "EUR", "status": "delivered",
         "delivered_at": "2024-03-01T20:00:00Z", "updated_at": "2024-03-02T00:00:00Z"},
        {"order_id": "o3", "ordered_at": "2024-03-03T10:00:00Z", "is_deleted": "true"},
        {"order_id": "too late", "ordered_at": "2024-03-03T10:00:00Z"},
    ),
    "order_items": ({"order_id": "o1", "line_number": "1", "quantity": "1"},),
    "web_events": (
        {"event_id": "w6", "occurred_at": "2024-06-05T10:00:00Z", "event_name": "login",
         "anonymous_id": "browser", "customer_id": "ana"},
        {"event_id": "w7", "occurred_at": "2024-06-05T10:00:00Z", "event_name": "login",
         "anonymous_id": "b7", "customer_id": "C1"},
        {"event_id": "w4", "occurred_at": "2024-02-12T10:01:00Z", "event_name": "page_view",
         "anonymous_id": "stranger", "is_deleted": "true"},
        {"event_id": "w5", "occurred_at": "2024-02-13T10:00:00Z", "event_name": "page_view",
         "anonymous_id": "gone", "is_deleted": "true"},
    ),
    "interactions": (
        {"interaction_id": "i2", "occurred_at": "2024-03-01T09:00:00Z", "channel": "phone",
         "touchpoint": "support_call", "is_deleted": "true"},
        {"interaction_id": "i3", "occurred_at": "2024-06-05T09:00:00Z", "channel": "phone",
         "touchpoint": "support_call", "customer_id": "ben"},
    ),
    "tickets": (
        {"ticket_id": "t2", "created_at": "2024-03-01T09:00:00Z", "customer_id": "ben",
         "is_spam": "true"},
    ),
    "survey_invitations": (
        {"invitation_id": "asked late", "survey_id": "wave 2", "sent_at": "2024-03-04T10:00:00Z"},
        {"source_system": "mailer", "invitation_id": "asked", "survey_id": "wave 2",
         "sent_at": "2024-03-04T10:00:00Z"},
    ),
    "feedback_actions": (
        {"source_system": "desk", "response_id": "r7", "acted_at": "2024-03-02T11:00:00Z",
         "action": "contacted"},
    ),
    "survey_responses": (
        {"response_id": "r5", "survey_id": "late weights", "question_id": "csat", "score": "5",
         "responded_at": "2024-06-05T10:00:00Z", "weight": "2"},
        {"response_id": "r6", "survey_id": "wave 2", "question_id": "csat", "score": "1",
         "responded_at": "2024-03-02T10:00:00Z", "customer_id": "ben"},
        {"response_id": "s4", "survey_id": "wave 3", "question_id": "too wide", "score": "3",
         "responded_at": "2024-03-02T10:00:00Z"},
    ),
    "survey_questions": (
        {"survey_id": "wave 3", "question_id": "nobody knew", "scale_id": "csat"},
        {"survey_id": "wave 3", "question_id": "too wide", "scale_id": "csat"},
        {"survey_id": "wave 3", "question_id": "too narrow", "scale_id": "nps"},
        {"survey_id": "wave 3", "question_id": "known later", "scale_id": "csat",
         "valid_from": "2024-06-01T00:00:00Z"},
    ),
}  # fmt: skip
