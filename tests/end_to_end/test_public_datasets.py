"""Real data that nobody made for this warehouse, from the command to the number on the screen.

Each expectation is computed here with pandas straight from the files.
"""

import gzip
import io
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.tenant import REPOSITORY, Tenant

pytestmark = pytest.mark.dataset

CSAT = """
    select metric, value, ci_low, ci_high, n
    from marts.rpt_metrics
    where metric = 'csat' and dimension = 'all' and period_grain = 'all'
"""
# Columns that hold a year's headline question, as its file has them.
HEADLINES = ("Q6N", "Q8N", "Q8N_WHOLE", "Q7O_WHOLE", "Q7ALL")
Z = 1.959963984540054
SEEDS = REPOSITORY / "dbt_project" / "seeds"


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


@pytest.mark.long
def test_olist_satisfaction(olist: Tenant) -> None:
    reviews = read(olist, "olist_order_reviews_dataset.csv")
    reviews = reviews.drop_duplicates(["review_id", "order_id"], keep="last")
    scores = reviews["review_score"].astype(int)
    found = csat(olist)
    assert found["n"] == len(scores)
    assert found["value"] == pytest.approx((scores >= 4).mean(), rel=1e-9)


@pytest.mark.long
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


@pytest.mark.long
def test_olist_people_are_customers_and_not_orders(olist: Tenant) -> None:
    """`customer_id` is one order's; the person is `customer_unique_id`. Leads sell."""
    customers = read(olist, "olist_customers_dataset.csv")
    bought = orders_of(olist).query("order_status not in ('canceled', 'unavailable')")
    buyers = bought.merge(customers, on="customer_id")["customer_unique_id"].nunique()
    found = olist.one("""
        select count(*), count(*) filter (where orders > 0) from marts.dim_customers
    """)
    assert found == (customers["customer_unique_id"].nunique(), buyers)


@pytest.mark.long
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


@pytest.mark.long
def test_olist_has_no_response_rate(olist: Tenant) -> None:
    """Nobody who did not answer is known, so the rate is unknown and not 100 %."""
    rates = olist.rows(
        "select distinct value from marts.rpt_metrics where metric = 'response_rate'"
    )
    assert rates in ([], [(None,)])


@pytest.mark.long
def test_every_olist_row_is_accounted_for(olist: Tenant) -> None:
    read_rows = dict(
        olist.rows("""
            select entity, sum(read) from marts.rpt_source_health
            where source = 'olist' group by all
        """)
    )
    assert read_rows["orders"] == len(read(olist, "olist_orders_dataset.csv"))
    assert read_rows["order_items"] == len(read(olist, "olist_order_items_dataset.csv"))
    assert read_rows["survey_responses"] == len(read(olist, "olist_order_reviews_dataset.csv"))
    [(records,)] = olist.rows("""
        select sum(records) from marts.rpt_source_records where source = 'olist'
    """)
    assert records == sum(len(read(olist, path.name)) for path in olist.inputs.glob("*.csv"))


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


@pytest.mark.long
def test_airport_satisfaction(sfo_survey: Tenant) -> None:
    scores = headline_answers(sfo_survey)["score"]
    found = csat(sfo_survey)
    assert found["n"] == len(scores)
    assert found["value"] == pytest.approx((scores >= 4).mean(), rel=1e-9)


@pytest.mark.long
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


@pytest.mark.long
def test_every_airport_row_is_accounted_for(sfo_survey: Tenant) -> None:
    """A respondent is a record, however many questions were answered; some answered none."""
    counted = dict(
        sfo_survey.rows("""
            select outcome, sum(records) from marts.rpt_source_records
            where source = 'sfo_survey' group by all
        """)
    )
    respondents = sum(len(read(sfo_survey, path.name)) for path in sfo_survey.inputs.glob("*.csv"))
    assert set(counted) == {"row", "no_answer"}
    assert sum(counted.values()) == respondents


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


@pytest.mark.long
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


@pytest.mark.long
def test_service_desk_resolution(service_desk: Tenant, incidents: pd.DataFrame) -> None:
    """From opening to the last solution, or to the closing where no solution is on record."""
    resolved = incidents["resolved_at"].fillna(incidents["closed_at"])
    seconds = (resolved - incidents["opened_at"]).dt.total_seconds()
    found = service_desk.one("""
        select count(resolution_seconds), sum(resolution_seconds), median(resolution_seconds)
        from marts.fct_tickets
    """)
    assert found == (seconds.count(), seconds.sum(), seconds.median())


@pytest.mark.long
def test_service_desk_unknown_states_are_quarantined(service_desk: Tenant) -> None:
    rows = service_desk.rows("""
        select entity, reason_code, count(*) from quarantine.rejected_rows group by all order by 1
    """)
    assert rows == [("ticket_changes", "unknown_enum", 5), ("tickets", "unknown_enum", 5)]


@pytest.mark.long
def test_service_desk_has_no_score(service_desk: Tenant) -> None:
    metrics = {row[0] for row in service_desk.rows("select metric from marts.rpt_metrics")}
    assert not metrics & {"csat", "nps", "ces", "response_rate"}


