"""The people: who they are, what they are called, and when each of their identifiers is seen.

Three kinds of people, and no other:

- *members* have a CRM record (or two, see below);
- *strangers* left an e-mail or a phone number only: leads, guests, callers, survey answerers;
- *visitors* are known by nothing but the browser's anonymous id, and some become members later.

Two different people never share an identifier, except those that a desk, an office or a mailbox
has and that are therefore above the caps of identity resolution (metrics.md, "Identity"). Members
0 to 38 share the info mailbox or the office phone, and 0 to 39 use the service desk's browser.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_company import words
from ingestion.sample_company.columns import as_text, coded, ids
from ingestion.sample_company.timeline import (
    ARABIC,
    DAY,
    ENGLISH,
    NEVER,
    PERSIAN,
    Codes,
    Days,
    Flags,
    Floats,
    Ints,
    Month,
    Plan,
)

OFFICE = slice(0, 9)
"""Nine members with e-mails of their own and one phone: above the cap of 5 e-mails per phone."""
MAILBOX = slice(9, 39)
"""Thirty members with one e-mail: above the cap of 20 ids per e-mail."""
DESK_USERS = 40
"""So many members are looked up from the desk's browser: above the cap of 20 ids per browser."""
DESK = 0
"""The desk's browser, the first of all."""
OFFICE_PHONE = "+982122334455"
MAILBOX_EMAIL = "info@karamad.example"
TESTER, STAFF, SUBSCRIBER, TWICE = 40, 41, 42, 43
"""One member at least who is a test account, an employee, a subscriber, twice in the CRM."""
SECOND_RECORD = 5_000_000
"""The number of a member's second CRM record is the member's own plus this."""
SHARE_AT_START = 0.55
SMALLEST = 100
"""Fewer members have no room for the shared identifiers."""
UNSEEN = np.int32(2**31 - 1)

_DOMAINS = ("mail.example", "post.example", "inbox.example", "web.example")
_COUNTRY = ("IR", "AE", "SA", "EG", "GB", "US")
_FIRST_COUNTRY = np.array([0, 1, 4])
_COUNTRIES = np.array([1, 3, 2])


def _small(room: int) -> Codes:
    return np.zeros(room, np.int8)


def _whole(room: int, value: int) -> Ints:
    return np.full(room, value, np.int64)


def _no(room: int) -> Flags:
    return np.zeros(room, np.bool_)


