"""Exported event files from a folder to what is published, counted by hand, and exported again."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.tenant import Tenant, contents

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
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    # three visits of six events; two are of a browser, which is a person; b1 buys
    assert tenant.rows(SESSIONS) == [(3, 6, 2, 1)]
    links = ("identity_links", 1, 1, 1, 0, 0, 0)
    assert tenant.rows(ACCOUNT) == [links, ("web_events", 1, 6, 6, 0, 0, 0)]
    before = contents(tenant.home)

    assert tenant.refresh().code == 0
    assert contents(tenant.home) == before

    again = [*first[:4], *first[5:], ga4(3, "page_view", user="7")]
    write(tenant, "2026/events_20260201.json.gz", again)
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    assert tenant.rows(SESSIONS) == [(3, 6, 2, 1)]
    # of the second load: one event is new, five say what was said, and one is gone
    assert tenant.rows(ACCOUNT) == [
        links,
        ("identity_links", 2, 1, 0, 1, 0, 0),
        ("web_events", 1, 6, 6, 0, 0, 0),
        ("web_events", 2, 7, 1, 5, 1, 0),
    ]
