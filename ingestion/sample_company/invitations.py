"""Survey invitations: who is asked, what comes of it, and the reminder.

Who is asked is neither test account nor employee and consents. An invitation is complete exactly
when its headline question has a valid answer; a reminder is a row of its own that is never
completed, because the answer belongs to the invitation. An invitation is exported when it is
sent, and again when it is opened or completed on a later day.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingestion.sample_company.columns import constant, ids, numbers, times
from ingestion.sample_company.timeline import DAY, NEVER, Flags, Floats, Ints, Month, day_of
from ingestion.sample_company.world import World

RELATIONAL, AFTER_DELIVERY, AFTER_TICKET, AFTER_CHECKOUT = range(4)
"""The surveys with invitations."""
UNINVITED = 4
"""The first number of surveys without."""
NUMBERS_PER_SURVEY = 1_000_000


@dataclass(frozen=True)
class Asked:
    """Who is asked in one survey of one month, and when; `contact` names the occasion."""

    survey: int
    survey_id: str
    number: Ints
    who: Ints
    sent: Ints
    contact: dict[str, pa.Array]

    @property
    def is_in_app(self) -> bool:
        """Shown inside the shop instead of sent."""
        return self.survey == AFTER_CHECKOUT


def first_number(month: Month, survey: int) -> int:
    """Numbers of invitations and responses are unique over months and surveys."""
    return month.index * 10_000_000 + survey * NUMBERS_PER_SURVEY


def invite(world: World, month: Month, asked: Asked, rng: np.random.Generator) -> Ints:
    """Sends invitations; returns when each is completed (never, for most)."""
    count = len(asked.who)
    patience = world.members.mood[asked.who]
    chance = (0.45 if asked.is_in_app else 0.24) + 0.06 * (np.abs(patience) > 1)
    fate, draws = rng.random(count), rng.random((3, count))
    is_bounced = (draws[0] < 0.02) & (not asked.is_in_app)
    wait = np.where(asked.is_in_app, 2.0, -0.8 * DAY * np.log1p(-draws[1] * 0.999))
    opened = asked.sent + 1 + wait.astype(np.int64)
    started = opened + 2 + (draws[2] * 40).astype(np.int64)
    completed = started + 10 + (draws[2] * 200).astype(np.int64)
    is_planted = (asked.survey == RELATIONAL) & (month.index == 0) & (np.arange(count) == 0)
    opened = np.where(is_planted, asked.sent + 1800, opened)
    started = np.where(is_planted, opened + 60, started)
    completed = np.where(is_planted, started + 120, completed)
    fate, is_bounced = np.where(is_planted, 0.0, fate), is_bounced & ~is_planted
    opened = np.where((fate < 2.2 * chance) & ~is_bounced, opened, NEVER)
    started = np.where((fate < 1.2 * chance) & ~is_bounced, started, NEVER)
    completed = np.where((fate < chance) & ~is_bounced, completed, NEVER)
    _export(world, asked, is_bounced, (opened, started, completed))
    if asked.survey == RELATIONAL:
        _remind(world, asked, (completed > asked.sent + 7 * DAY) & ~is_bounced)
    world.history.note(
        "invitations",
        {
            "is_in_app": np.full(count, asked.is_in_app),
            "sent": asked.sent,
            "is_bounced": is_bounced,
            "completed": completed,
        },
    )
    return completed


def _export(world: World, asked: Asked, is_bounced: Flags, steps: tuple[Ints, Ints, Ints]) -> None:
    known = np.where(steps[2] < NEVER, steps[2], np.where(steps[1] < NEVER, steps[1], steps[0]))
    last = np.where(known < NEVER, known, asked.sent)
    sent_day, last_day = day_of(asked.sent), day_of(last)
    first = _columns(world, asked, is_bounced, steps, by=sent_day)
    world.ledger.add("survey_invitations", first, day=sent_day)
    final = _columns(world, asked, is_bounced, steps, by=last_day)
    later = last_day > sent_day
    world.ledger.add_kept("survey_invitations", final, later, last_day, is_version=True)


def _columns(
    world: World,
    asked: Asked,
    is_bounced: Flags,
    steps: tuple[Ints, Ints, Ints],
    *,
    by: npt.NDArray[np.int32],
    is_reminder: bool = False,
) -> dict[str, pa.Array]:
    """The invitations as they stand at the end of a day."""
    people, count = world.members, len(asked.who)
    so_far = [np.where(day_of(step) <= by, step, NEVER) for step in steps]
    changed = np.max([np.where(step < NEVER, step, asked.sent) for step in so_far], axis=0)
    empty = pa.nulls(count, pa.string())
    in_app = np.full(count, asked.is_in_app)
    return {
        "invitation_id": ids("IR" if is_reminder else "IV", asked.number),
        "survey_id": constant(asked.survey_id, count),
        "customer_id": people.crm_id(asked.who),
        "email": people.email(asked.who, ~in_app),
        "phone": people.phone(asked.who, ~people.has_email[asked.who] & ~in_app),
        "channel": constant("web" if asked.is_in_app else "email", count),
        "sent_at": times(asked.sent, ~in_app),
        "shown_at": times(asked.sent, in_app),
        "bounced_at": times(asked.sent + 20, is_bounced),
        "opened_at": times(so_far[0]),
        "started_at": times(so_far[1]),
        "completed_at": times(so_far[2]),
        "is_reminder": numbers(np.full(count, is_reminder)),
        "order_id": empty,
        "ticket_id": empty,
        "session_id": empty,
        **asked.contact,
        "updated_at": times(changed),
    }


def _remind(world: World, asked: Asked, is_due: Flags) -> None:
    sent = asked.sent + 7 * DAY
    count = len(sent)
    reminder = Asked(asked.survey, asked.survey_id, asked.number, asked.who, sent, asked.contact)
    nothing = np.full(count, NEVER)
    columns = _columns(
        world,
        reminder,
        np.zeros(count, np.bool_),
        (nothing, nothing, nothing),
        by=day_of(sent),
        is_reminder=True,
    )
    world.ledger.add_kept("survey_invitations", columns, is_due, day_of(sent))


def may_be_asked(world: World, who: Ints) -> Flags:
    """Consents, and is a customer rather than a test account or an employee."""
    people = world.members
    return people.consents[who] & ~people.is_internal[who]


def spoken_score(
    rng: np.random.Generator, centre: npt.NDArray[Any], *, low: int, high: int
) -> Floats:
    """Whole scores around a centre, within a scale."""
    return np.clip(np.round(centre + rng.normal(0, 0.9, len(centre))), low, high)
