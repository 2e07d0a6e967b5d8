"""Every page of every language in a real browser, opened from disk.

Quiet, in one piece at every width and in both themes, and deaf to hostile text. One browser
page loads each file once and is then resized and recoloured, as a reader's is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect

from publishing.dashboards import LANGUAGES, load_dashboards

NAMES = ["index", *(dashboard.key for dashboard in load_dashboards()[1:])]
FOLDERS = {"en": "", "fa": "fa/", "ar": "ar/"}
PAGES = [f"{FOLDERS[language]}{name}" for language in LANGUAGES for name in NAMES]
WIDTHS = (390, 900, 1440)
THEMES = ("light", "dark")
WAITING = "[data-spec]:not([data-ready='1'])"
# what a page draws after a change of its size stands after two frames
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def told() -> list[str]:
    """What a page must not do, told as it does it."""
    return []


@pytest.fixture(scope="module")
def page(browser: Browser, told: list[str]) -> Iterator[Page]:
    page = browser.new_page()
    page.on(
        "console",
        lambda m: told.append(f"console: {m.text}") if m.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: told.append(f"error: {error}"))

    def closed(dialog: Dialog) -> None:
        told.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", closed)
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else told.append(r.url),
    )
    yield page
    page.close()


def _open(page: Page, folder: Path, name: str, *, width: int = WIDTHS[-1]) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((folder / f"{name}.html").as_uri())
    expect(page.locator(WAITING)).to_have_count(0)


@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_and_whole(page: Page, folder: Path, told: list[str], name: str) -> None:
    told.clear()
    _open(page, folder, name, width=WIDTHS[0])
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    overflow = {}
    for width in WIDTHS:
        for theme in THEMES:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            page.evaluate(SETTLED)
            overflow[width, theme] = page.evaluate(OVERFLOW)
    assert {view: pixels for view, pixels in overflow.items() if pixels} == {}
    assert told == []
    assert page.evaluate("window.pwned") is None


# the colours are those of every language
@pytest.mark.parametrize(
    ("name", "theme"), [*((name, "light") for name in PAGES), *((name, "dark") for name in NAMES)]
)
def test_axe_finds_nothing(page: Page, folder: Path, name: str, theme: str) -> None:
    """WCAG A and AA and axe's best practices, as far as a program can see them."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    _open(page, folder, name)
    found = Axe().run(page).response
    assert len(found["passes"]) > 20
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []


@pytest.mark.parametrize("name", ["fa/index", "fa/touchpoints", "ar/index", "ar/touchpoints"])
def test_charts_of_joined_script(page: Page, folder: Path, name: str) -> None:
    """Values on the right, time from left to right, digits of the language, its own font."""
    _open(page, folder, name)
    chart = page.locator("[data-spec] svg").first
    labels = chart.evaluate(
        "svg => [...svg.querySelectorAll('.role-axis-label text')].map(t => ({"
        "text: t.textContent, font: getComputedStyle(t).fontFamily,"
        "at: (t.getBoundingClientRect().x - svg.getBoundingClientRect().x) / svg.clientWidth}))"
    )
    assert labels
    assert not any(digit in label["text"] for label in labels for digit in "0123456789")
    assert all("Vazirmatn" in label["font"] for label in labels)
    values = [
        label for label in labels if label["text"].strip("\u2066\u2067\u2069\u061c٪").isdecimal()
    ]
    assert values
    assert all(label["at"] > 0.85 for label in values)
    years = [label["at"] for label in labels if "۲۰۲" in label["text"] or "٢٠٢" in label["text"]]
    assert years == sorted(years)
    assert chart.evaluate("svg => getComputedStyle(svg).direction") == "ltr"
    assert page.evaluate("document.fonts.check('16px Vazirmatn', 'ش')")


def test_bars_grow_from_where_reading_begins(page: Page, folder: Path) -> None:
    gaps = {}
    for name in ("index", "fa/index"):
        _open(page, folder, name)
        gaps[name] = page.locator("#touchpoints .hbar").last.evaluate(
            "svg => { const box = svg.getBoundingClientRect(),"
            "bar = svg.firstChild.getBoundingClientRect();"
            "return [bar.left - box.left, box.right - bar.right]; }"
        )
    assert gaps["index"][0] == pytest.approx(0, abs=1) and gaps["index"][1] > 20
    assert gaps["fa/index"][1] == pytest.approx(0, abs=1) and gaps["fa/index"][0] > 20


def test_reader_changes_the_language_and_stays_on_the_page(page: Page, folder: Path) -> None:
    _open(page, folder, "quality")
    for language, direction in (("fa", "rtl"), ("ar", "rtl"), ("en", "ltr")):
        page.locator(f".langs a[hreflang={language}]").click()
        assert page.url.endswith(f"/site/{FOLDERS[language]}quality.html")
        assert page.evaluate("document.documentElement.dir") == direction


def test_keyboard_reaches_the_content_and_the_theme(page: Page, folder: Path) -> None:
    _open(page, folder, "index")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("[data-set-theme=dark]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator("[data-set-theme=dark]").get_attribute("aria-pressed") == "true"
    page.locator("[data-set-theme=auto]").click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_to_pages(page: Page, folder: Path, language: str) -> None:
    _open(page, folder, f"{FOLDERS[language]}index")
    for name in reversed(NAMES):
        page.locator(f".nav a[href='{name}.html']").click()
        assert page.url.endswith(f"/site/{FOLDERS[language]}{name}.html")
        assert page.locator("h1").count() == 1
