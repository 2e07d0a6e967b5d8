"""Snowplow's events as files, from the file to the accepted rows of the contract.

Every made-up event is held against Snowplow's own schema of the table atomic.events, which stands
beside this file (github.com/snowplow/iglu-central, Apache-2.0).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import jsonschema

from ingestion.formats.enriched_tsv import COLUMNS
from tests.dbt_project.conftest import Accepted
from tests.decisions import example

SCHEMA = json.loads((Path(__file__).parent / "snowplow_atomic.1-0-0.json").read_text("utf-8"))
VALID = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
# What the table keeps in columns of their own, or in tables of their own.
SELF_DESCRIBING = {"contexts", "unstruct_event", "derived_contexts"}
NOBODY = "00000000-0000-0000-0000-000000000000"
Event = dict[str, Any]


def event(number: int, **told: object) -> Event:
    """An event of the tenth hour, in the second of its number."""
    made: Event = {
        "app_id": "shop",
        "platform": "web",
        "collector_tstamp": f"2026-02-01T10:00:{number:02}Z",
        "derived_tstamp": f"2026-02-01T10:00:{number:02}Z",
        "event": "page_view",
        "event_name": "page_view",
        "event_vendor": "com.snowplowanalytics.snowplow",
        "event_version": "1-0-0",
        "event_id": f"00000000-0000-4000-8000-{number:012}",
        "event_fingerprint": f"f{number}",
        "v_collector": "ssc-3.2.0",
        "v_etl": "snowplow-enrich-5.0.0",
        "domain_userid": "d1",
        "network_userid": "n1",
        **told,
    }
    table = {name: value for name, value in made.items() if name not in SELF_DESCRIBING}
    VALID.validate(table)
    return made


def own(name: str, data: Mapping[str, object]) -> str:
    """An event of a kind of its own, as the stream packs it."""
    schema = f"iglu:com.example/{name}/jsonschema/1-0-0"
    return json.dumps({"schema": "iglu:unstruct", "data": {"schema": schema, "data": data}})


def stream(*events: Event) -> str:
    """The events as the enriched stream writes them: times without a zone, flags as 1 and 0."""
    return "".join("\t".join(_value(each.get(name)) for name in COLUMNS) + "\n" for each in events)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    text = "" if value is None else str(value)
    is_time = text.startswith("2026-") and text.endswith("Z")
    return text.replace("T", " ").replace("Z", ".000") if is_time else text


def table(*events: Event) -> str:
    """The events as JSON Lines of the table atomic.events."""
    return "".join(json.dumps(each) + "\n" for each in events)


def test_events_in_the_columns_of_the_contract(accepted: Accepted) -> None:
    """The tenant's zone is Tehran's; Snowplow's times are UTC."""
    phone = "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"
    spider = json.dumps({"data": [{"data": {"spiderOrRobot": True, "category": "SPIDER"}}]})
    dbt = accepted(
        {
            "run=1/part-00000.gz": stream(
                event(
                    0,
                    derived_tstamp="2026-02-01T09:59:58Z",
                    user_id="7",
                    domain_sessionid="s1",
                    page_url="https://shop.example/p/1?token=s3cret",
                    page_urlpath="/p/1",
                    page_referrer="https://search.example/?q=ill",
                    mkt_source="mail",
                    mkt_medium="email",
                    mkt_campaign="spring",
                    useragent=phone,
                    dvce_type="Mobile",
                    dvce_ismobile=True,
                    os_name="Android",
                    br_name="Chrome",
                    geo_country="IR",
                ),
                event(
                    1,
                    event="struct",
                    event_name="event",
                    se_category="shop",
                    se_action="Add-to basket",
                    se_value=2.5,
                    dvce_type="Computer",
                    domain_userid=None,
                ),
                event(
                    2,
                    event="unstruct",
                    event_name="basket_filled",
                    unstruct_event=own("basket_filled", {"items": 3}),
                    derived_contexts=spider,
                    network_userid=NOBODY,
                    domain_userid=None,
                ),
                event(
                    3,
                    platform="mob",
                    event="unstruct",
                    event_name="screen_view",
                    unstruct_event=own("screen_view", {"name": "Basket"}),
                    useragent="okhttp-bot/4.9",
                ),
                event(4, useragent="Googlebot/2.1", derived_tstamp=None),
                event(5, event="unstruct", event_name="application_error", useragent=phone),
            )
        }
    )
    rows = dbt.rows("""
        select second(occurred_at), event_name, anonymous_id, customer_id, session_id, page,
            referrer, utm_source, utm_medium, utm_campaign, device, os, browser, country, is_bot,
            is_error
        from staging.accepted_web_events order by event_id
    """)
    nothing = (None,) * 6
    assert rows == [
        (58, "page_view", "d1", "7", "s1", "/p/1", "https://search.example/", "mail", "email",
         "spring", "mobile", "Android", "Chrome", "IR", False, False),
        (1, "add_to_basket", "n1", None, None, None, *nothing[:4], "desktop", *nothing[:3], False,
         False),
        (2, "basket_filled", None, None, None, None, *nothing[:4], None, *nothing[:3], True, False),
        (3, "screen_view", "d1", None, None, "Basket", *nothing[:4], "app", *nothing[:3], False,
         False),
        (4, "page_view", "d1", None, None, None, *nothing[:4], None, *nothing[:3], True, False),
        (5, "application_error", "d1", None, None, None, *nothing[:4], "mobile", *nothing[:3],
         False, True),
    ]  # fmt: skip
    assert dbt.rows(
        "select cast(min(occurred_at) as varchar) from staging.accepted_web_events"
    ) == [("2026-02-01 09:59:58",)]
    properties = dbt.rows("select properties from staging.accepted_web_events order by event_id")
    assert [text and json.loads(text) for (text,) in properties[:4]] == [
        None,
        {"category": "shop", "action": "Add-to basket", "label": None, "property": None,
         "value": "2.5"},
        {"items": 3},
        {"name": "Basket"},
    ]  # fmt: skip


