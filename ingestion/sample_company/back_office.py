"""The CRM and the back office: customers, accounts, leads, consents, subscriptions, staff."""

import numpy as np
import pyarrow as pa

from ingestion.sample_company import words
from ingestion.sample_company.columns import (
    coded,
    constant,
    ids,
    money,
    numbers,
    times,
)
from ingestion.sample_company.people import SUBSCRIBER, join
from ingestion.sample_company.timeline import DAY, HOUR, NEVER, PERSIAN, Flags, Ints, Month, day_of
from ingestion.sample_company.world import World

SEGMENTS = ("consumer", "small_business", "enterprise")
CHANNELS = ("web", "app", "phone", "store")
ORIGINS = ("search", "referral", "social", "advert", "store")
TEAMS = ("support", "sales", "delivery", "store")
PLANS = ("basic", "plus", "business")
PRICES = np.array([9.0, 19.0, 49.0])
CURRENCY = "USD"


def open_company(world: World, month: Month) -> None:
    """Day one: everything that exists before the history begins is exported."""
    world.browsers.add(np.array([PERSIAN], np.int8), 1, visitors=False)  # the desk's: DESK
    _export_employees(world, month)
    _export_accounts(world, month)
    _take_in(world, month, before_start=True)


def keep_books(world: World, month: Month) -> None:
    """One month of the CRM and the back office."""
    _take_in(world, month, before_start=False)
    _take_strangers_leads(world, month)
    _lose_members(world, month)
    _withdraw_consents(world, month)
    _change_prices(world, month)
    _ask_employees(world, month)
    if month.index == 0 or month.of_year % 3 == 1:
        _decide(world, month)


def _take_in(world: World, month: Month, *, before_start: bool) -> None:
    people, rng = world.members, world.plan.stream("crm", -1 if before_start else month.index)
    new = join(world.plan, month, before_start=before_start, people=people, browsers=world.browsers)
    is_business = people.segment[new] > 0
    people.account[new] = np.where(is_business, rng.integers(0, world.accounts, len(new)), -1)
    created_day = world.export_day(day_of(people.created[new]))
    people.first_day[new] = created_day
    _export_customers(world, new, np.zeros(len(new), np.bool_), people.created[new])
    again = new[people.second_created[new] < NEVER]
    second = np.ones(len(again), np.bool_)
    _export_customers(world, again, second, people.second_created[again])
    _export_consents(world, new)
    _export_links(world, new)
    if not before_start:
        _export_won_leads(world, month, new, rng)
    _subscribe(world, new, rng)


def _export_customers(
    world: World, who: Ints, second: Flags, changed: Ints, *, is_version: bool = False
) -> None:
    people = world.members
    region, country, city = people.region[who], people.country[who], people.city[who]
    cities = [name for by_region in words.CITIES for by_country in by_region for name in by_country]
    created = np.where(second, people.second_created[who], people.created[who])
    columns = {
        "customer_id": people.crm_id(who, second=second),
        "email": people.email(who),
        "phone": people.phone(who, ~second),
        "account_id": ids("A", people.account[who] + 100, people.account[who] >= 0),
        "created_at": times(created),
        "country": people.country_code(who),
        "region": coded(region, ("Iran", "Arab world", "English-speaking")),
        "city": coded(country.astype(np.int32) * 3 + city, cities),
        "language": people.language(who),
        "birth_year": numbers(people.birth_year[who]),
        "gender": coded(people.gender[who], ("female", "male", "other")),
        "segment": coded(people.segment[who], SEGMENTS),
        "acquisition_channel": coded(people.origin[who], ORIGINS),
        "how_heard": coded(
            # the words of ORIGINS, in its order
            np.where(people.referrer[who] >= 0, 1, people.origin[who]),
            ("search engine", "friend", "social media", "advert", "shop window"),
        ),
        "referred_by_customer_id": people.crm_id(
            people.referrer[who], present=people.referrer[who] >= 0
        ),
        "preferred_channel": coded(people.preferred[who], CHANNELS),
        "consent_survey": numbers(people.consents[who]),
        "consent_marketing": numbers(people.wants_marketing[who]),
        "is_test": numbers(people.is_test[who]),
        "is_employee": numbers(people.is_employee[who]),
        "updated_at": times(changed),
    }
    day = world.export_day(day_of(changed))
    world.ledger.add("customers", columns, day=day, is_version=is_version)


def _export_consents(world: World, who: Ints) -> None:
    people = world.members
    created = people.created[who]
    for purpose, granted in (("survey", people.consents), ("marketing", people.wants_marketing)):
        _add_consents(world, who, purpose, granted[who], created)


