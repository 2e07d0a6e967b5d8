"""The pages as files: what they say, that nothing in them runs, and what they refuse."""

import base64
import hashlib
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing import site
from publishing.dashboards import load_dashboards
from tests.publishing.site import snapshots

NAMES = ("index", *(dashboard.key for dashboard in load_dashboards()[1:]))
PAGES = tuple(f"{folder}{name}.html" for folder in ("", "fa/", "ar/") for name in NAMES)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("site")
    serving = snapshots.full(folder / "serving.duckdb")
    site.build(serving, out=folder / "site", brand="Mehr & <Co>", now=snapshots.NOW)
    return {name: (folder / "site" / name).read_text(encoding="utf-8") for name in PAGES}


def _text(html: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_headline_tells_the_change_that_is_real(pages: dict[str, str]) -> None:
    text = _text(pages["index.html"])
    assert "Net promoter score fell 6.0 points to 31 in May 2026, and the fall is real." in text
    # on time rose beyond chance, satisfaction and ease did not move
    assert "1 better, 1 worse, 2 without clear change" in text
    assert "28.0 to 34.0" in text


def test_provisional_month_is_left_to_come(pages: dict[str, str]) -> None:
    """June's answers still come in: the NPS tile shows May, on-time delivery June."""
    text = _text(pages["index.html"])
    assert "Net promoter score" in text
    assert "Jun 2026" in text and "May 2026" in text


@pytest.mark.parametrize(
    ("name", "since", "told"),
    [
        ("quality.html", "3 May 2026", "The key was refused: make a new one"),
        ("fa/quality.html", "۳ مهٔ ۲۰۲۶", "کلید پذیرفته نشد: کلید تازه‌ای بسازید"),
        ("ar/quality.html", "٣ مايو ٢٠٢٦", "رفض المفتاح: أنشئ مفتاحا جديدا"),
    ],
)
def test_source_that_refuses_says_since_when_and_what_to_do(
    pages: dict[str, str], name: str, since: str, told: str
) -> None:
    tile = pages[name].partition('id="fetches"')[2].partition("</section>")[0]
    assert told in tile
    assert since in tile.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_is_only_text(pages: dict[str, str], name: str) -> None:
    html = pages[name]
    assert snapshots.IMAGE not in html
    assert "<script>window.pwned" not in html
    assert "Mehr &amp; &lt;Co&gt;" in html
    assert " 49';" not in html  # no second pass of a template over text from data


@pytest.mark.parametrize("name", PAGES)
def test_policy_names_every_script_and_style(pages: dict[str, str], name: str) -> None:
    html = pages[name]
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    allowed = policy.group(1).replace("&#39;", "'")
    assert "unsafe" not in allowed
    assert "default-src 'none'" in allowed
    blocks = re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL)
    blocks += re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    assert len(blocks) in (3, 5)
    for block in blocks:
        digest = base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_fetched(pages: dict[str, str], name: str) -> None:
    markup = re.sub(r"<(script|style)\b.*?</\1>", "", pages[name], flags=re.DOTALL)
    targets = re.findall(r'(?:src|href)="([^"]*)"', markup)
    led_to = {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), target.split("#")[0]))
        for target in targets
        if not target.startswith(("#", "data:"))
    }
    assert led_to <= set(PAGES)
    # to every page of its language, and to itself in the others
    folder = posixpath.dirname(name)
    assert {page for page in PAGES if posixpath.dirname(page) == folder} <= led_to
    assert {
        page for page in PAGES if posixpath.basename(page) == posixpath.basename(name)
    } <= led_to


@pytest.mark.parametrize(
    ("name", "language", "direction"),
    [("index.html", "en", "ltr"), ("fa/index.html", "fa", "rtl"), ("ar/index.html", "ar", "rtl")],
)
def test_page_says_its_language_and_direction(
    pages: dict[str, str], name: str, language: str, direction: str
) -> None:
    assert f'<html lang="{language}" dir="{direction}">' in pages[name]
    switch = re.findall(r'<a href="([^"]+)" lang="(\w+)" hreflang="\2"', pages[name])
    assert [of for _, of in switch] == ["en", "fa", "ar"]
    assert f'hreflang="{language}" aria-current="true"' in pages[name]
    # only readers of joined script load its font
    assert ("font-family:Vazirmatn" in pages[name]) == (direction == "rtl")


