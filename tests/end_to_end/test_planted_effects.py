"""What was planted in a company large enough to prove it: each effect, with its interval."""

import json
import math
from typing import Any

import pytest

from tests.end_to_end.tenant import Tenant

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    folder = tmp_path_factory.mktemp("large")
    tenant = Tenant(folder / "home", folder / "inputs")
    size = ["--customers", "8000", "--months", "24", "--seed", "5"]
    generated = tenant.cx("generate", "--out", tenant.inputs, *size)
    assert generated.code == 0, generated.said
    refreshed = tenant.refresh()
    assert refreshed.code == 0, refreshed.said
    return tenant


@pytest.fixture(scope="module")
def effects(large: Tenant) -> dict[str, Any]:
    text = (large.inputs / "truth.json").read_text(encoding="utf-8")
    planted: dict[str, Any] = json.loads(text)["effects"]
    return planted


@pytest.mark.parametrize(
    ("metric", "planted"),
    [("lapse_rate_after_answer", "churn"), ("referral_rate_after_answer", "referral")],
)
def test_who_says_so_does_so(
    large: Tenant, effects: dict[str, Any], metric: str, planted: str
) -> None:
    """Low scorers leave more often, high scorers bring others: beyond chance, as planted."""
    low, high = (effects[f"{planted}_{group}"]["value"] for group in ("detractors", "promoters"))
    difference, ci_low, ci_high = large.one(f"""
        select value, ci_low, ci_high from marts.rpt_word_of_mouth
        where metric = '{metric}' and period_grain = 'all' and dimension = 'said'
            and member = 'difference'
    """)
    assert (difference > 0) == (high > low)
    assert ci_low > 0 or ci_high < 0


def test_a_phone_is_harder_than_a_desktop(large: Tenant, effects: dict[str, Any]) -> None:
    mobile, desktop = effects["ces_mobile"]["value"], effects["ces_desktop"]["value"]
    gap, ci_low, ci_high = large.one("""
        select value, ci_low, ci_high from marts.rpt_device_gap
        where metric = 'ces' and scale_id = 'ces' and device = 'mobile' and not is_standardised
    """)
    assert gap == pytest.approx(mobile - desktop, rel=1e-9)
    assert ci_low < gap < ci_high < 0


def test_late_deliveries_lower_satisfaction(large: Tenant, effects: dict[str, Any]) -> None:
    found = dict(
        large.rows("""
            select
                orders.is_on_time_first_promise,
                avg(case when answers.category = 'top' then 1.0 else 0 end)
            from marts.fct_survey_responses as answers
            inner join marts.fct_touchpoints as contacts using (touchpoint_id)
            inner join marts.fct_orders as orders
                on contacts.source_id = orders.order_id
                and contacts.source_system = orders.source_system
            where answers.metric = 'csat' and answers.is_headline and answers.is_counted
                and contacts.touchpoint = 'delivery'
                and orders.is_on_time_first_promise is not null
            group by all
        """)
    )
    assert found[True] > found[False]
    for name, is_on_time in (("csat_on_time", True), ("csat_late", False)):
        assert found[is_on_time] == pytest.approx(effects[name]["value"], rel=1e-9)


def test_pages_load_slower_on_a_phone(large: Tenant) -> None:
    """Planted: 250 ms, and 900 ms of an exponential time that is half as long again on a phone."""
    phone, desktop, gap, ci_low, ci_high = large.one("""
        select p75_seconds, desktop_p75_seconds, value, ci_low, ci_high from marts.rpt_device_gap
        where metric = 'load_time_p75_seconds' and device = 'mobile'
    """)
    assert phone == pytest.approx(0.25 + 0.9 * 1.5 * math.log(4), rel=0.02)
    assert desktop == pytest.approx(0.25 + 0.9 * math.log(4), rel=0.02)
    assert gap == pytest.approx(phone - desktop, rel=1e-9)
    assert 0 < ci_low < gap < ci_high


def test_no_effect_is_found_where_none_was_planted(large: Tenant) -> None:
    """Personal messages sell no more, training does nothing; the truth lies in both intervals."""
    lift = large.one("""
        select ci_low, ci_high from marts.rpt_personalisation
        where campaign = 'all' and outcome = 'purchase_rate'
    """)
    training = large.one("""
        select difference_ci_low, difference_ci_high from marts.rpt_service_teams
        where measure = 'fcr_one_touch' and team = 'all' and training = 'trained'
    """)
    for ci_low, ci_high in (lift, training):
        assert ci_low < 0 < ci_high


def test_visitors_who_would_have_called(large: Tenant) -> None:
    """Planted: 45 % of those who are asked on the help pages."""
    n, ci_low, ci_high = large.one("""
        select n, ci_low, ci_high from marts.rpt_metrics
        where metric = 'would_have_called_rate' and scope = 'transactional'
            and weighting = 'none' and period_grain = 'all' and dimension = 'all'
    """)
    assert n > 100
    assert ci_low < 0.45 < ci_high