def _add_consents(world: World, who: Ints, purpose: str, granted: Flags, changed: Ints) -> None:
    columns = {
        "customer_id": world.members.crm_id(who),
        "purpose": constant(purpose, len(who)),
        "granted": numbers(granted),
        "changed_at": times(changed),
        "updated_at": times(changed),
    }
    world.ledger.add("consents", columns, day=world.export_day(day_of(changed)))


def _export_links(world: World, new: Ints) -> None:
    """Second addresses, and desktops that the shop recognises by a click in an e-mail."""
    people = world.members
    second = new[people.has_alternative[new]]
    desktop = new[(people.desktop[new] >= 0) & (new % 4 == 0)]
    linked = people.created[new] + HOUR
    clicked = linked[(people.desktop[new] >= 0) & (new % 4 == 0)]
    for left_type, left, who, moment in (
        (
            "email",
            people.alternative_email(second, np.ones(len(second), np.bool_)),
            second,
            linked[people.has_alternative[new]],
        ),
        ("anonymous_id", coded(people.desktop[desktop], world.browsers.codes), desktop, clicked),
    ):
        columns = {
            "left_type": constant(left_type, len(who)),
            "left_id": left,
            "right_type": constant("customer_id", len(who)),
            "right_id": people.crm_id(who),
            "linked_at": times(moment),
            "confidence": numbers(np.full(len(who), 0.95 if left_type == "email" else 0.9)),
            "updated_at": times(moment),
        }
        world.ledger.add("identity_links", columns, day=world.export_day(day_of(moment)))
    world.browsers.link(people.desktop[desktop], world.export_day(day_of(clicked)))


def _export_won_leads(world: World, month: Month, new: Ints, rng: np.random.Generator) -> None:
    """Of those who join, 40 % were a lead first: known by their address before the CRM has them."""
    people = world.members
    who = new[(rng.random(len(new)) < 0.4) & people.has_email[new]]
    joined = people.created[who]
    asked = month.start + ((joined - month.start) * rng.random(len(who))).astype(np.int64)
    people.first_day[who] = np.minimum(people.first_day[who], day_of(asked))
    facts = {
        "lead_id": ids("L", month.index * 1_000_000 + np.arange(len(who))),
        "email": people.email(who),
        "phone": people.phone(who),
        "created_at": asked,
        "origin": people.origin[who],
    }
    _export_leads(world, facts, closed=joined, is_won=np.ones(len(who), np.bool_), rng=rng)


def _take_strangers_leads(world: World, month: Month) -> None:
    rng = world.plan.stream("leads", month.index)
    count = world.scaled(0.1)
    asked = month.moments(rng, rng.integers(0, 3, count).astype(np.int8))
    who = world.strangers.add(day_of(asked))
    facts = {
        "lead_id": ids("L", month.index * 1_000_000 + 500_000 + np.arange(count)),
        "email": world.strangers.email(who),
        "phone": world.strangers.phone(who),
        "created_at": asked,
        "origin": rng.integers(0, 5, count),
    }
    closed = np.where(rng.random(count) < 0.6, asked + rng.integers(DAY, 60 * DAY, count), NEVER)
    _export_leads(world, facts, closed=closed, is_won=np.zeros(count, np.bool_), rng=rng)


def _export_leads(
    world: World, facts: dict[str, object], *, closed: Ints, is_won: Flags, rng: np.random.Generator
) -> None:
    asked = np.asarray(facts["created_at"])
    count = len(asked)
    origin = np.asarray(facts["origin"])
    reason, rival = rng.integers(0, 4, count), rng.integers(0, 4, count)
    owner = ids("E", 1 + rng.integers(0, world.employees, count))
    first, last = day_of(asked), day_of(closed)
    qualified = asked + (np.minimum(closed, asked + DAY) - asked) // 2

    def export(is_closed: Flags, keep: Flags, *, is_version: bool) -> None:
        lost = is_closed & ~is_won
        columns = {
            "lead_id": facts["lead_id"],
            "customer_id": pa.nulls(count, pa.string()),
            "email": facts["email"],
            "phone": facts["phone"],
            "created_at": times(asked),
            "origin": coded(origin, ORIGINS),
            "landing_page": coded(origin, ("/", "/invite", "/offers", "/offers", "/shops")),
            "qualified_at": times(qualified, is_closed),
            "won_at": times(closed, is_closed & is_won),
            "lost_at": times(closed, lost),
            "lost_reason": coded(reason, words.LOST_REASONS, lost),
            "lost_to_competitor": coded(rival - 2, words.RIVALS, lost & (reason == 2)),
            "owner_employee_id": owner,
            "updated_at": times(np.where(is_closed, closed, asked)),
        }
        day = np.where(is_closed, last, first).astype(np.int32)
        world.ledger.add_kept("leads", columns, keep, day, is_version=is_version)

    same_day = first == last
    export(same_day, np.ones(count, np.bool_), is_version=False)
    later = ~same_day & (closed < NEVER)
    export(later, later, is_version=True)


