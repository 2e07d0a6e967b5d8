"""The dashboards as one PDF: every page is in it, on A4, with its words as text."""

from pathlib import Path

import pytest
from pypdf import PdfReader

from publishing.site.pdf import PdfError, write_report
from tests.browser.conftest import CHROMIUM

pytestmark = pytest.mark.browser


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_report_holds_the_pages_in_their_order(folder: Path, tmp_path: Path) -> None:
    report = write_report(folder, ["index.html", "quality.html"], out=tmp_path / "report.pdf")
    pages = PdfReader(report).pages
    assert len(pages) >= 2
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
    text = [" ".join(page.extract_text().split()) for page in pages]
    assert "Net promoter score fell 6.0 points" in text[0]
    assert any("rows that were read are accounted for" in each for each in text)
    # what only a screen can do is not printed
    assert not any("Download rows" in each for each in text)


def test_without_a_browser_it_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PdfError, match="needs Chromium or Chrome"):
        write_report(folder, ["index.html"], out=tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
