"""Small files in, numbers worked out by hand out: each case is rows of the input contract and what
a reader must find in the published marts after one real refresh.

A month (or a touchpoint, a topic) holds one case, so that one company holds them all.
"""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.tenant import Tenant

pytestmark = pytest.mark.long

Rows = list[dict[str, Any]]
AS_OF = datetime(2024, 6, 30, 12, tzinfo=UTC)
# Freireich 1963: weeks in remission under 6-MP, ended and still going on, and under placebo.
REMISSION_6MP = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_6MP = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
REMISSION_PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def _answers() -> Rows:
    rows: Rows = []

    def answer(survey: str, at: str, score: int, count: int = 1, **more: str) -> None:
        first = len(rows)
        rows.extend(
            {
                "response_id": f"r{first + number}",
                "survey_id": survey,
                "question_id": "nps",
                "responded_at": at,
                "score": score,
                **more,
            }
            for number in range(count)
        )

    for score, count in ((10, 162), (7, 108), (0, 54)):
        answer("january", "2023-01-10", score, count)
    answer("february", "2023-02-10", 9, 10)
    answer("march", "2023-03-10", 8, 5)
    # Ann's last answer counts; Ben's second was sent twice; testers and agents are nobody
    answer("april", "2023-04-01", 10, customer_id="ann")
    answer("april_again", "2023-04-20", 0, email="Ann@mail.example ")
    answer("april", "2023-04-02T10:00:00", 9, customer_id="ben")
    answer("april", "2023-04-02T10:30:00", 0, customer_id="ben")
    answer("april", "2023-04-03", 10, 2)
    answer("april", "2023-04-03", 7)
    answer("april", "2023-04-03", 3)
    answer("april", "2023-04-03", 0, customer_id="tester")
    answer("april", "2023-04-03", 0, submitted_by="agent")
    for channel, count in (("web", 21), ("email", 5), ("phone", 4)):
        answer("june", "2023-06-10", 9, count, channel=channel)
    # 70 women, half of them promoters; 30 men, eight in ten
    for stratum, score, count in (("f", 9, 35), ("f", 3, 35), ("m", 9, 24), ("m", 3, 6)):
        answer("weighted", "2023-07-10", score, count, stratum=stratum)
    answer("one_sided", "2023-08-10", 9, 5, stratum="f")
    for person, scores in {
        "A": (5, 5, 5, 5),
        "B": (2, 2, 1),
        "C": (4,),
        "D": (3,),
        "E": (5,),
    }.items():
        for score in scores:
            answer(
                "calls",
                "2023-09-12",
                score,
                question_id="csat",
                interaction_id=f"call{person}",
                customer_id=person,
            )
    return rows


def _entities() -> dict[str, Rows]:
    start = datetime(2023, 1, 1, tzinfo=UTC)
    contracts: Rows = [
        {
            "subscription_id": "lost",
            "started_at": "2022-01-01",
            "mrr": 1_200_000,
            "ended_at": "2024-03-20",
        },
        {"subscription_id": "less", "started_at": "2022-01-01", "mrr": 4_200_000},
        {"subscription_id": "more", "started_at": "2022-01-01", "mrr": 8_000_000},
        {"subscription_id": "same", "started_at": "2022-01-01", "mrr": 8_800_000},
        {"subscription_id": "new", "started_at": "2024-03-10", "mrr": 500_000},
    ]
    walks = (("google ads", "conv"),) * 2 + (
        ("mailing", "conv"),
        ("google ads", "mailing", "conv"),
        ("google ads",),
    )
    return {
        "customers": [
            {"customer_id": "ann", "email": "ann@mail.example"},
            {"customer_id": "tester", "is_test": "true"},
        ],
        "survey_responses": _answers(),
        "survey_frame": [
            {
                "survey_id": survey,
                "stratum_dimension": "gender",
                "stratum": stratum,
                "population": 500,
            }
            for survey in ("weighted", "one_sided")
            for stratum in "fm"
        ],
        "subscriptions": [{"customer_id": row["subscription_id"], **row} for row in contracts],
        "subscription_changes": [
            {"subscription_id": name, "changed_at": at, "mrr": mrr}
            for name, at, mrr in (
                ("less", "2022-01-01", 5_000_000),
                ("less", "2024-03-15", 4_200_000),
                ("more", "2022-01-01", 5_000_000),
                ("more", "2024-03-15", 8_000_000),
            )
        ],
        "interactions": [
            {
                "interaction_id": f"walk{number}.{place}",
                "occurred_at": (start + timedelta(days=60 + place)).isoformat(),
                "channel": "web",
                "touchpoint": touchpoint,
                "customer_id": f"walker{number}",
            }
            for number, walk in enumerate(walks)
            for place, touchpoint in enumerate(walk)
        ]
        + [
            {
                "interaction_id": f"call{person}",
                "occurred_at": "2023-09-11T10:00:00",
                "channel": "phone",
                "touchpoint": "support_call",
                "customer_id": person,
            }
            for person in "ABCDE"
        ]
        + [
            {
                "interaction_id": "last",
                "occurred_at": AS_OF.isoformat(),
                "channel": "web",
                "touchpoint": "mailing",
                "customer_id": "last",
            }
        ],
        "tickets": _tickets(),
        "orders": _orders(),
    }


