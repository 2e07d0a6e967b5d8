"""Surveys: what people answer, and what the company does about low scores.

Relational NPS in quarterly waves; CSAT after a delivery; CSAT and CES after a ticket; CES inside
the shop after the checkout; thumbs after a chat; on the help pages, whether one would have called
otherwise; an open link; and a weighted panel that rates the own brand beside its rivals. Answers
typed in by agents or testers, and those of test accounts and employees, come through the open link
and count nowhere.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingestion.sample_company import words
from ingestion.sample_company.columns import (
    as_text,
    coded,
    constant,
    ids,
    numbers,
    times,
    where_present,
)
from ingestion.sample_company.invitations import (
    AFTER_CHECKOUT,
    AFTER_DELIVERY,
    AFTER_TICKET,
    RELATIONAL,
    UNINVITED,
    Asked,
    first_number,
    invite,
    may_be_asked,
    spoken_score,
)
from ingestion.sample_company.orders import APP, STORE, WEB, Orders
from ingestion.sample_company.support import Tickets
from ingestion.sample_company.timeline import (
    DAY,
    HOUR,
    NEVER,
    Flags,
    Floats,
    Ints,
    Month,
    day_of,
)
from ingestion.sample_company.web import HELP, Sessions
from ingestion.sample_company.words import RIVALS
from ingestion.sample_company.world import World

BRAND = "Simorgh"
"""The company's own brand, as the panel names it (CX_BRAND)."""
AFTER_CHAT, OPEN_LINK, PANEL, AFTER_HELP = range(UNINVITED, UNINVITED + 4)
NPS, CSAT, CES = range(3)
HEADLINES = ("nps", "csat", "ces")
DEVICES = ("mobile", "desktop")
DRIVERS = ("drv_delivery", "drv_service", "drv_price")


@dataclass(frozen=True)
class Answers:
    """Answered forms of one survey: who, when and where, shared by the rows of every question."""

    survey_id: str
    number: Ints
    moment: Ints
    columns: dict[str, pa.Array]
    member: Ints
    is_mobile: Flags
    is_late: Flags

    def export(
        self,
        world: World,
        question: str,
        score: Floats,
        *,
        keep: Flags | None = None,
        text: pa.Array | None = None,
        is_not_applicable: Flags | None = None,
    ) -> None:
        """Hands in the rows of one question; an answer without a score is NaN here, null there."""
        count = len(self.number)
        skipped = np.zeros(count, np.bool_) if is_not_applicable is None else is_not_applicable
        columns = {
            "response_id": ids("Q", self.number),
            "survey_id": constant(self.survey_id, count),
            "question_id": constant(question, count),
            "responded_at": times(self.moment),
            "score": numbers(score, ~np.isnan(score) & ~skipped),
            "text": pa.nulls(count, pa.string()) if text is None else as_text(text),
            "is_not_applicable": numbers(skipped),
            "device": coded(np.where(self.is_mobile, 0, 1), DEVICES),
            **self.columns,
            "updated_at": times(self.moment),
        }
        kept = np.ones(count, np.bool_) if keep is None else keep
        world.ledger.add_kept("survey_responses", columns, kept, day_of(self.moment))

    def headline(
        self, world: World, question: int, score: Floats, *, text: pa.Array | None = None
    ) -> None:
        """Hands in the rows of a headline question, and remembers them for the true scores."""
        self.export(world, HEADLINES[question], score, text=text)
        self.remember(world, question, score, is_counted=~world.members.is_internal[self.member])

    def remember(
        self,
        world: World,
        question: int,
        score: Floats,
        *,
        is_counted: Flags,
        browser: Ints | None = None,
        stranger: Ints | None = None,
    ) -> None:
        """Notes the headline answers and who gave them; below zero is nobody."""
        count = len(score)
        nobody = np.full(count, -1, np.int64)
        world.history.note(
            "answers",
            {
                "question": np.full(count, question),
                "score": score,
                "moment": self.moment,
                "member": self.member,
                "browser": nobody if browser is None else browser,
                "stranger": nobody if stranger is None else stranger,
                "is_mobile": self.is_mobile,
                "is_late": self.is_late,
                "is_counted": is_counted,
                "is_delivery": np.full(count, self.survey_id == "after-delivery"),
                "is_panel": np.full(count, self.survey_id.startswith("panel-")),
            },
        )