def _subscribe(world: World, new: Ints, rng: np.random.Generator) -> None:
    people, subscriptions = world.members, world.subscriptions
    who = new[(rng.random(len(new)) < 0.15) | (new == SUBSCRIBER)]
    who = who[~people.is_internal[who]]
    plan = np.where(people.segment[who] > 0, 2, rng.integers(0, 2, len(who)))
    started = people.created[who] + rng.integers(HOUR, 20 * DAY, len(who))
    if len(who) and who[0] <= SUBSCRIBER:
        started = np.minimum(started, world.plan.month(0).start - DAY)
    _export_subscriptions(world, who, started=started, price=PRICES[plan], changed=started)
    subscriptions.member = np.concatenate([subscriptions.member, who])
    subscriptions.started = np.concatenate([subscriptions.started, started])
    subscriptions.price = np.concatenate([subscriptions.price, PRICES[plan]])
    subscriptions.is_open = np.concatenate([subscriptions.is_open, np.ones(len(who), np.bool_)])


def _export_subscriptions(
    world: World,
    who: Ints,
    *,
    started: Ints,
    price: np.ndarray[tuple[int], np.dtype[np.float64]],
    changed: Ints,
    ended: Ints | None = None,
    is_version: bool = False,
) -> None:
    people = world.members
    end = np.full(len(who), NEVER) if ended is None else ended
    columns = {
        "subscription_id": ids("S", who),
        "customer_id": people.crm_id(who),
        "account_id": ids("A", people.account[who] + 100, people.account[who] >= 0),
        "email": people.email(who),
        "started_at": times(started),
        "ended_at": times(end),
        "cancel_reason": coded(who % 4, words.CANCEL_REASONS, end < NEVER),
        "switched_to_competitor": coded(who % 5, words.RIVALS * 2, (end < NEVER) & (who % 5 < 2)),
        "plan": coded(np.searchsorted(PRICES, price, side="right") - 1, PLANS),
        "mrr": money(price),
        "currency": constant(CURRENCY, len(who)),
        "updated_at": times(changed),
    }
    day = world.export_day(day_of(changed))
    world.ledger.add("subscriptions", columns, day=day, is_version=is_version)


def _lose_members(world: World, month: Month) -> None:
    """Low scorers leave three times as often as those in the middle, high scorers half as often."""
    people, rng = world.members, world.plan.stream("churn", month.index)
    who = people.active(month.start)
    who = who[(people.created[who] < month.start) & (who > SUBSCRIBER)]
    score = people.last_nps[who]
    risk = np.select([score < 0, score <= 6, score <= 8], [1.0, 3.0, 1.0], 0.5) * 0.012
    leaves = rng.random(len(who)) < risk
    gone = who[leaves]
    people.churned[gone] = month.moments(rng, people.region[gone])
    open_ones = world.subscriptions
    ending = np.flatnonzero(
        open_ones.is_open
        & (people.churned[open_ones.member] < month.end)
        & (open_ones.started < month.start)
    )
    subscriber = open_ones.member[ending]
    ended = np.maximum(people.churned[subscriber], month.start)
    _export_subscriptions(
        world,
        subscriber,
        started=open_ones.started[ending],
        price=open_ones.price[ending],
        changed=ended,
        ended=ended,
        is_version=True,
    )
    open_ones.is_open[ending] = False


def _change_prices(world: World, month: Month) -> None:
    rng, subscriptions = world.plan.stream("prices", month.index), world.subscriptions
    may_change = np.flatnonzero(subscriptions.is_open & (subscriptions.started < month.start))
    changing = may_change[rng.random(len(may_change)) < 0.015]
    who = subscriptions.member[changing]
    subscriptions.price[changing] *= np.where(rng.random(len(who)) < 0.7, 1.25, 0.8)
    moment = month.moments(rng, world.members.region[who])
    price = np.round(subscriptions.price[changing], 2)
    columns = {
        "subscription_id": ids("S", who),
        "changed_at": times(moment),
        "mrr": money(price),
        "reason": coded(rng.integers(0, 2, len(who)), ("plan change", "new price list")),
        "updated_at": times(moment),
    }
    world.ledger.add("subscription_changes", columns, day=day_of(moment))
    started = subscriptions.started[changing]
    _export_subscriptions(world, who, started=started, price=price, changed=moment, is_version=True)


