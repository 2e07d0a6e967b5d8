"""One company, seen twice: through its systems' APIs, and through files. The marts are the same."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.cli import main
from ingestion.sample_company.vendors import hubspot, matomo, writing
from tests.contract.hubspot import HubSpot
from tests.contract.matomo import Matomo
from tests.contract.vendor_server import TOKEN, serve
from tests.contract.woocommerce import KEY, WooCommerce

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


def name_system(folder: Path, system: str, **keys: tuple[str, ...]) -> None:
    """Says of the rows that the system holds, their last versions, that they are of it."""
    for entity, key in keys.items():
        found = writing.read_rows(folder)[entity]
        held = {tuple(row[name] for name in key): row for row in found if all(row[n] for n in key)}
        others = [row for row in found if not all(row[name] for name in key)]
        with (folder / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*found[0], "source_system"])
            writer.writeheader()
            writer.writerows({**row, "source_system": system} for row in held.values())
            writer.writerows({**row, "source_system": None} for row in others)


def test_company_in_hubspot_gives_the_marts_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = tmp_path / "shown"
    size = ["--customers", "300", "--months", "6", "--seed", "7"]
    assert main(["generate", "--out", str(shown), *size, "--as", "hubspot"]) == 0
    twin = tmp_path / "twin"
    assert main(["generate", "--out", str(twin), *size]) == 0
    (twin / "truth.json").unlink()
    name_system(
        twin, "hubspot", customers=("customer_id",), accounts=("account_id",), leads=("lead_id",)
    )
    monkeypatch.setenv("CX_HASH_KEY", "the same secret of both homes")
    monkeypatch.setenv("SOURCES__HUBSPOT__TOKEN", TOKEN)
    with serve(hubspot_account(shown / "hubspot")) as url:
        api = refreshed(tmp_path / "api", shown / "files", sources={"hubspot": url})
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}


def woocommerce_account(records: Path) -> WooCommerce:
    """A shop that holds the records."""
    vendor = WooCommerce(page=100)
    for name in ("customers", "orders", "trashed_orders"):
        held = vendor.customers if name == "customers" else vendor.orders
        held.update({record["id"]: record for record in lines(records / f"{name}.jsonl")})
    for refund in lines(records / "refunds.jsonl"):
        vendor.refunds.setdefault(refund["order_id"], {})[refund["id"]] = refund
    return vendor


def test_company_in_woocommerce_gives_the_marts_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = tmp_path / "shown"
    size = ["--customers", "300", "--months", "6", "--seed", "7"]
    assert main(["generate", "--out", str(shown), *size, "--as", "woocommerce"]) == 0
    twin = tmp_path / "twin"
    assert main(["generate", "--out", str(twin), *size]) == 0
    (twin / "truth.json").unlink()
    name_system(
        twin,
        "woocommerce",
        customers=("customer_id",),
        orders=("order_id",),
        order_items=("order_id", "line_number"),
    )
    monkeypatch.setenv("CX_HASH_KEY", "the same secret of both homes")
    monkeypatch.setenv("SOURCES__WOOCOMMERCE__KEY", KEY)
    monkeypatch.setenv("SOURCES__WOOCOMMERCE__SECRET", TOKEN)
    with serve(woocommerce_account(shown / "woocommerce")) as url:
        api = refreshed(tmp_path / "api", shown / "files", sources={"woocommerce": url})
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}


def matomo_account(records: Path) -> Matomo:
    """A Matomo that holds the visits."""
    vendor = Matomo()
    vendor.put_site(matomo.SITE, at="2025-12-01 00:00:00", hours=matomo.HOURS_AHEAD)
    visits = lines(records / "visits.jsonl")
    vendor.visits[matomo.SITE] = {visit["idVisit"]: visit for visit in visits}
    return vendor


def test_company_in_matomo_gives_the_marts_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the files too the visit, not the event, says who is recognised, and the agent is unsaid:
    Matomo knows no more."""
    shown = tmp_path / "shown"
    size = ["--customers", "300", "--months", "6", "--seed", "7"]
    assert main(["generate", "--out", str(shown), *size, "--as", "matomo"]) == 0
    twin = tmp_path / "twin"
    assert main(["generate", "--out", str(twin), *size]) == 0
    (twin / "truth.json").unlink()
    visits, others = matomo.sessions(writing.read_rows(twin)["web_events"])
    for path in (twin / "web_events").iterdir():
        path.unlink()
    with (twin / "web_events" / "all.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*others[0], "source_system"])
        writer.writeheader()
        writer.writerows({**row, "source_system": None} for row in others)
        for rows in visits:
            [user] = {row["customer_id"] for row in rows if row["customer_id"]} or {None}
            said = {"customer_id": user, "user_agent": None, "source_system": "matomo"}
            writer.writerows({**row, **said} for row in rows)
    monkeypatch.setenv("CX_HASH_KEY", "the same secret of both homes")
    # most rows that are left to the files are those that nothing could use
    monkeypatch.setenv("CX_QUARANTINE_SHARE", "0.5")
    monkeypatch.setenv("SOURCES__MATOMO__TOKEN", TOKEN)
    with serve(matomo_account(shown / "matomo")) as url:
        api = refreshed(tmp_path / "api", shown / "files", sources={"matomo": url})
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}