@dataclass
class Members:
    """One entry per member; `count` of them have joined so far, the rest is room."""

    room: int
    count: int = 0

    def __post_init__(self) -> None:
        room = self.room
        self.region, self.country, self.city = _small(room), _small(room), _small(room)
        self.first_name, self.last_name = _small(room), _small(room)
        self.segment, self.origin, self.preferred = _small(room), _small(room), _small(room)
        self.gender, self.device = _small(room), _small(room)
        self.birth_year = np.zeros(room, np.int32)
        self.created, self.second_created = _whole(room, 0), _whole(room, NEVER)
        self.first_day: Days = np.full(room, UNSEEN)
        self.account, self.referrer = _whole(room, -1), _whole(room, -1)
        self.mobile, self.desktop = _whole(room, -1), _whole(room, -1)
        self.has_email, self.has_phone, self.has_alternative = _no(room), _no(room), _no(room)
        self.consents, self.wants_marketing = _no(room), _no(room)
        self.is_test, self.is_employee, self.is_shared = _no(room), _no(room), _no(room)
        self.order_rate: Floats = np.zeros(room)
        self.temper: Floats = np.zeros(room)
        self.mood: Floats = np.zeros(room)
        self.last_nps: Codes = np.full(room, -1, np.int8)
        self.churned = _whole(room, NEVER)
        self.emails = pa.array([], pa.string())
        self.phones = pa.array([], pa.string())

    @property
    def is_internal(self) -> Flags:
        """Test and employee members: in the dimension, out of every score."""
        return self.is_test | self.is_employee

    def active(self, moment: int) -> Ints:
        """Members that have joined and have not left by a moment."""
        return np.flatnonzero(self.churned[: self.count] > moment)

    def number(self, member: Ints, second: Flags | None = None) -> Ints:
        """The number of the CRM record: the first one, or the second where told."""
        return member if second is None else member + np.where(second, SECOND_RECORD, 0)

    def crm_id(
        self, member: Ints, *, present: Flags | None = None, second: Flags | None = None
    ) -> pa.Array:
        """CRM ids, such as C1000017."""
        return ids("C", self.number(member, second) + 1_000_000, present)

    def email(self, member: Ints, present: Flags | None = None) -> pa.Array:
        """E-mail addresses; null for who has none."""
        has = self.has_email[member] if present is None else self.has_email[member] & present
        return as_text(coded(np.where(has, member, -1), self.emails))

    def alternative_email(self, member: Ints, present: Flags) -> pa.Array:
        """The second address of a member, known to be theirs through identity_links only."""
        name = coded(self.first_name[member], _latin_names())
        return pc.binary_join_element_wise(
            as_text(name), ids("", member, present), pa.scalar("@work.example"), ""
        )

    def phone(self, member: Ints, present: Flags | None = None) -> pa.Array:
        """Phone numbers in E.164; null for who has none."""
        has = self.has_phone[member] if present is None else self.has_phone[member] & present
        return as_text(coded(np.where(has, member, -1), self.phones))

    def name_code(self, member: Ints) -> Ints:
        """The position of the full name in `words.full_names()`."""
        of_region = self.region[member].astype(np.int64) * 10 + self.first_name[member]
        return of_region * 8 + self.last_name[member]

    def language(self, member: Ints) -> pa.Array:
        """Language codes."""
        return coded(self.region[member], words.LANGUAGES)

    def country_code(self, member: Ints) -> pa.Array:
        """ISO country codes."""
        return coded(self.country[member], _COUNTRY)


@dataclass
class Browsers:
    """Anonymous ids: which region and device, first seen when, tied to a known id when."""

    region: Codes = field(default_factory=lambda: np.zeros(0, np.int8))
    device: Codes = field(default_factory=lambda: np.zeros(0, np.int8))
    is_visitor: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    first_seen: Days = field(default_factory=lambda: np.zeros(0, np.int32))
    linked: Days = field(default_factory=lambda: np.zeros(0, np.int32))
    codes: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))

    def add(self, region: Codes, device: int, *, visitors: bool) -> Ints:
        """New browsers of people in these regions; `device` 0 is a mobile, 1 a desktop."""
        first = len(self.region)
        numbers = np.arange(first, first + len(region), dtype=np.int64)
        self.region = np.concatenate([self.region, region.astype(np.int8)])
        self.device = np.concatenate([self.device, np.full(len(region), device, np.int8)])
        self.is_visitor = np.concatenate([self.is_visitor, np.full(len(region), visitors)])
        self.first_seen = np.concatenate([self.first_seen, np.full(len(region), UNSEEN)])
        self.linked = np.concatenate([self.linked, np.full(len(region), UNSEEN)])
        self.codes = pa.concat_arrays([self.codes, _opaque(numbers)])
        return numbers

    def see(self, browser: Ints, day: Days) -> None:
        """Notes that browsers were seen on a day."""
        np.minimum.at(self.first_seen, browser, day)

    def link(self, browser: Ints, day: Days) -> None:
        """Notes that browsers were seen together with a known id on a day."""
        self.see(browser, day)
        np.minimum.at(self.linked, browser, day)


@dataclass
class Strangers:
    """People without a CRM record: `first_day` each was first exported."""

    first_day: Days = field(default_factory=lambda: np.zeros(0, np.int32))

    def add(self, day: Days) -> Ints:
        """New strangers, numbered on."""
        first = len(self.first_day)
        self.first_day = np.concatenate([self.first_day, day])
        return np.arange(first, len(self.first_day), dtype=np.int64)

    @staticmethod
    def email(stranger: Ints) -> pa.Array:
        """Their address."""
        return pc.binary_join_element_wise(ids("guest", stranger), "new.example", "@")

    @staticmethod
    def phone(stranger: Ints) -> pa.Array:
        """Their number, of a range that no member has."""
        digits = pc.utf8_lpad(pa.array(stranger).cast(pa.string()), 7, "0")
        return pc.binary_join_element_wise("+98935", digits, "")


