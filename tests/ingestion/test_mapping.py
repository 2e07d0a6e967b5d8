"""mapping.yml: files with names of their own land in the contract's raw tables."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from ingestion.errors import UnrecognisedLayout
from ingestion.pipelines import recognise, unreadable
from tests.decisions import example
from tests.ingestion.raw_home import Home, entity

TICKETS = """
- files: "desk*"
  entity: tickets
  source_system: desk
  columns:
    ticket_id: Nr
    created_at: Opened
    status: State
    channel: {value: email}
    topic: [Subject, Reason]
  values:
    status: {Open: open, Done: solved}
  time_format: "%d/%m/%Y %H:%M"
"""
DESK = [
    {"Nr": "1", "Opened": "01/02/2024 09:05", "State": "Open", "Subject": "", "Reason": "late"},
    {"Nr": "2", "Opened": "2024-03-01", "State": "Waiting", "Subject": "lost", "Reason": "late"},
    {"Nr": "3", "Opened": "32/01/2024 00:00", "State": "Done", "Subject": "", "Reason": ""},
]


def write_rows(home: Home, name: str, rows: Sequence[dict[str, str]]) -> None:
    """The rows as CSV, JSON Lines or Parquet, whichever the name says."""
    if name.endswith(".jsonl"):
        home.write(name, "".join(json.dumps(row) + "\n" for row in rows))
        return
    records = json.dumps(rows).replace("'", "''")
    columns = ", ".join(f'"{column}" varchar' for column in rows[0])
    kinds = json.dumps([dict.fromkeys(rows[0], "VARCHAR")]).replace("'", "''")
    with duckdb.connect() as con:
        con.execute(f"create table rows ({columns})")
        con.execute(
            f"insert into rows select unnest(from_json('{records}', '{kinds}'), recursive := true)"
        )
        form = "parquet" if name.endswith(".parquet") else "csv"
        con.execute(f"copy rows to '{home.inputs / name}' (format {form})")


@pytest.mark.parametrize("name", ["desk.csv", "desk.jsonl", "desk.parquet"])
def test_names_values_times_and_constants_are_translated(home: Home, name: str) -> None:
    """In every format alike. What no value or format names passes through, to be judged by dbt."""
    home.write("mapping.yml", TICKETS)
    write_rows(home, name, DESK)
    report = home.ingest()
    assert (report.refused, report.warnings) == ((), ())
    assert home.rows(
        "select ticket_id, created_at, status, channel, topic, source_system, _record_number "
        "from raw_files.tickets order by 1"
    ) == [
        ("1", "2024-02-01T09:05:00", "open", "email", "late", "desk", 1),
        ("2", "2024-03-01", "Waiting", "email", "lost", "desk", 2),
        ("3", "32/01/2024 00:00", "solved", "email", None, "desk", 3),
    ]


@pytest.mark.parametrize("name", ["desk.csv", "desk.jsonl", "desk.parquet"])
def test_raw_keeps_what_is_not_taken_over_as_it_stands(home: Home, name: str) -> None:
    home.write("mapping.yml", TICKETS)
    write_rows(home, name, [{**DESK[0], "Office": "Lyon"}])
    report = home.ingest()
    assert entity(report, "tickets").unknown_columns == ("Office",)
    ((extra,),) = home.rows("select _extra from raw_files.tickets")
    assert json.loads(extra) == {
        "Opened": "01/02/2024 09:05",
        "State": "Open",
        "Subject": "" if name.endswith(("l", "t")) else None,
        "Reason": "late",
        "Office": "Lyon",
    }


@pytest.mark.parametrize(
    ("form", "text", "stored"),
    [
        ("%d.%m.%Y", "01.03.2024", "2024-03-01"),
        ("%m/%d/%y %I:%M %p", "3/1/24 1:05 pm", "2024-03-01T13:05:00"),
        ("%Y/%m/%d %I:%M:%S %p %z", "2024/03/01 10:15:30 PM GMT+1", "2024-03-01T21:15:30Z"),
        ("%Y/%m/%d %I:%M:%S %p %z", "2024/03/01 1:15:30 AM UTC-5:30", "2024-03-01T06:45:30Z"),
        ("%Y/%m/%d %I:%M:%S %p %z", "2024/03/01 1:15:30 AM GMT", "2024-03-01T01:15:30Z"),
        ('["%d.%m.%Y", "%d.%m.%Y %H:%M"]', "01.03.2024 07:00", "2024-03-01T07:00:00"),
        ("%d/%m/%Y", "2024-03-01T07:00:00Z", "2024-03-01T07:00:00Z"),
        ("%d/%m/%Y", "03/13/2024", "03/13/2024"),
    ],
)
def test_times_are_read_as_the_format_says(home: Home, form: str, text: str, stored: str) -> None:
    """A day stays a day; a time with an offset becomes UTC; without, it stays the tenant's."""
    form = form if form.startswith("[") else f'"{form}"'
    home.write(
        "mapping.yml",
        f"- {{files: d.csv, entity: decisions, time_format: {form}, "
        "columns: {decision_id: id, decided_at: day}}",
    )
    home.write("d.csv", f"id,day\n1,{text}\n")
    assert home.ingest().refused == ()
    assert home.rows("select decided_at from raw_files.decisions") == [(stored,)]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2024-07-01 10:00:00", "2024-07-01T08:00:00Z"),
        ("2024-01-01T10:00", "2024-01-01T09:00:00Z"),
        ("01.07.2024 10:00", "2024-07-01T08:00:00Z"),
        ("2024-07-01T10:00:00Z", "2024-07-01T10:00:00Z"),
        ("2024-07-01T10:00:00+05:00", "2024-07-01T10:00:00+05:00"),
        ("2024-07-01", "2024-07-01"),
    ],
)
def test_times_of_another_zone_become_utc(home: Home, text: str, stored: str) -> None:
    """The tools of a head office elsewhere; what has an offset keeps it, and a day is a day."""
    home.write(
        "mapping.yml",
        "- {files: d.csv, entity: decisions, time_zone: Europe/Berlin, "
        "time_format: '%d.%m.%Y %H:%M', columns: {decision_id: id, decided_at: day}}",
    )
    home.write("d.csv", f"id,day\n1,{text}\n")
    assert home.ingest().refused == ()
    assert home.rows("select decided_at from raw_files.decisions") == [(stored,)]


