"""Access logs: each line is one hit, or it is kept with its number."""

import gzip

import pytest

from ingestion.errors import UnrecognisedLayout
from ingestion.formats.faults import NOT_COMBINED, NOT_UTF8
from ingestion.pipelines import recognise
from tests.ingestion.raw_home import Home, entity

HIT = '1.2.3.4 - - [01/Feb/2024:10:00:00 +0330] "GET /a?b=1 HTTP/1.1" 200 512 "-" "Firefox"'
ROWS = """
    select _file, _record_number, user_agent from raw_web_server_log.web_events
    order by _file, _record_number
"""


def test_every_part_of_a_hit_is_kept(home: Home) -> None:
    """Blanks in a name, a quote and other escapes within quotes, and what a server appends."""
    line = (
        r'2001:db8::7 ident ann lee [29/Feb/2024:23:59:59 -0500] "GET /\"a\"?q=x y HTTP/1.1" 404 - '
        r'"https://shop.example/?q=\xe4" "Mozilla/5.0 (\"X\")" "203.0.113.9" 0.012'
    )
    home.write("access.log", f"{line}\n")
    assert home.ingest().refused == ()
    columns = "* exclude (_load_id, _file_id, _row_in_record)"
    assert home.rows(f"select {columns} from raw_web_server_log.web_events") == [
        (
            "2001:db8::7",
            "ident",
            "ann lee",
            "29/Feb/2024:23:59:59 -0500",
            r"GET /\"a\"?q=x y HTTP/1.1",
            "404",
            "-",
            r"https://shop.example/?q=\xe4",
            r"Mozilla/5.0 (\"X\")",
            '"203.0.113.9" 0.012',
            "access.log",
            1,
            None,
        )
    ]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(HIT[:-1], id="cut off in the agent"),
        pytest.param(HIT[:40], id="cut off in the request"),
        pytest.param(HIT.removesuffix(' "-" "Firefox"'), id="common format, without an agent"),
        pytest.param(HIT.replace(" 200 ", " "), id="without a status"),
        pytest.param("AH00558: apache2: Could not determine the name", id="what is no hit"),
        pytest.param(HIT.replace("/a?", "/\ra?"), id="lone carriage return"),
        pytest.param(HIT.replace("/a?", "/\x01a?"), id="control character"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_broken_line_is_kept_and_the_others_are_read(
    home: Home, broken: str, ending: str
) -> None:
    home.write("access.log", ending.join([HIT, broken, "", HIT]))
    counted = entity(home.ingest(), "web_events")
    assert (counted.records, counted.rejected_lines) == (2, 1)
    assert home.rows(ROWS) == [("access.log", 1, "Firefox"), ("access.log", 4, "Firefox")]
    assert home.rejected("web_server_log") == [(2, broken, NOT_COMBINED)]


def test_a_line_that_is_no_utf8_is_kept(home: Home) -> None:
    home.write("access.log", f"{HIT}\n".encode() + HIT.encode().replace(b"/a", b"/\xe4"))
    assert entity(home.ingest(), "web_events").records == 1
    [(number, _, error)] = home.rejected("web_server_log")
    assert (number, error) == (2, NOT_UTF8)


def test_rotated_logs_of_several_servers_are_read_and_other_files_are_named(home: Home) -> None:
    for name in ("one/access.log", "one/access.log.1", "two/shop.example-access_log-20240201"):
        home.write(name, f"{HIT}\n")
    home.write("one/access.log.2.gz", gzip.compress(f"{HIT}\n{HIT}\n".encode()))
    home.write("one/error.log", "[Thu Feb 01 10:00:00 2024] [error] no such file\n")
    home.write("access.log", "")
    report = home.ingest()
    assert report.refused == ()
    assert [warning for warning in report.warnings if "one/error.log" not in warning] == []
    assert entity(report, "web_events").records == 5
    assert entity(report, "web_events").files_read == 5


def test_a_log_of_another_format_is_no_layout(home: Home) -> None:
    """The common format names no agent: nobody could tell visitors apart, or machines."""
    home.write("access.log", HIT.removesuffix(' "-" "Firefox"') + "\n")
    with pytest.raises(UnrecognisedLayout, match="combined format"):
        recognise(home.inputs)


def test_a_log_without_any_hit_refuses_and_says_so(home: Home) -> None:
    home.write("one/access.log", f"{HIT}\n")
    home.ingest()
    home.write("two/access.log", "nothing\n")
    (refusal,) = home.ingest().refused
    assert "combined log format" in refusal.message
    assert home.rows(ROWS) == [("one/access.log", 1, "Firefox")]
