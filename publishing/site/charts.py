"""Charts as Vega specifications, compiled from Vega-Lite when the site is built.

The browser gets Vega alone, with expressions as syntax trees (no `unsafe-eval`). Colours are
references to the page's own, so a chart follows theme and print without being drawn again. Time
is a number axis in UTC with its ticks worked out here: no browser zone can move a point.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from publishing.site.facts import MetricRow, end_of
from publishing.site.measures import Shown
from publishing.site.tokens import colour
from publishing.site.words import Words

Spec = dict[str, Any]
FONT = "Inter, system-ui, sans-serif"


def trend(shown: Shown, words: Words, *, height: int = 300) -> Spec:
    """A measure over time: interval band, line, target, and the last value at its point."""
    rows = _rows(shown.periods, words)
    drawn = [row for row in rows if row["v"] is not None]
    low, high = _domain(rows, target=drawn and shown.latest and shown.latest.target)
    x, y = _time_axis(shown.periods, words), _value_axis(low, high, shown)
    tone = shown.verdict if shown.verdict in ("better", "worse") else "data"
    layers = [
        _mark("area", rows, {"x": x, "y": y | {"field": "lo"}, "y2": {"field": "hi"}}, "data-soft"),
        *_target_layers(shown, words, x=x, y=y, start=rows[0]["t"]),
        _mark("line", rows, {"x": x, "y": y | {"field": "v"}}, "data"),
        _dots(drawn[-1:], x, y, tone, size=80),
        _last_label(drawn[-1], x, y, tone),
        _hover(drawn, x, y),
    ]
    return _compiled(layers, height=height)


def small(shown: Sequence[MetricRow], words: Words, *, domain: tuple[float, float]) -> Spec:
    """One of many small lines that share a scale; `domain` is in the measure's own unit."""
    rows = _rows(shown, words)
    drawn = [row for row in rows if row["v"] is not None]
    factor = _factor(shown[-1].unit_shown)
    low, high = domain[0] * factor, domain[1] * factor
    x = _time_axis(shown, words, ends_only=True)
    y: Spec = {
        "type": "quantitative",
        "scale": {"domain": [low, high], "nice": False},
        "axis": {"values": [low, (low + high) / 2, high], "labelPadding": 5},
    }
    layers = [
        _mark("area", rows, {"x": x, "y": y | {"field": "lo"}, "y2": {"field": "hi"}}, "data-soft"),
        _mark("line", rows, {"x": x, "y": y | {"field": "v"}}, "data"),
        _dots(drawn[-1:], x, y, "data", size=50),
        _hover(drawn, x, y),
    ]
    return _compiled(layers, height=120)


def _rows(periods: Sequence[MetricRow], words: Words) -> list[Spec]:
    return [
        {
            "t": _middle(row),
            "v": _scaled(row.value, row.unit_shown),
            "lo": _scaled(row.ci_low, row.unit_shown),
            "hi": _scaled(row.ci_high, row.unit_shown),
            "tip": _tip(row, words),
        }
        for row in periods
    ]


def _factor(unit: str) -> float:
    return 100 if unit == "rate" else 1


def _scaled(value: float | None, unit: str) -> float | None:
    return None if value is None else round(value * _factor(unit), 4)


def _tip(row: MetricRow, words: Words) -> str:
    start = row.period_start or date(1970, 1, 1)
    lines = [words.period(start, row.period_grain)]
    if row.value is None:
        return "\n".join([*lines, words.t("nothing.suppressed")])
    lines.append(words.amount(row.value, row.unit_shown))
    if row.ci_low is not None and row.ci_high is not None:
        lines.append(f"{words.t('ci')} {words.interval(row.ci_low, row.ci_high, row.unit_shown)}")
    if row.n is not None:
        lines.append(words.t("count", n=words.number(row.n)))
    return "\n".join(lines)


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _middle(row: MetricRow) -> int:
    start = row.period_start or date(1970, 1, 1)
    return (_milliseconds(start) + _milliseconds(end_of(start, row.period_grain))) // 2


def _domain(rows: Sequence[Spec], *, target: object) -> tuple[float, float]:
    values = [row[k] for row in rows for k in ("lo", "hi", "v") if row[k] is not None]
    if isinstance(target, float):
        scale = 100 if max(map(abs, values)) > 1.5 and abs(target) <= 1 else 1
        values.append(target * scale)
    low, high = min(values), max(values)
    room = (high - low or 1) * 0.08
    return low - room, high + room


def _value_axis(low: float, high: float, shown: Shown) -> Spec:
    suffix = "%" if shown.latest is not None and shown.latest.unit_shown == "rate" else ""
    return {
        "type": "quantitative",
        "scale": {"domain": [low, high], "nice": False},
        "axis": {
            "tickCount": 5,
            "labelExpr": f"replace(datum.label, '-', '\N{MINUS SIGN}') + '{suffix}'",
        },
    }


