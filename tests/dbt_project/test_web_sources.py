"""Exported event files, from the file as a tool writes it to the accepted rows of the contract."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from tests.dbt_project.building import Dbt
from tests.decisions import example

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"
TIME = "01/Feb/2026:10:00:{:02} +0330"

Accepted = Callable[[Mapping[str, str]], Dbt]


@pytest.fixture
def accepted(manifest: Manifest, tmp_path: Path) -> Accepted:
    """Reads the files that it is given into the accepted web events; once more, and it adds to
    what was read before."""
    raw = tmp_path / "raw.duckdb"
    dbt = Dbt(manifest, raw, tmp_path / "warehouse.duckdb", tmp_path)

    def read(files: Mapping[str, str]) -> Dbt:
        for name, text in files.items():
            path = tmp_path / "inputs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        report = ingest(raw, inputs=(tmp_path / "inputs",), hash_key="key", now=NOW)
        assert report.refused == ()
        dbt.must("build", "--exclude-resource-type", "test", "--select", "+accepted_web_events")
        return dbt

    return read


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