def _tickets() -> Rows:
    """No states: times of solution say enough. Weeks of remission as hours of waiting."""
    waits = [("6-MP", hours, True) for hours in REMISSION_6MP]
    waits += [("6-MP", hours, False) for hours in STILL_6MP]
    waits += [("placebo", hours, True) for hours in REMISSION_PLACEBO]
    return [
        {
            "ticket_id": f"t{number}",
            "customer_id": f"patient{number}",
            "topic": topic,
            "channel": "email",
            "created_at": (AS_OF - timedelta(hours=hours)).isoformat(),
            "solved_at": AS_OF.isoformat() if is_solved else "",
        }
        for number, (topic, hours, is_solved) in enumerate(waits)
    ] + [
        {
            "ticket_id": f"complaint{number}",
            "customer_id": f"buyer{number}",
            "channel": "email",
            "created_at": "2023-05-20",
            "solved_at": "2023-05-21",
            "is_complaint": "true",
        }
        for number in range(10)
    ]


def _orders() -> Rows:
    """Amounts of a currency with many zeros, and no states: they may be left out."""
    promised = {
        "in_time": "2024-05-10T23:59:59",
        "next_day": "2024-05-11T00:00:00",
        "never": "",
        "early_enough": "2024-05-08T10:00:00",
    }
    returns = {
        "R1": ("01-15", "02-20"),
        "R2": ("01-16", "02-25", "04-25"),
        "R3": ("01-17", "04-20"),
        "R4": ("01-18",),
    }
    return (
        [
            {
                "order_id": f"m{n}",
                "customer_id": f"buyer{n}",
                "ordered_at": "2023-05-02",
                "amount": 350_000_000,
            }
            for n in range(400)
        ]
        + [
            {
                "order_id": name,
                "customer_id": name,
                "ordered_at": "2024-05-01",
                "promised_at": "2024-05-10",
                "delivered_at": delivered,
            }
            for name, delivered in promised.items()
        ]
        + [
            {"order_id": f"{name}.{day}", "customer_id": name, "ordered_at": f"2023-{day}"}
            for name, days in returns.items()
            for day in days
        ]
    )


REFERENCE = {
    "journeys": "journey,stage,position,is_entry,is_goal,quit_after_days\n"
    "ads,seeing,1,true,false,30\nads,done,2,false,true,30\n",
    "touchpoints": "touchpoint,stage,environment,is_moment_that_matters\n"
    "google ads,seeing,third_party,false\nmailing,seeing,third_party,false\nconv,done,web,true\n",
}


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    base = tmp_path_factory.mktemp("worked")
    tenant = Tenant(base / "home", base / "inputs")
    _write(tenant.inputs)
    ended = tenant.refresh()
    assert ended.code == 0, ended.said
    return tenant


def _write(folder: Path) -> None:
    (folder / "reference").mkdir(parents=True)
    for entity, rows in _entities().items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{entity}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
    for name, text in REFERENCE.items():
        (folder / "reference" / f"{name}.csv").write_text(text, encoding="utf-8")


def _of_month(metric: str, month: str, columns: str, where: str = "weighting = 'none'") -> str:
    return f"""
        select {columns} from marts.rpt_metrics
        where metric = '{metric}' and period_grain = 'month' and period_start = '{month}-01'
        and dimension = 'all' and {where}
    """


