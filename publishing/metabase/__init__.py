"""Dashboards as code for Metabase: a plan of GETs alone, then the writes that it names.

`described` and `rendering` make what is wanted, `plan` compares it with what was last applied
(`state`) and what is found, `apply` writes. `client` is the one door to the server; `server`,
`content`, `boards` and `mail` know the kinds of objects. docs/metabase.md tells its user the
rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from publishing.metabase.apply import Outcome, carry_out
from publishing.metabase.client import Client
from publishing.metabase.plan import KEEP, Options, Plan, Server, make_plan
from publishing.metabase.state import State
from publishing.metabase.wanted import Wanted

SYNC_SECONDS = 300.0


@dataclass(frozen=True)
class Published:
    """What was planned and, unless it was a dry run, what was done."""

    plan: Plan
    outcome: Outcome | None

    def lines(self) -> list[str]:
        """The plan for a reader, one object a line; empty where all is as it is wanted."""
        told = []
        for step in self.plan.steps:
            name = f"{step.wanted.kind} {step.wanted.key}: {step.wanted.name!r}"
            if step.action != KEEP:
                about = step.why or ", ".join(sorted(step.changes))
                told.append(f"{step.action:8}{name}{f' ({about})' if about else ''}")
            if step.drift:
                told.append(
                    f"edited  {name} ({', '.join(step.drift)}): left as it is; --force sets it back"
                )
        for orphan in self.plan.orphans:
            if orphan.body is not None or orphan.why:
                name = f"{orphan.kind} {orphan.key}: {orphan.name!r}"
                told.append(f"unwanted {name} ({orphan.why})" if orphan.why else f"archive {name}")
        return told


def publish(
    client: Client,
    wanted: Sequence[Wanted],
    *,
    state: Path,
    title: str,
    options: Options,
    dry_run: bool = False,
    sync_seconds: float = SYNC_SECONDS,
    on_step: Callable[[str], None] = lambda _: None,
) -> Published:
    """Bring a Metabase in step.

    Args:
        client: signed in by this call.
        wanted: all that is wanted; what else bears our mark is unwanted.
        state: the file that remembers what was applied (state.FILE in the home).
        title: of the collection; it tells the publications of several homes apart.
        options: what a person has allowed.
        dry_run: plan only; apart from a session login, GETs alone.
        sync_seconds: how long the server may take to find the tables.
        on_step: told each object's name before it is written.

    Raises:
        MetabaseError: the server refuses or does not answer.
        StateUnreadable: `state` is damaged.
    """
    client.sign_in()
    server = Server(client, space_of(title))
    records = State(state, client.url)
    plan = make_plan(server, wanted, records, options)
    if dry_run:
        return Published(plan, None)
    outcome = carry_out(plan, server, records, sync_seconds=sync_seconds, on_step=on_step)
    return Published(plan, outcome)


def space_of(title: str) -> str:
    """A title as it stands in marks: letters and digits of any script, dashes between."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")