def _withdraw_consents(world: World, month: Month) -> None:
    people, rng = world.members, world.plan.stream("consents", month.index)
    who = people.active(month.start)
    who = who[people.wants_marketing[who] & (people.created[who] < month.start)]
    who = who[rng.random(len(who)) < 0.004]
    people.wants_marketing[who] = False
    moment = month.moments(rng, people.region[who])
    _add_consents(world, who, "marketing", people.wants_marketing[who], moment)
    first = np.zeros(len(who), np.bool_)
    _export_customers(world, who, first, moment, is_version=True)


def _export_employees(world: World, month: Month) -> None:
    rng = world.plan.stream("employees", -1)
    number = np.arange(1, world.employees + 1)
    hired = month.start - rng.integers(100 * DAY, 3000 * DAY, len(number))
    trained = month.start - rng.integers(DAY, 90 * DAY, len(number))
    columns = {
        "employee_id": ids("E", number),
        "team": coded(number % 4, TEAMS),
        "role": coded(number % 7 // 6, ("agent", "lead")),
        "hired_at": times(hired),
        "left_at": times(trained + DAY // 2, rng.random(len(number)) < 0.08),
        "trained_topics": coded(number % 3, ("delivery;refund", "payment", "product;app")),
        "last_trained_at": times(trained, rng.random(len(number)) < 0.8),
        "updated_at": times(np.full(len(number), month.start)),
    }
    day = np.full(len(number), month.first_day, np.int32)
    world.ledger.add("employees", columns, day=day)


def _export_accounts(world: World, month: Month) -> None:
    rng = world.plan.stream("accounts", -1)
    number = np.arange(world.accounts)
    created = month.start - rng.integers(30 * DAY, 2000 * DAY, len(number))
    columns = {
        "account_id": ids("A", number + 100),
        "name": coded(number % len(words.COMPANIES), words.COMPANIES),
        "industry": coded(rng.integers(0, 4, len(number)), ("retail", "food", "care", "media")),
        "country": coded(rng.integers(0, 6, len(number)), ("IR", "AE", "SA", "EG", "GB", "US")),
        "plan": coded(rng.integers(0, 3, len(number)), PLANS),
        "owner_employee_id": ids("E", 1 + rng.integers(0, world.employees, len(number))),
        "created_at": times(created),
        "updated_at": times(created),
    }
    day = np.full(len(number), month.first_day, np.int32)
    world.ledger.add("accounts", columns, day=day)


def _ask_employees(world: World, month: Month) -> None:
    rng = world.plan.stream("employee feedback", month.index)
    number = 1 + rng.permutation(world.employees)[: max(3, world.employees // 4)]
    moment = month.start + rng.integers(8 * HOUR, 25 * DAY, len(number))
    topic = rng.integers(0, len(words.TOPICS), len(number))
    says = np.where(rng.random(len(number)) < 0.6, rng.integers(0, 4, len(number)), -1)
    columns = {
        "feedback_id": ids("F", month.index * 100_000 + np.arange(len(number))),
        "submitted_at": times(moment),
        "employee_id": ids("E", number),
        "team": coded(number % 4, TEAMS),
        "enps": numbers(np.clip(np.round(rng.normal(7.3, 2.0, len(number))), 0, 10)),
        "topic": coded(topic, words.TOPICS),
        "text": coded(
            says,
            words.STAFF_SAYS,
        ),
        "pain_rank": numbers(1 + rng.integers(0, 5, len(number))),
        "updated_at": times(moment),
    }
    world.ledger.add("employee_feedback", columns, day=day_of(moment))


def _decide(world: World, month: Month) -> None:
    kind = np.array([month.index // 3 % 4])
    moment = np.array([month.start + 10 * HOUR], dtype=np.int64)
    columns = {
        "decision_id": ids("D", np.array([month.index])),
        "decided_at": times(moment),
        "title": coded(
            kind,
            (
                "Second courier for large cities",
                "Fewer fields in the mobile checkout",
                "Refunds up to 50 without approval",
                "Support opens at weekends",
            ),
        ),
        "is_visible_to_customer": numbers(kind != 2),
        "touchpoint": coded(kind, ("delivery", "checkout", "return", "support_call")),
        "expected_effect": constant("satisfaction up by 3 points", 1),
        "cost": money(np.array([12_000.0])),
        "review_at": times(moment + 90 * DAY),
        "updated_at": times(moment),
    }
    world.ledger.add("decisions", columns, day=day_of(moment))
