"""Row accounts: every row that was read is accepted, superseded, withdrawn or quarantined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publishing.dashboards import Tile
from publishing.site import pictures
from publishing.site.card import Card, Edition, Headline, described, nothing
from publishing.site.facts import Account
from publishing.words import Words


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    accounts = edition.facts.accounts()
    total = _total(accounts, words)
    if total is None:
        return nothing(tile, words, words.t("quality.nothing.lead"))
    title = words.t("account.title", n=total["read"])
    return Card(
        **described(tile, words) | {"title": title},
        context={"total": total, "accounts": [_account(account, words) for account in accounts]},
        headline=_headline(accounts, words),
    )


def _headline(accounts: Sequence[Account], words: Words) -> Headline:
    is_whole = all(account.balances for account in accounts)
    return Headline(words.t("quality.whole" if is_whole else "quality.broken"))


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
