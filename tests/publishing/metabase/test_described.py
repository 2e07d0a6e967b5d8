"""The described dashboards as Metabase gets them: every question runs, filtered and not."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from publishing.dashboards import (
    LANGUAGES,
    Column,
    Dashboard,
    Tile,
    load_dashboards,
    load_measures,
)
from publishing.metabase import wanted as bi
from publishing.metabase.connection import UnusableConnection, connection_to
from publishing.metabase.described import boards
from publishing.metabase.rendering import Board, Question
from publishing.metabase.wanted import GRID_COLUMNS, Card
from publishing.site.facts import Facts, Table
from publishing.site.measures import choose
from tests.publishing.metabase.boards import wanted
from tests.publishing.metabase.conftest import Publisher
from tests.publishing.metabase.local_server import Metabase
from tests.publishing.site import snapshots

# What Metabase writes for a field filter: the column by its full name.
CHOSEN = {
    "date/all-options": '"marts"."rpt_metrics"."period_start" >= date \'2000-01-01\'',
    "string/=": '"marts"."rpt_metrics"."member" is not null',
}


def run(database: Path, board: Board, asked: Question, *, is_filtered: bool) -> Table:
    """A question's answer, its optional clauses chosen or left out."""
    conditions = {f.slug: CHOSEN[f.type] for f in board.filters}

    def clause(found: re.Match[str]) -> str:
        chosen = re.sub(r"\{\{(\w+)\}\}", lambda tag: conditions[tag[1]], found[1])
        return chosen if is_filtered else ""

    sql = re.sub(r"\[\[(.*?)\]\]", clause, asked.sql)
    with duckdb.connect(str(database), read_only=True) as connection:
        answer = connection.execute(sql)
        names = tuple(column[0] for column in answer.description or ())
        return Table(names, tuple(answer.fetchall()))


@pytest.mark.parametrize("is_filtered", [False, True])
def test_every_question_runs_and_gives_what_is_drawn(tmp_path: Path, is_filtered: bool) -> None:
    database = snapshots.full(tmp_path / "serving.duckdb")
    found = [(b, q) for b in boards(load_dashboards(), locale="en") for q in b.questions]
    assert len(found) > 20
    for board, asked in found:
        columns = run(database, board, asked, is_filtered=is_filtered).names
        drawn = {*asked.columns, *asked.percent} | ({asked.series} if asked.series else set())
        assert drawn <= set(columns), f"{board.key}/{asked.key}"


@pytest.mark.parametrize("filled", [snapshots.full, snapshots.yearly, snapshots.thin])
def test_a_number_is_the_one_that_the_site_shows(
    tmp_path: Path, filled: Callable[[Path], Path]
) -> None:
    database = filled(tmp_path / "serving.duckdb")
    facts = Facts(database)
    compared = 0
    for board in boards(load_dashboards(), locale="en"):
        for asked in (each for each in board.questions if each.kind == "kpi"):
            title, _, _ = asked.title.partition(" · ")
            (measure,) = [m for m in load_measures().values() if m.name["en"] == title]
            shown = choose(facts, measure, as_of=snapshots.AS_OF.date()).latest
            rows = run(database, board, asked, is_filtered=False).records()
            assert bool(rows) == (shown is not None), asked.key
            if shown is not None:
                drawn = {name: getattr(shown, name) for name in ("period_start", "value", "n")}
                assert {name: rows[-1][name] for name in drawn} == drawn, asked.key
                compared += 1
    facts.close()
    assert compared


def test_viewers_are_shown_reports_alone() -> None:
    for board in boards(load_dashboards(), locale="en"):
        for asked in board.questions:
            tables = re.findall(r"(?:from|join)\s+(\w+\.\w+)", asked.sql)
            assert tables and all(t.startswith("marts.rpt_") for t in tables), asked.key


