"""From a connected system to a published number, and what happens when it fails: `cx refresh`
against HubSpot's test server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from dagster_project.cli import main
from dagster_project.connections import missing_secrets
from dagster_project.defs.automation import RunResource
from dagster_project.defs.ingestion import backfilled_assets
from dagster_project.settings import load_settings
from ingestion.fetching.model import Connection
from tests.contract.hubspot import HubSpot
from tests.contract.vendor_server import TOKEN, Fault, serve

DAY_1, DAY_2 = "2026-01-05T08:00:00Z", "2026-02-05T08:00:00Z"
SECRET = "SOURCES__HUBSPOT__TOKEN"


@pytest.fixture(scope="module")
def vendor() -> HubSpot:
    vendor = HubSpot()
    vendor.owners = [
        {
            "id": "7", "type": "PERSON", "archived": False, "createdAt": DAY_1, "updatedAt": DAY_1,
            "email": "o@example.com", "firstName": "O", "lastName": "W",
            "teams": [{"id": "1", "name": "sales", "primary": True}],
        }
    ]  # fmt: skip
    vendor.pipelines = [
        {
            "id": "55",
            "stages": [
                {"id": "551", "label": "Pending", "metadata": {"ticketState": "OPEN"}},
                {"id": "552", "label": "Done", "metadata": {"ticketState": "CLOSED"}},
            ],
        }
    ]
    for number in range(1, 9):
        vendor.put(
            "contacts", str(number), at=DAY_1, email=f"{number}@example.com", country="DE",
            associatedcompanyid="100", segment="retail" if number < 5 else "trade",
            **({"customer_id": f"C{number}"} if number in (5, 6) else {}),
        )  # fmt: skip
        vendor.put(
            "feedback_submissions", str(500 + number), at=DAY_1, hs_survey_id="spring",
            hs_survey_type="NPS", hs_value="9" if number < 7 else "3", hs_contact_id=str(number),
            hs_submission_timestamp=DAY_1, hs_survey_channel="EMAIL",
        )  # fmt: skip
    vendor.put("companies", "100", at=DAY_1, name="Acme", hubspot_owner_id="7")
    for key, (pipeline, stage) in {
        "9": ("0", "1"),
        "10": ("55", "551"),
        "11": ("55", "552"),
    }.items():
        vendor.put(
            "tickets", key, at=DAY_1, hs_pipeline=pipeline, hs_pipeline_stage=stage,
            source_type="EMAIL",
        )  # fmt: skip
    vendor.put("tickets", "12", at=DAY_1, hs_pipeline="8", hs_pipeline_stage="strange")
    vendor.contacts_of["tickets"] = {"9": ["3"], "10": ["4"]}
    vendor.put(
        "deals", "70", at=DAY_1, closedate=DAY_2, hs_is_closed="true", hs_is_closed_won="true"
    )
    vendor.put(
        "calls", "80", at=DAY_1, hs_timestamp=DAY_1, hs_call_direction="INBOUND",
        hs_call_duration="90000", hubspot_owner_id="7",
    )  # fmt: skip
    vendor.contacts_of["calls"] = {"80": ["1"]}
    return vendor


@pytest.fixture(scope="module")
def home(vendor: HubSpot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("connected")
    with serve(vendor) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET, TOKEN)
        (home / "cx.toml").write_text(f'[sources.hubspot]\nurl = "{url}"\n', encoding="utf-8")
        assert main(["refresh", "--home", str(home)]) == 0
        yield home


def ask(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def report(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "runs" / "latest.json").read_text(encoding="utf-8"))
    return found


def test_numbers_of_a_connected_system_are_published(home: Path) -> None:
    assert ask(
        home,
        """
        select value, n from marts.rpt_metrics
        where metric = 'nps' and dimension = 'all' and period_grain = 'all' and scope = 'relational'
        """,
    ) == [(50.0, 8)]
    segments = ask(home, "select segment, count(*) from marts.dim_customers group by all")
    assert sorted(segments) == [("retail", 4), ("trade", 4)]


def test_stages_become_statuses_and_an_unknown_one_is_quarantined(home: Path) -> None:
    statuses = ask(home, "select status from marts.fct_tickets order by all")
    assert statuses == [("closed",), ("new",), ("pending",)]
    assert ask(home, "select source, entity, reason_code from quarantine.rejected_rows") == [
        ("hubspot", "tickets", "unknown_enum")
    ]


def test_row_account_of_every_entity_adds_up(home: Path) -> None:
    rows = ask(
        home,
        """
        select entity, read, accepted + superseded + withdrawn + quarantined
        from marts.rpt_source_health where source = 'hubspot' and read > 0 order by all
        """,
    )
    assert rows == [
        ("accounts", 1, 1), ("customers", 8, 8), ("employees", 1, 1), ("interactions", 1, 1),
        ("leads", 1, 1), ("survey_responses", 8, 8), ("tickets", 4, 4),
    ]  # fmt: skip


def test_what_was_read_is_taken_away(home: Path) -> None:
    assert list((home / "fetched").glob("hubspot/*/*.parquet")) == []


def test_second_run_brings_changes_and_a_table_that_fails_keeps_its_last_good_data(
    home: Path, vendor: HubSpot, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = ask(home, "select ticket_key, status from marts.fct_tickets order by all")
    vendor.put("contacts", "1", at=DAY_2, segment="trade")
    vendor.archive("contacts", "8", at=DAY_2)
    vendor.merge("2", "3", at=DAY_2)
    vendor.merge("5", "6", at=DAY_2)
    vendor.put("tickets", "9", at=DAY_2, hs_pipeline_stage="4")
    vendor.faults = [Fault("/crm/v3/objects/tickets/search", 403, times=99)]
    assert main(["refresh", "--home", str(home)]) == 4
    vendor.faults = []

    assert [refusal["entity"] for refusal in report(home)["refusals"]] == [
        "tickets",
        "tickets_contacts",
    ]
    assert "403: the secret may not read this" in capsys.readouterr().err
    assert tickets == ask(home, "select ticket_key, status from marts.fct_tickets order by all")
    # 1 moved to trade, 8 of trade was archived, 5 and 6 became one
    assert ask(
        home, "select count(*) from marts.dim_customers where segment = 'trade' and is_known"
    ) == [(3,)]
    people = ask(
        home,
        """
        select count(distinct customer_key) from marts.customer_identifiers
        where id_type = 'customer_id'
        """,
    )
    # contacts 2 and 3 are one person, and so are 5 and 6, which bear the company's own ids
    assert people == [(6,)]


def test_status_says_what_a_source_refuses_and_when_it_was_last_fetched_well(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that published beside four refused tables read as "published", without a word."""
    assert main(["status", "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    second = "[0-9-]{10} [0-9:]{8}"
    assert re.search(r"published +\S+ +2 refused", shown)
    assert re.search(rf"hubspot +fetched +{second} +{second} +[0-9]+", shown)
    assert re.search(
        rf"hubspot +right_missing +{second} +{second} +tickets, tickets_contacts", shown
    )
    assert "403: the secret may not read this; give its owner the right" in shown
    assert main(["status", "--json", "--home", str(home)]) == 0
    told = json.loads(capsys.readouterr().out)["fetches"]
    since = {each["raw_table"]: (each["fetched_at"], each["asked_at"]) for each in told}
    assert since["contacts"][0] == since["contacts"][1] == since["tickets"][1]
    assert datetime.fromisoformat(since["tickets"][0]) < datetime.fromisoformat(
        since["contacts"][0]
    )


def test_page_says_which_source_refuses(home: Path) -> None:
    page = (home / "site" / "quality.html").read_text(encoding="utf-8")
    assert "The key may not read this: give it the right" in page


def test_doctor_names_the_missing_secret_and_asks_the_system(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--source", "hubspot", "--home", str(home)]) == 0
    assert "answers" in capsys.readouterr().out
    monkeypatch.setenv(SECRET, "wrong-one")
    assert main(["doctor", "--source", "hubspot", "--json", "--home", str(home)]) == 2
    told = capsys.readouterr().out
    assert "401" in told and "wrong-one" not in told
    monkeypatch.delenv(SECRET)
    assert main(["doctor", "--json", "--home", str(home)]) == 2
    assert SECRET in capsys.readouterr().out
    assert main(["refresh", "--home", str(home)]) == 4
    assert [(each["source"], each["entity"]) for each in report(home)["refusals"]] == [
        ("hubspot", "token")
    ]
    # nothing else was new, but that nothing came is: the page is drawn again
    assert report(home)["status"] == "published"
    states = ask(home, "select refusal_code, count(*) from marts.rpt_source_fetches group by all")
    assert [code for code, _ in states] == ["secret_missing"]


def test_bad_ticket_that_is_fetched_again_is_one_to_mend(
    home: Path, vendor: HubSpot, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = len(vendor.asked_for(".*/tickets/search"))
    assert main(["refresh", "--home", str(home)]) == 0
    assert len(vendor.asked_for(".*/tickets/search")) > tickets
    assert ask(home, "select reason_code, rows_open, rows_ever from marts.rpt_quarantine") == [
        ("unknown_enum", 1, 2)
    ]
    capsys.readouterr()
    assert main(["status", "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    [header] = [line for line in shown.splitlines() if "to_mend" in line]
    [row] = [line for line in shown.splitlines() if re.search("hubspot +tickets ", line)]
    told = dict(zip(header.split()[4:], row.split()[6:], strict=True))
    assert (told["quarantined"], told["to_mend"]) == ("2", "1")
    parts = ("accepted", "superseded", "withdrawn", "quarantined")
    assert int(told["read"]) == sum(int(told[part]) for part in parts)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), {"client_id", "client_secret", "token"}),
        (("client_id",), {"client_secret"}),
        (("client_id", "client_secret"), set()),
        (("token",), set()),
    ],
)
def test_secret_is_wanted_unless_another_is_given(
    given: tuple[str, ...], missing: set[str]
) -> None:
    account = Connection(
        "salesforce", "salesforce", "https://x", datetime(2026, 1, 1, tzinfo=UTC),
        dict.fromkeys(given, "s"),
    )  # fmt: skip
    assert {each.secret for each in missing_secrets(account)} == missing


def test_dagster_fetches_a_month_once_more(
    vendor: HubSpot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, TOKEN)
    with serve(vendor) as url:
        (tmp_path / "cx.toml").write_text(
            f'[sources.hubspot]\nurl = "{url}"\nstart = "2026-01-01"\n', encoding="utf-8"
        )
        [backfilled] = backfilled_assets(load_settings(tmp_path))
        records = {}
        for month in ("2026-01-01", "2026-03-01"):
            ended = dg.materialize(
                [backfilled],
                partition_key=month,
                resources={"cx_run": RunResource(home=str(tmp_path))},
            )
            [event] = ended.asset_materializations_for_node(backfilled.op.name)
            assert event.metadata["refused"].value == []
            records[month] = event.metadata["records"].value
    # nobody changed in March; owners and what was archived are listed whole each time
    assert records["2026-01-01"] >= records["2026-03-01"] + 8
    since, _, until = vendor.asked_for(".*/contacts/search")[-1].body["filterGroups"][0]["filters"]
    assert [datetime.fromtimestamp(int(each["value"]) / 1000, UTC) for each in (since, until)] == [
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 4, 1, tzinfo=UTC),
    ]