def room_for(plan: Plan) -> int:
    """How many members will have joined at the end of the last simulated month."""
    return _joined_before(plan, plan.month_count)


def members_in(plan: Plan, month: int) -> int:
    """How many members join in a month; month -1 stands for all before the start."""
    return _joined_before(plan, month + 1) - (_joined_before(plan, month) if month >= 0 else 0)


def _joined_before(plan: Plan, month: int) -> int:
    base = max(round(plan.customers * SHARE_AT_START), 50)
    return base + round((plan.customers - base) * month / plan.months)


def join(
    plan: Plan, month: Month, *, before_start: bool, people: Members, browsers: Browsers
) -> Ints:
    """Lets the members of a month (or all before the start) join; returns who they are."""
    index = -1 if before_start else month.index
    rng = plan.stream("people", index)
    count = members_in(plan, index)
    new = np.arange(people.count, people.count + count, dtype=np.int64)
    people.count += count
    _draw_profile(rng, people, new)
    if before_start:
        people.created[new] = month.start - rng.integers(DAY, 900 * DAY, count)
        _plant_shared_identifiers(people)
        second = month.start - rng.integers(0, 30 * DAY, count)
    else:
        people.created[new] = month.moments(rng, people.region[new])
        people.referrer[new] = _referrers(rng, people, new)
        second = people.created[new] + rng.integers(0, 10 * DAY, count)
    is_twice = (rng.random(count) < 0.015) | (new == TWICE)
    has_second = is_twice & people.has_email[new] & ~people.is_shared[new]
    people.second_created[new] = np.where(has_second, second, NEVER)
    _draw_contacts(people, new)
    _draw_browsers(rng, people, new, browsers)
    return new


