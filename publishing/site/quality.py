"""Data quality: do the accounts add up, how fresh is the data, did it pass, what was set aside?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from publishing.site import pictures
from publishing.site.facts import Account, Check, Facts
from publishing.site.page import Page
from publishing.site.words import Words

# status of a check -> look of its mark
MARKS = {"passed": "p", "warned": "w", "failed": "f", "errored": "f", "acknowledged": "w"}
LONGEST = 12


def quality_page(
    description: Mapping[str, Any], facts: Facts, words: Words, *, now: datetime
) -> Page:
    """The page that answers: may these numbers be used?"""
    accounts = facts.accounts()
    checks = facts.checks(description["runs"])
    return Page(
        template="quality.html.j2",
        headline=_headline(accounts, checks, words),
        context={
            "total": _total(accounts, words),
            "accounts": [_account(account, words) for account in accounts],
            "freshness": [_freshness(account, words, now=now) for account in accounts],
            "checks": [_check(check, words) for check in _worth_showing(checks)],
            "checks_passed": words.number(sum(check.status == "passed" for check in checks)),
            "checks_all": words.number(len(checks)),
            "reasons": _reasons(facts, words),
        },
        charts={},
    )


def _worth_showing(checks: Sequence[Check]) -> list[Check]:
    """All that did not pass, then passed ones of the release decision, up to a screenful."""
    troubled = [check for check in checks if check.status != "passed"]
    rest = [c for c in checks if c.status == "passed" and c.gate != "dbt" and "dbt." not in c.key]
    return troubled + rest[: max(0, LONGEST - len(troubled))]


def _headline(
    accounts: Sequence[Account], checks: Sequence[Check], words: Words
) -> tuple[str, str, str]:
    blocked = sum(check.status in ("failed", "errored") for check in checks)
    warned = sum(check.status in ("warned", "acknowledged") for check in checks)
    read = sum(account.read for account in accounts)
    quarantined = sum(account.quarantined for account in accounts)
    if not accounts:
        return words.t("quality.nothing"), "", words.t("quality.nothing.lead")
    if blocked:
        finding = words.counted("quality.failed", blocked)
    elif warned:
        finding = words.counted("quality.warned", warned)
    else:
        finding = words.t("quality.passed")
    context = words.t(
        "quality.share",
        share=words.amount(quarantined / read if read else 0, "rate", 2),
        n=words.number(quarantined),
    )
    is_whole = all(account.balances for account in accounts)
    return finding, context, words.t("quality.whole" if is_whole else "quality.broken")


def _total(accounts: Sequence[Account], words: Words) -> dict[str, Any] | None:
    read = sum(a.read for a in accounts)
    if read == 0:
        return None
    parts = {
        name: sum(getattr(a, name) for a in accounts)
        for name in ("accepted", "superseded", "withdrawn", "quarantined")
    }
    rest = read - parts["accepted"]
    tones = (("superseded", "mid"), ("withdrawn", "muted-soft"), ("quarantined", "worse"))
    return {
        "read": words.number(read),
        **{name: words.number(count) for name, count in parts.items()},
        "balances": all(a.balances for a in accounts),
        "bar": pictures.stacked(
            [("data", parts["accepted"] / read)] + [(t, parts[n] / read) for n, t in tones]
        ),
        "lens": pictures.lens(rest / read),
        "rest_bar": pictures.stacked(
            [(t, parts[n] / rest if rest else 0) for n, t in tones], height=20
        ),
        "rest": words.amount(rest / read, "rate"),
        "share": words.amount(parts["quarantined"] / read, "rate", 2),
    }


def _account(account: Account, words: Words) -> dict[str, Any]:
    read = account.read or 1
    return {
        "source": words.name_of(account.source),
        "entity": words.name_of(account.entity),
        "read": words.number(account.read),
        "accepted": words.number(account.accepted),
        "superseded": words.number(account.superseded),
        "withdrawn": words.number(account.withdrawn),
        "quarantined": words.number(account.quarantined),
        "share": words.amount(account.quarantined / read, "rate"),
        "match_rate": ""
        if account.match_rate is None
        else words.amount(account.match_rate, "rate", 0),
        "bar": pictures.stacked(
            [
                ("worse", account.quarantined / read),
                ("mid", account.superseded / read),
                ("muted-soft", account.withdrawn / read),
                ("soft", account.accepted / read),
            ],
            height=12,
        ),
        "balances": account.balances,
    }


def _freshness(account: Account, words: Words, *, now: datetime) -> dict[str, Any]:
    loaded = account.loaded_at
    newest = account.newest_record_at
    at = now.replace(tzinfo=None)
    return {
        "source": words.name_of(account.source),
        "entity": words.name_of(account.entity),
        "loaded": words.moment(loaded),
        "loaded_ago": words.t("ago", span=words.duration(max(0, (at - loaded).total_seconds()))),
        "newest": words.moment(newest) if newest is not None else words.t("fresh.no_time"),
        "loads": words.number(account.loads),
    }


def _check(check: Check, words: Words) -> dict[str, Any]:
    return {
        "key": check.key,
        "gate": words.name_of(check.gate),
        "mark": MARKS.get(check.status, "n"),
        "status": words.t(f"check.{check.status}"),
        "detail": check.detail,
        "history": pictures.history(check.history),
        "history_text": ", ".join(
            words.t(f"check.{status}" if status else "check.none") for status in check.history
        ),
    }


def _reasons(facts: Facts, words: Words) -> list[dict[str, Any]]:
    reasons = facts.reasons()
    most = max((count for _, count, _ in reasons), default=0)
    return [
        {
            "code": code,
            "name": words.t(f"reason.{code}"),
            "count": words.number(count),
            "entity": words.name_of(entity),
            "bar": pictures.bar(count / most, tone="worse" if index == 0 else "mid"),
        }
        for index, (code, count, entity) in enumerate(reasons)
    ]
