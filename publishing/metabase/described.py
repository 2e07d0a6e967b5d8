"""From the dashboards' description to boards of questions: the SQL behind each tile.

The site draws what is significant, suppressed or provisional; a native question cannot, so its
rows say it in columns of their own. Tiles that read the run's own records (checks, freshness)
are the site's alone: viewers of Metabase read `rpt_*`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from publishing.dashboards import Dashboard, Measure, Tile, load_measures
from publishing.dashboards.queries import (
    ENOUGH,
    STATE,
    best_scale,
    cohort_rows,
    quoted,
    shown_periods,
    without_filters,
)
from publishing.metabase.rendering import Board, Question
from publishing.metabase.wanted import Filter

_METRICS = "marts.rpt_metrics"
_PERIOD = "period"
_GRID_PER_COLUMN = 2  # a description counts twelve columns, Metabase twenty-four
Asked = list[Question]


def boards(dashboards: Sequence[Dashboard], *, locale: str) -> list[Board]:
    """One board per dashboard that has a tile which Metabase can show, in their order."""
    found = [_board(dashboard, locale, is_first=i == 0) for i, dashboard in enumerate(dashboards)]
    return _told_apart([board for board in found if board.questions])


def _told_apart(found: Sequence[Board]) -> list[Board]:
    """All questions lie in one collection: who bears the name of one before names its board."""
    names: set[str] = set()
    apart = []
    for board in found:
        questions = tuple(
            replace(asked, title=f"{asked.title} · {board.title}")
            if asked.title in names
            else asked
            for asked in board.questions
        )
        names |= {asked.title for asked in questions}
        apart.append(replace(board, questions=questions))
    return apart


def _board(dashboard: Dashboard, locale: str, *, is_first: bool) -> Board:
    questions = [asked for tile in dashboard.tiles for asked in _asked(tile, locale)]
    if is_first:
        questions.append(_worse())
    sql = " ".join(asked.sql for asked in questions)
    dimensions = {tile.dimension for tile in dashboard.tiles if tile.dimension}
    filters = [
        Filter(_PERIOD, "Period", "date/all-options", f"{_METRICS}.period_start"),
        *(Filter(d, _words(d), "string/=", f"{_METRICS}.member") for d in sorted(dimensions)),
    ]
    return Board(
        key=dashboard.key,
        title=dashboard.title[locale],
        question=dashboard.question[locale],
        questions=tuple(questions),
        filters=tuple(each for each in filters if f"{{{{{each.slug}}}}}" in sql),
    )


def _asked(tile: Tile, locale: str) -> Asked:
    if tile.rows is not None:
        return _of_rows(tile, locale)
    make = _MAKERS.get(tile.kind)
    return make(tile, locale) if make else []


def _kpi(tile: Tile, locale: str) -> Asked:
    measure = load_measures()[tile.metrics[0]]
    return [
        Question(
            key=tile.key,
            title=measure.name[locale],
            description=measure.unit[locale],
            kind="kpi",
            sql=_series(measure),
            columns=("period_start", "value", "target"),
            percent=_percent(measure, "value", "target"),
        )
    ]


def _trend(tile: Tile, locale: str) -> Asked:
    measures = [load_measures()[metric] for metric in tile.metrics]
    drawn = ("value", "ci_low", "ci_high", "target")
    return [
        Question(
            key=f"{tile.key}_{measure.metric}",
            title=_asked_of(measure, tile, locale),
            description=measure.unit[locale],
            kind="trend",
            sql=_series(measure),
            columns=("period_start", *drawn),
            percent=_percent(measure, *drawn),
        )
        for measure in measures
    ]


def _members(tile: Tile, locale: str) -> Asked:
    """Every member of a dimension over all time, each with its interval, n and state."""
    measures = [load_measures()[metric] for metric in tile.metrics]
    best = "\n    or ".join(f"(metric = {quoted(m.metric)} and {_best_scale(m)})" for m in measures)
    sql = f"""select member, metric, value, ci_low, ci_high, n, change, is_significant,
    {STATE},
    target
from {_METRICS}
where weighting = 'none'
    and period_grain = 'all'
    and dimension = {quoted(str(tile.dimension))}
    and ({best})
    [[and {{{{{tile.dimension}}}}}]]
order by metric, value, member"""
    named = tile.title or tile.question
    title = named[locale] if named else measures[0].name[locale]
    return [
        Question(
            key=tile.key,
            title=f"{title} ({_words(str(tile.dimension)).lower()})",
            description="; ".join(f"{m.metric}: {m.unit[locale]}" for m in measures),
            kind="table",
            sql=sql,
            width=tile.width * _GRID_PER_COLUMN,
        )
    ]


def _multiples(tile: Tile, locale: str) -> Asked:
    measure = load_measures()[tile.metrics[0]]
    sql = f"""select period_start, member, value
from {_METRICS}
where metric = {quoted(measure.metric)}
    and {_best_scale(measure)}
    and weighting = 'none'
    and period_grain = 'quarter'
    and dimension = {quoted(str(tile.dimension))}
    [[and {{{{{_PERIOD}}}}}]]
    [[and {{{{{tile.dimension}}}}}]]
order by period_start, member"""
    return [
        Question(
            key=tile.key,
            title=f"{_asked_of(measure, tile, locale)} ({_words(str(tile.dimension)).lower()})",
            description=measure.unit[locale],
            kind="trend",
            sql=sql,
            columns=("period_start", "value"),
            series="member",
            percent=_percent(measure, "value"),
            width=tile.width * _GRID_PER_COLUMN,
        )
    ]


def _cohorts(tile: Tile, locale: str) -> Asked:
    told = tile.options
    sql = cohort_rows(told["event"], told["rule"], told["period_grain"])
    return [_table(tile, locale, sql, percent=("rate", "ci_low", "ci_high"))]


def _health(tile: Tile, locale: str) -> Asked:
    sql = """select source, entity, loaded_at, newest_record_at,
    "read", accepted, superseded, withdrawn, quarantined, match_rate