FORM = """
- files: [forms/*.csv, forms/*.zip, forms/*.jsonl]
  entity: survey_responses
  columns:
    response_id: {record: true}
    survey_id: {value: spring}
    responded_at: When
    email: {column: Email, optional: true}
  questions:
    "How likely, 0 to 10?": nps
    Why?: {question_id: why, as: text}
    Satisfied?: {question_id: csat, values: {Very: 5, Not: 1, Do not know: ""}}
"""
SHEET = """When,"How likely, 0 to 10?",Why?,Satisfied?,Branch
2024-03-01T10:00,9,"good, really",Very,north
2024-03-01T11:00,,, ,south
2024-03-01T12:00,3,,Do not know,
"""
ANSWERS = "question_id, score, text, _record_number, _row_in_record, responded_at"


def answers(home: Home, columns: str = ANSWERS) -> list[tuple[object, ...]]:
    return home.rows(
        f"select {columns} from raw_files.survey_responses "
        "order by _load_id, _file_id, _record_number, _row_in_record"
    )


def test_a_wide_sheet_becomes_a_row_for_each_answer(home: Home) -> None:
    """Blank answers are no rows, the account counts answers, and each knows its record."""
    home.write("mapping.yml", FORM)
    home.write("forms/a.csv", SHEET)
    report = home.ingest()
    assert answers(home) == [
        ("nps", "9", None, 1, 0, "2024-03-01T10:00"),
        ("why", None, "good, really", 1, 1, "2024-03-01T10:00"),
        ("csat", "5", None, 1, 2, "2024-03-01T10:00"),
        ("nps", "3", None, 3, 0, "2024-03-01T12:00"),
    ]
    assert entity(report, "survey_responses").records == 4
    assert home.rows("select records, rejected_lines from ops.files") == [(4, 0)]
    assert answers(home, "_extra")[0] == ('{"Satisfied?":"Very","Branch":"north"}',)


