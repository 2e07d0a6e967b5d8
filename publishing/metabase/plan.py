"""The plan: what is wanted, what was last applied and what is found, compared; GETs alone.

Field by field: a field that the server still has as we left it follows what is wanted; one that a
person has changed is *drift*, reported and left, unless `force`. Who is found without a record of
ours (it was lost) is taken to be as we left it, so every difference is drift; who is taken over
by name (`adopt`), or was being made when a run died, is set to what is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from publishing.metabase.boards import Dashboards
from publishing.metabase.client import Client
from publishing.metabase.content import Cards, Collections
from publishing.metabase.kinds import Body, Kind, Standing
from publishing.metabase.mail import Alerts, Subscriptions
from publishing.metabase.names import Fields, Names, Unresolved, entity_id, mark
from publishing.metabase.server import Accesses, Databases, Groups, Settings
from publishing.metabase.state import APPLIED, ARCHIVED, MAKING, Record, State
from publishing.metabase.wanted import Dashboard, Database, Wanted

# Of one kind after the other: each stands on those before it.
KINDS: tuple[type[Kind[Any]], ...] = (
    Settings,
    Databases,
    Groups,
    Collections,
    Cards,
    Dashboards,
    Subscriptions,
    Alerts,
    Accesses,
)
CREATE, UPDATE, KEEP, BLOCKED = "create", "change", "keep", "blocked"
MOST_ARCHIVED = 1 / 3


@dataclass(frozen=True)
class Options:
    """What a person has allowed: see `cx publish metabase --help`."""

    adopt: bool = False
    force: bool = False
    prune: bool = False


@dataclass(frozen=True)
class Step:
    """One wanted object: what is to be done, and what is left as a person made it."""

    action: str
    wanted: Wanted
    body: Body | None = None
    changes: Fields = field(default_factory=dict)
    drift: tuple[str, ...] = ()
    why: str = ""
    # What the next run compares with: the record, mended by what was learnt.
    sent: Fields = field(default_factory=dict)
    seen: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class Orphan:
    """One of ours that nobody wants any more; `why` it stays, where it does."""

    kind: str
    key: str
    name: str
    body: Body | None
    why: str = ""


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...]
    orphans: tuple[Orphan, ...]
    needs_sync: bool


class Server:
    """All kinds of one server, and the names they share."""

    def __init__(self, client: Client, space: str) -> None:
        self.client = client
        self.names = Names(space)
        self.kinds: dict[str, Kind[Any]] = {kind.kind: kind(client, self.names) for kind in KINDS}

    @property
    def databases(self) -> Databases:
        kind = self.kinds["database"]
        assert isinstance(kind, Databases)  # noqa: S101 (for the type checker)
        return kind

    def learn(self, wanted: Wanted, body: Body, record: Record | None) -> None:
        """Take down the numbers of an object that was found or made."""
        if isinstance(self.kinds[wanted.kind], Standing):
            return
        self.names.learn(wanted.kind, wanted.key, body["id"])
        kind = self.kinds[wanted.kind]
        if isinstance(kind, Dashboards) and isinstance(wanted, Dashboard):
            for key, number in (record.tabs if record else {}).items():
                self.names.learn_tab(wanted.key, number, key)
            kind.learn_tabs(body, wanted)


def make_plan(server: Server, wanted: Sequence[Wanted], state: State, options: Options) -> Plan:
    """Compare everything; sends GETs alone."""
    order = [kind.kind for kind in KINDS]
    steps, needs_sync = [], False
    for record in state.records():
        if record.id is not None:
            server.names.recall(record.kind, record.key, record.id)
    for each in sorted(wanted, key=lambda w: order.index(w.kind)):
        step = _step(server, each, state, options)
        steps.append(step)
        if isinstance(each, Database):
            if step.body is not None:
                server.databases.learn_columns(step.body["id"])
            needs_sync |= bool(server.names.missing(each.columns))
    return Plan(tuple(steps), tuple(_orphans(server, steps, state, options)), needs_sync)


def _step(server: Server, wanted: Wanted, state: State, options: Options) -> Step:
    kind, record = server.kinds[wanted.kind], state.get(wanted.kind, wanted.key)
    body, how = _identify(kind, wanted, record, options)
    if body is None:
        return Step(BLOCKED if how else CREATE, wanted, why=how)
    server.learn(wanted, body, record)
    return compare(kind, wanted, body, record, is_ours_to_set=how == "set", force=options.force)


def compare(
    kind: Kind[Any],
    wanted: Wanted,
    body: Body,
    record: Record | None,
    *,
    is_ours_to_set: bool,
    force: bool,
) -> Step:
    """One object that is there, field by field.

    What names an object that is gone from the server has gone with it: nobody took it away.
    """
    found, fields = kind.fields(body, wanted.key), wanted.fields(kind.names.space)
    if is_ours_to_set or (record is not None and record.status != APPLIED):
        sent, seen = {}, dict(found)
    elif record is None:
        sent, seen = dict(fields), {n: v for n, v in fields.items() if n not in kind.unreadable}
    else:
        sent, seen = dict(record.sent), dict(record.seen)
    changes: dict[str, Any] = {}
    drift = []
    for name in dict.fromkeys([*fields, *sent]):
        is_edited = found.get(name) != seen.get(name) and not _has_gone(kind, name, found, fields)
        if found.get(name) == fields.get(name):
            sent[name], seen[name] = fields.get(name), found.get(name)
            if name not in fields:
                del sent[name]
        elif is_edited and not force:
            drift.append(name)
        elif found.get(name) != seen.get(name) or fields.get(name) != sent.get(name):
            changes[name] = fields.get(name)
    action = UPDATE if changes else KEEP
    return Step(action, wanted, body, changes, tuple(drift), sent=sent, seen=seen)


def _has_gone(kind: Kind[Any], name: str, found: Fields, fields: Fields) -> bool:
    try:
        kind.names.resolve(fields.get(name))
    except Unresolved:
        return name not in found
    return False


def _identify(
    kind: Kind[Any], wanted: Wanted, record: Record | None, options: Options
) -> tuple[Body | None, str]:
    """The object on the server: by id, then by entity_id or mark, then (if allowed) by name.

    Returns:
        The object and "set" where all of it is ours to set; or None and why it may not be made.
    """
    try:
        if isinstance(kind, Standing):
            return kind.standing(wanted), "" if record else "set"
        if record is not None and record.id is not None:
            body = kind.read(record.id)
            if body is not None:
                return body, ""
        if candidates := kind.by_mark(wanted):
            return kind.read(candidates[0]["id"]), ""
        is_unfinished = record is not None and record.status == MAKING
        may_take = options.adopt or (is_unfinished and kind.is_unique_by_name)
        namesakes = kind.by_name(wanted) if may_take or kind.is_unique_by_name else []
    except Unresolved:
        return None, ""  # it lies in what is not made yet
    if namesakes and may_take:
        return kind.read(namesakes[0]["id"]), "set"
    if namesakes:
        return None, (
            f"{wanted.name!r} is there already and bears no mark of ours; take it over with "
            "--adopt, or remove or rename it in Metabase"
        )
    return None, ""


def _orphans(server: Server, steps: Iterable[Step], state: State, options: Options) -> list[Orphan]:
    """Ours that are no longer wanted: of record, those that depend on others first."""
    wanted = {(step.wanted.kind, step.wanted.key) for step in steps}
    order = [kind.kind for kind in reversed(KINDS)]
    gone = [
        record
        for record in state.records()
        if (record.kind, record.key) not in wanted
        and record.id is not None
        and record.status != ARCHIVED
    ]
    found = []
    for record in sorted(gone, key=lambda r: (order.index(r.kind), r.key)):
        orphan = _orphan(server, record)
        if orphan is not None:
            found.append(orphan)
    going = [orphan for orphan in found if not orphan.why and orphan.body is not None]
    if not options.prune:
        why = "--prune archives it"
    elif len(going) > MOST_ARCHIVED * (len(wanted) + len(going)):
        why = (
            f"{len(going)} of {len(wanted) + len(going)} objects would go, more than a third at "
            "once: is this the right home? Archive them in Metabase by hand if it is meant"
        )
    else:
        return _without_inhabited(server, found)
    return [replace(o, why=o.why or why) if o.body is not None else o for o in found]


def _orphan(server: Server, record: Record) -> Orphan | None:
    kind = server.kinds[record.kind]
    if not kind.can_be_archived:
        return Orphan(record.kind, record.key, record.name, None, "others may use it; it stays")
    body = kind.read(record.id or 0)
    if body is None or body.get("archived") or body.get("active") is False:
        return Orphan(record.kind, record.key, record.name, None)
    server.names.learn(record.kind, record.key, body["id"])
    exact = entity_id(mark(server.names.space, record.kind, record.key))
    is_ours = not kind.bears_mark or kind.has_mark(body, record.key)
    is_ours |= body.get("entity_id") == exact
    why = "" if is_ours else "it no longer bears our mark; it stays"
    return Orphan(record.kind, record.key, record.name, body, why)


def _without_inhabited(server: Server, orphans: list[Orphan]) -> list[Orphan]:
    """A collection goes only when all that lies in it goes too."""
    going = {(o.kind, o.body["id"]) for o in orphans if not o.why and o.body is not None}
    collections = server.kinds["collection"]
    assert isinstance(collections, Collections)  # noqa: S101 (for the type checker)
    kept = []
    for orphan in orphans:
        why = orphan.why
        if orphan.kind == "collection" and orphan.body is not None and not why:
            inside = collections.contents(orphan.body["id"])
            if any((item["model"], item["id"]) not in going for item in inside):
                why = "it holds what is not ours; it stays"
        kept.append(replace(orphan, why=why))
    return kept