from marts.rpt_source_health
order by loaded_at desc, source, entity"""
    return [_table(tile, locale, sql, percent=("match_rate",))]


def _catalogue(tile: Tile, locale: str) -> Asked:
    sql = """select metric, definition, formula, owner, scale, version, worked_example
from marts.rpt_catalogue
order by owner, metric"""
    return [_table(tile, locale, sql)]


_MAKERS: dict[str, Callable[[Tile, str], Asked]] = {
    "kpi": _kpi,
    "trend": _trend,
    "ranking": _members,
    "scores": _members,
    "stages": _members,
    "multiples": _multiples,
    "cohorts": _cohorts,
    "accounts": _health,
    "catalogue": _catalogue,
}
# How many dimensions a drawing of rows takes; each takes one number.
_DRAWN = {"bars": 1, "funnel": 1, "paths": 2}
_DIMENSIONS = ("member", "text", "month", "day", "verdict")


def _of_rows(tile: Tile, locale: str) -> Asked:
    """A tile that brings its own SQL, drawn where Metabase draws the like; else a table."""
    rates = tuple(column.name for column in tile.columns if column.shown_as == "rate")
    asked = _table(tile, locale, without_filters(tile.rows or ""), percent=rates)
    if tile.kind == "lines":
        drawn = (str(tile.options["x"]), str(tile.options["y"]))
        return [replace(asked, kind="trend", columns=drawn, series=tile.options.get("by"))]
    shown = [column for column in tile.columns if not column.hidden]
    dimensions = [column.name for column in shown if column.shown_as in _DIMENSIONS]
    numbers = [column.name for column in shown if column.shown_as not in _DIMENSIONS]
    needed = _DRAWN.get(tile.kind)
    if needed is None or len(dimensions) < needed or not numbers:
        return [asked]
    return [replace(asked, kind=tile.kind, columns=(*dimensions[:needed], numbers[0]))]


def _table(tile: Tile, locale: str, sql: str, *, percent: tuple[str, ...] = ()) -> Question:
    title = tile.title or tile.question
    about = tile.about or tile.note or tile.question
    return Question(
        key=tile.key,
        title=title[locale] if title else _words(tile.key),
        description=about[locale] if about else "",
        kind="table",
        sql=sql,
        percent=percent,
        width=tile.width * _GRID_PER_COLUMN,
    )


def _worse() -> Question:
    """The rows that somebody is to be told of; without any, no mail is sent."""
    shown = ", ".join(quoted(m.metric) for m in load_measures().values() if m.cohorts is None)
    sql = f"""select metrics.metric, metrics.scope, metrics.scale_id, metrics.period_start,
    metrics.value, metrics.previous_value, metrics.change, metrics.ci_low, metrics.ci_high,
    metrics.n, metrics.target, metrics.is_alert
from {_METRICS} as metrics
inner join marts.rpt_catalogue as catalogue on metrics.metric = catalogue.metric
where metrics.weighting = 'none'
    and metrics.dimension = 'all'
    and metrics.period_grain = 'month'
    and not metrics.is_provisional
    and metrics.metric in ({shown})
    and (
        metrics.is_alert
        or (metrics.is_significant and catalogue.better = 'higher' and metrics.change < 0)
        or (metrics.is_significant and catalogue.better = 'lower' and metrics.change > 0)
    )
    and metrics.period_start = (
        select max(newest.period_start)
        from {_METRICS} as newest
        where newest.weighting = 'none'
            and newest.dimension = 'all'
            and newest.period_grain = 'month'
            and not newest.is_provisional
    )
order by metrics.metric, metrics.scope, metrics.scale_id"""
    return Question(
        key="worse",
        title="What got worse last month, beyond chance, or is an alert",
        description="Headline metrics whose change for the worse is more than chance, or whose "
        "value lies beyond a limit of targets (is_alert).",
        kind="table",
        sql=sql,
        is_alert=True,
    )


def _series(measure: Measure) -> str:
    """A measure over everybody in the periods that the site shows, in time order."""
    if measure.cohorts is not None:
        told = measure.cohorts
        return f"""select cohort_start as period_start, rate as value, ci_low, ci_high,
    mature as n,
    case when mature < {ENOUGH} then 'wide interval' else '' end as state,
    cast(null as double precision) as target
from marts.rpt_retention_cohorts
where event = {quoted(told["event"])}
    and rule = {quoted(told["rule"])}
    and period_grain = {quoted(told["period_grain"])}
    and age = {int(told["age"])}
    and is_mature
order by cohort_start"""
    return shown_periods(measure.metric, measure.scopes, filters=f"[[and {{{{{_PERIOD}}}}}]]")


def _best_scale(measure: Measure) -> str:
    best = best_scale(measure.metric, measure.scopes).replace("\n", "\n        ")
    return f"""(scope, scale_id) in (
        {best}
    )"""


def _asked_of(measure: Measure, tile: Tile, locale: str) -> str:
    """A drawing's name: its number has the measure's alone."""
    asked = tile.title or tile.question
    return f"{measure.name[locale]}: {asked[locale]}" if asked else measure.name[locale]


def _percent(measure: Measure, *names: str) -> tuple[str, ...]:
    return names if measure.domain[1] <= 1 else ()


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