def test_the_table_gives_the_same_events_as_the_stream(accepted: Accepted, tmp_path: Path) -> None:
    """What was read from the stream is read again from the table, as JSON Lines and as Parquet:
    the table knows when it was loaded, and so is the newer version; then nothing changes."""
    viewed = event(0, page_urlpath="/x", user_id="7")
    filled = event(1, event="unstruct", event_name="basket_filled", event_vendor="com.example")
    data = {"items": 3}
    own_column = {"unstruct_event_com_example_basket_filled_1": data}
    told = "event_id, occurred_at, event_name, anonymous_id, page, properties"
    query = f"select {told} from staging.accepted_web_events order by all"
    dbt = accepted(
        {"part-00000": stream(viewed, {**filled, "unstruct_event": own("basket_filled", data)})}
    )
    before = dbt.rows(query)
    assert [row[-1] for row in before] == [None, '{"items":3}']
    loaded = [{**each, "load_tstamp": "2026-02-01T11:00:00Z"} for each in (viewed, filled)]
    text = table(loaded[0], {**loaded[1], **own_column})
    dbt = accepted({"events.jsonl.gz": text})
    assert dbt.rows(query) == before
    (tmp_path / "events.jsonl").write_text(text)
    with duckdb.connect() as con:
        con.execute(
            f"copy (from read_json('{tmp_path / 'events.jsonl'}')) to '{tmp_path / 'a.parquet'}'"
        )
    dbt = accepted({"a.parquet": (tmp_path / "a.parquet").read_bytes()})
    assert dbt.rows(query) == before
    assert dbt.rows("""
        select load_id, verdict, count(*) from staging.judged_web_events group by all order by all
    """) == [(1, "accepted", 2), (2, "accepted", 2), (3, "superseded", 2)]


def test_repeats_of_the_decisions(accepted: Accepted) -> None:
    """Each row: two events of one id, the second in a later load."""
    cases = example("Which Snowplow event is a repeat")

    def told(number: int, cells: str) -> Event:
        fingerprint, page, second = cells.split(", ")
        return event(
            number,
            event_fingerprint=None if fingerprint == "none" else fingerprint,
            page_url=f"https://a.example{page}",
            page_urlpath=page,
            collector_tstamp=f"2026-02-01T10:00:{second}Z",
        )

    accepted({"one.tsv": stream(*(told(case, cells[1]) for case, cells in enumerate(cases)))})
    dbt = accepted({"two.tsv": stream(*(told(case, cells[2]) for case, cells in enumerate(cases)))})
    rows = dbt.rows("""
        select cast(right(split_part(event_id, '-', 5), 2) as int), page
        from staging.accepted_web_events order by event_id
    """)
    found = [
        ", ".join(page for number, page in rows if number == case) for case in range(len(cases))
    ]
    assert found == [held for *_, held in cases]
    plain = "select count(*) from staging.accepted_web_events where length(event_id) = 36"
    assert dbt.rows(plain) == [(len(cases),)]


def test_ids_that_an_event_bears_together_become_links(accepted: Accepted) -> None:
    """Somebody without cookies is nobody, and a server is a new network user with every event."""
    dbt = accepted(
        {
            "a.tsv": stream(
                event(0, user_id="7"),
                event(1, user_id="7"),
                event(2, user_id="8", network_userid=NOBODY, domain_userid=None),
                event(3, user_id="9", platform="srv", domain_userid=None, network_userid="n9"),
            )
        }
    )
    links = dbt.rows("""
        select left_type, left_id, right_type, right_id, second(linked_at)
        from staging.accepted_identity_links order by all
    """)
    assert links == [
        ("anonymous_id", "d1", "anonymous_id", "n1", 0),
        ("customer_id", "7", "anonymous_id", "d1", 0),
        ("customer_id", "7", "anonymous_id", "n1", 0),
    ]
    assert dbt.rows("select count(*) from staging.accepted_web_events") == [(4,)]


def test_a_line_of_another_length_is_kept_apart(accepted: Accepted) -> None:
    good = stream(event(0))
    dbt = accepted({"a.tsv": good + good.replace("\t", "", 1) + "\n" + good[:50] + "\n"})
    assert dbt.rows("select verdict from staging.judged_web_events") == [("accepted",)]
    with duckdb.connect(str(dbt.raw), read_only=True) as raw:
        rejected = raw.execute("select line_number, error from raw_snowplow.rejected_lines")
        reason = "the line is not an enriched event of Snowplow: 131 values between tabs"
        assert rejected.fetchall() == [(2, reason), (4, reason)]
