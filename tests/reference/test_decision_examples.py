"""Examples of docs/DECISIONS.md, read from the page and run through the SQL and the analytics."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics.survey_weights import weigh_surveys
from tests.decisions import example

from .conftest import DBT_PROJECT, SqlProject

Evaluate = Callable[..., float | None]


def numbers(text: str) -> list[float]:
    """The numbers of a cell; none for `null`."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def same(told: str, got: list[float | None]) -> bool:
    """Whether the numbers of a cell are the computed ones, as far as they are written out."""
    if told == "null":
        return all(value is None for value in got)
    written = re.findall(r"-?\d+(?:\.\d+)?", told)
    return len(written) == len(got) and all(
        value is not None and float(text) == round(value, len(text.partition(".")[2]))
        for text, value in zip(written, got, strict=True)
    )


def test_nps(evaluate: Evaluate) -> None:
    for counts, score, interval in example("NPS and its interval"):
        promoters, passives, detractors = (int(number) for number in numbers(counts))
        n = f"nullif({promoters + passives + detractors}, 0)"
        shares = (f"({promoters}e0 / {n})", f"({detractors}e0 / {n})")
        assert same(score, [evaluate("nps", *shares)]), counts
        ends = [evaluate(f"nps_adjusted_wald_{end}", *shares, n) for end in ("low", "high")]
        assert same(interval, ends), (counts, ends)


def test_change(evaluate: Evaluate) -> None:
    for before, now, told, verdict in example("Whether a change is real"):
        sides = [(f"{top}e0 / {n}", n) for top, n in (map(int, numbers(s)) for s in (before, now))]
        shares = [evaluate("agresti_caffo_share", *side) for side in sides]
        variances = [evaluate("agresti_caffo_variance", *side) for side in sides]
        assert None not in shares and None not in variances
        z = f"({shares[1]!r} - {shares[0]!r}) / sqrt({variances[0]!r} + {variances[1]!r})"
        p = evaluate("two_sided_p", f"({z})")
        assert same(told, [p]), (before, now, p)
        assert verdict.startswith("yes") == (p is not None and p <= 0.05)


def scored(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, best: int, scores: str
) -> str:
    """A relation with the category of each answer, by the model and the seed of scales."""
    scale_id = {5: "csat", 7: "csat_7"}[best]
    with Path(DBT_PROJECT / "seeds" / "scales.csv").open(encoding="utf-8") as seed:
        scale = next(row for row in csv.DictReader(seed) if row["scale_id"] == scale_id)
    nobody = "null::bigint"
    connection.execute(f"""
        create or replace table fct_touchpoints (
            touchpoint_id bigint, customer_key bigint, occurred_at timestamp, touchpoint varchar,
            channel varchar, environment varchar, team varchar
        );
        create or replace table int_survey_responses_linked as
        select 's' as source_system, 'r' as response_id, 'q' as question_id, score::double as score,
            score::double as first_score,
            'w' as survey_id, null::varchar as invitation_id, null::varchar as submitted_by,
            1 as row_key,
            {nobody} as named_customer_key, {nobody} as invited_customer_key,
            {nobody} as touchpoint_id, null::varchar as brand, null::varchar as about_order_id,
            null::varchar as about_ticket_id, null::varchar as about_interaction_id,
            null::varchar as about_session_id, null::varchar as asked_about_touchpoint,
            null::timestamp as responded_at, {scale["min"]} as scale_min,
            {scale["max"]} as scale_max, '{scale["direction"]}' as direction,
            {scale["top_box_from"]} as top_box_from, {scale["bottom_box_to"]} as bottom_box_to,
            null::double as promoter_from, null::double as detractor_to
        from (values {scores}) as answers (score)
    """)
    text = project.model("intermediate/surveys/int_survey_responses_scored.sql")
    return f"(select * from ({text}) where score is not null)"


def test_satisfaction(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, evaluate: Evaluate
) -> None:
    for answers, csat, mean in example("Satisfaction and ease"):
        given, _, best = answers.rpartition(" of ")
        scores = ", ".join(
            f"({answer})" if answer.isdigit() else "(null)" for answer in given.split(", ")
        )
        relation = scored(project, connection, int(best), scores)
        found = connection.sql(
            f"select 100 * avg((category = 'top')::int), avg(score), count(*) from {relation}"
        ).fetchone()
        assert found is not None
        share, average, n = found
        told = [share]
        if "n = " in csat:
            told.append(n)
        if "at most" in csat:
            high = evaluate("wilson_high", f"({share}e0 / 100)", n)
            told.append(100 * (high or 0))
        assert same(csat, told), (answers, told)
        assert same(mean, [average]), (answers, average)


def weights_of(*strata: str | None, empty: str | None = None) -> dict[int, float]:
    """Weights of one question whose frame has as many people in each stratum, the empty one too."""
    rows: list[tuple[str | None, int | None]] = [(s, key) for key, s in enumerate(strata)]
    if empty:
        rows.append((empty, None))
    answers = pa.table(
        {
            "question_key": pa.array([1] * len(rows), pa.int64()),
            "dimension": ["sex"] * len(rows),
            "stratum": pa.array([stratum for stratum, _ in rows], pa.string()),
            "population": pa.array([50.0 if s else None for s, _ in rows], pa.float64()),
            "answer_key": pa.array([key for _, key in rows], pa.int64()),
        }
    )
    return {row["answer_key"]: row["weight"] for row in weigh_surveys(answers).to_pylist()}


