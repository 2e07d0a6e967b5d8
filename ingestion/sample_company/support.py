"""Support and other contacts: tickets with their messages and changes, calls, chats, visits.

A ticket is exported when it is opened and when it is solved or given up; messages and changes as
they happen.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_company import words
from ingestion.sample_company.columns import coded, constant, either, ids, money, numbers, times
from ingestion.sample_company.orders import STORE, Orders
from ingestion.sample_company.timeline import DAY, HOUR, NEVER, Flags, Ints, Month, day_of
from ingestion.sample_company.world import World

STATUSES = ("open", "closed", "solved")
TICKET_CHANNELS = ("email", "chat", "phone", "web")


@dataclass(frozen=True)
class Tickets:
    """The tickets that a month gives rise to; `order` is the position of the late order or -1."""

    number: Ints
    member: Ints
    order: Ints
    created: Ints
    replied: Ints
    solved: Ints
    reopened: Flags
    is_spam: Flags
    channel: npt.NDArray[np.int64]
    topic: npt.NDArray[np.int64]

    @property
    def last(self) -> Ints:
        """When it is solved, or for what is never solved, answered."""
        return np.where(self.solved < NEVER, self.solved, self.replied)


def give_support(world: World, month: Month, orders: Orders) -> Tickets:
    """One month of tickets and other contacts."""
    rng = world.plan.stream("tickets", month.index)
    tickets = _open(world, month, orders, rng)
    _export_tickets(world, orders, tickets, rng)
    _export_changes(world, tickets)
    _export_messages(world, tickets, rng)
    _ask_again(world, month, tickets)
    slow = tickets.solved - tickets.created > 3 * DAY
    np.add.at(world.members.mood, tickets.member, np.where(slow, -0.35, -0.05))
    _meet(world, month, orders)
    return tickets


def _open(world: World, month: Month, orders: Orders, rng: np.random.Generator) -> Tickets:
    people = world.members
    late = np.flatnonzero(orders.is_late & (orders.member >= 0))
    late = late[rng.random(len(late)) < 0.3]
    active = people.active(month.start)
    active = active[people.created[active] < month.start]
    others = active[(rng.random(len(active)) < 0.022) | ((active == 0) & (month.index == 0))]
    member = np.concatenate([others, orders.member[late]])
    asked = month.moments(rng, people.region[others])
    if month.index == 0:
        asked[0] = month.start + 8 * HOUR
    complained = orders.promised[late] + rng.integers(HOUR, 2 * DAY, len(late))
    created = np.concatenate([asked, complained])
    count = len(created)
    replied = created + 60 + (3 * HOUR * rng.lognormal(0, 0.9, count)).astype(np.int64)
    solved = replied + 60 + (14 * HOUR * rng.lognormal(0, 1.0, count)).astype(np.int64)
    never_solved = (rng.random(count) < 0.05) & (np.arange(count) > 0)
    topic = rng.choice(6, count, p=[0.3, 0.15, 0.2, 0.15, 0.1, 0.1])
    topic[len(others) :] = 0
    return Tickets(
        number=month.index * 10_000_000 + np.arange(count),
        member=member,
        order=np.concatenate([np.full(len(others), -1), late]),
        created=created,
        replied=replied,
        solved=np.where(never_solved, NEVER, solved),
        reopened=(rng.random(count) < 0.07) & ~never_solved,
        is_spam=(rng.random(count) < 0.01) & (np.arange(count) > 0),
        channel=rng.choice(4, count, p=[0.4, 0.25, 0.25, 0.1]),
        topic=topic,
    )


def _export_tickets(
    world: World, orders: Orders, tickets: Tickets, rng: np.random.Generator
) -> None:
    draws = rng.random((4, len(tickets.number)))
    everyone = np.ones(len(tickets.number), np.bool_)
    opened, last = day_of(tickets.created), day_of(tickets.last)
    at_once = opened == last
    columns = _ticket_columns(world, orders, tickets, draws, at_once)
    world.ledger.add("tickets", columns, day=opened)
    columns = _ticket_columns(world, orders, tickets, draws, everyone)
    world.ledger.add_kept("tickets", columns, ~at_once, last, is_version=True)


def _ticket_columns(
    world: World,
    orders: Orders,
    tickets: Tickets,
    draws: npt.NDArray[np.float64],
    is_done: Flags,
) -> dict[str, pa.Array]:
    people, member = world.members, tickets.member
    solved = np.where(is_done, tickets.solved, NEVER)
    by_address = (draws[0] < 0.25) & people.has_email[member] & ~people.is_shared[member]
    by_phone = (draws[0] > 0.9) & people.has_phone[member] & ~people.is_shared[member]
    other_address = by_address & people.has_alternative[member] & (draws[1] < 0.7)
    first_solved = tickets.replied + (solved - tickets.replied) // 2
    order, is_solved = np.maximum(tickets.order, 0), solved < NEVER
    count = len(member)
    return {
        "ticket_id": ids("T", tickets.number),
        "created_at": times(tickets.created),
        "customer_id": people.crm_id(member, present=~by_address & ~by_phone),
        "email": either(
            people.alternative_email(member, other_address), people.email(member, by_address)
        ),
        "phone": people.phone(member, by_phone),
        "channel": coded(tickets.channel, TICKET_CHANNELS),
        "topic": coded(tickets.topic, words.TOPICS),
        "priority": coded((draws[2] * 3).astype(np.int64), ("low", "normal", "high")),
        "status": coded(np.select([~is_solved, draws[2] < 0.8], [0, 1], 2), STATUSES),
        "opened_by": coded((draws[3] < 0.08) * 1, ("customer", "agent")),
        "first_reply_at": times(tickets.replied, is_done),
        "first_solved_at": times(np.where(tickets.reopened, first_solved, solved), is_solved),
        "solved_at": times(solved),
        "closed_at": times(solved, draws[2] < 0.8),
        "reopens": numbers(np.where(tickets.reopened & (is_solved), 1, 0)),
        "agent_replies": numbers(is_done * (1 + (draws[1] * 2.2).astype(np.int64))),
        "agent_employee_id": ids("E", 1 + tickets.number % world.employees),
        "team": coded((tickets.topic == 0) * 1, ("support", "delivery")),
        "case_id": ids("K", member, draws[3] > 0.5),
        "context_known": numbers(draws[1] < 0.6),
        "is_first_level_resolvable": numbers(draws[0] < 0.85),
        "is_complaint": numbers((tickets.order >= 0) | (draws[3] > 0.9)),
        "is_spam": numbers(tickets.is_spam),
        "escalated": numbers(draws[3] > 0.95),
        "related_order_id": ids("O", orders.number[order], tickets.order >= 0),
        "refund_amount": money(np.full(count, 4.9), (tickets.order >= 0) & (is_solved)),
        "updated_at": times(np.where(is_done, tickets.last, tickets.created)),
    }


def _export_changes(world: World, tickets: Tickets) -> None:
    for status, moment in enumerate((tickets.created, tickets.replied, tickets.solved)):
        replied = moment > tickets.created
        columns = {
            "ticket_id": ids("T", tickets.number),
            "changed_at": times(moment),
            "status": constant(("new", "open", "solved")[status], len(moment)),
            "team": coded((tickets.topic == 0) * 1, ("support", "delivery")),
            "agent_employee_id": ids("E", 1 + tickets.number % world.employees, replied),
            "updated_at": times(moment),
        }
        world.ledger.add_kept("ticket_changes", columns, moment < NEVER, day_of(moment))


def _export_messages(world: World, tickets: Tickets, rng: np.random.Generator) -> None:
    """What was written: the question, the machine's receipt, the answer, at times a note inside."""
    count = len(tickets.number)
    texts, moods, personal, hostile = words.comments()
    region = world.members.region[tickets.member]
    kind = rng.random(count)
    asked = np.array(moods)[0, region, 0] + tickets.number % 4
    asked = np.where(kind < 0.03, np.array(personal)[region, 0] + tickets.number % 3, asked)
    asked = np.where(kind > 0.995, hostile + tickets.number % len(words.HOSTILE), asked)
    answers = len(texts) + region
    texts += [
        *words.AGENT_SAYS,
        "We have received your message.",
        "Courier says address was wrong, check.",
    ]
    receipt, note = np.full(count, len(texts) - 2), np.full(count, len(texts) - 1)
    everyone = np.ones(count, np.bool_)
    messages = (
        ("customer", tickets.created, asked, everyone),
        ("bot", tickets.created + 5, receipt, everyone),
        ("agent", tickets.replied - 30, note, rng.random(count) < 0.2),
        ("agent", tickets.replied, answers, everyone),
        ("customer", tickets.replied + 40, asked, tickets.reopened),
    )
    for position, (author, moment, text, keep) in enumerate(messages):
        columns = {
            "message_id": ids("M", tickets.number * 10 + position),
            "ticket_id": ids("T", tickets.number),
            "created_at": times(moment),
            "author_role": constant(author, count),
            "is_public": numbers(np.full(count, position != 2)),
            "channel": coded(tickets.channel, TICKET_CHANNELS),
            "text": coded(text, texts),
            "updated_at": times(moment),
        }
        world.ledger.add_kept("ticket_messages", columns, keep, day_of(moment))