def test_an_id_of_the_record_survives_a_longer_renamed_or_sorted_sheet(home: Home) -> None:
    """A sheet is downloaded anew each week: its old records must not count twice."""
    home.write("mapping.yml", FORM)
    home.write("forms/a.csv", SHEET)
    home.ingest()
    first = set(answers(home, "response_id, question_id"))
    header, *records = SHEET.splitlines()
    longer = [f"{header},New", *(f"{record}," for record in reversed(records))]
    home.write("forms/a (1).csv", "\n".join([*longer, "2024-03-02T10:00,10,,,,yes", ""]))
    home.ingest()
    again = answers(home, "response_id, question_id")
    assert len(first) == 4 and len(again) == 9 and len(set(again)) == 5


def test_records_without_an_id_as_the_decisions_have_them(home: Home) -> None:
    """Each row of the example: what a sheet counts after it was downloaded once more."""
    home.write("mapping.yml", FORM)
    title, *records = header_and_records = ['When,"How likely, 0 to 10?",Why?,Satisfied?'] + [
        f"2024-03-0{day},{score},," for day, score in ((1, 9), (2, 3), (3, 4))
    ]
    again = {
        "the same, under another name": header_and_records,
        "sorted, the newest first": [title, *reversed(records)],
        "with a further column": [f"{title},New", *(f"{record}," for record in records)],
        "with a fourth record, word for word like the third": [*header_and_records, records[2]],
        "with the third record's score changed": [title, *records[:2], "2024-03-03,5,,"],
    }
    rows = example("A record without an id")
    assert [row[0] for row in rows] == list(again)
    for number, (name, counted) in enumerate(rows):
        other = Home(home.raw.with_name(f"{number}.duckdb"), home.inputs)
        home.write("forms/a.csv", "\n".join(header_and_records) + "\n")
        (home.inputs / "forms" / "b.csv").unlink(missing_ok=True)
        other.ingest()
        home.write("forms/b.csv", "\n".join(again[name]) + "\n")
        other.ingest()
        assert other.rows("select count(distinct response_id) from raw_files.survey_responses") == [
            (int(counted),)
        ]


def test_records_that_are_alike_are_two(home: Home) -> None:
    home.write("mapping.yml", FORM)
    home.write(
        "forms/a.csv", 'When,"How likely, 0 to 10?",Why?,Satisfied?\n' + "2024-03-01,9,,\n" * 3
    )
    home.ingest()
    ids = [str(found) for (found,) in answers(home, "response_id")]
    assert [found.removeprefix(min(ids)) for found in ids] == ["", "-2", "-3"]


def test_a_downloaded_archive_and_a_broken_line_are_read_as_any(home: Home) -> None:
    """The lines are added up before answers are made of them, also where the CSV is repaired."""
    home.write("mapping.yml", FORM)
    broken = SHEET + '2024-03-01T13:00,7,"never closed,Very,\n2024-03-01T14:00,8,,,\n'
    (home.inputs / "forms").mkdir()
    with zipfile.ZipFile(home.inputs / "forms" / "Survey.csv.zip", "w") as archive:
        archive.writestr("Survey.csv", broken)
    counted = entity(home.ingest(), "survey_responses")
    assert (counted.records, counted.rejected_lines, counted.refused) == (5, 1, ())
    assert answers(home, "score, _record_number")[-1] == ("8", 4)


