"""Data Docs stand alone: an index, a page per suite, nothing fetched, no script."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.data_quality.gate_files import Judge, RawFile, Warehouse

_FETCHING = {"src", "srcset", "data", "poster", "action", "background"}


class _Reader(HTMLParser):
    """Collects the links of a page and everything in it that would be fetched or run."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in _FETCHING or name == "href" or name.startswith("on"):
                self.fetched.append(f"{tag} {name}={value}")
        if tag in {"script", "link", "img", "iframe", "object", "embed"}:
            self.fetched.append(tag)


def read(page: Path) -> _Reader:
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def test_both_gates_have_docs_behind_one_index(
    raw: RawFile, warehouse: Warehouse, judge: Judge, tmp_path: Path
) -> None:
    raw.load(100)
    warehouse.health(1, read=100, accepted=1)
    docs = tmp_path / "data_docs"
    first = judge("raw")
    assert read(docs / "index.html").links == ["raw/index.html"]
    judge("marts")
    assert read(docs / "index.html").links == ["raw/index.html", "marts/index.html"]
    index = (docs / "index.html").read_text()
    assert "marts.row_account" in index
    assert first.docs == docs / "raw" / "index.html"
    assert "files.orders.html" in read(first.docs).links


def test_every_link_leads_to_a_page(
    raw: RawFile, warehouse: Warehouse, judge: Judge, tmp_path: Path
) -> None:
    raw.load(100)
    warehouse.health(1, read=100)
    judge("raw")
    judge("marts")
    pages = list((tmp_path / "data_docs").rglob("*.html"))
    assert len(pages) >= 7
    for page in pages:
        for link in read(page).links:
            if not link.startswith("#"):
                assert (page.parent / link).is_file(), f"{page.name} links to {link}"


def test_no_page_fetches_or_runs_anything(
    raw: RawFile, warehouse: Warehouse, judge: Judge, tmp_path: Path
) -> None:
    """GX's own templates fetch styles and scripts from content networks; ours must not again."""
    raw.load(100)
    warehouse.execute("drop table marts.rpt_metrics")
    warehouse.health(1, read=100, accepted=1)
    judge("raw")
    judge("marts")
    for page in (tmp_path / "data_docs").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert read(page).fetched == [], page.name
        assert not re.search(r"url\(|@import|https?://", text), page.name
        assert "default-src 'none'" in text


def test_a_suite_page_shows_what_was_expected_and_observed(
    raw: RawFile, judge: Judge, tmp_path: Path
) -> None:
    raw.load(1234)
    judge("raw")
    page = tmp_path / "data_docs" / "raw" / "files.orders.html"
    assert "Must have exactly" in page.read_text()
    assert "1234" in page.read_text()
    assert read(page).links == ["../index.html", "index.html"]


def test_a_new_run_replaces_the_pages_of_the_old(
    raw: RawFile, judge: Judge, tmp_path: Path
) -> None:
    raw.load(100, rejected=1)
    judge("raw")
    page = tmp_path / "data_docs" / "raw" / "rejected_lines.html"
    assert page.is_file()
    raw.execute("update ops.files set rejected_lines = 0")
    judge("raw")
    assert not page.exists()
    assert not list((tmp_path / "data_docs").glob(".*"))
