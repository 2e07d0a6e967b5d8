"""One company, seen twice: through its systems' APIs, and through files. The marts are the same."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from dagster_project.cli import main
from ingestion.sample_company.vendors import matomo, segment, writing
from ingestion.sample_company.vendors.exported import Row
from ingestion.systems import SYSTEMS
from tests.contract.landed import account, fetch
from tests.contract.vendor_server import serve
from tests.dbt_project.building import SOURCE_ENTITIES
from tests.end_to_end.vendor_accounts import ACCOUNTS, SECRETS

# What says where a row came from and when it was read.
OF_SOURCES = {
    "rpt_source_health", "rpt_source_records", "rpt_source_fetches", "rpt_quarantine",
    "customer_key_history", "rpt_data_scatter",
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


# What a staged row has besides the contract's columns: where it was read.
READ_FROM = ("load_id", "file_id", "record_number", "row_key", "source")
SIZE = ("--customers", "200", "--months", "5", "--seed", "7")

# Most rows that a web system leaves to the files are those that nothing could use.
LEFT_SHARE = "0.9"


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


@pytest.fixture(autouse=True)
def _same_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both homes, so that hashed values are equal."""
    monkeypatch.setenv("CX_HASH_KEY", "the same secret of both homes")
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)


@pytest.mark.parametrize("system", ACCOUNTS)
def test_what_a_system_shows_of_the_company_is_fetched_again_without_refusal(
    system: str, tmp_path: Path
) -> None:
    """Cursors go on from what the records bear, planted faults included."""
    assert main(["generate", "--out", str(tmp_path), *SIZE, "--as", system]) == 0
    secrets = {
        name.removeprefix(f"SOURCES__{system.upper()}__").lower(): secret
        for name, secret in SECRETS.items()
        if name.startswith(f"SOURCES__{system.upper()}__")
    }
    with serve(ACCOUNTS[system](tmp_path / system)) as url:
        own = account(SYSTEMS[system], url, **secrets)
        reports = [fetch(SYSTEMS[system], own, tmp_path / "home") for _ in range(2)]
    assert [report.refused for report in reports] == [(), ()]
    assert sum(reports[0].records.values()) > 0


# What a system brings, and the key of which it knows the last version alone.
OF_CUSTOMERS = {
    "customers": ("customer_id",),
    "accounts": ("account_id",),
    "leads": ("lead_id",),
}
BROUGHT: Mapping[str, Mapping[str, Sequence[str]]] = {
    "hubspot": OF_CUSTOMERS,
    "salesforce": OF_CUSTOMERS,
    "qualtrics": {"survey_questions": (), "survey_responses": (), "survey_frame": ()},
    "woocommerce": {
        "customers": ("customer_id",),
        "orders": ("order_id",),
        "order_items": ("order_id", "line_number"),
    },
}


def name_system(company: Path, system: str) -> None:
    """Has the rows that a system brings say that they are of it; it holds none without a key."""
    for entity, key in BROUGHT[system].items():
        found = writing.read_rows(company)[entity]
        held = [row for row in found if all(row[name] for name in key)]
        others = [row for row in found if not all(row[name] for name in key)]
        if key:
            held = list({tuple(row[name] for name in key): row for row in held}.values())
        with (company / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*found[0], "source_system"])
            writer.writeheader()
            writer.writerows({**row, "source_system": system} for row in held)
            writer.writerows({**row, "source_system": None} for row in others)


@pytest.mark.parametrize(
    "systems",
    [
        pytest.param("hubspot", marks=pytest.mark.long),
        pytest.param("salesforce,qualtrics", marks=pytest.mark.long),
        pytest.param("woocommerce", marks=pytest.mark.long),
    ],
)
def test_company_in_its_systems_gives_the_marts_of_its_files(tmp_path: Path, systems: str) -> None:
    shown = tmp_path / "shown"
    assert main(["generate", "--out", str(shown), *SIZE, "--as", systems]) == 0
    twin = tmp_path / "twin"
    assert main(["generate", "--out", str(twin), *SIZE]) == 0
    (twin / "truth.json").unlink()
    with ExitStack() as served:
        urls = {}
        for system in systems.split(","):
            name_system(twin, system)
            urls[system] = served.enter_context(serve(ACCOUNTS[system](shown / system)))
        api = refreshed(tmp_path / "api", shown / "files", sources=urls)
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}


@pytest.mark.long
@pytest.mark.parametrize("system", ["intercom", "chatwoot"])
def test_company_with_a_desk_gives_the_marts_of_its_files(tmp_path: Path, system: str) -> None:
    shown, twin = tmp_path / "shown", tmp_path / "twin"
    assert main(["generate", "--out", str(shown), *SIZE, "--as", system]) == 0
    assert main(["generate", "--out", str(twin), *SIZE]) == 0
    (twin / "truth.json").unlink()
    with_desk(twin, system)
    with serve(ACCOUNTS[system](shown / system)) as url:
        api = refreshed(tmp_path / "api", shown / "files", sources={system: url})
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}