@pytest.mark.parametrize("language", ["fa", "ar"])
def test_words_of_a_page_are_its_language_s(pages: dict[str, str], language: str) -> None:
    """What is left of Latin digits and letters are names, columns and commands, no sentence."""
    html = pages[f"{language}/index.html"]
    tiles = re.search(r'<div class="tiles".*?<div class="pair">', html, flags=re.DOTALL)
    assert tiles is not None
    text = _text(tiles.group())
    assert re.findall("[0-9]+", text) == []
    assert set(re.findall("[A-Za-z]+", text)) <= {"CSAT", "CES", "survey_responses"}


def test_chosen_language_stands_first(tmp_path: Path) -> None:
    serving = snapshots.empty(tmp_path / "serving.duckdb")
    report = site.build(serving, out=tmp_path / "site", brand="", locale="fa", now=snapshots.NOW)
    assert report.first_language == [f"{name}.html" for name in NAMES]
    first = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="fa" dir="rtl">' in first
    assert 'href="en/index.html" lang="en"' in first
    other = (tmp_path / "site" / "ar" / "index.html").read_text(encoding="utf-8")
    assert 'href="../index.html" lang="fa"' in other
    assert 'href="../en/index.html" lang="en"' in other
    assert sorted(each.name for each in (tmp_path / "site").iterdir() if each.is_dir()) == [
        "ar",
        "en",
    ]


def test_every_language_asks_the_snapshot_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    connect = duckdb.connect

    class Listening:
        def __init__(self, *args: Any, **options: Any) -> None:
            self._connection = connect(*args, **options)

        def execute(self, query: str, parameters: object = None) -> Any:
            asked.append((query, repr(parameters)))
            return self._connection.execute(query, parameters)

        def close(self) -> None:
            self._connection.close()

    serving = snapshots.full(tmp_path / "serving.duckdb")
    monkeypatch.setattr(duckdb, "connect", Listening)
    site.build(serving, out=tmp_path / "site", brand="", now=snapshots.NOW)
    assert len(asked) > 10
    assert len(asked) == len(set(asked))


def test_pages_are_small(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        limit = 1.2e6 if "spec-" in html else 3e5
        assert len(html.encode()) < limit, name


def test_accounts_and_checks_are_told(pages: dict[str, str]) -> None:
    text = _text(pages["quality.html"])
    assert "All 2,000 rows that were read are accounted for" in text
    assert "One check failed in the last run." in text
    assert "Most frequent: Not of its type, in Orders" in text
    assert "Fetched by the page itself" in text


def test_a_bad_row_that_is_sent_again_is_counted_once(pages: dict[str, str]) -> None:
    """Of a file that grows every night its two bad rows once stood on the page as thirty-one."""
    assert "Not of its type Orders Files 2 31 " in _text(pages["quality.html"])


def test_catalogue_explains_every_metric(pages: dict[str, str]) -> None:
    text = _text(pages["catalogue.html"])
    assert "6 numbers are published, each with its meaning." in text
    for told in ("Share of satisfied answers.", "top box / answers", "5, 4, 2: 67 %"):
        assert told in text
    assert "proves_<wbr>csat" in pages["catalogue.html"]  # long names may break


def test_empty_warehouse_says_so(tmp_path: Path) -> None:
    serving = snapshots.empty(tmp_path / "serving.duckdb")
    report = site.build(serving, out=tmp_path / "site", brand="", now=snapshots.NOW)
    text = _text((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
    assert report.pages == len(PAGES)
    assert "There is nothing to show yet." in text
    assert "Needs answers on a 0 to 10 scale" in text
    assert "0%" not in text  # nothing measured is never a zero


def test_yearly_survey_is_shown_by_its_year(tmp_path: Path) -> None:
    serving = snapshots.yearly(tmp_path / "serving.duckdb")
    site.build(serving, out=tmp_path / "site", brand="SFO", now=snapshots.NOW)
    text = _text((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
    assert "78.0%" in text
    assert "Needs answers on a 0 to 10 scale" in text


def test_old_site_stays_when_a_page_breaks_its_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = snapshots.empty(tmp_path / "serving.duckdb")
    site.build(serving, out=tmp_path / "site", brand="before", now=snapshots.NOW)
    monkeypatch.setattr(sys.modules["publishing.site.build"], "LARGEST_PAGE", 10)
    with pytest.raises(site.SiteError, match="more than 10"):
        site.build(serving, out=tmp_path / "site", brand="after", now=snapshots.NOW)
    assert "before" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_missing_snapshot_and_language_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `cx refresh` first"):
        site.build(tmp_path / "none.duckdb", out=tmp_path / "site", brand="")
    serving = snapshots.empty(tmp_path / "serving.duckdb")
    with pytest.raises(FileNotFoundError, match="there is: ar, en, fa"):
        site.build(serving, out=tmp_path / "site", brand="", locale="xx")