CASES: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "published margin of 324 answers": (
        _of_month("nps", "2023-01", "value, ci_low, ci_high, n"),
        [(33.3333333, 24.9452514, 41.1097945, 324)],
    ),
    "ten promoters are clamped, and better than before": (
        _of_month("nps", "2023-02", "value, ci_low, ci_high, change, change_p_value"),
        [(100, 47.5035516, 100, 66.6666667, 0.0048039238)],
    ),
    "passives alone: 0, with a width": (
        _of_month("nps", "2023-03", "value, ci_low, ci_high"),
        [(0, -30.0056980, 30.0056980)],
    ),
    "last answer of a person; sent twice; who does not count": (
        # Ann 0, Ben 9, and 10, 10, 7, 3
        _of_month("nps", "2023-04", "value, numerator, n, n_persons"),
        [(100 / 6, 1, 6, 6)],
    ),
    "the next smallest hides with the hidden": (
        """
        select member, value, n, is_suppressed from marts.rpt_metrics
        where metric = 'nps' and period_grain = 'month' and period_start = '2023-06-01'
        and dimension = 'channel' and weighting = 'none' order by member
        """,
        [("email", None, None, True), ("phone", None, None, True), ("web", 100, 21, False)],
    ),
    "70 and 30 stand for half and half, beside a survey with an empty stratum": (
        _of_month(
            "nps",
            "2023-07",
            "value, n, n_effective, ci_low, ci_high",
            "weighting = 'post_stratified'",
        ),
        [(30, 100, 84, 9.0434625, 48.8875720)],
    ),
    "answers of one person resemble each other": (
        _of_month("csat", "2023-09", "value, n, n_persons, ci_low, ci_high"),
        # A 5 5 5 5, B 2 2 1, C 4, D 3, E 5: five persons, worth 2.96 independent answers
        [(0.6, 10, 5, 0.1711470, 0.9159423)],
    ),
    "gross retention": (
        _of_month("gross_revenue_retention", "2024-03", "value, denominator"),
        [(0.9, 20_000_000)],
    ),
    "net retention": (_of_month("net_revenue_retention", "2024-03", "value"), [(1.05,)]),
    "logo churn": (
        _of_month("logo_churn_rate", "2024-03", "value, ci_low, ci_high"),
        [(0.25, 0.0455873, 0.6993582)],
    ),
    "on time: the end of the promised day": (
        _of_month("on_time_delivery_rate", "2024-05", "numerator, denominator, ci_low, ci_high"),
        [(2, 4, 0.1500390, 0.8499610)],
    ),
    "complaints per 1,000 orders, the orders being older than the first ticket": (
        _of_month("complaint_rate", "2023-05", "value, numerator, denominator, ci_low, ci_high"),
        [(25, 10, 400, 11.9884717, 45.9758901)],
    ),
    "who came back in the month, and in it or later": (
        """
        select rule, age, retained, mature from marts.rpt_retention_cohorts
        where event = 'purchase' and period_grain = 'month' and cohort_start = '2023-01-01'
        and age between 1 and 3 order by rule, age
        """,
        [
            ("on_or_after", 1, 3, 4),
            ("on_or_after", 2, 2, 4),
            ("on_or_after", 3, 2, 4),
            ("return_on", 1, 2, 4),
            ("return_on", 2, 0, 4),
            ("return_on", 3, 2, 4),
        ],
    ),
    "6-MP against placebo": (
        """
        select distinct member, median, logrank_chi2, logrank_p from marts.rpt_survival
        where what = 'resolution' and group_name = 'topic' and member in ('6-MP', 'placebo')
        order by member
        """,
        [
            ("6-MP", 23 * 3600, 16.7929410, 4.16881e-05),
            ("placebo", 8 * 3600, 16.7929410, 4.16881e-05),
        ],
    ),
    "removal effects of the published walks": (
        """
        select touchpoint, goal_probability, removal_effect, share
        from marts.rpt_touchpoint_effects where not is_goal order by touchpoint
        """,
        [("google ads", 0.8, 0.75, 0.6), ("mailing", 0.8, 0.5, 0.4)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case_worked_by_hand(tenant: Tenant, name: str) -> None:
    sql, expected = CASES[name]
    got = tenant.rows(sql)
    print(f"{name}: expected {expected}, got {got}")
    assert len(got) == len(expected)
    for row, wanted in zip(got, expected, strict=True):
        for value, number in zip(row, wanted, strict=True):
            is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
            assert value == (pytest.approx(number, rel=1e-6) if is_number else number)
