"""Why rows were set aside."""

from __future__ import annotations

from publishing.dashboards import Tile
from publishing.site import pictures
from publishing.site.card import Card, Edition, described, nothing


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    reasons = edition.facts.reasons()
    if not reasons:
        return nothing(tile, words, words.t("reasons.none"))
    most = max(count for _, count, _ in reasons)
    rows = [
        {
            "code": code,
            "name": words.t(f"reason.{code}"),
            "count": words.number(count),
            "entity": words.name_of(entity),
            "bar": pictures.bar(count / most, tone="worse" if index == 0 else "mid"),
        }
        for index, (code, count, entity) in enumerate(reasons)
    ]
    title = words.t("reasons.title", name=rows[0]["name"], entity=rows[0]["entity"])
    return Card(**described(tile, words) | {"title": title}, context={"rows": rows})