def test_weights() -> None:
    people = ["f"] * 70 + ["m"] * 30
    weights = list(weights_of(*people).values())
    told = dict(example("Who answered, and who was meant to"))
    assert same(told.pop("a woman"), [weights[0]])
    assert same(told.pop("a man"), [weights[-1]])
    effective = sum(weights) ** 2 / sum(weight**2 for weight in weights)
    assert same(told.pop("effective answers"), [effective, len(weights)])
    assert told.pop("nobody of the third stratum answered") == "no weights"
    assert weights_of(*people, empty="x") == {}
    unknown = weights_of(*people, None)[len(people)]
    assert same(told.pop("one respondent whose stratum is not known"), [unknown])
    assert told == {}


# the days on which each person of the example bought, and the day that is today
PURCHASES = {
    "again in March": (["2025-01-10", "2025-03-10"], "2025-05-10"),
    "again in April only": (["2025-01-10", "2025-04-10"], "2025-05-10"),
    "again in February only": (["2025-01-10", "2025-02-10"], "2025-05-10"),
    "twice on the same day in January": (["2025-01-10", "2025-01-10"], "2025-05-10"),
    "first bought on 31 January, today is 30 March": (["2025-01-31"], "2025-03-30"),
}


@pytest.mark.parametrize(
    ("person", "return_on", "on_or_after"), example("Coming back"), ids=lambda cell: cell
)
def test_coming_back(
    project: SqlProject,
    connection: duckdb.DuckDBPyConnection,
    person: str,
    return_on: str,
    on_or_after: str,
) -> None:
    days, today = PURCHASES[person]
    connection.execute(f"""
        create table fct_orders as
        select 1 as customer_key, unnest({days})::timestamp + interval 10 hour as ordered_at,
            true as is_purchase, 'delivered' as status, null::timestamp as returned_at;
        create table dim_customers as
        select 1 as customer_key, true as is_known, false as is_test, false as is_employee;
        create table fct_web_sessions (customer_key integer, started_at timestamp);
        create table int_as_of as select timestamp '{today} 12:00' as as_of;
    """)
    cells = connection.sql(f"""
        select rule, case when not is_mature then 'not over' when retained = 1 then 'yes'
            else 'no' end
        from ({project.model("marts/reports/rpt_retention_cohorts.sql")})
        where event = 'purchase' and period_grain = 'month' and age = 2
    """).fetchall()
    assert dict(cells) == {"return_on": return_on, "on_or_after": on_or_after}


def test_frequency(project: SqlProject, connection: duckdb.DuckDBPyConnection) -> None:
    rows = example("Recency, frequency, value")
    people = ", ".join(f"('{name}', {days})" for name, days, _ in rows)
    got = connection.sql(f"""
        select name, days::varchar, ({project.macro("rfm_score", "days asc")})::varchar
        from (values {people}) as people (name, days) order by name
    """).fetchall()
    assert [list(row) for row in got] == rows


def test_revenue_kept(project: SqlProject, connection: duckdb.DuckDBPyConnection) -> None:
    """What each subscriber of the starting set adds, through the model that the rates are from."""
    rows = example("Revenue that stays")
    people = ", ".join(
        f"({key}, {start != '-'}, {end != '0'}, {start if start != '-' else 0}, {end})"
        for key, (_, start, end, *_) in enumerate(rows)
    )
    connection.execute(f"""
        create table int_subscriber_periods as
        select *, 'month' as period_grain, date '2025-02-01' as period_start,
            date '2025-01-01' as previous_start, date '2025-03-01' as period_end
        from (values {people})
            as people (subscriber_key, is_in_start, is_in_end, mrr_start, mrr_end);
        create table fct_subscription_months as
        select subscriber_key, subscriber_key as contact_key from int_subscriber_periods;
        create table dim_customers (customer_key integer, segment varchar, persona varchar,
            country varchar, is_test boolean, is_employee boolean);
        create table int_as_of as select timestamp '2025-05-01 00:00' as as_of;
    """)
    model = project.model("intermediate/metrics/ratios/int_ratios_subscriptions.sql")
    found = {
        (metric, key): value
        for metric, key, value in connection.sql(
            f"select metric, unit_key, y::double from ({model})"
        ).fetchall()
    }
    for key, (who, *_, gross, net, churned) in enumerate(rows):
        for metric, told in (("gross_revenue_retention", gross), ("net_revenue_retention", net)):
            if told == "not in the set":
                assert (metric, key) not in found, who
            else:
                assert same(told, [found[metric, key]]), who
        told_churn = {"yes": 1, "no": 0, "not in the set": None}[churned]
        assert found.get(("logo_churn_rate", key)) == told_churn, who
