"""Touchpoints and journey: scores by stage, touchpoint and channel; who comes back; how valued."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from publishing.site import charts, pictures
from publishing.site.facts import CohortCell, Facts, Measure
from publishing.site.page import Page
from publishing.site.pictures import Point
from publishing.site.words import Words

HEAT_STEPS = 6


@dataclass(frozen=True)
class Score:
    """A member's score on one measure; `text` empty where nothing was measured."""

    text: str
    interval: str
    count: str
    bar: Markup
    state: str


@dataclass(frozen=True)
class Scale:
    """A measure of the page with the scope and scale that has the most answers."""

    key: str
    metric: str
    scope: str
    scale_id: str
    domain: tuple[float, float]


def touchpoints_page(
    description: Mapping[str, Any], facts: Facts, words: Words, *, as_of: date
) -> Page:
    """The page that answers: which stage, touchpoint and channel is good, and who returns?"""
    scales = _scales(description["measures"], facts)
    tables = [
        table
        for dimension in description["tables"]
        if (table := _table(dimension, scales, facts, words)) is not None
    ]
    stages = _stages(description["stages"], scales, facts, words)
    multiples, specs = _multiples(description["multiples"], scales, facts, words, as_of=as_of)
    return Page(
        template="touchpoints.html.j2",
        headline=_headline(scales, facts, words),
        context={
            "stages": stages,
            "tables": tables,
            "multiples": multiples,
            "cohorts": _cohorts(description["cohorts"], facts, words),
            "segments": _segments(facts, words),
        },
        charts=specs,
    )


def _scales(measures: Sequence[Mapping[str, Any]], facts: Facts) -> list[Scale]:
    found = []
    for measure in measures:
        best = facts.best_scale(measure["metric"], measure["scopes"])
        if best is not None:
            low, high = measure["domain"]
            found.append(Scale(measure["key"], measure["metric"], *best, (low, high)))
    return found


def _by_member(scale: Scale, dimension: str, facts: Facts) -> dict[str, Measure]:
    rows = facts.members(scale.metric, scale.scope, scale.scale_id, dimension=dimension)
    return {row.member: row for row in rows}


def _score(row: Measure | None, scale: Scale, words: Words) -> Score:
    if row is None:
        return Score("", "", "", Markup(""), words.t("nothing.missing"))
    if row.value is None:
        return Score("", "", "", Markup(""), words.t("nothing.suppressed"))
    return Score(
        text=words.amount(row.value, row.unit_shown),
        interval=words.interval(row.ci_low, row.ci_high, row.unit_shown)
        if row.ci_low is not None and row.ci_high is not None
        else words.t("interval.none"),
        count=words.number(row.n or 0),
        bar=pictures.range_bar(
            Point(row.value, row.ci_low, row.ci_high), domain=scale.domain, height=20
        ),
        state="",
    )


def _stages(
    stages: Sequence[str], scales: Sequence[Scale], facts: Facts, words: Words
) -> dict[str, Any]:
    """The stages in the order of the journey, each with its score on every measure."""
    found = {scale.key: _by_member(scale, "stage", facts) for scale in scales}
    return {
        "names": [words.name_of(stage) for stage in stages],
        "rows": [
            (
                words.t(f"kpi.{scale.key}"),
                [_score(found[scale.key].get(stage), scale, words) for stage in stages],
            )
            for scale in scales
        ],
        "is_empty": not any(found.values()),
    }


def _table(
    dimension: str, scales: Sequence[Scale], facts: Facts, words: Words
) -> dict[str, Any] | None:
    found = {scale.key: _by_member(scale, dimension, facts) for scale in scales}
    answers: dict[str, int] = defaultdict(int)
    for rows in found.values():
        for member, row in rows.items():
            answers[member] += row.n or 0
    if not answers:
        return None
    members = sorted(answers, key=lambda member: (-answers[member], member))
    scales = [scale for scale in scales if found[scale.key]]
    return {
        "dimension": words.t(f"dimension.{dimension}"),
        "scales": [words.t(f"kpi.{scale.key}") for scale in scales],
        "rows": [
            (
                words.name_of(member),
                [_score(found[scale.key].get(member), scale, words) for scale in scales],
            )
            for member in members
        ],
    }


