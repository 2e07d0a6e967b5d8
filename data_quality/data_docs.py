"""Writes Data Docs: one page per suite as GX renders it, and our index of every check.

GX's own pages fetch styles, scripts and a logo from five content networks, and its index is empty
without them. Here GX's renderer and its blocks are framed by a template of ours with one inlined
style sheet and no script: the pages show the same on a machine without a network.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView

from data_quality.gates import GATE_NAMES, GateResult

TEMPLATES = Path(__file__).parent / "templates"
# GX links to pages of a site layout that is not ours, always from several folders down.
_DEAD_LINK = re.compile(r'<a href="(?:\.\./){2,}[^"]*"\s*>(.*?)</a>', re.DOTALL)


@dataclass(frozen=True)
class Page:
    """What GX found for one suite; errors redacted. The slug names the file."""

    name: str
    slug: str
    outcome: Any

    @property
    def file_name(self) -> str:
        return f"{self.slug}.html"


class SelfContainedPageView(DefaultJinjaPageView):
    """GX's page view with our page around its blocks."""

    _template = "suite.html.j2"

    def __init__(self) -> None:
        super().__init__(custom_views_directory=str(TEMPLATES))


def write_docs(docs_dir: Path, *, result: GateResult, pages: Sequence[Page]) -> None:
    """Replaces the gate's folder under `docs_dir` and the index of both gates."""
    docs_dir.mkdir(parents=True, exist_ok=True)
    building = docs_dir / f".{result.name}.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    for page in pages:
        (building / page.file_name).write_text(_suite_page(page, result), encoding="utf-8")
    (building / "index.html").write_text(_gate_page(result, pages), encoding="utf-8")
    (building / "result.json").write_text(result.to_json(), encoding="utf-8")
    shown = docs_dir / result.name
    shutil.rmtree(shown, ignore_errors=True)
    building.rename(shown)
    _write_index(docs_dir)


def _suite_page(page: Page, result: GateResult) -> str:
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(page.outcome)
    html = _view().render(document, show_how_to_buttons=False, gate=result, suite_name=page.name)
    return _DEAD_LINK.sub(r"\1", html)


@cache
def _view() -> Any:
    """One for all pages: compiling GX's templates takes longer than filling them."""
    return SelfContainedPageView()


def _gate_page(result: GateResult, pages: Sequence[Page]) -> str:
    order = ("errored", "failed", "acknowledged", "warned", "passed")
    checks = sorted(result.checks, key=lambda check: (order.index(check.status), check.key))
    return _render("gate.html.j2", gate=result, checks=checks, pages=pages)


def _write_index(docs_dir: Path) -> None:
    """Reads what each gate left beside its pages: the other gate ran in another process, maybe."""
    gates = [
        json.loads((docs_dir / name / "result.json").read_text(encoding="utf-8"))
        for name in GATE_NAMES
        if (docs_dir / name / "result.json").is_file()
    ]
    written = docs_dir / ".index.building"
    written.write_text(_render("index.html.j2", gates=gates), encoding="utf-8")
    written.replace(docs_dir / "index.html")


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
