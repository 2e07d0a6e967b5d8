"""What was planted in a company large enough to prove it: each effect, with its interval."""

import json
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
