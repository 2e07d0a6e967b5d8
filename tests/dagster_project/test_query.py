"""`cx query` reads what is published, in three forms, and can do nothing else."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest

from dagster_project.cli import main
from dagster_project.cli.outcome import UsageError
from dagster_project.cli.query import select


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "serving.duckdb")) as connection:
        connection.execute("""
            create schema marts;
            create table marts.t as select * from (values
                (1, 'plain', 0.5::double, 1.10::decimal(18, 4), timestamp '2025-01-02 03:04:05'),
                (2, 'quote " comma , [b]x[/b]', null, null, null),
                (3, '=cmd()', 'nan'::double, 2, null)
            ) as v(id, text, ratio, amount, sent_at)
        """)
    return tmp_path


def ask(home: Path, sql: str, form: str) -> int:
    return main(["query", sql, "--home", str(home), "--format", form])


def test_csv_is_rfc_4180_without_formulas(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(home, "select * from marts.t order by id", "csv") == 0
    out = capsys.readouterr().out
    assert out.count("\r\n") == 4
    assert list(csv.reader(io.StringIO(out))) == [
        ["id", "text", "ratio", "amount", "sent_at"],
        ["1", "plain", "0.5", "1.1000", "2025-01-02 03:04:05"],
        ["2", 'quote " comma , [b]x[/b]', "", "", ""],
        ["3", "'=cmd()", "nan", "2.0000", ""],
    ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_only_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(
    home: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    sql = "select text, -1, -0.5::double, 'a' || text from (select $${}$$ as text)"
    assert ask(home, sql.format(text), "csv") == 0
    out = capsys.readouterr().out
    (_, row) = csv.reader(io.StringIO(out, newline=""))
    assert row == [f"'{text}", "-1", "-0.5", f"a{text}"]


def test_no_value_can_speak_to_the_terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "select chr(27) || '[31mRED' || chr(10) || 'next' || chr(155) as \"a\u001bb\""
    assert ask(home, sql, "table") == 0
    out = capsys.readouterr().out
    assert "␛[31mRED␊next\ufffd" in out
    assert "a␛b" in out
    assert ask(home, "select error('\u001b[31m')", "table") == 2
    assert ask(home, "select '\u001b' as", "table") == 2
    said = capsys.readouterr()
    assert "\u001b" not in out + said.err
    assert "\n" in said.err.strip()
    assert ask(home, sql, "json") == 0
    assert json.loads(capsys.readouterr().out) == [{"a\u001bb": "\u001b[31mRED\nnext\u009b"}]


def test_damaged_snapshot_is_told_in_one_line_with_the_cure(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "serving.duckdb").write_bytes(b"no database" * 1000)
    for command in (["query", "select 1"], ["status"], ["status", "--diff"], ["publish"]):
        assert main([*command, "--home", str(home)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "run `cx refresh`" in said


def test_json_is_valid_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(home, "from marts.t order by id", "json") == 0
    out = capsys.readouterr().out
    rows = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert rows[0] == {
        "id": 1,
        "text": "plain",
        "ratio": 0.5,
        "amount": 1.1,
        "sent_at": "2025-01-02 03:04:05",
    }
    assert rows[2]["ratio"] is None


def test_table_shows_text_as_it_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(home, "select text from marts.t where id = 2", "table") == 0
    assert 'quote " comma , [b]x[/b]' in capsys.readouterr().out


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from marts.t",
        "with a as (select 1) select * from a",
        "from marts.t",
        "describe marts.t",
        "show all tables",
        "summarize select id from marts.t",
        "explain select 1",
        "select now(), timestamptz '2025-01-01 00:00:00+00'",
    ],
)
def test_reading_in_any_way_is_allowed(home: Path, sql: str) -> None:
    assert select(home / "serving.duckdb", sql)[1]


@pytest.mark.parametrize(
    "sql",
    [
        "insert into marts.t (id) values (4)",
        "create table x as select 1",
        "drop table marts.t",
        "attach ':memory:' as other",
        "copy marts.t to '/tmp/stolen.csv'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/hostname')",
        "select * from '/etc/passwd.csv'",
        "set threads = 1",
        "install httpfs",
        "select 1; select 2",
        "select 1; drop table marts.t",
        "",
        "selec 1",
        "select no_such_column from marts.t",
    ],
)
def test_anything_else_is_refused_and_changes_nothing(home: Path, sql: str) -> None:
    before = (home / "serving.duckdb").read_bytes()
    with pytest.raises(UsageError):
        select(home / "serving.duckdb", sql)
    assert (home / "serving.duckdb").read_bytes() == before
    assert [path.name for path in home.iterdir()] == ["serving.duckdb"]


def test_refused_statement_ends_with_2(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(home, "drop table marts.t", "table") == 2
    assert "select statement" in capsys.readouterr().err
