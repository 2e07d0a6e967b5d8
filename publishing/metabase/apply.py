"""Carrying out a plan: one object after the other, each remembered before the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from publishing.metabase.client import Conflict, MetabaseError
from publishing.metabase.kinds import Body, Standing
from publishing.metabase.names import Fields, Unresolved
from publishing.metabase.plan import (
    BLOCKED,
    CREATE,
    KEEP,
    UPDATE,
    Plan,
    Server,
    Step,
    compare,
)
from publishing.metabase.state import APPLIED, MAKING, Record, State
from publishing.metabase.wanted import Database

REFUSED = range(400, 500)
CHANGED_MEANWHILE = "somebody changed it after the plan was made; it is left, run it again"


@dataclass
class Outcome:
    """What was done; `left` are the objects that were not applied, each with the reason."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    is_synced: bool = False


def carry_out(
    plan: Plan,
    server: Server,
    state: State,
    *,
    sync_seconds: float,
    on_step: Callable[[str], None],
) -> Outcome:
    """Apply a plan.

    Raises:
        MetabaseError: the server refuses or does not answer; what was done before is remembered.
    """
    outcome = Outcome()
    for step in plan.steps:
        name = f"{step.wanted.kind} {step.wanted.key}"
        if step.action != KEEP:
            on_step(name)
        try:
            _apply(step, server, state, outcome)
        except Unresolved as error:
            outcome.left[name] = f"it needs {error.args[0]}, which is not there"
        except Conflict as error:
            outcome.left[name] = str(error)
        if isinstance(step.wanted, Database) and name not in outcome.left:
            outcome.is_synced |= server.databases.await_columns(step.wanted, seconds=sync_seconds)
    for orphan in plan.orphans:
        if orphan.body is None:
            state.forget(orphan.kind, orphan.key)  # gone, or of the whole server: told once
        elif not orphan.why:
            server.kinds[orphan.kind].archive(orphan.body)
            outcome.archived.append(f"{orphan.kind} {orphan.key}")
            state.set_aside(orphan.kind, orphan.key)
    return outcome


def _apply(step: Step, server: Server, state: State, outcome: Outcome) -> None:
    name = f"{step.wanted.kind} {step.wanted.key}"
    if step.action == BLOCKED:
        outcome.left[name] = step.why
    elif step.action == CREATE:
        _create(step, server, state)
        outcome.created.append(name)
    elif step.action == UPDATE:
        now = _as_planned(step, server)
        if now is None:
            outcome.left[name] = CHANGED_MEANWHILE
            return
        _update(replace(step, body=now), server, state)
        outcome.changed.append(name)
    else:
        _remember(step, server, state, step.body or {}, step.seen)


def _create(step: Step, server: Server, state: State) -> None:
    """Some kinds are made empty; what is still missing then is set, in the same step."""
    wanted, kind = step.wanted, server.kinds[step.wanted.kind]
    state.begin(wanted.kind, wanted.key, wanted.name)
    try:
        body = kind.create(wanted)
    except (Unresolved, MetabaseError) as error:
        if isinstance(error, Unresolved) or error.status in REFUSED:
            state.forget(wanted.kind, wanted.key)  # nothing was made: nothing is to be found
        raise
    server.learn(wanted, body, None)
    made = Record(
        kind=wanted.kind,
        key=wanted.key,
        name=wanted.name,
        status=MAKING,
        id=body["id"],
        entity_id=body.get("entity_id"),
    )
    if kind.is_made_in_two:
        state.keep(made)
    missing = compare(kind, wanted, body, made, is_ours_to_set=True, force=False)
    changes = {n: value for n, value in missing.changes.items() if n not in kind.unreadable}
    done = replace(missing, changes=changes, sent=wanted.fields(server.names.space))
    if kind.is_made_in_two and changes:
        _update(done, server, state)
    else:
        _remember(done, server, state, body, kind.fields(body, wanted.key))


def _update(step: Step, server: Server, state: State) -> None:
    wanted, kind = step.wanted, server.kinds[step.wanted.kind]
    body = kind.update(step.body or {}, wanted, step.changes)
    found = kind.fields(body, wanted.key)
    # What a person has edited stays remembered as it was before the edit: it is drift again.
    seen = {name: value for name, value in found.items() if name not in step.drift}
    seen |= {name: step.seen[name] for name in step.drift if name in step.seen}
    _remember(replace(step, sent={**step.sent, **step.changes}), server, state, body, seen)


def _remember(step: Step, server: Server, state: State, body: Body, seen: Fields) -> None:
    wanted = step.wanted
    state.keep(
        Record(
            kind=wanted.kind,
            key=wanted.key,
            name=wanted.name,
            status=APPLIED,
            id=body["id"],
            entity_id=body.get("entity_id"),
            sent=step.sent,
            seen=dict(seen),
            tabs=server.names.tabs(wanted.key) if wanted.kind == "dashboard" else {},
        )
    )


def _as_planned(step: Step, server: Server) -> Body | None:
    """The object, read again just before it is written, for want of an ETag; None where what we
    keep in step of it has changed since the plan. What people have added since is in it.
    """
    wanted, kind = step.wanted, server.kinds[step.wanted.kind]
    planned = step.body or {}
    if isinstance(kind, Standing):
        return planned  # the graphs carry a revision; a setting is one value
    now = kind.read(planned["id"])
    if now is None:
        return None
    if "updated_at" in now and now["updated_at"] == planned.get("updated_at"):
        return now
    is_same = kind.fields(now, wanted.key) == kind.fields(planned, wanted.key)
    return now if is_same else None
