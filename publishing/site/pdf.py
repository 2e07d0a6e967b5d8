"""The dashboards as one PDF to send or to print: each page as a browser prints it on A4."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfWriter

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A page that has not drawn its charts by then will not.
PATIENCE_SECONDS = 120


class PdfError(RuntimeError):
    """No report was written; what is missing, or what the browser said."""


def write_report(site: Path, pages: Sequence[str], *, out: Path) -> Path:
    """Print the pages of a site, in their order, into one file.

    Args:
        site: the folder of one language's pages.
        pages: their file names.
        out: the report; replaced as a whole.

    Raises:
        PdfError: there is no Chromium or Chrome, or it printed nothing.
    """
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise PdfError(
            "a PDF needs Chromium or Chrome on the PATH, and none is there "
            "(Debian: apt-get install chromium)"
        )
    with tempfile.TemporaryDirectory(prefix="cx-pdf-") as scratch, PdfWriter() as report:
        for page in pages:
            printed = Path(scratch) / f"{page}.pdf"
            _print(browser, site / page, printed, profile=Path(scratch) / "profile")
            report.append(printed)
        draft = out.with_name(f"{out.name}.draft")
        report.write(draft)
        draft.replace(out)
    return out


def _print(browser: str, page: Path, printed: Path, *, profile: Path) -> None:
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        # the charts draw when fonts and layout are ready: time runs until nothing is left to do
        "--virtual-time-budget=20000",
        f"--print-to-pdf={printed}",
        page.resolve().as_uri(),
    ]
    # Chromium refuses its sandbox to root, as in containers; the pages are our own.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PdfError(f"{browser} had not printed {page.name} in {error.timeout:.0f} s") from error
    if done.returncode != 0 or not printed.exists():
        raise PdfError(f"{browser} could not print {page.name}: {done.stderr.strip()[-400:]}")
