"""What the gates asked of the last runs, and what they found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publishing.dashboards import Tile
from publishing.site import pictures
from publishing.site.card import Card, Edition, Headline, described, nothing
from publishing.site.facts import Check
from publishing.words import Words

# status of a check -> look of its mark
MARKS = {"passed": "p", "warned": "w", "failed": "f", "errored": "f", "acknowledged": "w"}
LONGEST = 12


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    checks = edition.facts.checks(tile.options["runs"])
    if not checks:
        return nothing(tile, words, words.t("checks.nothing"))
    passed = sum(check.status == "passed" for check in checks)
    title = words.t("checks.title", passed=words.number(passed), all=words.number(len(checks)))
    return Card(
        **described(tile, words) | {"title": title},
        context={"rows": [_check(check, words) for check in _worth_showing(checks)]},
        headline=_headline(checks, words),
    )


def _headline(checks: Sequence[Check], words: Words) -> Headline:
    blocked = sum(check.status in ("failed", "errored") for check in checks)
    warned = sum(check.status in ("warned", "acknowledged") for check in checks)
    if blocked:
        return Headline(words.counted("quality.failed", blocked))
    return Headline(
        words.counted("quality.warned", warned) if warned else words.t("quality.passed")
    )


def _worth_showing(checks: Sequence[Check]) -> list[Check]:
    """All that did not pass, then passed ones of the release decision, up to a screenful."""
    troubled = [check for check in checks if check.status != "passed"]
    rest = [c for c in checks if c.status == "passed" and c.gate != "dbt" and "dbt." not in c.key]
    return troubled + rest[: max(0, LONGEST - len(troubled))]


def _check(check: Check, words: Words) -> dict[str, Any]:
    return {
        "key": check.key,
        "gate": words.name_of(check.gate),
        "mark": MARKS.get(check.status, "n"),
        "status": words.t(f"check.{check.status}"),
        "detail": check.detail,
        "history": pictures.history(check.history),
        "history_text": words.t("comma").join(
            words.t(f"check.{status}" if status else "check.none") for status in check.history
        ),
    }