def _draw_profile(rng: np.random.Generator, people: Members, new: Ints) -> None:
    count = len(new)
    region = rng.choice([PERSIAN, ARABIC, ENGLISH], count, p=[0.45, 0.2, 0.35]).astype(np.int8)
    people.region[new] = region
    people.country[new] = _FIRST_COUNTRY[region] + rng.integers(0, 60, count) % _COUNTRIES[region]
    people.city[new] = rng.choice(3, count, p=[0.6, 0.25, 0.15])
    people.first_name[new] = rng.integers(0, 10, count)
    people.last_name[new] = rng.integers(0, 8, count)
    people.segment[new] = rng.choice(3, count, p=[0.8, 0.15, 0.05])
    people.origin[new] = rng.choice(5, count, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    people.preferred[new] = rng.choice(4, count, p=[0.45, 0.25, 0.2, 0.1])
    people.gender[new] = rng.choice(3, count, p=[0.48, 0.47, 0.05])
    people.device[new] = rng.random(count) < 0.38
    people.birth_year[new] = rng.integers(1948, 2006, count)
    people.has_email[new] = rng.random(count) < 0.97
    people.has_phone[new] = (rng.random(count) < 0.94) | ~people.has_email[new]
    people.has_alternative[new] = (rng.random(count) < 0.02) & people.has_email[new]
    people.consents[new] = rng.random(count) < 0.86
    people.wants_marketing[new] = rng.random(count) < 0.6
    people.is_test[new] = rng.random(count) < 0.004
    people.is_employee[new] = rng.random(count) < 0.006
    people.is_shared[new] = False
    is_buyer = rng.random(count) > 0.14
    people.order_rate[new] = np.where(is_buyer, rng.gamma(1.1, 0.17, count), 0.0)
    people.temper[new] = rng.normal(0, 1, count)
    people.mood[new] = people.temper[new] * 0.6


def _plant_shared_identifiers(people: Members) -> None:
    for group in (OFFICE, MAILBOX):
        people.is_shared[group] = True
        people.has_email[group] = people.has_phone[group] = True
        people.has_alternative[group] = False
    people.is_test[:DESK_USERS] = people.is_employee[:DESK_USERS] = False
    people.consents[0] = True
    people.is_test[TESTER] = people.is_employee[STAFF] = True
    people.is_test[SUBSCRIBER] = people.is_employee[SUBSCRIBER] = False
    people.has_email[SUBSCRIBER] = people.has_email[TWICE] = True


def _referrers(rng: np.random.Generator, people: Members, new: Ints) -> Ints:
    """Who gave a high score brings in new people nine times as often as who gave a low one."""
    scores = people.last_nps[: new[0]] if len(new) else people.last_nps[:0]
    candidates = np.flatnonzero(scores >= 0)
    is_referred = rng.random(len(new)) < 0.18
    if len(candidates) == 0:
        return np.full(len(new), -1, np.int64)
    weight = np.where(scores[candidates] >= 9, 9.0, np.where(scores[candidates] >= 7, 2.5, 1.0))
    picked = rng.choice(candidates, len(new), p=weight / weight.sum())
    return np.where(is_referred, picked, -1)


def _draw_contacts(people: Members, new: Ints) -> None:
    region = people.region[new]
    name = coded(region * 10 + people.first_name[new], _latin_names())
    domain = coded(people.last_name[new] % len(_DOMAINS), _DOMAINS)
    local = pc.binary_join_element_wise(as_text(name), ids("", new), ".")
    emails = pc.binary_join_element_wise(local, as_text(domain), "@")
    prefix = coded(region, ("+98912", "+97150", "+447700"))
    digits = pc.utf8_lpad(pa.array(new).cast(pa.string()), 7, "0")
    phones = pc.binary_join_element_wise(as_text(prefix), digits, "")
    shared = pa.array(_members_of(new, MAILBOX))
    emails = pc.if_else(shared, MAILBOX_EMAIL, emails)
    phones = pc.if_else(pa.array(_members_of(new, OFFICE)), OFFICE_PHONE, phones)
    people.emails = pa.concat_arrays([people.emails, emails])
    people.phones = pa.concat_arrays([people.phones, phones])


def _members_of(new: Ints, group: slice) -> Flags:
    is_member: Flags = (new >= group.start) & (new < group.stop)
    return is_member


def _draw_browsers(
    rng: np.random.Generator, people: Members, new: Ints, browsers: Browsers
) -> None:
    """85 % of members browse, half of those on two devices; some were visitors before."""
    uses_web = rng.random(len(new)) < 0.85
    both = rng.random(len(new)) < 0.5
    was_visitor = rng.random(len(new)) < 0.3
    is_mobile = people.device[new] == 0
    on_mobile = uses_web & (is_mobile | both)
    on_desktop = np.flatnonzero(uses_web & (~is_mobile | both))
    before = np.flatnonzero(browsers.is_visitor & (browsers.device == 0))[-len(new) * 8 :]
    adopts = np.flatnonzero(on_mobile & was_visitor)[: len(before)]
    adopted = rng.choice(before, len(adopts), replace=False) if len(adopts) else before[:0]
    fresh = on_mobile.copy()
    fresh[adopts] = False
    browsers.is_visitor[adopted] = False
    people.mobile[new[adopts]] = adopted
    people.mobile[new[fresh]] = browsers.add(people.region[new[fresh]], 0, visitors=False)
    on_desktop = new[on_desktop]
    people.desktop[on_desktop] = browsers.add(people.region[on_desktop], 1, visitors=False)


def _latin_names() -> list[str]:
    return [name for names in words.LATIN_FIRST_NAMES for name in names]


def _opaque(numbers: Ints) -> pa.Array:
    """Twelve hex digits that tell nothing: an odd factor permutes the 48-bit numbers."""
    scrambled = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4B)
    return pa.array([f"{code:012x}" for code in (scrambled & np.uint64(2**48 - 1)).tolist()])
