"""The rows that a reader takes away open in a spreadsheet, and do nothing there."""

import csv
import io

import pytest

from publishing.site.download import csv_of
from publishing.site.facts import Table


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", "\n=1"])
def test_text_that_would_be_a_formula_is_only_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_of(Table(("member",), ((text,),))), newline="")))
    assert rows == [["member"], ["'" + text]]


def test_numbers_names_and_quotes_come_back_as_they_were() -> None:
    table = Table(("member", "value", "n"), (('say "hi", ok', -0.5, None),))
    rows = list(csv.reader(io.StringIO(csv_of(table), newline="")))
    assert rows == [["member", "value", "n"], ['say "hi", ok', "-0.5", ""]]
