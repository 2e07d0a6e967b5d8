"""Writes the site: one self-contained HTML file a page, with a policy that allows nothing else.

No page asks anybody for anything: styles, scripts, fonts and charts stand in it, and the
content-security policy names their hashes. Text from data is escaped by Jinja everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from publishing.dashboards import LANGUAGES, load_dashboards
from publishing.site import tokens
from publishing.site.card import Edition
from publishing.site.download import csv_of
from publishing.site.facts import Facts, LastRun
from publishing.site.page import Page, page_of
from publishing.site.views import measures_context
from publishing.site.words import Words

HERE = Path(__file__).parent
LARGEST_PAGE = 3 * 2**20
_FORBIDDEN = re.compile(r'\s(?:style|on\w+)="')


class SiteError(RuntimeError):
    """A page would break its own rules; nothing of the new site is put in place."""


@dataclass(frozen=True)
class SiteReport:
    """What was written."""

    folder: Path
    pages: int
    page_bytes: Mapping[str, int]

    @property
    def first_language(self) -> list[str]:
        """The pages of the language that a reader opens, in their order."""
        return [page for page in self.page_bytes if "/" not in page]

    @property
    def bytes(self) -> int:
        return sum(self.page_bytes.values())


def build(
    serving: Path, *, out: Path, brand: str, locale: str = "en", now: datetime | None = None
) -> SiteReport:
    """Render all pages from a published snapshot, in every language, and swap them in.

    Args:
        serving: the snapshot; opened read-only.
        out: the folder of the site; replaced as a whole.
        brand: the name in the page's head; empty takes a neutral one.
        locale: the language of `index.html`; the others lie in folders of their own beside it.
        now: the moment from which ages are told; the wall clock if None.

    Raises:
        FileNotFoundError: no snapshot, or no catalogue for the locale.
        OutdatedSnapshot: it was built by models that lack what a page shows.
        SiteError: a page is too large or breaks the content-security policy.
    """
    if not serving.exists():
        raise FileNotFoundError(f"no snapshot at {serving}; run `cx refresh` first")
    editions = [Words(locale), *(Words(each) for each in LANGUAGES if each != locale)]
    moment = now or datetime.now(UTC)
    facts = Facts(serving)
    rendered: dict[str, str] = {}
    try:
        run = facts.last_run()
        for words in editions:
            edition = Edition(facts, words, as_of=facts.as_of_day() or moment.date(), now=moment)
            pages = _pages(edition)
            for name, page in pages.items():
                html = _rendered(name, page, pages, edition, brand=brand, run=run, locale=locale)
                rendered[f"{_folder(words.language, locale)}{name}.html"] = html
    finally:
        facts.close()
    return _write(rendered, out)


def _folder(language: str, locale: str) -> str:
    return "" if language == locale else f"{language}/"


def _translations(name: str, words: Words, locale: str) -> list[tuple[str, str, str]]:
    """The page in every language: its code, its own name, and where it lies from here."""
    up = "../" if _folder(words.language, locale) else ""
    return [
        (language, own_name, f"{up}{_folder(language, locale)}{name}.html")
        for language, own_name in words.names.items()
    ]


def _pages(edition: Edition) -> dict[str, Page]:
    """Every dashboard by the name of its file; the first one is what a reader opens."""
    dashboards = load_dashboards()
    first = dashboards[0].key
    return {
        "index" if each.key == first else each.key: page_of(each, edition) for each in dashboards
    }


def _rendered(
    name: str,
    page: Page,
    pages: Mapping[str, Page],
    edition: Edition,
    *,
    brand: str,
    run: LastRun | None,
    locale: str,
) -> str:
    words = edition.words
    styles = _styles(words.language)
    scripts = [_script("theme.js"), _script("page.js")]
    if page.charts:
        scripts += [_vega(), _script("charts.js")]
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            words=words,
            t=words.t,
            name=name,
            pages=[(each, pages[each].title) for each in pages],
            translations=_translations(name, words, locale),
            brand=brand or words.t("brand.none"),
            title=page.title,
            question=page.question,
            headline=page.headline,
            period=page.period,
            groups=page.groups,
            run=run,
            styles=Markup(styles),  # noqa: S704 - our own file
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files
            specs={key: _json(spec) for key, spec in page.charts.items()},
            downloads=_downloads(page),
            policy=_policy(styles, scripts),
            **measures_context(page, _environment(), edition),
        )
    )
    _check(name, html)
    return html


def _downloads(page: Page) -> dict[str, Markup]:
    """The rows of each card that has some, as the text of a CSV file."""
    cards = (card for group in page.groups for card in group)
    return {card.key: _json(csv_of(card.table)) for card in cards if card.table is not None}


def _script(name: str) -> str:
    return (HERE / "static" / name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _styles(language: str) -> str:
    faces = _face("Inter", "inter-latin.woff2")
    if language in ("fa", "ar"):
        faces += _face("Vazirmatn", "vazirmatn-arabic.woff2")
    sheet = (HERE / "static" / "site.css").read_text(encoding="utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    return faces + tokens.css() + re.sub(r"\s*\n\s*", "", sheet)


def _face(family: str, file: str) -> str:
    font = base64.b64encode((HERE / "static" / "fonts" / file).read_bytes()).decode()
    return (
        f"@font-face{{font-family:{family};font-weight:100 900;font-display:block;"
        f'src:url(data:font/woff2;base64,{font}) format("woff2")}}'
    )


@cache
def _vega() -> str:
    """Vega 6.4.0 with its expression interpreter, as their authors publish them on npm."""
    folder = HERE / "static" / "vega"
    bundle = "".join(
        (folder / name).read_text(encoding="utf-8")
        for name in ("vega.min.js", "vega-interpreter.js")
    )
    if "</script" in bundle.lower():
        raise SiteError("the Vega bundle cannot stand in a page: it holds a closing script tag")
    return bundle


def _json(value: Mapping[str, Any] | str) -> Markup:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - no tag can begin in it


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _policy(styles: str, scripts: list[str]) -> str:
    return (
        f"default-src 'none'; script-src {' '.join(_hash(s) for s in scripts)}; "
        f"style-src {_hash(styles)}; font-src data:; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _check(name: str, html: str) -> None:
    body = html[html.index("<body") :]
    markup = re.sub(r"<script\b.*?</script>", "", body, flags=re.DOTALL)
    if _FORBIDDEN.search(markup):
        raise SiteError(f"page {name} has an inline style or handler, which its policy forbids")
    size = len(html.encode())
    if size > LARGEST_PAGE:
        raise SiteError(f"page {name} has {size:,} bytes, more than {LARGEST_PAGE:,}")


def _write(rendered: Mapping[str, str], out: Path) -> SiteReport:
    """Write beside the old site and swap, so that a reader sees one whole site."""
    draft, old = out.with_name(f"{out.name}.draft"), out.with_name(f"{out.name}.old")
    for leftover in (draft, old):
        if leftover.exists():
            shutil.rmtree(leftover)
    draft.mkdir(parents=True)
    for name, html in rendered.items():
        (draft / name).parent.mkdir(exist_ok=True)
        (draft / name).write_text(html, encoding="utf-8")
    if out.exists():
        out.rename(old)
    draft.rename(out)
    if old.exists():
        shutil.rmtree(old)
    sizes = {name: len(html.encode()) for name, html in rendered.items()}
    return SiteReport(folder=out, pages=len(rendered), page_bytes=sizes)
