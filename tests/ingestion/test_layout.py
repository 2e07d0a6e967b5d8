"""Which folder is which source, what is found in it, and what is said about the rest."""

import os
from pathlib import Path

import pytest

from ingestion.errors import UnrecognisedLayout
from ingestion.pipelines import recognise
from tests.ingestion.raw_home import Home, entity


@pytest.mark.parametrize(
    ("files", "source"),
    [
        (["orders.csv"], "files"),
        (["web_events/2024/part.parquet", "notes.md"], "files"),
        (["Orders.JSONL.GZ"], "files"),
        (["reference/targets.csv"], "files"),
        (["olist_orders_dataset.csv", "olist_customers_dataset.csv"], "olist"),
        (["2010.csv", "2011.csv"], "sfo_survey"),
    ],
)
def test_recognises_each_layout(tmp_path: Path, files: list[str], source: str) -> None:
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("*RESPNUM,Q1\n1,2\n")
    assert recognise(tmp_path) == source


@pytest.mark.parametrize(
    ("name", "line", "source"),
    [
        ("web_events.jsonl", '{"event_id": "1", "event_name": "a"}', "files"),
        ("2026/02/01/1769940000.abc.json", '{"messageId": "1", "type": "track"}', "segment"),
        (
            "20260201/000000000000.json",
            '{"event_timestamp": "1", "event_name": "a", "event_date": "20260201", '
            '"event_params": []}',
            "ga4",
        ),
        (
            "run=2026-02-01/part-00000.json",
            '{"event_id": "1", "collector_tstamp": "2"}',
            "snowplow",
        ),
        ("run=2026-02-01/part-00000", "web" + "\t" * 130, "snowplow"),
        ("2026/access.log.1", '1.2.3.4 - - [now] "GET / HTTP/1.1" 200 1 "-" "-"', "web_server_log"),
    ],
)
def test_event_files_are_recognised_by_what_they_hold(
    home: Home, name: str, line: str, source: str
) -> None:
    home.write(name, f"{line}\n")
    assert recognise(home.inputs) == source


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], ["it holds nothing", "survey_responses", "olist_orders_dataset.csv", "2010.csv"]),
        (["custommers.csv"], ["custommers.csv (did you mean `customers`?)"]),
        (["olist_orders_dataset.csv"], ["lacks olist_customers_dataset.csv"]),
        (["2010.csv"], ["`2010.csv`", "RESPNUM"]),
    ],
)
def test_an_unrecognised_folder_says_what_was_expected(
    tmp_path: Path, files: list[str], words: list[str]
) -> None:
    for name in files:
        (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(UnrecognisedLayout) as error:
        recognise(tmp_path)
    assert str(tmp_path) in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_a_missing_folder_or_a_file_is_an_error_before_anything_is_made(home: Home) -> None:
    with pytest.raises(UnrecognisedLayout, match="does not exist"):
        home.ingest(home.inputs / "nowhere")
    file = home.write("orders.csv", "order_id,ordered_at\n")
    with pytest.raises(UnrecognisedLayout, match="is a file"):
        home.ingest(file)
    assert not home.raw.exists()


def test_files_and_folders_of_one_entity_are_read_together(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    home.write("customers.jsonl", '{"customer_id":"2"}\n')
    home.write("customers/deep/er/part.csv", "customer_id\n3\n")
    home.write("customers/_SUCCESS", "")
    home.write("customers/.part.csv.crc", "x")
    report = home.ingest()
    assert entity(report, "customers").files_read == 3
    assert report.warnings == ()
    assert home.rows("select customer_id, _file from raw_files.customers order by 1") == [
        ("1", "customers.csv"),
        ("2", "customers.jsonl"),
        ("3", "customers/deep/er/part.csv"),
    ]


def test_hive_partitions_are_columns(home: Home) -> None:
    home.write("customers/Country=DE/city=K%C3%B6ln/a.csv", "customer_id,city\n1,own\n")
    home.write("customers/Country=__HIVE_DEFAULT_PARTITION__/wave=2/a.csv", "customer_id\n2\n")
    home.write("customers/country=FR/wave=3/a.jsonl", '{"customer_id":"3","vip":"1"}\n')
    report = home.ingest()
    assert entity(report, "customers").unknown_columns == ("wave", "vip")
    assert home.rows(
        "select customer_id, country, city, _extra from raw_files.customers order by 1"
    ) == [
        ("1", "DE", "own", None),
        ("2", None, None, '{"wave":"2"}'),
        ("3", "FR", None, '{"vip":"1","wave":"3"}'),
    ]


def test_a_required_column_may_come_from_the_path(home: Home) -> None:
    home.write("ticket_changes/ticket_id=7/a.csv", "changed_at\n2024-01-01\n")
    assert not home.ingest().refused
    assert home.rows("select ticket_id, changed_at from raw_files.ticket_changes") == [
        ("7", "2024-01-01")
    ]


def test_what_is_not_read_is_warned_about(home: Home) -> None:
    home.write("customers.csv", "customer_id\n1\n")
    home.write("custommers.csv", "customer_id\n1\n")
    home.write("orders.xlsx", "x")
    home.write("something/else.csv", "x")
    home.write("reference/tragets.csv", "x")
    home.write("README.md", "x")
    home.write("truth.json", "{}")
    warnings = home.ingest().warnings
    assert len(warnings) == 4, warnings
    said = "\n".join(warnings)
    assert (
        "custommers.csv was not read: `custommers` is no entity (did you mean `customers`?)" in said
    )
    assert "orders.xlsx was not read: not a format that is read" in said
    assert "something/else.csv was not read: `something` is no entity" in said
    assert "reference/tragets.csv was not read" in said
    assert "did you mean `targets`?" in said


def test_file_names_are_names_and_not_patterns(home: Home) -> None:
    home.write("customers/a?.csv", "customer_id\n1\n")
    home.write("customers/ab.csv", "customer_id\n2\n")
    home.write("customers/[ab].csv", "customer_id\n3\n")
    home.write("customers/it's.csv", "customer_id\n4\n")
    assert entity(home.ingest(), "customers").records == 4


def test_linked_folders_are_followed_once(home: Home) -> None:
    elsewhere = home.inputs / "_elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.csv").write_text("customer_id\n1\n")
    (home.inputs / "customers").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(home.inputs)
    assert entity(home.ingest(), "customers").records == 1


def test_what_is_no_file_is_left_out_with_a_note(home: Home) -> None:
    """A pipe has no end: reading one would wait for a writer for ever."""
    home.write("leads.csv", "lead_id\nL1\n")
    os.mkfifo(home.inputs / "customers.csv")
    (home.inputs / "orders.csv").symlink_to("/dev/zero")
    os.mkfifo(home.inputs / "2010.csv")
    report = home.ingest()
    assert report.refused == ()
    noted = [line for line in report.warnings if "pipe, a socket or a device" in line]
    assert [line.split()[0] for line in noted] == ["2010.csv", "customers.csv", "orders.csv"]
    assert home.rows("select lead_id from raw_files.leads") == [("L1",)]


@pytest.mark.parametrize("link", ["customers.csv", "customers", "customers/2024"])
def test_a_link_that_leads_out_of_the_inputs_is_refused_unread(
    home: Home, tmp_path: Path, link: str
) -> None:
    secret = tmp_path / "private" / "secret.csv"
    secret.parent.mkdir()
    secret.write_text("customer_id\na secret\n")
    home.write("leads.csv", "lead_id\nL1\n")
    path = home.inputs / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(secret if link.endswith(".csv") else secret.parent)
    report = home.ingest()
    (refusal,) = report.refused
    assert (refusal.entity, refusal.file) == ("customers", link)
    assert "a link that leads out of the inputs folder" in refusal.message
    assert "secret" not in refusal.message
    assert home.rows("select count(*) from raw_files.customers") == [(0,)]
    assert home.rows("select count(*) from raw_files.leads") == [(1,)]


def test_links_within_the_inputs_and_to_them_are_followed(home: Home, tmp_path: Path) -> None:
    home.write(".data/today.csv", "customer_id\n1\n")
    home.write("_orders/part.csv", "order_id,ordered_at\no1,2024-01-01\n")
    (home.inputs / "customers.csv").symlink_to(".data/today.csv")
    (home.inputs / "orders").symlink_to(home.inputs / "_orders")
    linked = tmp_path / "linked"
    linked.symlink_to(home.inputs)
    report = home.ingest(linked)
    assert report.refused == ()
    assert home.rows(
        "select customers.customer_id, order_id from raw_files.customers, raw_files.orders"
    ) == [("1", "o1")]


def test_a_link_to_reference_data_elsewhere_keeps_what_was_read(home: Home, tmp_path: Path) -> None:
    home.write("reference/targets.csv", "metric\nnps\n")
    home.ingest()
    elsewhere = home.inputs / "reference"
    elsewhere.rename(tmp_path / "elsewhere")
    elsewhere.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnrecognisedLayout, match="reference is a link that leads out"):
        home.ingest()
    assert home.rows("select metric from reference.targets") == [("nps",)]
    elsewhere.unlink()
    elsewhere.mkdir()
    (elsewhere / "targets.csv").symlink_to(tmp_path / "elsewhere" / "targets.csv")
    assert [refusal.file for refusal in home.ingest().refused] == ["reference/targets.csv"]
    assert home.rows("select metric from reference.targets") == [("nps",)]


def test_a_survey_of_a_year_without_questions_is_refused(home: Home) -> None:
    """It was read, and all of its rows then vanished: no question of that year is in the seed."""
    text = "*RESPNUM,Q7ALL\n1,5\n"
    home.write("2016.csv", text)
    assert home.ingest().refused == ()
    home.write("2017.csv", text)
    report = home.ingest()
    assert [(item.entity, item.file) for item in report.refused] == [("answers", "2017.csv")]
    assert "seeds/sfo_survey_questions.csv" in report.refused[0].message
    assert home.rows("select year from raw_sfo_survey.answers") == [("2016",)]