@pytest.mark.long
def test_company_in_matomo_gives_the_marts_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the files too the visit, not the event, says who is recognised, and the agent is unsaid:
    Matomo knows no more. Its users are the company's customers, whom another system lists."""
    monkeypatch.setenv("CX_QUARANTINE_SHARE", LEFT_SHARE)
    shown = tmp_path / "shown"
    assert main(["generate", "--out", str(shown), *SIZE, "--as", "matomo"]) == 0
    twin = tmp_path / "twin"
    assert main(["generate", "--out", str(twin), *SIZE]) == 0
    (twin / "truth.json").unlink()
    visits, others = matomo.sessions(writing.read_rows(twin)["web_events"])
    held = []
    for rows in visits:
        [user] = {row["customer_id"] for row in rows if row["customer_id"]} or {None}
        held += [{**row, "customer_id": user, "user_agent": None} for row in rows]
    tell(twin, "web_events", others, held, system="matomo")
    with serve(ACCOUNTS["matomo"](shown / "matomo")) as url:
        api = refreshed(tmp_path / "api", shown / "files", sources={"matomo": url})
    files = refreshed(tmp_path / "home", twin)
    # Matomo says itself that a browser and a user are one, files leave it to be found: the rule by
    # which they are one is another, the people are the same
    assert set(differences(api, files)) == {"customer_identifiers"}


@pytest.mark.long
def test_company_in_segment_gives_the_marts_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the files too is unsaid what Segment does not carry, and who is identified is certain."""
    monkeypatch.setenv("CX_QUARANTINE_SHARE", LEFT_SHARE)
    shown, twin = tmp_path / "shown", tmp_path / "twin"
    assert main(["generate", "--out", str(shown), *SIZE, "--as", "segment"]) == 0
    assert main(["generate", "--out", str(twin), *SIZE]) == 0
    (twin / "truth.json").unlink()
    rows = writing.read_rows(twin)
    events, others = segment.carried_events(rows["web_events"])
    links, other_links = segment.carried_links(rows["identity_links"])
    unsaid = dict.fromkeys(segment.NOT_CARRIED)
    tell(twin, "web_events", others, [row | unsaid for row in events], system="segment")
    unsaid = dict.fromkeys(segment.LINKS_NOT_CARRIED)
    tell(twin, "identity_links", other_links, [row | unsaid for row in links], system="segment")
    api = refreshed(tmp_path / "api", shown / "files", shown / "segment")
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}


def tell(
    twin: Path, entity: str, others: Sequence[Row], held: Sequence[Row], *, system: str
) -> None:
    """Says in the files themselves which rows are the system's."""
    shutil.rmtree(twin / entity, ignore_errors=True)
    with (twin / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys([*held[0], *others[0], "source_system"]))
        writer.writeheader()
        writer.writerows({**row, "source_system": None} for row in others)
        writer.writerows({**row, "source_system": system} for row in held)


def with_desk(twin: Path, system: str) -> None:
    """Says in the files themselves that the desk is the system's, and who is known to it."""
    rows = writing.read_rows(twin)
    tickets = {row["ticket_id"]: row for row in rows["tickets"] if row["ticket_id"]}
    messages = {row["message_id"]: row for row in rows["ticket_messages"] if row["message_id"]}
    customers = {row["customer_id"]: row for row in rows["customers"]}
    asking = {row["customer_id"] for row in tickets.values()}
    told = {
        "tickets": tickets.values(),
        "ticket_messages": [row for row in messages.values() if row["ticket_id"] in tickets],
        "ticket_changes": rows["ticket_changes"],
        "employees": rows["employees"],
        "customers": [row for key, row in customers.items() if key in asking],
    }
    for entity, found in told.items():
        kept = rows["customers"] if entity == "customers" else []
        with (twin / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[entity][0], "source_system"])
            writer.writeheader()
            writer.writerows([*kept, *({**row, "source_system": system} for row in found)])


STACKS = (
    "hubspot,typeform,zendesk,ga4",
    "salesforce,qualtrics,intercom,segment",
    "formbricks,chatwoot,matomo,woocommerce",
)


@pytest.mark.parametrize(
    "stack", [STACKS[0], *(pytest.param(stack, marks=pytest.mark.long) for stack in STACKS[1:])]
)
def test_a_stack_gives_the_marts_of_its_files(
    stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_QUARANTINE_SHARE", LEFT_SHARE)
    systems = stack.split(",")
    shown = tmp_path / "shown"
    assert main(["generate", "--out", str(shown), *SIZE, "--as", stack]) == 0
    exported = [shown / system for system in systems if system not in ACCOUNTS]
    with ExitStack() as served:
        urls = {
            system: served.enter_context(serve(ACCOUNTS[system](shown / system)))
            for system in systems
            if system in ACCOUNTS
        }
        api = refreshed(tmp_path / "api", shown / "files", *exported, sources=urls)
    twin = as_files(api, systems, left=shown / "files", out=tmp_path / "twin")
    files = refreshed(tmp_path / "home", twin)
    assert differences(api, files) == {}


def as_files(home: Path, systems: Sequence[str], *, left: Path, out: Path) -> Path:
    """The inputs of a second home: what the systems' models made of their records, as files.

    That the models make the company's own rows of the records is proven system by system, in
    tests/dbt_project; here no mart may take notice of where a row came from.
    """
    shutil.copytree(left, out)
    with duckdb.connect() as con:
        for name in ("raw", "warehouse"):
            con.execute(f"attach '{home / name}.duckdb' as {name} (read_only)")
        for system in systems:
            for entity in SOURCE_ENTITIES[system]:
                if entity == "set_aside":
                    continue
                (out / entity).mkdir(exist_ok=True)
                if (single := out / f"{entity}.csv").exists():
                    # read before what the systems say, as the first home reads its files
                    single.rename(out / entity / f"0_{single.name}")
                con.execute(
                    # a row that names no system is of the one that it was read from
                    f"copy (select * exclude ({', '.join(READ_FROM)}) replace "
                    f"(coalesce(source_system, '{system}') as source_system) from "
                    f"warehouse.staging.stg_{system}__{entity} order by row_key) "
                    f"to '{out / entity / system}.csv' (header)"
                )
    return out
