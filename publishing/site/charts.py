"""Charts as Vega specifications, compiled from Vega-Lite when the site is built.

The browser gets Vega alone, with expressions as syntax trees (no `unsafe-eval`). Colours are
references to the page's own, so a chart follows theme and print without being drawn again. Time
is a number axis in UTC with its ticks worked out here: no browser zone can move a point.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from publishing.site.facts import MetricRow, end_of
from publishing.site.measures import Shown
from publishing.site.tokens import colour
from publishing.words import Words

Spec = dict[str, Any]
FONT = "Inter, Vazirmatn, system-ui, sans-serif"
# tone and dashes of the first, second, ... curve: colour alone would not tell them apart
LOOKS = (("data", ""), ("ink-2", "7 4"), ("data", "2 3"), ("muted", ""))
CURVES = len(LOOKS)
# A curve has no more points than a wide screen can tell apart.
MOST_POINTS = 240


@dataclass(frozen=True)
class CurvePoint:
    """A point of a curve; `value` None is a gap. `place`, `text` and `interval` are its words."""

    x: float
    value: float | None
    low: float | None
    high: float | None
    place: str
    text: str
    interval: str
    tip: str


@dataclass(frozen=True)
class Curve:
    """One of several curves, in the order of its axis."""

    name: str
    points: tuple[CurvePoint, ...]


def trend(shown: Shown, words: Words, *, height: int = 300) -> Spec:
    """A measure over time: interval band, line, target, and the last value at its point."""
    rows = _rows(shown.periods, words)
    drawn = [row for row in rows if row["v"] is not None]
    low, high = _domain(rows, target=drawn and shown.latest and shown.latest.target)
    x, y = _time_axis(shown.periods, words), _value_axis(low, high, shown, words)
    tone = shown.verdict if shown.verdict in ("better", "worse") else "data"
    layers = [
        _mark("area", rows, {"x": x, "y": y | {"field": "lo"}, "y2": {"field": "hi"}}, "data-soft"),
        *_target_layers(shown, words, x=x, y=y, start=rows[0]["t"]),
        _mark("line", rows, {"x": x, "y": y | {"field": "v"}}, "data"),
        _dots(drawn[-1:], x, y, tone, size=80),
        _last_label(drawn[-1], x, y, tone, words),
        _hover(drawn, x, y),
    ]
    return _compiled(layers, words, height=height)


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
        "axis": {
            "orient": _value_side(words),
            "values": [low, (low + high) / 2, high],
            "labelPadding": 5,
        },
    }
    layers = [
        _mark("area", rows, {"x": x, "y": y | {"field": "lo"}, "y2": {"field": "hi"}}, "data-soft"),
        _mark("line", rows, {"x": x, "y": y | {"field": "v"}}, "data"),
        _dots(drawn[-1:], x, y, "data", size=50),
        _hover(drawn, x, y),
    ]
    return _compiled(layers, words, height=120)


def lines(
    curves: Sequence[Curve],
    words: Words,
    *,
    x_ticks: Mapping[float, str],
    y_ticks: Mapping[float, str],
    domain: tuple[float, float],
    is_stepped: bool,
) -> Spec:
    """Up to four curves with their bands, told apart by dashes as well as by colour."""
    places = [point.x for curve in curves for point in curve.points]
    x = _number_axis((min(places), max(places)), x_ticks, words) | {"field": "x"}
    x["axis"] |= {
        "grid": False,
        "domain": True,
        "domainColor": colour("rule-strong"),
        "labelFlush": 12,
    }
    y = _number_axis(domain, y_ticks, words)
    y["axis"] |= {"orient": _value_side(words)}
    bands, drawn, ends, hovers = [], [], [], []
    for curve, (tone, dashes) in zip(curves, LOOKS, strict=False):
        rows = [
            {"x": p.x, "v": p.value, "lo": p.low, "hi": p.high, "tip": p.tip}
            for p in thinned(curve.points, MOST_POINTS)
        ]
        shape: Spec = {"interpolate": "step-after"} if is_stepped else {}
        band = _mark("area", rows, {"x": x, "y": y | {"field": "lo"}, "y2": {"field": "hi"}}, tone)
        line = _mark("line", rows, {"x": x, "y": y | {"field": "v"}}, tone)
        band["mark"] |= shape | {"opacity": 0.16, "clip": True}
        line["mark"] |= shape | {"clip": True}
        if dashes:
            line["mark"]["strokeDash"] = [int(length) for length in dashes.split()]
        known = [row for row in rows if row["v"] is not None]
        bands.append(band)
        drawn.append(line)
        ends.append(_dots(known[-1:], x, y, tone, size=50))
        hovers.append(_hover(known, x, y))
    return _compiled([*bands, *drawn, *ends, *hovers], words, height=300)


def _number_axis(domain: tuple[float, float], ticks: Mapping[float, str], words: Words) -> Spec:
    """An axis whose ticks carry their own words, so that no library formats a number."""
    values = list(ticks)
    # JSON quoting keeps any label inside its string.
    labels = json.dumps([words.in_chart(text) for text in ticks.values()])
    place = f"indexof({json.dumps(values)}, datum.value)"
    return {
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": {
            "values": values,
            "labelExpr": f"{labels}[{place}]",
            "labelOverlap": True,
        },
    }


def round_values(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two ends, `most` at most: steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low or 1) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * size for size in (1, 2, 5, 10) if power * size >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def room(curves: Sequence[Curve]) -> tuple[float, float]:
    """Both ends of an axis on which all curves and bands have room, from zero where it is near."""
    values = [
        value
        for curve in curves
        for p in curve.points
        for value in (p.low, p.value, p.high)
        if value is not None
    ]
    low, high = min(values), max(values)
    margin = (high - low or 1) * 0.08
    return (0.0 if 0 <= low < high / 2 else low - margin), high + margin


def thinned(points: Sequence[CurvePoint], most: int) -> list[CurvePoint]:
    """Every k-th of the points and the last."""
    every = max(1, -(-len(points) // most))
    return [p for i, p in enumerate(points) if i % every == 0 or i == len(points) - 1]


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
    lines = [words.period_and_days(start, end_of(start, row.period_grain), row.period_grain)]
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


def _value_side(words: Words) -> str:
    """Where a reader looks for a value first; time runs from left to right for everybody."""
    return "right" if words.direction == "rtl" else "left"


def _value_axis(low: float, high: float, shown: Shown, words: Words) -> Spec:
    suffix = words.percent if shown.latest is not None and shown.latest.unit_shown == "rate" else ""
    return {
        "type": "quantitative",
        "scale": {"domain": [low, high], "nice": False},
        "axis": {
            "orient": _value_side(words),
            "tickCount": 5,
            "labelExpr": _joined(words, "datum.label", suffix),
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
        f"t{_milliseconds(day)}:{json.dumps(_tick(day, grain, words))}" for day in kept
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


def _joined(words: Words, expression: str, suffix: str) -> str:
    """A Vega expression: a number in words of the language, running as the language runs."""
    before, after = words.in_chart("\n").split("\n")
    return f"{json.dumps(before)} + {expression} + {json.dumps(suffix + after)}"


def _tick(day: date, grain: str, words: Words) -> list[str]:
    """A period's name, and under it its first day in the reader's own calendar."""
    lines = [words.period(day, grain), words.beside(day)]
    return [words.in_chart(line) for line in lines if line]


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


def _last_label(row: Spec, x: Spec, y: Spec, tone: str, words: Words) -> Spec:
    return {
        "data": {"values": [row | {"label": words.in_chart(row["tip"].split("\n")[1])}]},
        "mark": {
            "type": "text",
            "align": "right",
            "dx": 6,
            "dy": -12,
            "fontSize": 16,
            "fontWeight": 700,
            "color": colour(tone),
        },
        # above the interval, where neither band nor line runs through it
        "encoding": {
            "x": x,
            "y": y | {"field": "v" if row["hi"] is None else "hi"},
            "text": {"field": "label"},
        },
    }


def _target_layers(shown: Shown, words: Words, *, x: Spec, y: Spec, start: int) -> list[Spec]:
    row = shown.latest
    if row is None or row.target is None:
        return []
    value = _scaled(row.target, row.unit_shown)
    label = words.in_chart(words.t("target_at", x=words.amount(row.target, row.unit_shown, 0)))
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


def _compiled(layers: Sequence[Spec], words: Words, *, height: int) -> Spec:
    import vl_convert

    spec = {
        "layer": list(layers),
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 4, "top": 8, "bottom": 2},
        "config": _config(words),
    }
    compiled: Spec = vl_convert.vegalite_to_vega(spec)
    # The page sets the width from its box (static/charts.js).
    compiled["signals"] = [s for s in compiled.get("signals", []) if s["name"] != "width"]
    compiled["signals"].append({"name": "width", "value": 400})
    return compiled


def _config(words: Words) -> Spec:
    return {
        "locale": {
            "number": {
                "decimal": words.decimal,
                "thousands": words.group,
                "grouping": [3],
                "currency": ["", ""],
                "minus": words.minus,
                "percent": words.percent,
                "numerals": list(words.digits),
            }
        },
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
