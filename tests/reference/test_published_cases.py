"""Numbers that others published, reproduced through the SQL macros. `pytest -s` prints both."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from .conftest import SqlProject

Evaluate = Callable[..., float]
Cases = dict[str, dict[str, Any]]


def assert_close(what: str, expected: float, got: float, tolerance: float) -> None:
    print(f"{what}: expected {expected}, got {got}")
    assert got == pytest.approx(expected, rel=0, abs=tolerance or 1e-12)


def shares(inputs: dict[str, Any]) -> tuple[str, str, int]:
    """Promoter and detractor shares as SQL, and the number of answers."""
    n = inputs["promoters"] + inputs["passives"] + inputs["detractors"]
    return f"{inputs['promoters']}e0 / {n}", f"{inputs['detractors']}e0 / {n}", n


def test_nps_variance_of_the_ticket_model(cases: Cases, evaluate: Evaluate) -> None:
    case = cases["nps-variance-ticket-model"]
    p, d = (
        f"{float(Fraction(case['inputs'][key]))!r}::double" for key in ("promoters", "detractors")
    )
    expected = case["expected"]
    assert_close("nps", expected["nps"], evaluate("nps", p, d) / 100, case["tolerance"])
    assert_close(
        "variance", expected["variance"], evaluate("nps_variance", p, d), case["tolerance"]
    )


def test_nps_margin_of_324_answers(cases: Cases, evaluate: Evaluate) -> None:
    case = cases["nps-moe-324"]
    expected, tolerance = case["expected"], case["tolerance"]
    p, d, n = shares(case["inputs"])
    score = evaluate("nps", p, d)
    standard_error = 100 * (evaluate("nps_variance", p, d) / n) ** 0.5
    assert_close("nps", expected["nps"], score, tolerance)
    assert_close("standard error", expected["se_points"], standard_error, tolerance)
    margin = evaluate("z_95") * standard_error
    assert_close("Wald low", expected["wald"][0], score - margin, tolerance)
    assert_close("Wald high", expected["wald"][1], score + margin, tolerance)
    centre = evaluate("nps_adjusted_centre", p, d, n)
    assert_close("adjusted centre", expected["adj_wald_estimate"], centre, tolerance)
    low, high = expected["adj_wald"]
    assert_close("adjusted low", low, evaluate("nps_adjusted_wald_low", p, d, n), tolerance)
    assert_close("adjusted high", high, evaluate("nps_adjusted_wald_high", p, d, n), tolerance)


def test_nps_of_all_promoters_is_clamped(cases: Cases, evaluate: Evaluate) -> None:
    case = cases["nps-all-promoters"]
    p, d, n = shares(case["inputs"])
    unclamped = evaluate("nps_adjusted_centre", p, d, n) + evaluate("nps_adjusted_margin", p, d, n)
    assert_close(
        "unclamped", case["expected"]["adj_wald_unclamped"][1], unclamped, case["tolerance"]
    )
    low, high = case["expected"]["report_clamped"]
    assert_close("low", low, evaluate("nps_adjusted_wald_low", p, d, n), case["tolerance"])
    assert_close("high", high, evaluate("nps_adjusted_wald_high", p, d, n), case["tolerance"])


def test_nps_answers_needed_for_a_margin(cases: Cases, evaluate: Evaluate) -> None:
    case = cases["nps-sample-size"]
    for margin, expected in zip(case["inputs"]["margin_points"], case["expected"], strict=True):
        assert_close(f"n for {margin}", expected, evaluate("needed_n", "50000e0 / 9", margin), 0)


def test_wilson_of_newcombe_1998(cases: Cases, evaluate: Evaluate) -> None:
    case = cases["wilson-newcombe1998"]
    for share, (low, high) in zip(case["inputs"]["k/n"], case["expected"], strict=True):
        k, n = share.split("/")
        p = f"({k}e0 / {n})"
        assert_close(f"{share} low", low, evaluate("wilson_low", p, n), case["tolerance"])
        assert_close(f"{share} high", high, evaluate("wilson_high", p, n), case["tolerance"])


def test_wilson_at_the_edges(cases: Cases, evaluate: Evaluate) -> None:
    case = cases["wilson-cicalc"]
    for share, (low, high) in zip(case["inputs"]["k/n"], case["expected"][:2], strict=True):
        k, n = share.split("/")
        p = f"({k}e0 / {n})"
        got_low, got_high = evaluate("wilson_low", p, n), evaluate("wilson_high", p, n)
        assert_close(f"{share} low", low, got_low, case["tolerance"])
        assert_close(f"{share} high", high, got_high, case["tolerance"])
        assert {0.0, 1.0} & {got_low, got_high}, "the touching end is exact"
    z_90 = 1.6448536269514722
    low, high = case["expected"][2]
    assert_close("5/10 low", low, evaluate("wilson_low", "0.5e0", 10, z_90), case["tolerance"])
    assert_close("5/10 high", high, evaluate("wilson_high", "0.5e0", 10, z_90), case["tolerance"])


@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
    ],
)
def test_newcombe_difference(
    evaluate: Evaluate, k1: int, n1: int, k2: int, n2: int, low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, Table II, method 10."""
    arguments = (f"({k1}e0 / {n1})", n1, f"({k2}e0 / {n2})", n2)
    assert_close("low", low, evaluate("newcombe_low", *arguments), 5e-5)
    assert_close("high", high, evaluate("newcombe_high", *arguments), 5e-5)


