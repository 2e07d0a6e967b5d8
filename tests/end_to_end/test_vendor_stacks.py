"""One company, seen twice: through its systems' APIs, and through files. The marts are the same."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.cli import main
from ingestion.sample_company.vendors import hubspot, salesforce, writing
from tests.contract.hubspot import HubSpot
from tests.contract.qualtrics import Qualtrics
from tests.contract.salesforce import Salesforce
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


def salesforce_account(records: Path) -> Salesforce:
    """An account that holds the records."""
    vendor = Salesforce()
    vendor.page = 200
    kinds = {"accounts": "Account", "contacts": "Contact", "opportunities": "Opportunity"}
    for resource, _ in salesforce.ENTITIES.values():
        for record in lines(records / f"{resource}.jsonl"):
            vendor.put(kinds[resource], record["Id"], at=record["SystemModstamp"], **record)
    return vendor


def qualtrics_account(records: Path) -> Qualtrics:
    """An account that holds the records."""
    vendor = Qualtrics()
    vendor.progress = ["complete"]
    for question in lines(records / "questions.jsonl"):
        asked = [*vendor.questions.get(question["survey_id"], ()), question]
        vendor.put_survey(question["survey_id"], *asked, at=question["survey_last_modified"])
    for response in lines(records / "responses.jsonl"):
        vendor.responses.setdefault(response["survey_id"], []).append(response)
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


HOLDING: dict[str, Callable[[Path], Vendor]] = {
    "hubspot": hubspot_account,
    "salesforce": salesforce_account,
    "qualtrics": qualtrics_account,
}
# What a system brings, and the key of which it knows the last version alone.
CUSTOMER_RELATIONS = {"customers": "customer_id", "accounts": "account_id", "leads": "lead_id"}
SURVEYS = {"survey_questions": None, "survey_responses": None, "survey_frame": None}
BROUGHT: dict[str, Mapping[str, str | None]] = {
    "hubspot": CUSTOMER_RELATIONS,
    "salesforce": CUSTOMER_RELATIONS,
    "qualtrics": SURVEYS,
}


def name_system(company: Path, system: str) -> None:
    """Has the rows that a system brings say that they are of it."""
    for entity, key in BROUGHT[system].items():
        rows = writing.read_rows(company)[entity]
        if key is not None:
            rows = list({row[key]: row for row in rows}.values())
        with (company / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0], "source_system"])
            writer.writeheader()
            writer.writerows({**row, "source_system": system} for row in rows)


@pytest.mark.parametrize("systems", [("hubspot",), ("salesforce", "qualtrics")], ids=", ".join)
def test_company_in_its_systems_gives_the_marts_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, systems: tuple[str, ...]
) -> None:
    shown, twin = tmp_path / "shown", tmp_path / "twin"
    size = ["--customers", "300", "--months", "6", "--seed", "7"]
    assert main(["generate", "--out", str(shown), *size, "--as", ",".join(systems)]) == 0
    assert main(["generate", "--out", str(twin), *size]) == 0
    (twin / "truth.json").unlink()
    monkeypatch.setenv("CX_HASH_KEY", "the same secret of both homes")
    with ExitStack() as serving:
        urls = {}
        for system in systems:
            name_system(twin, system)
            monkeypatch.setenv(f"SOURCES__{system.upper()}__TOKEN", TOKEN)
            urls[system] = serving.enter_context(serve(HOLDING[system](shown / system)))
        api = refreshed(tmp_path / "api", shown / "files", sources=urls)
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}
