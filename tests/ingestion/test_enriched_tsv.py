"""Snowplow's enriched stream: 131 values between tabs, or a rejected line."""

import gzip

import pytest

from ingestion.formats.enriched_tsv import COLUMNS
from ingestion.formats.faults import NOT_ENRICHED, NOT_UTF8
from tests.ingestion.raw_home import Home


def line(**values: str) -> str:
    return "\t".join(values.get(name, "") for name in COLUMNS)


GOOD = line(event_id="e1", collector_tstamp="2026-02-01 10:00:00.000", true_tstamp="last")
READ = (
    "select event_id, app_id, true_tstamp, _record_number from raw_snowplow.web_events order by 4"
)


def test_values_stand_in_their_places_and_nothing_is_null(home: Home) -> None:
    home.write("run=1/part-00000", f"{GOOD}\n{line(event_id='e2', app_id='shop')}\n")
    (report,) = home.ingest().entities
    assert (report.records, report.rejected_lines) == (2, 0)
    assert home.rows(READ) == [("e1", None, "last", 1), ("e2", "shop", None, 2)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_line_ends_and_packing_change_nothing(home: Home, end: str, is_packed: bool) -> None:
    data = f"{GOOD}{end}{GOOD}".encode()
    home.write("a.tsv.gz" if is_packed else "a.tsv", gzip.compress(data) if is_packed else data)
    home.ingest()
    assert [row[:3] for row in home.rows(READ)] == [("e1", None, "last")] * 2


def test_quotes_and_backslashes_are_text(home: Home) -> None:
    home.write("a.tsv", line(event_id="e1", app_id='"open \\', true_tstamp="'"))
    home.ingest()
    assert home.rows(READ) == [("e1", '"open \\', "'", 1)]


def test_a_line_that_is_no_event_is_rejected_with_its_number(home: Home) -> None:
    """One value too many, one too few, a lone carriage return within, and what is not UTF-8."""
    bad = [f"{GOOD}\t".encode(), GOOD[:-5].encode(), GOOD.replace("\t", "\r\t", 1).encode()]
    home.write("a.tsv", b"\n".join([GOOD.encode(), *bad, GOOD.encode() + b"\xff", b"", b"x"]))
    (report,) = home.ingest().entities
    assert (report.records, report.rejected_lines) == (1, 5)
    assert [(number, error) for number, _, error in home.rejected("snowplow")] == [
        (2, NOT_ENRICHED),
        (3, NOT_ENRICHED),
        (4, NOT_ENRICHED),
        (5, NOT_UTF8),
        (7, NOT_ENRICHED),
    ]


def test_an_empty_file_is_one_of_no_events_and_one_without_any_is_refused(home: Home) -> None:
    home.write("a.tsv", GOOD)
    home.write("b.tsv", "")
    assert home.ingest().refused == ()
    home.write("c.tsv", "no event\n")
    (refusal,) = home.ingest().refused
    assert (refusal.file, "131 values" in refusal.message) == ("c.tsv", True)
    assert home.rows("select count(*) from raw_snowplow.web_events") == [(1,)]
