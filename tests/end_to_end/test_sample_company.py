"""The marts against the truth: what was planted in the sample company has to be found again."""

from typing import Any

import pytest

from tests.end_to_end.tenant import Tenant

ALL_TIME = "dimension = 'all' and period_grain = 'all' and weighting = 'none'"
Truth = dict[str, Any]


def test_the_company_is_large_enough_to_show_anything(truth: Truth) -> None:
    """A truth of zeros would be found by any warehouse."""
    assert truth["metrics"]["nps"]["n"] > 100
    assert truth["metrics"]["csat"]["denominator"] > 30
    assert truth["metrics"]["ces"]["denominator"] > 30
    assert truth["people"]["with_two_records"] > 0
    assert truth["people"]["browsers_stitched"] > 100


def test_as_of_is_the_latest_accepted_event(company: Tenant, truth: Truth) -> None:
    as_of = company.report()["as_of"]
    assert as_of.replace(".000+00:00", "Z") == truth["as_of"]


@pytest.mark.parametrize(
    ("condition", "planted"),
    [
        ("true", "total"),
        ("is_known", "known"),
        ("not is_known", "anonymous"),
        ("is_test or is_employee", "test_or_employee"),
        ("orders > 0", "buyers"),
    ],
)
def test_people_are_counted_once(
    company: Tenant, truth: Truth, condition: str, planted: str
) -> None:
    found = company.one(
        f"select count(*), count(distinct customer_key) from marts.dim_customers where {condition}"
    )
    assert found == (truth["people"][planted],) * 2


@pytest.mark.parametrize(("metric", "scope"), [("csat", "transactional"), ("ces", "transactional")])
def test_scores_and_their_means(company: Tenant, truth: Truth, metric: str, scope: str) -> None:
    planted = truth["metrics"][metric]
    value, numerator, n, low, high = company.one(f"""
        select value, numerator, n, ci_low, ci_high
        from marts.rpt_metrics
        where metric = '{metric}' and scope = '{scope}' and scale_id = '{metric}' and {ALL_TIME}
    """)
    assert (numerator, n) == (planted["numerator"], planted["denominator"])
    assert value == pytest.approx(planted["value"], rel=1e-9)
    assert low < value < high
    (mean,) = company.one(f"""
        select value from marts.rpt_metrics
        where metric = '{metric}_mean' and scale_id = '{metric}' and {ALL_TIME}
    """)
    assert mean == pytest.approx(planted["mean"], rel=1e-9)


def test_net_promoter_score(company: Tenant, truth: Truth) -> None:
    planted = truth["metrics"]["nps"]
    value, numerator, n, n_persons, low, high = company.one(f"""
        select value, numerator, n, n_persons, ci_low, ci_high
        from marts.rpt_metrics
        where metric = 'nps' and scope = 'relational' and {ALL_TIME}
    """)
    assert numerator == planted["promoters"] - planted["detractors"]
    assert (n, n_persons) == (planted["n"], planted["n"])
    assert value == pytest.approx(planted["value"], rel=1e-9)
    assert low < value < high


def test_rivals_are_a_benchmark_and_never_part_of_the_score(company: Tenant) -> None:
    brands = company.rows("""
        select distinct scope, brand from marts.fct_survey_responses where brand is not null
    """)
    own = [scope for scope, brand in brands if brand == "Simorgh"]
    assert own == ["relational"]
    assert len(brands) > 1
    assert all(scope == "benchmark" for scope, brand in brands if brand != "Simorgh")


