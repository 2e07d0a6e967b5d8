"""axe-core, the open rules of accessibility, finds nothing to say about any page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from publishing import site
from publishing.dashboards import load_dashboards
from tests.publishing.site import snapshots

NAMES = ["index", *(dashboard.key for dashboard in load_dashboards()[1:])]
READY = "[...document.querySelectorAll('[data-spec]')].every(b => b.dataset.ready === '1')"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    serving = snapshots.full(home / "serving.duckdb")
    return site.build(serving, out=home / "site", brand="Example", now=snapshots.NOW).folder


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("place", "theme"), [("", "light"), ("fa/", "dark")])
def test_axe_finds_nothing(page: Page, folder: Path, place: str, theme: str, name: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto((folder / f"{place}{name}.html").as_uri())
    page.wait_for_function(READY)
    # what is closed is read too
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []
