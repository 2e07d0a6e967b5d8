"""Web events: what members and visitors do in the shop, one event per row.

A session belongs to one browser. A member's session starts anonymous and may log in; an online
order is the last event of its session; a visitor's browser stays unknown unless its owner joins.
On a mobile more goes wrong. Robots carry no anonymous id, and the last event of every day is the
service desk's, one second before midnight: the latest event of all (`as_of`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_company import words
from ingestion.sample_company.columns import coded, ids, numbers, optional, times
from ingestion.sample_company.ledger import Rows
from ingestion.sample_company.orders import APP, WEB, Orders
from ingestion.sample_company.people import DESK, DESK_USERS
from ingestion.sample_company.timeline import DAY, Flags, Ints, Month, day_of
from ingestion.sample_company.world import World

EVENTS_PER_MEMBER = 50
"""Events per customer asked for, over the whole history."""
EVENTS_PER_SESSION = 6.0
LONGEST = 24

EVENT_NAMES = (
    "page_view", "product_view", "search", "login", "add_to_cart", "checkout_step", "purchase",
    "error", "rage_click", "article_view", "bot_answer",
)  # fmt: skip
(PAGE, PRODUCT, SEARCH, LOGIN, CART, CHECKOUT, PURCHASE, ERROR, RAGE, ARTICLE, ANSWER) = range(11)
BROWSE, BUY, ABANDON, HELP = range(4)

# The last steps of a session by its purpose, from the last event backwards; -1 is any browsing.
_ENDINGS = np.array(
    [
        [-1, -1, -1, -1, -1],
        [PURCHASE, CHECKOUT, CHECKOUT, CHECKOUT, CART],
        [CHECKOUT, CART, -1, -1, -1],
        [ANSWER, ARTICLE, SEARCH, -1, -1],
    ]
)
_PAGES = (
    "/", "/offers", *(f"/category/{name}" for name in words.CATEGORIES),
    *(f"/product/P{number}" for number in range(600)), "/search", "/login", "/cart",
    "/checkout/address", "/checkout/delivery", "/checkout/payment", "/checkout/done",
    "/help/delivery", "/help/refund", "/help/payment", "/help/account", "/help/bot",
)  # fmt: skip
_PRODUCT_PAGE, _SEARCH_PAGE, _CHECKOUT_PAGE, _DONE_PAGE = 8, 608, 611, 614
_AGENTS = (
    ("Android", "Chrome", "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"),
    ("iOS", "Safari", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Version/17.5 Safari/604.1"),
    ("Windows", "Chrome", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36"),
    ("macOS", "Safari", "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1"),
    ("Linux", "Bot", "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/)"),
)
_SOURCES = (
    (None, None, None, None),
    ("https://www.google.com/", None, None, None),
    ("https://www.google.com/", "google", "cpc", "brand"),
    ("https://www.instagram.com/", "instagram", "social", "spring"),
    (None, "newsletter", "email", "monthly"),
    ("https://compare.example/", "compare", "affiliate", None),
)
_SOURCE_SHARES = [0.4, 0.25, 0.12, 0.1, 0.08, 0.05]


@dataclass(frozen=True)
class Sessions:
    """The sessions of a month. `login` is the position from which on the member is known, by
    `CRM id` or, where `by_email`, by address; an anonymous session never reaches it."""

    number: Ints
    browser: Ints
    member: Ints
    is_mobile: Flags
    region: npt.NDArray[np.int8]
    purpose: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    ends: Ints
    login: npt.NDArray[np.int64]
    by_email: Flags
    is_bot: Flags

    @property
    def has_number(self) -> Flags:
        """Whether the tracker gave the session an id; sessions that buy all have one."""
        has_number: Flags = (self.number % 20 != 7) | (self.purpose == BUY)
        return has_number

    def joined(self, other: "Sessions") -> "Sessions":
        """These sessions and others."""
        return Sessions(
            **{
                name: np.concatenate([values, getattr(other, name)])
                for name, values in vars(self).items()
            }
        )


def browse(world: World, month: Month, orders: Orders) -> tuple[Rows, Sessions]:
    """One month of web events, by time, and its sessions; sees and links browsers on the way."""
    rng = world.plan.stream("web", month.index)
    sessions = _sessions(world, month, orders, rng).joined(_desk_sessions(world, month))
    _note_browsers(world, sessions)
    table, moments = _events(world, month, sessions, rng)
    return Rows(table, day_of(moments), np.zeros(len(moments), np.bool_)), sessions


def _desk_sessions(world: World, month: Month) -> Sessions:
    """The service desk looks one customer up before midnight, and all its customers on day one."""
    nightly = np.arange(month.first_day, month.end_day) * DAY + DAY - 1
    evening = nightly[:1].repeat(DESK_USERS if month.index == 0 else 0) - 600
    moments = np.concatenate([evening + np.arange(len(evening)), nightly])
    count = len(moments)
    zero, no = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    return Sessions(
        number=month.index * 10_000_000 + 9_000_000 + np.arange(count),
        browser=zero + DESK,
        member=np.arange(count) % DESK_USERS,
        is_mobile=no,
        region=world.browsers.region[zero + DESK],
        purpose=zero + BROWSE,
        length=zero + 1,
        ends=moments,
        login=zero,
        by_email=no,
        is_bot=no,
    )


def _sessions(world: World, month: Month, orders: Orders, rng: np.random.Generator) -> Sessions:
    people = world.members
    target = world.scaled(EVENTS_PER_MEMBER / EVENTS_PER_SESSION, at_least=30)
    buying = np.flatnonzero(
        np.isin(orders.channel, (WEB, APP)) & (orders.member >= 0) & (orders.ordered < month.end)
    )
    buying = buying[_browser(world, orders.member[buying], orders.on_mobile(world)[buying]) >= 0]
    active = people.active(month.start)
    browsing = active[(people.mobile[active] >= 0) | (people.desktop[active] >= 0)]
    chosen = rng.choice(browsing, round(target * 0.5))
    anonymous = max(0, target - len(buying) - len(chosen))
    visitors = _visitors(world, rng, anonymous)
    member = np.concatenate([orders.member[buying], chosen, np.full(anonymous, -1)])
    count, known = len(member), np.maximum(member, 0)
    wants_mobile = np.concatenate([orders.on_mobile(world)[buying], rng.random(len(chosen)) < 0.6])
    browser = np.concatenate([_browser(world, member[: len(wants_mobile)], wants_mobile), visitors])
    is_mobile = world.browsers.device[browser] == 0
    region = world.browsers.region[browser]
    purpose = rng.choice([BROWSE, ABANDON, HELP], count, p=[0.78, 0.13, 0.09])
    purpose[: len(buying)] = BUY
    length = np.minimum(1 + rng.geometric(1 / 4.6, count), LONGEST)
    length = np.maximum(length, np.array([1, 6, 3, 4])[purpose])
    moments = month.moments(rng, region) + 45 * 60
    moments[: len(buying)] = orders.ordered[buying]
    has_joined = (member >= 0) & (moments - 45 * 60 > people.created[known])
    logs_in = has_joined & ((rng.random(count) < 0.5) | (purpose == BUY))
    number = month.index * 10_000_000 + 5_000_000 + np.arange(count)
    number[: len(buying)] = orders.number[buying]
    return Sessions(
        number=number,
        browser=browser,
        member=member,
        is_mobile=is_mobile,
        region=region,
        purpose=purpose,
        length=length,
        ends=moments,
        login=np.where(logs_in, np.minimum(1, length - 1), LONGEST + 1),
        by_email=logs_in
        & (rng.random(count) < 0.1)
        & people.has_email[known]
        & ~people.is_shared[known],
        is_bot=(member < 0) & (rng.random(count) < 0.02),
    )


def _browser(world: World, member: Ints, is_mobile: Flags) -> Ints:
    """The member's browser on a device, or on the other one where there is no such."""
    mobile, desktop = world.members.mobile[member], world.members.desktop[member]
    wanted, other = np.where(is_mobile, mobile, desktop), np.where(is_mobile, desktop, mobile)
    return np.where(wanted >= 0, wanted, other)