def hold_surveys(world: World, month: Month, orders: Orders, tickets: Tickets) -> None:
    """One month of surveys."""
    if month.index == 0:
        _export_standing_questions(world, month)
    if month.index == 0 or month.of_year % 3 == 1:
        _ask_relationship(world, month)
    if month.index % 6 == 0:
        _ask_panel(world, month)
    _ask_after_delivery(world, month, orders)
    _ask_after_ticket(world, month, tickets)
    _ask_after_checkout(world, month, orders)
    _ask_after_chat(world, month, tickets)
    _take_open_answers(world, month)


def _answers(
    world: World, asked: Asked, completed: Ints, is_mobile: Flags, **facts: object
) -> Answers:
    """The forms of those who completed their invitation."""
    people = world.members
    at = np.flatnonzero(completed < NEVER)
    who = asked.who[at]
    count = len(at)
    by_address = (asked.number[at] % 10 == 3) & people.has_email[who] & ~people.is_shared[who]
    empty = pa.nulls(count, pa.string())
    late = facts.get("is_late")
    position = pa.array(at)
    columns = {
        "invitation_id": ids("IV", asked.number[at]),
        "customer_id": people.crm_id(who, present=~by_address),
        "email": people.email(who, by_address),
        "anonymous_id": empty,
        "channel": constant("web" if asked.is_in_app else "email", count),
        "touchpoint": constant(str(facts["touchpoint"]), count) if "touchpoint" in facts else empty,
        "language": people.language(who),
        "order_id": empty,
        "ticket_id": empty,
        "session_id": empty,
        **{name: as_text(column).take(position) for name, column in asked.contact.items()},
        "stratum": coded(people.region[who], ("fa", "ar", "en")),
        "brand": empty,
        "weight": pa.nulls(count, pa.float64()),
        "submitted_by": constant("customer", count),
    }
    return Answers(
        survey_id=asked.survey_id,
        number=asked.number[at],
        moment=completed[at],
        columns=columns,
        member=who,
        is_mobile=is_mobile[at],
        is_late=np.zeros(count, np.bool_) if late is None else np.asarray(late)[at],
    )


def _ask_relationship(world: World, month: Month) -> None:
    people, rng = world.members, world.plan.stream("relationship", month.index)
    who = people.active(month.start)
    who = who[(people.created[who] < month.start) & may_be_asked(world, who)]
    who = who[(rng.random(len(who)) < 0.4) | ((who == 0) & (month.index == 0))]
    survey_id = f"relationship-{month.label}"
    _export_frame(world, month, survey_id)
    _export_questions(world, month, survey_id, _RELATIONSHIP_QUESTIONS, month.start)
    day, second = rng.integers(0, 9, len(who)), rng.integers(0, HOUR, len(who))
    sent = month.start + day * DAY + 9 * HOUR + second
    sent[who == 0] = month.start + 9 * HOUR
    number = first_number(month, RELATIONAL) + np.arange(len(who))
    asked = Asked(RELATIONAL, survey_id, number, who, sent, {})
    completed = invite(world, month, asked, rng)
    is_mobile = people.device[who] == 0
    answers = _answers(world, asked, completed, is_mobile)
    centre = 8.1 + 1.5 * people.mood[answers.member]
    score = np.clip(np.round(centre + rng.normal(0, 1.3, len(centre))), 0, 10)
    if month.index == 0:
        score[answers.member == 0] = 4
    text = _comment(world, rng, answers, np.select([score <= 6, score <= 8], [0, 1], 2))
    answers.headline(world, NPS, score, text=text)
    _ask_details(world, rng, answers)
    people.last_nps[answers.member] = score.astype(np.int8)
    _follow_up(world, rng, answers, score <= 6)