@pytest.fixture(scope="module")
def web_server_log(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    return published(tmp_path_factory.mktemp("web_server_log"), datasets / "web_server_log")


@pytest.fixture(scope="module")
def hits(web_server_log: Tenant) -> pd.DataFrame:
    """The log's lines taken apart at their quotes; the one that was cut off is left out."""
    with gzip.open(web_server_log.inputs / "apache_logs.gz", "rt", encoding="utf-8") as log:
        lines = [line.rstrip("\n").split('"') for line in log]
    whole = [parts for parts in lines if len(parts) == 7 and parts[6] == ""]
    assert len(lines) - len(whole) == 1
    hits = pd.DataFrame(whole, columns=["who", "request", "answer", "referrer", "_", "agent", "__"])
    hits[["method", "target", "protocol"]] = hits["request"].str.split(" ", expand=True)
    hits["page"] = hits["target"].str.split("[?#]", regex=True).str[0]
    hits["ending"] = hits["page"].str.extract(r"\.([A-Za-z0-9]+)$")[0].str.lower()
    hits["status"] = hits["answer"].str.split().str[0].astype(int)
    moments = hits["who"].str.extract(r"\[(.*)\]")[0]
    hits["at"] = pd.to_datetime(moments, format="%d/%b/%Y:%H:%M:%S %z")
    hits["visitor"] = hits["who"].str.split().str[0] + " " + hits["agent"]
    return hits


@pytest.fixture(scope="module")
def page_hits(hits: pd.DataFrame) -> pd.DataFrame:
    """What a person may have meant: pages, forms and errors, and whether a machine did it."""
    shown = hits["status"].isin([200, 304]) & hits["method"].eq("GET")
    sent = (hits["status"] < 400) & hits["method"].eq("POST")
    failed = (hits["status"] >= 400) & hits["method"].isin(["GET", "POST"])
    assets = r"css|js|png|jpe?g|gif|svg|ico|ttf|woff|swf|xml|xsl|txt"
    meant = hits[(shown | sent | failed) & ~hits["ending"].fillna("").str.fullmatch(assets)].copy()
    parts = pd.read_csv(SEEDS / "bot_agents.csv")["agent_part"]
    meant["is_bot"] = [
        agent == "-" or any(part in agent.lower() for part in parts) for agent in meant["agent"]
    ]
    return meant


def test_web_server_log_is_accounted_for(
    web_server_log: Tenant, hits: pd.DataFrame, page_hits: pd.DataFrame
) -> None:
    """The file: hits and one line that was cut off. The entity: what a person may have meant."""
    found = web_server_log.one("""
        select read, accepted, superseded, withdrawn, quarantined
        from marts.rpt_source_health where source = 'web_server_log'
    """)
    assert found == (len(page_hits) + 1, len(page_hits), 0, 0, 1)
    assert web_server_log.raw_rows("select records, rejected_lines from ops.files") == [
        (len(hits), 1)
    ]
    assert web_server_log.rows("""
        select is_set_aside, sum(records) from marts.rpt_source_records
        where source = 'web_server_log' group by all order by all
    """) == [(False, len(page_hits) + 1), (True, len(hits) - len(page_hits))]
    assert web_server_log.rows("""
        select entity, reason_code, record_number from quarantine.rejected_rows
    """) == [("web_events", "malformed_line", 8899)]


def test_web_server_log_sessions_of_people(web_server_log: Tenant, page_hits: pd.DataFrame) -> None:
    """Machines are out; a visitor who pauses for over half an hour comes twice."""
    people = page_hits[~page_hits["is_bot"]].sort_values(["visitor", "at"], kind="stable")
    pause = people.groupby("visitor")["at"].diff() > pd.Timedelta(minutes=30)
    visit = pause.groupby(people["visitor"]).cumsum()
    sessions = people.groupby(["visitor", visit])
    found = web_server_log.one("""
        select count(*), count(distinct anonymous_id_hash), sum(events), sum(errors),
            count(*) filter (where events = 1),
            cast(sum(epoch(ended_at - started_at)) as bigint)
        from marts.fct_web_sessions
    """)
    lengths = sessions["at"].max() - sessions["at"].min()
    assert found == (
        sessions.ngroups,
        people["visitor"].nunique(),
        len(people),
        (people["status"] >= 400).sum(),
        (sessions.size() == 1).sum(),
        lengths.dt.total_seconds().sum(),
    )
    assert sessions.ngroups > people["visitor"].nunique() > 500
    assert page_hits["is_bot"].mean() > 0.3


def test_web_server_log_first_pages_and_referrers(
    web_server_log: Tenant, page_hits: pd.DataFrame
) -> None:
    """Where visitors of one hit landed, and the site they came from."""
    people = page_hits[~page_hits["is_bot"]]
    alone = people[~people["visitor"].duplicated(keep=False)]
    sites = alone["referrer"].str.extract("^https?://([^/?#]*)")[0].fillna("")
    found = web_server_log.rows("""
        select split_part(landing_page, '/', 2), coalesce(split_part(referrer, '/', 3), '')
        from marts.fct_web_sessions
        qualify sum(events) over (partition by visitor_key) = 1 order by all
    """)
    # by folder: a date in a path is masked like any long number
    assert found == sorted(zip(alone["page"].str.split("/").str[1], sites, strict=True))
    assert len(set(sites)) > 20