def _visitors(world: World, rng: np.random.Generator, count: int) -> Ints:
    """Visitors' browsers: two thirds are new ones, the others have come before."""
    before = np.flatnonzero(world.browsers.is_visitor)
    fresh_count = count if len(before) == 0 else round(count * 0.65)
    region = rng.choice(3, fresh_count, p=[0.45, 0.2, 0.35]).astype(np.int8)
    is_mobile = rng.random(fresh_count) < 0.66
    fresh = np.zeros(fresh_count, np.int64)
    fresh[is_mobile] = world.browsers.add(region[is_mobile], 0, visitors=True)
    fresh[~is_mobile] = world.browsers.add(region[~is_mobile], 1, visitors=True)
    again = rng.choice(before, count - fresh_count) if fresh_count < count else before[:0]
    return np.concatenate([fresh, again])


def _note_browsers(world: World, sessions: Sessions) -> None:
    day = day_of(sessions.ends)
    seen = ~sessions.is_bot
    world.browsers.see(sessions.browser[seen], day[seen])
    linked = sessions.login < LONGEST
    world.browsers.link(sessions.browser[linked], day[linked])


def _events(
    world: World, month: Month, sessions: Sessions, rng: np.random.Generator
) -> tuple[pa.Table, Ints]:
    """The events of all sessions in the order of time, and their moments."""
    total = int(sessions.length.sum())
    session = np.repeat(np.arange(len(sessions.length), dtype=np.int32), sessions.length)
    first = np.cumsum(sessions.length) - sessions.length
    position = np.arange(total, dtype=np.int32) - np.repeat(first, sessions.length).astype(np.int32)
    to_end = sessions.length[session].astype(np.int32) - 1 - position
    gaps = rng.integers(3, 110, total, dtype=np.int32)
    # A session ends at a given moment; its events lie before that by the gaps still to come.
    elapsed = np.cumsum(gaps, dtype=np.int64)
    last = elapsed[first + sessions.length - 1]
    moments = sessions.ends[session] - (last[session] - elapsed)
    order = np.argsort(moments, kind="stable")
    session, position, to_end = session[order], position[order], to_end[order]
    moments = moments[order]
    table = _event_table(world, month, sessions, (session, position, to_end), moments, rng)
    return table, moments


