"""Real data that nobody made for this warehouse, from the command to the number on the screen.

Each expectation is computed here with pandas straight from the files.
"""

import io
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.tenant import Tenant

pytestmark = pytest.mark.dataset

CSAT = """
    select metric, value, ci_low, ci_high, n
    from marts.rpt_metrics
    where metric = 'csat' and dimension = 'all' and period_grain = 'all'
"""
# Columns that hold a year's headline question, as its file has them.
HEADLINES = ("Q6N", "Q8N", "Q8N_WHOLE", "Q7O_WHOLE", "Q7ALL")
Z = 1.959963984540054


def published(home: Path, inputs: Path) -> Tenant:
    tenant = Tenant(home, inputs)
    ended = tenant.cx("refresh", "--inputs", inputs, "--home", home)
    assert ended.code == 0, ended.said
    return tenant


@pytest.fixture(scope="module")
def olist(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    return published(tmp_path_factory.mktemp("olist"), datasets / "olist")


@pytest.fixture(scope="module")
def sfo_survey(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    return published(tmp_path_factory.mktemp("sfo_survey"), datasets / "sfo_survey")


def csat(tenant: Tenant, *, weighting: str = "none") -> pd.Series:
    """The published row, through `cx query` as an analyst asks for it."""
    query = f"{CSAT} and weighting = '{weighting}'"
    ended = tenant.cx("query", query, "--home", tenant.home, "--format", "csv")
    assert ended.code == 0, ended.said
    rows = pd.read_csv(io.StringIO(ended.out))
    assert len(rows) == 1, rows
    return rows.iloc[0]


def read(tenant: Tenant, name: str) -> pd.DataFrame:
    return pd.read_csv(tenant.inputs / name, dtype=str, keep_default_na=False)


def test_olist_satisfaction(olist: Tenant) -> None:
    reviews = read(olist, "olist_order_reviews_dataset.csv")
    reviews = reviews.drop_duplicates(["review_id", "order_id"], keep="last")
    scores = reviews["review_score"].astype(int)
    found = csat(olist)
    assert found["n"] == len(scores)
    assert found["value"] == pytest.approx((scores >= 4).mean(), rel=1e-9)


def test_olist_interval(olist: Tenant) -> None:
    """Wilson's interval on the effective number of answers: some people answered twice."""
    found = csat(olist)
    p, n = found["value"], found["n"]
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    margin = Z / (1 + Z**2 / n) * (p * (1 - p) / n + Z**2 / (4 * n**2)) ** 0.5
    assert found["ci_low"] == pytest.approx(centre - margin, abs=5e-4)
    assert found["ci_high"] == pytest.approx(centre + margin, abs=5e-4)


def orders_of(olist: Tenant) -> pd.DataFrame:
    """Olist's orders with times; all of them, also the three that left before they were placed."""
    orders = read(olist, "olist_orders_dataset.csv")
    for column in ("order_estimated_delivery_date", "order_delivered_customer_date"):
        orders[column] = pd.to_datetime(orders[column], format="mixed")
    return orders


def test_olist_people_are_customers_and_not_orders(olist: Tenant) -> None:
    """`customer_id` is one order's; the person is `customer_unique_id`. Leads sell."""
    customers = read(olist, "olist_customers_dataset.csv")
    bought = orders_of(olist).query("order_status not in ('canceled', 'unavailable')")
    buyers = bought.merge(customers, on="customer_id")["customer_unique_id"].nunique()
    found = olist.one("""
        select count(*), count(*) filter (where orders > 0) from marts.dim_customers
    """)
    assert found == (customers["customer_unique_id"].nunique(), buyers)


def test_olist_on_time_delivery(olist: Tenant) -> None:
    """Due by the end of the promised day and not cancelled by the customer; undelivered is late."""
    orders = orders_of(olist)
    as_of = pd.Timestamp(olist.report()["as_of"]).tz_localize(None)
    promise = orders["order_estimated_delivery_date"].dt.normalize() + pd.Timedelta(days=1)
    due = (promise <= as_of) & ~orders["order_status"].eq("canceled")
    on_time = due & (orders["order_delivered_customer_date"] < promise)
    found = olist.one("""
        select numerator, denominator from marts.rpt_metrics
        where metric = 'on_time_delivery_rate' and dimension = 'all' and period_grain = 'all'
    """)
    assert found == (on_time.sum(), due.sum())


def test_olist_has_no_response_rate(olist: Tenant) -> None:
    """Nobody who did not answer is known, so the rate is unknown and not 100 %."""
    rates = olist.rows(
        "select distinct value from marts.rpt_metrics where metric = 'response_rate'"
    )
    assert rates in ([], [(None,)])


def test_every_olist_row_is_accounted_for(olist: Tenant) -> None:
    accounts = {
        entity: (read_rows, parts)
        for entity, read_rows, parts in olist.rows("""
            select entity, sum(read), sum(accepted + superseded + withdrawn + quarantined)
            from marts.rpt_source_health where source = 'olist' group by all
        """)
    }
    assert all(read_rows == parts for read_rows, parts in accounts.values())
    assert accounts["orders"][0] == len(read(olist, "olist_orders_dataset.csv"))
    assert accounts["order_items"][0] == len(read(olist, "olist_order_items_dataset.csv"))
    assert accounts["survey_responses"][0] == len(read(olist, "olist_order_reviews_dataset.csv"))


def headline_answers(tenant: Tenant) -> pd.DataFrame:
    """Year, score and weight of each answered headline question of the airport survey."""
    parts = []
    for path in sorted(tenant.inputs.glob("*.csv")):
        answers = read(tenant, path.name)
        answers.columns = answers.columns.str.strip().str.removeprefix("*")
        (column,) = [name for name in HEADLINES if name in answers.columns]
        scores = pd.to_numeric(answers[column], errors="coerce")
        weight = answers["WEIGHT"] if "WEIGHT" in answers.columns else pd.Series(dtype=str)
        parts.append(
            pd.DataFrame(
                {
                    "year": path.stem,
                    "score": scores,
                    "weight": pd.to_numeric(weight, errors="coerce"),
                }
            )
        )
    answers = pd.concat(parts)
    return answers[answers["score"].between(1, 5)]


def test_airport_satisfaction(sfo_survey: Tenant) -> None:
    scores = headline_answers(sfo_survey)["score"]
    found = csat(sfo_survey)
    assert found["n"] == len(scores)
    assert found["value"] == pytest.approx((scores >= 4).mean(), rel=1e-9)


def test_airport_satisfaction_by_year(sfo_survey: Tenant) -> None:
    """Each year is a survey of its own; where it has weights, the weighted share stands beside."""
    answers = headline_answers(sfo_survey)
    for year, of_year in answers.groupby("year"):
        is_top = of_year["score"] >= 4
        expected = {"none": is_top.mean()}
        if of_year["weight"].notna().all():
            expected["given"] = (is_top * of_year["weight"]).sum() / of_year["weight"].sum()
        found = dict(
            sfo_survey.rows(f"""
                select weighting, value from marts.rpt_metrics
                where metric = 'csat' and dimension = 'all' and period_grain = 'year'
                    and year(period_start) = {year}
            """)
        )
        assert found == pytest.approx(expected, rel=1e-9), year


def test_every_airport_row_is_accounted_for(sfo_survey: Tenant) -> None:
    accounts = sfo_survey.rows("""
        select entity, sum(read), sum(accepted + superseded + withdrawn + quarantined)
        from marts.rpt_source_health group by all
    """)
    assert "survey_responses" in {entity for entity, _, _ in accounts}
    assert [row for row in accounts if row[1] != row[2]] == []


@pytest.fixture(scope="module")
def service_desk(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    return published(tmp_path_factory.mktemp("service_desk"), datasets / "service_desk")


@pytest.fixture(scope="module")
def incidents(service_desk: Tenant) -> pd.DataFrame:
    """The last update of each incident; five updates bear the state -100, which is none."""
    log = pd.read_csv(service_desk.inputs / "incident_event_log.zip", dtype=str, na_values="?")
    last = log[log["incident_state"] != "-100"].groupby("number").tail(1).set_index("number")
    for column in ("opened_at", "resolved_at", "closed_at"):
        last[column] = pd.to_datetime(last[column], format="%d/%m/%Y %H:%M")
    return last


def test_service_desk_tickets(service_desk: Tenant, incidents: pd.DataFrame) -> None:
    found = service_desk.one("""
        select count(*), count(*) filter (where is_open), count(*) filter (where reopens > 0),
            count(first_reply_seconds), count(distinct customer_key),
            count(*) filter (where channel = 'phone'), count(distinct team)
        from marts.fct_tickets
    """)
    assert found == (
        len(incidents),
        (~incidents["incident_state"].isin(["Resolved", "Closed"])).sum(),
        (incidents["reopen_count"].astype(int) > 0).sum(),
        0,  # the log does not tell
        incidents["caller_id"].nunique(),
        (incidents["contact_type"] == "Phone").sum(),
        incidents["assignment_group"].nunique(),
    )


def test_service_desk_resolution(service_desk: Tenant, incidents: pd.DataFrame) -> None:
    """From opening to the last solution, or to the closing where no solution is on record."""
    resolved = incidents["resolved_at"].fillna(incidents["closed_at"])
    seconds = (resolved - incidents["opened_at"]).dt.total_seconds()
    found = service_desk.one("""
        select count(resolution_seconds), sum(resolution_seconds), median(resolution_seconds)
        from marts.fct_tickets
    """)
    assert found == (seconds.count(), seconds.sum(), seconds.median())


def test_service_desk_unknown_states_are_quarantined(service_desk: Tenant) -> None:
    rows = service_desk.rows("""
        select entity, reason_code, count(*) from quarantine.rejected_rows group by all order by 1
    """)
    assert rows == [("ticket_changes", "unknown_enum", 5), ("tickets", "unknown_enum", 5)]


def test_service_desk_has_no_score(service_desk: Tenant) -> None:
    metrics = {row[0] for row in service_desk.rows("select metric from marts.rpt_metrics")}
    assert not metrics & {"csat", "nps", "ces", "response_rate"}