@pytest.mark.parametrize(
    ("metric", "planted", "condition"),
    [
        ("response_rate", "response_rate_pooled", "dimension = 'all'"),
        ("response_rate", "response_rate_in_app", "dimension = 'channel' and member = 'web'"),
        ("response_rate", "response_rate", "dimension = 'channel' and member = 'email'"),
        ("on_time_delivery_rate", "on_time_delivery_rate", "dimension = 'all'"),
        ("repeat_purchase_rate", "repeat_purchase_rate", "dimension = 'all'"),
    ],
)
def test_rates(company: Tenant, truth: Truth, metric: str, planted: str, condition: str) -> None:
    expected = truth["metrics"][planted]
    found = company.one(f"""
        select numerator, denominator, value
        from marts.rpt_metrics
        where metric = '{metric}' and period_grain = 'all' and weighting = 'none' and {condition}
    """)
    assert found[:2] == (expected["numerator"], expected["denominator"])
    assert found[2] == pytest.approx(expected["value"], rel=1e-9)


@pytest.mark.parametrize(
    ("delay", "planted"),
    [("late_seconds > 0", "csat_late"), ("late_seconds = 0", "csat_on_time")],
)
def test_late_deliveries_lower_satisfaction_as_planted(
    company: Tenant, truth: Truth, delay: str, planted: str
) -> None:
    expected = truth["effects"][planted]
    found = company.one(f"""
        select
            count(*) filter (where responses.category = 'top'),
            count(*)
        from marts.fct_survey_responses as responses
        inner join marts.fct_touchpoints as contacts
            on responses.touchpoint_id = contacts.touchpoint_id
        inner join marts.fct_orders as orders on contacts.source_id = orders.order_id
        where responses.metric = 'csat' and responses.scale_id = 'csat' and responses.is_counted
            and responses.is_headline and contacts.source_entity = 'deliveries'
            and orders.{delay}
    """)
    assert found == (expected["numerator"], expected["denominator"])


@pytest.mark.parametrize("device", ["mobile", "desktop"])
def test_effort_by_device_as_planted(company: Tenant, truth: Truth, device: str) -> None:
    """Read from the fact: the report hides cells of fewer than five answers."""
    expected = truth["effects"][f"ces_{device}"]
    found = company.one(f"""
        select count(*) filter (where category = 'top'), count(*)
        from marts.fct_survey_responses
        where metric = 'ces' and scale_id = 'ces' and is_counted and is_headline
            and device = '{device}'
    """)
    assert found == (expected["numerator"], expected["denominator"])


def test_a_phone_is_harder_than_a_desktop_as_planted(company: Tenant, truth: Truth) -> None:
    """Whatever the size of the company, the gap is what was planted, or is said to be hidden."""
    mobile, desktop = truth["effects"]["ces_mobile"], truth["effects"]["ces_desktop"]
    n, desktop_n, gap, low, high, is_suppressed = company.one("""
        select n, desktop_n, value, ci_low, ci_high, is_suppressed
        from marts.rpt_device_gap
        where metric = 'ces' and scale_id = 'ces' and device = 'mobile' and not is_standardised
    """)
    assert is_suppressed == (min(mobile["denominator"], desktop["denominator"]) < 5)
    if not is_suppressed:
        assert (n, desktop_n) == (mobile["denominator"], desktop["denominator"])
        assert gap == pytest.approx(mobile["value"] - desktop["value"], rel=1e-9)
        assert low < gap < high


def test_service_rates_are_the_same_in_both_reports(company: Tenant) -> None:
    """rpt_service splits by topic too; its totals are those of rpt_metrics."""
    rates = (
        "fcr_repeat_window", "fcr_repeat_window_net", "fcr_one_touch", "fcr_one_touch_net",
        "reopen_rate", "self_service_rate",
    )  # fmt: skip
    for rate in rates:
        in_service = company.one(f"""
            select {rate}_numerator, {rate}_n, {rate}, {rate}_ci_low, {rate}_ci_high
            from marts.rpt_service
            where period_grain = 'all' and channel = 'all' and topic = 'all'
        """)
        in_metrics = company.one(f"""
            select numerator, denominator, value, ci_low, ci_high from marts.rpt_metrics
            where metric = '{rate}' and {ALL_TIME}
        """)
        assert in_service[1] > 0
        assert in_service == pytest.approx(in_metrics, rel=1e-9)