def _event_table(
    world: World,
    month: Month,
    sessions: Sessions,
    place: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]],
    moments: Ints,
    rng: np.random.Generator,
) -> pa.Table:
    session, position, to_end = place
    people, count = world.members, len(session)
    is_mobile = sessions.is_mobile[session]
    draw, chance, luck = rng.random((3, count), dtype=np.float32)
    name = _names(sessions.purpose[session], to_end, is_mobile, draw)
    is_known = position >= sessions.login[session]
    name[(position == sessions.login[session]) & (to_end > 4)] = LOGIN
    member = np.where(is_known, sessions.member[session], -1)
    by_email = sessions.by_email[session]
    crm = people.crm_id(np.arange(people.count))
    agent = np.where(is_mobile, 0, 2) + sessions.browser[session] % 2
    agent[sessions.is_bot[session]] = 4
    source = rng.choice(len(_SOURCES), len(sessions.length), p=_SOURCE_SHARES)[session]
    source[position > 0] = 0
    has_number = sessions.has_number[session]
    load = 250 + 900 * -np.log1p(-luck * np.float32(0.999)) * np.where(is_mobile, 1.5, 1.0)
    browser = np.where(sessions.is_bot[session], -1, sessions.browser[session])
    columns = {
        "event_id": numbers(month.index * 1_000_000_000 + np.arange(count)),
        "occurred_at": times(moments),
        "event_name": coded(name, EVENT_NAMES),
        "anonymous_id": coded(browser, world.browsers.codes),
        "customer_id": coded(np.where(by_email, -1, member), crm),
        "email": coded(np.where(by_email, member, -1), people.emails),
        "session_id": numbers(sessions.number[session], has_number),
        "page": coded(_pages(name, to_end, position, chance), _PAGES),
        "referrer": optional(source, [row[0] for row in _SOURCES]),
        "utm_source": optional(source, [row[1] for row in _SOURCES]),
        "utm_medium": optional(source, [row[2] for row in _SOURCES]),
        "utm_campaign": optional(source, [row[3] for row in _SOURCES]),
        "device": coded(np.where(is_mobile, 0, 1), ("mobile", "desktop")),
        "os": coded(agent, [row[0] for row in _AGENTS]),
        "browser": coded(agent, [row[1] for row in _AGENTS]),
        "user_agent": coded(agent, [row[2] for row in _AGENTS]),
        "is_bot": numbers(agent == 4),
        "country": coded(sessions.region[session], ("IR", "AE", "GB")),
        "load_ms": numbers(load.astype(np.int32)),
        "is_error": numbers(name == ERROR),
        "properties": _properties(name, sessions.number[session], luck),
    }
    return pa.table(columns)


