"""From the dashboards' description to boards of questions: the SQL behind each tile.

The site draws what is significant, suppressed or provisional; a native question cannot, so its
rows say it in columns of their own. Tiles that read the run's own records (checks, freshness)
are the site's alone: viewers of Metabase read `rpt_*`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from publishing.dashboards import Dashboard, Measure, Tile, load_measures
from publishing.dashboards.queries import (
    ENOUGH,
    best_scale,
    cohort_rows,
    quoted,
    shown_periods,
    without_filters,
)
from publishing.metabase.rendering import Board, Question
from publishing.metabase.wanted import Filter
from publishing.words import Words

_METRICS = "marts.rpt_metrics"
_PERIOD = "period"
_MEASURES, _BEHIND = "measures", "behind"
_GRID_PER_COLUMN = 2  # a description counts twelve columns, Metabase twenty-four
# Columns of the reports, and the messages that name them.
_COLUMNS = {
    "period_start": "period",
    "value": "value",
    "previous_value": "before",
    "change": "change",
    "ci_low": "ci.low",
    "ci_high": "ci.high",
    "n": "n",
    "target": "target",
    "state": "state",
    "is_significant": "significant",
    "is_alert": "beyond",
}
Asked = list[Question]


def boards(dashboards: Sequence[Dashboard], *, words: Words) -> list[Board]:
    """One board per dashboard that has a tile which Metabase can show, in their order."""
    found = [_board(dashboard, words, is_first=i == 0) for i, dashboard in enumerate(dashboards)]
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


def _board(dashboard: Dashboard, words: Words, *, is_first: bool) -> Board:
    questions = [asked for tile in dashboard.tiles for asked in _asked(tile, words)]
    if is_first:
        questions.append(_worse(words))
    sql = " ".join(asked.sql for asked in questions)
    dimensions = {tile.dimension for tile in dashboard.tiles if tile.dimension}
    filters = [
        Filter(_PERIOD, words.t("filter.period"), "date/all-options", f"{_METRICS}.period_start"),
        *(
            Filter(d, words.t(f"dimension.{d}"), "string/=", f"{_METRICS}.member")
            for d in sorted(dimensions)
        ),
    ]
    sections = _sections(questions, words)
    return Board(
        key=dashboard.key,
        title=words.text(dashboard.title),
        question=words.text(dashboard.question),
        sections=sections,
        questions=tuple(
            replace(asked, section=_section_of(asked) if sections else None) for asked in questions
        ),
        filters=tuple(each for each in filters if f"{{{{{each.slug}}}}}" in sql),
    )


def _sections(questions: Asked, words: Words) -> tuple[tuple[str, str], ...]:
    """The measures on a tab of their own, where there is more."""
    if len({_section_of(asked) for asked in questions}) < 2:
        return ()
    return ((_MEASURES, words.t("measures")), (_BEHIND, words.t("tab.behind")))


def _section_of(asked: Question) -> str:
    return _MEASURES if asked.kind in ("kpi", "trend") or asked.is_alert else _BEHIND


def _asked(tile: Tile, words: Words) -> Asked:
    if tile.rows is not None:
        return _of_rows(tile, words)
    make = _MAKERS.get(tile.kind)
    return make(tile, words) if make else []


def _kpi(tile: Tile, words: Words) -> Asked:
    measure = load_measures()[tile.metrics[0]]
    return [
        Question(
            key=tile.key,
            title=words.text(measure.name),
            description=words.text(measure.unit),
            kind="kpi",
            sql=_series(measure, words),
            titles=_titles(words),
            columns=("period_start", "value", "target"),
            percent=_percent(measure, "value", "target"),
        )
    ]


def _trend(tile: Tile, words: Words) -> Asked:
    measures = [load_measures()[metric] for metric in tile.metrics]
    drawn = ("value", "ci_low", "ci_high", "target")
    return [
        Question(
            key=f"{tile.key}_{measure.metric}",
            title=_asked_of(measure, tile, words),
            description=words.text(measure.unit),
            kind="trend",
            sql=_series(measure, words),
            titles=_titles(words),
            columns=("period_start", *drawn),
            percent=_percent(measure, *drawn),
        )
        for measure in measures
    ]


def _members(tile: Tile, words: Words) -> Asked:
    """Every member of a dimension over all time, each with its interval, n and state."""
    measures = [load_measures()[metric] for metric in tile.metrics]
    best = "\n    or ".join(f"(metric = {quoted(m.metric)} and {_best_scale(m)})" for m in measures)
    sql = f"""select member, metric, value, ci_low, ci_high, n, change, is_significant,
    {_state(words)},
    target
from {_METRICS}
where weighting = 'none'
    and period_grain = 'all'
    and dimension = {quoted(str(tile.dimension))}
    and ({best})
    [[and {{{{{tile.dimension}}}}}]]
order by metric, value, member"""
    named = tile.title or tile.question
    title = words.text(named) if named else words.text(measures[0].name)
    return [
        Question(
            key=tile.key,
            title=f"{title} ({words.t(f'dimension.{tile.dimension}')})",
            description="; ".join(f"{m.metric}: {words.text(m.unit)}" for m in measures),
            kind="table",
            sql=sql,
            titles=_titles(words),
            width=tile.width * _GRID_PER_COLUMN,
        )
    ]


def _multiples(tile: Tile, words: Words) -> Asked:
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
            title=f"{_asked_of(measure, tile, words)} ({words.t(f'dimension.{tile.dimension}')})",
            description=words.text(measure.unit),
            kind="trend",
            sql=sql,
            columns=("period_start", "value"),
            series="member",
            titles=_titles(words),
            percent=_percent(measure, "value"),
            width=tile.width * _GRID_PER_COLUMN,
        )
    ]


def _cohorts(tile: Tile, words: Words) -> Asked:
    told = tile.options
    sql = cohort_rows(told["event"], told["rule"], told["period_grain"])
    return [_table(tile, words, sql, percent=("rate", "ci_low", "ci_high"))]


def _health(tile: Tile, words: Words) -> Asked:
    sql = """select source, entity, loaded_at, newest_record_at,
    "read", accepted, superseded, withdrawn, quarantined, match_rate