def _ask_again(world: World, month: Month, tickets: Tickets) -> None:
    """Who waits long calls or chats about the same matter; agents know the case, or do not."""
    people, rng = world.members, world.plan.stream("follow-ups", month.index)
    is_slow = tickets.solved - tickets.created > DAY
    asks = rng.random(len(tickets.number)) < np.where(is_slow, 0.4, 0.1)
    asks &= ~tickets.is_spam
    member, topic = tickets.member[asks], tickets.topic[asks]
    count = len(member)
    moments = tickets.created[asks] + rng.integers(4 * HOUR, 5 * DAY, count)
    kind = (rng.random(count) < 0.4) * CHAT
    draws = rng.random((4, count))
    columns = {
        "interaction_id": ids("I", month.index * 10_000_000 + 8_000_000 + np.arange(count)),
        "occurred_at": times(moments),
        "channel": coded(kind, _CONTACT_CHANNELS),
        "touchpoint": coded(kind, _TOUCHPOINTS),
        "customer_id": people.crm_id(member),
        "environment": coded(kind, _ENVIRONMENTS),
        "direction": constant("inbound", count),
        "team": constant("support", count),
        "employee_id": ids("E", 1 + member % world.employees),
        "topic": coded(topic, words.TOPICS),
        "case_id": ids("K", member, draws[0] < 0.5),
        "duration_seconds": numbers(np.round(60 + 400 * draws[1])),
        "wait_seconds": numbers(np.round(-90 * np.log1p(-draws[2]))),
        "cost": money(np.array([4.2, 2.1])[kind]),
        # the chat shows the agent the history more often than the telephone does
        "context_known": numbers(draws[3] < np.where(kind == CHAT, 0.75, 0.5)),
        "updated_at": times(moments),
    }
    world.ledger.add("interactions", columns, day=day_of(moments))