def _names(
    purpose: npt.NDArray[np.int64],
    to_end: npt.NDArray[np.int32],
    is_mobile: Flags,
    draw: npt.NDArray[np.float32],
) -> npt.NDArray[np.int64]:
    """What happens at each place of a session: its ending by purpose, browsing before that."""
    ending = np.where(to_end < 5, _ENDINGS[purpose, np.minimum(to_end, 4)], -1)
    wrong = np.where(is_mobile, 0.05, 0.02).astype(np.float32)
    kinds = [draw < wrong * 0.6, draw < wrong, draw < 0.15, draw < 0.55]
    return np.where(ending >= 0, ending, np.select(kinds, [ERROR, RAGE, SEARCH, PRODUCT], PAGE))


def _pages(
    name: npt.NDArray[np.int64],
    to_end: npt.NDArray[np.int32],
    position: npt.NDArray[np.int32],
    chance: npt.NDArray[np.float32],
) -> npt.NDArray[np.int64]:
    """The page of each event, as a position in `_PAGES`."""
    product = _PRODUCT_PAGE + (chance * np.float32(599.9)).astype(np.int64)
    landing = np.where(
        (position == 0) & (chance < 0.6), 0, (chance * np.float32(7.9)).astype(np.int64)
    )
    checkout = _CHECKOUT_PAGE + np.clip(3 - to_end, 0, 2)
    fixed = np.array([0, 0, _SEARCH_PAGE, _SEARCH_PAGE + 1, _SEARCH_PAGE + 2, 0, _DONE_PAGE, 0, 0])
    article = _DONE_PAGE + 1 + (chance * np.float32(3.9)).astype(np.int64)
    return np.select(
        [
            name == PAGE,
            (name == PRODUCT) | (name == RAGE),
            (name == CHECKOUT) | (name == ERROR),
            name == ARTICLE,
            name == ANSWER,
        ],
        [landing, product, checkout, article, np.full(len(name), len(_PAGES) - 1)],
        fixed[np.minimum(name, len(fixed) - 1)],
    )


def _properties(
    name: npt.NDArray[np.int64], session: Ints, luck: npt.NDArray[np.float32]
) -> pa.Array:
    """JSON beside an event: what was searched for, which order was placed."""
    bought = np.flatnonzero(name == PURCHASE)
    order = ids("O", session[bought])
    placed = pc.binary_join_element_wise('{"order_id": "', order, '"}', "")
    searches = pa.array([f'{{"query": "{text}"}}' for text in (*words.CATEGORIES, *words.SEARCHES)])
    codes = np.where(name == SEARCH, (luck * np.float32(8.99)).astype(np.int64), -1)
    codes[bought] = len(searches) + np.arange(len(bought))
    return coded(codes, pa.concat_arrays([searches, placed]))
