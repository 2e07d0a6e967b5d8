"""Every page in a real browser, opened from disk: quiet, in one piece, and deaf to hostile text."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from publishing import site
from publishing.dashboards import load_dashboards
from tests.publishing.site import snapshots

PAGES = ["index", *(dashboard.key for dashboard in load_dashboards()[1:])]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="no Chromium on this machine: install Debian's package chromium to run the pages",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    serving = snapshots.full(home / "serving.duckdb")
    site.build(serving, out=home / "site", brand=snapshots.SCRIPT, now=snapshots.NOW)
    return home / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


def _watched(page: Page) -> list[str]:
    """What a page must not do, told as it does it."""
    told: list[str] = []
    page.on(
        "console",
        lambda m: told.append(f"console: {m.text}") if m.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else told.append(r.url),
    )
    return told


@pytest.mark.parametrize("width", [390, 900, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_and_whole(
    browser: Browser, folder: Path, name: str, theme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    told = _watched(page)
    page.goto((folder / f"{name}.html").as_uri())
    page.wait_for_function(
        "[...document.querySelectorAll('[data-spec]')].every(b => b.dataset.ready === '1')"
    )
    assert told == []
    assert page.evaluate("window.pwned") is None
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    if name in ("index", "touchpoints"):
        assert page.locator("[data-spec] svg").count() >= 1
    context.close()


def test_keyboard_reaches_the_content_and_the_theme(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("[data-set-theme=dark]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("[data-set-theme=dark]").get_attribute("aria-pressed") == "true"
    page.close()


def test_links_lead_to_pages(browser: Browser, folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    for name in reversed(PAGES):
        page.locator(f".nav a[href='{name}.html']").click()
        assert page.url.endswith(f"/{name}.html")
        assert page.locator("h1").count() == 1
    page.close()