def _headline(scales: Sequence[Scale], facts: Facts, words: Words) -> tuple[str, str, str]:
    """The lowest and the highest touchpoint, when their intervals do not meet."""
    for scale in scales:
        rows = [
            row
            for row in _by_member(scale, "touchpoint", facts).values()
            if row.value is not None and row.ci_low is not None and not row.is_wide
        ]
        if len(rows) < 2:
            continue
        ranked = sorted(rows, key=lambda row: (row.value or 0, row.member))
        low, high = ranked[0], ranked[-1]
        fields = {
            "measure": words.t(f"kpi.{scale.key}"),
            "low": words.name_of(low.member),
            "low_value": words.amount(low.value or 0, low.unit_shown),
            "high": words.name_of(high.member),
            "high_value": words.amount(high.value or 0, high.unit_shown),
        }
        is_apart = (low.ci_high or 0) < (high.ci_low or 0)
        return (
            words.t("journey.apart" if is_apart else "journey.close", **fields),
            words.t("journey.apart.note" if is_apart else "journey.close.note"),
            words.t("journey.lead"),
        )
    return words.t("journey.nothing"), "", words.t("journey.nothing.lead")


def _multiples(
    wanted: Mapping[str, Any],
    scales: Sequence[Scale],
    facts: Facts,
    words: Words,
    *,
    as_of: date,
) -> tuple[list[dict[str, Any]], dict[str, Mapping[str, Any]]]:
    """Small lines by quarter, of the members with the most answers, all on one scale."""
    scale = next((s for s in scales if s.key in wanted["measures"]), None)
    if scale is None:
        return [], {}
    lines: dict[str, list[Measure]] = defaultdict(list)
    for grain in ("quarter", "year"):
        rows = facts.members(
            scale.metric, scale.scope, scale.scale_id, dimension=wanted["dimension"], grain=grain
        )
        for row in rows:
            if row.period_end is not None and row.period_end <= as_of + timedelta(days=1):
                lines[row.member].append(row)
        if any(_has_line(line) for line in lines.values()):
            break
        lines.clear()
    drawn = sorted(
        (member for member, line in lines.items() if _has_line(line)),
        key=lambda member: (-sum(row.n or 0 for row in lines[member]), member),
    )[: wanted["most"]]
    cards: list[dict[str, Any]] = []
    specs: dict[str, Mapping[str, Any]] = {}
    for index, member in enumerate(drawn):
        name = f"small-{index}"
        last = next(row for row in reversed(lines[member]) if row.value is not None)
        cards.append(
            {
                "chart": name,
                "name": words.name_of(member),
                "value": words.amount(last.value or 0, last.unit_shown, 0),
                "label": words.t("multiple.label", name=words.name_of(member)),
            }
        )
        specs[name] = charts.small(lines[member], words, domain=scale.domain)
    return cards, specs


def _has_line(line: Sequence[Measure]) -> bool:
    return sum(row.value is not None for row in line) >= 2


def _cohorts(wanted: Mapping[str, Any], facts: Facts, words: Words) -> dict[str, Any] | None:
    cells = facts.cohorts(wanted["event"], wanted["rule"], wanted["period_grain"])
    if not cells:
        return None
    by_start: dict[date, dict[int, CohortCell]] = defaultdict(dict)
    for cell in cells:
        by_start[cell.cohort_start][cell.age] = cell
    starts = sorted(by_start)[-wanted["cohorts"] - 1 :]
    ages = range(1, wanted["ages"] + 1)
    shown = [c for s in starts for c in by_start[s].values() if c.age in ages and c.rate]
    highest = max((c.rate or 0 for c in shown if c.is_mature), default=0)
    return {
        "ages": [words.number(age) for age in ages],
        "rows": [
            (
                words.period(start, wanted["period_grain"]),
                words.number(next(iter(by_start[start].values())).cohort_size),
                [_heat(by_start[start].get(age), highest, words) for age in ages],
            )
            for start in starts
        ],
    }


def _heat(cell: CohortCell | None, highest: float, words: Words) -> tuple[str, str, str]:
    """A cell's text, its shade (a class) and its full wording."""
    if cell is None or cell.rate is None or not cell.is_mature:
        return "", "young", words.t("cohort.young")
    step = 0 if highest == 0 else min(HEAT_STEPS, round(cell.rate / highest * HEAT_STEPS))
    full = words.t(
        "cohort.cell",
        retained=words.number(cell.retained),
        mature=words.number(cell.mature),
        interval=words.interval(cell.ci_low or 0, cell.ci_high or 0, "rate"),
    )
    return words.amount(cell.rate, "rate", 0), f"heat-{step}", full


def _segments(facts: Facts, words: Words) -> list[tuple[str, str, str, Markup]]:
    segments = facts.rfm_segments()
    everybody = sum(count for _, count in segments)
    most = max((count for _, count in segments), default=0)
    return [
        (
            words.name_of(segment),
            words.number(count),
            words.amount(count / everybody, "rate"),
            pictures.bar(count / most, tone="mid"),
        )
        for segment, count in segments
    ]
