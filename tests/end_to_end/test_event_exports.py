"""Exported event files from a folder to what is published, counted by hand, and exported again."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.formats.enriched_tsv import COLUMNS
from tests.end_to_end.tenant import Tenant, contents

pytestmark = pytest.mark.long
DAY = datetime(2026, 2, 1, tzinfo=UTC)
SESSIONS = """
    select count(*), sum(events), count(customer_key), count(*) filter (converted)
    from marts.fct_web_sessions
"""
ACCOUNT = """
    select entity, load_id, read, accepted, superseded, withdrawn, quarantined
    from marts.rpt_source_health order by all
"""


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return Tenant(tmp_path / "home", tmp_path / "inputs")


def write(tenant: Tenant, name: str, records: Iterable[str]) -> None:
    path = tenant.inputs / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{record}\n" for record in records).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)


def refreshed(tenant: Tenant, *, changes: bool = True) -> None:
    before = {} if changes else contents(tenant.home)
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    assert changes or contents(tenant.home) == before


def ga4(minute: int, name: str, *, browser: str | None = "b1", user: str | None = None) -> str:
    """An event of 1 February; each browser has one session."""
    session = [{"key": "ga_session_id", "value": {"int_value": "1"}}] if browser else []
    record: dict[str, Any] = {
        "event_date": "20260201",
        "event_timestamp": str(int(DAY.timestamp() + 60 * minute) * 1_000_000),
        "event_name": name,
        "event_params": session,
        "user_pseudo_id": browser,
        "user_id": user,
        "stream_id": "1",
        "platform": "WEB",
    }
    return json.dumps({key: value for key, value in record.items() if value is not None})


def test_days_of_ga4(tenant: Tenant) -> None:
    """b1 looks, signs in and buys; b2 looks twice; somebody without consent looks once. The next
    export knows b2's second page no more, and an event of b1 that came late."""
    first = [
        ga4(0, "page_view"),
        ga4(1, "login", user="7"),
        ga4(2, "purchase", user="7"),
        ga4(0, "page_view", browser="b2"),
        ga4(9, "page_view", browser="b2"),
        ga4(5, "page_view", browser=None),
    ]
    write(tenant, "2026/events_20260201.json.gz", first)
    refreshed(tenant)
    # three visits of six events; two are of a browser, which is a person; b1 buys
    assert tenant.rows(SESSIONS) == [(3, 6, 2, 1)]
    links = ("identity_links", 1, 1, 1, 0, 0, 0)
    assert tenant.rows(ACCOUNT) == [links, ("web_events", 1, 6, 6, 0, 0, 0)]
    refreshed(tenant, changes=False)

    again = [*first[:4], *first[5:], ga4(3, "page_view", user="7")]
    write(tenant, "2026/events_20260201.json.gz", again)
    refreshed(tenant)
    assert tenant.rows(SESSIONS) == [(3, 6, 2, 1)]
    # of the second load: one event is new, five say what was said, and one is gone
    assert tenant.rows(ACCOUNT) == [
        links,
        ("identity_links", 2, 1, 0, 1, 0, 0),
        ("web_events", 1, 6, 6, 0, 0, 0),
        ("web_events", 2, 7, 1, 5, 1, 0),
    ]


def snowplow(number: int, minute: int, **told: str) -> str:
    """A line of the stream: an event of 1 February of the browser d1, in its one session."""
    moment = f"2026-02-01 00:{minute:02}:00.000"
    values = {
        "platform": "web",
        "collector_tstamp": moment,
        "derived_tstamp": moment,
        "event": "page_view",
        "event_name": "page_view",
        "event_id": f"00000000-0000-4000-8000-{number:012}",
        "event_fingerprint": "f",
        "domain_userid": "d1",
        "domain_sessionid": "s1",
        **told,
    }
    return "\t".join(values.get(name, "") for name in COLUMNS)


def test_stream_of_snowplow(tenant: Tenant) -> None:
    """d1 looks twice, signs in and buys. The second file repeats one event, and has one of the
    same id that says something else; a line is cut off."""
    bought = snowplow(2, 2, event="struct", se_action="purchase", user_id="7")
    write(tenant, "run=1/part-00000.gz", [snowplow(1, 0), snowplow(3, 1), bought])
    refreshed(tenant)
    assert tenant.rows(SESSIONS) == [(1, 3, 1, 1)]
    links = ("identity_links", 1, 1, 1, 0, 0, 0)
    assert tenant.rows(ACCOUNT) == [links, ("web_events", 1, 3, 3, 0, 0, 0)]
    refreshed(tenant, changes=False)

    another = snowplow(1, 5, event_fingerprint="g", page_urlpath="/x")
    write(tenant, "run=2/part-00000.gz", [bought, another, bought[:40]])
    refreshed(tenant)
    assert tenant.rows(SESSIONS) == [(1, 4, 1, 1)]
    assert tenant.rows(ACCOUNT) == [
        links,
        ("identity_links", 2, 1, 0, 1, 0, 0),
        ("web_events", 1, 3, 3, 0, 0, 0),
        ("web_events", 2, 3, 1, 1, 0, 1),
    ]
