"""Exported event files, from the file as a tool writes it to the accepted rows of the contract."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb

from ingestion.sample_company import generate
from ingestion.sample_company.vendors import segment
from ingestion.sample_company.vendors.writing import read_rows, write_as
from tests.dbt_project.conftest import Accepted
from tests.decisions import example

FIREFOX = "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"
TIME = "01/Feb/2026:10:00:{:02} +0330"


def hit(request: str, *, second: int = 0, status: str = "200", agent: str = FIREFOX) -> str:
    """A line of a log; the address and the referrer are the same in all."""
    return (
        f'192.0.2.1 - - [{TIME.format(second)}] "{request} HTTP/1.1" {status} 512 '
        f'"https://search.example/?q=ill" "{agent}"\n'
    )


def told(name: str, page: str, source: str | None, is_bot: bool) -> str:
    campaign = f", campaign of {source}" if source else ""
    return f"{name} of {page}{campaign}{', by a machine' if is_bot else ''}"


def test_hits_of_the_decisions(accepted: Accepted) -> None:
    cases = example("What a web server's log says")
    log = "".join(
        hit(request, second=second, status=status, agent=agent)
        for second, (request, status, agent, _) in enumerate(cases)
    )
    rows = accepted({"access.log": log}).rows("""
        select second(occurred_at), event_name, page, utm_source, is_bot
        from staging.accepted_web_events order by occurred_at
    """)
    found = {second: told(*event) for second, *event in rows}
    assert [found.get(second, "none") for second in range(len(cases))] == [
        event for _, _, _, event in cases
    ]


def test_a_hit_in_the_columns_of_the_contract(accepted: Accepted) -> None:
    """The offset is counted, and neither the query of the page nor of the referrer is kept."""
    phone = "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"
    log = hit("GET /a?token=s3cret#b", agent=phone) + hit("GET /b", status="404", agent=phone)
    dbt = accepted({"access.log": log})
    rows = dbt.rows(
        """
        select cast(occurred_at as varchar), page, referrer, device, is_error, user_agent = ?
        from staging.accepted_web_events order by page
    """,
        [phone],
    )
    assert rows == [
        ("2026-02-01 06:30:00", "/a", "https://search.example/", "mobile", False, True),
        ("2026-02-01 06:30:00", "/b", "https://search.example/", "mobile", True, True),
    ]


def test_a_rotated_log_changes_nothing_and_a_visitor_is_address_and_agent(
    accepted: Accepted,
) -> None:
    """The log grows, is rotated, and begins anew; one line stands in it twice."""
    twice = hit("GET /a") * 2
    other = hit("GET /b", agent=FIREFOX.replace("130", "131"))
    count = """
        select count(*), count(distinct event_id), count(distinct anonymous_id)
        from staging.accepted_web_events
    """
    assert accepted({"access.log": twice}).rows(count) == [(2, 2, 1)]
    assert accepted({"access.log": twice + other}).rows(count) == [(3, 3, 2)]
    dbt = accepted({"access.log": hit("GET /c"), "access.log.1": twice + other})
    assert dbt.rows(count) == [(4, 4, 2)]
    verdicts = dbt.rows("""
        select verdict, count(*) from staging.judged_web_events group by all order by all
    """)
    assert verdicts == [("accepted", 4), ("superseded", 5)]


def test_a_time_that_is_none_is_quarantined(accepted: Accepted) -> None:
    log = hit("GET /a") + hit("GET /b").replace("/Feb/", "/Xxx/")
    dbt = accepted({"access.log": log})
    assert dbt.rows("""
        select verdict, reason_code from staging.judged_web_events order by record_number
    """) == [("accepted", None), ("quarantined", "bad_type")]


def messages(*given: Mapping[str, object]) -> str:
    """Lines of messages, each with an id of its own and a time unless it has them."""
    return "".join(
        json.dumps({"messageId": f"m{number}", "timestamp": "2026-02-01T10:00:00Z", **message})
        + "\n"
        for number, message in enumerate(given)
    )


def test_times_of_the_decisions(accepted: Accepted) -> None:
    cases = example("When a tracked message happened")
    names = ("originalTimestamp", "sentAt", "receivedAt", "timestamp")
    given = [
        {
            name: None if cell == "-" else f"2026-02-01T{cell.partition(',')[0]}.000Z"
            for name, cell in zip(names, cells, strict=False)
        }
        for cells in cases
    ]
    events = [{"type": "track", "event": "Tick", **times} for times in given]
    dbt = accepted({"2026/02/01/1769940000.abc.gz": messages(*events)})
    rows = dbt.rows("""
        select event_id, strftime(occurred_at, '%H:%M:%S') from staging.accepted_web_events
    """)
    assert dict(rows) == {f"m{number}": cells[-1] for number, cells in enumerate(cases)}


def test_messages_in_the_columns_of_the_contract(accepted: Accepted) -> None:
    phone = "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"
    web = {
        "userAgent": phone,
        "page": {"path": "/p/1", "referrer": "https://search.example/?q=ill"},
        "campaign": {"source": "mail", "medium": "email", "name": "spring"},
        "traits": {"email": "ann@x.example"},
    }
    app = {"userAgent": "Dalvik/2.1.0", "device": {"type": "Android"}, "os": {"name": "Android"}}
    dbt = accepted(
        {
            "web.jsonl": messages(
                {
                    "type": "track",
                    "event": "Product Viewed",
                    "anonymousId": "b1",
                    "userId": 7,
                    "context": web,
                    "properties": {"sku": "s1", "deep": {"a": [1]}},
                },
                {"type": "page", "anonymousId": "b1", "properties": {"path": "/x?token=s3cret"}},
                {"type": "track", "event": "Seen", "context": {"userAgent": "Googlebot/2.1"}},
                {"type": "track", "event": "Order Completed", "userId": "7"},
                {"type": "screen", "name": "Basket", "anonymousId": "d1", "context": app},
                {"type": "track", "event": "Tapped", "anonymousId": "d1", "context": app},
                {"type": "group", "groupId": "g", "userId": "7"},
                {"type": "unheard-of", "userId": "7"},
                {"type": "track", "userId": "7"},
            )
        }
    )
    rows = dbt.rows("""
        select event_id, event_name, anonymous_id, customer_id, email, page, referrer, utm_source,
            device, is_bot
        from staging.accepted_web_events order by event_id
    """)
    search = "https://search.example/"
    assert rows == [
        ("m0", "product_viewed", "b1", "7", "ann@x.example", "/p/1", search, "mail", "mobile",
         False),
        ("m1", "page_view", "b1", None, None, "/x", None, None, None, False),
        ("m2", "seen", None, None, None, None, None, None, None, True),
        ("m3", "order_completed", None, "7", None, None, None, None, None, False),
        ("m4", "screen_view", "d1", None, None, "Basket", None, None, "app", False),
        ("m5", "tapped", "d1", None, None, None, None, None, "app", False),
    ]  # fmt: skip
    [(properties,)] = dbt.rows(
        "select properties from staging.accepted_web_events where event_id = 'm0'"
    )
    assert json.loads(properties) == {"sku": "s1", "deep": {"a": [1]}}
    assert dbt.rows("""
        select event_id, reason_code from staging.judged_web_events
        where verdict = 'quarantined' order by event_id
    """) == [("m7", "missing_key"), ("m8", "missing_key")]


def test_who_somebody_is_becomes_links(accepted: Accepted) -> None:
    traits = {"email": "ann@x.example", "phone": "+98 912 000 0001", "plan": "gold"}
    dbt = accepted(
        {
            "a.json.gz": messages(
                {"type": "identify", "anonymousId": "b1", "userId": "7", "traits": traits},
                {"type": "identify", "anonymousId": "b2", "traits": {"plan": "free"}},
                {"type": "alias", "previousId": "b3", "userId": "7"},
            )
        }
    )
    rows = dbt.rows("""
        select left_type, left_id, right_type, right_id from staging.accepted_identity_links
        order by all
    """)
    assert rows == [
        ("customer_id", "7", "anonymous_id", "b1"),
        ("customer_id", "7", "anonymous_id", "b3"),
        ("customer_id", "7", "email", "ann@x.example"),
        ("customer_id", "7", "phone", "+98 912 000 0001"),
    ]
    assert dbt.rows("select count(*) from staging.judged_web_events") == [(0,)]


def test_a_message_that_was_sent_again_counts_once(accepted: Accepted) -> None:
    """The newest holds, whichever file is read first; a broken line is kept."""

    def sent(page: str, second: int) -> str:
        moment = f"2026-02-01T10:00:0{second}Z"
        return messages({"type": "page", "properties": {"path": page}, "receivedAt": moment})

    dbt = accepted({"a.jsonl": sent("/late", 9) + sent("/early", 1), "b.jsonl": sent("/mid", 5)})
    page = "select page from staging.accepted_web_events"
    assert dbt.rows(page) == [("/late",)]
    dbt = accepted({"c.jsonl": '{"messageId": "m1", "ty\n' + sent("/mid", 5)})
    assert dbt.rows(page) == [("/late",)]
    with duckdb.connect(str(dbt.raw), read_only=True) as raw:
        assert raw.execute("select line_number from raw_segment.rejected_lines").fetchall() == [
            (1,)
        ]


def test_a_company_in_segment_comes_back_as_it_was(accepted: Accepted, tmp_path: Path) -> None:
    """Its events, and who is who, by way of the archive that `cx generate --as segment` writes."""
    generate(tmp_path / "company", customers=100, months=3, seed=5)
    write_as(tmp_path / "company", ["segment"], out=tmp_path / "shown")
    archive = (tmp_path / "shown" / "segment").iterdir()
    dbt = accepted({path.name: path.read_bytes() for path in archive})
    rows = read_rows(tmp_path / "company")
    events, others = segment.carried_events(rows["web_events"])
    links, _ = segment.carried_links(rows["identity_links"])
    assert len(others) < len(events) / 20

    columns = [name for name in events[0] if name not in segment.NOT_CARRIED]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{dbt.raw}' as raw (read_only)")
        connection.execute(f"attach '{dbt.warehouse}' as warehouse (read_only)")
        staged = connection.execute(
            f"select {', '.join(columns)} from warehouse.staging.stg_segment__web_events"
        ).fetchall()
        identified = connection.execute(
            "select right_type, right_id, left_type, left_id, linked_at "
            "from warehouse.staging.stg_segment__identity_links"
        ).fetchall()
    assert len(staged) > 1000
    given = [tuple(row[name] for name in columns) for row in events]
    told_of = columns.index("properties")
    assert Counter(compact(row, told_of) for row in staged) == Counter(
        compact(row, told_of) for row in given
    )
    ends = ("left_type", "left_id", "right_type", "right_id", "linked_at")
    assert links
    assert sorted(identified) == sorted(tuple(row[name] for name in ends) for row in links)


def compact(row: tuple[str | None, ...], place: int) -> tuple[str | None, ...]:
    """The row with the JSON at `place` spelt without blanks; none is an empty one."""
    text = json.dumps(json.loads(row[place] or "{}"), separators=(",", ":"))
    return (*row[:place], text, *row[place + 1 :])


def test_a_screen_of_an_app_comes_back_as_it_was(accepted: Accepted) -> None:
    names = (*segment.NOT_CARRIED, "utm_source", "utm_medium", "utm_campaign", "email", "referrer")
    row = dict.fromkeys((*names, "customer_id", "session_id", "user_agent", "properties")) | {
        "event_id": "e1", "occurred_at": "2026-02-01 10:00:00Z", "event_name": "screen_view",
        "anonymous_id": "d1", "page": "Basket", "device": "app", "os": "iOS", "is_bot": "false",
    }  # fmt: skip
    dbt = accepted(segment.files(segment.export([row], [])))
    assert dbt.rows("""
        select event_id, cast(occurred_at as varchar), event_name, page, device, os
        from staging.accepted_web_events
    """) == [("e1", "2026-02-01 10:00:00", "screen_view", "Basket", "app", "iOS")]
