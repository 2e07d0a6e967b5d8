"""Matomo's visits from its API to the columns of the contract, each row worked out by hand."""

import json
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ensure_raw, ingest
from ingestion.sample_company import generate
from ingestion.sample_company.vendors import matomo as vendor_records
from ingestion.sample_company.vendors.exported import Row
from ingestion.sample_company.vendors.writing import read_rows
from ingestion.sources.web import matomo
from tests.contract.landed import account, fetch
from tests.contract.matomo import Matomo, action
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import SOURCE_ENTITIES, Dbt

# CI builds other systems; what reads this one is held to its API in tests/contract.
pytestmark = pytest.mark.long

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEGUN = "2026-11-10T20:00:00Z"
BROWSER = "a1b2c3d4e5f60718"


def first_look() -> Matomo:
    """A visit that came from a campaign and lasts, on a site in Tehran; and one without a deed."""
    vendor = Matomo()
    vendor.put_site("1", at="2026-11-09 12:00:00")
    vendor.hours["1"] = 3.5  # type: ignore[assignment]
    vendor.visit("1", "70", *deeds()[:2], at=BEGUN, last="2026-11-10T20:00:30Z", **TOLD)
    vendor.visit("1", "71", at=BEGUN)
    return vendor


TOLD = {
    "referrerType": "campaign",
    "referrerName": "spring",
    "referrerUrl": "https://news.example/a?reader=7",
    "deviceType": "Smartphone",
    "operatingSystemName": "Android",
    "browserName": "Chrome Mobile",
    "countryCode": "ir",
}


def deeds() -> list[dict[str, Any]]:
    url = "https://shop.example"
    return [
        action(1, 0, url=f"{url}/p/1?token=s3cret#b", pageLoadTimeMilliseconds=812),
        action(2, 10, "search", url=f"{url}/search", siteSearchKeyword="toys"),
        action(3, 40, "event", url=f"{url}/cart", eventCategory="shop", eventAction="Add to cart"),
        action(4, 41, "event", eventCategory="JavaScript Errors", eventAction="app.js:1"),
        {"type": "goal", "timestamp": 50, "goalId": 5, "goalName": "Newsletter"},
        {"type": "ecommerceOrder", "timestamp": 60, "orderId": "O1", "revenue": 20},
        action(6, 70, "outlink", url="https://bank.example/pay"),
        action(7, 80, "heartbeat"),
    ]


def second_look(vendor: Matomo) -> None:
    """The visit went on, and its visitor signed in."""
    last = "2026-11-10T20:25:00Z"  # the browser said so long that the page was still open
    vendor.visit("1", "70", *deeds(), at=BEGUN, last=last, userId="C1", **TOLD)


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_look()
    with serve(vendor) as url:
        own = account(matomo, url, token=TOKEN)
        for look in (1, 2):
            if look == 2:
                second_look(vendor)
            assert fetch(matomo, own, home).refused == ()
            assert ingest(dbt.raw, inputs=(), hash_key="key", now=NOW, accounts=[own]).refused == ()
    chosen = ("stg_matomo__set_aside", "+accepted_web_events", "+accepted_identity_links")
    kinds = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt.must("build", *kinds, "--select", *chosen)
    return dbt


def test_events(staged: Dbt) -> None:
    """The site's clock is three and a half hours ahead; neither query nor fragment is kept."""
    rows = staged.rows(
        "select event_id, cast(occurred_at as varchar), event_name, page, load_ms, is_error, "
        "referrer, utm_campaign, properties from staging.accepted_web_events "
        "order by occurred_at"
    )
    came = ("https://news.example/a", "spring")
    cart = '{"category":"shop","name":null,"value":null}'
    error = '{"category":"JavaScript Errors","name":null,"value":null}'
    assert rows == [
        ("1", "2026-11-10 20:00:00", "page_view", "/p/1", 812.0, False, *came, None),
        ("2", "2026-11-10 20:00:10", "search", "/search", None, False, None, None,
         '{"query":"toys"}'),
        ("3", "2026-11-10 20:00:40", "add_to_cart", "/cart", None, False, None, None, cart),
        ("4", "2026-11-10 20:00:41", "error", None, None, True, None, None, error),
        ("70-goal-5-1794340850", "2026-11-10 20:00:50", "goal", None, None, False, None, None,
         '{"goal":"Newsletter"}'),
        ("70-ecommerceOrder-O1", "2026-11-10 20:01:00", "purchase", None, None, False, None, None,
         '{"order_id":"O1"}'),
        ("6", "2026-11-10 20:01:10", "click", "/pay", None, False, None, None, None),
        ("7", "2026-11-10 20:01:20", "heartbeat", None, None, False, None, None, None),
    ]  # fmt: skip