def test_saved_calls_are_claimed_of_those_who_would_have_called(company: Tenant) -> None:
    claim, low, high, is_upper_bound, self_service, would_have_called, n = company.one("""
        select deflection_rate, deflection_rate_ci_low, deflection_rate_ci_high,
            is_deflection_upper_bound, self_service_rate, would_have_called_rate,
            would_have_called_rate_n
        from marts.rpt_service
        where period_grain = 'all' and channel = 'all' and topic = 'all'
    """)
    assert n > 5
    assert not is_upper_bound
    assert claim == pytest.approx(self_service * would_have_called, rel=1e-9)
    assert low < claim < high < self_service


def test_every_row_is_accounted_for(company: Tenant, truth: Truth) -> None:
    """read = accepted + superseded + withdrawn + quarantined, and each as planted."""
    expected = {
        entity: (
            account["read"],
            account["accepted"],
            account["superseded"],
            account["withdrawn"],
            sum(account["quarantined"].values()),
        )
        for entity, account in truth["rows"].items()
    }
    found = company.rows("""
        select entity, read, accepted, superseded, withdrawn, quarantined
        from marts.rpt_source_health
        where source = 'files'
    """)
    assert {entity: tuple(account) for entity, *account in found} == expected
    for entity, read, *parts in found:
        assert read == sum(parts), entity


def test_the_run_report_tells_the_same_accounts(company: Tenant) -> None:
    accounts = company.rows("""
        select source, entity, load_id, read, accepted, superseded, withdrawn, quarantined
        from marts.rpt_source_health
    """)
    told = [tuple(account.values()) for account in company.report()["row_accounts"]]
    assert sorted(told) == sorted(accounts)


def test_every_bad_row_is_in_quarantine_with_its_reason(company: Tenant, truth: Truth) -> None:
    expected = {
        (entity, reason): rows
        for entity, account in truth["rows"].items()
        for reason, rows in account["quarantined"].items()
    }
    found = company.rows("""
        select entity, reason_code, count(*) from quarantine.rejected_rows group by all
    """)
    assert {(entity, reason): rows for entity, reason, rows in found} == expected
    assert {reason for _, reason in expected} == {
        "missing_key",
        "bad_type",
        "out_of_scale",
        "not_on_step",
        "unknown_scale",
        "missing_weight",
        "future_time",
        "ancient_time",
        "negative_duration",
        "orphan",
        "unknown_enum",
        "malformed_line",
        "response_before_invitation",
        "negative_amount",
        "too_long",
    }


def test_quarantine_says_where_the_row_stands(company: Tenant) -> None:
    """File and record lead to the row; its content is not published."""
    homeless = company.one("""
        select count(*) from quarantine.rejected_rows
        where file is null or record_number is null or reason is null or load_id is null
    """)
    assert homeless == (0,)
    columns = company.rows("select column_name from (describe quarantine.rejected_rows)")
    assert ("row_json",) not in columns
    file, line = company.one("""
        select file, min(record_number) from quarantine.rejected_rows
        where entity = 'orders' and reason_code = 'malformed_line' group by file
    """)
    text = (company.inputs / file).read_text(encoding="utf-8").splitlines()[line - 1]
    columns_there = (company.inputs / file).read_text(encoding="utf-8").splitlines()[0].count(",")
    assert text.count(",") != columns_there


def test_names_and_addresses_of_people_are_not_published(company: Tenant) -> None:
    """E-mail addresses and phone numbers stay in the private files of the pipeline."""
    texts = company.rows("""
        select table_schema, table_name, column_name
        from information_schema.columns
        where data_type = 'VARCHAR'
    """)
    for schema, table, column in texts:
        found = company.one(f"""
            select count(*) from "{schema}"."{table}"
            where regexp_matches("{column}", '[A-Za-z0-9._]+@[A-Za-z0-9-]+[.][a-z]+')
        """)
        assert found == (0,), f"{schema}.{table}.{column} shows an e-mail address"