def test_json_lines_are_unpivoted_too(home: Home) -> None:
    home.write("mapping.yml", FORM)
    rows = [
        {"When": "2024-03-01", "How likely, 0 to 10?": 9, "Satisfied?": "Not", "x": {"y": [1]}},
        {"when": "2024-03-02", "Why?": "slow"},
    ]
    home.write("forms/a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert home.ingest().refused == ()
    assert answers(home) == [
        ("nps", "9", None, 1, 0, "2024-03-01"),
        ("csat", "1", None, 1, 2, "2024-03-01"),
        ("why", None, "slow", 2, 1, "2024-03-02"),
    ]


def test_rows_below_the_header_are_no_records(home: Home) -> None:
    text = 'id,day\n"the ""id""\nof it",Day\n"{""ImportId"":1}",d\n1,2024-03-01\n2,2024-03-02\n'
    home.write(
        "mapping.yml",
        "- {files: d.csv, entity: decisions, header_rows: 3, "
        "columns: {decision_id: id, decided_at: day}}",
    )
    home.write("d.csv", text)
    assert entity(home.ingest(), "decisions").records == 2
    assert home.rows("select decision_id, _record_number from raw_files.decisions") == [
        ("1", 1),
        ("2", 2),
    ]
    home.write("d.csv", "id,day\nonly one\n1,2024-03-01\n2,2024-03-02\n")
    assert "correct `header_rows`" in home.ingest().refused[0].message


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252"])
def test_other_encodings_are_read_where_the_mapping_says_so(home: Home, encoding: str) -> None:
    entry = "- {files: d.csv, entity: decisions, columns: {decision_id: id, title: What, "
    entry += "decided_at: day}%s}"
    home.write("d.csv", "id,day,What\r\n1,2024-03-01,Café\r\n".encode(encoding))
    home.write("mapping.yml", entry % "")
    unread = home.ingest()
    told = [*(refusal.message for refusal in unread.refused), *(row[2] for row in home.rejected())]
    assert len(told) == 1 and "save the file as UTF-8" in told[0]
    home.write("mapping.yml", entry % f", encoding: {encoding}")
    assert home.ingest().refused == ()
    assert home.rows("select title from raw_files.decisions") == [("Café",)]


def test_a_file_that_is_not_in_the_named_encoding_is_refused(home: Home) -> None:
    home.write(
        "mapping.yml",
        "- {files: d.csv, entity: decisions, encoding: utf-16, "
        "columns: {decision_id: id, decided_at: day}}",
    )
    home.write("d.csv", "id,day\n1,2024-03-01\n")
    (refusal,) = home.ingest().refused
    assert "not UTF-16" in refusal.message and "encoding: utf-8" in refusal.message


def test_a_changed_mapping_reads_its_own_files_again_and_no_others(home: Home) -> None:
    home.write("mapping.yml", TICKETS + FORM)
    write_rows(home, "desk.csv", DESK)
    home.write("forms/a.csv", SHEET)
    home.write("customers.csv", "customer_id\n1\n")
    home.ingest()
    assert not home.ingest().has_changes
    home.write("mapping.yml", TICKETS.replace("Done: solved", "Done: closed") + FORM)
    report = home.ingest()
    assert {item.entity: item.files_read for item in report.entities} == {
        "customers": 0,
        "survey_responses": 0,
        "tickets": 1,
    }
    assert home.rows(
        "select status from raw_files.tickets where _load_id = 2 and ticket_id = '3'"
    ) == [("closed",)]
    # words of the mapping that change nothing that is read
    home.write("mapping.yml", "# desk\n" + (home.inputs / "mapping.yml").read_text())
    assert not home.ingest().has_changes


def test_the_mapping_goes_before_the_name_of_the_file(home: Home) -> None:
    """`orders.csv` may hold something else, and folders of a path are columns like any."""
    home.write(
        "mapping.yml",
        "- {files: '**/orders.csv', entity: leads, columns: {lead_id: email, origin: campaign}}",
    )
    home.write("campaign=spring/orders.csv", "email\na@mail.example\n")
    home.write("customers.csv", "customer_id\n1\n")
    home.ingest()
    assert home.rows("select lead_id, email, origin from raw_files.leads") == [
        ("a@mail.example", None, "spring")
    ]
    assert home.rows("select count(*) from raw_files.customers") == [(1,)]


def test_a_title_that_stands_twice_can_be_named(home: Home) -> None:
    home.write("mapping.yml", FORM.replace("Why?:", '"Why? (2)":'))
    home.write("forms/a.csv", SHEET.replace("Branch", "why?"))
    home.ingest()
    assert answers(home, "text")[1] == ("north",)


def test_a_column_that_is_not_there_refuses_the_entity(home: Home) -> None:
    home.write("mapping.yml", TICKETS)
    home.write("desk.csv", "Nr,Openend,State,Reason\n1,2,3,4\n")
    (refusal,) = home.ingest().refused
    for word in ("line 1", "`Opened`", "mapping.yml, entry 1 (desk*)", "did you mean `Openend`?"):
        assert word in refusal.message
    assert "optional: true" in refusal.message


def test_a_sheet_without_any_of_the_questions_is_refused(home: Home) -> None:
    home.write(
        "mapping.yml",
        FORM.partition("  questions:")[0] + "  questions: {A: {question_id: a, optional: true}}",
    )
    home.write("forms/a.csv", SHEET)
    (refusal,) = home.ingest().refused
    assert "none of the questions that mapping.yml, entry 1 names" in refusal.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("files: x", ["is no list", "- files:"]),
        ("- files: 'x", ["line 1", "quotes"]),
        ("- files: *.csv", ["line 1", "* %", "quotes"]),
        ("- {files: x, files: y}", ["line 1", "`files` is there twice"]),
        ("- x", ["entry 1", "the entry"]),
        ("- {files: x, entity: ticket}", ["entry 1 (x)", "`tickets`"]),
        ("- {files: x, entitty: tickets}", ["`entitty` is no key", "`entity`"]),
        (
            "- {files: x, entity: tickets, columns: {ticket_id: a, created: b}}",
            ["`created` is no column of tickets", "`created_at`"],
        ),
        (
            "- {files: x, entity: tickets, columns: {created_at: a}}",
            ["no `ticket_id`", "record: true"],
        ),
        (
            "- {files: x, entity: decisions, columns: {decision_id: {column: a, optional: true}, "
            "decided_at: b}}",
            ["`decision_id` is required", "`value`"],
        ),
        (
            "- {files: x, entity: decisions, columns: {decision_id: {of: a}, decided_at: b}}",
            ["`of` is no key of `decision_id`"],
        ),
        (
            "- {files: x, entity: decisions, columns: {decision_id: a, decided_at: b}, "
            "values: {title: {a: b}}}",
            ["`values` speaks of `title`"],
        ),
        (
            "- {files: x, entity: decisions, columns: {decision_id: a, decided_at: b}, "
            "questions: {Why: why}}",
            ["`questions` belong to `entity: survey_responses`"],
        ),
        (
            "- {files: x, entity: decisions, columns: {decision_id: a, decided_at: b}, "
            "time_format: dd/mm/yyyy}",
            ["dd/mm/yyyy", "`%d/%m/%Y %H:%M`"],
        ),
        (
            "- {files: x, entity: decisions, columns: {decision_id: a, decided_at: b}, "
            "encoding: utf8}",
            ["`encoding: utf8`", "utf-8"],
        ),
        (
            "- {files: x, entity: decisions, columns: {decision_id: a, decided_at: b}, "
            "time_zone: CEST}",
            ["`time_zone: CEST`", "Europe/Berlin"],
        ),
        (
            "- {files: ../x, entity: decisions, columns: {decision_id: a, decided_at: b}}",
            ["leads out"],
        ),
        ("- {files: x, use: google_play}", ["`use: google_play`", "there are"]),
        (
            "- {files: d.csv, entity: decisions, columns: {decision_id: a, decided_at: b}}\n"
            "- {files: '*.csv', entity: decisions, columns: {decision_id: a, decided_at: b}}",
            ["entry 1 (d.csv) and", "entry 2 (*.csv) both claim d.csv"],
        ),
    ],
)
def test_a_fault_of_the_mapping_is_named_with_its_cure(
    home: Home, tmp_path: Path, text: str, words: list[str]
) -> None:
    """Before anything is read; a folder that is only remembered does not stop the others."""
    home.write("mapping.yml", text)
    home.write("d.csv", "a,b\n1,2024-03-01\n")
    with pytest.raises(UnrecognisedLayout) as error:
        home.ingest()
    for word in ["mapping.yml", *words]:
        assert word in str(error.value)
    with pytest.raises(UnrecognisedLayout):
        recognise(home.inputs)
    assert "mapping.yml" in unreadable([home.inputs, tmp_path / "away"])[home.inputs]


def test_what_matches_nothing_or_cannot_be_read_is_a_warning(home: Home) -> None:
    home.write("mapping.yml", TICKETS + FORM.replace("forms/", "nowhere/"))
    write_rows(home, "desk.csv", DESK)
    home.write("desk.xlsx", "x")
    report = home.ingest()
    assert report.refused == ()
    assert [warning.split(":")[0] for warning in report.warnings] == [
        "desk.xlsx was not read",
        "mapping.yml, entry 2 matches no file",
    ]


def test_a_mapping_that_leads_out_of_the_folder_is_not_read(home: Home, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yml").write_text(TICKETS)
    (home.inputs / "mapping.yml").symlink_to(tmp_path / "elsewhere.yml")
    with pytest.raises(UnrecognisedLayout, match="leads out of the inputs folder"):
        home.ingest()
