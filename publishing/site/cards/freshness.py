"""When each kind of data last came, and how new the newest of it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from publishing.dashboards import Tile
from publishing.site.card import Card, Edition, described, nothing
from publishing.site.facts import Account
from publishing.words import Words


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    accounts = edition.facts.accounts()
    if not accounts:
        return nothing(tile, words, words.t("quality.nothing.lead"))
    rows = [_freshness(account, words, now=edition.now) for account in accounts]
    return Card(**described(tile, words), context={"rows": rows})


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
