"""Every record that ingestion counted is a row, or is named as set aside: none vanishes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from tests.dbt_project.building import Dbt, told
from tests.decisions import example

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPLAINED = "assert_every_record_is_explained"
QUESTIONS_OF_2016 = ("Q7ART", "Q7FOOD", "Q7ALL")


def hit(request: str, status: int) -> str:
    return (
        f'192.0.2.1 - - [01/Feb/2026:10:00:00 +0000] "{request} HTTP/1.1" {status} 512 "-" '
        '"Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"'
    )


OLIST = {
    "olist_orders_dataset.csv": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date",
        "o1,c1,delivered,2018-01-01 10:00:00,,,,2018-01-09 00:00:00",
    ),
    "olist_customers_dataset.csv": (
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
        "c1,u1,01000,sao paulo,SP",
    ),
    "olist_order_payments_dataset.csv": (
        "order_id,payment_sequential,payment_type,payment_installments,payment_value",
        "o1,1,voucher,1,10.00",
        "o2,1,voucher,1,10.00",
    ),
    "olist_marketing_qualified_leads_dataset.csv": (
        "mql_id,first_contact_date,landing_page_id,origin",
        "m1,2018-02-01,l1,social",
    ),
    "olist_closed_deals_dataset.csv": (
        "mql_id,seller_id,sdr_id,sr_id,won_date,business_segment,lead_type,"
        "lead_behaviour_profile,business_type",
        "m1,s1,d1,r1,2018-03-01 10:00:00,,,,",
        "m2,s2,d1,r1,2018-03-01 10:00:00,,,,",
    ),
    "olist_products_dataset.csv": (
        "product_id,product_category_name,product_name_lenght,product_description_lenght,"
        "product_photos_qty,product_weight_g,product_length_cm,product_height_cm,product_width_cm",
        "p1,livros,1,1,1,1,1,1,1",
    ),
    "olist_sellers_dataset.csv": (
        "seller_id,seller_zip_code_prefix,seller_city,seller_state",
        "s1,01000,sao paulo,SP",
    ),
}
SURVEY = {
    "2016.csv": (
        f"*RESPNUM,{','.join(QUESTIONS_OF_2016)}",
        "1,5,,",
        "2,,0,",  # has answered nothing
        "3,6,6,6",  # nothing applied: that is an answer
    ),
}
LOGS = {
    "access.log": (
        hit("GET /a", 200),
        hit("GET /a.css", 200),
        hit("GET /old", 301),
        hit("GET /a", 206),
        hit("HEAD /a", 200),
        "no hit at all",
    )
}
DESK = {
    "incident_event_log.csv": (
        "number,incident_state,opened_at,sys_updated_at",
        "INC1,New,29/2/2016 01:16,29/2/2016 01:23",
        "INC1,-100,29/2/2016 01:16,29/2/2016 01:24",
    )
}
GA4_EVENT = (
    '{"event_date": "20260201", "event_timestamp": "%d", "event_name": "a", "event_params": []}'
)
GA4 = {
    "events_20260201.json": (GA4_EVENT % 1, GA4_EVENT % 2, "no event"),
    "events_intraday_20260201.json": (GA4_EVENT % 1, GA4_EVENT % 3),
}
SNOWPLOW = {"part-00000": ("\t".join("1" * 131), "no event")}


def messages() -> tuple[str, ...]:
    """Those of the decisions, each with an id and a time."""
    common = {"timestamp": "2026-02-01T10:00:00Z"}
    return tuple(
        json.dumps({"messageId": f"m{number}", **common, **json.loads(message.strip("`"))})
        for number, (message, _) in enumerate(example("Every record is accounted for"))
    )


def write(folder: Path, files: Mapping[str, tuple[str, ...]]) -> Path:
    folder.mkdir()
    for name, lines in files.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def accounted(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """One small folder of every source, read and built up to the account of its records."""
    home = tmp_path_factory.mktemp("accounted")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    folders: dict[str, Mapping[str, tuple[str, ...]]] = {
        "olist": OLIST,
        "survey": SURVEY,
        "logs": LOGS,
        "desk": DESK,
        "segment": {"messages.jsonl": messages()},
        "ga4": GA4,
        "snowplow": SNOWPLOW,
        "files": {"customers.csv": ("customer_id,created_at", "c1,2026-01-01", ",2026-01-01")},
    }
    inputs = tuple(write(home / name, files) for name, files in folders.items())
    report = ingest(dbt.raw, inputs=inputs, hash_key="key", now=NOW)
    assert report.refused == ()
    dbt.must("build", "--exclude-resource-type", "test", "--select", "+rpt_source_records")
    return dbt


def outcomes(dbt: Dbt, source: str) -> dict[tuple[str, str], int]:
    rows = dbt.rows(
        "select raw_table, outcome, records from marts.rpt_source_records where source = ?",
        [source],
    )
    return {(table, outcome): records for table, outcome, records in rows}


def test_records_of_the_decisions(accounted: Dbt) -> None:
    """A message without a type once left the warehouse without a word: null is in no list."""
    cases = example("Every record is accounted for")
    became = dict(
        accounted.rows("""
            select record_number, 'set aside: ' || reason from staging.judged_set_aside
            where source = 'segment'
            union all
            select record_number, 'a link' from staging.judged_identity_links
            where source = 'segment' and verdict = 'accepted'
            union all
            select record_number, 'an event' || coalesce(', quarantined: ' || reason_code, '')
            from staging.judged_web_events where source = 'segment'
        """)
    )
    assert [became.get(number, "vanished") for number in range(1, len(cases) + 1)] == [
        expected for _, expected in cases
    ]


def test_olist_names_what_is_no_row(accounted: Dbt) -> None:
    """What is read with another record, and what belongs to one that was never read."""
    assert outcomes(accounted, "olist") == {
        ("orders", "row"): 1,
        ("customers", "row"): 1,
        ("order_payments", "joined"): 1,
        ("order_payments", "without_record"): 1,
        ("marketing_qualified_leads", "row"): 1,
        ("closed_deals", "joined"): 1,
        ("closed_deals", "without_record"): 1,
        ("products", "joined"): 1,
        ("sellers", "unused"): 1,
    }


def test_the_airports_respondents_are_counted_once(accounted: Dbt) -> None:
    """Twenty answers are one record, and a question of the year is none."""
    assert outcomes(accounted, "sfo_survey") == {
        ("answers", "row"): 2,
        ("answers", "no_answer"): 1,
    }


def test_a_logs_hits_that_are_no_events_are_named(accounted: Dbt) -> None:
    assert outcomes(accounted, "web_server_log") == {
        ("web_events", "row"): 1,
        ("web_events", "asset"): 1,
        ("web_events", "redirect_or_part"): 2,
        ("web_events", "other_method"): 1,
        ("web_events", "unreadable_line"): 1,
    }


@pytest.mark.parametrize(("source", "rows"), [("ga4", 4), ("snowplow", 1)])
def test_every_event_that_can_be_read_is_a_row(accounted: Dbt, source: str, rows: int) -> None:
    """Also what came after its day was complete, and what is quarantined."""
    assert outcomes(accounted, source) == {
        ("web_events", "row"): rows,
        ("web_events", "unreadable_line"): 1,
    }


def test_quarantined_rows_are_rows(accounted: Dbt) -> None:
    assert outcomes(accounted, "files") == {("customers", "row"): 2}
    assert outcomes(accounted, "service_desk") == {("incident_event_log", "row"): 2}


def test_every_record_is_explained(accounted: Dbt) -> None:
    accounted.must("test", "--select", "rpt_source_records")


@pytest.mark.parametrize("entity", ["customers", "web_events", "set_aside"])
def test_a_record_that_vanishes_is_found(accounted: Dbt, tmp_path: Path, entity: str) -> None:
    """The account is held against what ingestion counted, not against itself."""
    dbt = Dbt(accounted.manifest, accounted.raw, tmp_path / "warehouse.duckdb", tmp_path)
    dbt.warehouse.write_bytes(accounted.warehouse.read_bytes())
    with duckdb.connect(str(dbt.warehouse)) as connection:
        connection.execute(f"delete from staging.judged_{entity} where record_number = 2")
    dbt.must("run", "--select", "rpt_source_records")
    result = dbt.run("test", "--select", EXPLAINED)
    assert f"{EXPLAINED}: fail: Got " in told(result)


def test_answers_of_a_year_without_questions_are_quarantined(
    manifest: Manifest, tmp_path: Path
) -> None:
    """A year that raw holds, but the seed has no questions of, once vanished from the account."""
    dbt = Dbt(manifest, tmp_path / "raw.duckdb", tmp_path / "warehouse.duckdb", tmp_path)
    folder = write(tmp_path / "survey", SURVEY)
    ingest(dbt.raw, inputs=(folder,), hash_key="key", now=NOW)
    with duckdb.connect(str(dbt.raw)) as connection:
        connection.execute("update raw_sfo_survey.answers set year = '2017'")
    dbt.must("build", "--exclude-resource-type", "test", "--select", "+judged_survey_responses")
    assert dbt.rows("""
        select record_number, verdict, reason_code, reason from staging.judged_survey_responses
        order by record_number
    """) == [(number, "quarantined", "missing_key", "question_id is blank") for number in (1, 2, 3)]
