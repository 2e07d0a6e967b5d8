"""GA4's export to BigQuery as files, from the file to the accepted rows of the contract."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from ingestion.sample_company import generate
from ingestion.sample_company.vendors import ga4
from tests.dbt_project.building import Dbt
from tests.dbt_project.conftest import WEB, Accepted
from tests.decisions import example

MOMENT = datetime(2026, 2, 1, 10, tzinfo=UTC)
Event = dict[str, Any]


def event(second: int, **told: object) -> Event:
    """An event of 1 February as `bq extract` writes it: whole numbers as texts, no nulls."""
    micros = int(MOMENT.timestamp() + second) * 1_000_000
    return {
        "event_date": "20260201",
        "event_timestamp": str(micros),
        "event_name": "page_view",
        "event_params": [],
        "user_pseudo_id": "b.1",
        "stream_id": "77",
        "platform": "WEB",
        "event_bundle_sequence_id": "5",
        "items": [],
        **told,
    }


def params(**values: str | int | float) -> list[Event]:
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    return [
        {
            "key": key,
            "value": {kinds[type(value)]: str(value) if type(value) is int else value},
        }
        for key, value in values.items()
    ]


def lines(*events: Mapping[str, object]) -> str:
    return "".join(json.dumps(each) + "\n" for each in events)


def on_pages(pages: str, *, stream: int) -> str:
    """A day on which one browser looked at these pages, each at a second of its own."""
    return lines(
        *(
            event(
                ord(page),
                event_params=params(page_location=f"https://a.example/{page}"),
                stream_id=str(stream),
            )
            for page in pages.split()
        )
    )


def account(dbt: Dbt) -> list[tuple[Any, ...]]:
    """By load: how many web events were accepted, superseded, withdrawn and quarantined."""
    return dbt.rows("""
        select
            load_id,
            count(*) filter (verdict = 'accepted'),
            count(*) filter (verdict = 'superseded'),
            count(*) filter (verdict = 'withdrawn'),
            count(*) filter (verdict = 'quarantined')
        from staging.judged_web_events group by all order by all
    """)


def test_events_in_the_columns_of_the_contract(accepted: Accepted) -> None:
    """Neither the query of the page nor of the referrer is kept; a session's number counts within
    its browser; an event without consent has nobody and is kept."""
    web = {
        "category": "mobile",
        "operating_system": "Android",
        "web_info": {"browser": "Chrome"},
    }
    app = {"category": "mobile", "operating_system": "iOS", "browser": None}
    dbt = accepted(
        {
            "events_20260201-000000000000.json.gz": lines(
                event(
                    0,
                    event_params=params(
                        page_location="https://shop.example/p/1?token=s3cret#b",
                        page_referrer="https://search.example/?q=ill",
                        ga_session_id=1769940000,
                        medium="from the page",
                        percent=0.5,
                    ),
                    user_id="7",
                    device=web,
                    geo={"country": "Côte d'Ivoire", "city": "Abidjan"},
                    collected_traffic_source={
                        "manual_source": "mail",
                        "manual_medium": "email",
                        "manual_campaign_name": "spring",
                    },
                    traffic_source={"source": "(direct)", "medium": "(none)"},
                ),
                event(
                    1,
                    event_name="screen_view",
                    platform="IOS",
                    user_pseudo_id="A0",
                    device=app,
                    geo={"country": "(not set)"},
                    event_params=params(firebase_screen="Basket", ga_session_id=1769940000),
                ),
                {
                    **event(2, event_params=params(page_location="https://shop.example")),
                    "user_pseudo_id": None,
                    "privacy_info": {"analytics_storage": "No"},
                },
                event(
                    3,
                    event_name="exception",
                    event_params=params(source="mail", medium="email", campaign="may", load_ms=812),
                    geo={"country": "Nowhere"},
                    items=[{"item_id": "s1"}],
                ),
            )
        }
    )
    rows = dbt.rows("""
        select cast(occurred_at as varchar), event_name, anonymous_id, customer_id, session_id,
            page, referrer, utm_source, utm_medium, utm_campaign, device, os, browser, is_error,
            country, load_ms
        from staging.accepted_web_events order by occurred_at
    """)
    assert rows == [
        ("2026-02-01 10:00:00", "page_view", "b.1", "7", "b.1-1769940000", "/p/1",
         "https://search.example/", "mail", "email", "spring", "mobile", "Android", "Chrome",
         False, "CI", None),
        ("2026-02-01 10:00:01", "screen_view", "A0", None, "A0-1769940000", "Basket",
         None, None, None, None, "app", "iOS", None, False, None, None),
        ("2026-02-01 10:00:02", "page_view", None, None, None, "/",
         None, None, None, None, None, None, None, False, None, None),
        ("2026-02-01 10:00:03", "exception", "b.1", None, None, None,
         None, "mail", "email", "may", None, None, None, True, "Nowhere", 812),
    ]  # fmt: skip
    properties = dbt.rows("select properties from staging.accepted_web_events order by occurred_at")
    assert [json.loads(text) for (text,) in properties] == [
        {"percent": "0.5"},
        {},
        {},
        {"items": [{"item_id": "s1"}]},
    ]
    assert dbt.rows("""
        select left_type, left_id, right_type, right_id, cast(linked_at as varchar)
        from staging.accepted_identity_links
    """) == [("customer_id", "7", "anonymous_id", "b.1", "2026-02-01 10:00:00")]


def test_parquet_gives_the_same_events_as_json(accepted: Accepted, tmp_path: Path) -> None:
    """The same day in both forms: every event of the second file is one that was read already."""
    text = lines(
        event(0, event_params=params(page_location="https://a.example/x", n=3, share=0.5)),
        event(1, event_params=params(ga_session_id=9), user_id="7", device={"category": "tablet"}),
    )
    (tmp_path / "day.jsonl").write_text(text)
    with duckdb.connect() as con:
        con.execute(
            "copy (select * replace (event_timestamp::bigint as event_timestamp) "
            f"from read_json('{tmp_path / 'day.jsonl'}')) to '{tmp_path / 'day.parquet'}'"
        )
    dbt = accepted({"a/events_20260201.json": text})
    columns = "event_id, occurred_at, event_name, session_id, page, device, properties"
    before = dbt.rows(f"select {columns} from staging.accepted_web_events order by 2")
    dbt = accepted({"b/part.parquet": (tmp_path / "day.parquet").read_bytes()})
    assert dbt.rows(f"select {columns} from staging.accepted_web_events order by 2") == before
    assert account(dbt) == [(1, 2, 0, 0, 0), (2, 0, 2, 0, 0)]


def test_exports_of_the_decisions(accepted: Accepted, tmp_path: Path) -> None:
    """Each example is a stream of its own; all are loaded side by side. Built at once from
    nothing, the same holds."""
    cases = example("A day that GA4 exports again")
    for load in range(1, 4):
        files = {
            f"{case}/{name}.json": on_pages(pages, stream=case)
            for case, cells in enumerate(cases)
            for name, _, pages in (part.partition(": ") for part in cells[load].split("; "))
            if pages
        }
        dbt = accepted(files)
    held = """
        select cast(split_part(_file, '/', 1) as int), string_agg(page[2:], ' ' order by page)
        from staging.accepted_web_events as events
        inner join raw.raw_ga4.web_events as read
            on events.row_key // 1000000000000 = read._file_id
            and events.row_key // 1000 % 1000000000 = read._record_number
        group by all order by all
    """
    assert held_of_each(dbt, held) == [cells[-1] for cells in cases]
    at_once = Dbt(dbt.manifest, dbt.raw, tmp_path / "at_once" / "warehouse.duckdb", tmp_path)
    at_once.warehouse.parent.mkdir()
    at_once.must("build", "--exclude-resource-type", "test", "--select", *WEB)
    compared = "select row_key, verdict, is_latest, is_current from staging.judged_web_events"
    assert sorted(at_once.rows(compared)) == sorted(dbt.rows(compared))


def held_of_each(dbt: Dbt, query: str) -> list[str]:
    with duckdb.connect(str(dbt.warehouse), read_only=True) as con:
        con.execute(f"attach '{dbt.raw}' as raw (read_only)")
        return [pages for _, pages in con.execute(query).fetchall()]


def test_repeats_within_a_file_are_events_and_a_second_reading_changes_nothing(
    accepted: Accepted,
) -> None:
    """GA4 gives no id. What differs in nothing is counted, in whatever order it is exported."""
    twice = event(0, event_params=params(a=1))
    other = event(0, event_params=params(a=2))
    dbt = accepted({"events_20260201.json": lines(twice, twice, other)})
    ids = "select event_id, properties from staging.accepted_web_events order by all"
    before = dbt.rows(ids)
    assert len(before) == len({event_id for event_id, _ in before}) == 3
    dbt = accepted({"events_20260201.json": lines(other, twice, twice)})
    assert dbt.rows(ids) == before
    assert account(dbt) == [(1, 3, 0, 0, 0), (2, 0, 3, 0, 0)]
    assert account(accepted({})) == account(dbt)


def test_a_pair_is_withdrawn_when_no_event_says_so_any_more(accepted: Accepted) -> None:
    def day(date: str, *users: str) -> str:
        rest = [event(9, event_date=date)]
        return lines(*(event(int(user), event_date=date, user_id=user) for user in users), *rest)

    held = "select left_id from staging.accepted_identity_links order by all"
    dbt = accepted(
        {"events_1.json": day("20260201", "1", "2"), "events_2.json": day("20260202", "2", "3")}
    )
    assert dbt.rows(held) == [("1",), ("2",), ("3",)]
    dbt = accepted({"events_2.json": day("20260202", "3")})
    assert dbt.rows(held) == [("1",), ("2",), ("3",)]
    dbt = accepted({"events_1.json": day("20260201", "1")})
    assert dbt.rows(held) == [("1",), ("3",)]


def test_what_is_no_time_or_no_list_ends_no_build(accepted: Accepted) -> None:
    dbt = accepted(
        {
            "events_20260201.json": lines(
                event(0),
                event(1, event_timestamp="yesterday"),
                event(2, event_name=""),
                event(3, event_params="no list", device="none", user_id="8"),
            )
            + "{broken\n"
        }
    )
    assert dbt.rows("""
        select record_number, verdict, reason_code from staging.judged_web_events order by all
    """) == [
        (1, "accepted", None),
        (2, "quarantined", "bad_type"),
        (3, "quarantined", "missing_key"),
        (4, "accepted", None),
    ]
    with duckdb.connect(str(dbt.raw), read_only=True) as raw:
        assert raw.execute("select line_number from raw_ga4.rejected_lines").fetchall() == [(5,)]


def test_the_company_as_ga4_tells_of_it_has_the_same_events(
    manifest: Manifest, tmp_path: Path
) -> None:
    """The made-up company's files, and the same company through GA4: the same accepted events, but
    for what GA4 cannot carry; what it cannot say of who is who is handed back."""
    generate(tmp_path / "company", customers=100, months=1, seed=7, file_format="jsonl")
    files = built_from(manifest, tmp_path / "company", tmp_path / "files")
    links = dicts(files, "select * from staging.accepted_identity_links")
    exported = ga4.export(pa.Table.from_pylist(dicts(files, COMPANY)), links)
    told = tmp_path / "told"
    told.mkdir()
    for name, text in exported.files():
        (told / name).write_text(text, encoding="utf-8")
    through_ga4 = built_from(manifest, told, tmp_path / "ga4")

    expected = [row for row in dicts(files, COMPANY) if not row["is_bot"]]
    for row in expected:
        browser, session = row["anonymous_id"], row["session_id"]
        row["session_id"] = browser and session and f"{browser}-{session}"
    found = dicts(through_ga4, COMPANY)
    assert len(found) == len(expected) > 1000
    assert Counter(map(carried, found)) == Counter(map(carried, expected))
    # every column is either compared or named as one that GA4 does not give back
    named = set(found[0]) - set(COMPARED)
    assert named == {*ga4.NOT_CARRIED} - {"session_id", "is_deleted"}

    pairs = "select left_id, right_id from staging.accepted_identity_links"
    shown = {
        (row["customer_id"], row["anonymous_id"])
        for row in expected
        if row["customer_id"] and row["anonymous_id"]
    }
    assert set(through_ga4.rows(pairs)) == shown
    assert shown
    left = {frozenset((link["left_id"], link["right_id"])) for link in exported.links_left}
    said = {frozenset(pair) for pair in files.rows(pairs)} - {frozenset(pair) for pair in shown}
    logins = {
        frozenset((row["anonymous_id"], row["email"]))
        for row in expected
        if row["anonymous_id"] and row["email"]
    }
    assert left == said | logins
    assert said and logins


COMPANY = "select * exclude (row_key, changed_in_load, source) from staging.accepted_web_events"
COMPARED = (
    "occurred_at", "event_name", "anonymous_id", "customer_id", "session_id", "page", "referrer",
    "utm_source", "utm_medium", "utm_campaign", "device", "os", "browser", "country", "load_ms",
    "is_error", "properties",
)  # fmt: skip


def carried(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What GA4 carries of an event; an event without properties has none of its own."""
    properties = json.loads(row["properties"] or "{}")
    return tuple(
        json.dumps(properties, sort_keys=True) if name == "properties" else row[name]
        for name in COMPARED
    )


def built_from(manifest: Manifest, inputs: Path, home: Path) -> Dbt:
    home.mkdir()
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    ingest(dbt.raw, inputs=(inputs,), hash_key="key", now=datetime(2026, 7, 1, tzinfo=UTC))
    dbt.must("build", "--exclude-resource-type", "test", "--select", *WEB)
    return dbt


def dicts(dbt: Dbt, query: str) -> list[Event]:
    with duckdb.connect(str(dbt.warehouse), read_only=True) as con:
        rows = con.execute(query)
        names = [column[0] for column in rows.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
