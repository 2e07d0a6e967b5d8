"""Reads docs/DECISIONS.md: its sections, their example tables and the tests that run them.

An example that a test reads from the page itself cannot drift from it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "DECISIONS.md"


@dataclass(frozen=True)
class Section:
    """One ruling: the lines of its example, heading aside, and the tests named in its last line."""

    title: str
    rows: tuple[str, ...]
    run_as: tuple[str, ...]


def section_of(text: str) -> Section:
    title, *lines = text.strip().splitlines()
    table = tuple(line for line in lines if line.startswith("|"))
    last = lines[-1] if lines else ""
    named = re.findall(r"`([^`]+)`", last) if last.startswith("*Run as:*") else []
    return Section(title, table[2:], tuple(named))


def sections() -> list[Section]:
    """Every section; a heading over several (##) comes as one without an example."""
    texts = re.split(r"(?m)^##+ ", PAGE.read_text(encoding="utf-8"))
    return [section_of(text) for text in texts[1:]]


def example(title: str) -> list[list[str]]:
    """The rows of one example, each as the text of its cells."""
    [section] = [found for found in sections() if found.title == title]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in section.rows]
