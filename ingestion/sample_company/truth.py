"""The true answers, reckoned from the simulation's own arrays and not from the files.

Everything is as of the last second of `through`. Shares are 0..1, NPS is -100..100, and each comes
with its counts. Which field means what: the docstring of `true_answers` and of its parts.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ingestion.sample_company.dirt import Account
from ingestion.sample_company.surveys import BRAND, CES, CSAT, NPS
from ingestion.sample_company.timeline import DAY, Flags, Ints, day_of
from ingestion.sample_company.world import World

_BROWSERS_FROM, _STRANGERS_FROM, _NAMELESS_FROM = 10**9, 2 * 10**9, 3 * 10**9


def true_answers(world: World, accounts: dict[str, Account]) -> dict[str, Any]:
    """Everything that `truth.json` says.

    - `arguments`: of `generate`; the same arguments give the same bytes.
    - `brand`: the company's own brand (CX_BRAND), which the panel names beside its rivals.
    - `as_of`: the latest accepted event, UTC: always the last second of `through`.
    - `people`: see `_people`.
    - `rows`: per entity the account of the row: `read` = `accepted` + `superseded` + `withdrawn` +
      the sum of `quarantined` (a count per reason code). Malformed lines are among `read`.
    - `metrics`: see `_metrics`.
    - `effects`: see `_effects`.
    """
    plan = world.plan
    return {
        "arguments": {
            "customers": plan.customers,
            "months": plan.months,
            "seed": plan.seed,
            "through": plan.through.isoformat(),
        },
        "brand": BRAND,
        "as_of": f"{np.datetime64(_as_of(world), 's')}Z",
        "people": _people(world),
        "rows": {
            entity: {
                "read": account.read,
                "accepted": account.accepted,
                "superseded": account.superseded,
                "withdrawn": account.withdrawn,
                "quarantined": dict(sorted(account.quarantined.items())),
            }
            for entity, account in accounts.items()
        },
        "metrics": _metrics(world),
        "effects": _effects(world),
    }


def _as_of(world: World) -> int:
    return (world.plan.last_day + 1) * DAY - 1


def _people(world: World) -> dict[str, int]:
    """Who can be told apart from the accepted rows.

    - `total` = `known` + `anonymous`.
    - `known`: `members` (people with a CRM record, also counted while they are a lead only) and
      `strangers` (an e-mail or a phone number and no CRM record: leads, guests, callers).
    - `anonymous`: anonymous ids seen, and not tied to a known id so far. Robots have none. The
      service desk's browser is shared by `DESK_USERS` members, is nobody, and is not counted;
      nor are the shared mailbox and the office phone.
    - `with_two_records`: members whose two CRM ids both appeared: one merge each.
    - `browsers_stitched`: anonymous ids tied to a member, some of them seen long before.
    - `second_addresses`: members with another e-mail that an identity link ties to them.
    - `test_or_employee`: members flagged as such; `buyers`: people with an order not cancelled.
    - `shared_identifiers`: above the caps, link nobody.
    """
    last, people, browsers = world.plan.last_day, world.members, world.browsers
    seen = people.first_day[: people.count] <= last
    strangers = int((world.strangers.first_day <= last).sum())
    anonymous = int(((browsers.first_seen <= last) & (browsers.linked > last)).sum())
    joined = day_of(people.created[: people.count]) <= last
    linked = day_of(people.created[: people.count] + 3600) <= last
    buyer, _ = _purchases(world, with_internal=True)
    return {
        "total": int(seen.sum()) + strangers + anonymous,
        "known": int(seen.sum()) + strangers,
        "members": int(seen.sum()),
        "strangers": strangers,
        "anonymous": anonymous,
        "with_two_records": int((day_of(people.second_created[: people.count]) <= last).sum()),
        "browsers_stitched": int((browsers.linked[1:] <= last).sum()),
        "second_addresses": int((people.has_alternative[: people.count] & linked).sum()),
        "test_or_employee": int((people.is_internal[: people.count] & joined).sum()),
        "buyers": len(np.unique(buyer)),
        "shared_identifiers": 3,
    }


def _metrics(world: World) -> dict[str, Any]:
    """The headline numbers of metrics.md over all time, each with what it was reckoned from.

    - `nps`: relational, headline, own brand; the last valid answer per person; test accounts,
      employees and answers typed in by agents or testers left out. A panel answer about the own
      brand is relational too (`brand` is the tenant's) and a person of its own.
    - `nps_without_panel`: the same where the own brand's panel answers are left out, as they are
      when CX_BRAND is not set to `brand`.
    - `csat`: transactional, scale 1 to 5, share of 4 and 5 among all answers; `mean` beside it.
    - `ces`: transactional, scale 1 to 7, share of 5 to 7; `mean` beside it.
    - `response_rate`: completed over sent and not bounced, reminders being no invitations;
      `_in_app`: completed over shown; `_pooled`: both together.
    - `on_time_delivery_rate`: orders whose first promise lies at or before `as_of`, not cancelled
      by the customer: delivered by then over all. Without test accounts and employees;
      `_everyone`: with them.
    - `repeat_purchase_rate`: people with orders, not cancelled, on two UTC days at least, over
      people with one. Without test accounts and employees; `_everyone`: with them.
    """
    answers = _answers(world)
    inside = answers["question"] == NPS
    own = inside & ~answers["is_panel"].astype(bool)
    return {
        "nps": _nps(answers, inside),
        "nps_without_panel": _nps(answers, own),
        "csat": _share(answers, answers["question"] == CSAT, at_least=4),
        "ces": _share(answers, answers["question"] == CES, at_least=5),
        **_response_rates(world),
        "on_time_delivery_rate": _on_time(world, with_internal=False),
        "on_time_delivery_rate_everyone": _on_time(world, with_internal=True),
        "repeat_purchase_rate": _repeat_rate(world, with_internal=False),
        "repeat_purchase_rate_everyone": _repeat_rate(world, with_internal=True),
    }


def _effects(world: World) -> dict[str, Any]:
    """What was planted, as it came out.

    - `csat_late`, `csat_on_time`: top-2 share after deliveries later than promised, and others.
    - `ces_mobile`, `ces_desktop`: share of 5 to 7 by device.
    - `churn_detractors`, `_passives`, `_promoters`: members by their last score who have left.
    - `referral_detractors` and so on: those of them who have referred at least one member.
    """
    answers = _answers(world)
    csat = (answers["question"] == CSAT) & answers["is_delivery"].astype(bool)
    ces = answers["question"] == CES
    late, mobile = answers["is_late"].astype(bool), answers["is_mobile"].astype(bool)
    return {
        "csat_late": _share(answers, csat & late, at_least=4),
        "csat_on_time": _share(answers, csat & ~late, at_least=4),
        "ces_mobile": _share(answers, ces & mobile, at_least=5),
        "ces_desktop": _share(answers, ces & ~mobile, at_least=5),
        **_said_and_did(world, answers),
    }


def _answers(world: World) -> dict[str, npt.NDArray[Any]]:
    """The headline answers that count, given by `as_of`, with the person behind each."""
    answers = world.history.all("answers")
    kept = answers["is_counted"].astype(bool) & (answers["moment"] <= _as_of(world))
    kept_answers = {name: values[kept] for name, values in answers.items()}
    kept_answers["person"] = _persons(world, kept_answers)
    return kept_answers


def _persons(world: World, answers: dict[str, npt.NDArray[Any]]) -> Ints:
    """The member, else the owner of the browser once tied, else the browser, stranger or nobody."""
    browsers, people = world.browsers, world.members
    owner = np.full(len(browsers.linked), -1, np.int64)
    for device in (people.mobile[: people.count], people.desktop[: people.count]):
        owner[device[device >= 0]] = np.flatnonzero(device >= 0)
    owner[browsers.linked > world.plan.last_day] = -1
    browser = answers["browser"]
    of_browser = np.where(owner[browser] >= 0, owner[browser], _BROWSERS_FROM + browser)
    return np.select(
        [answers["member"] >= 0, browser >= 0, answers["stranger"] >= 0],
        [answers["member"], of_browser, _STRANGERS_FROM + answers["stranger"]],
        _NAMELESS_FROM + np.arange(len(browser)),
    )


def _nps(answers: dict[str, npt.NDArray[Any]], which: Flags) -> dict[str, Any]:
    person, moment, score = (answers[name][which] for name in ("person", "moment", "score"))
    order = np.lexsort((moment, person))
    is_last = np.append(person[order][1:] != person[order][:-1], True)[: len(order)]
    last = score[order][is_last]
    promoters, detractors = int((last >= 9).sum()), int((last <= 6).sum())
    value = 100 * (promoters - detractors) / len(last) if len(last) else None
    return {"value": value, "n": len(last), "promoters": promoters, "detractors": detractors}


def _share(answers: dict[str, npt.NDArray[Any]], which: Flags, *, at_least: int) -> dict[str, Any]:
    score = answers["score"][which]
    numerator, mean = int((score >= at_least).sum()), float(score.mean()) if len(score) else None
    return {**_ratio(numerator, len(score)), "mean": mean}


def _ratio(numerator: int, denominator: int) -> dict[str, Any]:
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def _response_rates(world: World) -> dict[str, Any]:
    asked, as_of = world.history.all("invitations"), _as_of(world)
    counted = (asked["sent"] <= as_of) & ~asked["is_bounced"].astype(bool)
    completed, in_app = asked["completed"] <= as_of, asked["is_in_app"].astype(bool)
    rates = {}
    for name, which in (("", ~in_app), ("_in_app", in_app), ("_pooled", in_app | ~in_app)):
        numerator = int((counted & completed & which).sum())
        rates[f"response_rate{name}"] = _ratio(numerator, int((counted & which).sum()))
    return rates


def _orders(world: World, *, with_internal: bool) -> dict[str, npt.NDArray[Any]]:
    orders, people = world.history.all("orders"), world.members
    is_internal = (orders["member"] >= 0) & people.is_internal[np.maximum(orders["member"], 0)]
    kept = (orders["ordered"] <= _as_of(world)) & (with_internal | ~is_internal)
    return {name: values[kept] for name, values in orders.items()}


def _on_time(world: World, *, with_internal: bool) -> dict[str, Any]:
    orders, as_of = _orders(world, with_internal=with_internal), _as_of(world)
    called_off = orders["by_customer"].astype(bool) & (orders["closed"] <= as_of)
    due = (orders["promised"] <= as_of) & ~called_off
    on_time = due & (orders["delivered"] <= orders["promised"])
    return _ratio(int(on_time.sum()), int(due.sum()))


def _purchases(world: World, *, with_internal: bool) -> tuple[Ints, Ints]:
    """Buyer and day of every order that is not cancelled."""
    orders, as_of = _orders(world, with_internal=with_internal), _as_of(world)
    cancelled = orders["is_cancelled"].astype(bool) & (orders["closed"] <= as_of)
    buyer = np.where(orders["member"] >= 0, orders["member"], _STRANGERS_FROM + orders["stranger"])
    return buyer[~cancelled], orders["ordered"][~cancelled] // DAY


def _repeat_rate(world: World, *, with_internal: bool) -> dict[str, Any]:
    buyer, day = _purchases(world, with_internal=with_internal)
    days_bought = np.unique(np.stack([buyer, day]), axis=1)[0]
    _, days_per_buyer = np.unique(days_bought, return_counts=True)
    return _ratio(int((days_per_buyer >= 2).sum()), len(days_per_buyer))


def _said_and_did(world: World, answers: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    people, as_of = world.members, _as_of(world)
    at = np.flatnonzero((answers["question"] == NPS) & (answers["member"] >= 0))
    at = at[np.argsort(answers["moment"][at], kind="stable")]
    last_score = np.full(people.count, -1, np.int64)
    last_score[answers["member"][at]] = answers["score"][at]
    has_left = people.churned[: people.count] <= as_of
    referrer = people.referrer[: people.count]
    joined = people.created[: people.count] <= as_of
    has_referred = np.zeros(people.count, np.bool_)
    has_referred[referrer[(referrer >= 0) & joined]] = True
    groups = {"detractors": (0, 6), "passives": (7, 8), "promoters": (9, 10)}
    result = {}
    for did, flag in (("churn", has_left), ("referral", has_referred)):
        for name, (low, high) in groups.items():
            group = (last_score >= low) & (last_score <= high)
            result[f"{did}_{name}"] = _ratio(int((flag & group).sum()), int(group.sum()))
    return result
