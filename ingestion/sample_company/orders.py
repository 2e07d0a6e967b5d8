"""Orders: who buys when, what was promised, when it came; lines, and reviews of what came.

An order is exported when it is placed, when it is closed (delivered or cancelled) and when it is
returned; its lines and deliveries are exported when it is closed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingestion.sample_company import words
from ingestion.sample_company.back_office import CURRENCY
from ingestion.sample_company.columns import (
    coded,
    constant,
    either,
    ids,
    money,
    numbers,
    times,
    where_present,
)
from ingestion.sample_company.timeline import DAY, HOUR, NEVER, Flags, Ints, Month, day_of
from ingestion.sample_company.world import World

WEB, APP, STORE, PHONE = 0, 1, 2, 3
CHANNELS = ("web", "app", "store", "phone")
PAID, DELIVERED, CANCELLED, RETURNED = 0, 1, 2, 3
STATUSES = ("paid", "delivered", "cancelled", "returned")
PAYMENT_TYPES = ("card", "wallet", "cash", "invoice")
BLACK_FRIDAY, NEW_YEAR = 11, 12


@dataclass(frozen=True)
class Orders:
    """The orders placed in a month, whatever becomes of them later.

    `member` is negative for guests, who are strangers. `closed` is the moment of delivery or
    cancellation; `outcome` what it was (`PAID`: the parcel was lost and the order never closed).
    """

    number: Ints
    member: Ints
    stranger: Ints
    second: Flags
    ordered: Ints
    channel: npt.NDArray[np.int64]
    promised: Ints
    closed: Ints
    returned: Ints
    outcome: npt.NDArray[np.int64]
    by_customer: Flags

    @property
    def delivered(self) -> Ints:
        """When it came; never if it did not."""
        return np.where(np.isin(self.outcome, (DELIVERED, RETURNED)), self.closed, NEVER)

    @property
    def is_late(self) -> Flags:
        """Promised, and delivered after that."""
        return (self.promised < NEVER) & (self.delivered < NEVER) & (self.delivered > self.promised)

    def on_mobile(self, world: World) -> Flags:
        """Whether an order was placed on a mobile: in the app always, on the website at times."""
        people, known = world.members, np.maximum(self.member, 0)
        has_mobile: Flags = (people.mobile[known] >= 0) | (self.member < 0)
        has_desktop = (people.desktop[known] >= 0) & (self.member >= 0)
        prefers: Flags = ~has_desktop | (self.number % 100 < 55)
        in_app: Flags = self.channel == APP
        return in_app | (has_mobile & prefers)


def take_orders(world: World, month: Month) -> Orders:
    """One month of orders; late parcels spoil the mood of those who waited."""
    rng = world.plan.stream("orders", month.index)
    orders = _place(world, month, rng)
    lines = _lines(orders, rng)
    _export_orders(world, orders, lines.amount, rng)
    _export_lines(world, orders, lines)
    _export_reviews(world, month, orders, rng)
    _remember(world, orders)
    _spoil_moods(world, orders)
    return orders


def _place(world: World, month: Month, rng: np.random.Generator) -> Orders:
    people = world.members
    active = people.active(month.start)
    season = {BLACK_FRIDAY: 1.25, NEW_YEAR: 1.3}.get(month.of_year, 1.0)
    willing = np.where(people.mood[active] > -0.6, 1.0, 0.6)
    counts = rng.poisson(people.order_rate[active] * season * willing)
    if month.index == 0:
        counts[active == 0] += 1
    member = np.repeat(active, counts)
    ordered = month.moments(rng, people.region[member])
    joined = people.created[member]
    since_joining = joined + (rng.random(len(member)) * (month.end - joined)).astype(np.int64)
    ordered = np.where(ordered < joined, _within_hours(since_joining), ordered)
    if month.index == 0:
        ordered[0] = month.start + 9 * HOUR
    guests = _guests(world, month)
    ordered = np.concatenate([ordered, guests[1]])
    count = len(ordered)
    channel = rng.choice(4, count, p=[0.5, 0.22, 0.2, 0.08])
    channel[len(member) :] = WEB
    if month.index == 0:
        channel[0] = WEB
    promised, closed, returned, outcome, by_customer = _deliver(rng, ordered, channel, month)
    return Orders(
        number=month.index * 10_000_000 + np.arange(count),
        member=np.concatenate([member, np.full(len(guests[0]), -1)]),
        stranger=np.concatenate([np.full(len(member), -1), guests[0]]),
        second=np.concatenate(
            [
                (people.second_created[member] < ordered[: len(member)])
                & (rng.random(len(member)) < 0.5),
                np.zeros(len(guests[0]), np.bool_),
            ]
        ),
        ordered=ordered,
        channel=channel,
        promised=promised,
        closed=closed,
        returned=returned,
        outcome=outcome,
        by_customer=by_customer,
    )


def _within_hours(moments: Ints) -> Ints:
    """The same day between 1:00 and 23:00, so that the session of the order is of that day too."""
    return moments - moments % DAY + np.clip(moments % DAY, HOUR, 23 * HOUR - 1)


def _guests(world: World, month: Month) -> tuple[Ints, Ints]:
    """Strangers who order once, without an account."""
    rng = world.plan.stream("guests", month.index)
    ordered = month.moments(rng, rng.integers(0, 3, world.scaled(0.03)).astype(np.int8))
    return world.strangers.add(day_of(ordered)), ordered


def _deliver(
    rng: np.random.Generator, ordered: Ints, channel: npt.NDArray[np.int64], month: Month
) -> tuple[Ints, Ints, Ints, npt.NDArray[np.int64], Flags]:
    """Promises and what becomes of them: 11 % come late, in December 20 %."""
    count = len(ordered)
    in_store = channel == STORE
    promised = (ordered // DAY + rng.integers(2, 6, count)) * DAY + 17 * HOUR
    is_late = rng.random(count) < (0.2 if month.of_year == NEW_YEAR else 0.11)
    early_by = rng.integers(60, 3 * HOUR, count) + np.where(
        _has_window(np.arange(count)), 0, rng.integers(0, 20 * HOUR, count)
    )
    late_by = HOUR + rng.exponential(1.6 * DAY, count).astype(np.int64)
    delivered = np.where(is_late, promised + late_by, promised - early_by)
    fate = rng.random(count)
    outcome = np.select([fate < 0.03, fate < 0.04, fate < 0.044], [CANCELLED, CANCELLED, PAID], 1)
    by_customer = (fate < 0.03) & ~in_store
    outcome[in_store] = DELIVERED
    outcome[0] = DELIVERED if month.index == 0 else outcome[0]
    cancelled = ordered + rng.integers(600, 30 * HOUR, count)
    closed = np.select([outcome == DELIVERED, outcome == CANCELLED], [delivered, cancelled], NEVER)
    closed = np.where(in_store, ordered, closed)
    is_returned = (outcome == DELIVERED) & (rng.random(count) < 0.028)
    returned = np.where(is_returned, closed + rng.integers(DAY, 14 * DAY, count), NEVER)
    outcome = np.where(is_returned, RETURNED, outcome)
    return np.where(in_store, NEVER, promised), closed, returned, outcome, by_customer


def _has_window(order: npt.NDArray[np.int64]) -> Flags:
    """A quarter of parcels come with a four-hour window; none of those comes too early."""
    has_window: Flags = order % 4 == 0
    return has_window


def _export_orders(
    world: World, orders: Orders, amount: npt.NDArray[np.float64], rng: np.random.Generator
) -> None:
    draws = rng.random((4, len(orders.number)))
    placed, closed, returned = (day_of(m) for m in (orders.ordered, orders.closed, orders.returned))
    everyone = np.ones(len(orders.number), np.bool_)
    closed_at_once = placed == closed
    steps = (
        (closed_at_once, everyone, placed, False),
        (everyone, ~closed_at_once & (orders.closed < NEVER), closed, True),
    )
    for is_closed, keep, day, is_version in steps:
        columns = _order_columns(world, orders, amount, draws, is_closed, ~everyone)
        world.ledger.add_kept("orders", columns, keep, day, is_version=is_version)
    columns = _order_columns(world, orders, amount, draws, everyone, everyone)
    world.ledger.add_kept("orders", columns, orders.returned < NEVER, returned, is_version=True)


def _order_columns(
    world: World,
    orders: Orders,
    amount: npt.NDArray[np.float64],
    draws: npt.NDArray[np.float64],
    is_closed: Flags,
    is_returned: Flags,
) -> dict[str, pa.Array]:
    """The orders as they stand: closed where told, returned where told and true."""
    people, member = world.members, orders.member
    is_guest = member < 0
    gone_back = is_returned & (orders.returned < NEVER)
    came = is_closed & (orders.delivered < NEVER)
    cancelled = is_closed & (orders.outcome == CANCELLED)
    status = np.select([gone_back, came, cancelled], [RETURNED, DELIVERED, CANCELLED], PAID)
    known = np.where(is_guest, 0, member)
    gives_email = ~is_guest & (draws[0] < 0.3)
    shipped = orders.ordered + ((orders.delivered - orders.ordered) * 0.3).astype(np.int64)
    late = came & orders.is_late
    changed = np.select([gone_back, is_closed], [orders.returned, orders.closed], orders.ordered)
    promised_again = np.where(late & (draws[1] < 0.6), orders.delivered + HOUR, orders.promised)
    return {
        "order_id": ids("O", orders.number),
        "ordered_at": times(orders.ordered),
        "customer_id": people.crm_id(known, present=~is_guest, second=orders.second),
        "email": either(
            people.email(known, gives_email),
            where_present(world.strangers.email(np.maximum(orders.stranger, 0)), is_guest),
        ),
        "phone": where_present(world.strangers.phone(np.maximum(orders.stranger, 0)), is_guest),
        "status": coded(status, STATUSES),
        "amount": money(amount),
        "currency": constant(CURRENCY, len(amount)),
        "margin": money(amount * (draws[2] * 0.45 - 0.05)),
        "discount": money(np.where(draws[1] < 0.2, amount * 0.1, 0.0)),
        "refund_amount": money(amount, gone_back | cancelled),
        "shipping_cost": money(np.where(orders.channel == STORE, 0.0, 4.9)),
        "payment_type": coded((draws[3] * 4).astype(np.int64), PAYMENT_TYPES),
        "channel": coded(orders.channel, CHANNELS),
        "store_id": ids("ST", 1 + orders.number % 12, orders.channel == STORE),
        "requested_at": times(orders.promised - DAY * (draws[2] < 0.2), draws[3] < 0.3),
        "promised_from": times(orders.promised - 4 * HOUR, _has_window(np.arange(len(amount)))),
        "promised_at": times(orders.promised),
        "last_promised_at": times(promised_again),
        "shipped_at": times(shipped, came & (orders.channel != STORE)),
        "delivered_at": times(orders.delivered, came),
        "cancelled_at": times(orders.closed, cancelled),
        "cancelled_by": coded((~orders.by_customer) * 1, ("customer", "company"), cancelled),
        "returned_at": times(orders.returned, gone_back),
        "return_reason": coded(orders.number % 4, words.RETURN_REASONS, gone_back),
        "is_delay_by_customer": numbers(late & (draws[0] > 0.94)),
        "updated_at": times(changed),
    }


@dataclass(frozen=True)
class Lines:
    """Order lines: which order, which line of it, what and how much."""

    order: Ints
    line: Ints
    product: Ints
    quantity: npt.NDArray[np.int64]
    price: npt.NDArray[np.float64]
    amount: npt.NDArray[np.float64]
    draw: npt.NDArray[np.float64]


def _lines(orders: Orders, rng: np.random.Generator) -> Lines:
    """Lines of every order; `amount` is the total per order."""
    per_order = 1 + rng.poisson(0.6, len(orders.number))
    order = np.repeat(np.arange(len(per_order)), per_order)
    line = np.arange(len(order)) - np.repeat(np.cumsum(per_order) - per_order, per_order) + 1
    product = rng.integers(0, 600, len(order))
    quantity = 1 + rng.poisson(0.25, len(order))
    price = np.round(4 + 40 * rng.lognormal(0, 0.3, len(order)) * (1 + product % 6) / 3, 2)
    amount = np.bincount(order, weights=quantity * price, minlength=len(per_order))
    draw = rng.random(len(order))
    return Lines(order, line, product, quantity, price, np.round(amount, 2), draw)


def _export_lines(world: World, orders: Orders, lines: Lines) -> None:
    order = lines.order
    closed = orders.closed[order]
    delivered = orders.delivered[order]
    came = delivered < NEVER
    short = (lines.draw < 0.02) & came
    columns = {
        "order_id": ids("O", orders.number[order]),
        "line_number": numbers(lines.line),
        "product_id": ids("P", lines.product),
        "product_category": coded(lines.product % 6, words.CATEGORIES),
        "seller_id": ids("V", lines.product % 40),
        "quantity": numbers(lines.quantity.astype(np.float64)),
        "unit_price": money(lines.price),
        "shipping_cost": money(np.where(lines.line == 1, 4.9, 0.0)),
        "delivered_quantity": numbers((lines.quantity - short).astype(np.float64), came),
        "delivered_at": times(delivered),
        "not_as_described": numbers(came & (lines.draw > 0.985)),
        "updated_at": times(closed),
    }
    world.ledger.add_kept("order_items", columns, closed < NEVER, day_of(closed), is_version=False)


def _export_reviews(world: World, month: Month, orders: Orders, rng: np.random.Generator) -> None:
    """One delivered order in twenty is reviewed in public, and most reviews are answered."""
    people = world.members
    came = np.flatnonzero((orders.delivered < NEVER) & (orders.member >= 0))
    came = came[rng.random(len(came)) < 0.05]
    who, late = orders.member[came], orders.is_late[came]
    posted = orders.delivered[came] + rng.integers(HOUR, 12 * DAY, len(came))
    centre = 4.2 - 1.4 * late + 0.5 * people.mood[who]
    stars = np.clip(np.round(centre + rng.normal(0, 0.8, len(who))), 1, 5)
    platform = rng.choice(3, len(who), p=[0.5, 0.3, 0.2])
    is_named = rng.random(len(who)) < 0.6
    answered_at = posted + rng.integers(HOUR, 3 * DAY, len(who))
    replied = np.where(rng.random(len(who)) < 0.55, answered_at, NEVER)
    texts, moods, _, _ = words.comments()
    mood = np.select([stars <= 2, stars <= 3], [0, 1], 2)
    text = np.array(moods)[mood, people.region[who], 0] + came % 3
    number = month.index * 1_000_000 + np.arange(len(who))
    at_once = day_of(replied) == day_of(posted)
    for answered, keep, day, is_version in (
        (at_once, np.ones(len(who), np.bool_), day_of(posted), False),
        (~at_once, ~at_once & (replied < NEVER), day_of(replied), True),
    ):
        columns = {
            "review_id": ids("R", number),
            "posted_at": times(posted),
            "rating": numbers(np.where(platform == 2, stars * 2, stars)),
            "rating_max": numbers(np.where(platform == 2, 10.0, 5.0)),
            "platform": coded(platform, ("google", "app store", "bazaar")),
            "product_id": ids("P", orders.number[came] % 600),
            "customer_id": people.crm_id(who, present=is_named),
            "title": coded(mood, ("Disappointed", "Fine", "Recommended")),
            "text": coded(text, texts),
            "language": people.language(who),
            "replied_at": times(replied, answered),
            "updated_at": times(np.where(answered & (replied < NEVER), replied, posted)),
        }
        world.ledger.add_kept("reviews", columns, keep, day, is_version=is_version)


def _remember(world: World, orders: Orders) -> None:
    world.history.note(
        "orders",
        {
            "member": orders.member,
            "stranger": orders.stranger,
            "ordered": orders.ordered,
            "promised": orders.promised,
            "closed": orders.closed,
            "delivered": orders.delivered,
            "returned": orders.returned,
            "is_cancelled": orders.outcome == CANCELLED,
            "by_customer": orders.by_customer,
        },
    )


def _spoil_moods(world: World, orders: Orders) -> None:
    people = world.members
    own = orders.member >= 0
    usual, mood = 0.6 * people.temper[: people.count], people.mood[: people.count]
    people.mood[: people.count] = mood + 0.15 * (usual - mood)
    np.add.at(people.mood, orders.member[own], np.where(orders.is_late[own], -0.7, 0.06))
