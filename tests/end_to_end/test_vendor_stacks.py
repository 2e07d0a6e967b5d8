"""One company, seen twice: through its systems' APIs, and through files. The marts are the same."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.cli import main
from ingestion.sample_company.vendors import hubspot, writing
from tests.contract.chatwoot import Chatwoot
from tests.contract.hubspot import HubSpot
from tests.contract.intercom import Intercom
from tests.contract.vendor_server import TOKEN, Vendor, serve

pytestmark = pytest.mark.long

# What says where a row came from and when it was read.
OF_SOURCES = {
    "rpt_source_health", "rpt_source_records", "rpt_quarantine", "customer_key_history",
    "rpt_data_scatter",
}  # fmt: skip
PLACES = {
    "source",
    "changed_in_load",
    "load_id",
    "file_id",
    "record_number",
    "first_load_id",
    "row_key",
}


def hubspot_account(records: Path) -> HubSpot:
    """An account that holds the records."""
    vendor = HubSpot()
    for kind in hubspot.ENTITIES.values():
        vendor.objects[kind] = {record["id"]: record for record in lines(records / f"{kind}.jsonl")}
    vendor.contacts_of["deals"] = {
        each["from"]["id"]: [str(contact["toObjectId"]) for contact in each["to"]]
        for each in lines(records / "deals_contacts.jsonl")
    }
    return vendor


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def refreshed(home: Path, *inputs: Path, sources: Mapping[str, str] | None = None) -> Path:
    home.mkdir()
    accounts = "".join(
        f'[sources.{name}]\nurl = "{url}"\n' for name, url in (sources or {}).items()
    )
    (home / "cx.toml").write_text(accounts, encoding="utf-8")
    folders = [part for folder in inputs for part in ("--inputs", str(folder))]
    assert main(["refresh", "--home", str(home), *folders]) == 0
    return home


def differences(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Rows of each mart that only the one, and only the other, has."""
    with duckdb.connect() as con:
        for name, home in (("one", one), ("other", other)):
            con.execute(f"attach '{home / 'serving.duckdb'}' as {name} (read_only)")
        tables = con.execute(
            "select table_name from duckdb_tables() where database_name = 'one' "
            "and schema_name = 'marts' order by all"
        ).fetchall()
        found = {}
        for (table,) in tables:
            if table in OF_SOURCES:
                continue
            described = con.execute(f"describe one.marts.{table}").fetchall()
            columns = ", ".join(f'"{row[0]}"' for row in described if row[0] not in PLACES)
            only = [
                con.execute(
                    f"select count(*) from (select {columns} from {a}.marts.{table} "
                    f"except all select {columns} from {b}.marts.{table})"
                ).fetchall()[0][0]
                for a, b in (("one", "other"), ("other", "one"))
            ]
            if any(only):
                found[table] = (only[0], only[1])
        return found


def test_company_in_hubspot_gives_the_marts_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = tmp_path / "shown"
    size = ["--customers", "300", "--months", "6", "--seed", "7"]
    assert main(["generate", "--out", str(shown), *size, "--as", "hubspot"]) == 0
    twin = tmp_path / "twin"
    assert main(["generate", "--out", str(twin), *size]) == 0
    (twin / "truth.json").unlink()
    for entity, key in (
        ("customers", "customer_id"),
        ("accounts", "account_id"),
        ("leads", "lead_id"),
    ):
        rows = {row[key]: row for row in writing.read_rows(twin)[entity]}.values()
        with (twin / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*next(iter(rows)), "source_system"])
            writer.writeheader()
            writer.writerows({**row, "source_system": "hubspot"} for row in rows)
    monkeypatch.setenv("CX_HASH_KEY", "the same secret of both homes")
    monkeypatch.setenv("SOURCES__HUBSPOT__TOKEN", TOKEN)
    with serve(hubspot_account(shown / "hubspot")) as url:
        api = refreshed(tmp_path / "api", shown / "files", sources={"hubspot": url})
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}


def intercom_account(records: Path) -> Intercom:
    """An account that holds the records."""
    vendor = Intercom()
    for name in ("contacts", "teams", "conversations"):
        vendor.records[name] = {each["id"]: each for each in lines(records / f"{name}.jsonl")}
    for conversation in vendor.records["conversations"].values():
        conversation["parts"] = conversation.pop("conversation_parts")["conversation_parts"]
    return vendor


def as_desk_of(twin: Path, system: str, *, entities: Sequence[str]) -> None:
    """Says in the files themselves that the service desk is the system's, as it would hold them."""
    rows = writing.read_rows(twin)
    tickets = {row["ticket_id"]: row for row in rows["tickets"] if row["ticket_id"]}
    asking = {row["customer_id"] for row in tickets.values()}
    customers = {row["customer_id"]: row for row in rows["customers"]}
    told = {
        "tickets": list(tickets.values()),
        "ticket_messages": [
            row
            for row in {row["message_id"]: row for row in rows["ticket_messages"]}.values()
            if row["message_id"] and row["ticket_id"] in tickets
        ],
        "ticket_changes": rows["ticket_changes"],
        "employees": rows["employees"],
        "customers": [row for key, row in customers.items() if key in asking],
    }
    for entity in entities:
        path = twin / f"{entity}.csv"
        kept = rows["customers"] if entity == "customers" else []
        found = [*kept, *({**row, "source_system": system} for row in told[entity])]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[entity][0], "source_system"])
            writer.writeheader()
            writer.writerows(found)


def chatwoot_account(records: Path) -> Chatwoot:
    """An account that holds the records."""
    vendor = Chatwoot()
    for name in ("contacts", "conversations", "messages"):
        vendor.records[name] = {each["id"]: each for each in lines(records / f"{name}.jsonl")}
    return vendor


@pytest.mark.parametrize(
    ("system", "holding"), [("intercom", intercom_account), ("chatwoot", chatwoot_account)]
)
def test_company_with_a_desk_gives_the_marts_of_its_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    holding: Callable[[Path], Vendor],
) -> None:
    size = ["--customers", "300", "--months", "6", "--seed", "7"]
    shown, twin = tmp_path / "shown", tmp_path / "twin"
    assert main(["generate", "--out", str(shown), *size, "--as", system]) == 0
    assert main(["generate", "--out", str(twin), *size]) == 0
    (twin / "truth.json").unlink()
    entities = ("tickets", "ticket_messages", "ticket_changes", "employees", "customers")
    as_desk_of(twin, system, entities=entities)
    monkeypatch.setenv("CX_HASH_KEY", "the same secret of both homes")
    monkeypatch.setenv(f"SOURCES__{system.upper()}__TOKEN", TOKEN)
    with serve(holding(shown / system)) as url:
        api = refreshed(tmp_path / "api", shown / "files", sources={system: url})
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}