def test_visit_stands_with_each_of_its_events(staged: Dbt) -> None:
    """Who signs in while a visit lasts is its visitor from the beginning."""
    columns = "anonymous_id, customer_id, session_id, device, os, browser, country, is_bot"
    rows = staged.rows(f"select distinct {columns} from staging.accepted_web_events")
    assert rows == [
        (BROWSER, "C1", "70", "mobile", "Android", "Chrome Mobile", "IR", False),
    ]


def test_visit_that_grew_replaces_what_it_was(staged: Dbt) -> None:
    verdicts = staged.rows(
        "select load_id, verdict, count(*) from staging.judged_web_events group by all order by all"
    )
    # both readings were good when they came; the later one holds
    assert verdicts == [(1, "accepted", 2), (2, "accepted", 8)]
    assert staged.rows("select count(*) from staging.accepted_web_events") == [(8,)]


def test_user_and_browser_are_one_person(staged: Dbt) -> None:
    columns = "left_type, left_id, right_type, right_id, cast(linked_at as varchar)"
    assert staged.rows(f"select {columns} from staging.accepted_identity_links") == [
        ("customer_id", "C1", "anonymous_id", BROWSER, "2026-11-10 20:00:00"),
    ]


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{staged.raw}' as raw (read_only)")
        connection.execute(f"attach '{staged.warehouse}' as warehouse (read_only)")
        became = " union all ".join(
            f"select file_id, record_number from warehouse.staging.stg_matomo__{entity}"
            for entity in SOURCE_ENTITIES["matomo"]
        )
        read = "select _file_id, _record_number from raw.raw_matomo.visits"
        assert connection.execute(f"({read}) except ({became})").fetchall() == []
        aside = connection.execute(
            "select reason, count(*) from warehouse.staging.stg_matomo__set_aside group by reason"
        ).fetchall()
    assert aside == [("no_action", 2)]


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], Dbt]:
    """The sample company's sessions as Matomo would tell of them, staged; and as they are."""
    home = tmp_path_factory.mktemp("company")
    generate(home / "company", customers=100, months=4, seed=5)
    rows = read_rows(home / "company")["web_events"]
    visits, left = vendor_records.sessions(rows)
    assert len(left) < len(rows) / 5
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    ensure_raw(dbt.raw, hash_key="key")
    with duckdb.connect(str(dbt.raw)) as connection:
        connection.executemany(
            "insert into raw_matomo.visits (record, source_system, _load_id, _file_id, "
            "_record_number) values (?, 'matomo', 1, 1, ?)",
            [
                (json.dumps(visit), number)
                for number, visit in enumerate(vendor_records.export(visits), 1)
            ],
        )
    dbt.must("run", "--select", "stg_matomo__web_events")
    return [row for visit in visits for row in visit], dbt


def test_company_comes_back_as_it_was(told: tuple[list[Row], Dbt]) -> None:
    rows, dbt = told
    columns = [column for column in rows[0] if column not in vendor_records.NOT_CARRIED]
    expected = [tuple(row[column] for column in columns) for row in rows]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{dbt.raw}' as raw (read_only)")
        connection.execute(f"attach '{dbt.warehouse}' as warehouse (read_only)")
        found = connection.execute(
            f"select {', '.join(columns)} from warehouse.staging.stg_matomo__web_events"
        ).fetchall()
        users = connection.execute(
            "select session_id, max(customer_id) from warehouse.staging.stg_matomo__web_events "
            "where customer_id is not null group by session_id"
        ).fetchall()
    assert len(expected) > 500
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert dict(users) == {
        row["session_id"]: row["customer_id"] for row in rows if row["customer_id"]
    }