from marts.rpt_source_health
order by loaded_at desc, source, entity"""
    return [_table(tile, words, sql, percent=("match_rate",))]


def _catalogue(tile: Tile, words: Words) -> Asked:
    sql = """select metric, definition, formula, owner, scale, version, worked_example
from marts.rpt_catalogue
order by owner, metric"""
    return [_table(tile, words, sql)]


_MAKERS: dict[str, Callable[[Tile, Words], Asked]] = {
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


def _of_rows(tile: Tile, words: Words) -> Asked:
    """A tile that brings its own SQL, drawn where Metabase draws the like; else a table."""
    rates = tuple(column.name for column in tile.columns if column.shown_as == "rate")
    asked = _table(tile, words, without_filters(tile.rows or ""), percent=rates)
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


def _table(tile: Tile, words: Words, sql: str, *, percent: tuple[str, ...] = ()) -> Question:
    title = tile.title or tile.question
    about = tile.about or tile.note or tile.question
    return Question(
        key=tile.key,
        title=words.text(title) if title else _words(tile.key),
        description=words.text(about) if about else "",
        kind="table",
        sql=sql,
        percent=percent,
        titles={column.name: words.text(column.label) for column in tile.columns if column.label},
        width=tile.width * _GRID_PER_COLUMN,
    )


def _state(words: Words) -> str:
    """What the site draws as a mark: a native question's rows say it in a column."""
    return f"""case
        when is_suppressed then {quoted(words.t("mark.suppressed"))}
        when is_provisional then {quoted(words.t("mark.provisional"))}
        when is_wide then {quoted(words.t("mark.wide"))}
        else ''
    end as state"""


def _worse(words: Words) -> Question:
    """The rows that somebody is to be told of; without any, no mail is sent."""
    shown = ", ".join(quoted(m.metric) for m in load_measures().values() if m.cohorts is None)
    sql = f"""with months as (
    select *
    from {_METRICS}
    where weighting = 'none'
        and dimension = 'all'
        and period_grain = 'month'
        and not is_provisional
        and metric in ({shown})
),

newest as (
    select metric, scope, scale_id, max(period_start) as period_start
    from months
    where n >= {ENOUGH}
    group by metric, scope, scale_id
)

select months.metric, months.scope, months.scale_id, months.period_start,
    months.value, months.previous_value, months.change, months.ci_low, months.ci_high,
    months.n, months.target, months.is_alert
from months
inner join newest
    on months.metric = newest.metric
        and months.scope = newest.scope
        and months.scale_id = newest.scale_id
        and months.period_start = newest.period_start
inner join marts.rpt_catalogue as catalogue on months.metric = catalogue.metric
where (months.is_significant and catalogue.better = 'higher' and months.change < 0)
    or (months.is_significant and catalogue.better = 'lower' and months.change > 0)
    or (
        months.is_alert
        and not exists (
            select 1
            from months as before
            where before.metric = months.metric
                and before.scope = months.scope
                and before.scale_id = months.scale_id
                and before.period_start = months.period_start - interval '1 month'
                and before.is_alert
        )
    )
order by months.metric, months.scope, months.scale_id"""
    return Question(
        key="worse",
        title=words.t("worse"),
        description=words.t("worse.about"),
        kind="table",
        sql=sql,
        titles=_titles(words),
        is_alert=True,
    )


def _series(measure: Measure, words: Words) -> str:
    """A measure over everybody in the periods that the site shows, in time order."""
    if measure.cohorts is not None:
        told = measure.cohorts
        return f"""select cohort_start as period_start, rate as value, ci_low, ci_high,
    mature as n,
    case when mature < {ENOUGH} then {quoted(words.t("mark.wide"))} else '' end as state,
    cast(null as double precision) as target
from marts.rpt_retention_cohorts
where event = {quoted(told["event"])}
    and rule = {quoted(told["rule"])}
    and period_grain = {quoted(told["period_grain"])}
    and age = {int(told["age"])}
    and is_mature
order by cohort_start"""
    return shown_periods(
        measure.metric,
        measure.scopes,
        also=[_state(words)],
        filters=f"[[and {{{{{_PERIOD}}}}}]]",
    )


def _best_scale(measure: Measure) -> str:
    best = best_scale(measure.metric, measure.scopes).replace("\n", "\n        ")
    return f"""(scope, scale_id) in (
        {best}
    )"""


def _asked_of(measure: Measure, tile: Tile, words: Words) -> str:
    """A drawing's name: its number has the measure's alone."""
    asked = tile.title or tile.question
    return f"{words.text(measure.name)}: {words.text(asked)}" if asked else words.text(measure.name)


def _titles(words: Words) -> Mapping[str, str]:
    """What the columns of published reports are called."""
    named = {name: words.t(key) for name, key in _COLUMNS.items()}
    return {**named, "metric": words.t("measure"), "member": words.t("member")}


def _percent(measure: Measure, *names: str) -> tuple[str, ...]:
    return names if measure.domain[1] <= 1 else ()


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
