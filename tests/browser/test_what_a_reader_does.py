"""Choosing a view, opening a breakdown, sorting, taking rows and pictures away.

What is waited for is asked by locators, never by `wait_for_function`: its second look evaluates
text in the page, which the page's own policy forbids, so it fails wherever the first look is early.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.publishing.site import snapshots

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto((folder / "index.html").as_uri())
    page.locator("form.filters").wait_for(state="visible")
    yield page
    page.close()


def test_filter_shows_the_measures_of_a_segment_and_hostile_names_do_nothing(page: Page) -> None:
    assert "80.0%" in page.locator("#csat").inner_text()
    page.select_option("select[name=segment]", "delivery")
    expect(page.locator("#csat b").first).to_contain_text("60.0%")
    assert "Not measured in this selection" in page.locator("#nps").inner_text()
    page.select_option("select[name=segment]", snapshots.TEMPLATE)
    expect(page.locator("#csat b").first).to_contain_text("70.0%")
    page.locator("form.filters button[type=reset]").click()
    expect(page.locator("#csat b").first).to_contain_text("80.0%")
    assert page.evaluate("window.pwned") is None


def test_segment_and_channel_are_chosen_one_at_a_time(page: Page) -> None:
    page.select_option("select[name=segment]", "delivery")
    page.select_option("select[name=channel]", "delivery")
    assert page.locator("select[name=segment]").input_value() == ""


def test_tile_opens_its_breakdown_and_links_to_its_definition(page: Page) -> None:
    breakdown = page.locator("#csat-by")
    assert not breakdown.is_visible()
    page.locator("#csat [data-open]").click()
    breakdown.wait_for(state="visible")
    assert "Delivery" in breakdown.inner_text()
    page.locator("#csat a", has_text="What it means").click()
    assert page.url.endswith("catalogue.html#csat")


def test_rows_behind_a_card_are_taken_away(page: Page, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.locator("#touchpoints [data-rows]").click()
    saved = tmp_path / "rows.csv"
    download.value.save_as(saved)
    assert download.value.suggested_filename == "index-touchpoints.csv"
    rows = list(csv.DictReader(saved.open(encoding="utf-8-sig", newline="")))
    delivery = next(row for row in rows if row["member"] == "delivery")
    assert (delivery["metric"], delivery["value"], delivery["n"]) == ("csat", "0.6", "200")


def test_rows_behind_a_measure_are_those_of_everybody_and_stand_beside_no_other(
    page: Page,
) -> None:
    with page.expect_download() as download:
        page.locator("#csat [data-rows]").click()
    assert download.value.suggested_filename == "index-csat.csv"
    page.select_option("select[name=segment]", "delivery")
    expect(page.locator("#csat b").first).to_contain_text("60.0%")
    assert page.locator("#csat [data-rows]").count() == 0


def test_who_comes_back_sees_the_tiles_of_what_stands_in_the_filters(page: Page) -> None:
    page.select_option("select[name=segment]", "delivery")
    expect(page.locator("#csat b").first).to_contain_text("60.0%")
    page.locator(".nav a").nth(1).click()
    page.go_back()
    page.locator("form.filters").wait_for(state="visible")
    chosen = page.locator("select[name=segment]").input_value()
    expect(page.locator("#csat b").first).to_contain_text("60.0%" if chosen else "80.0%")


def test_paper_tells_what_was_chosen_and_nothing_when_nothing_was(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.locator("form.filters")).to_be_hidden()
    page.emulate_media(media="screen")
    page.select_option("select[name=segment]", "delivery")
    page.emulate_media(media="print")
    expect(page.locator("select[name=segment]")).to_be_visible()
    expect(page.locator("form.filters button")).to_be_hidden()


def test_card_is_taken_away_as_a_picture(page: Page, tmp_path: Path) -> None:
    expect(page.locator("#trend .chart")).to_have_attribute("data-ready", "1")
    with page.expect_download() as download:
        page.locator("[data-picture=trend]").click()
    saved = tmp_path / "trend.png"
    download.value.save_as(saved)
    content = saved.read_bytes()
    assert content.startswith(b"\x89PNG")
    # twice the card's width, and not one empty colour
    assert int.from_bytes(content[16:20]) > 2000
    assert len(content) > 20_000


def test_table_is_sorted_by_the_values_behind_it(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "customers.html").as_uri())
    table = page.locator("#at_risk table")
    heads = table.locator("th button")
    place = heads.all_inner_texts().index("Days quiet")
    cells = f"table => [...table.tBodies[0].rows].map(row => Number(row.cells[{place}].dataset.v))"
    heads.nth(place).click()
    descending = table.evaluate(cells)
    heads.nth(place).click()
    ascending = table.evaluate(cells)
    assert len(set(descending)) > 1
    assert descending == sorted(descending, reverse=True)
    assert ascending == sorted(ascending)
    assert table.locator("th[aria-sort=ascending]").count() == 1
    page.close()