def test_rfm_of_a_small_log(
    cases: Cases, project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    case = cases["rfm-small"]
    connection.execute("create table log (person integer, day date, value double)")
    connection.executemany("insert into log values (?, ?, ?)", case["inputs"]["rows"])
    summary = project.macro("purchases_of_person", "log", "person", "day", "value")
    got = connection.sql(f"""
        select
            person,
            repeat_days,
            last_day - first_day,
            date '{case["inputs"]["observation_end"]}' - first_day,
            coalesce(repeat_value_mean, 0)
        from ({summary})
        order by person
    """).fetchall()
    for expected, row in zip(case["expected"], got, strict=True):
        print(f"person, frequency, recency, age, mean value: expected {expected}, got {row}")
        assert list(row) == expected


def test_kish_of_seventy_thirty(cases: Cases, evaluate: Evaluate) -> None:
    case = cases["weights-70-30"]["expected"]
    sum_w = f"(70 * {case['w_f']} + 30 * {case['w_m']})"
    sum_ww = f"(70 * {case['w_f']} ^ 2 + 30 * {case['w_m']} ^ 2)"
    assert_close("n_eff", case["n_eff_kish"], evaluate("kish_n_effective", sum_w, sum_ww), 1e-4)


def test_half_of_cdnow_shares_the_lowest_frequency(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, reference_folder: Path
) -> None:
    """1,411 people of 2,357 bought on one day only: equal values must get equal scores."""
    file = reference_folder / "cdnow" / "cdnow_customers_summary.csv"
    score = project.macro("rfm_score", "frequency asc")
    scores = connection.sql(f"""
        select frequency, min(score), max(score), count(*)
        from (select frequency, {score} as score from read_csv('{file}'))
        group by frequency
        order by frequency
    """).fetchall()
    assert all(lowest == highest for _, lowest, highest, _ in scores), "equal values tie"
    repeaters = sum(count for frequency, _, _, count in scores if frequency > 0)
    print(f"repeaters: expected 946 of 2357, got {repeaters}")
    assert repeaters == 946
    assert [lowest for _, lowest, _, _ in scores] == sorted(lowest for _, lowest, _, _ in scores)


def test_retention_of_four_people(
    cases: Cases, project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Through the mart itself: 17:59 to 17:00 of the next calendar day is day one."""
    case = cases["retention-amplitude"]
    connection.execute("""
        create table fct_orders as
        select *, true as is_purchase, 'delivered' as status, null::timestamp as returned_at
        from (values
            (1, timestamp '2025-03-01 17:59'), (2, timestamp '2025-03-01 09:00'),
            (3, timestamp '2025-03-01 09:00'), (4, timestamp '2025-03-01 09:00'),
            (1, timestamp '2025-03-02 17:00'), (2, timestamp '2025-03-02 08:00'),
            (3, timestamp '2025-03-08 08:00')
        ) as orders (customer_key, ordered_at);
        create table dim_customers as
        select customer_key, true as is_known, false as is_test, false as is_employee
        from fct_orders group by customer_key;
        create table fct_web_sessions (customer_key integer, started_at timestamp);
        create table int_as_of as select timestamp '2025-04-01 00:00' as as_of;
    """)
    cohorts = connection.sql(project.model("marts/reports/rpt_retention_cohorts.sql"))
    rates = dict(
        cohorts.filter("event = 'purchase' and period_grain = 'day' and rule = 'return_on'")
        .project("age, rate")
        .fetchall()
    )
    for age, key in ((1, "D1"), (7, "D7")):
        assert_close(key, case["expected"][key], rates[age], case["tolerance"])
    assert rates[2] == 0, "nobody came back: a finding, not an unknown"


def test_cdnow_through_the_orders(
    cases: Cases,
    project: SqlProject,
    connection: duckdb.DuckDBPyConnection,
    reference_folder: Path,
) -> None:
    """Orders that must summarise to the published table of 2,357 people, every one split in two.

    A repeat on each of the first days and the last on its own; a cancelled order afterwards. Who
    counts orders instead of days finds twice as many, and one too many.
    """
    folder = reference_folder / "cdnow"
    connection.execute(f"""
        create table summary as
        select
            row_number() over () as customer_key,
            x as frequency,
            cast(round(t_x * 7) as integer) as last_age,
            date '1997-09-30' - cast(round("T" * 7) as integer) as first_day,
            t_x as recency,
            "T" as age,
            zbar as monetary_value
        from read_csv('{folder}/cdnow_customers_summary_with_transactions.csv')
        order by all;
        create table fct_orders as
        select
            customer_key,
            first_day + cast(age as integer) + half as ordered_at,
            value / 2 as amount,
            true as is_purchase,
            null::decimal(18, 4) as refund_amount,
            value / 4 as margin,
            null::decimal(18, 4) as shipping_cost
        from (
            select customer_key, first_day, 0 as age, 99 as value from summary
            union all
            select customer_key, first_day, last_age, monetary_value from summary
            where frequency > 0
            union all
            select customer_key, first_day, days.day, monetary_value
            from summary inner join range(1, 60) as days (day) on days.day < frequency
        ) as purchases
        cross join (values (interval '9' hour), (interval '20' hour)) as halves (half)
        union all
        select customer_key, timestamp '1997-09-30', 5, false, null, null, null from summary;
        create table dim_customers as
        select customer_key, false as is_test, false as is_employee from summary;
        create table int_as_of as select timestamp '1997-09-30 12:00' as as_of;
    """)
    days = project.model("intermediate/purchases/int_purchase_days.sql")
    connection.execute(f"create table int_purchase_days as {days}")
    connection.execute(
        f"create table found as {project.model('marts/reports/rpt_customer_repeat_buying.sql')}"
    )
    counted = connection.sql("""
        select
            count(*),
            count(*) filter (where found.repeat_days > 0),
            avg(found.mean_repeat_value),
            count(*) filter (
                where found.repeat_days <> summary.frequency
                or abs(found.recency_at_last - summary.recency) > 0.005
                or abs(found.age - summary.age) > 0.005
                or abs(coalesce(found.mean_repeat_value, 0) - summary.monetary_value) > 1e-6
            )
        from found inner join summary using (customer_key)
    """).fetchone()
    assert counted is not None
    people, repeaters, mean_value, different = counted
    n = cases["bgnbd-fit"]["expected"]["n"]
    expected = cases["gammagamma-fit"]["expected"]
    print(f"expected {n} and {expected}, got {people}, {repeaters}, {mean_value}")
    assert (people, repeaters, different) == (n, expected["n_repeat"], 0)
    assert_close("mean value", expected["mean_zbar"], mean_value, 0.01)


@pytest.mark.parametrize(
    ("start", "lost", "contracted", "gained", "gross", "net"),
    [(20000, 1200, 800, 3000, 0.9, 1.05), (100, 8, 5, 15, 0.87, 1.02)],
)
def test_revenue_retention_of_a_book(
    cases: Cases,
    project: SqlProject,
    connection: duckdb.DuckDBPyConnection,
    start: int,
    lost: int,
    contracted: int,
    gained: int,
    gross: float,
    net: float,
) -> None:
    """The published book, and the second check of metrics.md 2.6, through the macros."""
    case = cases["grr-nrr-1"]
    if start == case["inputs"]["start"]:
        assert (gross, net) == (case["expected"]["GRR"], case["expected"]["NRR"])
    # a quarter of the book contracts, one customer leaves, all the rest grow together
    rest = start - lost - start // 4
    row = connection.sql(f"""
        select
            {project.macro("gross_revenue_retention", "mrr_start", "mrr_end")},
            {project.macro("net_revenue_retention", "mrr_start", "mrr_end")}
        from (values
            ({lost}, 0), ({start // 4}, {start // 4 - contracted}), ({rest}, {rest + gained})
        ) as customers (mrr_start, mrr_end)
    """).fetchone()
    assert row is not None
    assert_close("GRR", gross, row[0], case["tolerance"])
    assert_close("NRR", net, row[1], case["tolerance"])
