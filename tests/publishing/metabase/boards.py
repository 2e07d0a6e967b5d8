"""Two made-up boards: tabs, filters, a heading, all kinds of mail."""

from dataclasses import replace

from publishing.metabase.rendering import Board, Connection, Question, render
from publishing.metabase.wanted import Filter, Wanted
from publishing.words import Words

TABLES = {
    "marts.rpt_metrics": ["metric", "period_start", "dimension", "member", "value", "n"],
    "marts.rpt_catalogue": ["metric", "definition"],
}
TITLE = "Customer experience"
FILE = Connection("duckdb", {"database_file": "/data/serving.duckdb", "read_only": True})
RECIPIENTS = ("board@example.com", "ceo@example.com")
NPS = "from marts.rpt_metrics where metric = 'nps' [[and {{period}}]]"
SUMMARY = Board(
    key="summary",
    title="Executive summary",
    question="Are we better or worse, and is it real?",
    sections=(("now", "Now"), ("why", "Why")),
    filters=(
        Filter("period", "Period", "date/all-options", "marts.rpt_metrics.period_start"),
        Filter("channel", "Channel", "string/=", "marts.rpt_metrics.member"),
    ),
    questions=(
        Question(
            "nps",
            "NPS",
            "Points.",
            "kpi",
            f"select period_start, value, target {NPS}",
            columns=("period_start", "value", "target"),
            section="now",
        ),
        Question(
            "trend",
            "NPS by month",
            "Points.",
            "trend",
            f"select period_start, value {NPS}",
            columns=("period_start", "value"),
            section="now",
        ),
        Question(
            "channels",
            "NPS by channel",
            "Points.",
            "bars",
            f"select member, value {NPS} [[and {{{{channel}}}}]]",
            columns=("member", "value"),
            section="why",
        ),
        Question(
            "worse", "What got worse", "Rows.", "table", "select 1", section="why", is_alert=True
        ),
    ),
)
CATALOGUE = Board(
    key="catalogue",
    title="Metric catalogue",
    question="What does each number mean?",
    questions=(Question("all", "All metrics", "", "table", "select * from marts.rpt_catalogue"),),
)


def wanted(*boards: Board, connection: Connection = FILE, **options: object) -> list[Wanted]:
    given = {
        "title": TITLE,
        "words": Words("en"),
        "recipients": RECIPIENTS,
        "is_embedded": True,
        **options,
    }
    return render(boards or (SUMMARY, CATALOGUE), connection, **given)  # type: ignore[arg-type]


def with_question(board: Board, key: str, **changes: object) -> Board:
    """The board with one of its questions changed."""
    changed = tuple(
        replace(q, **changes) if q.key == key else q  # type: ignore[arg-type]
        for q in board.questions
    )
    return replace(board, questions=changed)


def without(board: Board, *keys: str) -> Board:
    return replace(board, questions=tuple(q for q in board.questions if q.key not in keys))