def _time_axis(periods: Sequence[MetricRow], words: Words, *, ends_only: bool = False) -> Spec:
    first = periods[0].period_start or date(1970, 1, 1)
    last = periods[-1].period_start or first
    grain = periods[-1].period_grain
    end = end_of(last, grain)
    ticks = [row.period_start for row in periods if row.period_start is not None]
    kept = [ticks[0], ticks[-1]] if ends_only else ticks[:: max(1, len(ticks) // 5)]
    # Period names are made here from dates; JSON quoting keeps any of them inside its string.
    labels = ",".join(
        f"t{_milliseconds(day)}:{json.dumps(words.period(day, grain))}" for day in kept
    )
    return {
        "field": "t",
        "type": "quantitative",
        "scale": {
            "zero": False,
            "nice": False,
            "domain": [
                _milliseconds(first - timedelta(days=2)),
                _milliseconds(end + timedelta(days=2)),
            ],
        },
        "axis": {
            "values": [_milliseconds(day) for day in kept],
            "labelExpr": "({" + labels + "})['t'+datum.value]",
            "grid": False,
            "labelFlush": 12,
            "labelOverlap": True,
            "labelPadding": 6,
            "domain": True,
            "domainColor": colour("rule-strong"),
        },
    }


def _mark(kind: str, rows: Sequence[Spec], encoding: Spec, tone: str) -> Spec:
    mark: Spec = {"type": kind, "color": colour(tone), "invalid": "break-paths-show-domains"}
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def _dots(rows: Sequence[Spec], x: Spec, y: Spec, tone: str, *, size: int) -> Spec:
    mark = {"type": "point", "filled": True, "opacity": 1, "size": size, "color": colour(tone)}
    return {
        "data": {"values": list(rows)},
        "mark": mark,
        "encoding": {"x": x, "y": y | {"field": "v"}},
    }


def _hover(rows: Sequence[Spec], x: Spec, y: Spec) -> Spec:
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "point", "filled": True, "opacity": 0, "size": 300},
        "encoding": {"x": x, "y": y | {"field": "v"}, "tooltip": {"field": "tip"}},
    }


def _last_label(row: Spec, x: Spec, y: Spec, tone: str) -> Spec:
    return {
        "data": {"values": [row | {"label": row["tip"].split("\n")[1]}]},
        "mark": {
            "type": "text",
            "align": "right",
            "dx": -10,
            "dy": -12,
            "fontSize": 16,
            "fontWeight": 700,
            "color": colour(tone),
        },
        "encoding": {"x": x, "y": y | {"field": "v"}, "text": {"field": "label"}},
    }


def _target_layers(shown: Shown, words: Words, *, x: Spec, y: Spec, start: int) -> list[Spec]:
    row = shown.latest
    if row is None or row.target is None:
        return []
    value = _scaled(row.target, row.unit_shown)
    label = words.t("target_at", x=words.amount(row.target, row.unit_shown, 0))
    data = {"values": [{"v": value, "t": start, "label": label}]}
    rule = {"type": "rule", "color": colour("ink-2"), "strokeDash": [2, 3], "strokeWidth": 1.25}
    text = {"type": "text", "align": "left", "dy": -8, "color": colour("ink-2")}
    return [
        {"data": data, "mark": rule, "encoding": {"y": y | {"field": "v"}}},
        {
            "data": data,
            "mark": text,
            "encoding": {"x": x, "y": y | {"field": "v"}, "text": {"field": "label"}},
        },
    ]


def _compiled(layers: Sequence[Spec], *, height: int) -> Spec:
    import vl_convert

    spec = {
        "layer": list(layers),
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 4, "top": 8, "bottom": 2},
        "config": _config(),
    }
    compiled: Spec = vl_convert.vegalite_to_vega(spec)
    # The page sets the width from its box (static/charts.js).
    compiled["signals"] = [s for s in compiled.get("signals", []) if s["name"] != "width"]
    compiled["signals"].append({"name": "width", "value": 400})
    return compiled


def _config() -> Spec:
    return {
        "font": FONT,
        "background": None,
        "aria": False,
        "view": {"stroke": None},
        "legend": {"disable": True},
        "text": {"color": colour("ink-2"), "fontSize": 12, "font": FONT},
        "line": {"strokeWidth": 2, "strokeJoin": "round"},
        "axis": {
            "title": None,
            "domain": False,
            "ticks": False,
            "gridColor": colour("grid"),
            "labelColor": colour("ink-3"),
            "labelFontSize": 12,
            "labelPadding": 8,
        },
    }