CALL, CHAT, VISIT, CAMPAIGN, RENEWAL = range(5)
_TOUCHPOINTS = ("support_call", "support_chat", "store_visit", "campaign", "renewal")
_CONTACT_CHANNELS = ("phone", "chat", "store", "email", "phone")
_ENVIRONMENTS = ("call_centre", "web", "store", "third_party", "call_centre")


def _meet(world: World, month: Month, orders: Orders) -> None:
    """Calls, chats, store visits and campaigns; store purchases are visits with a till receipt."""
    people, rng = world.members, world.plan.stream("contacts", month.index)
    active = people.active(month.start)
    active = active[people.created[active] < month.start]
    member = np.repeat(active, rng.poisson(0.17, len(active)))
    bought = orders.member[(orders.channel == STORE) & (orders.member >= 0)]
    moments = np.concatenate(
        [
            month.moments(rng, people.region[member]),
            orders.ordered[(orders.channel == STORE) & (orders.member >= 0)],
        ]
    )
    kind = np.concatenate(
        [
            rng.choice(5, len(member), p=[0.3, 0.22, 0.16, 0.28, 0.04]),
            np.full(len(bought), VISIT),
        ]
    )
    member = np.concatenate([member, bought])
    _export_contacts(world, month, member, moments, kind, rng)
    _take_unknown_calls(world, month)


