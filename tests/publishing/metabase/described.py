"""Two made-up dashboards, described as `rendering` asks for it."""

from dataclasses import dataclass, replace

from publishing.metabase.rendering import Connection, render
from publishing.metabase.wanted import Wanted

TABLES = {
    "marts.rpt_metrics": ["metric", "period_start", "dimension", "member", "value", "n"],
    "marts.rpt_catalogue": ["metric", "definition"],
}
TITLE = "Customer experience"
FILE = Connection("duckdb", {"database_file": "/data/serving.duckdb", "read_only": True})
RECIPIENTS = ("board@example.com", "ceo@example.com")


@dataclass(frozen=True)
class ADashboardFilter:
    slug: str
    name: str
    type: str
    column: str


@dataclass(frozen=True)
class ATile:
    key: str
    title: str
    kind: str
    sql: str
    columns: tuple[str, ...]
    description: str = "What it means."
    target: float | None = None
    better: str = "higher"
    section: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class ADashboard:
    key: str
    title: str
    question: str
    tiles: tuple[ATile, ...]
    sections: tuple[tuple[str, str], ...] = ()
    filters: tuple[ADashboardFilter, ...] = ()


PERIOD = ADashboardFilter(
    "period", "Period", "date/all-options", "marts.rpt_metrics.period_start"
)
CHANNEL = ADashboardFilter("channel", "Channel", "string/=", "marts.rpt_metrics.member")
_OF = "select {columns} from marts.rpt_metrics where metric = 'nps' [[and {{{{period}}}}]]"


def nps(columns: str) -> str:
    return _OF.format(columns=columns)


SUMMARY = ADashboard(
    key="summary",
    title="Executive summary",
    question="Are we better or worse, and is it real?",
    sections=(("now", "Now"), ("why", "Why")),
    filters=(PERIOD, CHANNEL),
    tiles=(
        ATile("nps", "NPS", "kpi", nps("period_start, value"), ("period_start", "value"), target=40),
        ATile(
            "trend",
            "NPS by month",
            "trend",
            nps("period_start, value"),
            ("period_start", "value"),
            target=40,
        ),
        ATile(
            "channels",
            "NPS by channel",
            "ranking",
            f"{nps('member, value')} [[and {{{{channel}}}}]]",
            ("member", "value"),
        ),
    ),
)
SUMMARY = replace(
    SUMMARY,
    tiles=tuple(
        replace(tile, section="why" if tile.key == "channels" else "now") for tile in SUMMARY.tiles
    ),
)
CATALOGUE = ADashboard(
    key="catalogue",
    title="Metric catalogue",
    question="What does each number mean?",
    tiles=(ATile("all", "All metrics", "table", "select * from marts.rpt_catalogue", ("metric",)),),
)
DASHBOARDS = (SUMMARY, CATALOGUE)


def wanted(
    *dashboards: ADashboard, connection: Connection = FILE, **options: object
) -> list[Wanted]:
    given = {"title": TITLE, "recipients": RECIPIENTS, "is_embedded": True, **options}
    return render(dashboards or DASHBOARDS, connection, **given)  # type: ignore[arg-type]


def with_tile(board: ADashboard, key: str, **changes: object) -> ADashboard:
    """The dashboard with one of its tiles changed."""
    tiles = tuple(replace(t, **changes) if t.key == key else t for t in board.tiles)  # type: ignore[arg-type]
    return replace(board, tiles=tiles)