@pytest.mark.parametrize("locale", LANGUAGES)
def test_tiles_lie_side_by_side_on_the_grid(locale: str) -> None:
    objects = wanted(*boards(load_dashboards(), locale=locale))
    names = [card.name for card in objects if isinstance(card, Card)]
    assert all(names)
    assert len(set(names)) == len(names)  # they lie in one collection
    for board in (each for each in objects if isinstance(each, bi.Dashboard)):
        taken: set[tuple[int, int]] = set()
        for tile in board.tiles:
            assert tile.column + tile.width <= GRID_COLUMNS
            cells = {
                (row, column)
                for row in range(tile.row, tile.row + tile.height)
                for column in range(tile.column, tile.column + tile.width)
            }
            assert not cells & taken, f"{board.key}/{tile.key}"
            taken |= cells


def test_all_of_it_is_published_and_a_second_time_nothing(
    publisher: Publisher, metabase: Metabase
) -> None:
    ours = wanted(*boards(load_dashboards(), locale="fa"))
    publisher(*ours)
    written = len(metabase.writes())
    assert publisher(*ours).lines() == []
    assert len(metabase.writes()) == written
    assert len(metabase.dashboards) >= 5


@pytest.mark.parametrize(
    ("kind", "shown", "settings"),
    [
        ("lines", "member month rate", {"graph.dimensions": ["b", "a"], "graph.metrics": ["c"]}),
        ("bars", "member count", {"graph.dimensions": ["a"], "graph.metrics": ["b"]}),
        ("funnel", "member count rate", {"funnel.dimension": "a", "funnel.metric": "b"}),
        (
            "paths",
            "member member count",
            {"sankey.source": "a", "sankey.target": "b", "sankey.value": "c"},
        ),
        ("paths", "member count", {}),
        ("scorecard", "member number", {}),
    ],
)
def test_rows_are_drawn_by_what_their_columns_are(
    kind: str, shown: str, settings: dict[str, object]
) -> None:
    text = dict.fromkeys(LANGUAGES, "T")
    columns = tuple(Column(n, s) for n, s in zip("abc", shown.split(), strict=False))
    axes = {"x": "b", "y": "c", "by": "a"} if kind == "lines" else {}
    tile = Tile(
        "t", kind, 12, title=text, empty=text, rows="select 1", columns=columns, options=axes
    )
    (board,) = boards([Dashboard("d", 2, text, text, (tile,))], locale="en")
    (card,) = [w for w in wanted(board) if isinstance(w, Card) and w.key == "d/t"]
    assert {n: v for n, v in card.settings.items() if n != "column_settings"} == settings


def test_a_question_that_names_no_filter_of_its_board_is_refused() -> None:
    asked = Question("a", "A", "", "table", "select 1 where {{perod}}")
    with pytest.raises(ValueError, match=r"question b/a: its SQL names perod, which is no filter"):
        wanted(Board("b", "B", "?", (asked,)))


def test_a_connection_is_a_file_or_a_postgresql() -> None:
    file = connection_to("/data/serving.duckdb", run_id="r1", key="k")
    assert file.engine == "duckdb" and file.details["init_sql"] == "select 'snapshot r1'"
    server = connection_to("postgresql://bi:s%40fe@db/cx?sslmode=require", run_id="r1", key="k")
    assert (server.engine, server.details["port"], server.details["ssl"]) == (
        "postgres",
        5432,
        True,
    )
    assert server.secrets == {"password": "s@fe"} and "s@fe" not in repr(server)
    other = connection_to("postgresql://bi:safe@db/cx", run_id="r1", key="k")
    assert server.secrets_digest != other.secrets_digest


@pytest.mark.parametrize("target", ["mysql://db/cx", "postgresql://db", "postgresql://a:se@db:x/y"])
def test_another_connection_is_refused_without_its_password(target: str) -> None:
    with pytest.raises(UnusableConnection) as refused:
        connection_to(target, run_id="r1", key="k")
    assert "se" not in str(refused.value).split() and target not in str(refused.value)