def _export_contacts(
    world: World,
    month: Month,
    member: Ints,
    moments: Ints,
    kind: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """Callers are known by number, chatters by address and browser, the others by their card."""
    people, count = world.members, len(member)
    draws = rng.random((5, count))
    by_phone = (
        (kind == CALL) & people.has_phone[member] & ~people.is_shared[member] & (draws[0] < 0.7)
    )
    by_address = (kind == CHAT) & people.has_email[member] & ~people.is_shared[member]
    browser = people.mobile[member]
    has_browser = (kind == CHAT) & (browser >= 0)
    world.browsers.link(browser[has_browser], day_of(moments[has_browser]))
    is_bot = (kind == CHAT) & (draws[1] < 0.5)
    is_held_out = (kind == CAMPAIGN) & (draws[3] < 0.1)
    columns = {
        "interaction_id": ids("I", month.index * 10_000_000 + np.arange(count)),
        "occurred_at": times(moments),
        "channel": coded(np.where(is_bot, 5, kind), (*_CONTACT_CHANNELS, "chatbot")),
        "touchpoint": coded(kind, _TOUCHPOINTS),
        "customer_id": people.crm_id(member, present=~by_phone & ~by_address),
        "email": people.email(member, by_address),
        "phone": _spaced(people.phone(member, by_phone)),
        "anonymous_id": coded(np.where(has_browser, browser, -1), world.browsers.codes),
        "environment": coded(kind, _ENVIRONMENTS),
        "direction": coded(((kind == CAMPAIGN) | (kind == RENEWAL)) * 1, ("inbound", "outbound")),
        "team": coded(kind, ("support", "support", "store", "marketing", "sales")),
        "employee_id": ids("E", 1 + member % world.employees, (kind != CAMPAIGN) & ~is_bot),
        "topic": coded((draws[2] * 6).astype(np.int64), words.TOPICS, kind <= CHAT),
        "case_id": ids("K", member, (kind <= CHAT) & (draws[3] > 0.5)),
        "duration_seconds": numbers(np.round(60 + 400 * draws[3]), kind != CAMPAIGN),
        "wait_seconds": numbers(np.round(-90 * np.log1p(-draws[1])), kind <= CHAT),
        "outcome": coded((draws[4] * 3).astype(np.int64), ("solved", "follow-up", "no answer")),
        "cost": money(np.array([4.2, 2.1, 0.8, 0.02, 3.5])[kind]),
        "is_personalised": numbers((draws[2] < 0.6) & ~is_held_out, kind >= CAMPAIGN),
        "experiment_group": coded(is_held_out * 1, ("treated", "hold-out"), kind == CAMPAIGN),
        "handed_over_to_human": numbers(draws[4] < 0.35, is_bot),
        "context_known": numbers(draws[0] < 0.55, kind <= CHAT),
        "campaign_id": ids("N", np.full(count, month.index), kind == CAMPAIGN),
        "text": coded(people.name_code(member), words.call_notes(), kind == CALL),
        "updated_at": times(moments),
    }
    world.ledger.add("interactions", columns, day=day_of(moments))


def _spaced(phones: pa.Array) -> pa.Array:
    """The numbers as the telephone system writes them: +98 912 000 0017."""
    return pc.replace_substring_regex(
        phones, pattern=r"^\+(98|971|44)(\d+)(\d{3})(\d{4})$", replacement=r"+\1 \2 \3 \4"
    )


def _take_unknown_calls(world: World, month: Month) -> None:
    """Callers whose number nobody has: people known by nothing else."""
    rng = world.plan.stream("unknown callers", month.index)
    count = world.scaled(0.02)
    moments = month.moments(rng, rng.integers(0, 3, count).astype(np.int8))
    who = world.strangers.add(day_of(moments))
    template = {
        "interaction_id": ids("I", month.index * 10_000_000 + 9_000_000 + np.arange(count)),
        "occurred_at": times(moments),
        "channel": constant("phone", count),
        "touchpoint": constant("enquiry", count),
        "phone": world.strangers.phone(who),
        "environment": constant("call_centre", count),
        "direction": constant("inbound", count),
        "team": constant("sales", count),
        "duration_seconds": numbers(np.round(30 + 200 * rng.random(count))),
        "wait_seconds": numbers(np.round(60 * rng.random(count))),
        "updated_at": times(moments),
    }
    world.ledger.add("interactions", template, day=day_of(moments))