def _ask_details(world: World, rng: np.random.Generator, answers: Answers) -> None:
    """Drivers, an expectation and a touchpoint: none of them a headline."""
    mood = world.members.mood[answers.member]
    nothing = np.full(len(mood), np.nan)
    for question in (*DRIVERS, "exp_delivery", "tp_website"):
        draw = rng.random(len(mood))
        score = spoken_score(rng, 3.6 + 0.6 * mood, low=1, high=5)
        answers.export(world, question, score, keep=draw < 0.75, is_not_applicable=draw < 0.06)
    text = _comment(world, rng, answers, np.ones(len(mood), np.int64), share=1.0)
    answers.export(world, "suggestion", nothing, keep=rng.random(len(mood)) < 0.15, text=text)


def _ask_after_delivery(world: World, month: Month, orders: Orders) -> None:
    people, rng = world.members, world.plan.stream("after delivery", month.index)
    member = np.maximum(orders.member, 0)
    came = (orders.delivered < NEVER) & (orders.channel != STORE) & (orders.member >= 0)
    at = np.flatnonzero(came & may_be_asked(world, member) & (rng.random(len(member)) < 0.55))
    sent = (orders.delivered[at] // DAY + 1) * DAY + 10 * HOUR + rng.integers(0, HOUR, len(at))
    number = first_number(month, AFTER_DELIVERY) + np.arange(len(at))
    contact = {"order_id": ids("O", orders.number[at])}
    asked = Asked(AFTER_DELIVERY, "after-delivery", number, orders.member[at], sent, contact)
    completed = invite(world, month, asked, rng)
    is_late = orders.is_late[at]
    answers = _answers(
        world, asked, completed, orders.on_mobile(world)[at], is_late=is_late, touchpoint="delivery"
    )
    mood = people.mood[answers.member]
    score = spoken_score(rng, 4.3 - 1.5 * answers.is_late + 0.4 * mood, low=1, high=5)
    text = _comment(world, rng, answers, np.select([score <= 2, score <= 3], [0, 1], 2))
    answers.headline(world, CSAT, score, text=text)
    courier = spoken_score(rng, 4.2 - 0.9 * answers.is_late, low=1, high=5)
    answers.export(world, "drv_courier", courier, keep=rng.random(len(mood)) < 0.8)
    _follow_up(world, rng, answers, score <= 2)


def _ask_after_ticket(world: World, month: Month, tickets: Tickets) -> None:
    people, rng = world.members, world.plan.stream("after ticket", month.index)
    solved = (tickets.solved < NEVER) & ~tickets.is_spam & (tickets.channel != 1)
    at = np.flatnonzero(
        solved & may_be_asked(world, tickets.member) & (rng.random(len(solved)) < 0.7)
    )
    sent = tickets.solved[at] + HOUR + rng.integers(0, HOUR, len(at))
    number = first_number(month, AFTER_TICKET) + np.arange(len(at))
    contact = {"ticket_id": ids("T", tickets.number[at])}
    asked = Asked(AFTER_TICKET, "after-ticket", number, tickets.member[at], sent, contact)
    completed = invite(world, month, asked, rng)
    slow = tickets.solved[at] - tickets.created[at] > 2 * DAY
    is_mobile = people.device[asked.who] == 0
    answers = _answers(world, asked, completed, is_mobile, touchpoint="support_ticket")
    slow = slow[completed < NEVER]
    mood = people.mood[answers.member]
    score = spoken_score(rng, 3.9 - 0.8 * slow + 0.4 * mood, low=1, high=5)
    text = _comment(world, rng, answers, np.select([score <= 2, score <= 3], [0, 1], 2))
    answers.headline(world, CSAT, score, text=text)
    ease = spoken_score(rng, 5.4 - 0.7 * slow - 0.6 * answers.is_mobile + 0.3 * mood, low=1, high=7)
    answers.headline(world, CES, ease)
    _follow_up(world, rng, answers, score <= 2)


def _ask_after_checkout(world: World, month: Month, orders: Orders) -> None:
    people, rng = world.members, world.plan.stream("after checkout", month.index)
    member = np.maximum(orders.member, 0)
    browses = (people.mobile[member] >= 0) | (people.desktop[member] >= 0)
    online = np.isin(orders.channel, (WEB, APP)) & (orders.member >= 0) & browses
    at = np.flatnonzero(online & may_be_asked(world, member) & (rng.random(len(member)) < 0.3))
    number = first_number(month, AFTER_CHECKOUT) + np.arange(len(at))
    contact = {"session_id": ids("", orders.number[at])}
    asked = Asked(
        AFTER_CHECKOUT,
        "after-checkout",
        number,
        orders.member[at],
        orders.ordered[at] + 30,
        contact,
    )
    completed = invite(world, month, asked, rng)
    answers = _answers(world, asked, completed, orders.on_mobile(world)[at], touchpoint="checkout")
    mood = people.mood[answers.member]
    ease = spoken_score(rng, 5.7 - 0.9 * answers.is_mobile + 0.2 * mood, low=1, high=7)
    answers.headline(world, CES, ease)


def _ask_after_chat(world: World, month: Month, tickets: Tickets) -> None:
    """Thumbs up or down, on a scale of its own that is never pooled with 1 to 5."""
    people, rng = world.members, world.plan.stream("after chat", month.index)
    solved = (tickets.solved < NEVER) & (tickets.channel == 1)
    at = np.flatnonzero(solved & (rng.random(len(solved)) < 0.4))
    who = tickets.member[at]
    columns = {
        "customer_id": people.crm_id(who),
        "channel": constant("chat", len(at)),
        "touchpoint": constant("support_chat", len(at)),
        "language": people.language(who),
        "ticket_id": ids("T", tickets.number[at]),
        "submitted_by": constant("customer", len(at)),
    }
    number = first_number(month, AFTER_CHAT) + np.arange(len(at))
    no = np.zeros(len(at), np.bool_)
    is_mobile = people.device[who] == 0
    answers = Answers("after-chat", number, tickets.solved[at] + 60, columns, who, is_mobile, no)
    up = (rng.random(len(at)) < 0.72 + 0.1 * people.mood[who]).astype(np.float64)
    answers.export(world, "thumbs", up)


def ask_after_help(world: World, month: Month, sessions: Sessions) -> None:
    """At the end of a visit to the help pages: would you have called otherwise?"""
    rng = world.plan.stream("after help", month.index)
    is_asked = (sessions.purpose == HELP) & ~sessions.is_bot & sessions.has_number
    at = np.flatnonzero(is_asked & (rng.random(len(sessions.number)) < 0.3))
    count = len(at)
    columns = {
        "anonymous_id": coded(sessions.browser[at], world.browsers.codes),
        "channel": constant("web", count),
        "touchpoint": constant("self_service", count),
        "session_id": ids("", sessions.number[at]),
        "submitted_by": constant("customer", count),
    }
    number = first_number(month, AFTER_HELP) + np.arange(count)
    no = np.zeros(count, np.bool_)
    answers = Answers(
        "after-help",
        number,
        sessions.ends[at] + 20,
        columns,
        sessions.member[at],
        sessions.is_mobile[at],
        no,
    )
    answers.export(world, "would_have_called", (rng.random(count) < 0.45).astype(np.float64))


def _take_open_answers(world: World, month: Month) -> None:
    """The open link: visitors, strangers, nobody in particular, agents, testers, own staff."""
    people, rng = world.members, world.plan.stream("open link", month.index)
    count = world.scaled(0.06, at_least=6)
    kind = np.arange(count) % 6
    moment = month.moments(rng, rng.integers(0, 3, count).astype(np.int8))
    visitors = np.flatnonzero(
        world.browsers.is_visitor & (world.browsers.first_seen < month.first_day)
    )
    kind = np.where((kind == 0) & (len(visitors) == 0), 2, kind)
    browser = rng.choice(visitors, count) if len(visitors) else np.full(count, -1)
    browser = np.where(kind == 0, browser, -1)
    stranger = np.full(count, -1, np.int64)
    stranger[kind == 1] = world.strangers.add(day_of(moment[kind == 1]))
    internal = np.flatnonzero(people.is_internal & (people.created < month.start))
    outsiders = people.active(month.start)
    outsiders = outsiders[
        ~people.is_internal[outsiders] & (people.created[outsiders] < month.start)
    ]
    member = np.select(
        [kind == 3, kind == 4, kind == 5],
        [rng.choice(outsiders, count), rng.choice(outsiders, count), rng.choice(internal, count)],
        -1,
    )
    known = np.maximum(member, 0)
    columns = {
        "customer_id": people.crm_id(known, present=member >= 0),
        "email": where_present(world.strangers.email(np.maximum(stranger, 0)), stranger >= 0),
        "anonymous_id": coded(browser, world.browsers.codes),
        "channel": constant("web", count),
        "language": coded(rng.integers(0, 3, count), words.LANGUAGES),
        "submitted_by": coded(
            np.select([kind == 3, kind == 4], [1, 2], 0), ("customer", "agent", "test")
        ),
    }
    number = first_number(month, OPEN_LINK) + np.arange(count)
    no = np.zeros(count, np.bool_)
    answers = Answers("open-link", number, moment, columns, member, rng.random(count) < 0.6, no)
    score = np.clip(np.round(rng.normal(7.0, 2.4, count)), 0, 10)
    answers.export(world, "nps", score)
    answers.remember(world, NPS, score, is_counted=kind <= 2, browser=browser, stranger=stranger)
    hostile = coded(rng.integers(0, len(words.HOSTILE), count), words.HOSTILE)
    only_text = replace(answers, number=number + count)
    only_text.export(world, "nps", np.full(count, np.nan), keep=kind == 2, text=hostile)


def _ask_panel(world: World, month: Month) -> None:
    """A bought panel: nobody is identified, everybody rates the own brand and two rivals."""
    rng = world.plan.stream("panel", month.index)
    people_asked = max(40, world.plan.customers // 60)
    survey_id = panel_id(month)
    moment = month.start + 8 * HOUR + rng.integers(0, 12 * DAY, people_asked)
    moment[0] = month.start + 8 * HOUR
    weight = np.round(np.clip(rng.lognormal(0, 0.35, people_asked), 0.3, 3), 3)
    _export_questions(world, month, survey_id, (("nps", "nps", "", ""),), month.start)
    for position, brand in enumerate((BRAND, *RIVALS)):
        number = first_number(month, PANEL) + np.arange(people_asked) * 3 + position
        score = np.clip(np.round(rng.normal(7.4 - 0.5 * position, 1.9, people_asked)), 0, 10)
        no = np.zeros(people_asked, np.bool_)
        columns = {
            "channel": constant("web", people_asked),
            "brand": constant(brand, people_asked),
            "weight": numbers(weight),
            "submitted_by": constant("customer", people_asked),
        }
        nobody = np.full(people_asked, -1, np.int64)
        answers = Answers(survey_id, number, moment, columns, nobody, no, no)
        answers.export(world, "nps", score)
        if position == 0:
            answers.remember(world, NPS, score, is_counted=~no)


def panel_id(month: Month) -> str:
    """The survey of the panel that is asked in a month."""
    return f"panel-{month.label}"


def _comment(
    world: World,
    rng: np.random.Generator,
    answers: Answers,
    mood: npt.NDArray[np.int64],
    *,
    share: float = 0.45,
) -> pa.Array:
    """What some write beside their score, in their language; a few with personal data, or worse."""
    texts, moods, personal, hostile = words.comments()
    region = world.members.region[answers.member]
    span = np.array(moods)[mood, region]
    draw, kind = rng.random(len(mood)), rng.random(len(mood))
    chosen = span[:, 0] + (draw * 1e6).astype(np.int64) % span[:, 1]
    chosen = np.where(kind < 0.02, np.array(personal)[region, 0] + answers.number % 3, chosen)
    chosen = np.where(kind > 0.995, hostile + answers.number % len(words.HOSTILE), chosen)
    return coded(np.where(draw < share, chosen, -1), texts)


def _follow_up(world: World, rng: np.random.Generator, answers: Answers, is_low: Flags) -> None:
    """Low scores are called back, most of them, and most of those are settled."""
    at = np.flatnonzero(is_low & (rng.random(len(is_low)) < 0.6))
    contacted = answers.moment[at] + rng.integers(2 * HOUR, 72 * HOUR, len(at))
    settled = contacted + rng.integers(HOUR, 6 * DAY, len(at))
    closed = np.where(rng.random(len(at)) < 0.8, settled, NEVER)
    reopened = np.where(rng.random(len(at)) < 0.04, closed + DAY, NEVER)
    for action, moment in (("contacted", contacted), ("closed", closed), ("reopened", reopened)):
        columns = {
            "response_id": ids("Q", answers.number[at]),
            "acted_at": times(moment),
            "action": constant(action, len(at)),
            "employee_id": ids("E", 1 + answers.number[at] % world.employees),
            "outcome": coded(answers.number[at] % 3, ("apologised", "refunded", "explained")),
            "updated_at": times(moment),
        }
        world.ledger.add_kept("feedback_actions", columns, moment < NEVER, day_of(moment))


_RELATIONSHIP_QUESTIONS = (
    ("nps", "nps", "", ""),
    ("drv_delivery", "csat", "delivery", ""),
    ("drv_service", "csat", "service", ""),
    ("drv_price", "csat", "price", ""),
    ("exp_delivery", "csat", "", ""),
    ("tp_website", "csat", "", "website_visit"),
    ("suggestion", "", "", ""),
)
_STANDING_QUESTIONS = {
    "after-delivery": (("csat", "csat", "", ""), ("drv_courier", "csat", "courier", "")),
    "after-ticket": (("csat", "csat", "", ""), ("ces", "ces", "", "")),
    "after-checkout": (("ces", "ces", "", ""),),
    "after-chat": (("thumbs", "csat_thumbs", "", ""),),
    "after-help": (("would_have_called", "would_have_called", "", ""),),
    "open-link": (("nps", "nps", "", ""),),
}
_WORDING = {
    "nps": words.NPS_WORDING,
    "csat": "How satisfied were you?",
    "ces": "The company made it easy for me to handle my issue.",
    "would_have_called": "Without these pages, would you have called or written to us?",
    "exp_delivery": "How good did you expect the delivery to be?",
}


def _export_standing_questions(world: World, month: Month) -> None:
    for survey_id, questions in _STANDING_QUESTIONS.items():
        _export_questions(world, month, survey_id, questions, month.start - 1000 * DAY)


def _export_questions(
    world: World,
    month: Month,
    survey_id: str,
    questions: tuple[tuple[str, str, str, str], ...],
    valid_from: int,
) -> None:
    """Questions as (question_id, scale_id, driver, touchpoint); blank is none."""
    names = [question[0] for question in questions]
    count = len(names)
    headlines = (*HEADLINES, "thumbs", "would_have_called")
    is_headline = np.array([name in headlines for name in names])
    columns = {
        "survey_id": constant(survey_id, count),
        "question_id": pa.array(names),
        "scale_id": pa.array([question[1] or None for question in questions], pa.string()),
        "wording": pa.array([_WORDING.get(name, f"How was it: {name[4:]}?") for name in names]),
        "language": pa.array(["fa" if name == "nps" else "en" for name in names]),
        "touchpoint": pa.array([question[3] or None for question in questions], pa.string()),
        "driver": pa.array([question[2] or None for question in questions], pa.string()),
        "is_headline": numbers(is_headline),
        "is_expectation_of": pa.array(
            ["drv_delivery" if name == "exp_delivery" else None for name in names], pa.string()
        ),
        "position": numbers(np.arange(1, count + 1)),
        "valid_from": times(np.full(count, valid_from)),
        "updated_at": times(np.full(count, month.start)),
    }
    day = np.full(count, month.first_day, np.int32)
    world.ledger.add("survey_questions", columns, day=day)


def _export_frame(world: World, month: Month, survey_id: str) -> None:
    """How many of each language the wave stands for: what its weights may be raked to."""
    people = world.members
    active = people.active(month.start)
    population = np.bincount(people.region[active], minlength=3).astype(np.float64)
    columns = {
        "survey_id": constant(survey_id, 3),
        "stratum_dimension": constant("language", 3),
        "stratum": pa.array(words.LANGUAGES),
        "population": numbers(population),
        "updated_at": times(np.full(3, month.start)),
    }
    world.ledger.add("survey_frame", columns, day=np.full(3, month.first_day, np.int32))
