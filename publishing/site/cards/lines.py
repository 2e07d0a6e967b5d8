"""Several curves over a number or a month, each with its interval as a band.

Of the tile's columns, `options` say which is across (`x`), which is up (`y`) and which names the
curves (`by`, where there is more than one); `steps` draws a curve that jumps, as survival does;
`tick` is the distance of the marks on the axis where another than the usual is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from publishing.dashboards import Column, Tile
from publishing.dashboards.queries import without_filters
from publishing.site import charts, pictures
from publishing.site.card import Card, Edition, Headline, described, nothing
from publishing.site.cards.table import finding_of, label_of, text_of
from publishing.site.charts import CURVES, Curve, CurvePoint
from publishing.words import Words

Record = Mapping[str, Any]
# The table behind the picture says so many points of each curve; the download has all.
MOST_TOLD = 24


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    table = edition.facts.table(without_filters(str(tile.rows)))
    records = table.records()
    x, y = _named(tile, "x"), _named(tile, "y")
    curves = _curves(records, tile, words)
    if not any(len([p for p in curve.points if p.value is not None]) >= 2 for curve in curves):
        return nothing(tile, words)
    drawn = curves[:CURVES]
    title = finding_of(tile, records, words)
    low, high = y.domain or charts.room(drawn)
    spec = charts.lines(
        drawn,
        words,
        x_ticks=_x_ticks(drawn, x, tile.options.get("tick"), words),
        y_ticks=_ticks(low, high, y.shown_as, words),
        domain=(low, high),
        is_stepped=bool(tile.options.get("steps")),
    )
    told = described(tile, words) | ({"title": title} if title else {})
    return Card(
        **told | {"note": _note(told["note"], curves, low, words)},
        context={
            "keys": [
                (curve.name, pictures.stroke(*charts.LOOKS[place]))
                for place, curve in enumerate(drawn)
                if len(drawn) > 1
            ],
            "labels": (label_of(x, words), label_of(y, words)),
            "rows": _told(drawn),
        },
        charts={tile.key: spec},
        table=table,
        headline=Headline(title) if title else None,
    )


def _named(tile: Tile, part: str) -> Column:
    return next(column for column in tile.columns if column.name == tile.options[part])


def _curves(records: Sequence[Record], tile: Tile, words: Words) -> list[Curve]:
    """The curves in the order of the rows, each in the order of its axis."""
    x, y, by = _named(tile, "x"), _named(tile, "y"), tile.options.get("by")
    found: dict[str, list[CurvePoint]] = {}
    for record in records:
        name = words.name_of(str(record[by])) if by else ""
        found.setdefault(name, []).append(_point(record, x, y, name, words))
    return [Curve(name, tuple(sorted(points, key=lambda p: p.x))) for name, points in found.items()]


def _point(record: Record, x: Column, y: Column, name: str, words: Words) -> CurvePoint:
    value, place = record[y.name], text_of(record[x.name], x.shown_as, words)
    low = record[y.low] if y.low else None
    high = record[y.high] if y.high else None
    interval = ""
    if low is not None and high is not None:
        ends = {"low": text_of(low, y.shown_as, words), "high": text_of(high, y.shown_as, words)}
        interval = words.t("interval", **ends)
    text = words.t("nothing.suppressed") if value is None else text_of(value, y.shown_as, words)
    return CurvePoint(
        x=_across(record[x.name]),
        value=None if value is None else float(value),
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        place=place,
        text=text,
        interval=interval,
        tip="\n".join(
            part
            for part in (
                name,
                f"{label_of(x, words)}: {place}",
                text,
                f"{words.t('ci')} {interval}" if interval else "",
            )
            if part
        ),
    )


def _across(value: object) -> float:
    """Where a value stands on the axis: a date by its day, a number as it is."""
    if isinstance(value, datetime):
        return float(value.date().toordinal())
    if isinstance(value, date):
        return float(value.toordinal())
    return float(str(value))


def _x_ticks(
    curves: Sequence[Curve], x: Column, tick: int | None, words: Words
) -> Mapping[float, str]:
    points = sorted({point.x: point.place for curve in curves for point in curve.points}.items())
    if x.shown_as in ("month", "day"):
        return dict(points[:: max(1, len(points) // 5)])
    first, last = points[0][0], points[-1][0]
    if tick:
        return {float(v): words.number(v) for v in range(0, int(last) + 1, tick) if v >= first}
    return _ticks(first, last, x.shown_as, words)


def _ticks(low: float, high: float, shown_as: str, words: Words) -> Mapping[float, str]:
    """Round values of an axis, in the words of its unit and no more decimals than they need."""
    found = charts.round_values(low, high)
    step = (found[-1] - found[0]) / max(1, len(found) - 1)
    if shown_as == "rate":
        return {v: words.amount(v, "rate", 0 if step >= 0.01 else 1) for v in found}
    return {v: words.number(v, 0 if step >= 1 else 1) for v in found}


def _note(text: str, curves: Sequence[Curve], low: float, words: Words) -> str:
    parts = [text] if text else []
    if low > 0:
        parts.append(words.t("lines.base"))
    if len(curves) > CURVES:
        parts.append(words.counted("lines.more", len(curves) - CURVES))
    return " ".join(parts)


def _told(curves: Sequence[Curve]) -> list[tuple[str, str, str, str]]:
    """Rows of the table behind the picture: curve, place, value, interval."""
    return [
        (curve.name, point.place, point.text, point.interval)
        for curve in curves
        for point in charts.thinned(curve.points, MOST_TOLD)
    ]
