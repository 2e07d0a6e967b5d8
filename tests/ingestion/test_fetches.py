"""How fetches ended: what raw remembers of each account, and the reasons that complaints give."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zipfile import BadZipFile

import pytest
import yaml
from requests import HTTPError, Response
from requests.exceptions import ConnectionError as CannotConnect
from requests.exceptions import Timeout

from dagster_project.fetch_stage import FetchOrder, fetch_from
from dagster_project.settings import Settings
from ingestion.fetches import (
    TableFetch,
    last_well,
    note_fetch,
    read_fetches,
    reasons_by_table,
)
from ingestion.fetching.complaint import ChangedShape, SaidOtherwise, SuddenlyGone, complaint
from ingestion.fetching.model import Connection
from ingestion.fetching.session import ForeignHost, MustWait

NIGHTS = [datetime(2026, 1, day, 2, tzinfo=UTC) for day in (1, 2, 3)]
MODEL = Path(__file__).parents[2] / "dbt_project/models/marts/reports/rpt_source_fetches.yml"


def answered(status: int) -> HTTPError:
    response = Response()
    response.status_code = status
    return HTTPError(response=response)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (answered(400), "api_changed"),
        (answered(401), "secret_refused"),
        (answered(402), "plan_lacks_it"),
        (answered(403), "right_missing"),
        (answered(404), "wrong_address"),
        (answered(410), "cursor_expired"),
        (answered(418), "api_changed"),
        (answered(429), "quota_used_up"),
        (answered(503), "server_trouble"),
        (SaidOtherwise("invalid_grant", 401), "secret_refused"),
        (MustWait(600), "quota_used_up"),
        (ForeignHost("evil.example"), "wrong_address"),
        (ChangedShape("results"), "api_changed"),
        (SuddenlyGone(180, 200), "suddenly_gone"),
        (KeyError("id"), "api_changed"),
        (BadZipFile(), "answer_broken"),
        (Timeout(), "unreachable"),
        (CannotConnect(), "unreachable"),
        (OSError("disk"), "fetch_failed"),
        (RuntimeError("of dlt"), "fetch_failed"),
    ],
    ids=lambda told: told if isinstance(told, str) else repr(told),
)
def test_every_complaint_has_its_reason(error: Exception, reason: str) -> None:
    assert complaint(error).reason == reason
    [model] = yaml.safe_load(MODEL.read_text(encoding="utf-8"))["models"]
    [code] = [column for column in model["columns"] if column["name"] == "refusal_code"]
    assert reason in code["data_tests"][0]["accepted_values"]["arguments"]["values"]


def test_missing_secret_concerns_every_table(tmp_path: Path) -> None:
    account = Connection("desk", "zendesk", "https://x.example", NIGHTS[0])
    order = FetchOrder()
    found = fetch_from(account, Settings(home=tmp_path), order=order, on_progress=lambda _: None)
    reasons = {refusal.entity: refusal.reason for refusal in found.refused}
    assert reasons_by_table(["tickets", "users"], reasons) == {
        "tickets": "secret_missing",
        "users": "secret_missing",
    }


def test_refused_table_remembers_when_it_was_last_fetched_well(tmp_path: Path) -> None:
    raw = tmp_path / "raw.duckdb"
    assert read_fetches(raw) == []
    refused = {"users": "secret_refused"}
    for night, reasons in zip(NIGHTS, ({}, refused, refused), strict=True):
        told = {"tickets": None, "users": None} | reasons
        note_fetch(raw, source="zendesk", source_system="desk", reasons=told, at=night)
    never = {"records": "unreachable"}
    note_fetch(raw, source="hubspot", source_system="crm", reasons=never, at=NIGHTS[1])
    first, second, third = NIGHTS
    found = read_fetches(raw)
    assert found == [
        TableFetch("hubspot", "crm", "records", second, None, "unreachable"),
        TableFetch("zendesk", "desk", "tickets", third, third, None),
        TableFetch("zendesk", "desk", "users", third, first, "secret_refused"),
    ]
    assert (last_well(found), last_well(found[1:])) == (None, first)
